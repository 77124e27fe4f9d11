-- coverage_units: every unit of a register with what is connected in it on a day, certain and possible.
-- :on day; :known_at time or null; :epoch register; :rule version of the rung CONNECTED;
-- :level, :parent_id (null: all) which units to list.
WITH rule AS (
  SELECT * FROM stats.coverage_rule WHERE rule_id = :rule
), fresh AS (  -- where the rule asks for it: communes with a delivery of the last days, changes or none
  SELECT DISTINCT e.unit_id
  FROM rule JOIN stats.delivery_event e ON e.effective_on BETWEEN :on - rule.within_days AND :on
  WHERE e.state = 'PUBLISHED' AND (CAST(:known_at AS timestamptz) IS NULL OR e.recorded_at <= :known_at)
    AND NOT EXISTS (SELECT FROM stats.delivery_event w
                    WHERE w.delivery_id = e.delivery_id AND w.unit_id = e.unit_id AND w.state = 'WITHDRAWN'
                      AND w.effective_on <= :on AND (CAST(:known_at AS timestamptz) IS NULL OR w.recorded_at <= :known_at))
), fact AS (  -- commune versions with parcels on that day
  SELECT unit_id, sum(parcels) AS parcels, sum(certificates) AS certificates, sum(holders) AS holders,
         max(effective_on) AS last_effective_on, max(recorded_at) AS last_recorded_at
  FROM stats.coverage_event
  WHERE effective_on <= :on AND (CAST(:known_at AS timestamptz) IS NULL OR recorded_at <= :known_at)
  GROUP BY unit_id
  HAVING sum(parcels) > 0
), placed AS (  -- where each of them lies in the register asked for
  SELECT f.unit_id AS fact_id, p.extent, r.unit_id AS commune_id, r.district_id, r.province_id
  FROM fact f
  JOIN ref.projection p ON p.epoch_id = :epoch AND p.from_unit_id = f.unit_id
  JOIN ref.register r ON r.epoch_id = :epoch AND r.unit_id = p.to_unit_id
), counted AS (  -- what the rule counts of it
  SELECT * FROM placed WHERE (SELECT within_days FROM rule) IS NULL OR fact_id IN (SELECT unit_id FROM fresh)
), commune AS (  -- connected communes: certain when a whole connected commune went into it
  SELECT commune_id, district_id, province_id, bool_or(extent = 'full') AS certain
  FROM counted GROUP BY commune_id, district_id, province_id
), spread AS (  -- a fact that certainly lies in one district or province, though not in which commune of it
  SELECT CASE WHEN min(district_id) = max(district_id) AND count(district_id) = count(*) THEN min(district_id) END AS district_id,
         CASE WHEN min(province_id) = max(province_id) THEN min(province_id) END AS province_id
  FROM counted GROUP BY fact_id HAVING NOT bool_or(extent = 'full')
), above AS (  -- how many communes of each are connected: certain ones, and one more where a fact lies somewhere in it
  SELECT level, unit_id, province_id, greatest(sum(certain), max(somewhere)) AS least, sum(possible) AS most
  FROM (
    SELECT 'district' AS level, district_id AS unit_id, province_id, certain::int AS certain, 1 AS possible, 0 AS somewhere
    FROM commune WHERE district_id IS NOT NULL
    UNION ALL SELECT 'province', province_id, province_id, certain::int, 1, 0 FROM commune
    UNION ALL SELECT 'district', district_id, province_id, 0, 0, 1 FROM spread WHERE district_id IS NOT NULL
    UNION ALL SELECT 'province', province_id, province_id, 0, 0, 1 FROM spread WHERE province_id IS NOT NULL
  ) one
  GROUP BY level, unit_id, province_id
), size AS (  -- all communes of a district or province
  SELECT CASE WHEN GROUPING(district_id) = 0 THEN district_id ELSE province_id END AS unit_id, count(*) AS communes
  FROM ref.register WHERE epoch_id = :epoch AND level = 'commune'
  GROUP BY GROUPING SETS ((district_id), (province_id))
), reached AS (  -- who is connected: a commune by itself, the others by the rule
  SELECT 'commune' AS level, commune_id AS unit_id, district_id, province_id, certain, true AS possible FROM commune
  UNION ALL
  SELECT a.level, a.unit_id, CASE a.level WHEN 'district' THEN a.unit_id END, a.province_id,
         a.least >= need.communes AND (need.share IS NULL OR a.least >= need.share * s.communes),
         a.most >= need.communes AND (need.share IS NULL OR a.most >= need.share * s.communes)
  FROM above a CROSS JOIN rule JOIN size s USING (unit_id)
  CROSS JOIN LATERAL (SELECT CASE a.level WHEN 'district' THEN rule.district_communes ELSE rule.province_communes END AS communes,
                             CASE a.level WHEN 'district' THEN rule.district_share ELSE rule.province_share END AS share) need
), spot AS (  -- facts by the unit listed: certain when all of the fact lies in that one unit
  SELECT fact_id, listed_id,
         bool_and(CASE WHEN :level = 'commune' THEN extent = 'full' ELSE true END)
           AND count(*) OVER (PARTITION BY fact_id) = 1 AS certain
  FROM (SELECT fact_id, extent,
               CASE :level WHEN 'commune' THEN commune_id WHEN 'district' THEN district_id ELSE province_id END AS listed_id
        FROM placed) one
  WHERE listed_id IS NOT NULL
  GROUP BY fact_id, listed_id
), amount AS (
  SELECT s.listed_id,
         coalesce(sum(f.parcels) FILTER (WHERE s.certain), 0) AS parcels_least, sum(f.parcels) AS parcels_most,
         coalesce(sum(f.certificates) FILTER (WHERE s.certain), 0) AS certificates_least, sum(f.certificates) AS certificates_most,
         coalesce(sum(f.holders) FILTER (WHERE s.certain), 0) AS holders_least, sum(f.holders) AS holders_most,
         max(f.last_effective_on) AS last_effective_on, max(f.last_recorded_at) AS last_recorded_at
  FROM spot s JOIN fact f ON f.unit_id = s.fact_id
  GROUP BY s.listed_id
), inside AS (  -- units below each listed unit: how many there are and how many are connected
  SELECT CASE :level WHEN 'commune' THEN r.unit_id WHEN 'district' THEN r.district_id ELSE r.province_id END AS listed_id,
         count(*) FILTER (WHERE r.level = 'commune') AS communes_total,
         count(*) FILTER (WHERE r.level = 'district') AS districts_total,
         count(*) FILTER (WHERE r.level = 'commune' AND c.certain) AS communes_least,
         count(*) FILTER (WHERE r.level = 'commune' AND c.possible) AS communes_most,
         count(*) FILTER (WHERE r.level = 'district' AND c.certain) AS districts_least,
         count(*) FILTER (WHERE r.level = 'district' AND c.possible) AS districts_most
  FROM ref.register r
  LEFT JOIN reached c ON c.level = r.level AND c.unit_id = r.unit_id
  WHERE r.epoch_id = :epoch
  GROUP BY 1
), refused AS (  -- rows refused in deliveries that reached a province
  SELECT r.province_id AS listed_id, sum(l.rows_refused)::float8 / nullif(sum(l.rows_read), 0) AS refused_share
  FROM (SELECT DISTINCT dc.delivery_id, reg.province_id
        FROM intake.delivery_commune dc
        JOIN ref.projection p ON p.epoch_id = :epoch AND p.from_unit_id = dc.unit_id
        JOIN ref.register reg ON reg.epoch_id = :epoch AND reg.unit_id = p.to_unit_id
        WHERE :level = 'province') r
  JOIN intake.delivery d USING (delivery_id)
  JOIN intake.delivery_layer l USING (delivery_id)
  WHERE d.state = 'PUBLISHED' AND d.effective_on <= :on
    AND (CAST(:known_at AS timestamptz) IS NULL OR d.recorded_at <= :known_at)
  GROUP BY r.province_id
)
SELECT u.unit_id, u.level, u.code, u.name_vi, u.name_ascii, u.full_name_vi,
       coalesce(c.certain, false)::int AS connected_least, coalesce(c.possible, false)::int AS connected_most,
       i.districts_least, i.districts_most, i.districts_total, i.communes_least, i.communes_most, i.communes_total,
       coalesce(a.parcels_least, 0)::bigint AS parcels_least, coalesce(a.parcels_most, 0)::bigint AS parcels_most,
       coalesce(a.certificates_least, 0)::bigint AS certificates_least, coalesce(a.certificates_most, 0)::bigint AS certificates_most,
       coalesce(a.holders_least, 0)::bigint AS holders_least, coalesce(a.holders_most, 0)::bigint AS holders_most,
       refused.refused_share, a.last_effective_on, a.last_recorded_at
FROM ref.register r
JOIN ref.unit u USING (unit_id)
JOIN inside i ON i.listed_id = r.unit_id
LEFT JOIN reached c ON c.level = :level AND c.unit_id = r.unit_id
LEFT JOIN amount a ON a.listed_id = r.unit_id
LEFT JOIN refused ON refused.listed_id = r.unit_id
WHERE r.epoch_id = :epoch AND r.level = :level
  AND (CAST(:parent_id AS integer) IS NULL OR r.province_id = :parent_id OR r.district_id = :parent_id)
ORDER BY u.code

-- coverage_series: a unit on several days, each in its own register and by its own rule: what is connected in it, itself included.
-- :days, :rules (versions of the rung CONNECTED), :epochs, :units arrays of equal length: the day, its rule, its register, and
-- the version of the unit in that register; :known_at time or null.
WITH day AS (
  SELECT d.*, u.level, r.within_days, r.district_communes, r.district_share, r.province_communes, r.province_share
  FROM unnest(CAST(:days AS date[]), CAST(:rules AS bigint[]), CAST(:epochs AS smallint[]), CAST(:units AS integer[]))
    WITH ORDINALITY AS d (day, rule_id, epoch_id, of_id, place)
  JOIN stats.coverage_rule r USING (rule_id) JOIN ref.unit u ON u.unit_id = d.of_id
), one AS (
  SELECT DISTINCT epoch_id, of_id, level FROM day
), lies AS MATERIALIZED (  -- what lies in the unit, itself included; the array lets the registers be found by their index
  SELECT o.*, r.unit_id, r.level AS as_level
  FROM one o JOIN ref.register r ON r.epoch_id = o.epoch_id AND o.of_id IN (r.unit_id, r.district_id, r.province_id)
  WHERE r.epoch_id = ANY (CAST(:epochs AS smallint[]))
), part AS MATERIALIZED (  -- the commune versions that have to do with it, register by register
  SELECT DISTINCT l.epoch_id, l.of_id, l.level, p.from_unit_id AS fact_id
  FROM lies l JOIN ref.projection p ON p.epoch_id = l.epoch_id AND p.to_unit_id = l.unit_id
  WHERE p.epoch_id = ANY (CAST(:epochs AS smallint[]))
), image AS (  -- where each of them lies in that register, and whether here
  SELECT s.epoch_id, s.of_id, s.level, s.fact_id, p.extent = 'full' AS whole, r.unit_id AS commune_id, r.district_id, r.province_id,
         coalesce(s.of_id IN (r.unit_id, r.district_id, r.province_id), false) AS here
  FROM part s JOIN ref.projection p ON p.epoch_id = s.epoch_id AND p.from_unit_id = s.fact_id
  JOIN ref.register r ON r.epoch_id = p.epoch_id AND r.unit_id = p.to_unit_id
), own AS (
  SELECT epoch_id, of_id, fact_id, bool_and(here AND (whole OR level <> 'commune')) AS wholly
  FROM image GROUP BY epoch_id, of_id, fact_id
), fresh AS (
  SELECT DISTINCT day.place, e.unit_id
  FROM day JOIN stats.delivery_event e ON e.effective_on BETWEEN day.day - day.within_days AND day.day
  WHERE e.state = 'PUBLISHED' AND (CAST(:known_at AS timestamptz) IS NULL OR e.recorded_at <= :known_at)
    AND NOT EXISTS (SELECT FROM stats.delivery_event w
                    WHERE w.delivery_id = e.delivery_id AND w.unit_id = e.unit_id AND w.state = 'WITHDRAWN'
                      AND w.effective_on <= day.day AND (CAST(:known_at AS timestamptz) IS NULL OR w.recorded_at <= :known_at))
), fact AS (
  SELECT day.place, day.epoch_id, day.of_id, day.within_days, e.unit_id, bool_and(o.wholly) AS wholly, sum(e.parcels) AS parcels,
         sum(e.certificates) AS certificates, sum(e.holders) AS holders
  FROM day JOIN own o USING (epoch_id, of_id) JOIN stats.coverage_event e ON e.unit_id = o.fact_id AND e.effective_on <= day.day
  WHERE CAST(:known_at AS timestamptz) IS NULL OR e.recorded_at <= :known_at
  GROUP BY day.place, day.epoch_id, day.of_id, day.within_days, e.unit_id HAVING sum(e.parcels) > 0
), placed AS (
  -- An inner join, written as a full one that no plan can run as loops: both sides are taken for a row or two, and are 20,000.
  SELECT f.place, i.* FROM fact f FULL JOIN image i ON i.epoch_id = f.epoch_id AND i.of_id = f.of_id AND i.fact_id = f.unit_id
  WHERE coalesce(f.place, 0) > 0 AND coalesce(i.fact_id, 0) > 0
    AND (f.within_days IS NULL OR (f.place, f.unit_id) IN (SELECT place, unit_id FROM fresh))
), commune AS (
  SELECT place, level, commune_id, district_id, province_id, bool_or(whole) AS certain
  FROM placed WHERE here GROUP BY place, level, commune_id, district_id, province_id
), spread AS (
  SELECT place, of_id, level, CASE WHEN min(district_id) = max(district_id) AND count(district_id) = count(*) THEN min(district_id) END AS district_id,
         CASE WHEN min(province_id) = max(province_id) THEN min(province_id) END AS province_id
  FROM placed GROUP BY place, of_id, level, fact_id HAVING NOT bool_or(whole)
), above AS (
  SELECT place, level, unit_id, greatest(sum(certain), max(somewhere)) AS least, sum(possible) AS most
  FROM (
    SELECT place, 'district' AS level, district_id AS unit_id, certain::int AS certain, 1 AS possible, 0 AS somewhere
    FROM commune WHERE district_id IS NOT NULL AND level <> 'commune'
    UNION ALL SELECT place, 'province', province_id, certain::int, 1, 0 FROM commune WHERE level = 'province'
    UNION ALL SELECT place, 'district', district_id, 0, 0, 1 FROM spread WHERE district_id IS NOT NULL AND level <> 'commune'
    UNION ALL SELECT place, 'province', province_id, 0, 0, 1 FROM spread WHERE province_id = of_id
  ) one
  GROUP BY place, level, unit_id
), size AS (  -- where a rule asks for a share of them
  SELECT epoch_id, CASE WHEN GROUPING(district_id) = 0 THEN district_id ELSE province_id END AS unit_id, count(*) AS communes
  FROM ref.register WHERE level = 'commune'
    AND epoch_id IN (SELECT epoch_id FROM day WHERE district_share IS NOT NULL OR province_share IS NOT NULL)
  GROUP BY GROUPING SETS ((epoch_id, district_id), (epoch_id, province_id))
), reached AS (
  SELECT a.place, a.level, a.least >= need.communes AND (need.share IS NULL OR a.least >= need.share * s.communes) AS certain,
         a.most >= need.communes AND (need.share IS NULL OR a.most >= need.share * s.communes) AS possible
  FROM above a JOIN day USING (place) LEFT JOIN size s ON s.epoch_id = day.epoch_id AND s.unit_id = a.unit_id
  CROSS JOIN LATERAL (SELECT CASE a.level WHEN 'district' THEN day.district_communes ELSE day.province_communes END AS communes,
                             CASE a.level WHEN 'district' THEN day.district_share ELSE day.province_share END AS share) need
  UNION ALL SELECT place, 'commune', certain, true FROM commune
), inside AS (
  SELECT place, count(*) FILTER (WHERE certain AND level = 'province') AS provinces_least,
         count(*) FILTER (WHERE possible AND level = 'province') AS provinces_most,
         count(*) FILTER (WHERE certain AND level = 'district') AS districts_least,
         count(*) FILTER (WHERE possible AND level = 'district') AS districts_most,
         count(*) FILTER (WHERE certain AND level = 'commune') AS communes_least,
         count(*) FILTER (WHERE possible AND level = 'commune') AS communes_most
  FROM reached GROUP BY place
), amount AS (
  SELECT place, sum(parcels) FILTER (WHERE wholly) AS parcels_least, sum(parcels) AS parcels_most,
         sum(certificates) FILTER (WHERE wholly) AS certificates_least, sum(certificates) AS certificates_most,
         sum(holders) FILTER (WHERE wholly) AS holders_least, sum(holders) AS holders_most
  FROM fact GROUP BY place
), total AS (
  SELECT epoch_id, of_id, count(*) FILTER (WHERE as_level = 'province') AS provinces,
         count(*) FILTER (WHERE as_level = 'district') AS districts, count(*) FILTER (WHERE as_level = 'commune') AS communes
  FROM lies GROUP BY epoch_id, of_id
)
SELECT day.day, day.rule_id, e.valid_from AS register_from, t.provinces, t.districts, t.communes,
       coalesce(i.provinces_least, 0) AS provinces_least, coalesce(i.provinces_most, 0) AS provinces_most,
       coalesce(i.districts_least, 0) AS districts_least, coalesce(i.districts_most, 0) AS districts_most,
       coalesce(i.communes_least, 0) AS communes_least, coalesce(i.communes_most, 0) AS communes_most,
       coalesce(a.parcels_least, 0)::bigint AS parcels_least, coalesce(a.parcels_most, 0)::bigint AS parcels_most,
       coalesce(a.certificates_least, 0)::bigint AS certificates_least, coalesce(a.certificates_most, 0)::bigint AS certificates_most,
       coalesce(a.holders_least, 0)::bigint AS holders_least, coalesce(a.holders_most, 0)::bigint AS holders_most
FROM day JOIN total t USING (epoch_id, of_id) JOIN ref.epoch e USING (epoch_id)
LEFT JOIN inside i USING (place) LEFT JOIN amount a USING (place)
ORDER BY day.place

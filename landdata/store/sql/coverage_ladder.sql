-- coverage_ladder: how many communes stand on each rung of the ladder, and what they hold, by unit of a register.
-- :on day; :known_at time or null; :epoch register; :rules versions of the rungs asked for, one each;
-- :level country, province, district or commune; :unit_id, :parent_id (null: all) which units to list.
WITH asked AS (
  SELECT * FROM stats.coverage_rule WHERE rule_id = ANY (CAST(:rules AS bigint[]))
), known AS (
  SELECT coalesce(CAST(:known_at AS timestamptz), 'infinity') AS until
), own AS (  -- where one unit is asked about: commune versions that have to do with it
  SELECT p.from_unit_id FROM ref.projection p JOIN ref.register r ON r.epoch_id = p.epoch_id AND r.unit_id = p.to_unit_id
  WHERE p.epoch_id = :epoch AND coalesce(CAST(:unit_id AS integer), :parent_id) IN (r.unit_id, r.district_id, r.province_id)
), withdrawn AS (
  SELECT delivery_id, unit_id FROM stats.delivery_event CROSS JOIN known
  WHERE state = 'WITHDRAWN' AND effective_on <= :on AND recorded_at <= known.until
), published AS (  -- what was taken back by the day is not published any more
  SELECT unit_id, max(effective_on) AS newest, max(effective_on) FILTER (WHERE changed) AS moved,
         (max(ARRAY[(effective_on - date '2000-01-01')::bigint, delivery_id]))[2] AS delivery_id
  FROM stats.delivery_event CROSS JOIN known
  WHERE state = 'PUBLISHED' AND effective_on <= :on AND recorded_at <= known.until
    AND (delivery_id, unit_id) NOT IN (SELECT delivery_id, unit_id FROM withdrawn)
    AND (coalesce(CAST(:unit_id AS integer), :parent_id) IS NULL OR unit_id IN (SELECT from_unit_id FROM own))
  GROUP BY unit_id
), promised AS (  -- how often sources promised to deliver, by the promise they had noted by the day
  SELECT DISTINCT ON (s.office_id) s.office_id, p.cadence_days
  FROM sync.source_promise p JOIN sync.source s USING (source_id) CROSS JOIN known
  WHERE p.noted_at <= known.until AND (p.noted_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date <= :on
  ORDER BY s.office_id, p.promise_id DESC
), own_days AS (
  SELECT p.unit_id, o.cadence_days FROM published p JOIN intake.delivery d USING (delivery_id) JOIN promised o USING (office_id)
), received AS (
  SELECT unit_id, count(*) AS many FROM stats.delivery_event CROSS JOIN known
  WHERE state = 'RECEIVED' AND effective_on <= :on AND recorded_at <= known.until
    AND (coalesce(CAST(:unit_id AS integer), :parent_id) IS NULL OR unit_id IN (SELECT from_unit_id FROM own))
  GROUP BY unit_id
), read AS (
  SELECT delivery_id, sum(rows_read) AS rows_read, sum(rows_read - rows_refused) AS rows_taken
  FROM intake.delivery_layer WHERE delivery_id IN (SELECT delivery_id FROM published) GROUP BY delivery_id
), fact AS (
  SELECT unit_id, sum(parcels) AS parcels, sum(certificates) AS certificates, sum(holders) AS holders
  FROM stats.coverage_event CROSS JOIN known WHERE effective_on <= :on AND recorded_at <= known.until
    AND (coalesce(CAST(:unit_id AS integer), :parent_id) IS NULL OR unit_id IN (SELECT from_unit_id FROM own))
  GROUP BY unit_id HAVING sum(parcels) > 0
), matching AS (
  SELECT DISTINCT ON (unit_id) unit_id, verified, mismatch + ambiguous AS contradicted, claims - pending AS settled
  FROM stats.matching_quality CROSS JOIN known WHERE day <= :on AND counted_at <= known.until
  ORDER BY unit_id, day DESC, quality_id DESC
), quality AS (
  SELECT DISTINCT ON (unit_id) unit_id, parcels, complete
  FROM stats.commune_quality CROSS JOIN known WHERE day <= :on AND counted_at <= known.until
  ORDER BY unit_id, day DESC, quality_id DESC
), looked AS (
  SELECT unit_id, day, max(look_ups) AS look_ups
  FROM stats.commune_use CROSS JOIN known WHERE day <= :on AND counted_at <= known.until GROUP BY unit_id, day
), used AS (
  SELECT l.unit_id, max(l.day) AS newest, sum(l.look_ups) AS look_ups
  FROM looked l JOIN asked a ON a.rung = 'USED' WHERE a.within_days IS NULL OR l.day >= :on - a.within_days GROUP BY l.unit_id
), measure AS (  -- one commune on one rung: does it stand there? null: nothing is known that could say so
  SELECT a.rung, a.commune_share, f.unit_id, f.parcels, f.certificates, f.holders, v.num, v.den,
         CASE WHEN NOT v.based THEN NULL WHEN a.commune_share IS NOT NULL THEN v.num >= a.commune_share * v.den
              WHEN a.within_days IS NULL THEN v.day IS NOT NULL ELSE coalesce(v.day >= :on - coalesce(o.cadence_days, a.within_days), false) END AS stands
  FROM asked a CROSS JOIN fact f
  LEFT JOIN published p USING (unit_id) LEFT JOIN read r ON r.delivery_id = p.delivery_id
  LEFT JOIN own_days o ON o.unit_id = f.unit_id AND a.rung = 'ON_TIME'
  LEFT JOIN matching m ON m.unit_id = f.unit_id LEFT JOIN quality q ON q.unit_id = f.unit_id LEFT JOIN used u ON u.unit_id = f.unit_id
  CROSS JOIN LATERAL (
    SELECT f.parcels AS num, NULL::bigint AS den, CASE WHEN a.within_days IS NULL THEN :on ELSE p.newest END AS day, true AS based
      WHERE a.rung = 'CONNECTED'
    UNION ALL SELECT NULL, NULL, p.newest, p.newest IS NOT NULL WHERE a.rung = 'ON_TIME'
    UNION ALL SELECT NULL, NULL, p.moved, p.newest IS NOT NULL WHERE a.rung = 'LIVE'
    UNION ALL SELECT r.rows_taken, r.rows_read, NULL, coalesce(r.rows_read > 0, false) WHERE a.rung = 'RIGHT'
    UNION ALL SELECT m.verified, m.settled, NULL, coalesce(m.settled > 0, false) WHERE a.rung = 'MATCHED'
    UNION ALL SELECT m.settled - m.contradicted, m.settled, NULL, coalesce(m.settled > 0, false) WHERE a.rung = 'CLEAN'
    UNION ALL SELECT q.complete, q.parcels, NULL, coalesce(q.parcels > 0, false) WHERE a.rung = 'COMPLETE'
    UNION ALL SELECT u.look_ups, NULL, u.newest, EXISTS (SELECT FROM looked) WHERE a.rung = 'USED'
  ) v
  UNION ALL
  SELECT a.rung, NULL, c.unit_id, coalesce(f.parcels, 0), coalesce(f.certificates, 0), coalesce(f.holders, 0), c.many, NULL, true
  FROM asked a CROSS JOIN received c
  LEFT JOIN fact f USING (unit_id) WHERE a.rung = 'RECEIVED'
), placed AS (  -- where each of them lies in the register asked for
  SELECT m.*, p.extent = 'full' AS whole, r.unit_id AS commune_id, r.district_id, r.province_id
  FROM measure m
  JOIN ref.projection p ON p.epoch_id = :epoch AND p.from_unit_id = m.unit_id
  JOIN ref.register r ON r.epoch_id = :epoch AND r.unit_id = p.to_unit_id
), commune AS (  -- made of several, a share is that of all of them together; otherwise one that stands is enough
  SELECT rung, commune_id, district_id, province_id, bool_or(stands IS NOT NULL) AS based,
         CASE WHEN commune_share IS NULL THEN coalesce(bool_or(whole AND stands), false)
              ELSE together AND NOT coalesce(bool_or(NOT whole AND NOT stands), false) END AS certain,
         together OR coalesce(bool_or(stands AND (NOT whole OR commune_share IS NULL)), false) AS possible
  FROM (
    SELECT *, coalesce(sum(num) FILTER (WHERE whole AND stands IS NOT NULL) OVER here
                       >= commune_share * sum(den) FILTER (WHERE whole AND stands IS NOT NULL) OVER here, false) AS together
    FROM placed WINDOW here AS (PARTITION BY rung, commune_id)
  ) one
  GROUP BY rung, commune_share, commune_id, district_id, province_id, together
), spread AS (  -- stands, and certainly lies in one district or province, though not in which commune of it
  SELECT rung, CASE WHEN min(district_id) = max(district_id) AND count(district_id) = count(*) THEN min(district_id) END AS district_id,
         CASE WHEN min(province_id) = max(province_id) THEN min(province_id) END AS province_id
  FROM placed WHERE stands AND commune_share IS NULL GROUP BY rung, unit_id HAVING NOT bool_or(whole)
), above AS (
  SELECT rung, level, unit_id, district_id, province_id, greatest(sum(certain), max(somewhere)) AS least, sum(possible) AS most
  FROM (
    SELECT rung, 'district' AS level, district_id AS unit_id, district_id, province_id, certain::int AS certain,
           possible::int AS possible, 0 AS somewhere FROM commune WHERE district_id IS NOT NULL
    UNION ALL SELECT rung, 'province', province_id, NULL, province_id, certain::int, possible::int, 0 FROM commune
    UNION ALL SELECT rung, 'district', district_id, district_id, province_id, 0, 0, 1 FROM spread WHERE district_id IS NOT NULL
    UNION ALL SELECT rung, 'province', province_id, NULL, province_id, 0, 0, 1 FROM spread WHERE province_id IS NOT NULL
  ) one
  GROUP BY rung, level, unit_id, district_id, province_id
), size AS (
  SELECT CASE WHEN GROUPING(district_id) = 0 THEN district_id ELSE province_id END AS unit_id, count(*) AS communes
  FROM ref.register WHERE epoch_id = :epoch AND level = 'commune'
  GROUP BY GROUPING SETS ((district_id), (province_id))
), reached AS (  -- a commune by itself, the others by the rule
  SELECT rung, 'commune' AS level, commune_id AS unit_id, district_id, province_id, certain, possible, based FROM commune
  UNION ALL
  SELECT a.rung, a.level, a.unit_id, a.district_id, a.province_id,
         a.least >= need.communes AND (need.share IS NULL OR a.least >= need.share * s.communes),
         a.most >= need.communes AND (need.share IS NULL OR a.most >= need.share * s.communes), NULL
  FROM above a JOIN asked USING (rung) JOIN size s ON s.unit_id = a.unit_id
  CROSS JOIN LATERAL (SELECT CASE a.level WHEN 'district' THEN asked.district_communes ELSE asked.province_communes END AS communes,
                             CASE a.level WHEN 'district' THEN asked.district_share ELSE asked.province_share END AS share) need
), inside AS (  -- by the unit listed; 0 is the country
  SELECT rung, listed_id, bool_or(certain) FILTER (WHERE unit_id = listed_id) AS certain,
         bool_or(possible) FILTER (WHERE unit_id = listed_id) AS possible, count(*) FILTER (WHERE based) AS based,
         count(*) FILTER (WHERE certain AND level = 'province') AS provinces_least,
         count(*) FILTER (WHERE possible AND level = 'province') AS provinces_most,
         count(*) FILTER (WHERE certain AND level = 'district') AS districts_least,
         count(*) FILTER (WHERE possible AND level = 'district') AS districts_most,
         count(*) FILTER (WHERE certain AND level = 'commune') AS communes_least,
         count(*) FILTER (WHERE possible AND level = 'commune') AS communes_most
  FROM (SELECT *, CASE :level WHEN 'country' THEN 0 WHEN 'province' THEN province_id WHEN 'district' THEN district_id
                              ELSE CASE level WHEN 'commune' THEN unit_id END END AS listed_id FROM reached) one
  WHERE listed_id IS NOT NULL GROUP BY rung, listed_id
), spot AS (  -- certain when all of it lies in that one unit
  SELECT rung, unit_id, listed_id, bool_or(stands) AS stands, min(num) AS num, min(den) AS den, min(parcels) AS parcels,
         min(certificates) AS certificates, min(holders) AS holders,
         bool_and(CASE WHEN :level = 'commune' THEN whole ELSE true END)
           AND count(*) OVER (PARTITION BY rung, unit_id) = 1 AS certain
  FROM (SELECT *, CASE :level WHEN 'country' THEN 0 WHEN 'province' THEN province_id WHEN 'district' THEN district_id
                              ELSE commune_id END AS listed_id FROM placed) one
  WHERE listed_id IS NOT NULL GROUP BY rung, unit_id, listed_id
), amount AS (
  SELECT rung, listed_id, sum(num) FILTER (WHERE certain AND stands IS NOT NULL) AS numerator,
         sum(den) FILTER (WHERE certain AND stands IS NOT NULL) AS denominator,
         sum(parcels) FILTER (WHERE certain AND stands) AS parcels_least, sum(parcels) FILTER (WHERE stands) AS parcels_most,
         sum(certificates) FILTER (WHERE certain AND stands) AS certificates_least,
         sum(certificates) FILTER (WHERE stands) AS certificates_most,
         sum(holders) FILTER (WHERE certain AND stands) AS holders_least, sum(holders) FILTER (WHERE stands) AS holders_most
  FROM spot GROUP BY rung, listed_id
), listed AS (
  SELECT 0 AS unit_id, 'country' AS level, '' AS code, 'Cả nước' AS name_vi, 'Cả nước' AS full_name_vi,
         e.provinces AS provinces_total, e.districts AS districts_total, e.communes AS communes_total
  FROM ref.epoch e WHERE e.epoch_id = :epoch AND :level = 'country'
  UNION ALL
  SELECT u.unit_id, u.level, u.code, u.name_vi, u.full_name_vi, count(*) FILTER (WHERE i.level = 'province'),
         count(*) FILTER (WHERE i.level = 'district'), count(*) FILTER (WHERE i.level = 'commune')
  FROM ref.register g JOIN ref.unit u USING (unit_id) JOIN ref.register i ON i.epoch_id = g.epoch_id AND g.unit_id =
         CASE :level WHEN 'province' THEN i.province_id WHEN 'district' THEN i.district_id ELSE i.unit_id END
  WHERE g.epoch_id = :epoch AND g.level = :level AND (CAST(:unit_id AS integer) IS NULL OR g.unit_id = :unit_id)
    AND (CAST(:parent_id AS integer) IS NULL OR g.province_id = :parent_id OR g.district_id = :parent_id)
  GROUP BY u.unit_id
)
SELECT a.rung, a.rule_id, l.level, l.code, l.name_vi, l.full_name_vi, l.provinces_total, l.districts_total, l.communes_total,
       coalesce(i.certain, false)::int AS stands_least, coalesce(i.possible, false)::int AS stands_most,
       coalesce(i.based, 0) AS based,
       coalesce(i.provinces_least, 0) AS provinces_least, coalesce(i.provinces_most, 0) AS provinces_most,
       coalesce(i.districts_least, 0) AS districts_least, coalesce(i.districts_most, 0) AS districts_most,
       coalesce(i.communes_least, 0) AS communes_least, coalesce(i.communes_most, 0) AS communes_most,
       m.numerator::bigint AS numerator, m.denominator::bigint AS denominator,
       coalesce(m.parcels_least, 0)::bigint AS parcels_least, coalesce(m.parcels_most, 0)::bigint AS parcels_most,
       coalesce(m.certificates_least, 0)::bigint AS certificates_least, coalesce(m.certificates_most, 0)::bigint AS certificates_most,
       coalesce(m.holders_least, 0)::bigint AS holders_least, coalesce(m.holders_most, 0)::bigint AS holders_most
FROM listed l CROSS JOIN asked a JOIN stats.rung r ON r.code = a.rung
LEFT JOIN inside i ON i.rung = a.rung AND i.listed_id = l.unit_id
LEFT JOIN amount m ON m.rung = a.rung AND m.listed_id = l.unit_id
ORDER BY l.code, r.place

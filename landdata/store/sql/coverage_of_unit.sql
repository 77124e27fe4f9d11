-- coverage_of_unit: one unit on several days, each in its own register and by its own rule.
-- :days, :epochs, :units, :rules (versions of the rung CONNECTED) arrays of equal length: the day, its register, and the
-- version of the unit in that register.
WITH day AS (
  SELECT d.*, r.within_days
  FROM unnest(CAST(:days AS date[]), CAST(:epochs AS smallint[]), CAST(:units AS integer[]), CAST(:rules AS bigint[]))
    WITH ORDINALITY AS d (day, epoch_id, unit_id, rule_id, place)
  JOIN stats.coverage_rule r USING (rule_id)
), fresh AS (
  SELECT DISTINCT day.place, e.unit_id
  FROM day JOIN stats.delivery_event e ON e.effective_on BETWEEN day.day - day.within_days AND day.day
  WHERE e.state = 'PUBLISHED'
    AND NOT EXISTS (SELECT FROM stats.delivery_event w
                    WHERE w.delivery_id = e.delivery_id AND w.unit_id = e.unit_id AND w.state = 'WITHDRAWN'
                      AND w.effective_on <= day.day)
), inside AS MATERIALIZED (  -- communes of the unit in each register, with the commune versions that lie in them
  SELECT r.epoch_id, r.unit_id AS commune_id, p.from_unit_id AS fact_id, p.extent
  FROM (SELECT DISTINCT epoch_id, unit_id FROM day) one
  JOIN ref.register r ON r.epoch_id = one.epoch_id AND r.level = 'commune'
    AND one.unit_id IN (r.province_id, r.district_id, r.unit_id)
  JOIN ref.projection p ON p.epoch_id = r.epoch_id AND p.to_unit_id = r.unit_id
), source AS (  -- `whole`: nothing of that version lies outside
  SELECT i.epoch_id, i.fact_id, count(*) = (
    SELECT count(*) FROM ref.projection p WHERE p.epoch_id = i.epoch_id AND p.from_unit_id = i.fact_id) AS whole
  FROM inside i GROUP BY i.epoch_id, i.fact_id
), fact AS (
  SELECT day.place, day.epoch_id, day.within_days, s.fact_id, s.whole, sum(e.parcels) AS parcels
  FROM day JOIN source s USING (epoch_id)
  JOIN stats.coverage_event e ON e.unit_id = s.fact_id AND e.effective_on <= day.day
  GROUP BY day.place, day.epoch_id, day.within_days, s.fact_id, s.whole
  HAVING sum(e.parcels) > 0
), commune AS (
  SELECT place, count(*) FILTER (WHERE certain) AS least, count(*) AS most
  FROM (SELECT f.place, i.commune_id, bool_or(i.extent = 'full') AS certain
        FROM fact f JOIN inside i USING (epoch_id, fact_id)
        WHERE f.within_days IS NULL OR EXISTS (SELECT FROM fresh WHERE fresh.place = f.place AND fresh.unit_id = f.fact_id)
        GROUP BY f.place, i.commune_id) one
  GROUP BY place
), total AS (
  SELECT place, sum(parcels) FILTER (WHERE whole) AS parcels FROM fact GROUP BY place
)
SELECT day.day, e.valid_from AS register_from, coalesce(commune.least, 0) AS communes_least,
       coalesce(commune.most, 0) AS communes_most, coalesce(total.parcels, 0)::bigint AS parcels,
       (SELECT count(DISTINCT i.commune_id) FROM inside i WHERE i.epoch_id = day.epoch_id) AS communes
FROM day
JOIN ref.epoch e USING (epoch_id)
LEFT JOIN commune USING (place) LEFT JOIN total USING (place)
ORDER BY day.place

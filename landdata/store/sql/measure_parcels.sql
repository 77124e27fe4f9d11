-- measure_parcels: how much each source's parcels changed in 7 days, as a whole and in the commune where it changed most.
-- Only what a delivery spoke for: the commune that one was formed from empties without anybody's doing. Sources with fewer
-- than :least parcels a week ago, and communes with fewer than a fifth of that, say nothing.
WITH changed AS (
  SELECT d.office_id, e.unit_id, sum(e.parcels) AS net, bool_or(x.delivery_id IS NOT NULL) AS spoken
  FROM stats.coverage_event e JOIN intake.delivery d USING (delivery_id)
  LEFT JOIN intake.delivery_commune x USING (delivery_id, unit_id)
  WHERE e.recorded_at > clock_timestamp() - interval '7 days'
  GROUP BY d.office_id, e.unit_id
), holding AS (  -- a commune is of the source that spoke for it last: one step in an index, not all there ever was
  SELECT last.office_id, sum(c.parcels) AS parcels
  FROM stats.coverage_counter c CROSS JOIN LATERAL (
    SELECT d.office_id FROM intake.delivery_commune x JOIN intake.delivery d USING (delivery_id)
    WHERE x.unit_id = c.unit_id AND x.state IN ('PUBLISHED', 'WITHDRAWN') ORDER BY x.delivery_id DESC LIMIT 1) last
  WHERE c.parcels > 0 GROUP BY last.office_id
), source AS (  -- what became of former communes moves from one to the other: the whole does not change
  SELECT w.office_id, w.net, coalesce(h.parcels, 0) - w.net AS before
  FROM (SELECT office_id, sum(net) AS net FROM changed GROUP BY office_id) w LEFT JOIN holding h USING (office_id)
), commune AS (
  SELECT c.office_id, u.code, c.net, coalesce(n.parcels, 0) - c.net AS before
  FROM changed c JOIN ref.unit u USING (unit_id) LEFT JOIN stats.coverage_counter n USING (unit_id)
  WHERE coalesce(n.parcels, 0) - c.net >= CAST(:least AS integer) / 5.0 AND c.spoken
), edge AS (
  SELECT office_id, max(-net / before::float8) AS shrank, max(net / before::float8) AS grew,
         (array_agg(code ORDER BY net / before::float8))[1\:10] AS shrunk_communes,
         (array_agg(code ORDER BY net / before::float8 DESC))[1\:10] AS grown_communes
  FROM commune GROUP BY office_id
)
SELECT o.office_id, o.code, s.net, s.before, s.net / nullif(s.before, 0)::float8 AS share,
       s.before >= CAST(:least AS integer) AS tells, e.shrank, e.grew, e.shrunk_communes, e.grown_communes
FROM source s JOIN org.office o USING (office_id) LEFT JOIN edge e USING (office_id)

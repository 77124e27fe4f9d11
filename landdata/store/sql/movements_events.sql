-- movements_events: what counts in one of two states and not in the other, delivery by delivery, in the order of reckoning.
-- :a_on, :b_on days; :a_known, :b_known times. A row is what one delivery, withdrawal or mending did for one day, in one
-- transaction or several; `sign` is -1 when it counts in the first state only. Who mended stands under nobody's delivery.
WITH event AS (
  SELECT e.*, side.sign, CASE WHEN e.mend_id IS NULL THEN e.delivery_id END AS by_delivery,
         CASE WHEN e.mend_id IS NOT NULL THEN 'MENDING' WHEN p.kind = 'WITHDRAW' THEN 'WITHDRAWAL' ELSE 'DELIVERY' END AS kind
  FROM stats.coverage_event e
  CROSS JOIN LATERAL (
    SELECT (e.effective_on <= :b_on AND e.recorded_at <= :b_known)::int
         - (e.effective_on <= :a_on AND e.recorded_at <= :a_known)::int AS sign
  ) side
  JOIN land.publication p USING (publication_id)
  WHERE side.sign <> 0
), cause AS (
  SELECT kind, effective_on, by_delivery, mend_id, sign, min(recorded_at) AS recorded_at, min(event_id) AS event_id,
         bool_or(backfilled) AS backfilled, bool_or(simulated) AS simulated,
         array_agg(unit_id ORDER BY event_id) AS units, array_agg(parcels ORDER BY event_id) AS parcels,
         array_agg(certificates ORDER BY event_id) AS certificates, array_agg(holders ORDER BY event_id) AS holders
  FROM event GROUP BY kind, effective_on, by_delivery, mend_id, sign
)
SELECT c.*, d.delivery_uid, o.code AS office_code, o.name_vi AS office_name_vi, m.reason
FROM cause c
LEFT JOIN intake.delivery d ON d.delivery_id = c.by_delivery
LEFT JOIN org.office o USING (office_id)
LEFT JOIN stats.mend m ON m.mend_id = c.mend_id
ORDER BY c.effective_on, c.recorded_at, c.event_id

-- reports_sources: how each source stood by what was known at a time, with what it had promised by then.
-- :known_at. Deliveries are told by the day on which they were recorded, as for sources everywhere.
SELECT s.source_id, o.office_id, o.code, o.name_vi, o.name_en, e.after AS state, p.cadence_days, p.first_due_on,
       coalesce(p.contact, '') AS contact, (
         SELECT max((d.recorded_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date)
         FROM stats.delivery_event d JOIN intake.delivery i ON i.delivery_id = d.delivery_id
         WHERE i.office_id = s.office_id AND d.state = 'PUBLISHED' AND d.recorded_at <= :known_at
           AND NOT EXISTS (SELECT FROM stats.delivery_event w
                           WHERE w.delivery_id = d.delivery_id AND w.unit_id = d.unit_id AND w.state = 'WITHDRAWN'
                             AND w.recorded_at <= :known_at)) AS last_on,
       greatest((p.noted_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date, (
         SELECT max((r.at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date) FROM sync.source_event r
         WHERE r.source_id = s.source_id AND r.cause = 'RESUMED' AND r.at <= :known_at)) AS counts_from,
       (CAST(:known_at AS timestamptz) AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS today
FROM sync.source s JOIN org.office o USING (office_id)
JOIN LATERAL (  -- none before it was registered
  SELECT e.after FROM sync.source_event e WHERE e.source_id = s.source_id AND e.at <= :known_at
  ORDER BY e.step DESC LIMIT 1) e ON true
LEFT JOIN LATERAL (
  SELECT * FROM sync.source_promise p WHERE p.source_id = s.source_id AND p.noted_at <= :known_at
  ORDER BY p.promise_id DESC LIMIT 1) p ON true
ORDER BY o.code

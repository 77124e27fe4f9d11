-- sources_facts: what is on record about each source. :office (null: all).
SELECT s.source_id, s.office_id, s.method, s.state, s.state_since,
       (clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS today,
       EXISTS (SELECT FROM intake.delivery d WHERE d.office_id = s.office_id) AS received,
       EXISTS (SELECT FROM intake.delivery d WHERE d.office_id = s.office_id AND (d.state = 'PUBLISHED' OR (
         d.state IN ('WAITING', 'CHECKED') AND EXISTS (
           SELECT FROM intake.delivery_commune c WHERE c.delivery_id = d.delivery_id AND c.state = 'PUBLISHED')))) AS published,
       coalesce((SELECT d.state = 'REFUSED' FROM intake.delivery d WHERE d.office_id = s.office_id
                   AND d.state IN ('PUBLISHED', 'WAITING', 'REFUSED', 'WITHDRAWN')
                 ORDER BY d.delivery_id DESC LIMIT 1), false) AS last_refused,
       greatest((SELECT max((d.recorded_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date) FROM intake.delivery d
                 WHERE d.office_id = s.office_id AND d.state NOT IN ('REFUSED', 'WITHDRAWN')),
                (SELECT max((p.ended_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date)
                 FROM sync.connection c JOIN sync.pull p USING (connection_id)
                 WHERE c.office_id = s.office_id AND p.outcome = 'UNCHANGED')) AS last_on,
       EXISTS (SELECT FROM sync.connection c WHERE c.office_id = s.office_id AND c.standing = 'ACTIVE'
                 AND c.failures >= 3) AS pulls_fail,
       greatest((p.noted_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date, (
         SELECT max((e.at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date) FROM sync.source_event e
         WHERE e.source_id = s.source_id AND e.cause = 'RESUMED')) AS counts_from,
       p.cadence_days, p.first_due_on, p.communes, coalesce(p.contact, '') AS contact
FROM sync.source s LEFT JOIN LATERAL (
  SELECT * FROM sync.source_promise p WHERE p.source_id = s.source_id ORDER BY p.promise_id DESC LIMIT 1) p ON true
WHERE CAST(:office AS bigint) IS NULL OR s.office_id = :office
ORDER BY s.source_id

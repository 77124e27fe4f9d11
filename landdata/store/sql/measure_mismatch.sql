-- measure_mismatch: of each source, the share of holders that contradict the citizen database, now and a week ago.
-- Of holders that were compared; fewer than :least of them say nothing.
WITH fact AS (
  SELECT asked.place, u.unit_id, q.mismatch, q.compared
  FROM ref.unit u CROSS JOIN (VALUES (1, 0), (2, 7)) AS asked (place, ago)
  CROSS JOIN LATERAL (  -- one step in an index: every night adds a row
    SELECT m.mismatch, m.claims - m.pending AS compared FROM stats.matching_quality m
    WHERE m.unit_id = u.unit_id AND m.day <= (clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date - asked.ago
    ORDER BY m.day DESC, m.quality_id DESC LIMIT 1) q
  WHERE u.level = 'commune'
), charge AS (  -- the office in charge of the province that a commune lies in
  SELECT r.unit_id, max(u.office_id) AS office_id FROM ref.register r JOIN org.office_unit u ON u.unit_id = r.province_id
  WHERE r.level = 'commune' AND r.unit_id IN (SELECT unit_id FROM fact) GROUP BY r.unit_id
), total AS (
  SELECT c.office_id, sum(f.mismatch) FILTER (WHERE f.place = 1) AS now, sum(f.compared) FILTER (WHERE f.place = 1) AS of_now,
         sum(f.mismatch) FILTER (WHERE f.place = 2) AS before, sum(f.compared) FILTER (WHERE f.place = 2) AS of_before
  FROM fact f JOIN charge c USING (unit_id) GROUP BY c.office_id
)
SELECT o.office_id, o.code, t.now::float8 / t.of_now AS now, t.before::float8 / t.of_before AS before
FROM total t JOIN org.office o USING (office_id) WHERE t.of_now >= CAST(:least AS integer) AND t.of_before >= CAST(:least AS integer)

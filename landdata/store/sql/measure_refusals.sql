-- measure_refusals: of each source at work, deliveries refused in a row at the end, and refused rows of the last delivery
-- against those before it. Shares of fewer than 50 rows are null: they say nothing.
WITH at_rest AS (
  SELECT d.office_id, d.delivery_id, d.state, sum(l.rows_read) AS rows_read, sum(l.rows_refused) AS rows_refused,
         row_number() OVER (PARTITION BY d.office_id ORDER BY d.delivery_id DESC) AS place
  FROM intake.delivery d JOIN sync.source s USING (office_id) LEFT JOIN intake.delivery_layer l USING (delivery_id)
  WHERE s.state NOT IN ('PAUSED', 'ENDED') AND d.state IN ('PUBLISHED', 'WAITING', 'REFUSED', 'WITHDRAWN')
    AND d.recorded_at > clock_timestamp() - interval '400 days'
  GROUP BY d.office_id, d.delivery_id, d.state
), last_good AS (
  SELECT office_id, coalesce(min(place) FILTER (WHERE state <> 'REFUSED') - 1, count(*)) AS in_a_row FROM at_rest GROUP BY office_id
), counted AS (  -- a file that could not be read has no rows
  SELECT *, row_number() OVER (PARTITION BY office_id ORDER BY delivery_id DESC) AS counted_place
  FROM at_rest WHERE rows_read > 0
), total AS (
  SELECT office_id, sum(rows_read) FILTER (WHERE counted_place = 1) AS read_now,
    sum(rows_refused) FILTER (WHERE counted_place = 1) AS refused_now,
    sum(rows_read) FILTER (WHERE counted_place > 1) AS read_before,
    sum(rows_refused) FILTER (WHERE counted_place > 1) AS refused_before
  FROM counted GROUP BY office_id
)
SELECT o.code, o.office_id, g.in_a_row,
       CASE WHEN s.read_now >= 50 THEN s.refused_now::float8 / s.read_now END AS now,
       CASE WHEN s.read_before >= 50 THEN s.refused_before::float8 / s.read_before END AS before
FROM last_good g JOIN org.office o USING (office_id) LEFT JOIN total s USING (office_id)

-- measure_silence: days since the last delivery of each connected source, or since a pull that found nothing new, in units
-- of the usual gap between those.
-- The usual gap is the median of those between days with deliveries in the last 400 days; fewer than 3 gaps say nothing.
WITH came AS (
  SELECT DISTINCT d.office_id, (d.recorded_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS day
  FROM intake.delivery d JOIN sync.source s USING (office_id)
  WHERE s.state = 'CONNECTED' AND d.state <> 'REFUSED' AND d.recorded_at > clock_timestamp() - interval '400 days'
  UNION SELECT c.office_id, (p.ended_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
  FROM sync.pull p JOIN sync.connection c USING (connection_id) JOIN sync.source s USING (office_id)
  WHERE s.state = 'CONNECTED' AND p.outcome = 'UNCHANGED' AND p.ended_at > clock_timestamp() - interval '400 days'
), gap AS (
  SELECT office_id, day, day - lag(day) OVER (PARTITION BY office_id ORDER BY day) AS days FROM came
), usual AS (
  SELECT office_id, max(day) AS last_on, percentile_cont(0.5) WITHIN GROUP (ORDER BY days) AS days
  FROM gap GROUP BY office_id HAVING count(days) >= 3
), resumed AS (
  SELECT s.office_id, max((e.at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date) AS day
  FROM sync.source s JOIN sync.source_event e USING (source_id) WHERE e.cause = 'RESUMED' GROUP BY s.office_id
)
SELECT u.office_id, o.code, silent.days AS silent_days, u.days AS usual_days, silent.days / greatest(u.days, 1) AS value
FROM usual u JOIN org.office o USING (office_id) LEFT JOIN resumed r USING (office_id)
CROSS JOIN LATERAL (
  SELECT (clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date - greatest(u.last_on, r.day) AS days) silent

-- coverage_use_count: notes the look-ups of each commune and day since :since, where they are more than was noted.
INSERT INTO stats.commune_use (unit_id, day, look_ups)
SELECT c.unit_id, c.day, c.look_ups
FROM audit.look_ups_by_commune(:since) c
LEFT JOIN (SELECT unit_id, day, max(look_ups) AS look_ups FROM stats.commune_use WHERE day >= :since GROUP BY unit_id, day) l
  USING (unit_id, day)
WHERE c.look_ups > coalesce(l.look_ups, 0)

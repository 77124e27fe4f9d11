-- Marks communes with publications that were not seen yet. How far transactions are final only bounds what is looked at:
-- what was published while a long one runs is not waited for, and not drawn twice either.
-- A database that was restored elsewhere counts transactions anew: then everything is looked at again.
WITH now AS (
  SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS tx
), reach AS (
  SELECT CASE WHEN r.tx > now.tx THEN 0 ELSE r.tx END AS since, now.tx AS before FROM stats.extent_reach r, now
), fresh AS MATERIALIZED (
  SELECT p.publication_id FROM land.publication p, reach WHERE p.tx >= reach.since
), touched AS (
  SELECT one.commune_id, max(one.pub) AS pub FROM (
    SELECT r.commune_id, r.since_pub AS pub FROM land.record r WHERE r.since_pub IN (SELECT publication_id FROM fresh)
    UNION ALL
    SELECT r.commune_id, r.until_pub FROM land.record r WHERE r.until_pub IN (SELECT publication_id FROM fresh)) one
  GROUP BY one.commune_id
), marked AS (
  INSERT INTO stats.commune_extent AS e (unit_id, last_pub, is_stale) SELECT commune_id, pub, true FROM touched
  ON CONFLICT (unit_id) DO UPDATE SET is_stale = true, last_pub = excluded.last_pub WHERE e.last_pub < excluded.last_pub
)
UPDATE stats.extent_reach SET tx = reach.before FROM reach

-- Works some communes out that are marked; a commune without parcels has no hull.
WITH due AS (
  SELECT unit_id FROM stats.commune_extent WHERE is_stale ORDER BY unit_id LIMIT :most FOR UPDATE SKIP LOCKED
), drawn AS MATERIALIZED (
  SELECT d.unit_id, (
    SELECT ST_ConvexHull(ST_Collect(ST_Envelope(p.geom))) FROM land.parcel p
    WHERE p.commune_id = d.unit_id AND p.is_current) AS hull
  FROM due d
)
UPDATE stats.commune_extent e SET hull = d.hull, place = ST_Centroid(d.hull), is_stale = false
FROM drawn d WHERE e.unit_id = d.unit_id

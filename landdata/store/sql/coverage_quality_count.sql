-- coverage_quality_count: notes how many parcels of each commune are complete; a row only where it is another than the last.
-- :day the day in Vietnam from which it holds.
WITH named AS (  -- parcels on a certificate that names a person with number and year of birth, or an organisation or community
  SELECT DISTINCT r.commune_id, r.record_id, r.parcel_no
  FROM land.holder h JOIN land.land_right r USING (commune_id, record_id, holder_no)
  WHERE h.is_current AND r.certificate_no IS NOT NULL
    AND (h.holder_kind IN ('3', '4') OR h.id_number_bidx IS NOT NULL AND coalesce(h.birth_year, extract(year FROM h.birth_date)) IS NOT NULL)
), purposed AS (
  SELECT DISTINCT commune_id, record_id, parcel_no FROM land.purpose
), found AS (
  SELECT p.commune_id AS unit_id, count(*)::int AS parcels,
         count(*) FILTER (WHERE p.legal_area_m2 IS NOT NULL AND u.parcel_no IS NOT NULL AND n.parcel_no IS NOT NULL)::int AS complete
  FROM land.parcel p
  LEFT JOIN purposed u USING (commune_id, record_id, parcel_no) LEFT JOIN named n USING (commune_id, record_id, parcel_no)
  WHERE p.is_current GROUP BY p.commune_id
), last AS (
  SELECT DISTINCT ON (unit_id) unit_id, parcels, complete FROM stats.commune_quality ORDER BY unit_id, day DESC, quality_id DESC
)
INSERT INTO stats.commune_quality (unit_id, day, parcels, complete)
SELECT unit_id, :day, coalesce(f.parcels, 0), coalesce(f.complete, 0)
FROM found f FULL JOIN last l USING (unit_id)
WHERE (coalesce(f.parcels, 0), coalesce(f.complete, 0)) IS DISTINCT FROM (l.parcels, l.complete)

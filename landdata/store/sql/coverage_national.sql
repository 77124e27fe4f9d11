-- coverage_national: the country on several days at once, each in its own register.
-- :days, :epochs arrays of equal length; :known_at time or null.
WITH day AS (
  SELECT *, row_number() OVER (ORDER BY day, place)::int AS nth  -- their order in time
  FROM unnest(CAST(:days AS date[]), CAST(:epochs AS smallint[])) WITH ORDINALITY AS d (day, epoch_id, place)
), change AS (  -- what each commune version gained by the first of the days that sees it; every event is read once
  SELECT width_bucket(e.effective_on - 1, t.days) + 1 AS nth, e.unit_id, sum(e.parcels) AS parcels,
         sum(e.certificates) AS certificates, sum(e.holders) AS holders, bool_or(e.backfilled) AS backfilled,
         bool_or(e.simulated) AS simulated
  FROM stats.coverage_event e CROSS JOIN (SELECT array_agg(day ORDER BY nth) AS days FROM day) t
  WHERE e.effective_on <= (SELECT max(day) FROM day)
    AND (CAST(:known_at AS timestamptz) IS NULL OR e.recorded_at <= :known_at)
  GROUP BY 1, 2
), run AS (  -- and how it stands from that day to the next change
  SELECT unit_id, nth, lead(nth, 1, (SELECT count(*)::int + 1 FROM day)) OVER later AS upto, sum(parcels) OVER later AS parcels,
         sum(certificates) OVER later AS certificates, sum(holders) OVER later AS holders,
         bool_or(backfilled) OVER later AS backfilled, bool_or(simulated) OVER later AS simulated
  FROM change WINDOW later AS (PARTITION BY unit_id ORDER BY nth)
), fact AS (
  SELECT day.place, day.epoch_id, r.unit_id, r.parcels, r.certificates, r.holders, r.backfilled, r.simulated
  FROM run r CROSS JOIN LATERAL generate_series(r.nth, r.upto - 1) AS n JOIN day ON day.nth = n
  WHERE r.parcels > 0
), placed AS (
  SELECT f.place, f.unit_id AS fact_id, p.extent, r.unit_id AS commune_id, r.district_id, r.province_id
  FROM fact f
  JOIN ref.projection p ON p.epoch_id = f.epoch_id AND p.from_unit_id = f.unit_id
  JOIN ref.register r ON r.epoch_id = f.epoch_id AND r.unit_id = p.to_unit_id
), commune AS (
  SELECT place, count(*) FILTER (WHERE certain) AS least, count(*) AS most
  FROM (SELECT place, commune_id, bool_or(extent = 'full') AS certain FROM placed GROUP BY place, commune_id) c
  GROUP BY place
), whole AS (  -- certain for a district or province when all of the fact lies in that one
  SELECT place, fact_id,
         min(district_id) AS district_id, min(district_id) IS NOT DISTINCT FROM max(district_id) AS one_district,
         min(province_id) AS province_id, min(province_id) = max(province_id) AS one_province
  FROM placed GROUP BY place, fact_id
), above AS (
  SELECT place, count(DISTINCT district_id) FILTER (WHERE one_district) AS districts_least,
         count(DISTINCT province_id) FILTER (WHERE one_province) AS provinces_least
  FROM whole GROUP BY place
), possible AS (
  SELECT place, count(DISTINCT district_id) AS districts_most, count(DISTINCT province_id) AS provinces_most
  FROM placed GROUP BY place
), total AS (
  SELECT place, sum(parcels) AS parcels, sum(certificates) AS certificates, sum(holders) AS holders,
         bool_or(backfilled) AS backfilled, bool_or(simulated) AS simulated
  FROM fact GROUP BY place
)
SELECT day.day, e.valid_from AS register_from, e.provinces, e.districts, e.communes,
       coalesce(above.provinces_least, 0) AS provinces_least, coalesce(possible.provinces_most, 0) AS provinces_most,
       coalesce(above.districts_least, 0) AS districts_least, coalesce(possible.districts_most, 0) AS districts_most,
       coalesce(commune.least, 0) AS communes_least, coalesce(commune.most, 0) AS communes_most,
       coalesce(total.parcels, 0)::bigint AS parcels, coalesce(total.certificates, 0)::bigint AS certificates,
       coalesce(total.holders, 0)::bigint AS holders, coalesce(total.backfilled, false) AS backfilled,
       coalesce(total.simulated, false) AS simulated
FROM day
JOIN ref.epoch e USING (epoch_id)
LEFT JOIN commune USING (place) LEFT JOIN above USING (place) LEFT JOIN possible USING (place) LEFT JOIN total USING (place)
ORDER BY day.place

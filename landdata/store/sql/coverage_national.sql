-- coverage_national: the country on several days at once, each in its own register and by its own rule.
-- :days, :epochs, :rules (versions of the rung CONNECTED) arrays of equal length; :known_at time or null.
WITH day AS (
  SELECT d.*, row_number() OVER (ORDER BY d.day, d.place)::int AS nth,  -- their order in time
         r.within_days, r.district_communes, r.district_share, r.province_communes, r.province_share
  FROM unnest(CAST(:days AS date[]), CAST(:epochs AS smallint[]), CAST(:rules AS bigint[])) WITH ORDINALITY
    AS d (day, epoch_id, rule_id, place)
  JOIN stats.coverage_rule r USING (rule_id)
), fresh AS (  -- where the rule asks for it: communes with a delivery of the last days, changes or none
  SELECT DISTINCT day.place, e.unit_id
  FROM day JOIN stats.delivery_event e ON e.effective_on BETWEEN day.day - day.within_days AND day.day
  WHERE e.state = 'PUBLISHED' AND (CAST(:known_at AS timestamptz) IS NULL OR e.recorded_at <= :known_at)
    AND NOT EXISTS (SELECT FROM stats.delivery_event w
                    WHERE w.delivery_id = e.delivery_id AND w.unit_id = e.unit_id AND w.state = 'WITHDRAWN'
                      AND w.effective_on <= day.day AND (CAST(:known_at AS timestamptz) IS NULL OR w.recorded_at <= :known_at))
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
  SELECT day.place, day.epoch_id, day.within_days, r.unit_id, r.parcels, r.certificates, r.holders, r.backfilled, r.simulated
  FROM run r CROSS JOIN LATERAL generate_series(r.nth, r.upto - 1) AS n JOIN day ON day.nth = n
  WHERE r.parcels > 0
), placed AS (
  SELECT f.place, f.unit_id AS fact_id, p.extent = 'full' AS whole, r.unit_id AS commune_id, r.district_id, r.province_id
  FROM fact f
  JOIN ref.projection p ON p.epoch_id = f.epoch_id AND p.from_unit_id = f.unit_id
  JOIN ref.register r ON r.epoch_id = f.epoch_id AND r.unit_id = p.to_unit_id
  WHERE f.within_days IS NULL OR EXISTS (SELECT FROM fresh WHERE fresh.place = f.place AND fresh.unit_id = f.unit_id)
), commune AS (  -- certain when a whole connected commune went into it
  SELECT place, commune_id, district_id, province_id, bool_or(whole) AS certain
  FROM placed GROUP BY place, commune_id, district_id, province_id
), spread AS (  -- a fact that certainly lies in one district or province, though not in which commune of it
  SELECT place, CASE WHEN min(district_id) = max(district_id) AND count(district_id) = count(*) THEN min(district_id) END AS district_id,
         CASE WHEN min(province_id) = max(province_id) THEN min(province_id) END AS province_id
  FROM placed GROUP BY place, fact_id HAVING NOT bool_or(whole)
), above AS (  -- how many communes of each are connected: certain ones, and one more where a fact lies somewhere in it
  SELECT place, level, unit_id, greatest(sum(certain), max(somewhere)) AS least, sum(possible) AS most
  FROM (
    SELECT place, 'district' AS level, district_id AS unit_id, certain::int AS certain, 1 AS possible, 0 AS somewhere
    FROM commune WHERE district_id IS NOT NULL
    UNION ALL SELECT place, 'province', province_id, certain::int, 1, 0 FROM commune
    UNION ALL SELECT place, 'district', district_id, 0, 0, 1 FROM spread WHERE district_id IS NOT NULL
    UNION ALL SELECT place, 'province', province_id, 0, 0, 1 FROM spread WHERE province_id IS NOT NULL
  ) one
  GROUP BY place, level, unit_id
), size AS (  -- all communes of a district or province, where a rule asks for a share of them
  SELECT day.place, r.district_id, r.province_id, count(*) AS communes
  FROM day JOIN ref.register r ON r.epoch_id = day.epoch_id AND r.level = 'commune'
  WHERE day.district_share IS NOT NULL OR day.province_share IS NOT NULL
  GROUP BY GROUPING SETS ((day.place, r.district_id), (day.place, r.province_id))
), reached AS (
  SELECT a.place, a.level, a.least >= need.communes AND (need.share IS NULL OR a.least >= need.share * s.communes) AS certain,
         a.most >= need.communes AND (need.share IS NULL OR a.most >= need.share * s.communes) AS possible
  FROM above a JOIN day USING (place)
  CROSS JOIN LATERAL (SELECT CASE a.level WHEN 'district' THEN day.district_communes ELSE day.province_communes END AS communes,
                             CASE a.level WHEN 'district' THEN day.district_share ELSE day.province_share END AS share) need
  LEFT JOIN size s ON s.place = a.place AND a.unit_id = CASE a.level WHEN 'district' THEN s.district_id ELSE s.province_id END
), upper AS (
  SELECT place, count(*) FILTER (WHERE certain AND level = 'district') AS districts_least,
         count(*) FILTER (WHERE possible AND level = 'district') AS districts_most,
         count(*) FILTER (WHERE certain AND level = 'province') AS provinces_least,
         count(*) FILTER (WHERE possible AND level = 'province') AS provinces_most
  FROM reached GROUP BY place
), lower AS (
  SELECT place, count(*) FILTER (WHERE certain) AS least, count(*) AS most FROM commune GROUP BY place
), total AS (
  SELECT place, sum(parcels) AS parcels, sum(certificates) AS certificates, sum(holders) AS holders,
         bool_or(backfilled) AS backfilled, bool_or(simulated) AS simulated
  FROM fact GROUP BY place
)
SELECT day.day, day.rule_id, e.valid_from AS register_from, e.provinces, e.districts, e.communes,
       coalesce(upper.provinces_least, 0) AS provinces_least, coalesce(upper.provinces_most, 0) AS provinces_most,
       coalesce(upper.districts_least, 0) AS districts_least, coalesce(upper.districts_most, 0) AS districts_most,
       coalesce(lower.least, 0) AS communes_least, coalesce(lower.most, 0) AS communes_most,
       coalesce(total.parcels, 0)::bigint AS parcels, coalesce(total.certificates, 0)::bigint AS certificates,
       coalesce(total.holders, 0)::bigint AS holders, coalesce(total.backfilled, false) AS backfilled,
       coalesce(total.simulated, false) AS simulated
FROM day
JOIN ref.epoch e USING (epoch_id)
LEFT JOIN lower USING (place) LEFT JOIN upper USING (place) LEFT JOIN total USING (place)
ORDER BY day.place

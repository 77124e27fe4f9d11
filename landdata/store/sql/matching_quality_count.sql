-- matching_quality_count: notes what became of the claims of each commune, and signs of invented data there.
-- Holders, certificates and purposes are read once each; a row only where a commune's figures are others than its last.
-- :day the day in Vietnam from which it holds.
WITH person AS MATERIALIZED (  -- whoever stands on several certificates of a commune counts once
  SELECT DISTINCT commune_id, identity_key, id_number_bidx, upper(name) AS name, birth_date, birth_year
  FROM land.holder WHERE is_current AND identity_key IS NOT NULL
), told AS MATERIALIZED (
  SELECT DISTINCT p.commune_id, p.identity_key, c.status, c.reasons
  FROM person p JOIN match.claim c USING (identity_key)
), status AS (
  SELECT commune_id, count(*) AS claims,
         count(*) FILTER (WHERE status = 'VERIFIED') AS verified, count(*) FILTER (WHERE status = 'MISMATCH') AS mismatch,
         count(*) FILTER (WHERE status = 'NOT_FOUND') AS not_found,
         count(*) FILTER (WHERE status = 'INCOMPLETE') AS incomplete,
         count(*) FILTER (WHERE status = 'AMBIGUOUS') AS ambiguous, count(*) FILTER (WHERE status = 'PENDING') AS pending,
         count(*) FILTER (WHERE reasons && ARRAY['NUMBER_SHAPE', 'NUMBER_PROVINCE', 'NUMBER_YEAR', 'NUMBER_GENDER'])
           AS impossible
  FROM told GROUP BY commune_id
), reason AS (  -- what stands behind `=` is evidence of one case
  SELECT commune_id, jsonb_object_agg(code, many) AS reasons
  FROM (SELECT commune_id, split_part(one, '=', 1) AS code, count(*) AS many
        FROM told CROSS JOIN unnest(reasons) AS one WHERE status <> 'VERIFIED' GROUP BY 1, 2) each_code
  GROUP BY commune_id
), number AS (
  SELECT commune_id, sum(many) AS many, coalesce(sum(many) FILTER (WHERE names > 1), 0) AS shared
  FROM (SELECT commune_id, id_number_bidx, count(*) AS many, count(DISTINCT name) AS names
        FROM person WHERE id_number_bidx IS NOT NULL GROUP BY 1, 2) each_number
  GROUP BY commune_id
), namesake AS (
  SELECT commune_id, sum(many) AS many, coalesce(sum(many) FILTER (WHERE numbers > 2), 0) AS repeated
  FROM (SELECT commune_id, name, birth_year, count(*) AS many, count(DISTINCT id_number_bidx) AS numbers
        FROM person WHERE id_number_bidx IS NOT NULL AND birth_year IS NOT NULL GROUP BY 1, 2, 3) each_name
  GROUP BY commune_id
), birth AS (
  SELECT commune_id, count(*) AS many,
         count(*) FILTER (WHERE extract(month FROM birth_date) = 1 AND extract(day FROM birth_date) = 1) AS new_year
  FROM person WHERE birth_date IS NOT NULL GROUP BY commune_id
), registry AS (
  SELECT commune_id, count(*) AS many, count(*) FILTER (WHERE registry_number !~ '[0-9]') AS digitless
  FROM land.certificate WHERE is_current AND registry_number IS NOT NULL GROUP BY commune_id
), origin AS (  -- base origins without the transfer behind `+`; a commune with one purpose shows nothing
  SELECT commune_id, sum(many) AS many,
         CASE WHEN count(DISTINCT code) = count(*) AND count(*) > 1 AND count(DISTINCT bases) > 1 AND sum(many) >= 50
              THEN sum(many) ELSE 0 END AS decided
  FROM (SELECT u.commune_id, u.code, (SELECT string_agg(DISTINCT split_part(one, '+', 1), ',') FROM unnest(u.origins) AS one) AS bases,
               count(*) AS many
        FROM land.purpose u JOIN land.parcel p USING (commune_id, record_id, parcel_no)
        WHERE p.is_current AND u.origins <> '{}' GROUP BY 1, 2, 3) each_pair
  GROUP BY commune_id
), last AS (
  SELECT DISTINCT ON (unit_id) * FROM stats.matching_quality ORDER BY unit_id, day DESC, quality_id DESC
), found AS (
  SELECT unit_id, coalesce(s.claims, 0)::int AS claims, coalesce(s.verified, 0)::int AS verified,
         coalesce(s.mismatch, 0)::int AS mismatch, coalesce(s.not_found, 0)::int AS not_found,
         coalesce(s.incomplete, 0)::int AS incomplete, coalesce(s.ambiguous, 0)::int AS ambiguous,
         coalesce(s.pending, 0)::int AS pending, coalesce(r.reasons, '{}') AS reasons,
         jsonb_strip_nulls(jsonb_build_object(
           'ORIGIN_BY_PURPOSE', CASE WHEN o.many > 0 THEN jsonb_build_array(o.decided, o.many) END,
           'REGISTRY_WITHOUT_DIGIT', CASE WHEN g.many > 0 THEN jsonb_build_array(g.digitless, g.many) END,
           'NUMBER_SHARED', CASE WHEN n.many > 0 THEN jsonb_build_array(n.shared, n.many) END,
           'NAME_MANY_NUMBERS', CASE WHEN m.many > 0 THEN jsonb_build_array(m.repeated, m.many) END,
           'NUMBER_IMPOSSIBLE', CASE WHEN s.claims > 0 THEN jsonb_build_array(s.impossible, s.claims) END,
           'BIRTH_NEW_YEAR', CASE WHEN b.many > 0 THEN jsonb_build_array(b.new_year, b.many) END)) AS signs
  FROM (SELECT commune_id AS unit_id FROM status UNION SELECT commune_id FROM registry UNION SELECT commune_id FROM origin
        UNION SELECT unit_id FROM last) every_unit
  LEFT JOIN status s ON s.commune_id = unit_id LEFT JOIN reason r ON r.commune_id = unit_id
  LEFT JOIN number n ON n.commune_id = unit_id LEFT JOIN namesake m ON m.commune_id = unit_id
  LEFT JOIN birth b ON b.commune_id = unit_id LEFT JOIN registry g ON g.commune_id = unit_id
  LEFT JOIN origin o ON o.commune_id = unit_id
)
INSERT INTO stats.matching_quality
  (unit_id, day, claims, verified, mismatch, not_found, incomplete, ambiguous, pending, reasons, signs)
SELECT f.unit_id, :day, f.claims, f.verified, f.mismatch, f.not_found, f.incomplete, f.ambiguous, f.pending, f.reasons, f.signs
FROM found f LEFT JOIN last l USING (unit_id)
WHERE (f.claims, f.verified, f.mismatch, f.not_found, f.incomplete, f.ambiguous, f.pending, f.reasons, f.signs)
  IS DISTINCT FROM (l.claims, l.verified, l.mismatch, l.not_found, l.incomplete, l.ambiguous, l.pending, l.reasons, l.signs)

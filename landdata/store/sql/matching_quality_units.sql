-- matching_quality_units: how matching stood on several days in the units of a register.
-- :days; :epoch register; :level, :parent_id (null: all) which units to list. A row for each day (by place) and unit with figures.
WITH fact AS (  -- the last that was noted of each commune version until each day
  SELECT asked.place, q.*
  FROM unnest(CAST(:days AS date[])) WITH ORDINALITY AS asked (day, place)
  CROSS JOIN LATERAL (
    SELECT DISTINCT ON (unit_id) unit_id, claims, verified, mismatch, not_found, incomplete, ambiguous, pending, reasons, signs
    FROM stats.matching_quality WHERE day <= asked.day ORDER BY unit_id, day DESC, quality_id DESC
  ) q
  WHERE q.claims > 0 OR q.signs <> '{}'
), placed AS (  -- where each of them lies in the register asked for
  SELECT f.place, f.unit_id, p.extent,
         CASE :level WHEN 'commune' THEN r.unit_id WHEN 'district' THEN r.district_id ELSE r.province_id END AS listed_id
  FROM fact f
  JOIN ref.projection p ON p.epoch_id = :epoch AND p.from_unit_id = f.unit_id
  JOIN ref.register r ON r.epoch_id = :epoch AND r.unit_id = p.to_unit_id
), spot AS (  -- certain when all of it lies in that one unit
  SELECT place, unit_id, listed_id,
         bool_and(CASE WHEN :level = 'commune' THEN extent = 'full' ELSE true END)
           AND count(*) OVER (PARTITION BY place, unit_id) = 1 AS certain
  FROM placed WHERE listed_id IS NOT NULL GROUP BY place, unit_id, listed_id
), amount AS (
  SELECT i.listed_id, f.place, sum(f.claims) FILTER (WHERE i.certain) AS claims,
         sum(f.verified) FILTER (WHERE i.certain) AS verified, sum(f.mismatch) FILTER (WHERE i.certain) AS mismatch,
         sum(f.not_found) FILTER (WHERE i.certain) AS not_found, sum(f.incomplete) FILTER (WHERE i.certain) AS incomplete,
         sum(f.ambiguous) FILTER (WHERE i.certain) AS ambiguous, sum(f.pending) FILTER (WHERE i.certain) AS pending,
         sum(f.claims) FILTER (WHERE NOT i.certain) AS left_out
  FROM spot i JOIN fact f USING (place, unit_id) GROUP BY i.listed_id, f.place
), reason AS (
  SELECT place, listed_id, jsonb_object_agg(code, many) AS reasons
  FROM (SELECT i.place, i.listed_id, one.key AS code, sum(one.value::bigint) AS many
        FROM spot i JOIN fact f USING (place, unit_id) CROSS JOIN LATERAL jsonb_each_text(f.reasons) AS one
        WHERE i.certain GROUP BY 1, 2, 3) each_code
  GROUP BY place, listed_id
), sign AS (
  SELECT place, listed_id, jsonb_object_agg(code, jsonb_build_array(found, of_many)) AS signs
  FROM (SELECT i.place, i.listed_id, one.key AS code, sum((one.value ->> 0)::bigint) AS found, sum((one.value ->> 1)::bigint) AS of_many
        FROM spot i JOIN fact f USING (place, unit_id) CROSS JOIN LATERAL jsonb_each(f.signs) AS one
        WHERE i.certain GROUP BY 1, 2, 3) each_code
  GROUP BY place, listed_id
)
SELECT a.place::int, u.level, u.code, u.name_vi, u.full_name_vi, coalesce(a.claims, 0)::bigint AS claims,
       coalesce(a.verified, 0)::bigint AS verified, coalesce(a.mismatch, 0)::bigint AS mismatch,
       coalesce(a.not_found, 0)::bigint AS not_found, coalesce(a.incomplete, 0)::bigint AS incomplete,
       coalesce(a.ambiguous, 0)::bigint AS ambiguous, coalesce(a.pending, 0)::bigint AS pending,
       coalesce(a.left_out, 0)::bigint AS left_out, coalesce(r.reasons, '{}') AS reasons, coalesce(s.signs, '{}') AS signs
FROM amount a
JOIN ref.register g ON g.epoch_id = :epoch AND g.unit_id = a.listed_id
JOIN ref.unit u ON u.unit_id = a.listed_id
LEFT JOIN reason r USING (place, listed_id)
LEFT JOIN sign s USING (place, listed_id)
WHERE CAST(:parent_id AS integer) IS NULL OR g.province_id = :parent_id OR g.district_id = :parent_id
ORDER BY u.code, a.place

-- What the map's role sees: parcels without anything about their holders, and what communes hold. The country's for
-- whoever says so, otherwise the own provinces' of the office that the transaction acts for, otherwise nothing.
-- The views are no security barriers: PostGIS's && is not leakproof, and behind a barrier no map could use the index.
-- They are a fence against a forgotten condition; what the role may read at all is columns without persons.

CREATE OR REPLACE FUNCTION land.shown_communes() RETURNS integer[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN match.own_communes(NULL, NULL);
END $$;
COMMENT ON FUNCTION land.shown_communes IS
  'Commune versions whose parcels the office sees that this transaction acts for; they are its own provinces''.';

-- CASE, not OR: the planner takes it for half of the rows, where OR would be next to none and turn plans over.
CREATE OR REPLACE VIEW land.shown_parcel AS
SELECT p.commune_id, p.record_id, p.parcel_no, p.map_sheet_number, p.parcel_number, p.parcel_uid,
  p.legal_area_m2, p.map_area_m2, p.geom, p.is_current,
  p.commune_id || '.' || p.map_sheet_number || '.' || p.parcel_number AS id,
  u.code AS commune_code, u.full_name_vi AS commune_name,
  (SELECT v.code FROM ref.register g JOIN ref.unit v ON v.unit_id = g.province_id WHERE g.unit_id = p.commune_id
     ORDER BY g.epoch_id DESC LIMIT 1) AS province_code,
  (SELECT w.code FROM land.purpose w WHERE w.commune_id = p.commune_id AND w.record_id = p.record_id
     AND w.parcel_no = p.parcel_no ORDER BY w.purpose_no LIMIT 1) AS purpose,
  nullif(array_to_string(ARRAY(SELECT w.code FROM land.purpose w WHERE w.commune_id = p.commune_id AND w.record_id = p.record_id
     AND w.parcel_no = p.parcel_no ORDER BY w.purpose_no), '+'), '') AS purposes,
  CASE WHEN p.is_current THEN 'current' ELSE 'past' END AS status,
  since.effective_on AS effective_from, until.effective_on AS effective_to
FROM land.parcel p
LEFT JOIN land.record r ON r.commune_id = p.commune_id AND r.record_id = p.record_id
LEFT JOIN land.publication since ON since.publication_id = r.since_pub
LEFT JOIN land.publication until ON until.publication_id = r.until_pub
LEFT JOIN ref.unit u ON u.unit_id = p.commune_id
WHERE CASE WHEN (SELECT current_setting('landdata.sight', true)) = 'country' THEN true
      ELSE p.commune_id = ANY ((SELECT land.shown_communes())::integer[]) END;
COMMENT ON VIEW land.shown_parcel IS 'Parcels as maps and GIS show them: shape, numbers, areas, purposes; nobody''s name.';

CREATE OR REPLACE VIEW stats.shown_commune AS
SELECT e.unit_id, u.code, u.full_name_vi AS name,
  (SELECT v.code FROM ref.register g JOIN ref.unit v ON v.unit_id = g.province_id WHERE g.unit_id = e.unit_id
     ORDER BY g.epoch_id DESC LIMIT 1) AS province_code, c.parcels, e.hull, e.place,
  u.valid_to IS NULL AS in_force
FROM stats.commune_extent e
JOIN ref.unit u USING (unit_id) JOIN stats.coverage_counter c USING (unit_id)
WHERE e.hull IS NOT NULL AND c.parcels > 0
  AND CASE WHEN (SELECT current_setting('landdata.sight', true)) = 'country' THEN true
      ELSE e.unit_id = ANY ((SELECT land.shown_communes())::integer[]) END;
COMMENT ON VIEW stats.shown_commune IS 'Communes with parcels on record: where these lie, and how many.';

-- Where to look for parcels, commune by commune; a hull that may be out of date is none.
CREATE OR REPLACE VIEW stats.shown_ground AS
SELECT c.unit_id, u.code, CASE WHEN NOT e.is_stale THEN e.hull END AS hull, c.parcels
FROM stats.coverage_counter c JOIN ref.unit u USING (unit_id) LEFT JOIN stats.commune_extent e USING (unit_id)
WHERE c.parcels > 0
  AND CASE WHEN (SELECT current_setting('landdata.sight', true)) = 'country' THEN true
      ELSE c.unit_id = ANY ((SELECT land.shown_communes())::integer[]) END;
COMMENT ON VIEW stats.shown_ground IS 'Communes with parcels on record, and where these lie as far as that is known.';

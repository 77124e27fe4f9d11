-- What the map's role sees of a parcel's life: when each version came and went, who delivered it, and what it was made from.
-- The same fence as in function_shown.sql; nobody's name but an office's is in it.

CREATE OR REPLACE VIEW land.shown_version AS
SELECT p.commune_id, p.record_id, p.parcel_no, p.map_sheet_number, p.parcel_number, p.parcel_uid, p.legal_area_m2,
  p.map_area_m2, p.is_current, p.geom, r.zone_epsg, r.restores_record_id,
  since.effective_on AS since_on, since.recorded_at AS since_at, since.kind AS since_kind,
  until.effective_on AS until_on, until.recorded_at AS until_at, until.kind AS until_kind,
  o.name_vi AS office_vi, o.name_en AS office_en
FROM land.parcel p
JOIN land.record r ON r.commune_id = p.commune_id AND r.record_id = p.record_id
JOIN land.publication since ON since.publication_id = r.since_pub
LEFT JOIN land.publication until ON until.publication_id = r.until_pub
JOIN intake.delivery d ON d.delivery_id = since.delivery_id
JOIN org.office o ON o.office_id = d.office_id
WHERE CASE WHEN (SELECT current_setting('landdata.sight', true)) = 'country' THEN true
      ELSE p.commune_id = ANY ((SELECT land.shown_communes())::integer[]) END;
COMMENT ON VIEW land.shown_version IS 'Versions of parcels, with the publications that brought and ended them.';

CREATE OR REPLACE VIEW land.shown_purpose AS
SELECT w.commune_id, w.record_id, w.parcel_no, w.purpose_no, w.code, w.area_m2, w.term_text
FROM land.purpose w
WHERE CASE WHEN (SELECT current_setting('landdata.sight', true)) = 'country' THEN true
      ELSE w.commune_id = ANY ((SELECT land.shown_communes())::integer[]) END;
COMMENT ON VIEW land.shown_purpose IS 'What a version of a parcel may be used for.';

CREATE OR REPLACE VIEW land.shown_lineage AS
SELECT l.commune_id, l.record_id, l.parcel_no, l.parent_no, l.parent_commune, l.parent_commune_id, l.parent_sheet,
  l.parent_parcel
FROM land.lineage l
WHERE CASE WHEN (SELECT current_setting('landdata.sight', true)) = 'country' THEN true
      ELSE l.commune_id = ANY ((SELECT land.shown_communes())::integer[]) END;
COMMENT ON VIEW land.shown_lineage IS 'What a parcel was split or merged from, as delivered.';

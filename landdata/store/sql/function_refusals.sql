-- Look-ups that were refused while the log could not be written: their rows, once that is possible again.
-- The row says when it was refused beside when it was written. Nothing but a refusal can be written here.

CREATE OR REPLACE FUNCTION audit.note_refusals(lines jsonb) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE written integer;
BEGIN
  WITH line AS MATERIALIZED (
    SELECT one.* FROM jsonb_to_recordset(lines) AS one (
      line_id uuid, refused_at timestamptz, reason text, client_id text, token_jti text, address inet, request_id uuid,
      agency_code text, officer_code text, service_code text, case_file_no text, subject uuid)
  ),
  -- Whose number is there was written before, by somebody who was stopped before the file was gone.
  fresh AS (
    INSERT INTO audit.late_line (line_id) SELECT DISTINCT l.line_id FROM line l ORDER BY l.line_id
    ON CONFLICT (line_id) DO NOTHING RETURNING line_id
  ),
  logged AS (
    INSERT INTO audit.access_event (request_id, client_id, token_jti, agency_code, officer_code, service_code, case_file_no,
      subject, status, reason, fields_mask, address, refused_at)
    SELECT l.request_id, l.client_id, l.token_jti, l.agency_code, l.officer_code, l.service_code, l.case_file_no,
      l.subject, 'REFUSED', l.reason, 0, l.address, l.refused_at
    FROM (SELECT DISTINCT ON (line_id) * FROM line) l JOIN fresh f ON f.line_id = l.line_id
    WHERE l.reason IN ('DATABASE_UNAVAILABLE', 'ACCESS_LOG_UNWRITTEN')
    ORDER BY l.refused_at, l.line_id
    RETURNING 1
  )
  SELECT count(*) INTO written FROM logged;
  RETURN written;
END $$;
COMMENT ON FUNCTION audit.note_refusals(jsonb) IS 'Writes look-ups refused while the log could not be written; each once, by its line_id.';
REVOKE ALL ON FUNCTION audit.note_refusals(jsonb) FROM PUBLIC;

-- The access log's own functions: how old what waits is, whether personal data stops, and what others may note in it.
-- They run with the rights of the log's owner, so that who calls them needs none of its tables.

-- Only numbers near the last sealed one are looked at: those of sets that were under way when it was sealed, and newer ones,
-- which no seal covers, also where transactions lie behind it (a dump loaded into a new server).
CREATE OR REPLACE FUNCTION audit.oldest_after(upto_tx bigint, upto_id bigint) RETURNS timestamptz
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
BEGIN
  RETURN (SELECT e.at FROM audit.access_event e WHERE e.access_id > upto_id - 1000 AND (e.tx >= upto_tx OR e.access_id > upto_id)
          ORDER BY e.access_id LIMIT 1);
END $$;
COMMENT ON FUNCTION audit.oldest_after(bigint, bigint) IS 'When the oldest entry was made that a place in the log leaves out.';

CREATE OR REPLACE FUNCTION audit.stopped() RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE held timestamptz; upto_tx bigint; upto_id bigint; bound timestamptz := clock_timestamp() - interval '4 hours';
BEGIN
  SELECT least(a.at, s.sealed_at), s.tx_to, s.last_id INTO held, upto_tx, upto_id
  FROM audit.anchor a JOIN audit.seal s ON s.seal_no = a.seal_no WHERE a.complete ORDER BY a.anchor_id DESC LIMIT 1;
  IF held > bound THEN
    RETURN false;
  END IF;
  -- An idle log must not stop: what counts is the age of what waits.
  RETURN coalesce(audit.oldest_after(coalesce(upto_tx, 0), coalesce(upto_id, 0)) < bound, false);
END $$;
COMMENT ON FUNCTION audit.stopped() IS 'True when entries wait for an anchored seal for more than 4 hours: then no personal data is given.';

CREATE OR REPLACE FUNCTION audit.log_state()
RETURNS TABLE (seal_no bigint, head bytea, key_id text, signature bytea, sealed_at timestamptz, unsealed_since timestamptz, unanchored_since timestamptz,
               stopped boolean, taken_at timestamptz)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE anchored_tx bigint; anchored_id bigint; newest audit.seal;
BEGIN
  SELECT * INTO newest FROM audit.seal s ORDER BY s.seal_no DESC LIMIT 1;
  SELECT s.tx_to, s.last_id INTO anchored_tx, anchored_id
  FROM audit.anchor a JOIN audit.seal s ON s.seal_no = a.seal_no WHERE a.complete ORDER BY a.anchor_id DESC LIMIT 1;
  RETURN QUERY SELECT newest.seal_no, newest.head, newest.key_id, newest.signature, newest.sealed_at,
    audit.oldest_after(coalesce(newest.tx_to, 0), coalesce(newest.last_id, 0)),
    audit.oldest_after(coalesce(anchored_tx, 0), coalesce(anchored_id, 0)), audit.stopped(), clock_timestamp();
END $$;
COMMENT ON FUNCTION audit.log_state() IS 'The newest head, and since when entries wait for a seal and for an anchor; null: none waits.';

CREATE OR REPLACE FUNCTION audit.note_fetched(client text, upto bigint) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO audit.anchor (seal_no, kind, place, head, complete)
  SELECT s.seal_no, 'CONSUMER', client, s.head, false FROM audit.seal s WHERE s.seal_no = upto
  ON CONFLICT (kind, place, seal_no) DO NOTHING;
END $$;
COMMENT ON FUNCTION audit.note_fetched(text, bigint) IS 'Notes that a consumer has fetched a head.';
REVOKE ALL ON FUNCTION audit.note_fetched(text, bigint) FROM PUBLIC;

CREATE OR REPLACE FUNCTION audit.statements_of(client text, many integer) RETURNS TABLE (body text, key_id text, signature bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY SELECT s.body, s.key_id, s.signature FROM audit.statement s WHERE s.client_id = client ORDER BY s.day DESC LIMIT many;
END $$;
COMMENT ON FUNCTION audit.statements_of(text, integer) IS 'The newest signed counts of a consumer, and of no other.';
REVOKE ALL ON FUNCTION audit.statements_of(text, integer) FROM PUBLIC;

-- The look has an entry of its own in the log, which seals what was sought: in place of a token, its hash.
CREATE OR REPLACE FUNCTION audit.note_inspection(
  kind text, person bigint, login text, agency text, reason text, case_file text, sought text, subject uuid, host text) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE number bigint;
BEGIN
  INSERT INTO audit.access_event (request_id, client_id, token_jti, agency_code, officer_code, service_code, case_file_no,
    subject, status, fields_mask, address)
  VALUES (gen_random_uuid(), 'landdata:inspection',
    encode(sha256(convert_to(concat_ws(E'\x1f', note_inspection.kind, login, note_inspection.reason, sought), 'UTF8')), 'hex'),
    agency, login, note_inspection.kind, case_file, note_inspection.subject, 'INSPECTED', 0, host::inet)
  RETURNING access_id INTO number;
  INSERT INTO audit.inspection (access_id, kind, person_id, reason, sought)
  VALUES (number, note_inspection.kind, person, note_inspection.reason, note_inspection.sought);
  RETURN number;
END $$;
COMMENT ON FUNCTION audit.note_inspection IS 'Records a look into the log, before anything is shown.';
REVOKE ALL ON FUNCTION audit.note_inspection FROM PUBLIC;

-- Who reads the log may ask the worker to verify it, and for nothing else.
CREATE OR REPLACE FUNCTION audit.ask_verification(person bigint, reason text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
-- The job engine's own functions name their tables plainly; nobody but the owner makes anything in public.
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE number bigint;
BEGIN
  -- One that waits or runs is everybody's: a second one would find the same.
  PERFORM pg_advisory_xact_lock(hashtextextended('verify', 0));
  SELECT v.verification_id INTO number FROM audit.verification v WHERE v.ended_at IS NULL AND v.person_id IS NOT NULL
    ORDER BY v.verification_id LIMIT 1;
  IF number IS NULL THEN
    INSERT INTO audit.verification (person_id, reason) VALUES (person, ask_verification.reason) RETURNING verification_id INTO number;
  END IF;
  IF NOT EXISTS (SELECT FROM procrastinate_jobs j WHERE j.queueing_lock = 'verify' AND j.status = 'todo') THEN
    PERFORM procrastinate_defer_jobs_v1(ARRAY[ROW('default', 'verify', 0, 'verify', 'verify', '{}'::jsonb,
      NULL)::procrastinate_job_to_defer_v1]);
  END IF;
  RETURN number;
END $$;
COMMENT ON FUNCTION audit.ask_verification IS 'Asks the worker to verify the access log; the number of the verification that will tell.';
REVOKE ALL ON FUNCTION audit.ask_verification FROM PUBLIC;

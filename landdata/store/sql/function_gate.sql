-- The gate: checks, logs and answers a set of requests in one statement; the only way personal data leaves.
-- Each request has its own purpose, its own log row and its own refusal. Blind indexes and keyed hashes come from the
-- caller, since the keys are never in the database. Fields are filled in from model/fields.py when it is installed.

CREATE OR REPLACE FUNCTION share.stands(since_pub bigint, until_pub bigint, as_of pg_snapshot) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN as_of IS NULL THEN until_pub IS NULL
    ELSE (SELECT pg_visible_in_snapshot(p.tx::text::xid8, as_of) FROM land.publication p WHERE p.publication_id = since_pub)
     AND NOT coalesce((SELECT pg_visible_in_snapshot(p.tx::text::xid8, as_of) FROM land.publication p
                       WHERE p.publication_id = until_pub), false) END
$$;
COMMENT ON FUNCTION share.stands IS 'True when a record version stood at a snapshot; null snapshot: stands now.';

CREATE OR REPLACE FUNCTION share.holders_of(the_commune integer, the_record bigint, the_certificate smallint, the_party bigint)
RETURNS jsonb LANGUAGE sql STABLE AS $$
  -- The citizen asked for in full; co-holders by name and year of birth only, their numbers masked.
  SELECT jsonb_agg(CASE WHEN c.party_id = the_party THEN jsonb_build_object(
      'self', true, 'name', h.name, 'kind', h.holder_kind, 'role', h.holder_role, 'user_type', h.user_type,
      'id_type', h.id_type, 'id_number', encode(h.id_number_sealed, 'hex'), 'birth_date', h.birth_date,
      'birth_year', h.birth_year, 'gender', h.gender)
    ELSE jsonb_build_object('self', false, 'name', h.name, 'birth_year', h.birth_year,
      'id_number', CASE WHEN h.id_number_sealed IS NOT NULL THEN '***' END) END ORDER BY h.holder_no)
  FROM land.holder h LEFT JOIN match.claim c ON c.identity_key = h.identity_key AND c.status = 'VERIFIED'
  WHERE h.commune_id = the_commune AND h.record_id = the_record AND h.certificate_no = the_certificate
$$;

CREATE OR REPLACE FUNCTION share.certificate_json(
  the_commune integer, the_record bigint, the_certificate smallint, the_party bigint, mask integer) RETURNS jsonb
LANGUAGE sql STABLE AS $$
  SELECT (SELECT /*certificate_fields*/)
    || jsonb_build_object(
      'parcels', coalesce((
        SELECT jsonb_agg(/*parcel_fields*/ || jsonb_build_object('purposes', coalesce((
            SELECT jsonb_agg(/*purpose_fields*/ ORDER BY u.purpose_no)
            FROM land.purpose u
            WHERE u.commune_id = p.commune_id AND u.record_id = p.record_id AND u.parcel_no = p.parcel_no), '[]'))
          ORDER BY p.parcel_no)
        FROM land.parcel p, LATERAL (
          -- Field 6 sums over the holders of the certificate.
          SELECT CASE WHEN count(r.private_m2) + count(r.common_m2) > 0 THEN jsonb_build_object(
            'private_m2', coalesce(sum(r.private_m2), 0), 'common_m2', coalesce(sum(r.common_m2), 0)) END AS form, count(*) AS rights
          FROM land.land_right r
          WHERE r.commune_id = p.commune_id AND r.record_id = p.record_id AND r.parcel_no = p.parcel_no
            AND r.certificate_no = the_certificate) f
        WHERE p.commune_id = the_commune AND p.record_id = the_record AND f.rights > 0), '[]'),
      'assets', coalesce((
        SELECT jsonb_agg(/*asset_fields*/ ORDER BY a.asset_no)
        FROM land.asset a
        WHERE a.commune_id = the_commune AND a.record_id = the_record AND a.certificate_no = the_certificate), '[]'))
  FROM land.certificate c,
    LATERAL (SELECT c.certificate_type IN ('97', '98') OR c.issued_on >= date '2025-01-01' AS qr) q,
    LATERAL (SELECT share.holders_of(the_commune, the_record, the_certificate, the_party) AS holders) h
  WHERE c.commune_id = the_commune AND c.record_id = the_record AND c.certificate_no = the_certificate
$$;
COMMENT ON FUNCTION share.certificate_json IS 'One certificate as shared: the allowed fields of the 18, nested as it is printed.';

CREATE OR REPLACE FUNCTION share.coverage_of(the_epoch smallint, the_unit integer)
RETURNS TABLE (communes integer, connected integer, missing jsonb) LANGUAGE sql STABLE AS $$
  -- A unit: its unconnected communes by code. The country: counts by province.
  WITH member AS (
    SELECT r.unit_id, r.province_id, EXISTS (
        SELECT FROM ref.projection p JOIN stats.coverage_counter c ON c.unit_id = p.from_unit_id
        WHERE p.epoch_id = the_epoch AND p.to_unit_id = r.unit_id AND p.extent = 'full' AND c.parcels > 0) AS connected
    FROM ref.register r
    WHERE r.epoch_id = the_epoch AND r.level = 'commune'
      AND (the_unit IS NULL OR the_unit IN (r.unit_id, r.district_id, r.province_id))
  )
  SELECT count(*)::integer, count(*) FILTER (WHERE m.connected)::integer,
    CASE WHEN the_unit IS NOT NULL THEN
      jsonb_build_object('communes', (SELECT coalesce(jsonb_agg(u.code ORDER BY u.code), '[]') FROM member o JOIN ref.unit u USING (unit_id) WHERE NOT o.connected))
    ELSE jsonb_build_object('provinces', (
      SELECT coalesce(jsonb_agg(jsonb_build_object('code', u.code, 'communes', o.communes, 'connected', o.connected) ORDER BY u.code), '[]')
      FROM (SELECT province_id, count(*) AS communes, count(*) FILTER (WHERE connected) AS connected
            FROM member GROUP BY province_id) o
      JOIN ref.unit u ON u.unit_id = o.province_id WHERE o.connected < o.communes)) END
  FROM member m
$$;

CREATE OR REPLACE FUNCTION share.answer_one(q jsonb, a share.agreement, mask integer, epoch smallint, unit integer, as_of pg_snapshot)
RETURNS TABLE (status text, reason text, body jsonb, versions text[]) LANGUAGE plpgsql STABLE AS $$
DECLARE
  the_party match.party;
  unverified boolean;
  scope record;
  limited boolean;
BEGIN
  SELECT EXISTS (SELECT FROM share.agreement_unit au WHERE au.agreement_id = a.agreement_id) INTO limited;
  SELECT p.* INTO the_party FROM match.party_number n JOIN match.party p USING (party_id)
   WHERE n.bidx = (q ->> 'bidx')::uuid
     AND EXISTS (SELECT FROM match.claim c JOIN land.holder h USING (identity_key)
                 JOIN land.record r ON r.commune_id = h.commune_id AND r.record_id = h.record_id
                 WHERE c.party_id = p.party_id AND h.certificate_no IS NOT NULL AND share.stands(r.since_pub, r.until_pub, as_of)
                   AND share.in_scope(h.commune_id, epoch, unit, a.agreement_id, limited))
   -- Two citizens may share an old nine-digit number: the one the words mean is asked first.
   ORDER BY (p.name_hash = decode(q ->> 'name_hash', 'hex') OR p.name_folded_hash = decode(q ->> 'name_folded_hash', 'hex')) DESC,
     (p.birth_year_hash = decode(q ->> 'birth_year_hash', 'hex')) DESC,
     (p.birth_date_hash = decode(q ->> 'birth_date_hash', 'hex')) DESC NULLS LAST, p.party_id LIMIT 1;
  SELECT EXISTS (
    SELECT FROM land.holder h JOIN land.record r ON r.commune_id = h.commune_id AND r.record_id = h.record_id
    LEFT JOIN match.claim c ON c.identity_key = h.identity_key
    WHERE h.id_number_bidx = (q ->> 'bidx')::uuid AND h.certificate_no IS NOT NULL AND c.status IS DISTINCT FROM 'VERIFIED'
      AND share.stands(r.since_pub, r.until_pub, as_of) AND share.in_scope(h.commune_id, epoch, unit, a.agreement_id, limited))
  INTO unverified;
  SELECT * INTO scope FROM share.coverage_of(epoch, unit);
  versions := '{}';
  IF the_party.party_id IS NOT NULL THEN
    IF NOT ((the_party.name_hash = decode(q ->> 'name_hash', 'hex') OR the_party.name_folded_hash = decode(q ->> 'name_folded_hash', 'hex'))
        AND CASE WHEN the_party.birth_date_hash IS NOT NULL AND q ->> 'birth_date_hash' IS NOT NULL
              THEN the_party.birth_date_hash = decode(q ->> 'birth_date_hash', 'hex')
              ELSE the_party.birth_year_hash = decode(q ->> 'birth_year_hash', 'hex') END) THEN
      status := 'IDENTITY_MISMATCH'; body := '{}'; RETURN NEXT; RETURN;
    END IF;
    SELECT jsonb_build_object(
             'complete', scope.connected = scope.communes AND NOT unverified,
             'record_version', share.record_version(
               one.content_hash || int2send(one.certificate_no) ORDER BY one.content_hash, one.certificate_no),
             'party', the_party.party_id,
             'certificates', jsonb_agg(jsonb_build_object('ref', one.ref::text) || one.certificate ORDER BY one.ref)),
           array_agg(DISTINCT one.record_id::text)
      INTO body, versions
      FROM (
        SELECT h.commune_id, h.record_id, h.certificate_no, r.content_hash,
               row_number() OVER (ORDER BY h.commune_id, h.record_id, h.certificate_no) AS ref,
               share.certificate_json(h.commune_id, h.record_id, h.certificate_no, the_party.party_id, mask) AS certificate
        FROM (SELECT DISTINCT h.commune_id, h.record_id, h.certificate_no FROM match.claim c JOIN land.holder h USING (identity_key)
              WHERE c.party_id = the_party.party_id AND c.status = 'VERIFIED' AND h.certificate_no IS NOT NULL) h
        JOIN land.record r ON r.commune_id = h.commune_id AND r.record_id = h.record_id
        WHERE share.stands(r.since_pub, r.until_pub, as_of) AND share.in_scope(h.commune_id, epoch, unit, a.agreement_id, limited)
      ) one;
    status := 'FOUND'; RETURN NEXT; RETURN;
  END IF;
  IF unverified THEN
    status := 'UNAVAILABLE'; reason := 'HOLDER_NOT_VERIFIED'; body := '{}';
  ELSIF scope.connected = scope.communes THEN
    status := 'NO_RECORD'; body := '{}';
  ELSE
    status := 'NOT_COVERED'; body := jsonb_build_object('not_covered', scope.missing);
  END IF;
  RETURN NEXT;
END $$;

CREATE OR REPLACE FUNCTION share.in_scope(the_commune integer, epoch smallint, unit integer, the_agreement bigint, limited boolean)
RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT (unit IS NULL AND NOT limited) OR EXISTS (
    SELECT FROM ref.projection p JOIN ref.register r ON r.epoch_id = p.epoch_id AND r.unit_id = p.to_unit_id
    WHERE p.epoch_id = epoch AND p.from_unit_id = the_commune
      AND (unit IS NULL OR unit IN (r.unit_id, r.district_id, r.province_id))
      AND (NOT limited OR EXISTS (SELECT FROM share.agreement_unit au WHERE au.agreement_id = the_agreement
                                  AND au.unit_id IN (r.unit_id, r.district_id, r.province_id))))
$$;

CREATE OR REPLACE FUNCTION share.read_land_records(requests jsonb)
RETURNS TABLE ("position" integer, access_id bigint, status text, reason text, fields_mask integer, body jsonb)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  q jsonb;
  a share.agreement;
  today date := (clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date;
  asked_on date;
  epoch smallint;
  unit integer;
  earlier share.request;
  as_of pg_snapshot;
  one record;
  versions text[];
  replays integer;
  parties bigint[] := '{}';
  agreements bigint[] := '{}';
  told text[] := '{}';
BEGIN
  "position" := 0;
  FOR q IN SELECT value FROM jsonb_array_elements(requests) LOOP
    "position" := "position" + 1;
    status := NULL; reason := NULL; body := '{}'; versions := '{}'; fields_mask := 0; unit := NULL; as_of := NULL; replays := 0;
    SELECT g.* INTO a FROM share.agreement g
     WHERE g.client_id = q ->> 'client_id' AND g.state = 'ACTIVE' AND g.valid_from <= today AND (g.valid_to IS NULL OR today < g.valid_to)
     ORDER BY (q ->> 'service_code' = ANY (g.service_codes)) DESC, (q ->> 'agency_code' = ANY (g.agency_codes)) DESC, g.agreement_id
     LIMIT 1;
    asked_on := today;
    IF a.agreement_id IS NULL THEN
      reason := 'AGREEMENT_MISSING';
    ELSIF NOT q ->> 'service_code' = ANY (a.service_codes) THEN
      reason := 'PROCEDURE_NOT_AGREED';
    ELSIF NOT q ->> 'agency_code' = ANY (a.agency_codes) THEN
      reason := 'AGENCY_NOT_AGREED';
    ELSIF a.fields_mask & (q ->> 'mask')::integer = 0 THEN
      reason := 'NO_FIELDS_LEFT';
    ELSIF q -> 'unit' <> 'null' THEN
      SELECT d.on_date, u.unit_id INTO asked_on, unit FROM ref.division d
        JOIN ref.unit u ON u.level = q #>> '{unit,level}' AND u.code = q #>> '{unit,code}' AND u.validity @> d.on_date
       WHERE d.code = q #>> '{unit,division}';
      IF unit IS NULL THEN reason := 'UNIT_NOT_AGREED'; asked_on := today; END IF;
    END IF;
    SELECT e.epoch_id INTO epoch FROM ref.epoch e
     WHERE (e.valid_from IS NULL OR e.valid_from <= asked_on) AND (e.valid_to IS NULL OR asked_on < e.valid_to);
    -- A unit outside the agreement is refused, not answered as empty.
    IF unit IS NOT NULL AND EXISTS (SELECT FROM share.agreement_unit au WHERE au.agreement_id = a.agreement_id)
       AND NOT EXISTS (SELECT FROM ref.register r JOIN share.agreement_unit au ON au.unit_id IN (r.unit_id, r.district_id, r.province_id)
                       WHERE r.epoch_id = epoch AND r.unit_id = unit AND au.agreement_id = a.agreement_id) THEN
      reason := 'UNIT_NOT_AGREED';
    END IF;
    IF reason IS NULL THEN
      INSERT INTO share.request (client_id, request_id, body_hash, snapshot, agreement_id)
      VALUES (q ->> 'client_id', (q ->> 'request_id')::uuid, decode(q ->> 'body_hash', 'hex'), pg_current_snapshot()::text, a.agreement_id)
      ON CONFLICT (client_id, request_id) DO NOTHING;
      IF NOT FOUND THEN
        SELECT e.* INTO earlier FROM share.request e WHERE e.client_id = q ->> 'client_id' AND e.request_id = (q ->> 'request_id')::uuid;
        IF earlier.body_hash <> decode(q ->> 'body_hash', 'hex') OR earlier.first_at < clock_timestamp() - interval '24 hours' THEN
          reason := 'REQUEST_ID_REUSED';
        ELSE
          as_of := earlier.snapshot::pg_snapshot;
          SELECT count(*) INTO replays FROM audit.access_event e
           WHERE e.client_id = q ->> 'client_id' AND e.request_id = (q ->> 'request_id')::uuid AND e.status <> 'REFUSED';
        END IF;
      END IF;
    END IF;
    IF reason IS NULL AND replays = 0 AND a.daily_quota <= (
        SELECT count(DISTINCT e.subject) FROM audit.access_event e
        WHERE e.client_id = q ->> 'client_id' AND e.at >= (today::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh') AND e.status <> 'REFUSED'
          AND e.subject <> (q ->> 'bidx')::uuid) THEN
      reason := 'QUOTA_USED_UP';
    END IF;
    IF reason IS NULL THEN
      fields_mask := a.fields_mask & (q ->> 'mask')::integer;
      SELECT * INTO one FROM share.answer_one(q, a, fields_mask, epoch, unit, as_of);
      status := one.status; reason := one.reason; versions := one.versions;
      body := one.body || jsonb_build_object('agreement_mask', a.fields_mask, 'agreement', a.code);
      IF status = 'FOUND' THEN
        parties := parties || (body ->> 'party')::bigint; agreements := agreements || a.agreement_id;
        told := told || (body ->> 'record_version');
      END IF;
      IF status <> 'FOUND' THEN fields_mask := 0; END IF;
    ELSE
      status := 'REFUSED';
    END IF;
    -- Made-up data says so, whatever the settings of the process that serves it.
    body := body || jsonb_build_object('simulated', EXISTS (SELECT FROM intake.delivery d WHERE d.simulated AND d.state = 'PUBLISHED'));
    INSERT INTO audit.access_event AS e (request_id, client_id, token_jti, agreement_id, agency_code, officer_code, service_code,
        case_file_no, subject, status, reason, fields_mask, record_versions, replayed, address)
    VALUES ((q ->> 'request_id')::uuid, q ->> 'client_id', q ->> 'token_jti', a.agreement_id, q ->> 'agency_code', q ->> 'officer_code',
        q ->> 'service_code', q ->> 'case_file_no', (q ->> 'bidx')::uuid, status, reason, fields_mask, versions, replays, (q ->> 'address')::inet)
    RETURNING e.access_id INTO access_id;
    RETURN NEXT;
  END LOOP;
  PERFORM share.watch_answers(parties, agreements, told);
END $$;
COMMENT ON FUNCTION share.read_land_records IS 'The gate: one log row and one answer for each request, in one statement.';

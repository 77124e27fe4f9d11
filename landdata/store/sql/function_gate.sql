-- The gate: checks, logs and answers a set of requests in one statement; the only way personal data leaves.
-- Each request has its own purpose, its own log row and its own refusal. Blind indexes and keyed hashes come from the
-- caller, since the keys are never in the database. Fields are filled in from model/fields.py when it is installed.
-- Plans of PL/pgSQL stay for the life of a connection, those of SQL functions for one call: the gate must be PL/pgSQL.

CREATE OR REPLACE FUNCTION share.stood(since_pub bigint, until_pub bigint, as_of pg_snapshot) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT (SELECT pg_visible_in_snapshot(p.tx::text::xid8, as_of) FROM land.publication p WHERE p.publication_id = since_pub)
     AND NOT coalesce((SELECT pg_visible_in_snapshot(p.tx::text::xid8, as_of) FROM land.publication p
                       WHERE p.publication_id = until_pub), false)
$$;
COMMENT ON FUNCTION share.stood IS 'True when a record version stood at a snapshot.';

CREATE OR REPLACE FUNCTION share.in_scope(commune integer, epoch smallint, unit integer, agreement bigint) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN EXISTS (
    SELECT FROM ref.projection p JOIN ref.register r ON r.epoch_id = p.epoch_id AND r.unit_id = p.to_unit_id
    WHERE p.epoch_id = epoch AND p.from_unit_id = commune
      AND (unit IS NULL OR unit IN (r.unit_id, r.district_id, r.province_id))
      AND (NOT EXISTS (SELECT FROM share.agreement_unit au WHERE au.agreement_id = agreement)
           OR EXISTS (SELECT FROM share.agreement_unit au WHERE au.agreement_id = agreement
                      AND au.unit_id IN (r.unit_id, r.district_id, r.province_id))));
END $$;
COMMENT ON FUNCTION share.in_scope IS 'True when a commune lies in the unit asked about and in those of the agreement.';

CREATE OR REPLACE FUNCTION share.communes_of(epoch smallint, unit integer, as_of pg_snapshot)
RETURNS TABLE (unit_id integer, province_id integer, connected boolean) LANGUAGE sql STABLE AS $$
  -- Counted one by one: for repetitions, which see the counters as they were, and for registers that are not kept.
  SELECT r.unit_id, r.province_id, EXISTS (
      SELECT FROM ref.projection p JOIN stats.coverage_counter c ON c.unit_id = p.from_unit_id
      WHERE p.epoch_id = epoch AND p.to_unit_id = r.unit_id AND p.extent = 'full'
        AND c.parcels > coalesce(CASE WHEN as_of IS NOT NULL THEN (
          SELECT sum(e.parcels) FROM stats.coverage_event e JOIN land.publication b USING (publication_id)
          WHERE e.unit_id = p.from_unit_id AND NOT pg_visible_in_snapshot(b.tx::text::xid8, as_of)) END, 0))
  FROM ref.register r
  WHERE r.epoch_id = epoch AND r.level = 'commune' AND (unit IS NULL OR unit IN (r.unit_id, r.district_id, r.province_id))
$$;
COMMENT ON FUNCTION share.communes_of IS 'The communes of a unit, or of the country, and which were connected at a snapshot; null: now.';

CREATE OR REPLACE FUNCTION share.wholly_connected(epoch smallint, unit integer, as_of pg_snapshot) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
  -- A district may have no communes, as islands do; a country without any has no registers yet, and says nothing.
  RETURN (SELECT coalesce(bool_and(m.connected), unit IS NOT NULL) FROM share.communes_of(epoch, unit, as_of) m);
END $$;

CREATE OR REPLACE FUNCTION share.not_covered(epoch smallint, unit integer, as_of pg_snapshot) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
  -- A unit: its unconnected communes by code. The country: counts by province.
  IF unit IS NOT NULL THEN
    RETURN (SELECT json_build_object('communes', coalesce(json_agg(u.code ORDER BY u.code), '[]'))::text
            FROM share.communes_of(epoch, unit, as_of) m JOIN ref.unit u USING (unit_id) WHERE NOT m.connected);
  ELSIF as_of IS NULL AND EXISTS (SELECT FROM stats.connected c WHERE c.epoch_id = epoch) THEN
    RETURN (SELECT json_build_object('provinces', coalesce(json_agg(json_build_object(
                'code', u.code, 'communes', c.communes, 'connected', c.connected) ORDER BY u.code), '[]'))::text
            FROM stats.connected c JOIN ref.unit u USING (unit_id)
            WHERE c.epoch_id = epoch AND c.level = 'province' AND c.connected < c.communes);
  END IF;
  RETURN (SELECT json_build_object('provinces', coalesce(json_agg(json_build_object(
              'code', u.code, 'communes', o.communes, 'connected', o.connected) ORDER BY u.code), '[]'))::text
          FROM (SELECT m.province_id, count(*) AS communes, count(*) FILTER (WHERE m.connected) AS connected
                FROM share.communes_of(epoch, NULL, as_of) m GROUP BY m.province_id) o
          JOIN ref.unit u ON u.unit_id = o.province_id WHERE o.connected < o.communes);
END $$;
COMMENT ON FUNCTION share.not_covered IS 'What is not connected in the scope asked about, as JSON.';

CREATE OR REPLACE FUNCTION share.read_land_records(requests jsonb)
RETURNS TABLE ("position" integer, access_id bigint, status text, reason text, fields_mask integer, agreed_mask integer,
               record_version text, simulated boolean, body text, agreement text, party_id bigint,
               coverage_as_of timestamptz, units_withheld boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
-- One plan for the life of a connection, and one that suits tables of any size: what is looked up is one row in millions.
SET plan_cache_mode = force_generic_plan SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
  today date := (clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date;
  connection_lane smallint := pg_backend_pid() % 32;
  -- Nothing personal is given while the log is not anchored; the refusal itself is logged.
  log_stopped boolean := audit.stopped();
BEGIN
  -- Near the end of a quota one set at a time: what follows sees all that was counted before it. The margin is more than
  -- all connections together can be answering; in order of the key, so that two sets never wait for each other.
  PERFORM pg_advisory_xact_lock(7240022, near.key) FROM (
    SELECT DISTINCT hashtext(one.client_id) AS key
    FROM (SELECT DISTINCT o.client_id FROM jsonb_to_recordset(requests) AS o (client_id text)) one
    CROSS JOIN LATERAL (
      SELECT coalesce(sum(c.used), 0) AS used FROM share.quota_count c WHERE c.client_id = one.client_id AND c.day = today OFFSET 0) c
    WHERE EXISTS (
      SELECT FROM share.agreement t
      WHERE t.client_id = one.client_id AND t.daily_quota > c.used AND t.daily_quota <= c.used + 10000 AND t.state = 'ACTIVE')
    ORDER BY 1 OFFSET 0) near;
  RETURN QUERY
  WITH asked AS MATERIALIZED (
    SELECT one.* FROM ROWS FROM (jsonb_to_recordset(requests) AS (
      client_id text, token_jti text, address inet, request_id uuid, agency_code text, officer_code text, service_code text,
      case_file_no text, indexes uuid[], name_hash bytea[], name_folded_hash bytea[], birth_date_hash bytea[],
      birth_year_hash bytea[], mask integer, unit_code text, unit_level text, unit_division text, body_hashes bytea[],
      bound boolean)) WITH ORDINALITY AS one (
      client_id, token_jti, address, request_id, agency_code, officer_code, service_code,
      case_file_no, indexes, name_hash, name_folded_hash, birth_date_hash, birth_year_hash,
      mask, unit_code, unit_level, unit_division, body_hashes, bound, place)
  ),
  -- What each may ask: agreement, procedure, agency, fields, unit; and whether its id was used before.
  judged AS MATERIALIZED (
    -- A key being changed has several versions: what was remembered is under one of them, what is noted is under the first.
    SELECT q.*, q.indexes[1] AS bidx, k.body_hash AS kept_body,
      CASE WHEN k.body_hash = ANY (q.body_hashes) THEN k.body_hash ELSE q.body_hashes[1] END AS body_hash,
      g.agreement_id, g.code AS agreement, g.fields_mask AS agreed, g.daily_quota, u.unit_id, e.epoch_id,
      coalesce(k.answered > 0, false) AS known, u.unit_id IS NOT NULL OR g.limited AS narrowed,
      -- What lies outside its units an agreement leaves out: then nothing is "all there is".
      u.unit_id IS NULL AND coalesce(g.limited, false) AS partial,
      CASE WHEN log_stopped THEN 'ACCESS_LOG_UNANCHORED'
        WHEN g.agreement_id IS NULL THEN 'AGREEMENT_MISSING'
        WHEN g.against IS NOT NULL THEN g.against
      END AS refused
    FROM asked q
    -- Looked up only where a unit is named; OFFSET 0 keeps the planner from joining the registers for everybody.
    CROSS JOIN LATERAL (
      SELECT CASE WHEN q.unit_code IS NOT NULL THEN (
        SELECT d.on_date FROM ref.division d WHERE d.code = q.unit_division) END AS on_date OFFSET 0) d
    CROSS JOIN LATERAL (
      SELECT CASE WHEN d.on_date IS NOT NULL THEN (
        SELECT n.unit_id FROM ref.unit n
        WHERE n.level = q.unit_level AND n.code = q.unit_code AND n.validity @> d.on_date) END AS unit_id OFFSET 0) u
    CROSS JOIN LATERAL (
      SELECT (
        SELECT p.epoch_id FROM ref.epoch p
        WHERE (p.valid_from IS NULL OR p.valid_from <= coalesce(d.on_date, today))
          AND (p.valid_to IS NULL OR coalesce(d.on_date, today) < p.valid_to)) AS epoch_id OFFSET 0) e
    -- Of several agreements in force the first that has nothing against the request; else the one that comes closest.
    LEFT JOIN LATERAL (
      SELECT t.agreement_id, t.code, t.fields_mask, t.daily_quota, l.limited, o.against
      FROM share.agreement t
      CROSS JOIN LATERAL (
        SELECT EXISTS (SELECT FROM share.agreement_unit au WHERE au.agreement_id = t.agreement_id) AS limited OFFSET 0) l
      CROSS JOIN LATERAL (
        SELECT CASE
          WHEN NOT q.service_code = ANY (t.service_codes) THEN 'PROCEDURE_NOT_AGREED'
          WHEN NOT q.agency_code = ANY (t.agency_codes) THEN 'AGENCY_NOT_AGREED'
          WHEN t.token_binding = 'REQUIRED' AND q.bound IS NOT TRUE THEN 'BINDING_NOT_AGREED'
          WHEN t.fields_mask & q.mask = 0 THEN 'NO_FIELDS_LEFT'
          WHEN q.unit_code IS NOT NULL AND u.unit_id IS NULL THEN 'UNIT_NOT_AGREED'
          -- A unit outside the agreement is refused, not answered as empty.
          WHEN u.unit_id IS NOT NULL AND l.limited AND NOT EXISTS (
              SELECT FROM ref.register r JOIN share.agreement_unit au ON au.unit_id IN (r.unit_id, r.district_id, r.province_id)
              WHERE r.epoch_id = e.epoch_id AND r.unit_id = u.unit_id AND au.agreement_id = t.agreement_id) THEN 'UNIT_NOT_AGREED'
        END AS against OFFSET 0) o
      WHERE t.client_id = q.client_id AND t.state = 'ACTIVE' AND t.valid_from <= today AND (t.valid_to IS NULL OR today < t.valid_to)
      ORDER BY (o.against IS NULL) DESC, (q.service_code = ANY (t.service_codes)) DESC,
        (q.agency_code = ANY (t.agency_codes)) DESC, t.agreement_id
      LIMIT 1) g ON true
    LEFT JOIN share.request k ON k.client_id = q.client_id AND k.request_id = q.request_id
  ),
  -- One id may stand twice in a set: the first one is the request, another body under it is refused.
  told_apart AS MATERIALIZED (
    SELECT j.*, coalesce(j.kept_body,
      first_value(j.body_hash) OVER (PARTITION BY j.client_id, j.request_id ORDER BY j.place)) AS first_body
    FROM judged j
  ),
  -- Citizens that their consumer has not been answered about today, each with its number among them.
  newcomer AS MATERIALIZED (
    SELECT t.client_id, t.bidx, row_number() OVER (PARTITION BY t.client_id ORDER BY min(t.place)) + (
        SELECT coalesce(sum(c.used), 0) FROM share.quota_count c WHERE c.client_id = t.client_id AND c.day = today) AS number
    FROM told_apart t
    WHERE t.refused IS NULL AND NOT t.known AND t.body_hash = t.first_body AND NOT EXISTS (
      SELECT FROM share.quota_use d WHERE d.client_id = t.client_id AND d.day = today AND d.subject = ANY (t.indexes))
    GROUP BY t.client_id, t.bidx
  ),
  accepted AS MATERIALIZED (
    SELECT t.*, CASE WHEN t.refused IS NOT NULL THEN t.refused
        WHEN t.body_hash <> t.first_body THEN 'REQUEST_ID_REUSED'
        WHEN n.number > t.daily_quota THEN 'QUOTA_USED_UP' END AS refusal
    FROM told_apart t LEFT JOIN newcomer n ON n.client_id = t.client_id AND n.bidx = t.bidx AND NOT t.known
  ),
  -- In one order, so that two sets never wait for each other. A row that another set wrote meanwhile comes back, too. What
  -- is refused is kept as not answered yet: its id stands for this body, and may be asked again at any time. What
  -- no row comes back for is refused: another body, or an id that was answered longer ago than a day.
  remembered AS (
    INSERT INTO share.request AS r (client_id, request_id, body_hash, snapshot, agreement_id, answered)
    SELECT a.client_id, a.request_id, a.first_body, pg_current_snapshot()::text, min(a.agreement_id),
      count(*) FILTER (WHERE a.refusal IS NULL)
    FROM accepted a WHERE a.body_hash = a.first_body AND a.refusal IS DISTINCT FROM 'REQUEST_ID_REUSED'
    GROUP BY a.client_id, a.request_id, a.first_body ORDER BY a.client_id, a.request_id
    ON CONFLICT (client_id, request_id) DO UPDATE SET answered = r.answered + excluded.answered,
        first_at = CASE WHEN r.answered = 0 THEN excluded.first_at ELSE r.first_at END,
        snapshot = CASE WHEN r.answered = 0 THEN excluded.snapshot ELSE r.snapshot END,
        agreement_id = CASE WHEN r.answered = 0 THEN excluded.agreement_id ELSE r.agreement_id END
      WHERE r.body_hash = excluded.body_hash AND excluded.answered > 0
        AND (r.answered = 0 OR r.first_at >= clock_timestamp() - interval '24 hours')
    RETURNING r.client_id, r.request_id, r.snapshot, r.answered, r.first_at
  ),
  placed AS MATERIALIZED (
    SELECT a.*, a.refusal IS NULL AND m.request_id IS NOT NULL AS allowed,
      CASE WHEN m.answered > a.times THEN m.snapshot::pg_snapshot END AS as_of, coalesce(m.first_at, clock_timestamp()) AS said_at,
      coalesce(m.answered - a.times + a.nth - 1, 0)::integer AS replayed, a.agreed & a.mask AS open
    FROM (
      SELECT t.*, count(*) OVER same AS times, row_number() OVER (same ORDER BY t.place) AS nth
      FROM accepted t WINDOW same AS (PARTITION BY t.client_id, t.request_id, t.refusal IS NULL)) a
    LEFT JOIN remembered m ON m.client_id = a.client_id AND m.request_id = a.request_id AND a.refusal IS NULL
  ),
  looked AS MATERIALIZED (
    SELECT q.*, w.party_id, w.agrees, w.record_version, w.versions, w.certificates, v.unverified,
      CASE WHEN NOT q.allowed OR NOT w.agrees THEN NULL
        WHEN q.as_of IS NOT NULL THEN share.wholly_connected(q.epoch_id, q.unit_id, q.as_of)
        ELSE coalesce(CASE
          WHEN q.unit_id IS NULL THEN (
            SELECT bool_and(c.connected = c.communes) FROM stats.connected c WHERE c.epoch_id = q.epoch_id AND c.level = 'province')
          ELSE (SELECT c.connected = c.communes FROM stats.connected c WHERE c.epoch_id = q.epoch_id AND c.unit_id = q.unit_id)
          END, share.wholly_connected(q.epoch_id, q.unit_id, NULL)) END AS whole
    FROM placed q
    LEFT JOIN LATERAL (
      SELECT p.party_id, s.agrees, own.record_version, own.versions, own.certificates
      FROM match.party_number n
      -- A repetition reads what matching had said by its first time.
      CROSS JOIN LATERAL (
        SELECT c.party_id, c.name_hash, c.name_folded_hash, c.birth_date_hash, c.birth_year_hash
        FROM match.party c WHERE q.as_of IS NULL AND c.party_id = n.party_id
        UNION ALL SELECT t.* FROM share.party_then(n.party_id, n.tx, q.as_of) t WHERE q.as_of IS NOT NULL) p
      CROSS JOIN LATERAL (
        SELECT (p.name_hash = ANY (q.name_hash) OR p.name_folded_hash = ANY (q.name_folded_hash))
          AND CASE WHEN p.birth_date_hash IS NOT NULL AND q.birth_date_hash IS NOT NULL THEN p.birth_date_hash = ANY (q.birth_date_hash)
              ELSE p.birth_year_hash = ANY (q.birth_year_hash) END AS agrees OFFSET 0) s
      CROSS JOIN LATERAL (
        SELECT count(*) AS many, array_agg(DISTINCT k.record_id::text) AS versions,
          share.record_version(k.content_hash || int2send(k.certificate_no) ORDER BY k.content_hash, k.certificate_no) AS record_version,
          string_agg(CASE WHEN s.agrees THEN (
            -- One certificate as text: the allowed fields of the 18, nested as it is printed.
            SELECT concat_ws(',', '{"ref":"' || k.ref || '"', /*certificate_fields*/,
              '"parcels":[' || coalesce((
                SELECT string_agg(concat('{', concat_ws(',', /*parcel_fields*/,
                  '"purposes":[' || coalesce((
                    SELECT string_agg(concat('{', /*purpose_fields*/, '}'), ',' ORDER BY u.purpose_no)
                    FROM land.purpose u
                    WHERE u.commune_id = p.commune_id AND u.record_id = p.record_id AND u.parcel_no = p.parcel_no), '') || ']'
                  ), '}'), ',' ORDER BY p.parcel_no)
                FROM land.parcel p CROSS JOIN LATERAL (
                  -- Field 6 sums over the holders of the certificate.
                  SELECT CASE WHEN count(r.private_m2) + count(r.common_m2) > 0 THEN json_build_object(
                    'private_m2', coalesce(sum(r.private_m2), 0), 'common_m2', coalesce(sum(r.common_m2), 0)) END AS form, count(*) AS rights
                  FROM land.land_right r
                  WHERE r.commune_id = p.commune_id AND r.record_id = p.record_id AND r.parcel_no = p.parcel_no
                    AND r.certificate_no = k.certificate_no) f
                WHERE p.commune_id = k.commune_id AND p.record_id = k.record_id AND f.rights > 0), '') || ']',
              '"assets":[' || coalesce((
                SELECT string_agg(concat('{', /*asset_fields*/, '}'), ',' ORDER BY a.asset_no)
                FROM land.asset a
                WHERE a.commune_id = k.commune_id AND a.record_id = k.record_id AND a.certificate_no = k.certificate_no), '') || ']'
              ) || '}'
            FROM land.certificate t
            CROSS JOIN LATERAL (SELECT t.certificate_type IN ('97', '98') OR t.issued_on >= date '2025-01-01' AS qr) x
            CROSS JOIN LATERAL (
              -- The citizen asked for in full; co-holders by name and year of birth only, their numbers masked. A sealed
              -- number stands between two bytes 1, which JSON never holds unescaped: the caller has the key.
              SELECT concat('[', string_agg(CASE
                WHEN CASE WHEN q.as_of IS NULL THEN i.party_id ELSE share.verified_then(h.identity_key, q.as_of) END = p.party_id THEN concat(
                  left((SELECT to_json(own) FROM (SELECT true AS self, h.name, h.holder_kind AS kind, h.holder_role AS role,
                    h.user_type, h.id_type, h.birth_date, h.birth_year, h.gender) own)::text, -1),
                  ',"id_number":', coalesce(chr(1) || encode(h.id_number_sealed, 'hex') || chr(1), 'null'), '}')
                ELSE (SELECT to_json(other) FROM (SELECT false AS self, h.name, h.birth_year,
                    CASE WHEN h.id_number_sealed IS NOT NULL THEN '***' END AS id_number) other)::text
                END, ',' ORDER BY h.holder_no), ']') AS holders
              FROM land.holder h LEFT JOIN match.claim i ON i.identity_key = h.identity_key AND i.status = 'VERIFIED'
              WHERE h.commune_id = k.commune_id AND h.record_id = k.record_id AND h.certificate_no = k.certificate_no
            ) o
            WHERE t.commune_id = k.commune_id AND t.record_id = k.record_id AND t.certificate_no = k.certificate_no
          ) END, ',' ORDER BY k.ref) AS certificates
        FROM (
          SELECT h.commune_id, h.record_id, h.certificate_no, r.content_hash,
            -- Numbered by content: a record that is withdrawn and comes back has the same place again.
            row_number() OVER (ORDER BY h.commune_id, r.content_hash, h.certificate_no) AS ref
          FROM (
            SELECT c.identity_key FROM match.claim c
            WHERE c.party_id = p.party_id AND c.status = 'VERIFIED' AND q.as_of IS NULL
            UNION ALL SELECT t.identity_key FROM share.claims_then(p.party_id, q.as_of) t WHERE q.as_of IS NOT NULL) c
          JOIN land.holder h ON h.identity_key = c.identity_key
          JOIN land.record r ON r.commune_id = h.commune_id AND r.record_id = h.record_id
          WHERE h.certificate_no IS NOT NULL
            AND CASE WHEN q.as_of IS NULL THEN r.until_pub IS NULL ELSE share.stood(r.since_pub, r.until_pub, q.as_of) END
            AND (NOT q.narrowed OR share.in_scope(h.commune_id, q.epoch_id, q.unit_id, q.agreement_id))
          GROUP BY h.commune_id, h.record_id, h.certificate_no, r.content_hash
        ) k
      ) own
      WHERE n.bidx = ANY (q.indexes) AND own.many > 0
      -- Two citizens may share an old nine-digit number: the one the words mean is asked first.
      ORDER BY (p.name_hash = ANY (q.name_hash) OR p.name_folded_hash = ANY (q.name_folded_hash)) DESC,
        (p.birth_year_hash = ANY (q.birth_year_hash)) DESC, (p.birth_date_hash = ANY (q.birth_date_hash)) DESC NULLS LAST, p.party_id
      LIMIT 1
    ) w ON q.allowed
    LEFT JOIN LATERAL (
      -- Certificates may name the citizen by another number than the one asked with.
      SELECT q.indexes || ARRAY(
        SELECT o.bidx FROM match.party_number n JOIN match.party_number o ON o.party_id = n.party_id
        WHERE n.bidx = ANY (q.indexes) AND (w.party_id IS NULL OR n.party_id = w.party_id)
          AND (q.as_of IS NULL OR share.known_by(n.tx, q.as_of) AND share.known_by(o.tx, q.as_of))) AS numbers OFFSET 0
    ) x ON q.allowed AND w.agrees IS DISTINCT FROM false
    LEFT JOIN LATERAL (
      SELECT EXISTS (
        -- Nearly all are verified: the claim is asked first, and then there is no record to look for.
        SELECT FROM (
          SELECT h.commune_id, h.record_id FROM land.holder h LEFT JOIN match.claim c ON c.identity_key = h.identity_key
          WHERE h.id_number_bidx = ANY (x.numbers) AND h.certificate_no IS NOT NULL
            AND CASE WHEN q.as_of IS NULL THEN c.status IS DISTINCT FROM 'VERIFIED'
              ELSE share.verified_then(h.identity_key, q.as_of) IS NULL END OFFSET 0) h
        JOIN land.record r ON r.commune_id = h.commune_id AND r.record_id = h.record_id
        WHERE CASE WHEN q.as_of IS NULL THEN r.until_pub IS NULL ELSE share.stood(r.since_pub, r.until_pub, q.as_of) END
          AND (NOT q.narrowed OR share.in_scope(h.commune_id, q.epoch_id, q.unit_id, q.agreement_id))) AS unverified
    ) v ON q.allowed AND w.agrees IS DISTINCT FROM false
  ),
  answered AS MATERIALIZED (
    SELECT s.*, nextval('audit.access_event_access_id_seq') AS number,
      CASE WHEN s.refusal IS NOT NULL THEN s.refusal WHEN NOT s.allowed THEN 'REQUEST_ID_REUSED'
        WHEN s.said = 'UNAVAILABLE' THEN 'HOLDER_NOT_VERIFIED' END AS why,
      CASE WHEN s.said = 'FOUND' THEN s.open ELSE 0 END AS given
    FROM (
      SELECT l.*, CASE WHEN NOT l.allowed THEN 'REFUSED' WHEN l.agrees THEN 'FOUND' WHEN NOT l.agrees THEN 'IDENTITY_MISMATCH'
        WHEN l.unverified THEN 'UNAVAILABLE' WHEN l.whole AND NOT l.partial THEN 'NO_RECORD' ELSE 'NOT_COVERED' END AS said
      FROM looked l ORDER BY l.place) s
  ),
  logged AS (
    INSERT INTO audit.access_event (access_id, request_id, client_id, token_jti, agreement_id, agency_code, officer_code,
      service_code, case_file_no, subject, status, reason, fields_mask, record_versions, replayed, address)
    OVERRIDING SYSTEM VALUE
    SELECT a.number, a.request_id, a.client_id, a.token_jti, a.agreement_id, a.agency_code, a.officer_code, a.service_code,
      a.case_file_no, a.bidx, a.said, a.why, a.given, CASE WHEN a.said = 'FOUND' THEN a.versions ELSE '{}' END, a.replayed, a.address
    FROM answered a
  ),
  -- Whom the change feed tells of from now on. In one order, so that two sets never wait for each other.
  watched AS (
    INSERT INTO share.watch (party_id, agreement_id, record_version)
    SELECT DISTINCT ON (a.party_id, a.agreement_id) a.party_id, a.agreement_id, a.record_version
    FROM answered a WHERE a.said = 'FOUND' ORDER BY a.party_id, a.agreement_id
    ON CONFLICT DO NOTHING
  ),
  counted AS (
    INSERT INTO share.quota_use AS d (client_id, day, subject)
    SELECT DISTINCT a.client_id, today, a.bidx FROM answered a WHERE a.allowed AND (cardinality(a.indexes) = 1 OR NOT EXISTS (
      SELECT FROM share.quota_use d WHERE d.client_id = a.client_id AND d.day = today AND d.subject = ANY (a.indexes)))
    ORDER BY a.client_id, a.bidx
    ON CONFLICT (client_id, day, subject) DO NOTHING RETURNING d.client_id
  ),
  summed AS (
    INSERT INTO share.quota_count AS c (client_id, day, lane, used)
    SELECT o.client_id, today, connection_lane, count(*) FROM counted o GROUP BY o.client_id ORDER BY o.client_id
    ON CONFLICT (client_id, day, lane) DO UPDATE SET used = c.used + excluded.used
  )
  SELECT a.place::integer, a.number, a.said, a.why, a.given, a.agreed, CASE WHEN a.said = 'FOUND' THEN a.record_version END,
    -- Made-up data says so, whatever the settings of the process that serves it.
    (SELECT EXISTS (SELECT FROM intake.delivery d WHERE d.simulated AND d.state = 'PUBLISHED')),
    CASE a.said
      WHEN 'FOUND' THEN concat('{"complete":', CASE WHEN a.whole AND NOT a.unverified AND NOT a.partial THEN 'true' ELSE 'false' END,
                               ',"certificates":[', a.certificates, ']}')
      WHEN 'NOT_COVERED' THEN concat('{"not_covered":', share.not_covered(a.epoch_id, a.unit_id, a.as_of), '}')
      ELSE '{}' END, a.agreement, CASE WHEN a.said = 'FOUND' THEN a.party_id END, a.said_at, a.partial
  FROM answered a ORDER BY a.place;
END $$;
COMMENT ON FUNCTION share.read_land_records IS 'The gate: one log row and one answer for each request, in one statement.';
-- Whoever may call it is said by name, never everybody.
REVOKE ALL ON FUNCTION share.read_land_records(jsonb) FROM PUBLIC;

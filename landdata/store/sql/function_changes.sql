-- The change feed: what consumers were answered about, and what became of it since; no personal value is read or written.
-- A watch is one citizen that one agreement was answered about, with the version told last. Whatever can move a version
-- carries its transaction: only what lies below the oldest running one is looked at, each once, however late it committed.

CREATE OR REPLACE FUNCTION share.version_end(parts bytea) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT left(encode(sha256(parts), 'hex'), 16)
$$;

-- To be called as record_version(content_hash || int2send(certificate_no) ORDER BY content_hash, certificate_no): by content,
-- not by record, since what a withdrawal restores has new record ids and is the same version again.
CREATE OR REPLACE AGGREGATE share.record_version(bytea) (SFUNC = byteacat, STYPE = bytea, FINALFUNC = share.version_end);
COMMENT ON AGGREGATE share.record_version(bytea) IS
  'The version of what is shared about a citizen, from contents and certificates; null: nothing is.';

CREATE OR REPLACE FUNCTION share.note_changes(party_from bigint, party_to bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  f share.feed;
  horizon bigint;
  recheck boolean := party_from IS NOT NULL;
  today date := (clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date;
  epoch smallint;
  moved bigint[];
  ended bigint[];
  limited bigint[];
  parties bigint[];
  agreements bigint[];
  noted bigint;
BEGIN
  -- This lock lets one at a time number changes, so that numbers come to light in their order.
  SELECT * INTO f FROM share.feed FOR UPDATE;
  horizon := pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
  IF NOT recheck AND horizon < f.done_tx THEN
    -- Restored into a younger cluster: its transactions say nothing here, so everything is looked at.
    recheck := true; party_from := 0; party_to := 9223372036854775807;
    UPDATE share.feed SET done_tx = 0;
  END IF;
  SELECT e.epoch_id INTO epoch FROM ref.epoch e
   WHERE (e.valid_from IS NULL OR e.valid_from <= today) AND (e.valid_to IS NULL OR today < e.valid_to);
  -- What agreements reach; one that came into force, or reaches elsewhere, is looked at as a whole.
  WITH scope AS (
    SELECT a.agreement_id, CASE WHEN a.state = 'ACTIVE' AND a.valid_from <= today AND (a.valid_to IS NULL OR today < a.valid_to)
      THEN md5(concat_ws(' ', epoch, (SELECT string_agg(au.unit_id::text, ' ' ORDER BY au.unit_id) FROM share.agreement_unit au
                                      WHERE au.agreement_id = a.agreement_id))) ELSE '' END AS scope
    FROM share.agreement a WHERE a.state IN ('ACTIVE', 'SUSPENDED')
  ), changed AS (
    INSERT INTO share.feed_scope AS s (agreement_id, scope) SELECT o.agreement_id, o.scope FROM scope o
    ON CONFLICT (agreement_id) DO UPDATE SET scope = excluded.scope WHERE s.scope <> excluded.scope
    RETURNING s.agreement_id, s.scope
  ), gone AS (
    DELETE FROM share.feed_scope s USING share.agreement a
     WHERE a.agreement_id = s.agreement_id AND a.state = 'ENDED' RETURNING s.agreement_id
  ) SELECT (SELECT coalesce(array_agg(c.agreement_id), '{}') FROM changed c WHERE c.scope <> ''),
           (SELECT coalesce(array_agg(g.agreement_id), '{}') FROM gone g) INTO moved, ended;
  SELECT coalesce(array_agg(DISTINCT au.agreement_id), '{}') INTO limited FROM share.agreement_unit au;
  IF cardinality(ended) > 0 THEN
    DELETE FROM share.watch w WHERE w.agreement_id = ANY (ended);
  END IF;

  SELECT array_agg(due.party_id), array_agg(due.agreement_id) INTO parties, agreements FROM (
    SELECT w.party_id, w.agreement_id FROM share.watch w
     WHERE recheck AND w.party_id >= party_from AND w.party_id < party_to
    UNION SELECT w.party_id, w.agreement_id FROM share.watch w
     WHERE cardinality(moved) > 0 AND w.agreement_id = ANY (moved)
    -- Answered since: what was published while the answer was on its way did not find this watch.
    UNION SELECT w.party_id, w.agreement_id FROM share.watch w
     WHERE NOT recheck AND w.tx >= f.done_tx AND w.tx < horizon
    UNION SELECT w.party_id, w.agreement_id FROM share.touched t JOIN share.watch w USING (party_id)
     WHERE NOT recheck AND t.tx < horizon
    UNION SELECT w.party_id, w.agreement_id FROM land.publication p
      JOIN land.record r ON r.since_pub = p.publication_id
      JOIN land.holder h ON h.commune_id = r.commune_id AND h.record_id = r.record_id
      JOIN match.claim c ON c.identity_key = h.identity_key JOIN share.watch w ON w.party_id = c.party_id
     WHERE NOT recheck AND p.tx >= f.done_tx AND p.tx < horizon
    UNION SELECT w.party_id, w.agreement_id FROM land.publication p
      JOIN land.record r ON r.until_pub = p.publication_id
      JOIN land.holder h ON h.commune_id = r.commune_id AND h.record_id = r.record_id
      JOIN match.claim c ON c.identity_key = h.identity_key JOIN share.watch w ON w.party_id = c.party_id
     WHERE NOT recheck AND p.tx >= f.done_tx AND p.tx < horizon
  ) due;

  -- From arrays and laterally, so that the cost is that of those who are due, however large the tables are.
  WITH present AS (
    SELECT d.party_id, d.agreement_id, v.version
    FROM unnest(parties, agreements) AS d (party_id, agreement_id)
    JOIN share.feed_scope s ON s.agreement_id = d.agreement_id AND s.scope <> ''
    CROSS JOIN LATERAL (
      SELECT share.record_version(o.content_hash || int2send(o.certificate_no) ORDER BY o.content_hash, o.certificate_no) AS version
      FROM (
        SELECT DISTINCT h.commune_id, h.record_id, h.certificate_no, r.content_hash
        FROM match.claim c JOIN land.holder h ON h.identity_key = c.identity_key AND h.certificate_no IS NOT NULL
        JOIN land.record r ON r.commune_id = h.commune_id AND r.record_id = h.record_id AND r.until_pub IS NULL
        WHERE c.party_id = d.party_id AND c.status = 'VERIFIED'
          AND (NOT d.agreement_id = ANY (limited) OR share.in_scope(h.commune_id, epoch, NULL, d.agreement_id))) o) v
  ), told AS (
    UPDATE share.watch w SET record_version = p.version FROM present p
     WHERE w.party_id = p.party_id AND w.agreement_id = p.agreement_id AND w.record_version IS DISTINCT FROM p.version
    RETURNING w.party_id, w.agreement_id, w.record_version
  )
  INSERT INTO share.change (change_no, agreement_id, party_id, record_version)
  SELECT f.last_no + row_number() OVER (ORDER BY t.agreement_id, t.party_id), t.agreement_id, t.party_id, t.record_version
  FROM told t;
  GET DIAGNOSTICS noted = ROW_COUNT;
  UPDATE share.feed SET last_no = f.last_no + noted;
  IF NOT recheck THEN
    UPDATE share.feed SET done_tx = horizon;
    DELETE FROM share.touched t WHERE t.tx < horizon;
  END IF;
  RETURN noted;
END $$;
COMMENT ON FUNCTION share.note_changes IS
  'Compares versions told with what stands, and writes what changed: after publications and matches, or for a range of citizens.';

-- What matching said before, for the repetition of a request: it is answered as of its first time. Whoever changes a claim
-- or a citizen, what stood there until then is kept by these triggers, with the transaction that ended it; the gate's
-- repetitions read it, other look-ups never do. It is forgotten when nothing can be repeated as of then any more.

CREATE OR REPLACE FUNCTION match.keep_claims() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO match.claim_was (identity_key, party_id)
  SELECT o.identity_key, o.party_id FROM gone o JOIN fresh n USING (identity_key) WHERE o.party_id IS DISTINCT FROM n.party_id;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION match.keep_claims IS 'Keeps whom claims were verified to be until now.';

CREATE OR REPLACE FUNCTION match.keep_parties() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Under another version of their key hashes differ without saying anything else.
  INSERT INTO match.party_was (party_id, name_hash, name_folded_hash, birth_date_hash, birth_year_hash)
  SELECT o.party_id, o.name_hash, o.name_folded_hash, o.birth_date_hash, o.birth_year_hash
  FROM gone o JOIN fresh n USING (party_id)
  WHERE o.hash_version = n.hash_version AND (o.name_hash, o.name_folded_hash, o.birth_date_hash, o.birth_year_hash)
    IS DISTINCT FROM (n.name_hash, n.name_folded_hash, n.birth_date_hash, n.birth_year_hash);
  RETURN NULL;
END $$;
COMMENT ON FUNCTION match.keep_parties IS 'Keeps what the population platform had said of citizens until now.';

CREATE OR REPLACE TRIGGER keep AFTER UPDATE ON match.claim
  REFERENCING OLD TABLE AS gone NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION match.keep_claims();
CREATE OR REPLACE TRIGGER keep AFTER UPDATE ON match.party
  REFERENCING OLD TABLE AS gone NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION match.keep_parties();

CREATE OR REPLACE FUNCTION share.known_by(tx bigint, as_of pg_snapshot) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT tx IS NULL OR pg_visible_in_snapshot(tx::text::xid8, as_of)
$$;
COMMENT ON FUNCTION share.known_by IS 'True when what a transaction wrote stood at a snapshot; null: it was always there.';

CREATE OR REPLACE FUNCTION share.verified_then(claim uuid, as_of pg_snapshot) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
BEGIN
  -- What the first change after the snapshot ended; without one, what stands.
  RETURN (
    SELECT o.party_id FROM (
      SELECT w.was_no, w.party_id FROM match.claim_was w WHERE w.identity_key = claim AND NOT share.known_by(w.tx, as_of)
      UNION ALL SELECT NULL, c.party_id FROM match.claim c WHERE c.identity_key = claim) o
    ORDER BY o.was_no NULLS LAST LIMIT 1);
END $$;
COMMENT ON FUNCTION share.verified_then IS 'The citizen that a claim was verified to be at a snapshot; null: it was not.';

CREATE OR REPLACE FUNCTION share.claims_then(party bigint, as_of pg_snapshot) RETURNS TABLE (identity_key uuid)
LANGUAGE plpgsql STABLE ROWS 2 AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY SELECT o.identity_key FROM (
    SELECT c.identity_key FROM match.claim c WHERE c.party_id = party
    UNION SELECT w.identity_key FROM match.claim_was w WHERE w.party_id = party) o
  WHERE share.verified_then(o.identity_key, as_of) = party;
END $$;
COMMENT ON FUNCTION share.claims_then IS 'The claims that were verified to be a citizen at a snapshot.';

CREATE OR REPLACE FUNCTION share.party_then(party bigint, since_tx bigint, as_of pg_snapshot)
RETURNS TABLE (party_id bigint, name_hash bytea, name_folded_hash bytea, birth_date_hash bytea, birth_year_hash bytea)
LANGUAGE plpgsql STABLE ROWS 1 AS $$
#variable_conflict use_column
BEGIN
  IF share.known_by(since_tx, as_of) THEN
    RETURN QUERY SELECT party, o.name_hash, o.name_folded_hash, o.birth_date_hash, o.birth_year_hash FROM (
      SELECT w.was_no, w.name_hash, w.name_folded_hash, w.birth_date_hash, w.birth_year_hash
      FROM match.party_was w WHERE w.party_id = party AND NOT share.known_by(w.tx, as_of)
      UNION ALL SELECT NULL, p.name_hash, p.name_folded_hash, p.birth_date_hash, p.birth_year_hash
      FROM match.party p WHERE p.party_id = party) o
    ORDER BY o.was_no NULLS LAST LIMIT 1;
  END IF;
END $$;
COMMENT ON FUNCTION share.party_then IS
  'A citizen as the population platform described them at a snapshot; none when the number, noted by since_tx, was not known then.';

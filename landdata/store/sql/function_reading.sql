-- Reading the change feed, for who answers consumers and has no right on any table.

CREATE OR REPLACE FUNCTION share.read_changes(client text, behind bigint, many integer)
RETURNS TABLE (state text, position_no bigint, change_no bigint, agreement text, party_id bigint, record_version text, at timestamptz)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  today date := (clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date;
  agreements bigint[] := ARRAY(
    SELECT a.agreement_id FROM share.agreement a
    WHERE a.client_id = client AND a.state = 'ACTIVE' AND a.valid_from <= today AND (a.valid_to IS NULL OR today < a.valid_to));
  -- Everything up to the newest is committed: numbers come to light in their order.
  newest bigint := (SELECT f.last_no FROM share.feed f);
  oldest bigint;
  place bigint := behind;
  numbers bigint[];
  told bigint;
BEGIN
  IF cardinality(agreements) = 0 THEN
    RETURN QUERY SELECT 'AGREEMENT_MISSING', NULL::bigint, NULL::bigint, NULL, NULL::bigint, NULL, NULL::timestamptz;
    RETURN;
  END IF;
  -- What consumers are promised, and a day more, so that whoever begins to read at its edge comes to the end.
  oldest := coalesce((SELECT c.change_no - 1 FROM share.change c
                      WHERE c.at >= clock_timestamp() - interval '91 days' ORDER BY c.change_no LIMIT 1), newest);
  IF place IS NULL THEN
    place := coalesce((SELECT c.change_no - 1 FROM share.change c
                       WHERE c.at >= clock_timestamp() - interval '90 days' ORDER BY c.change_no LIMIT 1), newest);
  END IF;
  -- A place that is not reached yet was given before the database was restored from a backup.
  IF place NOT BETWEEN oldest AND newest THEN
    RETURN QUERY SELECT 'CURSOR_EXPIRED', NULL::bigint, NULL::bigint, NULL, NULL::bigint, NULL, NULL::timestamptz;
    RETURN;
  END IF;
  -- One by one, so that each agreement's index gives them in order, however many there are behind.
  numbers := ARRAY(
    SELECT one.change_no FROM unnest(agreements) AS g (agreement_id) CROSS JOIN LATERAL (
      SELECT c.change_no FROM share.change c
      WHERE c.agreement_id = g.agreement_id AND c.change_no > place AND c.change_no <= newest
      ORDER BY c.change_no LIMIT many + 1) one
    ORDER BY one.change_no LIMIT many + 1);
  -- At the end the cursor moves on past others' changes: it would grow old behind them.
  told := CASE WHEN cardinality(numbers) > many THEN numbers[many] ELSE newest END;
  INSERT INTO share.reader AS r (client_id, confirmed_no, given_no) VALUES (client, place, told)
  ON CONFLICT (client_id) DO UPDATE SET confirmed_no = excluded.confirmed_no, given_no = excluded.given_no,
    fetched_at = clock_timestamp();
  RETURN QUERY SELECT CASE WHEN cardinality(numbers) > many THEN 'MORE' ELSE 'END' END, told, NULL::bigint, NULL,
    NULL::bigint, NULL, NULL::timestamptz;
  RETURN QUERY SELECT 'CHANGE', told, c.change_no, a.code, c.party_id, c.record_version, c.at
    FROM unnest(numbers[1:many]) AS n (change_no) JOIN share.change c USING (change_no) JOIN share.agreement a USING (agreement_id)
    ORDER BY c.change_no;
END $$;
COMMENT ON FUNCTION share.read_changes IS
  'A client''s changes behind a place (null: from the start), first how it stands, and the place to go on from.';

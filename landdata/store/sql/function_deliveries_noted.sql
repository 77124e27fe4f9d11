-- When each delivery came, was published and was taken back in each of its communes: the ledger keeps only how it stands.

CREATE OR REPLACE FUNCTION stats.note_delivery() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO stats.delivery_event (delivery_id, unit_id, state, effective_on, changed)
    SELECT n.delivery_id, n.unit_id, s.state, d.effective_on, s.state = 'PUBLISHED' AND n.publication_id > 0
    FROM fresh n JOIN intake.delivery d USING (delivery_id)
    CROSS JOIN LATERAL (VALUES ('RECEIVED'), (n.state)) AS s (state)
    WHERE s.state IN ('RECEIVED', 'PUBLISHED') ORDER BY n.unit_id, s.state DESC
    ON CONFLICT DO NOTHING;
  -- Who only decides about a delivery may write no event, and need not.
  ELSIF EXISTS (SELECT FROM fresh n WHERE n.state IN ('PUBLISHED', 'WITHDRAWN')) THEN
    INSERT INTO stats.delivery_event (delivery_id, unit_id, state, effective_on, changed)
    SELECT n.delivery_id, n.unit_id, n.state, CASE n.state WHEN 'PUBLISHED' THEN d.effective_on
             ELSE greatest(d.effective_on, (clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date) END, n.publication_id > 0
    FROM fresh n JOIN intake.delivery d USING (delivery_id)
    WHERE n.state IN ('PUBLISHED', 'WITHDRAWN') ORDER BY n.unit_id
    ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION stats.note_delivery IS 'Notes in stats.delivery_event what becomes of a delivery, in its own transaction.';

CREATE OR REPLACE TRIGGER delivery_came AFTER INSERT ON intake.delivery_commune
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION stats.note_delivery();
CREATE OR REPLACE TRIGGER delivery_moved AFTER UPDATE ON intake.delivery_commune
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION stats.note_delivery();

-- What concerns a delivery beyond its own office: whether later ones took its place, and the request for the worker.
-- These run with the gate's rights, so that who acts for an office needs none on land records, on the queue, or on other
-- offices' deliveries. Each answers about deliveries of the office that the transaction acts for, and about no other.

CREATE OR REPLACE FUNCTION intake.acting_for() RETURNS bigint LANGUAGE sql STABLE AS $$
  -- After a transaction that set it the setting is empty, not null.
  SELECT nullif(current_setting('landdata.office', true), '')::bigint
$$;
COMMENT ON FUNCTION intake.acting_for IS 'The office that this transaction acts for; null: none, and then it sees none of their rows.';

CREATE OR REPLACE FUNCTION intake.stands(of_delivery bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN (SELECT /*stands*/ FROM intake.delivery it
          WHERE it.delivery_id = of_delivery AND it.office_id = (SELECT intake.acting_for()));
END $$;
COMMENT ON FUNCTION intake.stands IS 'Whether a published delivery still speaks for one of its communes.';

CREATE OR REPLACE FUNCTION intake.overtaken(of_delivery bigint, units integer[]) RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT DISTINCT u.code FROM intake.delivery_commune c JOIN ref.unit u USING (unit_id)
    WHERE c.unit_id = ANY (units) AND c.delivery_id > of_delivery AND c.state = 'PUBLISHED' AND EXISTS (
      SELECT FROM intake.delivery d WHERE d.delivery_id = of_delivery AND d.office_id = (SELECT intake.acting_for()));
END $$;
COMMENT ON FUNCTION intake.overtaken IS 'Codes of those communes in which a later delivery was published.';

CREATE OR REPLACE FUNCTION intake.communes_of(of_delivery bigint) RETURNS SETOF integer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN QUERY WITH own AS (
    SELECT p.publication_id FROM land.publication p JOIN intake.delivery d USING (delivery_id)
    WHERE d.delivery_id = of_delivery AND p.kind = 'PUBLISH' AND d.office_id = (SELECT intake.acting_for())
  ) SELECT r.commune_id FROM land.record r
    WHERE r.restores_record_id IS NULL AND r.since_pub IN (SELECT publication_id FROM own)
  UNION SELECT r.commune_id FROM land.record r WHERE r.until_pub IN (SELECT publication_id FROM own)
  UNION SELECT c.unit_id FROM intake.delivery_commune c JOIN intake.delivery d USING (delivery_id)
    WHERE c.delivery_id = of_delivery AND c.state = 'PUBLISHED' AND d.office_id = (SELECT intake.acting_for());
END $$;
COMMENT ON FUNCTION intake.communes_of IS
  'The communes whose records a delivery brought or ended, or of which it said that they are unchanged.';

CREATE OR REPLACE FUNCTION intake.blocker(of_delivery bigint) RETURNS TABLE (delivery_uid uuid, codes text[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY WITH published AS (
    SELECT p.publication_id FROM land.publication p JOIN intake.delivery d USING (delivery_id)
    WHERE d.delivery_id = of_delivery AND p.kind = 'PUBLISH' AND d.office_id = (SELECT intake.acting_for())
  ), own AS (
    SELECT c.unit_id FROM intake.delivery_commune c JOIN intake.delivery d USING (delivery_id)
    WHERE c.delivery_id = of_delivery AND c.state = 'PUBLISHED' AND d.office_id = (SELECT intake.acting_for())
  ), brought AS (
    SELECT r.commune_id, r.record_id FROM land.record r
    WHERE r.restores_record_id IS NULL AND r.since_pub IN (SELECT publication_id FROM published)
  ), ended AS (
    SELECT r.commune_id, r.record_id FROM land.record r WHERE r.until_pub IN (SELECT publication_id FROM published)
  ), later AS (
    -- Full deliveries that came later to the same communes.
    SELECT later.delivery_id, later.unit_id FROM own CROSS JOIN intake.delivery_commune later
      JOIN intake.delivery d USING (delivery_id)
      WHERE later.delivery_id > of_delivery AND later.state = 'PUBLISHED' AND /*speaks_for_all*/
    -- Records this one brought that stand no more in any version: the publication that ended the last one did it.
    UNION SELECT p.delivery_id, b.commune_id FROM brought b CROSS JOIN LATERAL (
        SELECT v.until_pub FROM land.record v WHERE v.commune_id = b.commune_id
          AND (v.record_id = b.record_id OR v.restores_record_id = b.record_id)
        ORDER BY v.record_id DESC LIMIT 1) last JOIN land.publication p ON p.publication_id = last.until_pub
    -- Records this one brought that a later delivery of changes repeated.
    UNION SELECT a.delivery_id, b.commune_id FROM brought b
      JOIN land.record v ON v.commune_id = b.commune_id
        AND (v.record_id = b.record_id OR v.restores_record_id = b.record_id)
      JOIN land.assertion a ON a.commune_id = v.commune_id AND a.record_id = v.record_id
      JOIN intake.delivery d ON d.delivery_id = a.delivery_id AND d.state <> 'WITHDRAWN'
      WHERE a.delivery_id > of_delivery
    -- Records this one ended, of which a later delivery of changes retired a parcel once more.
    UNION SELECT a.delivery_id, e.commune_id FROM ended e JOIN land.assertion a USING (commune_id, record_id)
      JOIN intake.delivery d ON d.delivery_id = a.delivery_id AND d.state <> 'WITHDRAWN'
      WHERE a.delivery_id > of_delivery
    -- Parcels and certificates this one ended whose place was taken since.
    UNION SELECT p.delivery_id, e.commune_id FROM ended e
      JOIN land.parcel gone ON gone.commune_id = e.commune_id AND gone.record_id = e.record_id
      JOIN land.parcel now ON now.commune_id = gone.commune_id AND now.is_current
        AND now.map_sheet_number = gone.map_sheet_number AND now.parcel_number = gone.parcel_number
      JOIN land.record v ON v.commune_id = now.commune_id AND v.record_id = now.record_id
      JOIN land.record o ON o.commune_id = v.commune_id AND o.record_id = coalesce(v.restores_record_id, v.record_id)
      JOIN land.publication p ON p.publication_id = o.since_pub WHERE p.delivery_id <> of_delivery
    UNION SELECT p.delivery_id, e.commune_id FROM ended e
      JOIN land.certificate gone ON gone.commune_id = e.commune_id AND gone.record_id = e.record_id
      JOIN land.certificate now ON now.commune_id = gone.commune_id AND now.is_current
        AND now.certificate_uid = gone.certificate_uid
      JOIN land.record v ON v.commune_id = now.commune_id AND v.record_id = now.record_id
      JOIN land.record o ON o.commune_id = v.commune_id AND o.record_id = coalesce(v.restores_record_id, v.record_id)
      JOIN land.publication p ON p.publication_id = o.since_pub WHERE p.delivery_id <> of_delivery
  ), last AS (SELECT max(delivery_id) AS delivery_id FROM later)
  SELECT d.delivery_uid, array_agg(DISTINCT u.code ORDER BY u.code) FROM last
    JOIN later USING (delivery_id) JOIN intake.delivery d USING (delivery_id)
    JOIN ref.unit u ON u.unit_id = later.unit_id GROUP BY d.delivery_uid;
END $$;
COMMENT ON FUNCTION intake.blocker IS
  'The latest delivery that changed or asserted what this one brought, or took the place of what it ended.';

CREATE OR REPLACE FUNCTION intake.ask_worker(task text, of_delivery uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
-- The job engine's own functions name their tables plainly; nobody but the owner makes anything in public.
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  once text := concat(task, ':', of_delivery);
  office text;
  own text;
  place integer;
BEGIN
  SELECT o.code INTO office FROM intake.delivery d JOIN org.office o USING (office_id)
    WHERE d.delivery_uid = of_delivery AND d.office_id = (SELECT intake.acting_for());
  IF office IS NULL OR task NOT IN ('deliver', 'withdraw') THEN
    RAISE EXCEPTION 'no such delivery of this office, or no such work' USING ERRCODE = 'insufficient_privilege';
  END IF;
  -- Two transactions that both see no such job would both add one: the second waits for the first to end.
  PERFORM pg_advisory_xact_lock(hashtextextended(once, 0));
  IF EXISTS (SELECT FROM procrastinate_jobs j WHERE j.queueing_lock = once AND j.status = 'todo') THEN
    RETURN;
  END IF;
  -- Of one province one after another, whichever office hands in: an office of before a reform and the one of after it
  -- write the same communes. So it is the province of today that counts.
  WITH RECURSIVE became AS (
    SELECT ou.unit_id FROM org.office_unit ou JOIN org.office o USING (office_id) WHERE o.code = office
    UNION SELECT s.new_unit_id FROM became b JOIN ref.unit_succession s ON s.old_unit_id = b.unit_id
      WHERE s.extent = 'full' AND s.new_unit_id IS NOT NULL
  ) SELECT coalesce('province:' || min(u.code), 'office:' || office) INTO own
    FROM became JOIN ref.unit u USING (unit_id) WHERE u.valid_to IS NULL;
  -- Behind one's own, but beside the first of every other province: none waits until another has no more. What is under way
  -- counts: when its worker is killed it waits again, and must not find a later one before it.
  SELECT coalesce(min(j.priority) - 1, 0) INTO place FROM procrastinate_jobs j
    WHERE j.lock = own AND j.status IN ('todo', 'doing');
  PERFORM procrastinate_defer_jobs_v1(ARRAY[ROW('deliveries', task, place, own, once,
    jsonb_build_object('delivery_uid', of_delivery), NULL)::procrastinate_job_to_defer_v1]);
END $$;
COMMENT ON FUNCTION intake.ask_worker IS 'Asks the worker to take up a delivery, or to withdraw it, unless that waits already.';

CREATE OR REPLACE FUNCTION intake.ahead_of(of_delivery uuid) RETURNS integer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN (SELECT (SELECT count(*) FROM procrastinate_jobs j WHERE j.status = 'todo' AND j.queue_name = own.queue_name
                  AND (j.priority > own.priority OR (j.priority = own.priority AND j.id < own.id)))
          FROM intake.delivery d JOIN procrastinate_jobs own
            ON own.queueing_lock = concat('deliver:', d.delivery_uid) AND own.status = 'todo'
          WHERE d.delivery_uid = of_delivery AND d.office_id = (SELECT intake.acting_for()));
END $$;
COMMENT ON FUNCTION intake.ahead_of IS 'How many wait in the queue before a delivery that waits; null: it does not wait.';

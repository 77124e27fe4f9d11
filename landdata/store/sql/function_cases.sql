-- Holders that were not linked, as their land office sees them: the work list, one case, its records and its decisions.
-- These run with the gate's rights, so that who acts for an office needs none on records or claims. Each answers about
-- communes of the office that the transaction acts for, and about no other; numbers leave it sealed.

CREATE OR REPLACE FUNCTION match.own_communes(unit integer, epoch smallint) RETURNS integer[]
LANGUAGE sql STABLE AS $$
  SELECT coalesce(array_agg(own.commune_id), '{}') FROM (
    -- Whatever was itself in force in the office's provinces, and in today's register all that went into them.
    SELECT r.unit_id AS commune_id FROM org.office_unit o
      JOIN ref.register r ON r.province_id = o.unit_id AND r.level = 'commune'
      WHERE o.office_id = (SELECT intake.acting_for())
    UNION SELECT p.from_unit_id FROM org.office_unit o
      JOIN ref.register r ON r.province_id = o.unit_id AND r.level = 'commune'
      JOIN ref.projection p ON p.epoch_id = r.epoch_id AND p.to_unit_id = r.unit_id
      WHERE o.office_id = (SELECT intake.acting_for())
        AND r.epoch_id = (SELECT e.epoch_id FROM ref.epoch e WHERE e.valid_to IS NULL)) own
  WHERE unit IS NULL OR EXISTS (
    SELECT FROM ref.projection q JOIN ref.register s ON s.epoch_id = q.epoch_id AND s.unit_id = q.to_unit_id
    WHERE q.epoch_id = epoch AND q.from_unit_id = own.commune_id AND unit IN (s.unit_id, s.district_id, s.province_id))
$$;
COMMENT ON FUNCTION match.own_communes IS 'Commune versions of the office that this transaction acts for, within a unit; null: all.';

CREATE OR REPLACE FUNCTION match.cases(
  one uuid, unit integer, epoch smallint, statuses text[], reason text, marked text,
  after_certificates integer, after_parcels integer, after_seen timestamptz, after_key uuid, most integer)
RETURNS TABLE (identity_key uuid, status text, reasons text[], name text, id_number_sealed bytea, birth_date date,
               birth_year smallint, first_seen_at timestamptz, checked_at timestamptz, certificates integer, parcels integer,
               communes text[], mark text, name_share smallint, years_apart smallint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
-- A commune and a province need other plans: each is made for the communes asked about.
SET plan_cache_mode = force_custom_plan SET jit = off SET work_mem = '64MB' AS $$
#variable_conflict use_column
DECLARE
  own integer[] := match.own_communes(unit, epoch);
BEGIN
  RETURN QUERY
  WITH held AS (
    SELECT d.identity_key, d.commune_id, d.certificates, d.parcels, d.first_seen_at
    FROM match.doubt d
    WHERE one IS NULL AND d.commune_id = ANY (own) AND (statuses IS NULL OR d.status = ANY (statuses)) AND (reason IS NULL OR reason = ANY (d.reasons))
      -- What was rejected is off the list until something speaks against it.
      AND NOT EXISTS (SELECT FROM match.decision x WHERE x.identity_key = d.identity_key
                      AND x.state = 'IN_FORCE' AND x.kind = 'REJECT' AND NOT x.contradicted)
      AND (marked IS NULL OR EXISTS (
        SELECT FROM match.decision x WHERE x.identity_key = d.identity_key
          AND CASE marked WHEN 'WAITING' THEN x.state = 'WAITING' ELSE x.state = 'IN_FORCE' AND x.contradicted END))
    UNION ALL
    -- One case, whatever became of it: counted anew.
    SELECT h.identity_key, h.commune_id, count(DISTINCT (h.record_id, h.certificate_no))
        FILTER (WHERE h.certificate_no IS NOT NULL)::integer, count(DISTINCT (h.record_id, l.parcel_no))::integer,
      (SELECT c.first_seen_at FROM match.claim c WHERE c.identity_key = one)
    FROM land.holder h
      LEFT JOIN land.land_right l ON l.commune_id = h.commune_id AND l.record_id = h.record_id AND l.holder_no = h.holder_no
    WHERE h.identity_key = one AND h.is_current AND h.commune_id = ANY (own) GROUP BY h.identity_key, h.commune_id
  ), listed AS (
    SELECT h.identity_key, sum(h.certificates)::integer AS certificates, sum(h.parcels)::integer AS parcels,
      min(h.first_seen_at) AS first_seen_at, array_agg(h.commune_id) AS units
    FROM held h GROUP BY h.identity_key
  ), page AS MATERIALIZED (
    SELECT l.* FROM listed l
    WHERE after_key IS NULL OR (-l.certificates, -l.parcels, l.first_seen_at, l.identity_key)
      > (-after_certificates, -after_parcels, after_seen, after_key)
    ORDER BY l.certificates DESC, l.parcels DESC, l.first_seen_at, l.identity_key LIMIT most
  )
  SELECT p.identity_key, c.status, c.reasons, c.name, c.id_number_sealed, c.birth_date, c.birth_year, p.first_seen_at,
    c.checked_at, p.certificates, p.parcels,
    (SELECT array_agg(u.code ORDER BY u.code) FROM ref.unit u WHERE u.unit_id = ANY (p.units)),
    (SELECT CASE WHEN bool_or(x.contradicted AND x.state = 'IN_FORCE') THEN 'CONTRADICTED'
       WHEN bool_or(x.state = 'WAITING') THEN 'WAITING' WHEN bool_or(x.due) THEN 'ASKING' END
     FROM match.decision x WHERE x.identity_key = p.identity_key), c.name_share, c.years_apart
  FROM page p JOIN match.claim c ON c.identity_key = p.identity_key
  ORDER BY p.certificates DESC, p.parcels DESC, p.first_seen_at, p.identity_key;
END $$;
COMMENT ON FUNCTION match.cases IS 'A page of the work list of the office acted for, what clears most first; or one case.';

CREATE OR REPLACE FUNCTION match.case_counts(unit integer, epoch smallint)
RETURNS TABLE (what text, code text, cases bigint, certificates bigint, parcels bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan SET jit = off SET work_mem = '64MB' AS $$
#variable_conflict use_column
DECLARE
  own integer[] := match.own_communes(unit, epoch);
BEGIN
  RETURN QUERY
  WITH held AS MATERIALIZED (
    SELECT d.identity_key, d.status, d.reasons, sum(d.certificates) AS certificates, sum(d.parcels) AS parcels
    FROM match.doubt d
    WHERE d.commune_id = ANY (own) AND NOT EXISTS (SELECT FROM match.decision x WHERE x.identity_key = d.identity_key
                      AND x.state = 'IN_FORCE' AND x.kind = 'REJECT' AND NOT x.contradicted)
    GROUP BY d.identity_key, d.status, d.reasons)
  SELECT 'status', h.status, count(*), sum(h.certificates)::bigint, sum(h.parcels)::bigint FROM held h GROUP BY h.status
  UNION ALL SELECT 'reason', r, count(*), sum(h.certificates)::bigint, sum(h.parcels)::bigint
    FROM held h CROSS JOIN unnest(h.reasons) AS r GROUP BY r
  UNION ALL SELECT 'mark', m.mark, count(*), sum(h.certificates)::bigint, sum(h.parcels)::bigint
    FROM held h JOIN (
      SELECT x.identity_key, CASE WHEN bool_or(x.state = 'IN_FORCE') THEN 'CONTRADICTED' ELSE 'WAITING' END AS mark
      FROM match.decision x WHERE x.state = 'WAITING' OR (x.state = 'IN_FORCE' AND x.contradicted)
      GROUP BY x.identity_key) m USING (identity_key)
    GROUP BY m.mark;
END $$;
COMMENT ON FUNCTION match.case_counts IS 'How much is on the work list of the office acted for, by status, reason and mark.';

CREATE OR REPLACE FUNCTION match.case_records(one uuid, most integer)
RETURNS TABLE (commune_code text, commune_name text, record_id bigint, serial text, registry_number text, issued_on date,
               holder_role text, parcels text[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  own integer[] := match.own_communes(NULL, NULL);
BEGIN
  RETURN QUERY
  SELECT u.code, u.full_name_vi, h.record_id, k.serial, k.registry_number, k.issued_on, h.holder_role, p.parcels
  FROM land.holder h JOIN ref.unit u ON u.unit_id = h.commune_id
    LEFT JOIN land.certificate k ON k.commune_id = h.commune_id AND k.record_id = h.record_id
      AND k.certificate_no = h.certificate_no
    CROSS JOIN LATERAL (
      SELECT array_agg(DISTINCT format('%s/%s', p.map_sheet_number, p.parcel_number)) AS parcels
      FROM land.land_right l JOIN land.parcel p USING (commune_id, record_id, parcel_no)
      WHERE l.commune_id = h.commune_id AND l.record_id = h.record_id AND l.holder_no = h.holder_no) p
  WHERE h.identity_key = one AND h.is_current AND h.commune_id = ANY (own) ORDER BY u.code, k.serial, h.record_id, h.holder_no LIMIT most;
END $$;
COMMENT ON FUNCTION match.case_records IS 'The certificates of a case on record, in communes of the office acted for.';

CREATE OR REPLACE FUNCTION match.case_decisions(one uuid)
RETURNS TABLE (decision_id bigint, kind text, state text, office_code text, due boolean, contradicted boolean, name text,
               id_number_sealed bytea, birth_date date, birth_year smallint, step text, login text, reason text,
               evidence text, at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  own integer[] := match.own_communes(NULL, NULL);
BEGIN
  RETURN QUERY
  SELECT d.decision_id, d.kind, d.state, f.code, d.due, d.contradicted, d.name, d.id_number_sealed, d.birth_date,
    d.birth_year, s.step, w.login, s.reason, s.evidence, s.at
  FROM match.decision d JOIN org.office f USING (office_id) JOIN match.decision_step s USING (decision_id)
    LEFT JOIN org.person w ON w.person_id = s.person_id
  WHERE d.identity_key = one AND EXISTS (
    SELECT FROM land.holder h WHERE h.identity_key = one AND h.commune_id = ANY (own))
  ORDER BY d.decision_id, s.step_id;
END $$;
COMMENT ON FUNCTION match.case_decisions IS 'Every step of every decision about a case of the office acted for, oldest first.';

CREATE OR REPLACE FUNCTION match.ask_worker() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
-- The job engine's own functions name their tables plainly; nobody but the owner makes anything in public.
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  -- Two transactions that both see no such job would both add one: the second waits for the first to end.
  PERFORM pg_advisory_xact_lock(hashtextextended('cases', 0));
  IF NOT EXISTS (SELECT FROM procrastinate_jobs j WHERE j.queueing_lock = 'cases' AND j.status = 'todo') THEN
    PERFORM procrastinate_defer_jobs_v1(ARRAY[ROW('default', 'cases', 0, 'cases', 'cases', '{}'::jsonb,
      NULL)::procrastinate_job_to_defer_v1]);
  END IF;
END $$;
COMMENT ON FUNCTION match.ask_worker IS 'Asks the worker to act on what clerks decided, unless that waits already.';

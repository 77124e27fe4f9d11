-- Sums of coverage events by the beginning of each month, so that any past day is a month's sums and the events of some days.
-- A back-dated event moves every later month in its own transaction. Kept from the first event's month through the present one.

CREATE OR REPLACE FUNCTION stats.note_months() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Whoever begins a month waits for publications under way, which do not see it yet.
  PERFORM pg_advisory_xact_lock_shared(7240030);
  INSERT INTO stats.coverage_month AS k (month, unit_id, parcels, certificates, holders, backfilled, simulated)
  SELECT m.month::date, f.unit_id, sum(f.parcels), sum(f.certificates), sum(f.holders), bool_or(f.backfilled), bool_or(f.simulated)
  FROM (SELECT min(month) AS first, max(month) AS last FROM stats.coverage_month) kept, fresh f
  CROSS JOIN LATERAL generate_series(greatest(kept.first, (date_trunc('month', f.effective_on) + interval '1 month')::date)::timestamp,
    kept.last::timestamp, interval '1 month') AS m (month)
  GROUP BY 1, 2 ORDER BY 2, 1
  ON CONFLICT (month, unit_id) DO UPDATE SET parcels = k.parcels + excluded.parcels,
    certificates = k.certificates + excluded.certificates, holders = k.holders + excluded.holders,
    backfilled = k.backfilled OR excluded.backfilled, simulated = k.simulated OR excluded.simulated;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION stats.note_months IS 'Moves stats.coverage_month in the transaction that notes coverage events.';

CREATE OR REPLACE TRIGGER months_noted AFTER INSERT ON stats.coverage_event
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION stats.note_months();

CREATE OR REPLACE FUNCTION stats.keep_months() RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  month_ date;
  made integer := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(7240030);
  month_ := (SELECT (max(month) + interval '1 month')::date FROM stats.coverage_month);
  IF month_ IS NULL THEN
    month_ := (SELECT (date_trunc('month', min(effective_on)) + interval '1 month')::date FROM stats.coverage_event);
  END IF;
  WHILE month_ <= (clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date LOOP
    INSERT INTO stats.coverage_month (month, unit_id, parcels, certificates, holders, backfilled, simulated)
    SELECT month_, unit_id, sum(parcels), sum(certificates), sum(holders), bool_or(backfilled), bool_or(simulated)
    FROM (
      SELECT unit_id, parcels, certificates, holders, backfilled, simulated FROM stats.coverage_month
      WHERE month = (month_ - interval '1 month')::date
      UNION ALL
      SELECT unit_id, parcels, certificates, holders, backfilled, simulated FROM stats.coverage_event
      WHERE effective_on >= (month_ - interval '1 month')::date AND effective_on < month_
    ) one GROUP BY unit_id ORDER BY unit_id;
    made := made + 1;
    month_ := (month_ + interval '1 month')::date;
  END LOOP;
  RETURN made;
END $$;
COMMENT ON FUNCTION stats.keep_months IS 'Begins the months that are due; returns how many. Publications wait meanwhile.';

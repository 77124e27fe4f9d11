-- How far every unit is connected, kept beside the counters: look-ups ask it each time, and must not count 3,321 communes.
-- A commune is connected when a commune version with parcels lies in it entirely. Kept for the registers that look-ups
-- ask about: those of the divisions and today's.

CREATE OR REPLACE FUNCTION stats.count_connected() RETURNS void LANGUAGE sql AS $$
  TRUNCATE stats.connected;
  WITH day AS (
    SELECT d.on_date FROM ref.division d UNION SELECT (clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
  ), epoch AS (
    SELECT DISTINCT e.epoch_id FROM ref.epoch e JOIN day
      ON (e.valid_from IS NULL OR e.valid_from <= day.on_date) AND (e.valid_to IS NULL OR day.on_date < e.valid_to)
  ), source AS (
    SELECT p.epoch_id, p.to_unit_id AS unit_id, count(*)::integer AS many
    FROM ref.projection p JOIN stats.coverage_counter c ON c.unit_id = p.from_unit_id AND c.parcels > 0
    WHERE p.extent = 'full' AND p.epoch_id IN (SELECT epoch_id FROM epoch) GROUP BY p.epoch_id, p.to_unit_id
  ), commune AS (
    SELECT r.epoch_id, r.unit_id, r.district_id, r.province_id, coalesce(s.many, 0) AS sources
    FROM ref.register r LEFT JOIN source s USING (epoch_id, unit_id)
    WHERE r.level = 'commune' AND r.epoch_id IN (SELECT epoch_id FROM epoch)
  )
  INSERT INTO stats.connected (epoch_id, unit_id, level, communes, connected, sources)
  SELECT epoch_id, unit_id, 'commune', 1, (sources > 0)::integer, sources FROM commune
  UNION ALL
  SELECT c.epoch_id, upper.unit_id, upper.level, count(*), count(*) FILTER (WHERE c.sources > 0), 0
  FROM commune c CROSS JOIN LATERAL (VALUES (c.district_id, 'district'), (c.province_id, 'province')) upper (unit_id, level)
  WHERE upper.unit_id IS NOT NULL GROUP BY c.epoch_id, upper.unit_id, upper.level
$$;
COMMENT ON FUNCTION stats.count_connected IS 'Counts all of stats.connected anew, after the registers were loaded.';

CREATE OR REPLACE FUNCTION stats.connect() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  flipped integer[];
  signs integer[];
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    PERFORM stats.count_connected();
    RETURN NULL;
  ELSIF TG_OP = 'INSERT' THEN
    SELECT array_agg(n.unit_id), array_agg(1) INTO flipped, signs FROM fresh n WHERE n.parcels > 0;
  ELSIF TG_OP = 'DELETE' THEN
    SELECT array_agg(o.unit_id), array_agg(-1) INTO flipped, signs FROM gone o WHERE o.parcels > 0;
  ELSE
    SELECT array_agg(n.unit_id), array_agg(CASE WHEN n.parcels > 0 THEN 1 ELSE -1 END) INTO flipped, signs
    FROM gone o JOIN fresh n USING (unit_id) WHERE (o.parcels > 0) <> (n.parcels > 0);
  END IF;
  IF flipped IS NULL THEN
    RETURN NULL;
  END IF;
  -- Two publications may connect the same commune of a later register: each waits for the other's row, in one order.
  PERFORM FROM stats.connected c
    WHERE (c.epoch_id, c.unit_id) IN (
      SELECT p.epoch_id, p.to_unit_id FROM ref.projection p
      WHERE p.epoch_id = ANY (ARRAY(SELECT DISTINCT k.epoch_id FROM stats.connected k))
        AND p.from_unit_id = ANY (flipped) AND p.extent = 'full')
    ORDER BY c.epoch_id, c.unit_id FOR UPDATE;
  WITH change AS (
    SELECT p.epoch_id, p.to_unit_id AS unit_id, sum(one.sign)::integer AS by
    FROM unnest(flipped, signs) AS one (unit_id, sign) JOIN ref.projection p ON p.from_unit_id = one.unit_id AND p.extent = 'full'
    WHERE p.epoch_id = ANY (ARRAY(SELECT DISTINCT k.epoch_id FROM stats.connected k)) GROUP BY p.epoch_id, p.to_unit_id
  ), moved AS (
    UPDATE stats.connected c SET sources = c.sources + d.by, connected = (c.sources + d.by > 0)::integer
    FROM change d WHERE c.epoch_id = d.epoch_id AND c.unit_id = d.unit_id
    RETURNING c.epoch_id, c.unit_id, (c.sources > 0)::integer - (c.sources - d.by > 0)::integer AS by
  ), above AS (
    SELECT m.epoch_id, upper.unit_id, sum(m.by)::integer AS by
    FROM moved m JOIN ref.register r USING (epoch_id, unit_id)
      CROSS JOIN LATERAL (VALUES (r.district_id), (r.province_id)) upper (unit_id)
    WHERE m.by <> 0 AND upper.unit_id IS NOT NULL GROUP BY m.epoch_id, upper.unit_id
  )
  UPDATE stats.connected c SET connected = c.connected + a.by FROM above a
  WHERE c.epoch_id = a.epoch_id AND c.unit_id = a.unit_id;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION stats.connect IS 'Moves stats.connected in the transaction that moves the counters.';

CREATE OR REPLACE TRIGGER connect_new AFTER INSERT ON stats.coverage_counter
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION stats.connect();
CREATE OR REPLACE TRIGGER connect_changed AFTER UPDATE ON stats.coverage_counter
  REFERENCING OLD TABLE AS gone NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION stats.connect();
CREATE OR REPLACE TRIGGER connect_gone AFTER DELETE ON stats.coverage_counter
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION stats.connect();
CREATE OR REPLACE TRIGGER connect_emptied AFTER TRUNCATE ON stats.coverage_counter
  FOR EACH STATEMENT EXECUTE FUNCTION stats.connect();

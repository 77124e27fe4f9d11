-- How often records of a commune answered a look-up: the log names the records it gave, and nothing about anyone leaves here.

CREATE OR REPLACE FUNCTION audit.look_ups_by_commune(since date) RETURNS TABLE (unit_id integer, day date, look_ups integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT r.commune_id, (e.at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date, count(DISTINCT e.access_id)::integer
    FROM audit.access_event e CROSS JOIN LATERAL unnest(e.record_versions) AS given (record_id)
    JOIN land.record r ON r.record_id = given.record_id::bigint
    WHERE e.status = 'FOUND' AND e.at >= since::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh'
    GROUP BY 1, 2;
END $$;
COMMENT ON FUNCTION audit.look_ups_by_commune IS 'Look-ups answered with records of each commune, day by day since one; counts alone.';
REVOKE ALL ON FUNCTION audit.look_ups_by_commune(date) FROM PUBLIC;

-- function_reports: lets the service ask the worker for reports, and for nothing else.

CREATE OR REPLACE FUNCTION stats.ask_reporter() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
-- The job engine's own functions name their tables plainly; nobody but the owner makes anything in public.
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  -- Two transactions that both see no such job would both add one: the second waits for the first to end.
  PERFORM pg_advisory_xact_lock(hashtextextended('reports', 0));
  IF NOT EXISTS (SELECT FROM procrastinate_jobs j WHERE j.queueing_lock = 'reports' AND j.status = 'todo') THEN
    PERFORM procrastinate_defer_jobs_v1(ARRAY[ROW('default', 'reports', 0, 'reports', 'reports', '{}'::jsonb,
      NULL)::procrastinate_job_to_defer_v1]);
  END IF;
END $$;
COMMENT ON FUNCTION stats.ask_reporter IS 'Asks the worker to make the reports that wait, unless that waits already.';

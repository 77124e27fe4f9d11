-- coverage_ladder_written: whether a transaction is at work on one of those tables. It holds the lock before it draws its first
-- number and until its rows can be seen.
SELECT EXISTS (
  SELECT FROM pg_locks l WHERE l.locktype = 'relation' AND l.mode = 'RowExclusiveLock'
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND l.relation IN ('stats.delivery_event'::regclass, 'stats.matching_quality'::regclass, 'stats.commune_quality'::regclass,
                       'stats.commune_use'::regclass))

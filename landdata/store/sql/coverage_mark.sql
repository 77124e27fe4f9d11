-- coverage_mark: from which day on something was published since a snapshot, and what else figures rest on: open deliveries,
-- reference files, the rules of coverage, what was set right after a recount. :since a snapshot or null. A delivery leaves the open ones once and for all; a withdrawal is a publication.
SELECT (SELECT min(p.effective_on) FROM land.publication p
        WHERE p.tx >= pg_snapshot_xmin(CAST(:since AS pg_snapshot))::text::bigint
          AND p.tx < pg_snapshot_xmax(pg_current_snapshot())::text::bigint  -- a restored dump holds numbers of another server
          AND NOT pg_visible_in_snapshot(p.tx::text::xid8, CAST(:since AS pg_snapshot))) AS changed_from,
       coalesce((SELECT max(delivery_id) FROM intake.delivery), 0) AS delivery_id,
       (SELECT coalesce(string_agg(delivery_id::text, ' ' ORDER BY delivery_id), '') FROM intake.delivery
        WHERE state IN ('RECEIVED', 'READ', 'CHECKED', 'WAITING')) AS open_deliveries,
       (SELECT max(loaded_at) FROM ref.reference_load) AS loaded_at,
       coalesce((SELECT max(rule_id) FROM stats.coverage_rule), 0) AS rule_id,
       coalesce((SELECT max(mend_id) FROM stats.mend), 0) AS mend_id,
       pg_current_snapshot()::text AS snapshot

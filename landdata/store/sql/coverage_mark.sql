-- coverage_mark: how far publications, deliveries and reference files have come, and which transactions still write.
-- A delivery leaves the open ones once and for all; a withdrawal is a publication of its own.
SELECT coalesce((SELECT max(publication_id) FROM land.publication), 0) AS publication_id,
       coalesce((SELECT max(delivery_id) FROM intake.delivery), 0) AS delivery_id,
       (SELECT count(*) FROM intake.delivery WHERE state IN ('RECEIVED', 'READ', 'CHECKED', 'WAITING')) AS open_deliveries,
       (SELECT max(loaded_at) FROM ref.reference_load) AS loaded_at,
       pg_snapshot_xmin(now.snapshot)::text::bigint AS oldest, pg_snapshot_xmax(now.snapshot)::text::bigint AS next
FROM (SELECT pg_current_snapshot() AS snapshot) now

-- coverage_ladder_mark: the last row of each table that rungs of the ladder rest on and that no publication tells of.
SELECT coalesce((SELECT max(event_id) FROM stats.delivery_event), 0), coalesce((SELECT max(quality_id) FROM stats.matching_quality), 0),
       coalesce((SELECT max(quality_id) FROM stats.commune_quality), 0), coalesce((SELECT max(use_id) FROM stats.commune_use), 0)

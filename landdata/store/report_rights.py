"""What each role may do with reports, and what the worker has to read for one; a part of the table in `rights.py`."""

from __future__ import annotations

from collections.abc import Mapping

from landdata.store.indicator_rights import INDICATORS

ASKER: Mapping[str, str] = {
    "stats.report": (
        "SELECT, INSERT (kind, period_from, effective_on, known_at, division, before_on, before_known_at, before_division, "
        "against, person_id)"
    ),
    "stats.report_made": "SELECT",
    "stats.report_file": "SELECT",
    "stats.ask_reporter()": "EXECUTE",
}
READER: Mapping[str, str] = {
    "stats.report": "SELECT",
    "stats.report_made": "SELECT",
    "stats.report_file": "SELECT",
    "sync.run": "SELECT (run_id, job, subject, stage, stage_done, stage_total, expected_at)",
    "sync.step": "SELECT (run_id, name, done_at)",
}
MAKER: Mapping[str, str] = {
    "stats.report": "SELECT, INSERT",
    "stats.report_made": "SELECT, INSERT",
    "stats.report_file": "SELECT, INSERT",
    "stats.rung": "SELECT",
    "stats.coverage_rule": "SELECT",
    "stats.coverage_event": "SELECT, INSERT",
    "stats.delivery_event": "SELECT, INSERT",
    **INDICATORS,
}

"""Rights on the tables of indicators, taken in by `rights.py`: who looks at figures, and who takes tables of them in."""

from __future__ import annotations

from collections.abc import Mapping

# No row names a person but by number.
INDICATORS: Mapping[str, str] = dict.fromkeys(
    ("stats.letter", "stats.indicator", "stats.indicator_state", "stats.indicator_upload", "stats.indicator_value"),
    "SELECT",
)
# Versions are only added, and by the database's own clock.
INDICATORS_IN: Mapping[str, str] = {
    **INDICATORS,
    "stats.indicator_upload": (
        "SELECT, INSERT (code, on_date, exact, source, file_name, sha256, content, person_id, reason), "
        "UPDATE (reason, recorded_at), DELETE"
    ),
    "stats.indicator_value": (
        "SELECT, INSERT (code, upload_id, row_no, subject_kind, subject, subject_key, unit_id, level, on_date, exact, "
        "done, total, remaining, state, due_from, due_on, due_text, reached_on, lead, note, listed, version, replaces_id)"
    ),
}

"""Figures of indicators as CSV: a row for each subject and level; a count that is only bounded has two columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from landdata.model.cells import harmless_row
from landdata.model.indicators import Count, Figure, Figures

HEAD = (
    "effective_on", "known_at", "division", "indicator", "subject_kind", "unit_code", "subject", "level", "basis",
    "on_date",
    "exact", "done_at_least", "done_at_most", "total_at_least", "total_at_most", "share", "target_share", "state",
    "states", "reached", "reached_on", "due", "due_on", "timing", "days_late", "parts", "parts_known", "listed", "lead",
    "flags",
    "version", "source", "note",
)  # fmt: skip


def of_figures(found: Figures) -> str:
    """A row for each figure; what is not known is empty, not zero."""
    return table(HEAD, (_row(found, one) for one in found.figures))


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Rows as CSV that no spreadsheet program runs."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(map(harmless_row, rows))
    return text.getvalue()


def _row(found: Figures, one: Figure) -> tuple[object, ...]:
    target = found.indicator.target_share
    return (
        found.effective_on, found.known_at.isoformat() if found.known_at else "", found.division or "",
        found.indicator.code, one.subject_kind, one.unit_code or "", one.subject, one.level, one.basis,
        one.on_date or "", _word(one.exact), *_ends(one.done), *_ends(one.total),
        "" if one.share is None else f"{one.share:.4f}", "" if target is None else f"{float(target):g}", one.state or "",
        ";".join(f"{state}:{count}" for state, count in one.states.items()), _word(one.reached), one.reached_on or "",
        one.due_text, one.due_on or "", one.timing, one.days_late or "", one.parts, one.parts_known, _word(one.listed),
        one.lead, ";".join(flag.code for flag in one.flags), one.version, one.source, one.note,
    )  # fmt: skip


def _ends(count: Count | None) -> tuple[object, object]:
    if count is None:
        return "", ""
    return count.at_least, "" if count.at_most is None else count.at_most


def _word(value: bool | None) -> str:
    return "" if value is None else "yes" if value else "no"

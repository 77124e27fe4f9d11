"""Figures of matching as CSV: a row for each unit, everything in columns, reasons and signs as `CODE=count` joined by `;`."""

from __future__ import annotations

import csv
import io

from landdata.model.cells import harmless_row
from landdata.model.matching_quality import QualityList, UnitQuality

HEAD = (
    "on", "since", "division", "level", "code", "unit", "claims", "verified", "mismatch", "not_found", "incomplete",
    "ambiguous", "pending", "left_out", "match_rate", "match_rate_before", "change", "deviations", "drift", "reasons",
    "signs",
)  # fmt: skip


def as_csv(found: QualityList) -> str:
    """The whole list, with a header; shares of one, with four digits; signs as `CODE=found/of`."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEAD)
    writer.writerows(harmless_row(_row(found, one)) for one in found.units)
    return text.getvalue()


def _row(found: QualityList, one: UnitQuality) -> list[object]:
    now, before, change = one.now, one.before, one.change
    counts = [now.claims, now.verified, now.mismatch, now.not_found, now.incomplete, now.ambiguous, now.pending]
    return [
        found.on, found.since or "", found.division, one.level, one.code, one.full_name_vi, *counts, now.left_out,
        _share(now.rate), _share(before.rate if before else None),
        _share(change.rate if change else None), f"{change.deviations:.2f}" if change else "",
        change.drift if change else "",
        ";".join(f"{code}={many}" for code, many in now.reasons.items()),
        ";".join(f"{code}={seen.found}/{seen.of}" for code, seen in now.signs.items()),
    ]  # fmt: skip


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"

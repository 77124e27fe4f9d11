"""Figures of coverage as CSV: a row for each unit, rung or day; a count that is only bounded has two columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from landdata.model.cells import harmless_row
from landdata.model.coverage import Bounded, Coverage, LevelCoverage, UnitCoverage
from landdata.model.ladder import Ladder, RungFigure
from landdata.model.series import Series
from landdata.model.units import Level

Cells = Sequence[object]
_AMOUNTS = ("parcels", "certificates", "holders")


def _two(*names: str) -> tuple[str, ...]:
    return tuple(f"{name}_{end}" for name in names for end in ("at_least", "at_most"))


_LEVELS = tuple(column for level in Level for column in (*_two(f"{level}s_connected"), f"{level}s_total"))
_RUNG_LEVELS = tuple(column for level in Level for column in (*_two(f"{level}s"), f"{level}s_total"))
SUMMARY = ("on", "division", "rule", "level", *_two("connected"), "total")
UNITS = (
    "on", "division", "rule", "level", "code", "unit", *_two("connected", "districts_connected"), "districts_total",
    *_two("communes_connected"), "communes_total", *_two(*_AMOUNTS), "refused_share", "last_effective_on",
)  # fmt: skip
LADDER = (
    "on", "division", "level", "code", "unit", "rung", "rule", "basis", *_two("stands"), *_RUNG_LEVELS, "communes_based",
    "numerator", "denominator", "share", *_two(*_AMOUNTS),
)  # fmt: skip
# A published figure is a row of its own kind and never stands in a counted one's columns by mistake: `kind` says which.
SERIES = (
    "kind", "on", "unit", "division_begins", "rule", *_LEVELS, *_two(*_AMOUNTS), "parcels_million", "dated", "source",
    "note",
)  # fmt: skip


def of_summary(found: Coverage) -> str:
    """A row for each level, then one for each of parcels, certificates, holders, which are exact and of no total."""
    told = (found.on, found.division, found.rule)
    amounts = ((name, count, count, "") for name in _AMOUNTS if (count := getattr(found, name)) is not None)
    levels = ((one.level, *_ends(one.connected), one.total) for one in found.levels)
    return _table(SUMMARY, ((*told, *row) for row in (*levels, *amounts)))


def of_units(whole: Coverage, units: Iterable[UnitCoverage]) -> str:
    """A row for each unit."""
    return _table(
        UNITS,
        (
            (
                whole.on, whole.division, whole.rule, one.level, one.code, one.full_name_vi, *_ends(one.connected),
                *_ends(one.districts_connected), one.districts_total, *_ends(one.communes_connected), one.communes_total,
                *_amounts(one), _share(one.refused_share), one.last_effective_on or "",
            )
            for one in units
        ),
    )  # fmt: skip


def of_ladder(found: Ladder) -> str:
    """A row for each unit and rung; without a basis its counts are empty, not zero."""
    return _table(
        LADDER,
        (
            (found.on, found.division, one.level, one.code, one.full_name_vi, *_rung(figure))
            for one in found.units
            for figure in one.rungs
        ),
    )


def of_series(found: Series) -> str:
    """Rows of kind `counted` day by day, with the division that begins there, and after them those of kind `published`."""
    begins = {one.on: one.division for one in found.breaks}
    rows: list[Cells] = []
    before = found.first
    for point in found.points:
        new = next((code for day, code in begins.items() if before < day <= point.on), "")
        rows.append(
            ("counted", point.on, found.unit, new, point.rule, *_levels(point.levels), *_amounts(point), "", "", "", "")
        )
        before = point.on
    for told in found.published:
        pairs = (told.provinces, told.districts, told.communes)
        counts = ["" if one is None else one for done, total in pairs for one in (done, done, total)]
        empty = [""] * (2 * len(_AMOUNTS))
        rows.append(
            (
                "published",
                told.on,
                found.unit,
                "",
                "",
                *counts,
                *empty,
                told.parcels_million,
                told.dated,
                told.source,
                told.note,
            )
        )
    return _table(SERIES, rows)


def _rung(figure: RungFigure) -> Cells:
    basis = bool(figure.levels) or figure.stands is not None
    amounts = _amounts(figure) if basis else [""] * (2 * len(_AMOUNTS))
    return (
        figure.rung, figure.rule, "yes" if basis else "no", *(_ends(figure.stands) if figure.stands else ("", "")),
        *_levels(figure.levels), figure.based, *("" if one is None else one for one in (figure.numerator, figure.denominator)),
        _share(figure.share), *amounts,
    )  # fmt: skip


def _levels(levels: Iterable[LevelCoverage]) -> list[object]:
    by_level = {one.level: (*_ends(one.connected), one.total) for one in levels}
    return [cell for level in Level for cell in by_level.get(level, ("", "", ""))]


def _amounts(one: object) -> list[object]:
    return [end for name in _AMOUNTS for end in _ends(getattr(one, name))]


def _ends(count: Bounded) -> tuple[int, int]:
    return count.at_least, count.at_most


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _table(head: Sequence[str], rows: Iterable[Cells]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(map(harmless_row, rows))
    return text.getvalue()

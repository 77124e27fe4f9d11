"""How matching goes, unit by unit, ready for the templates: rates, reasons, drift since another day; no HTML."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from api.web.i18n import Words, fold
from api.web.regions import REGIONS, Region, region_of
from api.web.rows import NO_DATA
from landdata.flows import matching_quality
from landdata.matching.reasons import SENTENCES, Reason
from landdata.model.matching_quality import SIGNS, Change, Quality, Seen, UnitQuality, change
from landdata.model.units import Level

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

    from api.web.atlas import Atlas
    from api.web.observatory import Asked
    from api.web.state import State
    from landdata.model.coverage import Coverage, Place, UnitCoverage
    from landdata.store.engine import Database
    from landdata.writing.outlines import ProvinceMap

BREAKS = (50, 65, 80, 90)  # percent of the settled claims
MOST_REASONS = 8
_COUNTS = ("claims", "verified", "mismatch", "not_found", "incomplete", "ambiguous", "pending", "left_out")


@dataclass(frozen=True, slots=True)
class QualityRow:
    """One unit; shares and differences are percentages, 0..100."""

    unit: UnitQuality
    region: Region | None

    @property
    def rate(self) -> float | None:
        return None if self.unit.now.rate is None else 100 * self.unit.now.rate

    @property
    def points(self) -> float | None:
        return 100 * self.unit.change.rate if self.unit.change else None

    @property
    def drift(self) -> str:
        """`up`, `down`, `steady`; `none` where one of the days has no figure."""
        return self.unit.change.drift.value.lower() if self.unit.change else "none"

    @property
    def reason(self) -> str:
        """The most frequent code, or nothing."""
        return next(iter(self.unit.now.reasons), "")

    @property
    def step(self) -> str:
        return NO_DATA if self.rate is None else str(sum(self.rate >= one for one in BREAKS))


@dataclass(frozen=True, slots=True)
class Listed:
    """A province on the map."""

    code: str
    name_vi: str
    row: QualityRow | None


@dataclass(frozen=True)
class QualityPage:
    """Everything the page shows, read once. `total` and `before` are of all units listed."""

    state: State
    since: date
    place: Place | None
    level: Level
    coverage: Coverage
    rows: tuple[QualityRow, ...]
    total: Quality
    before: Quality
    provinces: tuple[UnitCoverage, ...]
    map: ProvinceMap | None
    simulated: bool

    @property
    def change(self) -> Change | None:
        return change(self.total, self.before)

    @cached_property
    def shown(self) -> tuple[QualityRow, ...]:
        """The units that pass the filter, in the order asked."""
        state = self.state
        wanted = fold(state.text)
        kept = [
            row
            for row in self.rows
            if (wanted in fold(row.unit.full_name_vi) or wanted == row.unit.code)
            and (not state.region or (row.region and row.region.key == state.region))
            and (not state.status or row.drift == state.status)
        ]
        kept.sort(key=lambda row: fold(row.unit.name_vi))
        if state.sort != "tinh" or state.descending:
            kept.sort(key=_SORTS[state.sort], reverse=state.descending)
        return tuple(kept)

    @cached_property
    def by_code(self) -> dict[str, QualityRow]:
        return {row.unit.code: row for row in self.rows}

    @property
    def listed(self) -> dict[str, Listed]:
        """Every province on the map, with its row where it has figures."""
        return {one.code: Listed(one.code, one.name_vi, self.by_code.get(one.code)) for one in self.provinces}

    @property
    def regions(self) -> tuple[Region, ...]:
        return () if self.place else REGIONS.get(self.state.division, ())

    def with_drift(self, drift: str) -> tuple[QualityRow, ...]:
        found = [row for row in self.rows if row.drift == drift]
        return tuple(sorted(found, key=lambda row: -abs(row.points or 0)))

    @cached_property
    def steps(self) -> dict[str, int]:
        found = [row.step for row in self.rows]
        return {step: found.count(step) for step in (*"01234", NO_DATA)}

    def step_of(self, code: str) -> str:
        return self.by_code[code].step if code in self.by_code else NO_DATA

    @property
    def reasons(self) -> tuple[tuple[str, int], ...]:
        """The most frequent codes with how many claims have them."""
        return tuple(self.total.reasons.items())[:MOST_REASONS]

    @property
    def signs(self) -> tuple[tuple[Words, Seen], ...]:
        """Signs of invented data with how often each was found; a reason to look, no proof."""
        return tuple(
            (Words(sign.vi, sign.en), self.total.signs[code])
            for code, sign in SIGNS.items()
            if code in self.total.signs
        )


def quality(
    asked: Asked, db: Database, state: State, since: date, *, atlas: Atlas | None, simulated: bool
) -> QualityPage:
    """Asks how matching stood on both days. Raises UnknownUnit."""
    division = state.division
    place = asked.place(code=state.place, on=state.on, division=division) if state.place else None
    level = place.below if place else Level.PROVINCE
    found = matching_quality.units(
        db, on=state.on, since=since, level=level, division=division, parent=place.unit.code if place else None
    )
    coverage = asked.national(on=state.on, division=division)
    return QualityPage(
        state=state,
        since=since,
        place=place,
        level=level,
        coverage=coverage,
        rows=tuple(QualityRow(one, None if place else region_of(division, one.code)) for one in found.units),
        total=together(one.now for one in found.units),
        before=together(one.before or Quality() for one in found.units),
        provinces=asked.units(on=state.on, level=Level.PROVINCE, division=division, parent=None) if atlas else (),
        map=atlas.country if atlas and not place else None,
        simulated=simulated or coverage.simulated,
    )


def together(parts: Iterable[Quality]) -> Quality:
    """The sum of several units, the most frequent reason first."""
    parts = list(parts)
    reasons: dict[str, int] = {}
    signs: dict[str, Seen] = {}
    for part in parts:
        for code, many in part.reasons.items():
            reasons[code] = reasons.get(code, 0) + many
        for code, seen in part.signs.items():
            before = signs.get(code, Seen(0, 0))
            signs[code] = Seen(before.found + seen.found, before.of + seen.of)
    return Quality(
        **{name: sum(getattr(part, name) for part in parts) for name in _COUNTS},
        reasons=dict(sorted(reasons.items(), key=lambda one: (-one[1], one[0]))),
        signs=signs,
    )


def reason_words(code: str) -> Words:
    """The sentence of a reason; the code itself for one this build does not know."""
    sentence = SENTENCES.get(Reason[code]) if code in Reason.__members__ else None
    return Words(sentence.vi, sentence.en) if sentence else Words(code, code)


_SORTS: dict[str, Callable[[QualityRow], float | str]] = {
    "xa": lambda row: -1.0 if row.rate is None else row.rate,
    "tinh": lambda row: fold(row.unit.name_vi),
    "so": lambda row: row.unit.now.settled,
    "doi": lambda row: -1000.0 if row.points is None else row.points,
}

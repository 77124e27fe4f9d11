"""Two days side by side, both told in one register: what was gained and lost, unit by unit; no HTML."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from api.web.dashboard import Tile, national_tiles
from api.web.i18n import fold
from api.web.regions import REGIONS, Region
from api.web.rows import NO_DATA, Row, ranked, share
from landdata.model.units import Level

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from api.web.atlas import Atlas
    from api.web.observatory import Asked
    from api.web.state import State
    from landdata.model.coverage import Coverage, UnitCoverage
    from landdata.writing.outlines import ProvinceMap

BREAKS = (5, 15, 30, 50)  # percentage points of a province's communes
LOST = "x"


@dataclass(frozen=True, slots=True)
class Gain:
    """A province on both days. Differences are of what is certain."""

    now: Row
    before: UnitCoverage

    @property
    def communes(self) -> int:
        return self.now.unit.communes_connected.at_least - self.before.communes_connected.at_least

    @property
    def points(self) -> float:
        """Percentage points of the province's communes."""
        return share(self.communes, self.now.unit.communes_total)

    @property
    def parcels(self) -> int:
        return self.now.unit.parcels.at_least - self.before.parcels.at_least

    @property
    def certificates(self) -> int:
        return self.now.unit.certificates.at_least - self.before.certificates.at_least

    @property
    def low(self) -> float:
        return share(self.before.communes_connected.at_least, self.before.communes_total)

    @property
    def kind(self) -> str:
        """`new`: connected only on the later day; `up`, `down`: more or fewer communes; else `same`."""
        if self.now.unit.connected.at_least and not self.before.connected.at_most:
            return "new"
        return "up" if self.communes > 0 else "down" if self.communes < 0 else "same"

    @property
    def step(self) -> str:
        """The class of the map: `0` to `4` by percentage points, `n` for no change, `x` for a loss."""
        if self.communes <= 0:
            return LOST if self.communes else NO_DATA
        return str(sum(self.points >= one for one in BREAKS))


@dataclass(frozen=True, slots=True)
class RegionGain:
    """Communes of one region on both days, certain ones; shares are percentages."""

    region: Region
    communes: int
    low: float
    now: float


@dataclass(frozen=True)
class Comparison:
    """Everything the page shows, read once. `since` is the earlier day."""

    state: State
    since: date
    coverage: Coverage
    before: Coverage
    gains: tuple[Gain, ...]
    map: ProvinceMap | None
    today: date
    simulated: bool

    @property
    def level(self) -> Level:
        return Level.PROVINCE

    @cached_property
    def tiles(self) -> tuple[Tile, ...]:
        return national_tiles(self.coverage, self.before)

    @cached_property
    def shown(self) -> tuple[Gain, ...]:
        """The provinces that pass the filter, in the order asked."""
        state = self.state
        wanted = fold(state.text)
        kept = [
            one
            for one in self.gains
            if one.now.named(wanted)
            and (not state.region or (one.now.region and one.now.region.key == state.region))
            and (not state.status or self.has(one, state.status))
        ]
        kept.sort(key=lambda one: one.now.unit.name_ascii.casefold())
        if state.sort != "tinh" or state.descending:
            kept.sort(key=_SORTS[state.sort], reverse=state.descending)
        return tuple(kept)

    @cached_property
    def by_code(self) -> dict[str, Gain]:
        return {one.now.unit.code: one for one in self.gains}

    @property
    def regions(self) -> tuple[Region, ...]:
        return REGIONS.get(self.state.division, ())

    @cached_property
    def region_gains(self) -> tuple[RegionGain, ...]:
        found = []
        for region in self.regions:
            members = [one for one in self.gains if one.now.region is region]
            total = sum(one.now.unit.communes_total for one in members)
            before = sum(one.before.communes_connected.at_least for one in members)
            now = sum(one.now.unit.communes_connected.at_least for one in members)
            found.append(RegionGain(region, now - before, share(before, total), share(now, total)))
        return tuple(found)

    @staticmethod
    def has(one: Gain, status: str) -> bool:
        return one.kind == status or (status == "up" and one.kind == "new")

    def with_status(self, status: str) -> tuple[Gain, ...]:
        found = [one for one in self.gains if self.has(one, status)]
        return tuple(sorted(found, key=lambda one: -abs(one.communes)))

    @cached_property
    def steps(self) -> dict[str, int]:
        found = [one.step for one in self.gains]
        return {step: found.count(step) for step in (*"01234", NO_DATA, LOST)}

    def step_of(self, code: str) -> str:
        return self.by_code[code].step if code in self.by_code else NO_DATA

    @property
    def bounded(self) -> bool:
        return any(not tile.value.exact or not tile.before.exact for tile in self.tiles)


def compare(
    asked: Asked, state: State, since: date, *, today: date, atlas: Atlas | None, simulated: bool
) -> Comparison:
    """Asks the observatory about both days, in the register of one named division: only then do differences mean growth."""
    division = state.division

    def units(on: date) -> tuple[UnitCoverage, ...]:
        return asked.units(on=on, level=Level.PROVINCE, division=division, parent=None)

    before = {one.code: one for one in units(since)}
    now = ranked(units(state.on), division, state.on)
    coverage = asked.national(on=state.on, division=division)
    return Comparison(
        state=state,
        since=since,
        coverage=coverage,
        before=asked.national(on=since, division=division),
        gains=tuple(Gain(row, before[row.unit.code]) for row in now),
        map=atlas.country if atlas else None,
        today=today,
        simulated=simulated or coverage.simulated,
    )


_SORTS: dict[str, Callable[[Gain], float | str]] = {
    "xa": lambda one: one.communes,
    "tinh": lambda one: one.now.unit.name_ascii.casefold(),
    "thua": lambda one: one.parcels,
    "gcn": lambda one: one.certificates,
}

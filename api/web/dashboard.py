"""The figures of one page, ready for the templates: tiles, rows, regions, map classes, attention; no HTML."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from api.web.i18n import fold
from api.web.regions import REGIONS, Region
from api.web.rows import NO_DATA, SORTS, Row, ranked, share
from api.web.state import division_on
from api.web.trend import Trend, month_before, trend, window
from landdata.model.coverage import Bounded, LevelCoverage, SeriesPoint
from landdata.model.units import Level

if TYPE_CHECKING:
    from datetime import date

    from api.web.atlas import Atlas, Neighbourhood
    from api.web.observatory import Asked
    from api.web.state import State
    from landdata.model.coverage import Coverage, Place, UnitCoverage
    from landdata.writing.outlines import ProvinceMap


@dataclass(frozen=True, slots=True)
class Tile:
    """A key figure; `before` is the same figure earlier, in the same division."""

    key: str
    value: Bounded
    before: Bounded
    total: int | None = None

    @property
    def low(self) -> float:
        return share(self.value.at_least, self.total or 0)

    @property
    def high(self) -> float:
        return share(self.value.at_most, self.total or 0)


@dataclass(frozen=True, slots=True)
class RegionBar:
    """Communes connected in one region, as percentages."""

    region: Region
    low: float
    high: float


@dataclass(frozen=True)
class Dashboard:
    """Everything one page shows, read once; the templates only place it.

    `place` and `unit` (its figures) are None for the country.
    """

    state: State
    place: Place | None
    coverage: Coverage
    before_on: date
    tiles: tuple[Tile, ...]
    unit: UnitCoverage | None
    rows: tuple[Row, ...]  # all units below, by rank
    level: Level  # of the rows
    map: ProvinceMap | None
    around: Neighbourhood | None
    trend: Trend | None
    today: date
    simulated: bool

    @cached_property
    def shown(self) -> tuple[Row, ...]:
        """The rows that pass the filter, in the order asked."""
        state = self.state
        wanted = fold(state.text)
        kept = [
            row
            for row in self.rows
            if row.named(wanted)
            and (not state.region or (row.region and row.region.key == state.region))
            and (not state.status or row.has(state.status))
        ]
        # Two stable sorts: equal rows stay in alphabetical order whichever way the column runs.
        kept.sort(key=lambda row: row.unit.name_ascii.casefold())
        if state.sort != "tinh" or state.descending:
            kept.sort(key=SORTS[state.sort], reverse=state.descending)
        return tuple(kept)

    @cached_property
    def shown_codes(self) -> frozenset[str]:
        return frozenset(row.unit.code for row in self.shown)

    @cached_property
    def by_code(self) -> dict[str, Row]:
        return {row.unit.code: row for row in self.rows}

    @cached_property
    def in_code_order(self) -> tuple[Row, ...]:
        """For the grid of squares: a unit keeps its square whichever day is shown, and neighbours are often near."""
        return tuple(sorted(self.rows, key=lambda row: row.unit.code))

    @property
    def regions(self) -> tuple[Region, ...]:
        return () if self.place else REGIONS.get(self.state.division, ())

    @cached_property
    def region_bars(self) -> tuple[RegionBar, ...]:
        bars = []
        for region in self.regions:
            members = [row.unit for row in self.rows if row.region is region]
            total = sum(unit.communes_total for unit in members)
            low = sum(unit.communes_connected.at_least for unit in members)
            high = sum(unit.communes_connected.at_most for unit in members)
            bars.append(RegionBar(region, share(low, total), share(high, total)))
        return tuple(bars)

    def step_of(self, code: str) -> str:
        row = self.by_code.get(code)
        return row.step(self.state.metric) if row else NO_DATA

    @cached_property
    def steps(self) -> dict[str, int]:
        """How many units fall in each class of the map."""
        found = [row.step(self.state.metric) for row in self.rows]
        return {step: found.count(step) for step in (*"01234", NO_DATA)}

    def with_status(self, status: str) -> tuple[Row, ...]:
        """The units of an attention card, the worst first."""
        rows = [row for row in self.rows if row.has(status)]
        if status == "err":
            rows.sort(key=lambda row: -(row.refused or 0))
        elif status == "low":
            rows.sort(key=lambda row: row.high)
        elif status == "old":
            rows.sort(key=lambda row: (row.unit.last_effective_on or row.on, row.unit.name_ascii.casefold()))
        else:
            rows.sort(key=lambda row: row.unit.name_ascii.casefold())
        return tuple(rows)

    @property
    def before_division(self) -> str:
        """The division asked for when `before_on` is told as the day shown is; none where each is told in its own."""
        same = division_on(self.before_on) == self.state.division
        return self.state.asked_division or ("" if same else self.state.division)

    @property
    def alarms(self) -> tuple[str, ...]:
        """Which attention cards there are at this level."""
        if self.level is Level.PROVINCE:
            return ("none", "low", "err")
        return ("none", "low", "old") if self.level is Level.DISTRICT else ("none", "unsure", "old")

    @property
    def holders(self) -> Bounded:
        return self.unit.holders if self.unit else exact(self.coverage.holders)

    @property
    def bounded(self) -> bool:
        """Whether any figure of the page is only certain to lie between two numbers."""
        return any(not tile.value.exact for tile in self.tiles)


def gather(
    asked: Asked, state: State, *, today: date, latest: date | None, atlas: Atlas | None, whole: bool, simulated: bool
) -> Dashboard:
    """Asks the observatory for one page; without `whole` only for what the table needs. Raises UnknownUnit."""
    on, division = state.on, state.division
    # No division asks for the register of the very day: 10,595 communes in 2024, not the 10,599 of 2023.
    named = state.asked_division or None
    coverage = asked.national(on=on, division=named)
    place = asked.place(code=state.place, on=on, division=named) if state.place else None
    level = place.below if place else Level.PROVINCE
    units = asked.units(on=on, level=level, division=named, parent=place.unit.code if place else None)
    unit = _unit(asked, place, on, named) if place else None
    earlier = month_before(on)
    tiles: tuple[Tile, ...] = ()
    chart = None
    if whole:
        same = named or (None if division_on(earlier) == division else division)
        span = window(on, latest, today)
        if place and unit:
            before = _unit(asked, place, earlier, same)
            points = asked.unit_points(place.unit.code, span.days, division=named)
            tiles, now = place_tiles(unit, before or unit), _unit_point(unit, place, on)
        else:
            points = asked.points(span.days, division=named)
            tiles, now = national_tiles(coverage, asked.national(on=earlier, division=same)), point_of(coverage)
        chart = trend(points, now, latest)
    return Dashboard(
        state=state,
        place=place,
        coverage=coverage,
        before_on=earlier,
        tiles=tiles,
        unit=unit,
        rows=ranked(units, division, on),
        level=level,
        map=atlas.country if atlas and whole and not place else None,
        around=atlas.around(province_code(place)) if atlas and whole and place else None,
        trend=chart,
        today=today,
        simulated=simulated or coverage.simulated,
    )


def province_code(place: Place) -> str:
    """The province a place is or lies in."""
    return place.above.code if place.above else place.unit.code


def national_tiles(now: Coverage, before: Coverage) -> tuple[Tile, ...]:
    """Provinces, districts where there are any, communes, certificates where there are none, parcels."""
    tiles = []
    for level in now.levels:
        earlier = before.level(level.level)
        base = earlier.connected if earlier else level.connected
        tiles.append(Tile(level.level.value, level.connected, base, level.total))
    if len(tiles) < 3:  # without districts their place goes to the certificates
        tiles.append(Tile("certificates", exact(now.certificates), exact(before.certificates)))
    return (*tiles, Tile("parcels", exact(now.parcels), exact(before.parcels)))


def place_tiles(now: UnitCoverage, before: UnitCoverage) -> tuple[Tile, ...]:
    """Four figures of one unit: districts where it has any, communes, certificates, parcels, and holders at need."""
    tiles = []
    if now.districts_total and now.level is Level.PROVINCE:
        tiles.append(Tile("district", now.districts_connected, before.districts_connected, now.districts_total))
    tiles.append(Tile("commune", now.communes_connected, before.communes_connected, now.communes_total))
    tiles.append(Tile("certificates", now.certificates, before.certificates))
    if len(tiles) < 3:
        tiles.append(Tile("holders", now.holders, before.holders))
    return (*tiles, Tile("parcels", now.parcels, before.parcels))


def exact(value: int) -> Bounded:
    return Bounded(value, value)


def _unit(asked: Asked, place: Place, on: date, division: str | None) -> UnitCoverage | None:
    """The place's own figures on a day; None where that day's register has no such unit."""
    listed = asked.units(on=on, level=place.unit.level, division=division, parent=None)
    return next((one for one in listed if one.code == place.unit.code), None)


def _unit_point(unit: UnitCoverage, place: Place, on: date) -> SeriesPoint:
    return SeriesPoint(
        on=on,
        register_on=place.register_on,
        provinces=exact(0),
        districts=unit.districts_connected,
        communes=unit.communes_connected,
        communes_total=unit.communes_total,
        parcels=unit.parcels.at_least,
        name_vi=place.unit.full_name_vi,
    )


def point_of(now: Coverage) -> SeriesPoint:
    """The day shown, as a point of the series."""
    counts = {level.level: level for level in now.levels}
    communes = counts.get(Level.COMMUNE, LevelCoverage(Level.COMMUNE, exact(0), 0))
    return SeriesPoint(
        on=now.on,
        register_on=now.register_on,
        provinces=counts[Level.PROVINCE].connected if Level.PROVINCE in counts else exact(0),
        districts=counts[Level.DISTRICT].connected if Level.DISTRICT in counts else exact(0),
        communes=communes.connected,
        communes_total=communes.total,
        parcels=now.parcels,
    )

"""The dashboard's figures, ready for the templates: tiles, rows, regions, map classes, attention; no HTML."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from api.web.i18n import fold
from api.web.regions import REGIONS, Region, region_of
from api.web.state import division_on
from api.web.trend import Trend, month_before, trend, window
from landdata.model.coverage import Bounded, LevelCoverage, SeriesPoint
from landdata.model.units import Level

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from api.web.maps import ProvinceMap
    from api.web.observatory import Observatory
    from api.web.state import State
    from landdata.model.coverage import Coverage, UnitCoverage
    from landdata.store.engine import Database

REFUSED_LIMIT = 5.0  # percent of the rows read
FEW_COMMUNES = 20.0  # percent of a province's communes
BREAKS = {"": (20, 40, 60, 80), "loi": (1, 2, 4, 8)}
NO_DATA = "n"


class Connection(StrEnum):
    """How a province stands; `UNSURE` only where a split commune leaves it open in another division."""

    OK = "ok"
    LOW = "low"
    UNSURE = "unsure"
    NONE = "none"


@dataclass(frozen=True)
class Row:
    """One province in the table and on the map. Shares are percentages, 0..100."""

    unit: UnitCoverage
    region: Region | None
    rank: int = 0

    @property
    def low(self) -> float:
        return share(self.unit.communes_connected.at_least, self.unit.communes_total)

    @property
    def high(self) -> float:
        return share(self.unit.communes_connected.at_most, self.unit.communes_total)

    @property
    def refused(self) -> float | None:
        return None if self.unit.refused_share is None else 100 * self.unit.refused_share

    @property
    def over_limit(self) -> bool:
        return (self.refused or 0) > REFUSED_LIMIT

    @property
    def connection(self) -> Connection:
        if not self.unit.connected.at_most:
            return Connection.NONE
        if not self.unit.connected.at_least:
            return Connection.UNSURE
        # By the upper bound: nobody is called late for communes that may well be connected.
        return Connection.LOW if self.high < FEW_COMMUNES else Connection.OK

    def named(self, wanted: str) -> bool:
        """Whether folded text is part of the name, the start of the full name, or the code.

        Not any part of the full name: "ha" would find every "Thành phố".
        """
        unit = self.unit
        start = fold(unit.full_name_vi).startswith(wanted)
        return start or wanted in fold(unit.name_vi) or wanted == unit.code

    def has(self, status: str) -> bool:
        if status == "err":
            return self.over_limit
        if status == "ok":
            return self.connection in (Connection.OK, Connection.LOW)
        return self.connection == status

    def step(self, metric: str) -> str:
        """The class of the map's scale, `0` to `4`, or `n` where there is no figure."""
        value = self.refused if metric == "loi" else self.low
        if value is None or self.connection is Connection.NONE:
            return NO_DATA
        return str(sum(value >= one for one in BREAKS[metric]))


@dataclass(frozen=True, slots=True)
class Tile:
    """A key figure; `before` is the same figure a month earlier, in the same division."""

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
    """Everything one page shows, read once; the templates only place it."""

    state: State
    coverage: Coverage
    before: Coverage
    rows: tuple[Row, ...]  # all provinces, by rank
    map: ProvinceMap | None
    trend: Trend | None
    today: date
    simulated: bool

    @cached_property
    def tiles(self) -> tuple[Tile, ...]:
        now, before = self.coverage, self.before
        tiles = []
        for level in now.levels:
            earlier = before.level(level.level)
            base = earlier.connected if earlier else level.connected
            tiles.append(Tile(level.level.value, level.connected, base, level.total))
        if len(tiles) < 3:  # without districts their place goes to the certificates
            tiles.append(Tile("certificates", _exact(now.certificates), _exact(before.certificates)))
        return (*tiles, Tile("parcels", _exact(now.parcels), _exact(before.parcels)))

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
            kept.sort(key=_SORTS[state.sort], reverse=state.descending)
        return tuple(kept)

    @cached_property
    def shown_codes(self) -> frozenset[str]:
        return frozenset(row.unit.code for row in self.shown)

    @cached_property
    def by_code(self) -> dict[str, Row]:
        return {row.unit.code: row for row in self.rows}

    @property
    def regions(self) -> tuple[Region, ...]:
        return REGIONS.get(self.state.division, ())

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
        """How many provinces fall in each class of the map."""
        found = [row.step(self.state.metric) for row in self.rows]
        return {step: found.count(step) for step in (*"01234", NO_DATA)}

    def with_status(self, status: str) -> tuple[Row, ...]:
        """The provinces of an attention card, the worst first."""
        rows = [row for row in self.rows if row.has(status)]
        if status == "err":
            rows.sort(key=lambda row: -(row.refused or 0))
        elif status == "low":
            rows.sort(key=lambda row: row.high)
        else:
            rows.sort(key=lambda row: row.unit.name_ascii.casefold())
        return tuple(rows)

    @property
    def bounded(self) -> bool:
        """Whether any figure of the page is only certain to lie between two numbers."""
        return any(not level.connected.exact for level in self.coverage.levels)


def gather(
    observatory: Observatory,
    database: Database,
    state: State,
    *,
    today: date,
    latest: date | None,
    outlines: Callable[[str], ProvinceMap | None] | None,
    simulated: bool,
) -> Dashboard:
    """Asks the observatory for one page; without `outlines` only for what the table needs."""
    division = state.division
    # No division asks for the register of the very day: 10,595 communes in 2024, not the 10,599 of 2023.
    asked = state.asked_division or None
    coverage = observatory.national(database, on=state.on, division=asked)
    units = observatory.units(database, on=state.on, level=Level.PROVINCE, division=asked)
    before, chart = coverage, None
    if outlines:
        earlier = month_before(state.on)
        same = asked or (None if division_on(earlier) == division else division)
        before = observatory.national(database, on=earlier, division=same)
        span = window(state.on, latest, today)
        points = observatory.series(database, through=span.through, months=span.months, division=asked)
        chart = trend(points, _point(coverage), latest)
    return Dashboard(
        state=state,
        coverage=coverage,
        before=before,
        rows=ranked(units, division),
        map=outlines(division) if outlines else None,
        trend=chart,
        today=today,
        simulated=simulated or coverage.simulated,
    )


def _point(now: Coverage) -> SeriesPoint:
    """The day shown, as a point of the series."""
    counts = {level.level: level for level in now.levels}
    communes = counts.get(Level.COMMUNE, LevelCoverage(Level.COMMUNE, _exact(0), 0))
    return SeriesPoint(
        on=now.on,
        register_on=now.register_on,
        provinces=counts[Level.PROVINCE].connected if Level.PROVINCE in counts else _exact(0),
        districts=counts[Level.DISTRICT].connected if Level.DISTRICT in counts else _exact(0),
        communes=communes.connected,
        communes_total=communes.total,
        parcels=now.parcels,
    )


def ranked(units: Sequence[UnitCoverage], division: str) -> tuple[Row, ...]:
    """Rows by the certain share of communes; equal shares have equal ranks."""
    rows = [Row(unit, region_of(division, unit.code)) for unit in units]
    rows.sort(key=lambda row: (-row.low, row.unit.name_ascii.casefold()))
    shares = [row.low for row in rows]
    return tuple(Row(row.unit, row.region, shares.index(row.low) + 1) for row in rows)


def share(part: int, whole: int) -> float:
    """Percent, 0 for an empty whole."""
    return 100 * part / whole if whole else 0.0


def _exact(value: int) -> Bounded:
    return Bounded(value, value)


_SORTS: dict[str, Callable[[Row], float | str]] = {
    "xa": lambda row: row.low,
    "tinh": lambda row: row.unit.name_ascii.casefold(),
    "huyen": lambda row: share(row.unit.districts_connected.at_least, row.unit.districts_total),
    "thua": lambda row: row.unit.parcels.at_least,
    "gcn": lambda row: row.unit.certificates.at_least,
    "loi": lambda row: -1.0 if row.refused is None else row.refused,
    "moi": lambda row: row.unit.last_effective_on.toordinal() if row.unit.last_effective_on else 0,
}

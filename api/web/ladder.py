"""How a unit and those below it stand on the rungs of the ladder, ready for the templates; no HTML."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from api.web.dashboard import point_of
from api.web.i18n import Words, fold
from api.web.regions import REGIONS, Region, region_of
from api.web.rows import share
from api.web.trend import Trend, trend, window
from landdata.flows import ladder
from landdata.model.coverage_rules import Rung, in_force
from landdata.model.units import Level

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from api.web.observatory import Asked
    from api.web.state import State
    from landdata.model.coverage import Bounded, Coverage, Place
    from landdata.model.coverage_rules import Rule
    from landdata.model.ladder import RungFigure, RungTerms, UnitLadder
    from landdata.model.units import Unit
    from landdata.store.engine import Database

# What each rung is called where there is little room, and in addresses.
SHORT = {
    Rung.RECEIVED: Words("Đã nhận", "Received"),
    Rung.CONNECTED: Words("Kết nối", "Connected"),
    Rung.ON_TIME: Words("Đúng hạn", "On time"),
    Rung.MATCHED: Words("Khớp", "Matched"),
    Rung.RIGHT: Words("Đúng", "Right"),
    Rung.COMPLETE: Words("Đủ", "Complete"),
    Rung.CLEAN: Words("Sạch", "Clean"),
    Rung.LIVE: Words("Sống", "Live"),
    Rung.USED: Words("Được dùng", "Used"),
}
SORT = {
    Rung.RECEIVED: "nhan", Rung.CONNECTED: "xa", Rung.ON_TIME: "han", Rung.MATCHED: "khop", Rung.RIGHT: "dung",
    Rung.COMPLETE: "du", Rung.CLEAN: "sach", Rung.LIVE: "song", Rung.USED: "tra",
}  # fmt: skip
# What the numerator of a rung counts, where it is not units.
COUNTED = {
    Rung.RECEIVED: Words("lượt xã có tên trong lần giao nộp", "communes named in deliveries"),
    Rung.MATCHED: Words("khai báo", "claims"),
    Rung.RIGHT: Words("dòng", "rows"),
    Rung.COMPLETE: Words("thửa", "parcels"),
    Rung.CLEAN: Words("khai báo", "claims"),
    Rung.USED: Words("lượt tra cứu", "look-ups"),
}
MOST_GAPS = 3


@dataclass(frozen=True, slots=True)
class Stand:
    """One unit on one rung. Shares are percentages of its communes, of a commune 0 or 100.

    `based` false: nothing is known that could say, and no figure means zero.
    """

    unit: UnitLadder
    figure: RungFigure

    @property
    def based(self) -> bool:
        return bool(self.figure.levels) or self.figure.stands is not None

    @property
    def communes(self) -> Bounded | None:
        """Communes that stand there; of a commune, whether it does; None without a basis."""
        below = next((one.connected for one in self.figure.levels if one.level is Level.COMMUNE), None)
        return below or (self.figure.stands if self.unit.level == Level.COMMUNE else None)

    @property
    def total(self) -> int:
        return next((one.total for one in self.figure.levels if one.level is Level.COMMUNE), 1)

    @property
    def low(self) -> float:
        return share(self.communes.at_least, self.total) if self.communes else 0.0

    @property
    def high(self) -> float:
        return share(self.communes.at_most, self.total) if self.communes else 0.0

    @property
    def kind(self) -> str:
        """Whether the unit itself stands there: `ok`, `unsure`, `none`, or `unknown` without a basis."""
        stands = self.figure.stands
        if stands is None:
            return "unknown"
        return "ok" if stands.at_least else "unsure" if stands.at_most else "none"


@dataclass(frozen=True, slots=True)
class Step:
    """One rung of the unit asked about, with what is said of it and the rule it was counted by."""

    terms: RungTerms
    rule: Rule
    stand: Stand

    @property
    def rung(self) -> Rung:
        return self.terms.rung


@dataclass(frozen=True, slots=True)
class LadderRow:
    """One unit below, rung by rung."""

    unit: UnitLadder
    region: Region | None
    stands: tuple[Stand, ...]

    def on(self, rung: Rung) -> Stand:
        return next(one for one in self.stands if one.figure.rung is rung)

    @property
    def reach(self) -> str:
        """How many of the rungs shown the unit stands on for certain: `all`, `some`, `none`."""
        found = [one.kind == "ok" for one in self.stands]
        return "all" if all(found) else "some" if any(found) else "none"


@dataclass(frozen=True)
class LadderPage:
    """Everything the page shows, read once. `place` None: the country; `kept_back`: rungs that are not for who looks."""

    state: State
    place: Place | None
    trail: tuple[Unit, ...]
    coverage: Coverage
    steps: tuple[Step, ...]
    rows: tuple[LadderRow, ...]
    kept_back: tuple[RungTerms, ...]
    trend: Trend | None
    earlier: date | None
    later: date | None
    simulated: bool

    @property
    def level(self) -> Level:
        """Of the units listed; of a commune its own, and none is."""
        return self.place.below if self.place else Level.PROVINCE

    @property
    def own_level(self) -> str:
        return self.steps[0].stand.unit.level

    @property
    def rungs(self) -> tuple[Rung, ...]:
        return tuple(one.rung for one in self.steps)

    @property
    def sort(self) -> str:
        """The column sorted by: a rung that is not shown sorts nothing."""
        known = {"tinh", *(SORT[one] for one in self.rungs)}
        return self.state.sort if self.state.sort in known else "xa"

    @cached_property
    def shown(self) -> tuple[LadderRow, ...]:
        """The units that pass the filter, in the order asked."""
        state = self.state
        wanted = fold(state.text)
        kept = [
            row
            for row in self.rows
            if (wanted in fold(row.unit.full_name_vi) or wanted == row.unit.code)
            and (not state.region or (row.region and row.region.key == state.region))
            and (not state.status or row.reach == state.status)
        ]
        kept.sort(key=lambda row: fold(row.unit.name_vi))
        if self.sort != "tinh":
            rung = next(one for one, sort in SORT.items() if sort == self.sort)
            kept.sort(key=lambda row: _height(row.on(rung)), reverse=state.descending)
        elif state.descending:
            kept.reverse()
        return tuple(kept)

    @property
    def regions(self) -> tuple[Region, ...]:
        return () if self.place else REGIONS.get(self.state.division, ())

    @cached_property
    def gaps(self) -> tuple[tuple[Step, int, float], ...]:
        """The rungs that most connected communes do not reach: rung, how many at least, and percent of those connected."""
        connected = next(one.stand.communes for one in self.steps if one.rung is Rung.CONNECTED)
        if self.own_level == Level.COMMUNE or not connected or not connected.at_least:
            return ()
        found = [
            (one, max(connected.at_least - one.stand.communes.at_most, 0))
            for one in self.steps
            if one.rung not in {Rung.RECEIVED, Rung.CONNECTED} and one.stand.communes
        ]
        found.sort(key=lambda one: -one[1])
        return tuple((step, lost, share(lost, connected.at_least)) for step, lost in found[:MOST_GAPS] if lost)

    @property
    def bounded(self) -> bool:
        return any(one.stand.low != one.stand.high for one in self.steps)


def climb(
    asked: Asked, db: Database, state: State, seen: Sequence[Rung], *,
    today: date, latest: date | None, whole: bool, simulated: bool,
) -> LadderPage:  # fmt: skip
    """Asks how the unit and those below it stand on the rungs `seen`; without `whole` no chart. Raises UnknownUnit."""
    on, named = state.on, state.asked_division or None
    coverage = asked.national(on=on, division=named)
    place = asked.place(code=state.place, on=on, division=named, communes=True) if state.place else None
    own = ladder.units(db, effective_on=on, division=named, unit=place.unit.code if place else None, rungs=seen).units[
        0
    ]
    rows: tuple[UnitLadder, ...] = ()
    if place is None or place.unit.level is not Level.COMMUNE:
        level, parent = (place.below, place.unit.code) if place else (Level.PROVINCE, None)
        rows = ladder.units(db, effective_on=on, division=named, level=level, parent=parent, rungs=seen).units
    terms, rules = ladder.rungs(db)
    span = window(on, latest, today)
    return LadderPage(
        state=state,
        place=place,
        trail=trail_of(asked, place, on=on, division=named),
        coverage=coverage,
        steps=tuple(
            Step(one, in_force(rules, one.rung, [on])[0], Stand(own, own.rung(one.rung)))
            for one in terms
            if one.rung in seen
        ),
        rows=tuple(
            LadderRow(
                one,
                None if place else region_of(state.division, one.code),
                tuple(Stand(one, rung) for rung in one.rungs),
            )
            for one in rows
        ),
        kept_back=tuple(one for one in terms if one.rung not in seen),
        trend=_trend(asked, state, place, coverage, span.days, latest) if whole else None,
        earlier=max((day for day in span.days if day < on), default=None),
        later=min((day for day in span.days if day > on), default=None),
        simulated=simulated or coverage.simulated,
    )


def trail_of(asked: Asked, place: Place | None, *, on: date, division: str | None) -> tuple[Unit, ...]:
    """The units a place lies in, the largest first, and itself."""
    found: list[Unit] = []
    while place is not None:
        found.append(place.unit)
        above = place.above
        place = asked.place(code=above.code, on=on, division=division) if above else None
    return tuple(reversed(found))


def _height(stand: Stand) -> tuple[bool, float, float]:
    """Without a basis below everything that has one."""
    return stand.based, stand.low, stand.high


def _trend(
    asked: Asked, state: State, place: Place | None, coverage: Coverage, days: Sequence[date], latest: date | None
) -> Trend | None:
    """The dashboard's chart with its slider; a commune has none."""
    named = state.asked_division or None
    if place is None:
        return trend(asked.points(days, division=named), point_of(coverage), latest)
    if place.unit.level is Level.COMMUNE:
        return None
    now = asked.unit_points(place.unit.code, [state.on], division=named)
    return trend(asked.unit_points(place.unit.code, days, division=named), now[0], latest) if now else None

"""Why a figure moved between two days, ready for the templates: lines that add up, their chart, sums by kind; no HTML."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING

from api.web.ladder import trail_of
from api.web.state import ABOVE_ONLY
from api.web.waterfall import Bar, Waterfall, waterfall
from landdata.errors import UnknownUnit
from landdata.model.coverage import Bounded
from landdata.model.movements import CAUSES, CauseKind, End, Movement, told_to
from landdata.model.units import Level

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from api.watchers import Watcher
    from api.web.observatory import Asked
    from api.web.state import State
    from landdata.model.coverage import Coverage
    from landdata.model.movements import Cause, UnitMoved
    from landdata.model.units import Unit

    Explain = Callable[[End, End, str | None], Movement]

# Which figure is asked about, by its word in the address.
FIGURES = {
    "tinh": "provinces", "huyen": "districts", "": "communes", "thua": "parcels", "gcn": "certificates", "nguoi": "holders",
}  # fmt: skip
PER_LEAF = 200
MOST_BARS = 24
MOST_NAMES = 3  # units named in one line; the files name all
NONE = Bounded(0, 0)


@dataclass(frozen=True, slots=True)
class Group:
    """Units of one level that connected, or that ceased to (`gone`), through one cause; some by name."""

    level: Level
    gone: bool
    many: int
    named: tuple[UnitMoved, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A cause with its part of the figure asked about, and the figure before and after it."""

    cause: Cause
    moved: Bounded
    before: Bounded
    after: Bounded

    @property
    def groups(self) -> tuple[Group, ...]:
        """By level, the highest first and by name, what lies in it by number only."""
        found: list[Group] = []
        for level in Level:
            for gone in (False, True):
                own = [one for one in self.cause.units if one.level is level and (_sum(one.moved) < 0) is gone]
                if own:
                    named = own[:MOST_NAMES] if not found or found[0].level is level else []
                    found.append(Group(level, gone, len(own), tuple(named)))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class OfKind:
    """All causes of one kind together."""

    kind: CauseKind
    many: int
    moved: Bounded


@dataclass(frozen=True)
class WhyPage:
    """Everything the page shows, read once. `found` holds only what who looks may read; `names`: may deliveries be named?"""

    state: State
    since: date
    found: Movement
    trail: tuple[Unit, ...]
    coverage: Coverage
    names: bool
    simulated: bool

    @property
    def figure(self) -> str:
        return FIGURES[self.state.metric]

    @property
    def figures(self) -> tuple[str, ...]:
        """The figures that can be asked for: a place has no provinces, a district no districts."""
        level = self.trail[-1].level if self.trail else None
        gone = {None: (), Level.PROVINCE: ("tinh",)}.get(level, ABOVE_ONLY)
        districts = any(one.figures.districts != NONE for one in (self.found.before, self.found.after))
        return tuple(one for one in FIGURES if one not in gone and (districts or one != "huyen"))

    @property
    def start(self) -> Bounded:
        return self._of(self.found.before.figures)

    @property
    def end(self) -> Bounded:
        return self._of(self.found.after.figures)

    @property
    def crossing(self) -> bool:
        return self.found.before.division != self.found.after.division

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """The causes that moved this figure, in the order of reckoning."""
        lines, at = [], self.start
        for cause in self.found.causes:
            moved = self._of(cause.moved)
            if moved != NONE:
                lines.append(Line(cause, moved, at, plus(at, moved)))
                at = lines[-1].after
        return tuple(lines)

    @property
    def others(self) -> int:
        """Causes that moved other figures only."""
        return len(self.found.causes) - len(self.lines)

    @property
    def leaves(self) -> int:
        return max(1, -(-len(self.lines) // PER_LEAF))

    @property
    def leaf(self) -> int:
        return min(self.state.leaf, self.leaves)

    @property
    def shown(self) -> tuple[Line, ...]:
        """The lines on this leaf."""
        return self.lines[(self.leaf - 1) * PER_LEAF : self.leaf * PER_LEAF]

    @property
    def first_shown(self) -> int:
        return (self.leaf - 1) * PER_LEAF + 1

    @property
    def added(self) -> Bounded:
        return self._sum(lambda one: max(one, 0))

    @property
    def taken(self) -> Bounded:
        return self._sum(lambda one: min(one, 0))

    @cached_property
    def kinds(self) -> tuple[OfKind, ...]:
        """The kinds that moved this figure, in the order in which kinds are told."""
        found = []
        for kind in CAUSES:
            own = [one.moved for one in self.lines if one.cause.kind is kind]
            if own:
                found.append(OfKind(kind, len(own), plus(*own)))
        return tuple(found)

    @property
    def largest(self) -> int:
        """The greatest part of one kind, up or down: what their bars are measured by."""
        return max((abs(end) for one in self.kinds for end in (one.moved.at_least, one.moved.at_most)), default=0)

    @cached_property
    def chart(self) -> Waterfall:
        return waterfall(self.since, self.state.on, self.start, self.end, self._bars())

    @cached_property
    def span(self) -> tuple[int, int]:
        """The lowest and the highest the figure came, for the bars of the table."""
        ends = [
            end for one in (self.start, *(line.after for line in self.lines)) for end in (one.at_least, one.at_most)
        ]
        return min(ends), max(ends)

    def _bars(self) -> tuple[Bar, ...]:
        """The lines by day, or by month, quarter or year where there would be too many."""
        keys: tuple[Callable[[date], object], ...] = (
            lambda day: day,
            lambda day: (day.year, day.month),
            lambda day: (day.year, (day.month - 1) // 3),
            lambda day: day.year,
            lambda _day: 0,
        )
        for key in keys:
            groups = [tuple(one) for _, one in groupby(self.lines, key=lambda line: key(line.cause.effective_on))]
            if len(groups) <= MOST_BARS:
                break
        return tuple(
            Bar(one[0].cause.effective_on, one[-1].cause.effective_on, len(one), one[0].before, one[-1].after)
            for one in groups
        )

    def _of(self, figures: object) -> Bounded:
        found: Bounded = getattr(figures, self.figure)
        return found

    def _sum(self, part: Callable[[int], int]) -> Bounded:
        moved = [one.moved for one in self.lines]
        return Bounded(sum(part(one.at_least) for one in moved), sum(part(one.at_most) for one in moved))


def _sum(value: Bounded) -> int:
    return value.at_least + value.at_most


def plus(*parts: Bounded) -> Bounded:
    return Bounded(sum(one.at_least for one in parts), sum(one.at_most for one in parts))


def explain(
    asked: Asked, state: State, since: date, watcher: Watcher, explained: Explain, *, simulated: bool
) -> WhyPage:
    """Asks for every cause between the days, each told in the register of its own day unless a division is asked for.

    Raises UnknownUnit.
    """
    on, named = state.on, state.asked_division or None
    found = explained(End(since, division=named), End(on, division=named), state.place or None)
    coverage = asked.national(on=on, division=named)
    return WhyPage(
        state=state,
        since=since,
        found=told_to(found, ministry=watcher.ministry, office_code=watcher.office_code),
        trail=_trail(asked, state, since, named),
        coverage=coverage,
        names=watcher.ministry or watcher.office_code is not None,
        simulated=simulated or coverage.simulated or any(one.simulated for one in found.causes),
    )


def _trail(asked: Asked, state: State, since: date, named: str | None) -> tuple[Unit, ...]:
    """Where the unit lies on the later day, or on the earlier where it is gone by then."""
    if not state.place:
        return ()
    for day in (state.on, since):
        try:
            place = asked.place(code=state.place, on=day, division=named, communes=True)
        except UnknownUnit:
            continue
        return trail_of(asked, place, on=day, division=named)
    return ()

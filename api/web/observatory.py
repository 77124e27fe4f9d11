"""What the pages need to know about coverage, as a port; `landdata.flows.observe` is the real side of it."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence
    from datetime import date

    from landdata.flows.freshness import Known
    from landdata.model.coverage import Coverage, Place, SeriesPoint, UnitCoverage
    from landdata.model.units import Level, Unit
    from landdata.store.engine import Database

MOST_ANSWERS = 3000  # most of them one point of a curve; the largest, 700 districts, is some 400 KB


class Boundary(Protocol):
    """The outline of one province, WGS 84, as GeoJSON text."""

    @property
    def code(self) -> str: ...
    @property
    def name_vi(self) -> str: ...
    @property
    def geojson(self) -> str: ...


class Observatory(Protocol):
    """The questions the pages ask; every answer is as of a day, in a division of the country."""

    def national(self, db: Database, /, *, on: date, division: str | None = None) -> Coverage: ...

    def units(
        self, db: Database, /, *, on: date, level: Level, division: str | None = None, parent: str | None = None
    ) -> tuple[UnitCoverage, ...]: ...

    def place(
        self, db: Database, /, *, code: str, on: date, division: str | None = None, communes: bool = False
    ) -> Place: ...

    def heirs(self, db: Database, /, *, code: str, on: date, division: str | None = None) -> tuple[Unit, ...]: ...

    def points(
        self, db: Database, /, *, days: Sequence[date], division: str | None = None
    ) -> tuple[SeriesPoint, ...]: ...

    def unit_points(
        self, db: Database, /, *, code: str, days: Sequence[date], division: str | None = None
    ) -> tuple[SeriesPoint, ...]: ...

    def latest_day(self, db: Database, /) -> date | None: ...

    def boundaries(self, db: Database, /, *, division: str) -> tuple[Boundary, ...]: ...


@dataclass(slots=True)
class Kept:
    """Things found again by a key, the longest unused thrown away first; safe for threads."""

    most: int
    things: OrderedDict[Hashable, Any] = field(default_factory=OrderedDict)
    lock: Lock = field(default_factory=Lock)

    def get(self, key: Hashable) -> Any:
        with self.lock:
            if key in self.things:
                self.things.move_to_end(key)
            return self.things.get(key)

    def put(self, key: Hashable, thing: Any) -> None:
        with self.lock:
            self.things[key] = thing
            self.things.move_to_end(key)
            while len(self.things) > self.most:
                self.things.popitem(last=False)


@dataclass(frozen=True, slots=True)
class Asked:
    """An observatory asked for one page; what was answered over the same data is not asked for again."""

    observatory: Observatory
    db: Database
    known: Known | None  # None: nothing may be kept
    kept: Kept

    def national(self, **asked: Any) -> Coverage:
        return self._ask(self.observatory.national, asked)  # type: ignore[no-any-return]

    def units(self, **asked: Any) -> tuple[UnitCoverage, ...]:
        return self._ask(self.observatory.units, asked)  # type: ignore[no-any-return]

    def place(self, **asked: Any) -> Place:
        return self._ask(self.observatory.place, asked)  # type: ignore[no-any-return]

    def heirs(self, **asked: Any) -> tuple[Unit, ...]:
        return self._ask(self.observatory.heirs, asked)  # type: ignore[no-any-return]

    def points(self, days: Sequence[date], *, division: str | None) -> tuple[SeriesPoint, ...]:
        """The country on each of the days; only those are asked for that a publication since may have changed."""
        return self._each(self.observatory.points, days, {"division": division})

    def unit_points(self, code: str, days: Sequence[date], *, division: str | None) -> tuple[SeriesPoint, ...]:
        """The same of one province or district, where there is one with this code."""
        return self._each(self.observatory.unit_points, days, {"code": code, "division": division})

    def latest_day(self) -> date | None:
        return self._ask(self.observatory.latest_day, {})  # type: ignore[no-any-return]

    def _ask(self, question: Callable[..., Any], asked: dict[str, Any]) -> Any:
        if self.known is None:
            return question(self.db, **asked)
        key = (self.known.number, question.__name__, *sorted(asked.items()))
        found = self.kept.get(key)
        if found is None:
            found = question(self.db, **asked)
            self.kept.put(key, found)
        return found

    def _each(
        self, question: Callable[..., tuple[SeriesPoint, ...]], days: Sequence[date], asked: dict[str, Any]
    ) -> tuple[SeriesPoint, ...]:
        if self.known is None:
            return question(self.db, days=days, **asked)
        rest = (question.__name__, *sorted(asked.items()))
        keys = {day: (self.known.base(day), day, *rest) for day in days}
        found = {day: self.kept.get(key) for day, key in keys.items()}
        missing = [day for day, kept in found.items() if kept is None]
        if missing:
            fresh = {one.on: one for one in question(self.db, days=missing, **asked)}
            for day in missing:
                found[day] = (fresh.get(day),)  # a day without such a unit is an answer, too
                self.kept.put(keys[day], found[day])
        return tuple(one for day in days for one in found[day] if one is not None)

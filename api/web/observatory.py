"""What the pages need to know about coverage, as a port; `landdata.flows.observe` is the real side of it."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from datetime import date

    from landdata.model.coverage import Coverage, Place, SeriesPoint, UnitCoverage
    from landdata.model.units import Level, Unit
    from landdata.store.engine import Database

MOST_ANSWERS = 600  # a month of sliding over three provinces; the largest answer is 700 districts, some 400 KB


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

    def place(self, db: Database, /, *, code: str, on: date, division: str | None = None) -> Place: ...

    def heirs(self, db: Database, /, *, code: str, on: date, division: str | None = None) -> tuple[Unit, ...]: ...

    def series(
        self, db: Database, /, *, through: date, months: int = 24, division: str | None = None
    ) -> tuple[SeriesPoint, ...]: ...

    def unit_series(
        self, db: Database, /, *, code: str, through: date, months: int = 24, division: str | None = None
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
    """An observatory asked for one page; an answer kept under the same `mark` of the data is not asked for again."""

    observatory: Observatory
    db: Database
    mark: Hashable | None  # None: nothing may be kept
    kept: Kept

    def national(self, **asked: Any) -> Coverage:
        return self._ask(self.observatory.national, asked)  # type: ignore[no-any-return]

    def units(self, **asked: Any) -> tuple[UnitCoverage, ...]:
        return self._ask(self.observatory.units, asked)  # type: ignore[no-any-return]

    def place(self, **asked: Any) -> Place:
        return self._ask(self.observatory.place, asked)  # type: ignore[no-any-return]

    def heirs(self, **asked: Any) -> tuple[Unit, ...]:
        return self._ask(self.observatory.heirs, asked)  # type: ignore[no-any-return]

    def series(self, **asked: Any) -> tuple[SeriesPoint, ...]:
        return self._ask(self.observatory.series, asked)  # type: ignore[no-any-return]

    def unit_series(self, **asked: Any) -> tuple[SeriesPoint, ...]:
        return self._ask(self.observatory.unit_series, asked)  # type: ignore[no-any-return]

    def latest_day(self) -> date | None:
        return self._ask(self.observatory.latest_day, {})  # type: ignore[no-any-return]

    def _ask(self, question: Callable[..., Any], asked: dict[str, Any]) -> Any:
        if self.mark is None:
            return question(self.db, **asked)
        key = (self.mark, question.__name__, *sorted(asked.items()))
        found = self.kept.get(key)
        if found is None:
            found = question(self.db, **asked)
            self.kept.put(key, found)
        return found

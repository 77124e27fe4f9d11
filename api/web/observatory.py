"""What the pages need to know about coverage, as a port; `landdata.flows.observe` is the real side of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import date

    from landdata.model.coverage import Coverage, SeriesPoint, UnitCoverage
    from landdata.model.units import Level
    from landdata.store.engine import Database


class Boundary(Protocol):
    """The outline of one province, WGS 84, as GeoJSON text."""

    @property
    def code(self) -> str: ...
    @property
    def name_vi(self) -> str: ...
    @property
    def geojson(self) -> str: ...


class Observatory(Protocol):
    """The questions the dashboard asks; every answer is as of a day, in a division of the country."""

    def national(self, db: Database, /, *, on: date, division: str | None = None) -> Coverage: ...

    def units(
        self, db: Database, /, *, on: date, level: Level, division: str | None = None
    ) -> tuple[UnitCoverage, ...]: ...

    def series(
        self, db: Database, /, *, through: date, months: int = 24, division: str | None = None
    ) -> tuple[SeriesPoint, ...]: ...

    def latest_day(self, db: Database, /) -> date | None: ...

    def boundaries(self, db: Database, /, *, division: str) -> tuple[Boundary, ...]: ...

"""Figures of coverage: who is connected, of how many, on a day, in a division, as known at a time; no input or output."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from landdata.model.units import Level, Unit


@dataclass(frozen=True, slots=True)
class Bounded:
    """A count that is certain to lie in `at_least..at_most`; the two differ where a split commune is unresolved."""

    at_least: int
    at_most: int

    @property
    def exact(self) -> bool:
        return self.at_least == self.at_most


@dataclass(frozen=True, slots=True)
class LevelCoverage:
    """Connected units of one level against all units of that level in the register of the day."""

    level: Level
    connected: Bounded
    total: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """The national summary. `levels` follow the division: 2025 has no districts."""

    on: date
    division: str
    register_on: date
    known_at: datetime | None
    levels: tuple[LevelCoverage, ...]
    parcels: int
    certificates: int
    holders: int
    backfilled: bool
    simulated: bool
    rule: int = 1  # version of the rule of "connected" that it was counted by

    def level(self, level: Level) -> LevelCoverage | None:
        return next((one for one in self.levels if one.level is level), None)


@dataclass(frozen=True, slots=True)
class UnitCoverage:
    """One unit's row: its own connection and its communes'. Parcels are bounded for communes made from split ones."""

    unit_id: int
    level: Level
    code: str
    name_vi: str
    name_ascii: str
    full_name_vi: str
    connected: Bounded  # 0..1: the unit itself
    districts_connected: Bounded
    districts_total: int
    communes_connected: Bounded
    communes_total: int
    parcels: Bounded
    certificates: Bounded
    holders: Bounded
    refused_share: (
        float | None
    )  # refused rows of read rows in the deliveries effective by the day; None before the first
    last_effective_on: date | None
    last_recorded_at: datetime | None


@dataclass(frozen=True, slots=True)
class SeriesPoint:
    """One point of the cumulative series; where the division changes (1 July 2025) the series breaks, never a line."""

    on: date
    register_on: date
    provinces: Bounded
    districts: Bounded
    communes: Bounded
    communes_total: int
    parcels: int
    rule: int = 1
    name_vi: str = ""  # of the unit, where the series is one's: a code can pass to another unit


@dataclass(frozen=True, slots=True)
class Place:
    """A unit in the register of a day: what it lies in (None for a province) and the level below it.

    Nothing lies below a commune; its `below` is its own level.
    """

    unit: Unit
    above: Unit | None
    below: Level
    register_on: date

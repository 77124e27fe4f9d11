"""The ladder of coverage: how many units stand on each rung on a day, and what they hold; no input or output."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from landdata.model.coverage import Bounded, LevelCoverage
from landdata.model.coverage_rules import Rung


@dataclass(frozen=True, slots=True)
class RungTerms:
    """What is said of a rung; numerator and denominator name tables and columns, the latter is empty where there is none."""

    rung: Rung
    name_vi: str
    name_en: str
    formula_vi: str
    formula_en: str
    numerator: str
    denominator: str
    public: bool


@dataclass(frozen=True, slots=True)
class RungFigure:
    """One rung in one unit.

    `stands`: 0..1, the unit itself; None where nothing is known that could say so ("no basis"), as in all below. `levels`:
    units in it that stand there, of all there are; a unit's own level is left out. `based`: communes of which something is
    known. `numerator`, `denominator`: what is counted, of those communes that certainly lie in the unit. Parcels,
    certificates and holders: on record in the communes that stand on the rung.
    """

    rung: Rung
    rule: int
    stands: Bounded | None
    levels: tuple[LevelCoverage, ...]
    based: int
    numerator: int | None
    denominator: int | None
    parcels: Bounded
    certificates: Bounded
    holders: Bounded

    @property
    def share(self) -> float | None:
        """Numerator of denominator, where the rung is a share."""
        return self.numerator / self.denominator if self.numerator is not None and self.denominator else None


@dataclass(frozen=True, slots=True)
class UnitLadder:
    """A unit with its rungs, the lowest first. The country has the level `country` and no code."""

    level: str
    code: str
    name_vi: str
    full_name_vi: str
    rungs: tuple[RungFigure, ...]

    def rung(self, rung: Rung) -> RungFigure:
        return next(one for one in self.rungs if one.rung is rung)


@dataclass(frozen=True, slots=True)
class Ladder:
    """What was asked for, as it was understood, and the units, by code."""

    on: date
    division: str
    register_on: date
    known_at: datetime | None
    level: str
    units: tuple[UnitLadder, ...]

"""Tells how units stand on the ladder of coverage on a day, in a division, as known at a time; and counts what it needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from landdata.errors import CoverageTooWide, UnknownUnit
from landdata.flows.observe import register_of
from landdata.model.coverage_rules import Rule, Rung, in_force
from landdata.model.ladder import Ladder, RungTerms
from landdata.model.units import Level
from landdata.store import coverage, coverage_rules, deliveries, ladder, offices, registers
from landdata.store.engine import Database, Reader


@dataclass(frozen=True, slots=True)
class Counted:
    """How many communes had other figures than the last time."""

    quality: int
    uses: int


def count(db: Database) -> Counted:
    """Note today's figures that no delivery tells: complete parcels, and look-ups answered. Safe to repeat."""
    with db.write() as tx:
        today = deliveries.today(tx)
        return Counted(ladder.count_quality(tx, day=today), ladder.count_uses(tx, today=today))


def mark(db: Database) -> tuple[int, ...]:
    """How far has come what rungs rest on, besides what is published; only ever grows."""
    with db.read() as tx:
        return ladder.mark(tx)


def settled(db: Database) -> bool:
    """Whether what is read from now on holds everything up to the mark that was read before."""
    with db.read() as tx:
        return not ladder.written(tx)


def rungs(db: Database) -> tuple[tuple[RungTerms, ...], tuple[Rule, ...]]:
    """What each rung means, the lowest first, and every version of its rules, without who set them."""
    with db.read() as tx:
        return ladder.rungs(tx), coverage_rules.every(tx)


def units(
    db: Database,
    *,
    effective_on: date | None = None,
    known_at: datetime | None = None,
    division: str | None = None,
    level: Level | None = None,
    unit: str | None = None,
    parent: str | None = None,
    rungs: Sequence[Rung] = tuple(Rung),
) -> Ladder:
    """The country, or one `unit`, or every unit of a `level` (below `parent`), on the rungs asked for.

    `effective_on`: today in Vietnam when left out; codes are those of the division's register. Raises UnknownDivision,
    UnknownUnit, and CoverageTooWide for several rungs of all communes of the country.
    """
    if level is Level.COMMUNE and parent is None and unit is None and len(rungs) > 1:
        raise CoverageTooWide
    with db.read() as tx:
        on = effective_on or deliveries.today(tx)
        code, register_on = register_of(tx, on, division)
        found_level, unit_id = (level.value if level else ladder.COUNTRY), None
        if unit is not None:
            unit_id, found_level = _unit(tx, unit, level, register_on)
        known = coverage_rules.every(tx, known_at=known_at)
        rows = ladder.units(
            tx,
            on=on,
            epoch_id=coverage.epoch_on(tx, register_on),
            rules=[in_force(known, one, [on])[0].rule_id for one in rungs],
            level=found_level,
            unit_id=unit_id,
            parent_id=None if parent is None else _unit(tx, parent, None, register_on)[0],
            known_at=known_at,
        )
    return Ladder(on, code, register_on, known_at, found_level, rows)


def in_charge(
    db: Database, *, office_code: str, unit: str, effective_on: date | None = None, division: str | None = None
) -> bool:
    """Whether a unit of that register is, or lies in, a province of the office. Raises UnknownDivision, UnknownUnit."""
    with db.read() as tx:
        office = offices.find(tx, office_code)
        if office is None:
            return False
        _, register_on = register_of(tx, effective_on or deliveries.today(tx), division)
        province = registers.province_of(tx, _unit(tx, unit, None, register_on)[0], on=register_on)
        return province in offices.provinces_of(tx, office_id=office.office_id, on=register_on)


def _unit(tx: Reader, code: str, level: Level | None, register_on: date) -> tuple[int, str]:
    found = registers.unit_on(tx, code=code, level=level, on=register_on)
    if found is None:
        asked = level.value if level else ", ".join(Level)
        raise UnknownUnit(unit_code=code, level=asked, day=register_on.isoformat())
    return found.unit_id, found.level.value

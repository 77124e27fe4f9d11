"""Answers what a unit was on a day, what became of it, and what it consisted of."""

from __future__ import annotations

from datetime import date

from landdata.errors import UnknownUnit
from landdata.model.units import Level, Succession, Unit
from landdata.store import registers
from landdata.store.engine import Database, Reader


def show(db: Database, *, code: str, level: Level | None, on: date) -> Unit:
    """The unit with this code on that day. Raises UnknownUnit."""
    with db.read() as tx:
        return _unit(tx, code, level, on)


def versions(db: Database, *, code: str, level: Level) -> tuple[Unit, ...]:
    """All versions that ever had this code, oldest first; empty for a code that never was."""
    with db.read() as tx:
        return registers.versions(tx, code=code, level=level)


def became(db: Database, *, code: str, level: Level | None, on: date) -> tuple[Succession, ...]:
    """What the unit of that day became, step by step. Raises UnknownUnit."""
    with db.read() as tx:
        return registers.successions(tx, unit_id=_unit(tx, code, level, on).unit_id, forward=True)


def consisted_of(db: Database, *, code: str, level: Level | None, on: date) -> tuple[Succession, ...]:
    """What the unit of that day was made from. Raises UnknownUnit."""
    with db.read() as tx:
        return registers.successions(tx, unit_id=_unit(tx, code, level, on).unit_id, forward=False)


def _unit(tx: Reader, code: str, level: Level | None, on: date) -> Unit:
    found = registers.unit_on(tx, code=code, level=level, on=on)
    if found is None:
        raise UnknownUnit(unit_code=code, level=level or "any", day=on.isoformat())
    return found

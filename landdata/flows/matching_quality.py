"""Counts how matching goes, and tells it of any day, in any division, with what has changed since another."""

from __future__ import annotations

from datetime import date

from landdata.errors import UnknownUnit
from landdata.flows.observe import register_of
from landdata.model.matching_quality import QualityList
from landdata.model.units import Level
from landdata.store import coverage, deliveries, matching_quality, registers
from landdata.store.engine import Database


def count(db: Database) -> int:
    """Note today's figures of every commune where they changed; returns how many communes that were."""
    with db.write() as tx:
        return matching_quality.count(tx, day=deliveries.today(tx))


def units(
    db: Database,
    *,
    on: date | None = None,
    since: date | None = None,
    level: Level = Level.PROVINCE,
    division: str | None = None,
    parent: str | None = None,
) -> QualityList:
    """Every unit of a level with figures, below `parent` (a province or district code) when given.

    `on`: today in Vietnam when left out. Both days are told in one register, that of `division` or of `on`.
    Raises UnknownDivision, UnknownUnit.
    """
    with db.read() as tx:
        on = on or deliveries.today(tx)
        code, register_on = register_of(tx, on, division)
        parent_id = None
        if parent is not None:
            above = registers.unit_on(tx, code=parent, level=None, on=register_on)
            if above is None:
                raise UnknownUnit(unit_code=parent, level="province, district", day=register_on.isoformat())
            parent_id = above.unit_id
        found = matching_quality.units(
            tx, on=on, since=since, epoch_id=coverage.epoch_on(tx, register_on), level=level, parent_id=parent_id
        )
    return QualityList(on, since, code, register_on, level, found)

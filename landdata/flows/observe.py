"""Answers what is connected: on a day, in a division of the country, as known at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache

from landdata.errors import DatabaseNotReady, UnknownDivision, UnknownUnit
from landdata.flows import summary
from landdata.model.coverage import Bounded, Coverage, LevelCoverage, Place, SeriesPoint, UnitCoverage
from landdata.model.coverage_rules import Rung, in_force
from landdata.model.series import Point
from landdata.model.units import Division, Level, Unit
from landdata.store import coverage, coverage_rules, registers
from landdata.store.coverage import NationalRow
from landdata.store.engine import Database, Reader
from landdata.store.registers import Boundary


def national(db: Database, *, on: date, division: str | None = None, known_at: datetime | None = None) -> Coverage:
    """The national summary. Raises UnknownDivision. `division` None is the one in force on the day."""
    with db.read() as tx:
        code, register_on = register_of(tx, on, division)
        if known_at is None:
            row = summary.national(tx, db.kept, on=on, register_on=register_on)
        else:
            [row] = counted(tx, [on], [register_on], known_at)
    return Coverage(
        on=on,
        division=code,
        register_on=register_on,
        known_at=known_at,
        levels=tuple(
            LevelCoverage(level, row.connected[level], row.totals[level]) for level in Level if row.totals[level] > 0
        ),
        parcels=row.parcels,
        certificates=row.certificates,
        holders=row.holders,
        backfilled=row.backfilled,
        simulated=row.simulated,
        rule=row.rule_id,
    )


def units(
    db: Database,
    *,
    on: date,
    level: Level,
    division: str | None = None,
    parent: str | None = None,
    known_at: datetime | None = None,
) -> tuple[UnitCoverage, ...]:
    """Every unit of a level, below `parent` (a province or district code) when given. Raises UnknownDivision, UnknownUnit."""
    with db.read() as tx:
        _, register_on = register_of(tx, on, division)
        parent_id = None
        if parent is not None:
            found = registers.unit_on(tx, code=parent, level=None, on=register_on)
            if found is None:
                raise UnknownUnit(unit_code=parent, level="province, district", day=register_on.isoformat())
            parent_id = found.unit_id
        [rule_id] = rules_of(tx, [on], known_at)
        return coverage.units(
            tx,
            on=on,
            epoch_id=coverage.epoch_on(tx, register_on),
            rule_id=rule_id,
            level=level,
            parent_id=parent_id,
            known_at=known_at,
        )


def series(db: Database, *, through: date, months: int = 24, division: str | None = None) -> tuple[SeriesPoint, ...]:
    """The ends of the `months` months before `through`, then `through` itself, each in its own or the named division."""
    return points(db, days=[*_month_ends(through, months), through], division=division)


def points(db: Database, *, days: Sequence[date], division: str | None = None) -> tuple[SeriesPoint, ...]:
    """The country on each of the days, in its own or the named division."""
    with db.read() as tx:
        registers_on = [register_of(tx, day, division)[1] for day in days]
        rows = counted(tx, days, registers_on, None)
    return tuple(_point(row, register_on) for row, register_on in zip(rows, registers_on, strict=True))


def place(db: Database, *, code: str, on: date, division: str | None = None, communes: bool = False) -> Place:
    """A province or district, or a commune where asked, with what it lies in and what lies in it.

    Raises UnknownDivision, UnknownUnit.
    """
    with db.read() as tx:
        _, register_on = register_of(tx, on, division)
        unit = registers.unit_on(tx, code=code, level=None, on=register_on)
        if unit is None or (unit.level is Level.COMMUNE and not communes):
            raise UnknownUnit(unit_code=code, level="province, district", day=register_on.isoformat())
        above = None
        if unit.parent_code is not None:
            above = registers.unit_on(tx, code=unit.parent_code, level=None, on=register_on)
        epoch_id = coverage.epoch_on(tx, register_on)
        below = Level.COMMUNE
        if unit.level is Level.PROVINCE and registers.has_districts(tx, epoch_id=epoch_id):
            below = Level.DISTRICT
        return Place(unit=unit, above=above, below=below, register_on=register_on)


def heirs(db: Database, *, code: str, on: date, division: str | None = None) -> tuple[Unit, ...]:
    """The units of that day in which lies what bore this code on another day; nothing for a code that never was."""
    with db.read() as tx:
        _, register_on = register_of(tx, on, division)
        known = [
            one for level in (Level.PROVINCE, Level.DISTRICT) for one in registers.versions(tx, code=code, level=level)
        ]
        ended = [one for one in known if one.valid_to is not None and one.valid_to <= register_on]
        # The last that bore it, when it is gone by then; else the first that will.
        walk, forward = (ended[-1:], True) if ended else (known[:1], False)
        found: dict[int, Unit] = {}
        seen: set[int] = set()
        while walk:
            one = walk.pop()
            if one.unit_id in seen:
                continue
            seen.add(one.unit_id)
            if one.valid_on(register_on):
                found[one.unit_id] = one
                continue
            for step in registers.successions(tx, unit_id=one.unit_id, forward=forward):
                after = step.new if forward else step.old
                if after is not None:
                    walk.append(after)
        return tuple(sorted(found.values(), key=lambda one: (one.name_ascii, one.code)))


def unit_points(
    db: Database, *, code: str, days: Sequence[date], division: str | None = None
) -> tuple[SeriesPoint, ...]:
    """As `points`, of the province or district with this code; days on which there is none are left out."""
    with db.read() as tx:
        found: list[tuple[date, date, Unit]] = []
        for day in days:
            register_on = register_of(tx, day, division)[1]
            unit = registers.unit_on(tx, code=code, level=None, on=register_on)
            if unit is not None:
                found.append((day, register_on, unit))
        days = [day for day, _, _ in found]
        rows = coverage.of_unit(
            tx,
            days=days,
            rules=rules_of(tx, days, None),
            epochs=[coverage.epoch_on(tx, register_on) for _, register_on, _ in found],
            unit_ids=[unit.unit_id for _, _, unit in found],
        )
    return tuple(
        SeriesPoint(
            on=row.on,
            register_on=row.register_from or register_on,
            provinces=Bounded(0, 0),
            districts=Bounded(0, 0),
            communes=(communes := _communes(row)).connected,
            communes_total=communes.total,
            parcels=row.parcels.at_least,
            name_vi=unit.full_name_vi,
        )
        for row, (_, register_on, unit) in zip(rows, found, strict=True)
    )


def latest_day(db: Database) -> date | None:
    """The last day from which anything published counts; None when nothing is."""
    with db.read() as tx:
        return coverage.latest_day(tx)


def divisions(db: Database) -> tuple[Division, ...]:
    """The named divisions, oldest first."""
    with db.read() as tx:
        return registers.divisions(tx)


def boundaries(db: Database, *, division: str) -> tuple[Boundary, ...]:
    """Province polygons of a named division. Raises UnknownDivision."""
    with db.read() as tx:
        _named(registers.divisions(tx), division)
        return registers.boundaries(tx, division=division)


def rules_of(tx: Reader, days: Sequence[date], known_at: datetime | None) -> tuple[int, ...]:
    """Versions of the rule of "connected" on each day, as known then."""
    known = coverage_rules.every(tx, known_at=known_at)
    return tuple(one.rule_id for one in in_force(known, Rung.CONNECTED, days))


def register_of(tx: Reader, on: date, division: str | None) -> tuple[str, date]:
    """The division's name and the day whose register is meant."""
    known = registers.divisions(tx)
    if not known:
        raise DatabaseNotReady(missing="reference data (`landdata reference load`)")
    if division is not None:
        return division, _named(known, division).on_date
    started = [one for one in known if one.on_date <= on] or list(known[:1])
    return started[-1].code, on


def counted(
    tx: Reader, days: Sequence[date], registers_on: Sequence[date], known_at: datetime | None
) -> tuple[NationalRow, ...]:
    """The country on each day, in the register of the same place, by the rule of its own."""
    return coverage.national(
        tx,
        days=days,
        epochs=[coverage.epoch_on(tx, day) for day in registers_on],
        rules=rules_of(tx, days, known_at),
        known_at=known_at,
    )


def _communes(point: Point) -> LevelCoverage:
    """The communes of a unit; an island district has none."""
    none = LevelCoverage(Level.COMMUNE, Bounded(0, 0), 0)
    return next((one for one in point.levels if one.level is Level.COMMUNE), none)


def _named(known: tuple[Division, ...], code: str) -> Division:
    for one in known:
        if one.code == code:
            return one
    raise UnknownDivision(division=code, known=", ".join(one.code for one in known))


@lru_cache(maxsize=64)
def _month_ends(through: date, months: int) -> tuple[date, ...]:
    """Last days of the months that end before `through`, oldest first."""
    found = []
    day = through.replace(day=1) - timedelta(days=1)
    for _ in range(months):
        found.append(day)
        day = day.replace(day=1) - timedelta(days=1)
    return tuple(reversed(found))


def _point(row: NationalRow, register_on: date) -> SeriesPoint:
    return SeriesPoint(
        on=row.day,
        register_on=row.register_from or register_on,
        provinces=row.connected[Level.PROVINCE],
        districts=row.connected[Level.DISTRICT] if row.totals[Level.DISTRICT] else Bounded(0, 0),
        communes=row.connected[Level.COMMUNE],
        communes_total=row.totals[Level.COMMUNE],
        parcels=row.parcels,
        rule=row.rule_id,
    )

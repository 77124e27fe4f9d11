"""Tells coverage over time, of the country or of a unit, with what others published beside it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from landdata.errors import SeriesUnfit, UnknownUnit
from landdata.flows.observe import counted, register_of, rules_of
from landdata.model.coverage import Bounded, LevelCoverage
from landdata.model.series import MOST_POINTS, Break, Point, Series, Step, days_of
from landdata.model.units import Level, Unit
from landdata.store import coverage, deliveries, history, registers
from landdata.store.coverage import NationalRow
from landdata.store.engine import Database, Reader

_NATIONAL = "national"


def series(
    db: Database,
    *,
    first: date | None = None,
    last: date | None = None,
    step: Step = Step.MONTH,
    division: str | None = None,
    unit: str | None = None,
    known_at: datetime | None = None,
) -> Series:
    """Points from `first` (two years before when left out) to `last` (today).

    The country stands in its own register each day unless a division is named. A unit is one of the register of `division`
    or of `last`, and the facts of all days are told in that one. Raises SeriesUnfit, UnknownDivision, UnknownUnit.
    """
    with db.read() as tx:
        last = last or deliveries.today(tx)
        first = first or last - timedelta(days=730)
        days = days_of(first, last, step)
        if first > last or len(days) > MOST_POINTS:
            raise SeriesUnfit(most=MOST_POINTS)
        if unit is None:
            registers_on = [register_of(tx, day, division)[1] for day in days]
            points = tuple(_national(row) for row in counted(tx, days, registers_on, known_at))
            found, scope = None, _NATIONAL
        else:
            division, register_on = register_of(tx, last, division)
            found = _unit(tx, unit, register_on)
            epoch = coverage.epoch_on(tx, register_on)
            points = coverage.of_unit(
                tx, days=days, rules=rules_of(tx, days, known_at), epochs=[epoch] * len(days),
                unit_ids=[found.unit_id] * len(days), known_at=known_at,
            )  # fmt: skip
            scope = f"province: {found.name_ascii}" if found.level is Level.PROVINCE else ""
        breaks = () if division else _breaks(tx, first, last)
        published = history.published(tx, scope=scope, first=first, last=last)
    return Series(first, last, step, division, found.code if found else "", known_at, points, breaks, published)


def _unit(tx: Reader, code: str, register_on: date) -> Unit:
    found = registers.unit_on(tx, code=code, level=None, on=register_on)
    if found is None:
        raise UnknownUnit(unit_code=code, level=", ".join(Level), day=register_on.isoformat())
    return found


def _breaks(tx: Reader, first: date, last: date) -> tuple[Break, ...]:
    """Days within on which the country was divided anew."""
    known = registers.divisions(tx)[1:]
    return tuple(Break(one.on_date, one.code, one.name_vi, one.name_en) for one in known if first < one.on_date <= last)


def _national(row: NationalRow) -> Point:
    def exact(count: int) -> Bounded:
        return Bounded(count, count)

    levels = tuple(LevelCoverage(one, row.connected[one], row.totals[one]) for one in Level if row.totals[one])
    amounts = exact(row.parcels), exact(row.certificates), exact(row.holders)
    return Point(row.day, row.register_from, row.rule_id, levels, *amounts)

"""Tells indicators of the government office's letters: who stands how on a day, in a division, as known at a time."""

from __future__ import annotations

from datetime import date, datetime

from landdata.errors import IndicatorUnknown
from landdata.flows.observe import register_of
from landdata.model.indicator_figures import Retold, newest, published, totals
from landdata.model.indicators import (
    CountedLevel,
    Figures,
    Indicator,
    SubjectKind,
    Summary,
    Timing,
    Value,
    flags_of,
    spelt,
    unit_key,
)
from landdata.model.units import Unit
from landdata.store import deliveries, indicators
from landdata.store.engine import Database, Reader


def listed(db: Database) -> tuple[Indicator, ...]:
    """All indicators, in the order of lists."""
    with db.read() as tx:
        return indicators.every(tx)


def figures(
    db: Database,
    *,
    code: str,
    effective_on: date | None = None,
    known_at: datetime | None = None,
    division: str | None = None,
    level: CountedLevel | None = None,
    subject_kind: SubjectKind | None = None,
    subject: str | None = None,
    timing: Timing | None = None,
) -> Figures:
    """An indicator on a day (today in Vietnam when left out), subject by subject.

    `division` None: units as published; else each province of that register, made of its parts: exact where all are
    there, else "at least", "at most" or without a basis. Agencies and services are the same in both. `subject`: a
    province's code or part of a name. Raises IndicatorUnknown, UnknownDivision.
    """
    with db.read() as tx:
        found = _figures(tx, code, effective_on, known_at, division, level)
    wanted = spelt(subject) if subject else ""
    kept = [
        one
        for one in found.figures
        if (subject_kind is None or one.subject_kind is subject_kind)
        and (timing is None or one.timing is timing)
        and (not subject or one.unit_code == subject or (wanted and wanted in spelt(one.subject)))
    ]
    return Figures(found.indicator, found.effective_on, found.known_at, found.division, found.levels, tuple(kept))


def summary(
    db: Database,
    *,
    code: str,
    effective_on: date | None = None,
    known_at: datetime | None = None,
    division: str | None = None,
) -> Summary:
    """The same, all subjects of a kind at a level together. Raises IndicatorUnknown, UnknownDivision."""
    return summed(figures(db, code=code, effective_on=effective_on, known_at=known_at, division=division))


def summed(found: Figures) -> Summary:
    """What figures come to together."""
    days = [one for one in found.figures if one.on_date is not None]
    last = max(days, key=lambda one: one.on_date or date.min, default=None)
    return Summary(
        found.indicator,
        found.effective_on,
        found.known_at,
        found.division,
        last.on_date if last else None,
        last.exact if last else True,
        totals(found.figures),
    )


def versions(
    db: Database, *, code: str, known_at: datetime | None = None, subject_key: str | None = None, named: bool = False
) -> tuple[Value, ...]:
    """Every version of the values that were corrected, the newest first, or of one subject. `named`: with who.

    Raises IndicatorUnknown.
    """
    with db.read() as tx:
        find(tx, code)
        return indicators.versions(tx, code=code, known_at=known_at, subject_key=subject_key, named=named)


def find(tx: Reader, code: str) -> Indicator:
    """The indicator of that code. Raises IndicatorUnknown."""
    every = indicators.every(tx)
    for one in every:
        if one.code == code:
            return one
    raise IndicatorUnknown(code=code[:40], known=", ".join(one.code for one in every))


def _figures(
    tx: Reader,
    code: str,
    effective_on: date | None,
    known_at: datetime | None,
    division: str | None,
    level: CountedLevel | None,
) -> Figures:
    indicator = find(tx, code)
    on = effective_on or deliveries.today(tx)
    provinces, edges = indicators.provinces(tx)
    by_id: dict[int, Unit] = {unit.unit_id: unit for unit in provinces}
    values = indicators.values(tx, code=code, on=on, known_at=known_at)
    flags = flags_of({one.value_id: one for one in values}, {unit_id: unit.name_vi for unit_id, unit in by_id.items()})
    told = published(indicator, values, on=on, units=by_id, flags=flags)
    by_key = {unit_key(unit.unit_id): unit for unit in provinces}
    levels = tuple(one for one in CountedLevel if any(each.level is one for each in told))
    if division is None:
        rows = newest(told, by_key)
    else:
        division, register_on = register_of(tx, on, division)
        again = Retold(by_key, edges, register_on)
        rows = tuple(one for one in told if one.subject_kind is not SubjectKind.UNIT)
        here = [one for one in told if one.subject_kind is SubjectKind.UNIT]
        for counted in levels:
            if any(one.level is counted for one in here):
                rows += again.figures(indicator, here, level=counted, on=on)
    kept = tuple(one for one in rows if level is None or one.level is level)
    return Figures(indicator, on, known_at, division, levels, kept)

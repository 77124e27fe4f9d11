"""Rules of the ladder of coverage: read as they were known at a time, and only ever added to."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, or_, select

from landdata.model.coverage_rules import Rule, Rung, Terms
from landdata.store.engine import Reader, Writer
from landdata.store.tables import ladder as t
from landdata.store.tables import offices as o

_R = t.coverage_rule
_SHARES = ("commune_share", "district_share", "province_share")
_COLUMNS: list[Any] = [column for column in _R.c if column.name != "person_id"]


def every(tx: Reader, *, known_at: datetime | None = None) -> tuple[Rule, ...]:
    """All versions of all rungs, in the order in which they were recorded; those from the start were always known."""
    query = select(*_COLUMNS).order_by(_R.c.rule_id)
    if known_at is not None:
        query = query.where(or_(_R.c.person_id.is_(None), _R.c.recorded_at <= known_at))
    return tuple(_rule(row) for row in tx.connection.execute(query))


def told(tx: Reader) -> tuple[Rule, ...]:
    """The same with the sign-in name of whoever set each; for those who may see people."""
    query = select(*_COLUMNS, o.person.c.login).join(o.person, isouter=True).order_by(_R.c.rule_id)
    return tuple(_rule(row, row.login) for row in tx.connection.execute(query))


def add(tx: Writer, *, rung: Rung, terms: Terms, effective_from: date, person_id: int, reason: str) -> Rule:
    """A new version; it changes nothing of the others."""
    values = {name: getattr(terms, name) for name in Terms.__dataclass_fields__}
    row = tx.connection.execute(
        insert(_R)
        .values(rung=rung.value, effective_from=effective_from, person_id=person_id, reason=reason, **values)
        .returning(*_COLUMNS)
    ).one()
    return _rule(row)


def _rule(row: Any, by: str | None = None) -> Rule:
    values = {name: getattr(row, name) for name in Terms.__dataclass_fields__}
    values |= {name: None if values[name] is None else float(values[name]) for name in _SHARES}
    return Rule(row.rule_id, Rung(row.rung), Terms(**values), row.effective_from, row.recorded_at, row.reason, by)

"""Alerts and their rules: what stands open, what was, and every change of a rule."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, insert, select, text, update

from landdata.model.alerts import Alert, Audience, Measure, Open, Rule, RuleChange, Unit
from landdata.store.engine import Reader, Writer
from landdata.store.tables import alerts as t
from landdata.store.tables import offices as o

_RULE = tuple(t.alert_rule.c[name] for name in Rule.__slots__)


def rules(tx: Reader) -> tuple[Rule, ...]:
    """All rules, by code."""
    return tuple(rule_of(row) for row in tx.connection.execute(select(*_RULE).order_by(t.alert_rule.c.code)))


def change_rule(
    tx: Writer, code: str, *, threshold: float, calm_minutes: int, enabled: bool, person_id: int, reason: str
) -> None:
    """Set a rule, and note who did and why."""
    values = {"threshold": threshold, "calm_minutes": calm_minutes, "enabled": enabled}
    tx.connection.execute(update(t.alert_rule).where(t.alert_rule.c.code == code).values(**values))
    tx.connection.execute(insert(t.alert_rule_change).values(code=code, person_id=person_id, reason=reason, **values))


def rule_changes(tx: Reader) -> tuple[RuleChange, ...]:
    """Every change of a rule, the newest first."""
    c = t.alert_rule_change
    rows = tx.connection.execute(
        select(c.c.code, c.c.threshold, c.c.calm_minutes, c.c.enabled, o.person.c.login, c.c.reason, c.c.at)
        .join(o.person, o.person.c.person_id == c.c.person_id)
        .order_by(c.c.change_id.desc())
    )
    return tuple(RuleChange(*row) for row in rows)


def alone(tx: Writer) -> datetime:
    """Let one look at a time decide what opens and closes; returns the database's time."""
    tx.connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('sync.alert', 0))"))
    found: datetime = tx.connection.scalar(text("SELECT clock_timestamp()"))
    return found


def standing(tx: Reader) -> list[Open]:
    """The alerts that are open."""
    a = t.alert
    rows = tx.connection.execute(
        select(a.c.alert_id, a.c.rule_code, a.c.subject, a.c.fine_since).where(a.c.closed_at.is_(None))
    )
    return [Open(*row) for row in rows]


def open_by_rule(tx: Reader) -> dict[str, int]:
    """How many alerts are open, rule by rule, all rules."""
    a, rule = t.alert, t.alert_rule
    own = (a.c.rule_code == rule.c.code) & a.c.closed_at.is_(None)
    query = select(rule.c.code, func.count(a.c.alert_id).label("many")).outerjoin(a, own).group_by(rule.c.code)
    return {row.code: row.many for row in tx.connection.execute(query)}


def open_all(tx: Writer, measured: Sequence[Measure]) -> list[int]:
    """Open an alert for each, with its rule's threshold; returns their ids."""
    if not measured:
        return []
    rows = tx.connection.execute(
        text(
            "INSERT INTO sync.alert (rule_code, subject, office_id, value, threshold, details) "
            "SELECT m.rule, m.subject, m.office, m.value, r.threshold, m.details FROM unnest(CAST(:rules AS text[]), "
            "  CAST(:subjects AS text[]), CAST(:offices AS bigint[]), CAST(:values AS float8[]), CAST(:details AS jsonb[])) "
            "  AS m (rule, subject, office, value, details) JOIN sync.alert_rule r ON r.code = m.rule RETURNING alert_id"
        ),
        {
            "rules": [one.rule for one in measured],
            "subjects": [one.subject for one in measured],
            "offices": [one.office_id for one in measured],
            "values": [one.value for one in measured],
            "details": [json.dumps(dict(one.details)) for one in measured],
        },
    )
    return [row.alert_id for row in rows]


def mark(tx: Writer, *, well: Sequence[int], bad: Sequence[int], closing: Mapping[int, float | None]) -> None:
    """Note which are well again, which are bad again after all, and which end."""
    a = t.alert
    now = func.clock_timestamp()
    if well:
        tx.connection.execute(update(a).where(a.c.alert_id.in_(well)).values(fine_since=now))
    if bad:
        tx.connection.execute(update(a).where(a.c.alert_id.in_(bad)).values(fine_since=None))
    for alert_id, value in closing.items():
        tx.connection.execute(
            update(a)
            .where(a.c.alert_id == alert_id)
            .values(closed_at=now, closed_value=value, fine_since=func.coalesce(a.c.fine_since, now))
        )


def listed(tx: Reader, *, open_: bool | None, office_ids: Sequence[int] | None, most: int) -> tuple[Alert, ...]:
    """Alerts, the newest first: open ones, closed ones or both (None); of some offices, or all there are."""
    a = t.alert
    query = select_alerts().order_by(a.c.alert_id.desc()).limit(most)
    if open_ is not None:
        query = query.where(a.c.closed_at.is_(None) if open_ else a.c.closed_at.is_not(None))
    if office_ids is not None:
        query = query.where(a.c.office_id.in_(office_ids))
    return tuple(alert_of(row) for row in tx.connection.execute(query))


def select_alerts(*more: Any) -> Select[Any]:
    """Alerts with their rules and offices, and whatever else a query needs."""
    a = t.alert
    return (
        select(a, *(column.label(f"rule_{column.name}") for column in _RULE if column.name != "code"),
               o.office.c.code.label("office_code"), o.office.c.name_vi, o.office.c.name_en, *more)
        .join(t.alert_rule, t.alert_rule.c.code == a.c.rule_code)
        .outerjoin(o.office, o.office.c.office_id == a.c.office_id)
    )  # fmt: skip


def alert_of(row: Row[Any]) -> Alert:
    """One row of `select_alerts`."""
    names = [name for name in Alert.__slots__ if name != "rule"]
    return Alert(rule=rule_of(row, "rule_"), **{name: getattr(row, name) for name in names})


def rule_of(row: Row[Any], prefix: str = "") -> Rule:
    """A rule from columns that bear its names behind a prefix."""
    given = {name: getattr(row, prefix + name) for name in Rule.__slots__}
    return Rule(**{**given, "unit": Unit(given["unit"]), "audience": Audience(given["audience"])})

"""Looks at what the rules of alerts measure, and opens and closes alerts, each with the notices that tell of it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from landdata.errors import AlertRuleUnfit, AlertRuleUnknown, OfficeUnknown, PersonUnknown
from landdata.flows import promises
from landdata.model.alerts import Alert, Channel, Measure, Occasion, Rule, RuleChange, weigh
from landdata.model.jobs import BrokenPromise
from landdata.settings import Settings
from landdata.store import alerts, measures, offices, outbox
from landdata.store.engine import Database, Reader
from landdata.store.queue import enqueue

ALERTS_TASK = "alerts"
MOST_LISTED = 500

# Audience, channel, and the address or URL.
Targets = tuple[tuple[str, Channel, str], ...]


@dataclass(frozen=True, slots=True)
class Looked:
    """How many alerts a look opened and closed."""

    opened: int
    closed: int


def targets_of(settings: Settings) -> Targets:
    """Who is told, by what. Without a mail server nobody is told by mail."""
    mail = settings.alert_mail if settings.smtp_host else {}
    return (
        *((who, Channel.MAIL, one) for who, many in mail.items() for one in many),
        *((who, Channel.WEBHOOK, one) for who, many in settings.alert_webhooks.items() for one in many),
    )


def look(db: Database, *, targets: Targets) -> Looked:
    """Measure, open and close. What opens is asked to be told once to each target, what closes to the same ones."""
    broken = promises.broken(db, datetime.now(UTC))
    with db.write() as tx:
        now = alerts.alone(tx)
        rules = alerts.rules(tx)
        enabled = {one.code for one in rules if one.enabled}
        measured = [*_measured(tx, enabled, now), *(_broken(one, now) for one in broken)]
        found = weigh(rules, measured, alerts.standing(tx), now)
        opened = alerts.open_all(tx, found.opening)
        alerts.mark(tx, well=found.well, bad=found.bad, closing=found.closing)
        outbox.add(tx, opened, Occasion.OPENED, targets)
        outbox.follow(tx, list(found.closing))
        if opened or found.closing:
            enqueue(tx, task=ALERTS_TASK, lock=ALERTS_TASK, once=ALERTS_TASK)
    return Looked(len(opened), len(found.closing))


def _measured(tx: Reader, enabled: set[str], now: datetime) -> Iterator[Measure]:
    """All that is measured for rules that are switched on."""
    for codes, measure in (
        ({"SOURCE_OVERDUE"}, measures.overdue),
        ({"SOURCE_SILENT"}, measures.silence),
        ({"SOURCE_FAILING", "REFUSED_SHARE_ROSE"}, measures.refusals),
        ({"PARCELS_SHRANK", "PARCELS_GREW", "COMMUNE_SHRANK", "COMMUNE_GREW"}, measures.parcels),
        ({"MISMATCH_ROSE"}, measures.mismatch),
        ({"RECOUNT_DIFFERS"}, measures.recounted),
        ({"PULL_FAILING"}, measures.pulls),
    ):
        if codes & enabled:
            yield from measure(tx)
    yield from measures.consumers(tx, now)


def _broken(one: BrokenPromise, now: datetime) -> Measure:
    """Minutes since a job should have done what it promises."""
    details = {"vi": one.vi, "en": one.en, "done_at": one.done_at.isoformat() if one.done_at else "-"}
    return Measure("PROMISE_BROKEN", one.job, (now - one.due_at).total_seconds() / 60, details=details)


def open_by_rule(db: Database) -> dict[str, int]:
    """How many alerts are open, rule by rule: 0 for one of which nothing is wrong."""
    with db.read() as tx:
        return alerts.open_by_rule(tx)


def rules(db: Database) -> tuple[tuple[Rule, ...], tuple[RuleChange, ...]]:
    """All rules by code, and every change of one, the newest first."""
    with db.read() as tx:
        return alerts.rules(tx), alerts.rule_changes(tx)


def thresholds(db: Database) -> tuple[Rule, ...]:
    """All rules by code as they are now, for who may not see who changed them."""
    with db.read() as tx:
        return alerts.rules(tx)


def set_rule(
    db: Database,
    *,
    code: str,
    login: str,
    reason: str,
    threshold: float | None = None,
    calm_minutes: int | None = None,
    enabled: bool | None = None,
) -> Rule:
    """Change a rule; what is None stays. Raises AlertRuleUnknown, AlertRuleUnfit, PersonUnknown."""
    with db.write() as tx:
        found = next((one for one in alerts.rules(tx) if one.code == code), None)
        if found is None:
            raise AlertRuleUnknown(rule=code)
        value = found.threshold if threshold is None else threshold
        calm = found.calm_minutes if calm_minutes is None else calm_minutes
        if not (math.isfinite(value) and value > 0 and calm >= 0):
            raise AlertRuleUnfit(rule=code)
        person = offices.ministry_person(tx, login)
        if person is None:
            raise PersonUnknown(login=login)
        alerts.change_rule(
            tx, code, threshold=value, calm_minutes=calm, enabled=found.enabled if enabled is None else enabled,
            person_id=person, reason=reason,
        )  # fmt: skip
        return next(one for one in alerts.rules(tx) if one.code == code)


def listed(
    db: Database, *, open_: bool | None = True, office_codes: Iterable[str] | None = None, own: str | None = None
) -> tuple[Alert, ...]:
    """Alerts, the newest first, at most `MOST_LISTED`: open, closed or both (None); of the offices named, or all.

    `own`: the office that asks, which sees its own alone. Raises OfficeUnknown.
    """
    with db.read() as tx:
        ids: list[int] | None = None
        if own is not None:
            office = offices.enter(tx, own)
            if office is None:
                raise OfficeUnknown(office_code=own)
            ids = [office.office_id]
        if office_codes is not None:
            wanted = set(office_codes)
            named = [one.office_id for one in offices.every(tx) if one.code in wanted]
            ids = named if ids is None else [one for one in ids if one in named]
        return alerts.listed(tx, open_=open_, office_ids=ids, most=MOST_LISTED)

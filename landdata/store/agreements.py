"""Sharing agreements: versions, their steps, what they let a client do, and alarms; the tables guard the rules of life."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, and_, delete, func, insert, or_, select, text, true, tuple_, update

from landdata.model.agreements import AgreementState, UnitScope
from landdata.model.terms import Alarm, Event, Limits, Step, Terms, TokenBinding, Version
from landdata.store.engine import Reader, Writer
from landdata.store.tables import agreements as t
from landdata.store.tables import clients as c
from landdata.store.tables import offices as o
from landdata.store.tables import registers as r

# The next number of the agreements' own locks; any number that nobody else uses.
_LOCK = 7_240_018


def lock(tx: Writer, code: str) -> None:
    """One step at a time for an agreement, until the transaction ends."""
    tx.connection.execute(text("SELECT pg_advisory_xact_lock(:lock, hashtext(:code))"), {"lock": _LOCK, "code": code})


def add(tx: Writer, *, code: str, version: int, terms: Terms, drafted_by: int, edited_by: int) -> int:
    """Write a version as a draft; its units follow with `limit_to`."""
    statement = insert(t.agreement).values(
        code=code,
        version=version,
        client_id=terms.client_id,
        purpose=terms.purpose,
        legal_ground=terms.legal_ground,
        service_codes=list(terms.service_codes),
        agency_codes=list(terms.agency_codes),
        fields_mask=terms.fields_mask,
        daily_quota=terms.daily_quota,
        rate_per_second=terms.rate_per_second,
        burst=terms.burst,
        token_binding=terms.token_binding.value,
        unbound_reason=terms.unbound_reason,
        valid_from=terms.valid_from,
        valid_to=terms.valid_to,
        drafted_by=drafted_by,
        edited_by=edited_by,
    )
    return int(tx.connection.scalar(statement.returning(t.agreement.c.agreement_id)) or 0)


def limit_to(tx: Writer, agreement_id: int, unit_ids: Iterable[int]) -> None:
    """Limit a draft to units."""
    rows = [{"agreement_id": agreement_id, "unit_id": unit_id} for unit_id in unit_ids]
    if rows:
        tx.connection.execute(insert(t.agreement_unit), rows)


def unit_id(tx: Reader, scope: UnitScope) -> int | None:
    """The unit version that a code means in a division."""
    division, unit = r.division, r.unit
    found: int | None = tx.connection.scalar(
        select(unit.c.unit_id)
        .join(division, unit.c.validity.op("@>")(division.c.on_date))
        .where(division.c.code == scope.division, unit.c.level == scope.level, unit.c.code == scope.code)
    )
    return found


def unit_names(tx: Reader, scopes: Iterable[UnitScope]) -> dict[UnitScope, str]:
    """Names with their type words of what codes mean in their divisions; a code that means nothing is left out."""
    division, unit = r.division, r.unit
    query = (
        select(unit.c.code, unit.c.level, division.c.code.label("division"), unit.c.full_name_vi)
        .join(division, unit.c.validity.op("@>")(division.c.on_date))
        .where(tuple_(division.c.code, unit.c.level, unit.c.code).in_([(s.division, s.level, s.code) for s in scopes]))
    )
    found = tx.connection.execute(query)
    return {UnitScope(row.code, row.level, row.division): str(row.full_name_vi) for row in found}


def move(tx: Writer, agreement_id: int, state: AgreementState, *, approved_by: int | None = None) -> None:
    """Take a version to another state; the database knows which steps there are."""
    values: dict[str, Any] = {"state": state.value}
    if approved_by is not None:
        values["approved_by"] = approved_by
    tx.connection.execute(update(t.agreement).where(t.agreement.c.agreement_id == agreement_id).values(values))


def note(tx: Writer, agreement_id: int, step: Step, state: AgreementState, *, person_id: int, reason: str) -> None:
    """Note a step that was taken, for good."""
    tx.connection.execute(
        insert(t.agreement_event).values(
            agreement_id=agreement_id, step=step.value, state=state.value, person_id=person_id, reason=reason
        )
    )


def versions(tx: Reader, code: str | None = None) -> tuple[Version, ...]:
    """All versions, of one agreement or of all, by code, oldest first."""
    return tuple(_version(row) for row in tx.connection.execute(_versions(code)))


def events(tx: Reader, code: str) -> tuple[Event, ...]:
    """Every step of an agreement, oldest first."""
    e = t.agreement_event
    query = (
        select(t.agreement.c.version, e.c.step, e.c.state, o.person.c.login, e.c.reason, e.c.at)
        .join_from(e, t.agreement)
        .join(o.person, o.person.c.person_id == e.c.person_id)
        .where(t.agreement.c.code == code)
        .order_by(e.c.event_id)
    )
    return tuple(
        Event(row.version, Step(row.step), AgreementState(row.state), row.login, row.reason, row.at)
        for row in tx.connection.execute(query)
    )


def consumer_of(tx: Reader, client_id: str) -> str | None:
    """Kind of the office that a client belongs to."""
    kind: str | None = tx.connection.scalar(
        select(o.office.c.kind).join_from(o.office, c.client).where(c.client.c.client_id == client_id)
    )
    return kind


def agreed_mask(tx: Reader, client_id: str) -> int:
    """Bits of the fields that a client's agreements in force open now; 0 when there is none."""
    return int(tx.connection.scalar(select(func.bit_or(t.agreement.c.fields_mask)).where(in_force(client_id))) or 0)


def limits(tx: Reader, client_id: str) -> Limits | None:
    """What a client's agreements in force let it ask; of several the widest rate and the smallest quota. None: no agreement."""
    a = t.agreement
    row = tx.connection.execute(
        select(func.max(a.c.rate_per_second), func.max(a.c.burst), func.min(a.c.daily_quota)).where(in_force(client_id))
    ).one()
    return None if row[2] is None else Limits(row[0], row[1], row[2], _used_today(tx, client_id))


def alarms(tx: Reader) -> tuple[Alarm, ...]:
    """All alarms, newest first."""
    query = (
        select(t.alarm, t.agreement.c.code)
        .join(t.agreement, t.agreement.c.agreement_id == t.alarm.c.agreement_id, isouter=True)
        .order_by(t.alarm.c.alarm_id.desc())
    )
    return tuple(
        Alarm(row.kind, row.client_id, row.code, row.on_day, row.access_id, row.at)
        for row in tx.connection.execute(query)
    )


def forget_quotas(tx: Writer) -> int:
    """Delete which citizens quotas counted on days before yesterday; returns how many. The access log keeps them."""
    past = _today() - 1
    counts = delete(t.quota_count).where(t.quota_count.c.day < past)
    tx.connection.execute(counts)
    return tx.connection.execute(delete(t.quota_use).where(t.quota_use.c.day < past)).rowcount


def _used_today(tx: Reader, client_id: str) -> int:
    c = t.quota_count
    query = select(func.sum(c.c.used)).where(c.c.client_id == client_id, c.c.day == _today())
    return int(tx.connection.scalar(query) or 0)


def _today() -> ColumnElement[date]:
    """The day in Vietnam, by the database's clock."""
    return func.timezone("Asia/Ho_Chi_Minh", func.clock_timestamp()).cast(Date)


def in_force(client_id: str | ColumnElement[str]) -> ColumnElement[bool]:
    """True for agreements of a client, or of the one in a column, that are in force now."""
    a, today = t.agreement, _today()
    return and_(
        a.c.client_id == client_id,
        a.c.state == AgreementState.ACTIVE.value,
        a.c.valid_from <= today,
        or_(a.c.valid_to.is_(None), today < a.c.valid_to),
    )


def _versions(code: str | None) -> Select[Any]:
    a, drafter, editor, approver = (
        t.agreement,
        o.person.alias("drafter"),
        o.person.alias("editor"),
        o.person.alias("approver"),
    )
    # A unit is told in the first division that has it: the one it was named in, or one that means the same version.
    named = (
        select(r.unit.c.code, r.unit.c.level, func.min(r.division.c.code).label("division"))
        .join_from(t.agreement_unit, r.unit, r.unit.c.unit_id == t.agreement_unit.c.unit_id)
        .join(r.division, r.unit.c.validity.op("@>")(r.division.c.on_date))
        .where(t.agreement_unit.c.agreement_id == a.c.agreement_id)
        .group_by(r.unit.c.unit_id, r.unit.c.code, r.unit.c.level)
        .correlate(a)
        .subquery()
    )
    units = select(
        func.jsonb_agg(func.jsonb_build_array(named.c.code, named.c.level, named.c.division)).label("units")
    ).lateral()
    return (
        select(
            a,
            o.office.c.name_vi,
            o.office.c.name_en,
            drafter.c.login.label("drafter"),
            editor.c.login.label("editor"),
            approver.c.login.label("approver"),
            units.c.units,
        )
        .join_from(a, c.client, c.client.c.client_id == a.c.client_id)
        .join(o.office, o.office.c.office_id == c.client.c.office_id)
        .join(drafter, drafter.c.person_id == a.c.drafted_by)
        .join(editor, editor.c.person_id == a.c.edited_by)
        .join(approver, approver.c.person_id == a.c.approved_by, isouter=True)
        .join(units, true())
        .where(true() if code is None else a.c.code == code)
        .order_by(a.c.code, a.c.version)
    )


def _version(row: Any) -> Version:
    terms = Terms(
        row.client_id, row.purpose, row.legal_ground, tuple(row.service_codes), tuple(row.agency_codes), row.fields_mask,
        tuple(sorted((UnitScope(*one) for one in row.units or ()), key=lambda one: (one.division, one.level, one.code))),
        row.daily_quota, row.rate_per_second, row.burst, row.valid_from, row.valid_to, TokenBinding(row.token_binding),
        row.unbound_reason,
    )  # fmt: skip
    return Version(
        row.agreement_id, row.code, row.version, AgreementState(row.state), row.name_vi, row.name_en, terms,
        row.drafted_by, row.drafter, row.editor, row.approver,
    )  # fmt: skip

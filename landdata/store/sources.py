"""Sources: what is on record about each, what it promised, and its life, event by event."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, func, insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from landdata.model.sources import Cause, Event, Facts, Promise, Province, State
from landdata.store.engine import Reader, Writer
from landdata.store.queries import query
from landdata.store.tables import deliveries as d
from landdata.store.tables import offices as o
from landdata.store.tables import sources as t


@dataclass(frozen=True, slots=True)
class Known:
    """A source as it is on record."""

    source_id: int
    office_id: int
    method: str
    state: State
    since: datetime
    facts: Facts
    promise: Promise


def add(tx: Writer, office_id: int) -> None:
    """Note that an office delivers by itself; it has not yet. Nothing when that is noted already."""
    statement = upsert(t.source).values(office_id=office_id, method="PUSH", state=State.NEVER_CONNECTED.value)
    source_id = tx.connection.scalar(statement.on_conflict_do_nothing().returning(t.source.c.source_id))
    if source_id is not None:
        tx.connection.execute(
            insert(t.source_event).values(
                source_id=source_id, step=1, cause=Cause.REGISTERED.value, after=State.NEVER_CONNECTED.value
            )
        )


def known(tx: Reader, office_id: int | None = None) -> list[Known]:
    """The source of an office, or all of them that the transaction may see."""
    return [_known(row) for row in tx.connection.execute(query("sources_facts"), {"office": office_id})]


def state(tx: Reader, office_id: int) -> State | None:
    """How the source of an office stands; None where it has none."""
    found = tx.connection.scalar(select(t.source.c.state).where(t.source.c.office_id == office_id))
    return None if found is None else State(found)


def lock(tx: Writer, source_id: int) -> None:
    """Let no other transaction move this source before this one ends."""
    tx.connection.execute(select(t.source.c.state).where(t.source.c.source_id == source_id).with_for_update())


def move(
    tx: Writer,
    source_id: int,
    *,
    cause: Cause,
    before: State,
    after: State,
    delivery_id: int | None = None,
    due_on: date | None = None,
    person_id: int | None = None,
    reason: str = "",
) -> None:
    """Write an event, and the state it ends in; the source is locked."""
    e = t.source_event
    step = select(func.max(e.c.step) + 1).where(e.c.source_id == source_id).scalar_subquery()
    tx.connection.execute(
        insert(e).values(
            source_id=source_id, step=step, cause=cause.value, before=before.value, after=after.value,
            delivery_id=delivery_id, due_on=due_on, person_id=person_id, reason=reason,
        )
    )  # fmt: skip
    if before is not after:
        tx.connection.execute(
            t.source.update()
            .where(t.source.c.source_id == source_id)
            .values(state=after.value, state_since=func.clock_timestamp())
        )


def add_promise(tx: Writer, source_id: int, promise: Promise, *, person_id: int, reason: str) -> None:
    """Note what a source promises from now on; what it promised before stays on record."""
    tx.connection.execute(
        insert(t.source_promise).values(
            source_id=source_id, cadence_days=promise.cadence_days, first_due_on=promise.first_due_on,
            communes=promise.communes, contact=promise.contact, person_id=person_id, reason=reason,
        )
    )  # fmt: skip


def events(tx: Reader, source_id: int) -> tuple[Event, ...]:
    """The life of a source, oldest first."""
    e = t.source_event
    rows = tx.connection.execute(
        select(e, d.delivery.c.delivery_uid, o.person.c.login)
        .outerjoin(d.delivery, d.delivery.c.delivery_id == e.c.delivery_id)
        .outerjoin(o.person, o.person.c.person_id == e.c.person_id)
        .where(e.c.source_id == source_id)
        .order_by(e.c.step)
    )
    return tuple(
        Event(
            step=row.step,
            at=row.at,
            cause=Cause(row.cause),
            before=State(row.before) if row.before else None,
            after=State(row.after),
            delivery_uid=row.delivery_uid,
            due_on=row.due_on,
            login=row.login,
            reason=row.reason,
        )
        for row in rows
    )


def provinces(tx: Reader, *, on: date, office_id: int | None) -> list[tuple[Province, int | None]]:
    """The provinces of a day's register with the offices whose charge lies in them; None: nobody delivers for it."""
    rows = tx.connection.execute(query("sources_of_provinces"), {"on": on, "office": office_id})
    return [(Province(row.code, row.full_name_vi), row.office_id) for row in rows]


def methods(tx: Reader) -> Mapping[str, tuple[str, str]]:
    """Vietnamese and English wording of the ways to deliver, by code."""
    return {row.code: (row.name_vi, row.name_en) for row in tx.connection.execute(select(t.delivery_method))}


def communes(tx: Reader, office_ids: Iterable[int]) -> dict[int, int]:
    """How many communes stand published by deliveries of these offices."""
    rows = tx.connection.execute(
        text(
            "SELECT d.office_id, count(DISTINCT c.unit_id) AS communes FROM intake.delivery d "
            "JOIN intake.delivery_commune c USING (delivery_id) "
            "WHERE d.office_id = ANY (:offices) AND c.state = 'PUBLISHED' GROUP BY d.office_id"
        ),
        {"offices": list(office_ids)},
    )
    return {row.office_id: row.communes for row in rows}


def _known(row: Row[Any]) -> Known:
    return Known(
        source_id=row.source_id,
        office_id=row.office_id,
        method=row.method,
        state=State(row.state),
        since=row.state_since,
        facts=Facts(**{name: getattr(row, name) for name in Facts.__slots__}),
        promise=Promise(**{name: getattr(row, name) for name in Promise.__slots__}),
    )

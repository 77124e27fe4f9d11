"""Connections to provinces' own services: one person registers, a second approves; looked at, suspended, ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from landdata.errors import (
    ConnectionStepUnfit,
    ConnectionUnknown,
    OfficeUnknown,
    SecondPersonNeeded,
    SourceStepUnfit,
)
from landdata.flows.fitting_terms import require_fit
from landdata.flows.offices import ministry_person
from landdata.model.connections import Connection, Pull, Standing, Terms
from landdata.store import connections, offices, sources
from landdata.store.engine import Database, Reader, Writer
from landdata.store.queue import enqueue

PULL_TASK = "pull"
PULLS_TASK = "pulls"
QUEUE = "pulls"
_KEEP_DAYS = 400
_MOST_PULLS = 20
_FROM = {
    Standing.ACTIVE: {Standing.PROPOSED, Standing.SUSPENDED},
    Standing.SUSPENDED: {Standing.ACTIVE},
    Standing.ENDED: {Standing.PROPOSED, Standing.ACTIVE, Standing.SUSPENDED},
}


@dataclass(frozen=True, slots=True)
class Life:
    """A connection with its steps and its last pulls, the newest first."""

    connection: Connection
    steps: tuple[tuple[datetime, Standing, str, str], ...]
    pulls: tuple[Pull, ...]


def add(db: Database, *, office_code: str, terms: Terms, login: str, reason: str) -> UUID:
    """Register a connection; nothing is pulled before a second person approves.

    Raises ConnectionUnfit, UnknownZone, OfficeUnknown, PersonUnknown.
    """
    require_fit(terms)
    with db.write() as tx:
        office = offices.find(tx, office_code)
        if office is None or office.kind != "LAND_OFFICE":
            raise OfficeUnknown(office_code=office_code)
        person = ministry_person(tx, login)
        return connections.add(tx, office_id=office.office_id, terms=terms, person_id=person, reason=reason)


def approve(db: Database, *, connection_uid: UUID, login: str, reason: str) -> None:
    """Let it be pulled, from now on. Raises ConnectionUnknown, ConnectionStepUnfit, PersonUnknown, SecondPersonNeeded."""

    def second(found: Connection) -> None:
        if found.registered_by == login:
            raise SecondPersonNeeded

    _say(db, connection_uid, Standing.ACTIVE, {Standing.PROPOSED}, login, reason, second)


def suspend(db: Database, *, connection_uid: UUID, login: str, reason: str) -> None:
    """Pull nothing for now. Raises ConnectionUnknown, ConnectionStepUnfit, PersonUnknown."""
    _say(db, connection_uid, Standing.SUSPENDED, _FROM[Standing.SUSPENDED], login, reason)


def resume(db: Database, *, connection_uid: UUID, login: str, reason: str) -> None:
    """Pull again, from now on. Raises ConnectionUnknown, ConnectionStepUnfit, PersonUnknown."""
    _say(db, connection_uid, Standing.ACTIVE, {Standing.SUSPENDED}, login, reason)


def end(db: Database, *, connection_uid: UUID, login: str, reason: str) -> None:
    """Pull nothing any more. Raises ConnectionUnknown, ConnectionStepUnfit, PersonUnknown."""
    _say(db, connection_uid, Standing.ENDED, _FROM[Standing.ENDED], login, reason)


def listed(db: Database, *, office_code: str | None = None) -> tuple[Connection, ...]:
    """All connections, or an office's. Raises OfficeUnknown."""
    with db.read() as tx:
        return connections.every(tx, office_id=_office_id(tx, office_code))


def shown(db: Database, *, connection_uid: UUID) -> Life:
    """One connection with its life. Raises ConnectionUnknown."""
    with db.read() as tx:
        found = _found(tx, connection_uid)
        return Life(
            found,
            connections.steps(tx, found.connection_id),
            connections.pulls(tx, found.connection_id, _MOST_PULLS),
        )


def ask(db: Database, *, connection_uid: UUID) -> None:
    """Ask the worker for a pull now. Raises ConnectionUnknown, ConnectionStepUnfit, SourceStepUnfit."""
    with db.write() as tx:
        found = _found(tx, connection_uid)
        if found.standing is not Standing.ACTIVE:
            raise ConnectionStepUnfit(state=found.standing.value, step="pull")
        state = sources.state(tx, found.office_id)
        if state is not None and not state.at_work:
            raise SourceStepUnfit(office_code=found.office_code, state=state.value, step="pull")
        _enqueue(tx, connection_uid)


def ask_due(db: Database) -> int:
    """Ask for every connection whose time has come, unless its pull waits or runs; returns how many."""
    with db.write() as tx:
        due = connections.due(tx)
        for connection_uid in due:
            _enqueue(tx, connection_uid)
    return len(due)


def prune(db: Database) -> int:
    """Forget old pulls; returns how many."""
    with db.write() as tx:
        return connections.forget(tx, days=_KEEP_DAYS)


def _enqueue(tx: Writer, connection_uid: UUID) -> None:
    name = f"{PULL_TASK}:{connection_uid}"
    enqueue(tx, task=PULL_TASK, lock=name, once=name, queue=QUEUE, connection_uid=str(connection_uid))


def _say(
    db: Database,
    connection_uid: UUID,
    standing: Standing,
    before: set[Standing],
    login: str,
    reason: str,
    require: Callable[[Connection], None] | None = None,
) -> None:
    with db.write() as tx:
        person = ministry_person(tx, login)
        connections.lock(tx, _found(tx, connection_uid).connection_id)
        found = _found(tx, connection_uid)
        if found.standing not in before:
            raise ConnectionStepUnfit(state=found.standing.value, step=standing.value)
        if require:
            require(found)
        first = found.approved_by is None and standing is Standing.ACTIVE
        connections.say(tx, found.connection_id, standing, person_id=person, reason=reason, approves=first)
        connections.deliver_by(tx, found.office_id)


def _found(tx: Reader, connection_uid: UUID) -> Connection:
    found = connections.find(tx, connection_uid)
    if found is None:
        raise ConnectionUnknown(connection=str(connection_uid))
    return found


def _office_id(tx: Reader, office_code: str | None) -> int | None:
    if office_code is None:
        return None
    office = offices.enter(tx, office_code)
    if office is None:
        raise OfficeUnknown(office_code=office_code)
    return office.office_id

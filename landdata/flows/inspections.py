"""Looks into the access log: an inspector's search, the citizen's view, and lawful delays; every look is recorded first."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from landdata.errors import (
    EntryUnknown,
    InspectionUnfit,
    SecondPersonNeeded,
    SecrecyUnfit,
    SecrecyUnknown,
)
from landdata.flows.offices import ministry_person
from landdata.model.access_log import COLUMNS, Anchor, Seal
from landdata.model.inspections import (
    Entry,
    Inspector,
    Kind,
    Look,
    Patterns,
    Secrecy,
    SecrecyStep,
    SecrecyTerms,
    Sought,
    Under,
)
from landdata.store import access_log, anchors, clients, inspections
from landdata.store.engine import Database, Reader


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, newest first; `before` continues behind them, None when there are no more. `access_id`: of this look itself."""

    entries: tuple[Entry, ...]
    before: int | None
    access_id: int


@dataclass(frozen=True, slots=True)
class Shown:
    """One entry: the agreement it was under, the seal over it, who holds a head from there on; `look` is this look's own."""

    entry: Entry
    under: Under | None
    seal: Seal | None
    anchors: tuple[Anchor, ...]
    look: int


# A range that patterns are sought in; they read every entry of it.
LONGEST_RANGE = timedelta(days=92)
MOST_PATTERNS = 15


def search(db: Database, *, who: Inspector, sought: Sought) -> Page:
    """One page of what fits. Raises InspectionUnfit or PersonUnknown."""
    if not sought.anything:
        raise InspectionUnfit(reason_vi="chưa nêu điều cần tìm", reason_en="nothing to look for was named")
    own = record(db, who, Kind.SEARCH, sought=sought.words(), subject=sought.subject)
    with db.read() as tx:
        # From before this very look on.
        found = inspections.search(tx, replace(sought, before=sought.before or own))
    return Page(tuple(found), found[-1].access_id if len(found) == sought.limit else None, own)


def show(db: Database, *, who: Inspector, access_id: int) -> Shown:
    """One entry with all that vouches for it. Raises EntryUnknown, InspectionUnfit, PersonUnknown."""
    with db.read() as tx:
        found = access_log.entry(tx, access_id)
    if found is None:
        raise EntryUnknown(access_id=access_id)
    subject = found[COLUMNS.index("subject")]
    sought = Sought(access_id=access_id, limit=1)
    own = record(db, who, Kind.SEARCH, sought=sought.words(), subject=UUID(subject) if subject else None)
    with db.read() as tx:
        [entry] = inspections.search(tx, sought)
        seal = access_log.seal_over(tx, found[2])
        held = anchors.held_from(tx, seal.seal_no, newest=False) if seal else None
        return Shown(
            entry, inspections.under(tx, access_id), seal, tuple(anchors.of_seals(tx, held, held)) if held else (), own
        )


def patterns(db: Database, *, who: Inspector, since: datetime, until: datetime) -> Patterns:
    """What stands out from one time to another. Raises InspectionUnfit, PersonUnknown."""
    if not timedelta() < until - since <= LONGEST_RANGE:
        raise InspectionUnfit(
            reason_vi="cần một khoảng từ 1 đến 92 ngày", reason_en="a range of 1 to 92 days is needed"
        )
    said = {"patterns": True, "since": since, "until": until}
    record(db, who, Kind.SEARCH, sought=json.dumps(said, default=str), subject=None)
    with db.read() as tx:
        return inspections.patterns(tx, since=since, until=until, most=MOST_PATTERNS)


def citizen(
    db: Database, *, who: Inspector, subject: UUID, former: tuple[UUID, ...] = (), before: int | None = None,
    limit: int = 100,
) -> list[Look]:  # fmt: skip
    """The citizen's view, fetched by an officer on the citizen's behalf. Raises as `search`."""
    record(db, who, Kind.CITIZEN, sought=Sought(subject=subject, before=before, limit=limit).words(), subject=subject)
    return view(db, subject=subject, former=former, before=before, limit=limit)


def view(
    db: Database, *, subject: UUID, former: tuple[UUID, ...] = (), before: int | None = None, limit: int = 100
) -> list[Look]:
    """What the citizen with this blind index sees: who looked, when and why, newest first; by any number of that citizen.

    The citizen looks at nobody else's data, so this is no look to be recorded: whoever calls has proven who asks.
    """
    with db.read() as tx:
        return inspections.looks(tx, inspections.own_numbers(tx, subject, former), before=before, limit=limit)


def record(db: Database, who: Inspector, kind: Kind, *, sought: str, subject: UUID | None) -> int:
    """Record a look; it is on disk when this returns. Raises InspectionUnfit or PersonUnknown."""
    if not who.reason.strip() or not who.case_file_no.strip():
        raise InspectionUnfit(reason_vi="thiếu lý do hoặc số hồ sơ", reason_en="reason or file number is missing")
    with db.write() as tx:
        person = ministry_person(tx, who.login)
        agency = inspections.office_of(tx, person)
        return inspections.note(tx, who, kind, person_id=person, agency=agency, sought=sought, subject=subject)


def ask_delay(db: Database, *, terms: SecrecyTerms, by: str, reason: str) -> int:
    """Ask that the citizen's view shows requests later; returns its number. Raises SecrecyUnfit or PersonUnknown."""
    if (terms.days is None) == (terms.until is None) or not (terms.client_id.strip() and terms.legal_ground.strip()):
        raise SecrecyUnfit(reason_vi="thiếu hoặc thừa điều kiện", reason_en="a term is missing or too many")
    if terms.days is not None and not 1 <= terms.days <= 3650:
        raise SecrecyUnfit(reason_vi="số ngày từ 1 đến 3650", reason_en="days are from 1 to 3650")
    with db.write() as tx:
        person = _step_person(tx, by, reason)
        if clients.find(tx, terms.client_id) is None:
            # It would stand there approved and delay nothing.
            raise SecrecyUnfit(reason_vi="không có hệ thống này", reason_en="there is no such client")
        made = inspections.ask_secrecy(tx, terms)
        inspections.take_step(tx, made, SecrecyStep.ASKED, person_id=person, reason=reason)
    return made


def move_delay(db: Database, *, secrecy_id: int, step: SecrecyStep, by: str, reason: str) -> Secrecy:
    """Approve, reject or end a delay. Raises SecrecyUnknown, SecrecyUnfit, SecondPersonNeeded, PersonUnknown."""
    before = {
        SecrecyStep.APPROVED: SecrecyStep.ASKED,
        SecrecyStep.REJECTED: SecrecyStep.ASKED,
        SecrecyStep.ENDED: SecrecyStep.APPROVED,
    }
    with db.write() as tx:
        person = _step_person(tx, by, reason)
        inspections.lock_secrecies(tx)
        one = _delay(tx, secrecy_id)
        if before.get(step) is not one.state:
            raise SecrecyUnfit(reason_vi=f"đang là {one.state}", reason_en=f"it is {one.state}")
        if step is SecrecyStep.APPROVED and by == one.asked_by:
            raise SecondPersonNeeded
        inspections.take_step(tx, secrecy_id, step, person_id=person, reason=reason)
        return _delay(tx, secrecy_id)


def delays(db: Database) -> list[Secrecy]:
    """All delays that were ever asked for."""
    with db.read() as tx:
        return inspections.secrecies(tx)


def _delay(tx: Reader, secrecy_id: int) -> Secrecy:
    found = inspections.secrecies(tx, secrecy_id)
    if not found:
        raise SecrecyUnknown(secrecy=secrecy_id)
    return found[0]


def _step_person(tx: Reader, login: str, reason: str) -> int:
    if not reason.strip():
        raise SecrecyUnfit(reason_vi="cần lý do", reason_en="a reason is needed")
    return ministry_person(tx, login)

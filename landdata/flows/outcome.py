"""Shows an office what became of its deliveries: the list of them, and one with its findings by code."""

from __future__ import annotations

from uuid import UUID

from landdata.errors import DeliveryUnknown, OfficeUnknown
from landdata.model.deliveries import DeliveryLine, State, WaitingLine
from landdata.model.outcomes import Blocked, Outcome, person_of
from landdata.store import deliveries, delivery_list, findings, offices, withdrawals
from landdata.store.engine import Database, Reader
from landdata.store.offices import Office


def history(
    db: Database, *, office_code: str, state: State | None = None, before: UUID | None = None, most: int = 50
) -> tuple[DeliveryLine, ...]:
    """The office's deliveries, newest first; those before a delivery, for the next page. Raises OfficeUnknown."""
    with db.read() as tx:
        _enter(tx, office_code)
        return delivery_list.listed(tx, office_code=office_code, state=state, most=most, before=before)


def waiting(db: Database) -> tuple[WaitingLine, ...]:
    """What waits for a second person in any office, the oldest first; for the ministry."""
    with db.read() as tx:
        return delivery_list.waiting(tx)


def show(db: Database, *, office_code: str, delivery_uid: UUID) -> Outcome:
    """One delivery of the office. Raises OfficeUnknown, DeliveryUnknown, also for another office's."""
    with db.read() as tx:
        office = _enter(tx, office_code)
        view = deliveries.view(tx, office_id=office.office_id, delivery_uid=delivery_uid)
        work = deliveries.work(tx, delivery_uid)
        if view is None or work is None:
            raise DeliveryUnknown
        found = withdrawals.blocker(tx, work.delivery_id) if view.state is State.PUBLISHED else None
        return Outcome(
            view=view,
            codes=findings.by_code(tx, work.delivery_id),
            blocked=None if found is None else Blocked(found.delivery_uid, found.communes),
            delivered_by=person_of(work.client_id),
        )


def name_of(db: Database, *, office_code: str) -> tuple[str, str]:
    """The office's name in both languages. Raises OfficeUnknown."""
    with db.read() as tx:
        office = _enter(tx, office_code)
    return office.name_vi, office.name_en


def _enter(tx: Reader, office_code: str) -> Office:
    office = offices.enter(tx, office_code)
    if office is None:
        raise OfficeUnknown(office_code=office_code)
    return office

"""A second person's word on what waits: agreed to, it is compared again and published; otherwise its rows go back."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from landdata.errors import DeciderDelivered, DeliveryOvertaken, DeliveryUnknown, NothingWaits, PersonUnknown
from landdata.flows.receive import TASK
from landdata.model.deliveries import CommuneState, Decision, State
from landdata.store import deliveries, delivery_communes, offices, registers
from landdata.store.deliveries import Work
from landdata.store.engine import Database, Reader
from landdata.store.queue import enqueue_for

_OUTCOME = {Decision.APPROVE: CommuneState.APPROVED, Decision.REJECT: CommuneState.REJECTED}


def decide(
    db: Database,
    *,
    delivery_uid: UUID,
    office_code: str | None,
    decision: Decision,
    login: str,
    reason: str,
    communes: Sequence[str] | None = None,
    client_id: str | None = None,
) -> int:
    """Decide about waiting communes, all of them where none are named; returns how many. The worker does the rest.

    `office_code` None: the operator, for any office. Raises DeliveryUnknown, PersonUnknown, NothingWaits,
    DeciderDelivered for the client that delivered, and DeliveryOvertaken where newer data would be overwritten.
    """
    with db.write() as tx:
        work = asked_about(tx, delivery_uid, office_code)
        person = offices.deciding_person(tx, login, work.office_id)
        if person is None:
            raise PersonUnknown(login=login)
        if client_id is not None and client_id == work.client_id:
            raise DeciderDelivered
        deliveries.lock(tx, work.delivery_id)
        waiting = delivery_communes.waiting(tx, work.delivery_id)
        chosen = waiting if communes is None else {code: waiting[code] for code in communes if code in waiting}
        if not chosen or (communes is not None and set(communes) - chosen.keys()):
            raise NothingWaits(communes=", ".join(sorted(set(communes or ()) - chosen.keys())) or "-")
        units = sorted(chosen.values())
        if decision is Decision.APPROVE:
            # What was merged into them as a whole goes with them, and may have had newer data too.
            came_from = registers.predecessors(tx, units, on=work.effective_on)
            whole = [one.old_unit_id for one in came_from if one.whole]
            overtaken = delivery_communes.overtaken(tx, work.delivery_id, [*units, *whole])
            if overtaken:
                raise DeliveryOvertaken(communes=", ".join(overtaken[:10]))
        delivery_communes.decide(tx, work.delivery_id, units, _OUTCOME[decision])
        delivery_communes.note_decision(
            tx,
            work.delivery_id,
            units,
            verdict=decision.name,
            decided_by=person,
            client_id=client_id,
            reason=reason,
        )
        deliveries.change(tx, work.delivery_id, state=State.CHECKED.value)
        enqueue_for(tx, task=TASK, delivery_uid=delivery_uid)
    return len(units)


def asked_about(tx: Reader, delivery_uid: UUID, office_code: str | None) -> Work:
    """The delivery, when it is this office's; the transaction acts for its office from then on. Raises DeliveryUnknown."""
    if office_code is not None:
        offices.enter(tx, office_code)
    work = deliveries.work(tx, delivery_uid)
    if work is None or office_code not in {None, work.office_code}:
        raise DeliveryUnknown
    if office_code is None:
        offices.act_for(tx, work.office_id)
    return work

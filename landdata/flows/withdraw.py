"""Takes a published delivery back: asked for by a person with a reason, carried out by the worker as one transaction."""

from __future__ import annotations

from uuid import UUID

from landdata.errors import NotWithdrawable, PersonUnknown, WithdrawalBlocked
from landdata.flows.commune import changes
from landdata.flows.decide import asked_about
from landdata.flows.feed import FEED_TASK
from landdata.flows.occasion import NOW, Occasion
from landdata.model.deliveries import State
from landdata.model.sources import Cause
from landdata.store import coverage, deliveries, delivery_communes, offices, parcels, withdrawals
from landdata.store.deliveries import Work
from landdata.store.engine import Database, Reader
from landdata.store.queue import busy, enqueue_for

TASK = "withdraw"


def ask(
    db: Database,
    *,
    delivery_uid: UUID,
    office_code: str | None,
    login: str,
    reason: str,
    client_id: str | None = None,
) -> None:
    """Note who wants it and why, and leave it to the worker.

    `office_code` None: the operator, for any office. Raises DeliveryUnknown, PersonUnknown, NotWithdrawable, or
    WithdrawalBlocked where later deliveries changed or asserted the same records.
    """
    with db.write() as tx:
        work = asked_about(tx, delivery_uid, office_code)
        person = offices.deciding_person(tx, login, work.office_id)
        if person is None:
            raise PersonUnknown(login=login)
        _require(tx, work)
        delivery_communes.note_decision(
            tx,
            work.delivery_id,
            withdrawals.communes_of(tx, work.delivery_id),
            verdict="WITHDRAW",
            decided_by=person,
            client_id=client_id,
            reason=reason,
        )
        enqueue_for(tx, task=TASK, delivery_uid=delivery_uid)


def under_way(db: Database, *, delivery_uid: UUID) -> bool:
    """Whether the worker has still to carry out what was asked for."""
    with db.read() as tx:
        return busy(tx, task=TASK, delivery_uid=delivery_uid)


def require_done(db: Database, *, delivery_uid: UUID) -> None:
    """Raises WithdrawalBlocked where the worker could not carry it out, since a later delivery came in between."""
    with db.read() as tx:
        work = asked_about(tx, delivery_uid, None)
        if work.state is not State.WITHDRAWN:
            _require(tx, work)


def carry_out(db: Database, *, delivery_uid: UUID, occasion: Occasion = NOW) -> State:
    """Restore exactly what was there before the delivery, as of the day of the withdrawal; safe to repeat.

    Raises WithdrawalBlocked when a delivery came in between; nothing is changed then.
    """
    with db.write() as tx:
        work = deliveries.work(tx, delivery_uid)
        if work is None or work.state is not State.PUBLISHED:
            return work.state if work else State.REFUSED
        offices.act_for(tx, work.office_id)
        units = withdrawals.communes_of(tx, work.delivery_id)
        parcels.lock_communes(tx, units)
        _require(tx, work)
        leaving = withdrawals.brought(tx, work.delivery_id)
        gone = parcels.counts(tx, commune_ids=units, record_ids=leaving)
        day = occasion.withdrawn_on(tx, work)
        publication_id = occasion.withdrawal(tx, work, day)
        parcels.end(tx, commune_ids=units, record_ids=leaving, publication_id=publication_id)
        back = withdrawals.restore(tx, delivery_id=work.delivery_id, publication_id=publication_id)
        came = parcels.counts(tx, commune_ids=units, record_ids=back)
        coverage.add(
            tx,
            changes(came, gone),
            publication_id=publication_id,
            delivery_id=work.delivery_id,
            effective_on=day,
            backfilled=False,
            simulated=work.simulated,
        )
        withdrawals.mark(tx, work.delivery_id)
        deliveries.change(tx, work.delivery_id, state=State.WITHDRAWN.value)
        occasion.moved(tx, work, Cause.WITHDRAWN)
        occasion.ask(tx, FEED_TASK)
    return State.WITHDRAWN


def _require(tx: Reader, work: Work) -> None:
    if work.state is not State.PUBLISHED:
        raise NotWithdrawable(state=work.state.value)
    found = withdrawals.blocker(tx, work.delivery_id)
    if found is not None:
        raise WithdrawalBlocked(later=str(found.delivery_uid), communes=", ".join(found.communes[:10]))

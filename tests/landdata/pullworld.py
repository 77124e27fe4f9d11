"""What tests of pulls share: a connection that two persons agreed to, a pull of it, the worker's part, the last pull."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from landworld import Desk

from landdata.flows import connections, pull
from landdata.model.connections import Outcome, Pull, Terms

LOOPBACK = "127.0.0.0/8"


def connect(desk: Desk, terms: Terms, office: str = "LO-24") -> UUID:
    uid = connections.add(desk.db, office_code=office, terms=terms, login="lan", reason="thử")
    connections.approve(desk.db, connection_uid=uid, login="minh", reason="thử")
    return uid


def pulled(desk: Desk, uid: UUID, **settings: Any) -> Outcome | None:
    """One pull by the worker's role."""
    said = desk.settings.model_copy(update={"pull_networks": LOOPBACK} | settings)
    return pull.run(desk.worker, desk.keys, said, connection_uid=uid)


def work(desk: Desk) -> None:
    """Work off all deliveries that came in."""
    for (uid,) in desk.rows("SELECT delivery_uid FROM intake.delivery WHERE state = 'RECEIVED' ORDER BY delivery_id"):
        desk.work(uid)


def last(desk: Desk, uid: UUID) -> Pull:
    return connections.shown(desk.db, connection_uid=uid).pulls[0]


def ledger(desk: Desk, uid: UUID) -> tuple[str, tuple[int, ...]]:
    """Kind of the last pull's delivery, and rows new, changed, unchanged, refused."""
    [delivery] = last(desk, uid).deliveries
    [line] = desk.view(delivery).ledger
    kind = desk.scalar("SELECT kind FROM intake.delivery WHERE delivery_uid = :uid", uid=delivery)
    return kind, (line.rows_new, line.rows_changed, line.rows_unchanged, line.rows_refused)


def parcels(desk: Desk) -> int:
    return int(desk.scalar("SELECT count(*) FROM land.parcel WHERE is_current"))

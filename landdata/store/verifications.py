"""Verifications of the access log: asked for, taken up, how far they are, and what they found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, insert, select, text, update

from landdata.model.verifications import Outcome, Verification
from landdata.store.engine import Reader, Writer
from landdata.store.tables import access_log as t
from landdata.store.tables import offices as o

_V = t.verification


def ask(tx: Writer, *, person_id: int, reason: str) -> int:
    """Ask the worker for one; the number of the one that waits already, where there is one."""
    number = tx.connection.scalar(
        text("SELECT audit.ask_verification(:person, :reason)"), {"person": person_id, "reason": reason}
    )
    return int(number or 0)


def take(tx: Writer) -> int:
    """Take up the oldest that has not ended, or one that nobody asked for; its number."""
    waiting = tx.connection.scalar(
        select(_V.c.verification_id).where(_V.c.ended_at.is_(None)).order_by(_V.c.verification_id).limit(1)
    )
    number = waiting or tx.connection.scalar(insert(_V).values().returning(_V.c.verification_id))
    tx.connection.execute(
        update(_V).where(_V.c.verification_id == number).values(started_at=func.clock_timestamp(), done=0)
    )
    return int(number or 0)


def far(tx: Writer, number: int, *, done: int, whole: int) -> None:
    """Note how far it is."""
    tx.connection.execute(update(_V).where(_V.c.verification_id == number).values(done=done, whole=whole))


def end(tx: Writer, number: int, outcome: Outcome, found: Mapping[str, Any]) -> None:
    """Note what it came to, for good."""
    tx.connection.execute(
        update(_V)
        .where(_V.c.verification_id == number)
        .values(ended_at=func.clock_timestamp(), outcome=outcome.value, found=dict(found))
    )


def latest(tx: Reader, *, most: int) -> tuple[Verification, ...]:
    """The newest first."""
    rows = tx.connection.execute(
        select(_V, o.person.c.login)
        .join(o.person, o.person.c.person_id == _V.c.person_id, isouter=True)
        .order_by(_V.c.verification_id.desc())
        .limit(most)
    )
    return tuple(
        Verification(
            row.verification_id, row.login, row.reason, row.asked_at, row.started_at, row.done, row.whole, row.ended_at,
            Outcome(row.outcome) if row.outcome else None, row.found,
        )
        for row in rows
    )  # fmt: skip

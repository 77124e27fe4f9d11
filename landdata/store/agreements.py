"""Sharing agreements: drafted by one person, put in force by another."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from landdata.store.engine import Reader, Writer
from landdata.store.tables import agreements as t


def draft(tx: Writer, *, code: str, valid_from: date, **values: Any) -> int:
    """Write a draft, or find the agreement of this code as it is."""
    statement = upsert(t.agreement).values(code=code, valid_from=valid_from, **values)
    made = tx.connection.scalar(
        statement.on_conflict_do_nothing(index_elements=["code"]).returning(t.agreement.c.agreement_id)
    )
    return int(made or tx.connection.scalar(select(t.agreement.c.agreement_id).where(t.agreement.c.code == code)) or 0)


def approve(tx: Writer, *, code: str, approved_by: int) -> None:
    """Put a draft in force. The database refuses the drafter's own approval."""
    tx.connection.execute(
        update(t.agreement)
        .where(t.agreement.c.code == code, t.agreement.c.state == "DRAFT")
        .values(state="ACTIVE", approved_by=approved_by)
    )


def set_state(tx: Writer, *, code: str, state: str) -> bool:
    """Suspend, resume or end an agreement; False when there is none that was ever approved."""
    done = tx.connection.execute(
        update(t.agreement)
        .where(t.agreement.c.code == code, t.agreement.c.approved_by.is_not(None), t.agreement.c.state != "ENDED")
        .values(state=state)
    )
    return done.rowcount == 1


def every(tx: Reader) -> list[Any]:
    """All agreements, by code."""
    return list(tx.connection.execute(select(t.agreement).order_by(t.agreement.c.code)))

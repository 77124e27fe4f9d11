"""What tests of the change feed share: reading it to the end, asking everyone anew, and waiting until all is final."""

from __future__ import annotations

import time
from typing import Any

from landworld import COMMUNES, CONSUMER, Desk
from sqlalchemy import text

from landdata.flows import feed
from landdata.model.agreements import PopulationReader
from landdata.model.fields import BASE_SCOPE

HOME, AWAY = COMMUNES[0], COMMUNES[-1]
MANY = 6


def number(at: int) -> str:
    return f"0240700{at:05d}"


def read(desk: Desk, cursor: str | None = None, *, client_id: str = CONSUMER, limit: int = 100) -> Any:
    caller = PopulationReader(client_id, "jti", frozenset({BASE_SCOPE}), "10.0.0.1")
    return feed.read(desk.db, keys=desk.keys, caller=caller, cursor=cursor, limit=limit)


def replay(desk: Desk, held: dict[str, str | None], cursor: str | None = None, **how: Any) -> str:
    """Read to the end; what a consumer holds follows."""
    while True:
        page = read(desk, cursor, **how)
        for one in page.changes:
            held[one.record_ref] = one.record_version
        cursor = page.next_cursor
        if not page.has_more:
            return cursor


def answers(desk: Desk, people: range, **who: Any) -> dict[str, str]:
    """Versions by reference, from asking about everyone anew; nobody who is not found is in it."""
    found = [desk.ask(number(at), **who) for at in people]
    return {one["record_ref"]: one["record_version"] for one in found if one["status"] == "FOUND"}


def note(desk: Desk) -> int:
    """Note changes once all that was committed is final."""
    with desk.db.write() as tx:
        here = tx.connection.scalar(text(HERE))
    wait_until_final(desk, here)
    return feed.note(desk.db)


HERE = "SELECT pg_current_xact_id()::text::bigint"


def wait_until_final(desk: Desk, here: int) -> None:
    """Until no transaction as old as this one runs: those of other databases of the server count, too."""
    until = time.monotonic() + 180
    while desk.scalar("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint") <= here:
        assert time.monotonic() < until
        time.sleep(0.02)

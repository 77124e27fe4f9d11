"""Tells which jobs do not keep what they promise; a worker that is away breaks them, and so does one that cannot."""

from __future__ import annotations

from datetime import datetime

from landdata.model.jobs import BrokenPromise
from landdata.store import jobs
from landdata.store.engine import Database


def broken(db: Database, now: datetime) -> tuple[BrokenPromise, ...]:
    """Promises that are broken at this moment (aware), by the job's name. A read; any role that sees `sync.job`."""
    with db.read() as tx:
        standings = jobs.standings(tx)
    return tuple(one for one in (each.broken(now) for each in standings) if one is not None)

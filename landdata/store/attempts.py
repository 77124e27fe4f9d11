"""Tries to sign in, by account and address: counted before anything is compared, so that no crowd of them gets past."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import text

from landdata.store.engine import Writer

FREE_TRIES = 4
LONGEST_WAIT = timedelta(minutes=15)
# A count starts again after so long without a try.
FORGOTTEN = timedelta(hours=1)

# The count goes up and the next free moment is set in one statement under the row's lock; no row: it was not free.
_CLAIM = text("""
INSERT INTO people.attempt AS a (subject, failures, free_at, last_at) VALUES (:subject, 1, :now, :now)
ON CONFLICT (subject) DO UPDATE SET last_at = :now,
  failures = CASE WHEN a.last_at < :now - :forgotten THEN 1 ELSE a.failures + 1 END,
  free_at = CASE WHEN a.last_at < :now - :forgotten OR a.failures + 1 < :free THEN :now
                 ELSE :now + least(:longest, interval '1 second' * power(2, least(a.failures + 1 - :free, 20))) END
WHERE a.free_at <= :now
RETURNING failures
""")


def subject(kind: str, *names: str) -> bytes:
    """What is counted: names are hashed, since people type passwords into the field of the sign-in name."""
    return hashlib.sha256("\x1f".join((kind, *names)).encode()).digest()


def claim(tx: Writer, subjects: Iterable[bytes], now: datetime) -> timedelta | None:
    """Count a try for all of these; or how long to wait, and then nothing may be committed."""
    for one in sorted(subjects):  # in one order, so that two never wait for each other
        values = {
            "subject": one, "now": now, "forgotten": FORGOTTEN, "free": FREE_TRIES, "longest": LONGEST_WAIT,
        }  # fmt: skip
        if tx.connection.scalar(_CLAIM, values) is None:
            free_at = tx.connection.scalar(
                text("SELECT free_at FROM people.attempt WHERE subject = :one"), {"one": one}
            )
            return max(free_at - now, timedelta(seconds=1)) if free_at else timedelta(seconds=1)
    return None


def clear(tx: Writer, subjects: Iterable[bytes]) -> None:
    """Forget all tries: one went well."""
    tx.connection.execute(text("DELETE FROM people.attempt WHERE subject = ANY(:all)"), {"all": sorted(subjects)})


def give_back(tx: Writer, subjects: Iterable[bytes], now: datetime) -> None:
    """Undo one count: a good try of one account says nothing about the others that an address tried."""
    tx.connection.execute(
        text(
            "UPDATE people.attempt SET failures = greatest(failures - 1, 0), free_at = :now WHERE subject = ANY(:all)"
        ),
        {"all": sorted(subjects), "now": now},
    )


def forget_old(tx: Writer, now: datetime) -> None:
    """Drop counts that would start again anyway, a few at a time."""
    tx.connection.execute(
        text(
            "DELETE FROM people.attempt WHERE subject IN (SELECT subject FROM people.attempt WHERE last_at < :old "
            "AND free_at < :old LIMIT 100 FOR UPDATE SKIP LOCKED)"
        ),
        {"old": now - FORGOTTEN},
    )

"""The change feed: notes what changed for those who were answered, lets them read it in order, and tells how far each is."""

from __future__ import annotations

from landdata.errors import AgreementMissing, CursorExpired, CursorInvalid
from landdata.model.agreements import PopulationReader
from landdata.model.feed import Change, ChangeKind, Lag, Page
from landdata.store import feed, webhooks
from landdata.store.engine import Database, Writer
from landdata.store.feed import Row
from landdata.store.keys import Keys
from landdata.store.queue import enqueue

FEED_TASK = "feed"
NOTIFY_TASK = "notify"
# Citizens compared in one transaction when all are: a few seconds' work.
_RANGE = 50_000


def note(db: Database) -> int:
    """Write what publications, withdrawals and matching have changed since the last time; returns how many changes.

    What a transaction did that is still running is left for the next time.
    """
    with db.write() as tx:
        return _told(tx, feed.note(tx))


def recheck(db: Database) -> int:
    """Compare every citizen that was ever answered about, whatever may have changed; returns how many changes."""
    with db.read() as tx:
        last = feed.last_party(tx)
    noted = 0
    for first in range(0, last + 1, _RANGE):
        with db.write() as tx:
            noted += _told(tx, feed.note(tx, (first, first + _RANGE)))
    return noted


def read(db: Database, *, keys: Keys, caller: PopulationReader, cursor: str | None, limit: int) -> Page:
    """What changed behind a cursor, oldest first; no cursor: from the beginning of the 90 days.

    Raises AgreementMissing, CursorInvalid, CursorExpired.
    """
    # A place that nobody can be at: without an agreement it is that which is said, whatever the cursor.
    after = None if cursor is None else keys.open_cursor(caller.client_id, cursor)
    unreadable = cursor is not None and after is None
    with db.write() as tx:
        taken = feed.read(tx, client_id=caller.client_id, after=-1 if unreadable else after, limit=limit)
    if taken.state == "AGREEMENT_MISSING":
        raise AgreementMissing
    if unreadable:
        raise CursorInvalid
    if taken.position is None:
        raise CursorExpired
    changes = tuple(_change(keys, caller.client_id, row) for row in taken.changes)
    return Page(changes, keys.seal_cursor(caller.client_id, taken.position), taken.state == "MORE")


def lag(db: Database) -> list[Lag]:
    """How far each consumer with an agreement in force is, and how its webhook goes."""
    with db.read() as tx:
        hooks = {one.client_id: one for one in webhooks.every(tx)}
        return [
            Lag(one.client_id, one.fetched_at, one.outstanding, one.oldest_at, hooks.get(one.client_id))
            for one in feed.readings(tx)
        ]


def prune(db: Database) -> int:
    """Forget changes that no cursor can reach any more; returns how many."""
    with db.write() as tx:
        return feed.forget(tx)


def _told(tx: Writer, noted: int) -> int:
    if noted:
        enqueue(tx, task=NOTIFY_TASK, lock=NOTIFY_TASK, once=NOTIFY_TASK)
    return noted


def _change(keys: Keys, client_id: str, row: Row) -> Change:
    kind = ChangeKind.GONE if row.record_version is None else ChangeKind.CHANGED
    ref, *former = keys.record_refs(client_id, row.agreement, row.party_id)
    return Change(ref, tuple(former), kind, row.record_version, row.at)

"""The change feed: what changed for whom, kept in order of commit, and how far each consumer has read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from landdata.model.feed import MOST_OUTSTANDING
from landdata.store.arrays import in_one
from landdata.store.engine import Reader, Writer

# What consumers are promised, and a day more, as in function_reading.sql.
_GRACE = "interval '91 days'"
# Agreements of clients that are in force; `a` is the agreement.
IN_FORCE = (
    "a.state = 'ACTIVE' AND a.valid_from <= (clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date "
    "AND (a.valid_to IS NULL OR (clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date < a.valid_to)"
)


@dataclass(frozen=True, slots=True)
class Row:
    """A change by names of our own, which never leave the service: the agreement's code, the citizen's id."""

    change_no: int
    agreement: str
    party_id: int
    record_version: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Taken:
    """How reading went: MORE, END, AGREEMENT_MISSING or CURSOR_EXPIRED; and the place to go on from."""

    state: str
    position: int | None
    changes: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Reading:
    """How far a client is. `position` None: it has never read."""

    client_id: str
    position: int | None
    fetched_at: datetime | None
    outstanding: int
    oldest_at: datetime | None


def touch(tx: Writer, identity_keys: Sequence[UUID]) -> None:
    """Note the citizens whom these claims belong to now: what is shared about them may have changed."""
    tx.connection.execute(
        text(
            "INSERT INTO share.touched (party_id) SELECT DISTINCT c.party_id FROM match.claim c "
            "WHERE c.identity_key = ANY(CAST(:keys AS uuid[])) AND c.party_id IS NOT NULL"
        ),
        {"keys": in_one(identity_keys)},
    )


def note(tx: Writer, parties: tuple[int, int] | None = None) -> int:
    """Write what changed since the last time, or for a range of party ids whatever the reason; returns how much."""
    first, last = parties or (None, None)
    sql = text("SELECT share.note_changes(CAST(:first AS bigint), CAST(:last AS bigint))")
    return int(tx.connection.scalar(sql, {"first": first, "last": last}) or 0)


def hand_over(tx: Writer, *, before: int, after: int) -> None:
    """Let another version of an agreement go on where the one before it was: the same citizens, the same changes.

    What it reaches may be another: `note` compares them all when it sees that.
    """
    for table in ("feed_scope", "watch", "change"):
        tx.connection.execute(
            text(f"UPDATE share.{table} SET agreement_id = :after WHERE agreement_id = :before"),
            {"before": before, "after": after},
        )


def last_party(tx: Reader) -> int:
    """The highest party id that is watched."""
    return int(tx.connection.scalar(text("SELECT max(party_id) FROM share.watch")) or 0)


def read(tx: Writer, *, client_id: str, after: int | None, limit: int) -> Taken:
    """The client's changes behind a number, None: from the start, and a note of how far it is.

    By a function: who answers consumers has no right on any table.
    """
    sql = text(
        "SELECT * FROM share.read_changes(CAST(:client AS text), CAST(:after AS bigint), CAST(:limit AS integer))"
    )
    head, *rows = tx.connection.execute(sql, {"client": client_id, "after": after, "limit": limit}).all()
    changes = [Row(row.change_no, row.agreement, row.party_id, row.record_version, row.at) for row in rows]
    return Taken(head.state, head.position_no, changes)


def readings(tx: Reader) -> list[Reading]:
    """How far every client with an agreement in force is, by client id."""
    rows = tx.connection.execute(
        text(
            "SELECT one.client_id, r.given_no, r.fetched_at, o.outstanding, o.oldest_at "
            f"FROM (SELECT DISTINCT a.client_id FROM share.agreement a WHERE {IN_FORCE}) one "
            "LEFT JOIN share.reader r USING (client_id) CROSS JOIN LATERAL ("
            "  SELECT count(*) AS outstanding, min(m.at) AS oldest_at FROM ("
            "    SELECT c.at FROM share.agreement a JOIN share.change c USING (agreement_id) "
            f"    WHERE a.client_id = one.client_id AND {IN_FORCE} AND c.change_no > coalesce(r.given_no, 0) "
            "    ORDER BY c.change_no LIMIT :most) m) o ORDER BY one.client_id"
        ),
        {"most": MOST_OUTSTANDING},
    )
    return [Reading(row.client_id, row.given_no, row.fetched_at, row.outstanding, row.oldest_at) for row in rows]


def forget(tx: Writer) -> int:
    """Delete changes that no cursor can reach any more; returns how many."""
    return tx.connection.execute(text(f"DELETE FROM share.change WHERE at < clock_timestamp() - {_GRACE}")).rowcount

"""The change feed: what changed for whom, kept in order of commit, and how far each consumer has read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from landdata.model.feed import MOST_OUTSTANDING
from landdata.store.engine import Reader, Writer

# What consumers are promised, and a day more, so that whoever begins to read at its edge comes to the end.
_KEPT, _GRACE = "interval '90 days'", "interval '91 days'"
# Agreements of clients that are in force; `a` is the agreement.
IN_FORCE = (
    "a.state = 'ACTIVE' AND a.valid_from <= (clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date "
    "AND (a.valid_to IS NULL OR (clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date < a.valid_to)"
)


@dataclass(frozen=True, slots=True)
class Extent:
    """The newest number, the place where reading from the start begins, and the oldest place a cursor may name."""

    newest: int
    start: int
    oldest: int


@dataclass(frozen=True, slots=True)
class Row:
    """A change by names of our own, which never leave the service: the agreement's code, the citizen's id."""

    change_no: int
    agreement: str
    party_id: int
    record_version: str | None
    at: datetime


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
        {"keys": [str(one) for one in identity_keys]},
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


def in_force(tx: Reader, client_id: str) -> bool:
    """Whether the client has an agreement in force."""
    sql = text(f"SELECT EXISTS (SELECT FROM share.agreement a WHERE a.client_id = :client AND {IN_FORCE})")
    return bool(tx.connection.scalar(sql, {"client": client_id}))


def extent(tx: Reader) -> Extent:
    """What the feed holds. Everything up to `newest` is committed: numbers come to light in their order."""
    row = tx.connection.execute(
        text(
            "SELECT f.last_no, "
            + ", ".join(
                "coalesce((SELECT c.change_no - 1 FROM share.change c WHERE c.at >= clock_timestamp() - "
                f"{age} ORDER BY c.change_no LIMIT 1), f.last_no) AS {name}"
                for name, age in (("start", _KEPT), ("oldest", _GRACE))
            )
            + " FROM share.feed f"
        )
    ).one()
    return Extent(int(row.last_no), int(row.start), int(row.oldest))


def page(tx: Reader, *, client_id: str, after: int, upto: int, limit: int) -> list[Row]:
    """The client's changes behind one number and up to another, in order."""
    rows = tx.connection.execute(
        text(
            "SELECT c.change_no, a.code, c.party_id, c.record_version, c.at "
            f"FROM share.agreement a JOIN share.change c USING (agreement_id) WHERE a.client_id = :client AND {IN_FORCE} "
            "AND c.change_no > :after AND c.change_no <= :upto ORDER BY c.change_no LIMIT :limit"
        ),
        {"client": client_id, "after": after, "upto": upto, "limit": limit},
    )
    return [Row(int(row.change_no), row.code, row.party_id, row.record_version, row.at) for row in rows]


def note_reading(tx: Writer, *, client_id: str, confirmed: int, given: int) -> None:
    """Remember which place a client showed, up to which it has everything, and which one it was given."""
    tx.connection.execute(
        text(
            "INSERT INTO share.reader (client_id, confirmed_no, given_no) VALUES (:client, :confirmed, :given) "
            "ON CONFLICT (client_id) DO UPDATE SET confirmed_no = excluded.confirmed_no, given_no = excluded.given_no, "
            "fetched_at = clock_timestamp()"
        ),
        {"client": client_id, "confirmed": confirmed, "given": given},
    )


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

"""Questions under way to the population platform: made once, held by one worker at a time, and gone with their answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import text

from landdata.model.persons import Claim
from landdata.store.engine import Database, Reader, Writer
from landdata.store.keys import Keys

# Who makes a batch, so that no claim gets into two; and who works on one. Both end with the connection.
_MAKING = 7_240_030
_WORKING = 7_240_031


@dataclass(frozen=True, slots=True)
class Batch:
    """One question. Claims that meanwhile are gone (their key was changed) are not among its `claims`."""

    request_id: UUID
    claims: list[Claim]
    made_at: datetime
    whole: bool


@contextmanager
def taken(db: Database, *, limit: int, keys: Keys) -> Iterator[Batch | None]:
    """A batch that nobody else works on while the block lasts; None when nothing is left to be asked.

    One whose answer was lost comes first, with the same claims under the same id. What holds it is a lock that a killed
    worker loses with its connection; nothing is written, so nobody waits for this transaction.
    """
    with db.write() as held:
        request_id = _left(held) or _make(db, held, limit)
        if request_id is None:
            yield None
            return
        with db.read() as tx:
            found = _read(tx, request_id, keys)
        yield found


def _left(held: Writer) -> UUID | None:
    """A batch that was sent and not answered, and that nobody works on."""
    for one in held.connection.scalars(text("SELECT request_id FROM match.batch ORDER BY made_at, request_id")).all():
        # Looked at again behind the lock: whoever held it may just have finished.
        if _lock(held, one) and held.connection.scalar(
            text("SELECT true FROM match.batch WHERE request_id = :id"), {"id": one}
        ):
            return UUID(str(one))
    return None


def _make(db: Database, held: Writer, limit: int) -> UUID | None:
    request_id = uuid4()
    _lock(held, request_id)
    with db.write() as tx:
        tx.connection.execute(text("SELECT pg_advisory_xact_lock(:making)"), {"making": _MAKING})
        made = tx.connection.scalar(
            text(
                "INSERT INTO match.batch (request_id, identity_keys) SELECT :id, keys FROM ("
                "  SELECT array_agg(d.identity_key) AS keys FROM ("
                "    SELECT c.identity_key FROM match.claim c WHERE (c.status = 'PENDING' OR c.recheck_at IS NOT NULL) "
                "      AND c.id_number_sealed IS NOT NULL "
                "      AND c.identity_key NOT IN (SELECT unnest(identity_keys) FROM match.batch) "
                "    ORDER BY c.first_seen_at, c.identity_key LIMIT :limit) d) o WHERE keys IS NOT NULL RETURNING true"
            ),
            {"id": request_id, "limit": limit},
        )
    return request_id if made else None


def _lock(held: Writer, request_id: UUID) -> bool:
    taken_ = held.connection.scalar(
        text("SELECT pg_try_advisory_xact_lock(:working, hashtext(CAST(:id AS text)))"),
        {"working": _WORKING, "id": str(request_id)},
    )
    return bool(taken_)


def _read(tx: Reader, request_id: UUID, keys: Keys) -> Batch:
    rows = tx.connection.execute(
        text(
            "SELECT b.made_at, cardinality(b.identity_keys) AS many, c.identity_key, c.name, c.id_number_sealed, "
            "  c.birth_date, c.birth_year "
            "FROM match.batch b CROSS JOIN LATERAL unnest(b.identity_keys) WITH ORDINALITY AS k (identity_key, place) "
            "LEFT JOIN match.claim c ON c.identity_key = k.identity_key AND c.id_number_sealed IS NOT NULL "
            "WHERE b.request_id = :id ORDER BY k.place"
        ),
        {"id": request_id},
    ).all()
    there = [row for row in rows if row.identity_key is not None]
    numbers = keys.unseal_all([row.id_number_sealed for row in there])
    claims = [
        Claim(row.identity_key, row.name, number, row.birth_date, row.birth_year)
        for row, number in zip(there, numbers, strict=True)
    ]
    return Batch(request_id, claims, rows[0].made_at, len(claims) == rows[0].many)


def done(tx: Writer, request_id: UUID) -> bool:
    """Forget a batch, in the transaction that keeps what came of it; False when somebody else did so before."""
    return bool(
        tx.connection.execute(text("DELETE FROM match.batch WHERE request_id = :id"), {"id": request_id}).rowcount
    )


def postpone(tx: Writer, request_id: UUID) -> None:
    """Ask all others first."""
    tx.connection.execute(
        text("UPDATE match.batch SET made_at = clock_timestamp() WHERE request_id = :id"), {"id": request_id}
    )


def divide(tx: Writer, request_id: UUID, claims: Sequence[Claim]) -> None:
    """Ask the claims of a batch as two, under other ids: the platform takes no part of a question with one bad line."""
    if not done(tx, request_id):
        return
    half = (len(claims) + 1) // 2
    for part in (claims[:half], claims[half:]):
        if part:
            tx.connection.execute(
                text("INSERT INTO match.batch (request_id, identity_keys) VALUES (:id, CAST(:keys AS uuid[]))"),
                {"id": uuid4(), "keys": [str(one.identity_key) for one in part]},
            )

"""The access log and its seals: read in order, sealed by range; rows are only ever added."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, text

from landdata.store.engine import Reader, Writer
from landdata.store.tables import access_log as t

_SEAL_LOCK = 7_240_003
# The columns of a leaf, in order: a new column is added at the end, never inserted.
_LEAF = (
    "access_id", "at", "tx", "request_id", "client_id", "token_jti", "agreement_id", "agency_code", "officer_code",
    "service_code", "case_file_no", "subject", "status", "reason", "fields_mask", "record_versions", "replayed", "address",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seal:
    """One seal over the entries of a range of transactions."""

    seal_no: int
    tx_from: int
    tx_to: int
    entries: int
    total: int
    root: bytes
    previous_head: bytes
    head: bytes
    key_id: str
    signature: bytes
    sealed_at: datetime


def lock(tx: Writer) -> None:
    """One sealer at a time."""
    tx.connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _SEAL_LOCK})


def final_before(tx: Reader) -> int:
    """The oldest transaction still running: every entry below it is final, however late it committed."""
    return int(tx.connection.scalar(text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")) or 0)


def last_seal(tx: Reader) -> Seal | None:
    """The newest seal."""
    query = select(t.seal).order_by(t.seal.c.seal_no.desc()).limit(1)
    row = tx.connection.execute(query).one_or_none()
    return None if row is None else _seal(row)


def seals(tx: Reader) -> list[Seal]:
    """All seals, oldest first."""
    return [_seal(row) for row in tx.connection.execute(select(t.seal).order_by(t.seal.c.seal_no))]


def entries(tx: Reader, *, tx_from: int, tx_to: int) -> Iterator[tuple[Any, ...]]:
    """Entries of a range in their lasting order, a few thousand at a time."""
    columns = [t.access_event.c[name] for name in _LEAF]
    query = (
        select(*columns)
        .where(t.access_event.c.tx >= tx_from, t.access_event.c.tx < tx_to)
        .order_by(t.access_event.c.tx, t.access_event.c.access_id)
    )
    result = tx.connection.execute(query, execution_options={"stream_results": True, "yield_per": 5000})
    for row in result:
        yield tuple(row)


def add_seal(tx: Writer, seal: Seal) -> None:
    """Write a seal."""
    tx.connection.execute(
        insert(t.seal).values(
            seal_no=seal.seal_no,
            tx_from=seal.tx_from,
            tx_to=seal.tx_to,
            entries=seal.entries,
            total=seal.total,
            root=seal.root,
            previous_head=seal.previous_head,
            head=seal.head,
            key_id=seal.key_id,
            signature=seal.signature,
            sealed_at=seal.sealed_at,
        )
    )


def count(tx: Reader, *, tx_from: int | None) -> int:
    """Entries from a transaction on; None: all there are."""
    query = select(func.count()).select_from(t.access_event)
    if tx_from is not None:
        query = query.where(t.access_event.c.tx >= tx_from)
    return int(tx.connection.scalar(query) or 0)


def gaps(tx: Reader) -> list[tuple[int, int]]:
    """Numbers that were given out and never committed: (first, how many). A read that was rolled back leaves one."""
    rows = tx.connection.execute(
        text(
            "SELECT access_id + 1, next - access_id - 1 FROM (SELECT access_id, lead(access_id) OVER (ORDER BY access_id) "
            "AS next FROM audit.access_event) one WHERE next > access_id + 1 ORDER BY access_id"
        )
    )
    return [(int(first), int(many)) for first, many in rows]


def ensure_partitions(tx: Writer, months_ahead: int) -> int:
    """Make the partitions of this month and some after it; returns how many were made."""
    return int(tx.connection.scalar(select(func.audit.ensure_partitions(months_ahead))) or 0)


def _seal(row: Any) -> Seal:
    return Seal(
        row.seal_no, row.tx_from, row.tx_to, row.entries, row.total, bytes(row.root), bytes(row.previous_head),
        bytes(row.head), row.key_id, bytes(row.signature), row.sealed_at,
    )  # fmt: skip

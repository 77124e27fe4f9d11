"""The access log and its seals: read in order, sealed by range; rows are only ever added."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
from sqlalchemy import func, insert, select, text

from landdata.model.access_log import COLUMNS, FIRST_OPTIONAL, Entry, Gap, Seal
from landdata.store.engine import Reader, Writer
from landdata.store.tables import access_log as t

_SEAL_LOCK = 7_240_003
_BLOCK = 5000
# As text, so that the driver makes no objects whose only use is to be spelled out again.
_AS_TEXT = {"request_id": "request_id::text", "subject": "subject::text"}
_LEAF = ", ".join(_AS_TEXT.get(name, name) for name in COLUMNS)


def lock(tx: Writer) -> None:
    """One sealer at a time, until the transaction ends."""
    tx.connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _SEAL_LOCK})


def final_before(tx: Reader) -> int:
    """The oldest transaction still running: every entry below it is final, however late it committed."""
    return int(tx.connection.scalar(text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")) or 0)


def last_seal(tx: Reader) -> Seal | None:
    """The newest seal."""
    row = tx.connection.execute(select(t.seal).order_by(t.seal.c.seal_no.desc()).limit(1)).one_or_none()
    return None if row is None else _seal(row)


def seals(tx: Reader, *, after: int = 0, many: int | None = None) -> list[Seal]:
    """Seals behind a number, oldest first."""
    query = select(t.seal).where(t.seal.c.seal_no > after).order_by(t.seal.c.seal_no).limit(many)
    return [_seal(row) for row in tx.connection.execute(query)]


def seal_over(tx: Reader, place: int) -> Seal | None:
    """The seal that covers a transaction."""
    query = select(t.seal).where(t.seal.c.tx_from <= place, t.seal.c.tx_to > place).order_by(t.seal.c.seal_no).limit(1)
    row = tx.connection.execute(query).one_or_none()
    return None if row is None else _seal(row)


def heads(tx: Reader, numbers: Sequence[int]) -> dict[int, bytes]:
    """Heads of seals by their numbers."""
    query = select(t.seal.c.seal_no, t.seal.c.head).where(t.seal.c.seal_no.in_(numbers))
    return {int(row.seal_no): bytes(row.head) for row in tx.connection.execute(query)}


def entries(tx: Reader, *, tx_from: int | None, tx_to: int) -> Iterator[Entry]:
    """Entries of a range in their lasting order, a few thousand at a time; None: from the very first."""
    where = "tx < %s" if tx_from is None else "tx < %s AND tx >= %s"
    with tx.raw.cursor(name="access_log_entries") as cursor:
        cursor.execute(
            f"SELECT {_LEAF} FROM audit.access_event WHERE {where} ORDER BY tx, access_id",
            (tx_to,) if tx_from is None else (tx_to, tx_from),
        )
        while block := cursor.fetchmany(_BLOCK):
            yield from map(_entry, block)


def entry(tx: Reader, access_id: int) -> Entry | None:
    """One entry by its number."""
    with tx.raw.cursor() as cursor:
        cursor.execute(f"SELECT {_LEAF} FROM audit.access_event WHERE access_id = %s", (access_id,))
        found: Entry | None = cursor.fetchone()
    return None if found is None else _entry(found)


def add_seal(tx: Writer, seal: Seal, *, numbers: bytes, prints: bytes) -> None:
    """Write a seal with the list of what it covers."""
    tx.connection.execute(insert(t.seal).values({name: getattr(seal, name) for name in Seal.__dataclass_fields__}))
    tx.connection.execute(insert(t.seal_index).values(seal_no=seal.seal_no, numbers=numbers, prints=prints))


def index_of(tx: Reader, seal_no: int) -> tuple[bytes, bytes] | None:
    """The list of what a seal covered: numbers and prints as they were written."""
    query = select(t.seal_index.c.numbers, t.seal_index.c.prints).where(t.seal_index.c.seal_no == seal_no)
    row = tx.connection.execute(query).one_or_none()
    return None if row is None else (bytes(row.numbers), bytes(row.prints))


def packed(numbers: Sequence[int]) -> bytes:
    """Numbers in their order, as they are kept: neighbours differ by one, so their differences deflate to nearly nothing."""
    return zlib.compress(np.diff(np.asarray(numbers, "<i8"), prepend=0).astype("<i8").tobytes(), 6)


def unpacked(kept: bytes) -> list[int]:
    """The numbers again. Raises ValueError."""
    try:
        found: list[int] = np.cumsum(np.frombuffer(zlib.decompress(kept), "<i8")).tolist()
    except zlib.error as error:
        raise ValueError(str(error)) from None
    return found


def waiting(tx: Reader, *, tx_from: int | None) -> tuple[int, datetime | None]:
    """How many entries there are from a transaction on (None: at all), and when the oldest was made."""
    query = select(func.count(), func.min(t.access_event.c.at))
    if tx_from is not None:
        query = query.where(t.access_event.c.tx >= tx_from)
    many, oldest = tx.connection.execute(query).one()
    return int(many), oldest


def in_default(tx: Reader) -> int:
    """Entries that found no partition of their month."""
    return int(tx.connection.scalar(text("SELECT count(*) FROM audit.access_event_default")) or 0)


def settled(tx: Reader) -> int:
    """The highest number of a final entry: beyond it a number that is not there may still come; 0 when there is none."""
    query = select(func.max(t.access_event.c.access_id)).where(t.access_event.c.tx < final_before(tx))
    return int(tx.connection.scalar(query) or 0)


def gaps(tx: Reader, *, upto: int) -> list[Gap]:
    """Numbers below one that were given out and never committed."""
    rows = tx.connection.execute(
        text(
            "SELECT one.access_id + 1 AS first, one.next - one.access_id - 1 AS many, "
            "one.at AS before, one.next_at AS after, EXISTS (SELECT FROM audit.server_start s "
            "WHERE s.started_at >= one.at - interval '1 minute' "
            "AND s.started_at <= one.next_at + interval '1 minute') AS after_start "
            "FROM (SELECT access_id, at, lead(access_id) OVER w AS next, lead(at) OVER w AS next_at "
            "FROM audit.access_event WHERE access_id <= :upto WINDOW w AS (ORDER BY access_id)) one "
            "WHERE one.next > one.access_id + 1 ORDER BY one.access_id"
        ),
        {"upto": upto},
    )
    return [Gap(int(row.first), int(row.many), row.before, row.after, bool(row.after_start)) for row in rows]


def note_start(tx: Writer) -> None:
    """Remember when the server started or recovered from a crash: numbers that it had fetched ahead were lost then."""
    tx.connection.execute(
        text(
            "INSERT INTO audit.server_start (started_at) SELECT greatest(pg_postmaster_start_time(), "
            "(SELECT stats_reset FROM pg_stat_wal)) ON CONFLICT DO NOTHING"
        )
    )


def first_unstated_day(tx: Reader) -> date | None:
    """The first day in Vietnam that consumers have no statement for; None while the log is empty."""
    found: date | None = tx.connection.scalar(
        text(
            "SELECT coalesce((SELECT max(s.day) + 1 FROM audit.statement s), "
            "(SELECT (e.at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date FROM audit.access_event e ORDER BY e.access_id LIMIT 1))"
        )
    )
    return found


def requests_of(tx: Reader, day: date) -> list[tuple[str, str, int, int]]:
    """Requests of a day in Vietnam, by client and status: client, status, how many, the newest of their transactions."""
    rows = tx.connection.execute(
        text(
            "SELECT e.client_id, e.status, count(*), max(e.tx) FROM audit.access_event e "
            "WHERE e.at >= CAST(:day AS timestamp) AT TIME ZONE 'Asia/Ho_Chi_Minh' "
            "AND e.at < CAST(:day AS timestamp) AT TIME ZONE 'Asia/Ho_Chi_Minh' + interval '1 day' GROUP BY 1, 2 ORDER BY 1, 2"
        ),
        {"day": day},
    )
    return [(row[0], row[1], int(row[2]), int(row[3])) for row in rows]


def add_statement(
    tx: Writer, *, client_id: str, day: date, seal_no: int, body: str, key_id: str, signature: bytes
) -> None:
    """Keep a signed statement for a consumer."""
    tx.connection.execute(
        insert(t.statement).values(
            client_id=client_id, day=day, seal_no=seal_no, body=body, key_id=key_id, signature=signature
        )
    )


def statements(tx: Reader, client_id: str, *, many: int) -> list[tuple[str, str, bytes]]:
    """The newest statements for a consumer: body, key, signature."""
    sql = text("SELECT * FROM audit.statements_of(:client, :many)")
    rows = tx.connection.execute(sql, {"client": client_id, "many": many})
    return [(row.body, row.key_id, bytes(row.signature)) for row in rows]


def ensure_partitions(tx: Writer, months_ahead: int) -> int:
    """Make the partitions of this month and some after it; returns how many were made."""
    return int(tx.connection.scalar(select(func.audit.ensure_partitions(months_ahead))) or 0)


def _entry(row: Entry) -> Entry:
    """The values of a leaf: without what came to the table later and this entry does not have."""
    end = len(row)
    while end > FIRST_OPTIONAL and row[end - 1] is None:
        end -= 1
    return row[:end]


def _seal(row: Any) -> Seal:
    return Seal(
        row.seal_no, row.tx_from, row.tx_to, row.entries, row.total, bytes(row.root), bytes(row.previous_head),
        bytes(row.head), row.key_id, bytes(row.signature), row.sealed_at, row.last_id,
        None if row.index_hash is None else bytes(row.index_hash),
    )  # fmt: skip

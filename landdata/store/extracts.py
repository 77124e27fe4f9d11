"""An extract of the population platform, sealed and hashed, and claims matched with it as sets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

import pyarrow as pa
from sqlalchemy import text

from landdata.model.persons import Claim
from landdata.store.copying import copy
from landdata.store.engine import Database, Reader, Writer
from landdata.store.keys import Keys

# Whoever loads an extract is alone with the two tables.
_LOADING = 7_240_032
_FIRST = (datetime(1900, 1, 1, tzinfo=UTC), UUID(int=0))

Place = tuple[datetime, UUID]


class Rest(NamedTuple):
    """A claim that is not plainly one citizen, and the sealed words about everybody who bears its number."""

    identity_key: UUID
    sealed: list[bytes]


@contextmanager
def alone(db: Database) -> Iterator[bool]:
    """Whether nobody else works with an extract while the block lasts."""
    with db.write() as held:
        yield bool(held.connection.scalar(text("SELECT pg_try_advisory_xact_lock(:loading)"), {"loading": _LOADING}))


def clear(tx: Writer) -> int:
    """Forget the extract that is there; returns how many citizens."""
    tx.connection.execute(text("DELETE FROM match.extract_number"))
    return tx.connection.execute(text("DELETE FROM match.extract_person")).rowcount


def add(tx: Writer, persons: pa.Table, numbers: pa.Table) -> None:
    """Add citizens and their numbers, columns as in the tables; a number that is there already stays as it is."""
    copy(tx, "match.extract_person", persons)
    tx.connection.execute(
        text("CREATE TEMPORARY TABLE IF NOT EXISTS new_number (LIKE match.extract_number) ON COMMIT DELETE ROWS")
    )
    copy(tx, "new_number", numbers)
    tx.connection.execute(
        text("INSERT INTO match.extract_number SELECT * FROM new_number ORDER BY kind ON CONFLICT DO NOTHING")
    )


def ready(tx: Writer) -> None:
    """Tell the planner how much was added."""
    for table in ("extract_person", "extract_number"):
        tx.connection.execute(text(f"ANALYZE match.{table}"))


def pending(tx: Reader, after: Place | None, *, limit: int, keys: Keys) -> tuple[list[Claim], Place]:
    """Claims never answered and not under way, oldest first, behind a place; and the place of the last."""
    rows = tx.connection.execute(
        text(
            "SELECT c.first_seen_at, c.identity_key, c.name, c.id_number_sealed, c.birth_date, c.birth_year "
            "FROM match.claim c WHERE c.status = 'PENDING' AND c.recheck_at IS NULL "
            "AND c.id_number_sealed IS NOT NULL "
            "AND (c.first_seen_at, c.identity_key) > (:at, :key) "
            "AND c.identity_key NOT IN (SELECT unnest(identity_keys) FROM match.batch) "
            "ORDER BY c.first_seen_at, c.identity_key LIMIT :limit"
        ),
        {"at": (after or _FIRST)[0], "key": (after or _FIRST)[1], "limit": limit},
    ).all()
    claims = [
        Claim(row.identity_key, row.name, keys.unseal(row.id_number_sealed), row.birth_date, row.birth_year)
        for row in rows
    ]
    return claims, (rows[-1].first_seen_at, rows[-1].identity_key) if rows else after or _FIRST


def link(tx: Writer, asked: pa.Table) -> list[UUID]:
    """Find who plainly is one citizen: the number is theirs alone, the hashes of name and birth are the same.

    `asked`: identity_key, bidx, name_folded_hash (null: the name has to be read by rules first), birth_date_hash (null:
    only the year is written), birth_year_hash. Nothing of the claims is written yet: `settle_linked` does.
    """
    tx.connection.execute(
        text(
            "CREATE TEMPORARY TABLE IF NOT EXISTS asked (identity_key uuid, bidx uuid, name_folded_hash bytea, "
            "  birth_date_hash bytea, birth_year_hash bytea) ON COMMIT DELETE ROWS"
        )
    )
    tx.connection.execute(
        text(
            "CREATE TEMPORARY TABLE IF NOT EXISTS linked (identity_key uuid, person_id bigint, kind text, year_only boolean) "
            "ON COMMIT DELETE ROWS"
        )
    )
    copy(tx, "asked", asked)
    tx.connection.execute(text("ANALYZE asked"))
    found = tx.connection.scalars(
        text(
            "INSERT INTO linked SELECT a.identity_key, p.person_id, b.kind, "
            "  p.birth_date_hash IS NULL OR a.birth_date_hash IS NULL "
            "FROM asked a CROSS JOIN LATERAL (SELECT min(n.person_id) AS person_id, min(n.kind) AS kind "
            "  FROM match.extract_number n WHERE n.bidx = a.bidx HAVING count(*) = 1) b "
            "JOIN match.extract_person p ON p.person_id = b.person_id AND p.name_folded_hash = a.name_folded_hash "
            "WHERE p.plain_birth AND CASE WHEN p.birth_date_hash IS NULL OR a.birth_date_hash IS NULL "
            "  THEN p.birth_year_hash = a.birth_year_hash ELSE p.birth_date_hash = a.birth_date_hash END "
            "RETURNING identity_key"
        )
    )
    return list(found)


def settle_linked(tx: Writer, *, hash_version: int, index_version: int) -> None:
    """Write whom `link` found: citizens, their numbers, and the claims as VERIFIED with the reasons the rules would give."""
    tx.connection.execute(
        text(
            "INSERT INTO match.party (person_ref, name_hash, name_folded_hash, birth_date_hash, birth_year_hash, "
            "  life_status, hash_version) "
            "SELECT person_ref, name_hash, name_folded_hash, birth_date_hash, birth_year_hash, life_status, :version "
            "FROM match.extract_person WHERE person_id IN (SELECT person_id FROM linked) ORDER BY person_ref "
            "ON CONFLICT (person_ref) DO UPDATE SET name_hash = excluded.name_hash, "
            "  name_folded_hash = excluded.name_folded_hash, birth_date_hash = excluded.birth_date_hash, "
            "  birth_year_hash = excluded.birth_year_hash, life_status = excluded.life_status, "
            "  hash_version = excluded.hash_version, verified_at = clock_timestamp()"
        ),
        {"version": hash_version},
    )
    tx.connection.execute(
        text(
            "INSERT INTO match.party_number (bidx, party_id, kind, number_sealed, bidx_version) "
            "SELECT n.bidx, y.party_id, n.kind, n.number_sealed, :version FROM match.extract_number n "
            "JOIN match.extract_person p USING (person_id) JOIN match.party y USING (person_ref) "
            "WHERE n.person_id IN (SELECT person_id FROM linked) ORDER BY n.bidx, y.party_id "
            "ON CONFLICT (bidx, party_id) DO UPDATE SET kind = excluded.kind, number_sealed = excluded.number_sealed"
        ),
        {"version": index_version},
    )
    tx.connection.execute(
        text(
            "UPDATE match.claim c SET status = 'VERIFIED', party_id = y.party_id, bearer_id = NULL, name_share = 100, "
            "  years_apart = 0, attempts = c.attempts + 1, checked_at = clock_timestamp(), reasons = array_remove(ARRAY["
            "    CASE WHEN l.kind = 'OLD' THEN 'NUMBER_OLD' END, CASE WHEN l.year_only THEN 'BIRTH_YEAR_ONLY' END, "
            "    CASE WHEN p.life_status = 'DEAD' THEN 'PERSON_DEAD' END], NULL) "
            "FROM linked l JOIN match.extract_person p USING (person_id) JOIN match.party y USING (person_ref) "
            "WHERE c.identity_key = l.identity_key"
        )
    )


def rest(tx: Reader) -> list[Rest]:
    """What `link` left of those it was asked about."""
    rows = tx.connection.execute(
        text(
            "SELECT a.identity_key, b.sealed FROM asked a CROSS JOIN LATERAL ("
            "  SELECT array_agg(p.sealed ORDER BY p.person_ref) AS sealed FROM match.extract_number n "
            "  JOIN match.extract_person p USING (person_id) WHERE n.bidx = a.bidx) b "
            "WHERE a.identity_key NOT IN (SELECT identity_key FROM linked)"
        )
    )
    return [Rest(row.identity_key, [bytes(one) for one in row.sealed or []]) for row in rows]

"""Identity claims and the citizens they were verified to be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, text

from landdata.model.persons import Claim, ClaimStatus, Verification
from landdata.store.engine import Reader, Writer
from landdata.store.keys import Keys
from landdata.store.tables import identities as t


def pending(tx: Reader, *, limit: int, keys: Keys) -> list[Claim]:
    """Claims to be asked, oldest first; numbers are unsealed for the question only."""
    c = t.claim.c
    query = select(c.identity_key, c.name, c.id_number_sealed, c.birth_date, c.birth_year)
    query = query.where(c.status == ClaimStatus.PENDING.value).order_by(c.first_seen_at, c.identity_key).limit(limit)
    return [
        Claim(row.identity_key, row.name, keys.unseal(row.id_number_sealed), row.birth_date, row.birth_year)
        for row in tx.connection.execute(query)
    ]


def outdated(tx: Reader, after: int, *, person: int, index: int, limit: int, keys: Keys) -> list[tuple[int, Claim]]:
    """Citizens behind a party id of whom a hash, or a number that cannot be read, is under another version of its key.

    Each with one of the claims that was verified to be them; those without are left to `forget_unclaimed`.
    """
    rows = tx.connection.execute(
        text(
            "SELECT p.party_id, c.identity_key, c.name, c.id_number_sealed, c.birth_date, c.birth_year FROM match.party p "
            "CROSS JOIN LATERAL (SELECT * FROM match.claim c WHERE c.party_id = p.party_id "
            "  ORDER BY c.identity_key LIMIT 1) c "
            "WHERE p.party_id > :after AND (p.hash_version <> :person OR EXISTS (SELECT FROM match.party_number n "
            "  WHERE n.party_id = p.party_id AND n.number_sealed IS NULL AND n.bidx_version <> :index)) "
            "ORDER BY p.party_id LIMIT :limit"
        ),
        {"after": after, "person": person, "index": index, "limit": limit},
    )
    return [
        (
            int(row.party_id),
            Claim(row.identity_key, row.name, keys.unseal(row.id_number_sealed), row.birth_date, row.birth_year),
        )
        for row in rows
    ]


def forget_numbers(tx: Writer, person_refs: Sequence[str], index: int) -> None:
    """Delete numbers of these citizens that cannot be read and are under another version: the platform just gave all."""
    tx.connection.execute(
        text(
            "DELETE FROM match.party_number n USING match.party p WHERE p.person_ref = ANY(:refs) "
            "AND n.party_id = p.party_id AND n.number_sealed IS NULL AND n.bidx_version <> :index"
        ),
        {"refs": list(person_refs), "index": index},
    )


def forget_unclaimed(tx: Writer, *, person: int, index: int) -> int:
    """Delete citizens under another version of a key whom no holder was verified to be any more; returns how many."""
    unclaimed = "NOT EXISTS (SELECT FROM match.claim c WHERE c.party_id = p.party_id)"
    stale = (
        "(p.hash_version <> :person OR EXISTS (SELECT FROM match.party_number o WHERE o.party_id = p.party_id "
        "AND o.number_sealed IS NULL AND o.bidx_version <> :index))"
    )
    values = {"person": person, "index": index}
    parties = list(
        tx.connection.scalars(text(f"SELECT p.party_id FROM match.party p WHERE {stale} AND {unclaimed}"), values)
    )
    for table in ("party_number", "party"):
        tx.connection.execute(text(f"DELETE FROM match.{table} WHERE party_id = ANY(:parties)"), {"parties": parties})
    return len(parties)


@dataclass(frozen=True, slots=True)
class Party:
    """A citizen to be noted: keyed hashes of what the platform confirmed, and the numbers they can be asked by."""

    person_ref: str
    name_hash: bytes
    name_folded_hash: bytes
    birth_date_hash: bytes | None
    birth_year_hash: bytes
    life_status: str
    hash_version: int
    index_version: int
    numbers: tuple[tuple[str, str, bytes], ...]  # blind index, CURRENT or OLD, sealed


def save_parties(tx: Writer, parties: Sequence[Party]) -> dict[str, int]:
    """Note citizens in one statement; what the platform says last holds. Returns party ids by person reference."""
    distinct = list({one.person_ref: one for one in parties}.values())
    if not distinct:
        return {}
    rows = tx.connection.execute(
        text(
            "INSERT INTO match.party (person_ref, name_hash, name_folded_hash, birth_date_hash, birth_year_hash, "
            "  life_status, hash_version) "
            "SELECT * FROM unnest(CAST(:refs AS text[]), CAST(:names AS bytea[]), CAST(:folded AS bytea[]), "
            "  CAST(:dates AS bytea[]), CAST(:years AS bytea[]), CAST(:lives AS text[]), CAST(:versions AS smallint[])) "
            "ON CONFLICT (person_ref) DO UPDATE SET name_hash = excluded.name_hash, "
            "  name_folded_hash = excluded.name_folded_hash, birth_date_hash = excluded.birth_date_hash, "
            "  birth_year_hash = excluded.birth_year_hash, life_status = excluded.life_status, "
            "  hash_version = excluded.hash_version, verified_at = clock_timestamp() "
            "RETURNING person_ref, party_id"
        ),
        {
            "refs": [one.person_ref for one in distinct],
            "names": [one.name_hash for one in distinct],
            "folded": [one.name_folded_hash for one in distinct],
            "dates": [one.birth_date_hash for one in distinct],
            "years": [one.birth_year_hash for one in distinct],
            "lives": [one.life_status for one in distinct],
            "versions": [one.hash_version for one in distinct],
        },
    )
    ids = {row.person_ref: int(row.party_id) for row in rows}
    numbers = {
        (index, ids[one.person_ref]): (kind, sealed, one.index_version)
        for one in distinct
        for index, kind, sealed in one.numbers
    }
    tx.connection.execute(
        text(
            "INSERT INTO match.party_number (bidx, party_id, kind, number_sealed, bidx_version) "
            "SELECT * FROM unnest(CAST(:bidx AS uuid[]), CAST(:parties AS bigint[]), CAST(:kinds AS text[]), "
            "  CAST(:sealed AS bytea[]), CAST(:versions AS smallint[])) "
            "ON CONFLICT (bidx, party_id) DO UPDATE SET kind = excluded.kind, number_sealed = excluded.number_sealed"
        ),
        {
            "bidx": [key[0] for key in numbers],
            "parties": [key[1] for key in numbers],
            "kinds": [kind for kind, _, _ in numbers.values()],
            "sealed": [sealed for _, sealed, _ in numbers.values()],
            "versions": [version for _, _, version in numbers.values()],
        },
    )
    return ids


def settle(tx: Writer, verifications: Sequence[Verification], party_ids: Mapping[str, int]) -> None:
    """Write what became of claims."""
    if not verifications:
        return
    tx.connection.execute(
        text(
            "UPDATE match.claim c SET status = v.status, "
            "  reasons = CASE WHEN v.reasons = '' THEN '{}' ELSE string_to_array(v.reasons, ',') END, "
            "  party_id = v.party_id, attempts = c.attempts + 1, checked_at = clock_timestamp() "
            "FROM unnest(CAST(:keys AS uuid[]), CAST(:statuses AS text[]), CAST(:reasons AS text[]), "
            "  CAST(:parties AS bigint[])) AS v (identity_key, status, reasons, party_id) "
            "WHERE c.identity_key = v.identity_key"
        ),
        {
            "keys": [str(one.identity_key) for one in verifications],
            "statuses": [one.status.value for one in verifications],
            "reasons": [",".join(one.reasons) for one in verifications],
            "parties": [party_ids[one.citizen.person_ref] if one.citizen else None for one in verifications],
        },
    )


def forget_past(tx: Writer) -> int:
    """Delete what matching said before, once no request can be repeated as of then; returns how much."""
    return sum(
        tx.connection.execute(
            text(f"DELETE FROM match.{table} WHERE at < clock_timestamp() - interval '26 hours'")
        ).rowcount
        for table in ("claim_was", "party_was")
    )


def counts(tx: Reader) -> dict[str, int]:
    """How many claims stand in which status."""
    query = select(t.claim.c.status, func.count()).group_by(t.claim.c.status)
    return {status: int(count) for status, count in tx.connection.execute(query)}

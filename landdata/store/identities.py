"""Identity claims and the citizens they were verified to be."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text

from landdata.model.persons import Claim, Verification
from landdata.store.engine import Reader, Writer
from landdata.store.keys import Keys
from landdata.store.tables import identities as t


def outdated(tx: Reader, after: int, *, person: int, index: int, limit: int, keys: Keys) -> list[tuple[int, Claim]]:
    """Citizens behind a party id of whom a hash, or a number that cannot be read, is under another version of its key.

    Each with one of the claims that led to them, its number empty where a clerk supplied it; those without a claim are left
    to `forget_unclaimed`.
    """
    rows = tx.connection.execute(
        text(
            "SELECT p.party_id, c.identity_key, c.name, c.id_number_sealed, c.birth_date, c.birth_year FROM match.party p "
            "CROSS JOIN LATERAL (SELECT * FROM match.claim c WHERE c.party_id = p.party_id OR c.bearer_id = p.party_id "
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
            Claim(
                row.identity_key, row.name, "" if row.id_number_sealed is None else keys.unseal(row.id_number_sealed),
                row.birth_date, row.birth_year,
            ),
        )
        for row in rows
    ]  # fmt: skip


def clock(tx: Reader) -> datetime:
    """The time by the database's own clock, which everything that is noted bears."""
    now: datetime = tx.connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    return now


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
    """Delete citizens under another version of a key to whom no claim leads any more; returns how many."""
    unclaimed = "NOT EXISTS (SELECT FROM match.claim c WHERE c.party_id = p.party_id OR c.bearer_id = p.party_id)"
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
    """Note citizens in one statement; what the platform says last holds. Returns party ids by person reference.

    Always in one order: two workers who note the same citizens must not wait for each other.
    """
    distinct = {one.person_ref: one for one in parties}
    if not distinct:
        return {}
    rows = tx.connection.execute(
        text(
            "INSERT INTO match.party (person_ref, name_hash, name_folded_hash, birth_date_hash, birth_year_hash, "
            "  life_status, hash_version) "
            "SELECT r.ref, decode(r.name, 'hex'), decode(r.folded, 'hex'), decode(r.date, 'hex'), decode(r.year, 'hex'), "
            "  r.life, r.version FROM json_to_recordset(CAST(:rows AS json)) "
            "  AS r (ref text, name text, folded text, date text, year text, life text, version smallint) ORDER BY r.ref "
            "ON CONFLICT (person_ref) DO UPDATE SET name_hash = excluded.name_hash, "
            "  name_folded_hash = excluded.name_folded_hash, birth_date_hash = excluded.birth_date_hash, "
            "  birth_year_hash = excluded.birth_year_hash, life_status = excluded.life_status, "
            "  hash_version = excluded.hash_version, verified_at = clock_timestamp() "
            "RETURNING person_ref, party_id"
        ),
        {
            "rows": _json(
                {
                    "ref": one.person_ref,
                    "name": one.name_hash.hex(),
                    "folded": one.name_folded_hash.hex(),
                    "date": one.birth_date_hash.hex() if one.birth_date_hash else None,
                    "year": one.birth_year_hash.hex(),
                    "life": one.life_status,
                    "version": one.hash_version,
                }
                for one in distinct.values()
            )
        },
    )
    ids = {ref: int(party) for ref, party in rows}
    tx.connection.execute(
        text(
            "INSERT INTO match.party_number (bidx, party_id, kind, number_sealed, bidx_version) "
            "SELECT r.bidx, r.party, r.kind, decode(r.sealed, 'hex'), r.version "
            "FROM json_to_recordset(CAST(:rows AS json)) "
            "  AS r (bidx uuid, party bigint, kind text, sealed text, version smallint) ORDER BY r.bidx, r.party "
            "ON CONFLICT (bidx, party_id) DO UPDATE SET kind = excluded.kind, number_sealed = excluded.number_sealed"
        ),
        {
            "rows": _json(
                {
                    "bidx": index,
                    "party": ids[one.person_ref],
                    "kind": kind,
                    "sealed": sealed.hex(),
                    "version": one.index_version,
                }
                for one in distinct.values()
                for index, kind, sealed in one.numbers
            )
        },
    )
    return ids


def settle(
    tx: Writer, verifications: Sequence[Verification], party_ids: Mapping[str, int], *, as_of: datetime | None = None
) -> None:
    """Write what became of claims. `as_of`: when they were asked; what changed later is asked again."""
    if not verifications:
        return
    tx.connection.execute(
        text(
            "UPDATE match.claim c SET status = v.status, "
            "  reasons = CASE WHEN v.reasons = '' THEN '{}' ELSE string_to_array(v.reasons, ',') END, "
            "  party_id = CASE WHEN v.status = 'VERIFIED' THEN v.party END, "
            "  bearer_id = CASE WHEN v.status <> 'VERIFIED' THEN v.party END, "
            "  name_share = v.share, years_apart = v.years, attempts = c.attempts + 1, checked_at = clock_timestamp(), "
            "  recheck_at = CASE WHEN c.recheck_at > :as_of THEN c.recheck_at END "
            "FROM json_to_recordset(CAST(:rows AS json)) "
            "  AS v (key uuid, status text, reasons text, party bigint, share smallint, years smallint) "
            "WHERE c.identity_key = v.key"
        ),
        {
            "rows": _json(
                {
                    "key": one.identity_key.hex,
                    "status": one.status.value,
                    "reasons": ",".join(one.reasons),
                    "party": party_ids[one.citizen.person_ref] if one.citizen else None,
                    "share": one.share,
                    "years": one.years,
                }
                for one in verifications
            ),
            "as_of": as_of,
        },
    )


def _json(rows: Iterable[dict[str, object]]) -> str:
    """Rows as one value: a list for each column would cost the worker several times as much to send."""
    return json.dumps(list(rows), ensure_ascii=False)


def recheck(tx: Writer, *, person_refs: Sequence[str], bidx: Sequence[str]) -> int:
    """Have the claims that lead to these citizens, or bear one of these numbers, asked again; returns how many.

    What was found of them stands until then. Claims that say too little to be asked are left as they are.
    """
    return tx.connection.execute(
        text(
            "UPDATE match.claim c SET recheck_at = clock_timestamp() WHERE c.identity_key IN ("
            "  SELECT o.identity_key FROM match.party p "
            "  JOIN match.claim o ON o.party_id = p.party_id OR o.bearer_id = p.party_id WHERE p.person_ref = ANY(:refs) "
            "  UNION SELECT h.identity_key FROM land.holder h WHERE h.id_number_bidx = ANY(CAST(:bidx AS uuid[]))) "
            "AND c.id_number_sealed IS NOT NULL AND c.birth_year BETWEEN 1850 AND 2100"
        ),
        {"refs": list(person_refs), "bidx": list(bidx)},
    ).rowcount


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


def reasons(tx: Reader) -> dict[str, int]:
    """How many claims have which reason."""
    query = text(
        "SELECT reason, count(*) FROM match.claim CROSS JOIN LATERAL unnest(reasons) AS o (reason) GROUP BY reason"
    )
    return {reason: int(count) for reason, count in tx.connection.execute(query)}

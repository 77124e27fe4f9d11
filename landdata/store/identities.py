"""Identity claims and the citizens they were verified to be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from landdata.model.persons import Claim, ClaimStatus
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


def settle(tx: Writer, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write what became of claims: identity_key, status, reasons, party_id."""
    values = list(rows)
    if not values:
        return
    tx.connection.execute(
        text(
            "UPDATE match.claim SET status = :status, reasons = :reasons, party_id = :party_id, "
            "attempts = attempts + 1, checked_at = clock_timestamp() WHERE identity_key = :identity_key"
        ),
        values,
    )


def save_party(tx: Writer, *, person_ref: str, numbers: Sequence[tuple[Any, str]], **hashes: Any) -> int:
    """Note a citizen with the blind indexes of their numbers; what the platform says last holds."""
    statement = upsert(t.party).values(person_ref=person_ref, **hashes)
    changed = {**hashes, "verified_at": func.clock_timestamp()}
    statement = statement.on_conflict_do_update(index_elements=["person_ref"], set_=changed)
    party_id = int(tx.connection.scalar(statement.returning(t.party.c.party_id)) or 0)
    for bidx, kind in numbers:
        number = upsert(t.party_number).values(bidx=bidx, party_id=party_id, kind=kind)
        tx.connection.execute(number.on_conflict_do_update(index_elements=["bidx", "party_id"], set_={"kind": kind}))
    return party_id


def counts(tx: Reader) -> dict[str, int]:
    """How many claims stand in which status."""
    query = select(t.claim.c.status, func.count()).group_by(t.claim.c.status)
    return {status: int(count) for status, count in tx.connection.execute(query)}



"""Values under a former version of a key: how many there are, and how they get the active one in small transactions.

Whoever writes sealed or hashed values holds a shared lock until it commits (`stand_by`), taken before any other; whoever
moves them from one version to another holds it alone, for the few milliseconds of a batch. So neither sees the other's
half of a move and none waits for a row of the other, while look-ups, which only read, go on as ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text

from landdata.store.engine import Reader, Writer
from landdata.store.keys import FACTOR, INDEX, PERSON, REQUEST, ROW, SEAL

_LOCK = 7_240_020
_STALE = "get_byte(id_number_sealed, 0) <> :seal"
# What was made under a version of a key; without `= :version`, under any. Look-ups' hashes live for a day, by first_at.
_VALUES: dict[str, tuple[str, ...]] = {
    SEAL: (
        "land.holder WHERE get_byte(id_number_sealed, 0) {version}",
        "match.claim WHERE get_byte(id_number_sealed, 0) {version}",
        "match.party_number WHERE get_byte(number_sealed, 0) {version}",
        "match.extract_person WHERE get_byte(sealed, 0) {version}",
        "match.decision WHERE get_byte(id_number_sealed, 0) {version}",
    ),
    INDEX: (
        "land.holder WHERE id_number_bidx IS NOT NULL AND bidx_version {version}",
        "match.party_number WHERE bidx_version {version}",
    ),
    ROW: ("land.record WHERE until_pub IS NULL AND hash_version {version}",),
    FACTOR: ("people.account WHERE get_byte(totp, 0) {version}",),
    PERSON: ("match.claim WHERE key_version {version}", "match.party WHERE hash_version {version}"),
}
_UNVERSIONED: dict[str, tuple[str, ...]] = {
    REQUEST: ("share.request WHERE first_at > clock_timestamp() - interval '24 hours'",)
}


class Holder(NamedTuple):
    """A holder's key and sealed number."""

    commune_id: int
    record_id: int
    holder_no: int
    sealed: bytes


class StoredClaim(NamedTuple):
    """What a claim's key is made from; `birth` as the key takes it."""

    identity_key: UUID
    name: str
    sealed: bytes | None
    birth: str
    key_version: int


class Number(NamedTuple):
    """A number by which a citizen can be asked for."""

    bidx: UUID
    party_id: int
    kind: str
    sealed: bytes


def stand_by(tx: Writer) -> None:
    """To be taken first by whoever writes sealed or hashed values; waits while a batch is moved, for milliseconds."""
    tx.connection.execute(text("SELECT pg_advisory_xact_lock_shared(:key)"), {"key": _LOCK})


def alone(tx: Writer) -> None:
    """Wait until no such writer is under way, and keep others waiting until this commits."""
    tx.connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def count(tx: Reader, purpose: str, version: int | None = None) -> int:
    """Values made under a version of a key, or under any; 0 for purposes of which the database keeps none."""
    said = "IS NOT NULL" if version is None else "= :version"
    places = _VALUES.get(purpose) or (() if version is not None else _UNVERSIONED.get(purpose, ()))
    return sum(
        int(
            tx.connection.scalar(
                text(f"SELECT count(*) FROM {place.format(version=said)}"),
                {} if version is None else {"version": version},
            )
            or 0
        )
        for place in places
    )


def count_shown(tx: Reader) -> int:
    """What consumers hold that only the feed's key makes: names of records they were given, secrets of webhooks."""
    sql = text("SELECT (SELECT count(*) FROM share.watch) + (SELECT count(*) FROM share.webhook)")
    return int(tx.connection.scalar(sql) or 0)


def holders_outdated(
    tx: Reader, after: tuple[int, int, int], *, seal: int, index: int, limit: int
) -> list[tuple[int, int, int]]:
    """Keys of holders with a number under another version, in order."""
    rows = tx.connection.execute(
        text(
            "SELECT commune_id, record_id, holder_no FROM land.holder "
            "WHERE (commune_id, record_id, holder_no) > (:commune, :record, :holder) AND id_number_sealed IS NOT NULL "
            f"AND ({_STALE} OR bidx_version <> :index) ORDER BY commune_id, record_id, holder_no LIMIT :limit"
        ),
        {
            "commune": after[0], "record": after[1], "holder": after[2], "seal": seal, "index": index, "limit": limit,
        },
    )  # fmt: skip
    return [(int(row[0]), int(row[1]), int(row[2])) for row in rows]


def holders(tx: Reader, keys: Sequence[tuple[int, int, int]]) -> list[Holder]:
    """The holders of these keys as they stand now."""
    rows = tx.connection.execute(
        text(
            "SELECT h.commune_id, h.record_id, h.holder_no, h.id_number_sealed FROM unnest(CAST(:communes AS integer[]), "
            "  CAST(:records AS bigint[]), CAST(:holders AS smallint[])) AS k (commune_id, record_id, holder_no) "
            "JOIN land.holder h USING (commune_id, record_id, holder_no) WHERE h.id_number_sealed IS NOT NULL"
        ),
        _columns(("communes", "records", "holders"), keys),
    )
    return [Holder(row[0], row[1], row[2], bytes(row[3])) for row in rows]


def set_holders(tx: Writer, rows: Sequence[tuple[int, int, int, bytes, str]], *, index: int) -> None:
    """Give holders (commune, record, holder, sealed number, blind index) the same number under other versions."""
    tx.connection.execute(
        text(
            "UPDATE land.holder h SET id_number_sealed = k.sealed, id_number_bidx = k.bidx, bidx_version = :version "
            "FROM unnest(CAST(:communes AS integer[]), CAST(:records AS bigint[]), CAST(:holders AS smallint[]), "
            "  CAST(:sealed AS bytea[]), CAST(:bidx AS uuid[])) AS k (commune_id, record_id, holder_no, sealed, bidx) "
            "WHERE h.commune_id = k.commune_id AND h.record_id = k.record_id AND h.holder_no = k.holder_no"
        ),
        _columns(("communes", "records", "holders", "sealed", "bidx"), rows) | {"version": index},
    )


def claims_outdated(tx: Reader, after: UUID, *, seal: int, person: int, limit: int) -> list[UUID]:
    """Keys of claims that are, or whose number is, under another version, in order."""
    found = tx.connection.scalars(
        text(
            f"SELECT identity_key FROM match.claim WHERE identity_key > :after AND ({_STALE} OR key_version <> :person) "
            "ORDER BY identity_key LIMIT :limit"
        ),
        {"after": after, "seal": seal, "person": person, "limit": limit},
    )
    return list(found)


def claims(tx: Reader, keys: Sequence[UUID]) -> list[StoredClaim]:
    """The claims of these keys as they stand now."""
    rows = tx.connection.execute(
        text(
            "SELECT identity_key, name, id_number_sealed, coalesce(birth_date::text, birth_year::text, '') AS birth, "
            "key_version FROM match.claim WHERE identity_key = ANY(CAST(:keys AS uuid[]))"
        ),
        {"keys": [str(one) for one in keys]},
    )
    return [
        StoredClaim(
            row.identity_key,
            row.name,
            None if row.id_number_sealed is None else bytes(row.id_number_sealed),
            row.birth,
            row.key_version,
        )
        for row in rows
    ]


def set_claims(tx: Writer, rows: Sequence[tuple[str, str, bytes | None]], *, person: int) -> None:
    """Give claims (key, new key, sealed number) the same content under other versions, and their holders the new key.

    Where the same claim was made under both versions meanwhile the two become one, and keep what is known of it.
    """
    moved = _columns(("old", "new", "sealed"), rows) | {"version": person}
    given = "unnest(CAST(:old AS uuid[]), CAST(:new AS uuid[]), CAST(:sealed AS bytea[])) AS k (old, new, sealed)"
    merged = (
        "INSERT INTO match.claim AS c (identity_key, status, reasons, party_id, bearer_id, name_share, years_apart, name, "
        "  id_number_sealed, birth_date, birth_year, attempts, first_seen_at, checked_at, recheck_at, key_version) "
        "SELECT k.new, o.status, o.reasons, o.party_id, o.bearer_id, o.name_share, o.years_apart, o.name, k.sealed, "
        "  o.birth_date, o.birth_year, o.attempts, o.first_seen_at, o.checked_at, o.recheck_at, :version "
        f"FROM {given} JOIN match.claim o ON o.identity_key = k.old "
        "WHERE k.old <> k.new ON CONFLICT (identity_key) DO UPDATE SET status = excluded.status, "
        "  reasons = excluded.reasons, party_id = excluded.party_id, bearer_id = excluded.bearer_id, "
        "  name_share = excluded.name_share, years_apart = excluded.years_apart, checked_at = excluded.checked_at, "
        "  recheck_at = excluded.recheck_at "
        "WHERE c.status = 'PENDING'"
    )
    for sql in (
        f"UPDATE match.claim c SET id_number_sealed = k.sealed FROM {given} WHERE c.identity_key = k.old AND k.old = k.new",
        merged,
        f"UPDATE land.holder h SET identity_key = k.new FROM {given} WHERE h.identity_key = k.old AND k.old <> k.new",
        # What was kept of the claim goes with it, instead of what the one made meanwhile was for a moment.
        f"DELETE FROM match.claim_was w USING {given} WHERE w.identity_key = k.new AND k.old <> k.new",
        f"UPDATE match.claim_was w SET identity_key = k.new FROM {given} WHERE w.identity_key = k.old AND k.old <> k.new",
        # What is decided stands for what the certificate says, and so does its place on the work list.
        (
            f"UPDATE match.decision d SET state = 'REPLACED', due = false FROM {given} WHERE d.identity_key = k.new "
            "AND k.old <> k.new AND d.state IN ('WAITING', 'IN_FORCE') AND EXISTS (SELECT FROM match.decision o "
            "WHERE o.identity_key = k.old AND o.state IN ('WAITING', 'IN_FORCE'))"
        ),
        f"UPDATE match.decision d SET identity_key = k.new FROM {given} WHERE d.identity_key = k.old AND k.old <> k.new",
        f"DELETE FROM match.doubt d USING {given} WHERE d.identity_key = k.new AND k.old <> k.new",
        f"UPDATE match.doubt d SET identity_key = k.new FROM {given} WHERE d.identity_key = k.old AND k.old <> k.new",
        f"DELETE FROM match.claim c USING {given} WHERE c.identity_key = k.old AND k.old <> k.new",
    ):
        tx.connection.execute(text(sql), moved)


def corrections_outdated(tx: Reader, after: int, *, seal: int, limit: int) -> list[int]:
    """Decisions with a corrected number under another version, in order."""
    found = tx.connection.scalars(
        text(
            f"SELECT decision_id FROM match.decision WHERE decision_id > :after AND {_STALE} "
            "ORDER BY decision_id LIMIT :limit"
        ),
        {"after": after, "seal": seal, "limit": limit},
    )
    return [int(one) for one in found]


def corrections(tx: Reader, ids: Sequence[int]) -> list[tuple[int, bytes]]:
    """These decisions and their sealed numbers."""
    rows = tx.connection.execute(
        text("SELECT decision_id, id_number_sealed FROM match.decision WHERE decision_id = ANY(:ids)"),
        {"ids": list(ids)},
    )
    return [(int(row[0]), bytes(row[1])) for row in rows]


def set_corrections(tx: Writer, rows: Sequence[tuple[int, bytes]]) -> None:
    """Give decisions the same number under another version."""
    tx.connection.execute(
        text(
            "UPDATE match.decision d SET id_number_sealed = k.sealed FROM unnest(CAST(:ids AS bigint[]), "
            "  CAST(:sealed AS bytea[])) AS k (decision_id, sealed) WHERE d.decision_id = k.decision_id"
        ),
        _columns(("ids", "sealed"), rows),
    )


def numbers_outdated(
    tx: Reader, after: tuple[UUID, int], *, seal: int, index: int, limit: int
) -> list[tuple[UUID, int]]:
    """Keys of citizens' numbers that are under another version and can be read, in order."""
    rows = tx.connection.execute(
        text(
            "SELECT bidx, party_id FROM match.party_number WHERE (bidx, party_id) > (CAST(:bidx AS uuid), :party) "
            "AND number_sealed IS NOT NULL AND (get_byte(number_sealed, 0) <> :seal OR bidx_version <> :index) "
            "ORDER BY bidx, party_id LIMIT :limit"
        ),
        {"bidx": str(after[0]), "party": after[1], "seal": seal, "index": index, "limit": limit},
    )
    return [(row.bidx, int(row.party_id)) for row in rows]


def take_numbers(tx: Writer, keys: Sequence[tuple[UUID, int]]) -> list[Number]:
    """Take these numbers out; `put_numbers` puts them back in the same transaction."""
    rows = tx.connection.execute(
        text(
            "DELETE FROM match.party_number n USING unnest(CAST(:bidx AS uuid[]), CAST(:parties AS bigint[])) "
            "  AS k (bidx, party_id) WHERE n.bidx = k.bidx AND n.party_id = k.party_id AND n.number_sealed IS NOT NULL "
            "RETURNING n.bidx, n.party_id, n.kind, n.number_sealed"
        ),
        {"bidx": [str(one) for one, _ in keys], "parties": [party for _, party in keys]},
    )
    return [Number(row.bidx, row.party_id, row.kind, bytes(row.number_sealed)) for row in rows]


def put_numbers(tx: Writer, rows: Sequence[tuple[str, int, str, bytes]], *, index: int) -> None:
    """Put numbers (blind index, party, kind, sealed) in, unless they are there under this index already."""
    tx.connection.execute(
        text(
            "INSERT INTO match.party_number (bidx, party_id, kind, number_sealed, bidx_version, tx) "
            "SELECT k.*, :version, NULL FROM unnest(CAST(:bidx AS uuid[]), CAST(:parties AS bigint[]), CAST(:kinds AS text[]), "
            "  CAST(:sealed AS bytea[])) AS k ON CONFLICT (bidx, party_id) DO NOTHING"
        ),
        _columns(("bidx", "parties", "kinds", "sealed"), rows) | {"version": index},
    )


def _columns(names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> dict[str, list[Any]]:
    return {name: [row[place] for row in rows] for place, name in enumerate(names)}

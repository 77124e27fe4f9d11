"""Records on file: what stands in a commune, and how versions come and go within a publication."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from sqlalchemy import insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from landdata.model.parcels import Booleans, Hashes, Integers
from landdata.store.copying import HASH, INTEGER, fetch
from landdata.store.engine import Reader, Writer
from landdata.store.renewal import stand_by
from landdata.store.tables import parcels as t


@dataclass(frozen=True, slots=True)
class Standing:
    """Records that stand in some communes: entry i is one record."""

    commune_id: Integers
    record_id: Integers
    content_hash: Hashes
    parcels: Integers


@dataclass(frozen=True, slots=True)
class StandingKeys:
    """Parcel keys and certificates of standing records, to see which of them speak of the same things."""

    parcel_record: Integers
    parcel_key: Integers  # commune, sheet and number in three columns
    parcel_uid: tuple[str | None, ...]
    certificate_record: Integers
    certificate_uid: tuple[str, ...]


def lock_communes(tx: Writer, commune_ids: Sequence[int]) -> None:
    """One publication a commune at a time; always in order, so that two never wait for each other.

    Before that, no key's values are moved until this commits.
    """
    stand_by(tx)
    ordered = sorted(commune_ids)
    tx.connection.execute(
        text(
            "INSERT INTO stats.coverage_counter (unit_id, parcels, certificates, holders) "
            "SELECT unit_id, 0, 0, 0 FROM unnest(CAST(:ids AS integer[])) AS one (unit_id) ORDER BY unit_id "
            "ON CONFLICT (unit_id) DO NOTHING"
        ),
        {"ids": ordered},
    )
    tx.connection.execute(
        text("SELECT unit_id FROM stats.coverage_counter WHERE unit_id = ANY(:ids) ORDER BY unit_id FOR UPDATE"),
        {"ids": ordered},
    )


def new_publication(tx: Writer, *, delivery_id: int, kind: str, effective_on: date) -> int:
    """Open a publication in this transaction."""
    statement = insert(t.publication).values(delivery_id=delivery_id, kind=kind, effective_on=effective_on)
    return int(tx.connection.scalar(statement.returning(t.publication.c.publication_id)) or 0)


def effective_on(tx: Reader, publication_id: int) -> date:
    """From when a publication counts."""
    found: date = tx.connection.execute(
        select(t.publication.c.effective_on).where(t.publication.c.publication_id == publication_id)
    ).scalar_one()
    return found


def standing(tx: Reader, commune_ids: Sequence[int]) -> Standing:
    """All records that stand in the communes, with the number of their parcels."""
    rows = fetch(
        tx,
        "SELECT r.commune_id::bigint, r.record_id, r.content_hash, "
        "  (SELECT count(*) FROM land.parcel p WHERE p.commune_id = r.commune_id AND p.record_id = r.record_id) "
        f"FROM land.record r WHERE r.commune_id IN ({','.join(str(int(one)) for one in commune_ids)}) "
        "AND r.until_pub IS NULL",
        {"commune_id": INTEGER, "record_id": INTEGER, "content_hash": HASH, "parcels": INTEGER},
    )
    return Standing(
        commune_id=rows["commune_id"],
        record_id=rows["record_id"],
        content_hash=rows["content_hash"].view(np.uint64).reshape(-1, 2),
        parcels=rows["parcels"],
    )


def standing_hashes(tx: Reader, commune_ids: Sequence[int]) -> tuple[Integers, Hashes]:
    """Commune and content of all records that stand in the communes: read from one index, so at little cost."""
    rows = fetch(
        tx,
        "SELECT commune_id::bigint, content_hash FROM land.record "
        f"WHERE commune_id IN ({','.join(str(int(one)) for one in commune_ids)}) AND until_pub IS NULL",
        {"commune_id": INTEGER, "content_hash": HASH},
    )
    return rows["commune_id"], rows["content_hash"].view(np.uint64).reshape(-1, 2)


def standing_keys(tx: Reader, record_ids: Sequence[int], commune_ids: Sequence[int]) -> StandingKeys:
    """Keys of the given standing records."""
    values = {"ids": list(commune_ids), "records": list(record_ids)}
    parcels = tx.connection.execute(
        text(
            "SELECT record_id, commune_id, map_sheet_number, parcel_number, parcel_uid FROM land.parcel "
            "WHERE commune_id = ANY(:ids) AND record_id = ANY(:records)"
        ),
        values,
    ).all()
    certificates = tx.connection.execute(
        text(
            "SELECT record_id, certificate_uid::text FROM land.certificate "
            "WHERE commune_id = ANY(:ids) AND record_id = ANY(:records)"
        ),
        values,
    ).all()
    return StandingKeys(
        parcel_record=np.array([row[0] for row in parcels], dtype=np.int64),
        parcel_key=np.array([tuple(row[1:4]) for row in parcels], dtype=np.int64).reshape(-1, 3),
        parcel_uid=tuple(row[4] for row in parcels),
        certificate_record=np.array([row[0] for row in certificates], dtype=np.int64),
        certificate_uid=tuple(row[1] for row in certificates),
    )


def ever_known(tx: Reader, keys: Integers) -> Booleans:
    """For each (commune, sheet, number) whether such a parcel was ever on record, standing or not."""
    found = tx.connection.scalars(
        text(
            "SELECT EXISTS (SELECT FROM land.parcel p WHERE p.commune_id = k.commune AND p.map_sheet_number = k.sheet "
            "               AND p.parcel_number = k.number) "
            "FROM unnest(CAST(:commune AS integer[]), CAST(:sheet AS integer[]), CAST(:number AS integer[])) "
            "     WITH ORDINALITY AS k (commune, sheet, number, place) ORDER BY k.place"
        ),
        _by_name(keys),
    )
    return np.fromiter(found, dtype=np.bool_, count=len(keys))


def assert_records(tx: Writer, *, delivery_id: int, commune_ids: Sequence[int], record_ids: Sequence[int]) -> None:
    """Note that a delivery of changes repeated these records letter by letter."""
    rows = [
        {"commune_id": commune, "record_id": record, "delivery_id": delivery_id}
        for commune, record in zip(commune_ids, record_ids, strict=True)
    ]
    if rows:
        tx.connection.execute(upsert(t.assertion).values(rows).on_conflict_do_nothing())


def assert_gone(tx: Writer, *, delivery_id: int, keys: Integers) -> None:
    """Note that a delivery of changes retired parcels, by (commune, sheet, number), once more that were gone already."""
    if len(keys):
        tx.connection.execute(
            text(
                "INSERT INTO land.assertion (commune_id, record_id, delivery_id) "
                "SELECT DISTINCT p.commune_id, p.record_id, CAST(:delivery AS bigint) "
                "FROM unnest(CAST(:commune AS integer[]), CAST(:sheet AS integer[]), CAST(:number AS integer[])) "
                "     AS k (commune, sheet, number) JOIN land.parcel p ON p.commune_id = k.commune "
                "     AND p.map_sheet_number = k.sheet AND p.parcel_number = k.number "
                "WHERE p.commune_id = ANY(:communes) ON CONFLICT DO NOTHING"
            ),
            {"delivery": delivery_id, "communes": np.unique(keys[:, 0]).tolist()} | _by_name(keys),
        )


def _by_name(keys: Integers) -> dict[str, list[int]]:
    return {name: keys[:, at].tolist() for at, name in enumerate(("commune", "sheet", "number"))}


def end(tx: Writer, *, commune_ids: Sequence[int], record_ids: Sequence[int], publication_id: int) -> None:
    """End versions: their content stays, and reads of the past still find it."""
    if not record_ids:
        return
    values = {"ids": list(commune_ids), "records": list(record_ids), "pub": publication_id}
    where = "WHERE commune_id = ANY(:ids) AND record_id = ANY(:records)"
    tx.connection.execute(text(f"UPDATE land.record SET until_pub = :pub {where} AND until_pub IS NULL"), values)
    for table in ("parcel", "certificate", "holder"):
        tx.connection.execute(text(f"UPDATE land.{table} SET is_current = false {where} AND is_current"), values)


def counts(tx: Reader, *, commune_ids: Sequence[int], record_ids: Sequence[int]) -> dict[int, tuple[int, int, int]]:
    """Parcels, certificates and holders that the given records hold, by commune."""
    if not record_ids:
        return {}
    rows = tx.connection.execute(
        text(
            "SELECT commune_id, sum(p), sum(c), sum(h) FROM ("
            "  SELECT commune_id, record_id, 1 AS p, 0 AS c, 0 AS h FROM land.parcel"
            "  UNION ALL SELECT commune_id, record_id, 0, 1, 0 FROM land.certificate"
            "  UNION ALL SELECT commune_id, record_id, 0, 0, 1 FROM land.holder) one "
            "WHERE commune_id = ANY(:ids) AND record_id = ANY(:records) GROUP BY commune_id"
        ),
        {"ids": list(commune_ids), "records": list(record_ids)},
    )
    return {row[0]: (int(row[1]), int(row[2]), int(row[3])) for row in rows}

"""Takes a delivery back: its records end, and what it had ended stands again, as copies of just what was there.

A record never changes, so what is restored is a new version of the same content that names the one first delivered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from landdata.store.engine import Reader, Writer

# What a delivery brought and what it ended, each as (commune_id, record_id).
_PUBLICATIONS = "(SELECT publication_id FROM land.publication WHERE delivery_id = :delivery AND kind = 'PUBLISH')"
_BROUGHT = (
    "SELECT r.commune_id, r.record_id FROM land.record r WHERE r.restores_record_id IS NULL "
    f"AND r.since_pub IN {_PUBLICATIONS}"
)
_ENDED = f"SELECT r.commune_id, r.record_id FROM land.record r WHERE r.until_pub IN {_PUBLICATIONS}"

_CHILDREN = {
    "parcel": (
        "parcel_no, map_sheet_number, parcel_number, map_sheet_old, parcel_old, commune_old, parent_parcels, parcel_uid, "
        "address, legal_area_m2, map_area_m2, geom"
    ),
    "purpose": "parcel_no, purpose_no, code, area_m2, term_text, term_end, origins",
    "lineage": "parcel_no, parent_no, parent_commune, parent_commune_id, parent_sheet, parent_parcel",
    "certificate": "certificate_no, certificate_uid, serial, registry_number, issued_on, certificate_type",
    "holder": (
        "holder_no, certificate_no, name, holder_kind, holder_role, user_type, id_type, id_number_sealed, id_number_bidx, "
        "bidx_version, birth_date, birth_year, gender, identity_key"
    ),
    "land_right": "right_no, certificate_no, parcel_no, holder_no, private_m2, common_m2",
    "asset": (
        "asset_no, certificate_no, parcel_no, asset_kind, house_type, building_name, apartment_number, floor_area_m2, "
        "ownership_form, house_grade, ownership_term, common_items, construction_grade, construction_area_m2"
    ),
}
_CURRENT = frozenset({"parcel", "certificate", "holder"})


@dataclass(frozen=True, slots=True)
class Blocker:
    """A later delivery that stands in the way, and the codes of the communes where it does."""

    delivery_uid: UUID
    communes: tuple[str, ...]


def communes_of(tx: Reader, delivery_id: int) -> list[int]:
    """The communes whose records a delivery brought or ended, or of which it said that they are unchanged."""
    sql = text("SELECT unit_id FROM intake.communes_of(CAST(:delivery AS bigint)) AS unit_id ORDER BY unit_id")
    return list(tx.connection.scalars(sql, {"delivery": delivery_id}))


def blocker(tx: Reader, delivery_id: int) -> Blocker | None:
    """The latest delivery that changed or asserted what this one brought, or took the place of what it ended.

    A full delivery asserts its communes and those wholly merged into them, one of changes only the records it repeats
    and the retirements. Withdrawn deliveries stand in nobody's way.
    """
    sql = text("SELECT delivery_uid, codes FROM intake.blocker(CAST(:delivery AS bigint))")
    row = tx.connection.execute(sql, {"delivery": delivery_id}).one_or_none()
    return None if row is None else Blocker(row.delivery_uid, tuple(row.codes))


def brought(tx: Reader, delivery_id: int) -> list[int]:
    """Ids of the standing records that are what the delivery brought, in whatever version."""
    rows = tx.connection.scalars(
        text(
            f"SELECT v.record_id FROM ({_BROUGHT}) b JOIN land.record v ON v.commune_id = b.commune_id "
            "AND (v.record_id = b.record_id OR v.restores_record_id = b.record_id) WHERE v.until_pub IS NULL"
        ),
        {"delivery": delivery_id},
    )
    return list(rows)


def restore(tx: Writer, *, delivery_id: int, publication_id: int) -> list[int]:
    """Let what the delivery had ended stand again; returns the ids of the new versions."""
    tx.connection.execute(
        text(
            "CREATE TEMPORARY TABLE IF NOT EXISTS restored (commune_id integer, old_id bigint, new_id bigint) "
            "ON COMMIT DELETE ROWS"
        )
    )
    tx.connection.execute(
        text(
            "INSERT INTO restored SELECT commune_id, record_id, nextval('land.record_ids') "
            f"FROM ({_ENDED} ORDER BY r.commune_id, r.record_id) e"
        ),
        {"delivery": delivery_id},
    )
    tx.connection.execute(
        text(
            "INSERT INTO land.record (commune_id, record_id, content_hash, hash_version, zone_epsg, row_count, since_pub, "
            "  restores_record_id) "
            "SELECT r.commune_id, n.new_id, r.content_hash, r.hash_version, r.zone_epsg, r.row_count, :publication, "
            "  coalesce(r.restores_record_id, r.record_id) "
            "FROM restored n JOIN land.record r ON r.commune_id = n.commune_id AND r.record_id = n.old_id"
        ),
        {"publication": publication_id},
    )
    for table, columns in _CHILDREN.items():
        current = ", is_current" if table in _CURRENT else ""
        stands = ", true" if table in _CURRENT else ""
        tx.connection.execute(
            text(
                f"INSERT INTO land.{table} (commune_id, record_id, {columns}{current}) "
                f"SELECT commune_id, new_id, {columns}{stands} FROM restored n "
                f"JOIN land.{table} c USING (commune_id) WHERE c.record_id = n.old_id"
            )
        )
    return list(tx.connection.scalars(text("SELECT new_id FROM restored")))


def mark(tx: Writer, delivery_id: int) -> None:
    """Note in its communes that the delivery is withdrawn."""
    tx.connection.execute(
        text(
            "UPDATE intake.delivery_commune SET state = 'WITHDRAWN' WHERE delivery_id = :delivery AND state = 'PUBLISHED'"
        ),
        {"delivery": delivery_id},
    )


def children() -> dict[str, Sequence[str]]:
    """The columns that are copied of each table; a test holds them against the tables."""
    return {table: tuple(columns.split(", ")) for table, columns in _CHILDREN.items()}

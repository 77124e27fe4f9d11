"""Takes a delivery back: its records end, and what it had ended stands again, as copies of just what was there.

A record never changes, so what is restored is a new version of the same content that names the one first delivered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from landdata.store.delivery_communes import SPEAKS_FOR_ALL
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
    rows = tx.connection.scalars(
        text(
            f"SELECT commune_id FROM ({_BROUGHT}) b UNION SELECT commune_id FROM ({_ENDED}) e "
            "UNION SELECT unit_id FROM intake.delivery_commune WHERE delivery_id = :delivery AND state = 'PUBLISHED' "
            "ORDER BY 1"
        ),
        {"delivery": delivery_id},
    )
    return list(rows)


def blocker(tx: Reader, delivery_id: int) -> Blocker | None:
    """The latest delivery that changed or asserted what this one brought, or took the place of what it ended.

    A full delivery asserts its communes and those wholly merged into them, one of changes only the records it repeats
    and the retirements. Withdrawn deliveries stand in nobody's way.
    """
    row = tx.connection.execute(
        text(
            # Full deliveries that came later to the same communes.
            "WITH own AS (SELECT unit_id FROM intake.delivery_commune "
            "  WHERE delivery_id = :delivery AND state = 'PUBLISHED'), "
            f"brought AS ({_BROUGHT}), ended AS ({_ENDED}), "
            "later AS ("
            "  SELECT later.delivery_id, later.unit_id FROM own CROSS JOIN intake.delivery_commune later "
            "  JOIN intake.delivery d USING (delivery_id) "
            f"  WHERE later.delivery_id > :delivery AND later.state = 'PUBLISHED' AND {SPEAKS_FOR_ALL} "
            # Records this one brought that stand no more in any version: the publication that ended the last one did it.
            "  UNION SELECT p.delivery_id, b.commune_id FROM brought b CROSS JOIN LATERAL ("
            "    SELECT v.until_pub FROM land.record v WHERE v.commune_id = b.commune_id "
            "      AND (v.record_id = b.record_id OR v.restores_record_id = b.record_id) "
            "    ORDER BY v.record_id DESC LIMIT 1) last JOIN land.publication p ON p.publication_id = last.until_pub "
            # Records this one brought that a later delivery of changes repeated.
            "  UNION SELECT a.delivery_id, b.commune_id FROM brought b "
            "  JOIN land.record v ON v.commune_id = b.commune_id "
            "    AND (v.record_id = b.record_id OR v.restores_record_id = b.record_id) "
            "  JOIN land.assertion a ON a.commune_id = v.commune_id AND a.record_id = v.record_id "
            "  JOIN intake.delivery d ON d.delivery_id = a.delivery_id AND d.state <> 'WITHDRAWN' "
            "  WHERE a.delivery_id > :delivery "
            # Records this one ended, of which a later delivery of changes retired a parcel once more.
            "  UNION SELECT a.delivery_id, e.commune_id FROM ended e JOIN land.assertion a USING (commune_id, record_id) "
            "  JOIN intake.delivery d ON d.delivery_id = a.delivery_id AND d.state <> 'WITHDRAWN' "
            "  WHERE a.delivery_id > :delivery "
            # Parcels and certificates this one ended whose place was taken since.
            "  UNION SELECT p.delivery_id, e.commune_id FROM ended e "
            "  JOIN land.parcel gone ON gone.commune_id = e.commune_id AND gone.record_id = e.record_id "
            "  JOIN land.parcel now ON now.commune_id = gone.commune_id AND now.is_current "
            "    AND now.map_sheet_number = gone.map_sheet_number AND now.parcel_number = gone.parcel_number "
            "  JOIN land.record v ON v.commune_id = now.commune_id AND v.record_id = now.record_id "
            "  JOIN land.record o ON o.commune_id = v.commune_id "
            "    AND o.record_id = coalesce(v.restores_record_id, v.record_id) "
            "  JOIN land.publication p ON p.publication_id = o.since_pub WHERE p.delivery_id <> :delivery "
            "  UNION SELECT p.delivery_id, e.commune_id FROM ended e "
            "  JOIN land.certificate gone ON gone.commune_id = e.commune_id AND gone.record_id = e.record_id "
            "  JOIN land.certificate now ON now.commune_id = gone.commune_id AND now.is_current "
            "    AND now.certificate_uid = gone.certificate_uid "
            "  JOIN land.record v ON v.commune_id = now.commune_id AND v.record_id = now.record_id "
            "  JOIN land.record o ON o.commune_id = v.commune_id "
            "    AND o.record_id = coalesce(v.restores_record_id, v.record_id) "
            "  JOIN land.publication p ON p.publication_id = o.since_pub WHERE p.delivery_id <> :delivery"
            "), last AS (SELECT max(delivery_id) AS delivery_id FROM later) "
            "SELECT d.delivery_uid, array_agg(DISTINCT u.code ORDER BY u.code) AS codes FROM last "
            "JOIN later USING (delivery_id) JOIN intake.delivery d USING (delivery_id) "
            "JOIN ref.unit u ON u.unit_id = later.unit_id GROUP BY d.delivery_uid"
        ),
        {"delivery": delivery_id},
    ).one_or_none()
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

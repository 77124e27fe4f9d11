"""Sums over all that a country holds, by commune and kind of row, to tell whether two databases hold the same.

Internal ids, and sealed numbers (which differ each time they are sealed), are left out: a version of a record is named by
its content and by the publications that brought and ended it, a number by its blind index. Sums do not depend on the order
of rows, so nothing is sorted and memory is bounded by the number of communes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import text

from landdata.model.rebuild import Print
from landdata.store.engine import Reader

# Of a version: its content (of an ended one only where the key that made its hash is there) and its life.
_HASH = "CASE WHEN r.until_pub IS NULL OR :ended THEN encode(r.content_hash, 'hex') END"
_VERSION = f"{_HASH}, r.since_pub, r.until_pub, r.zone_epsg"
_RESTORED = (
    "SELECT o.since_pub FROM land.record o WHERE o.commune_id = r.commune_id AND o.record_id = r.restores_record_id"
)
_OWN = f"r.hash_version * (r.until_pub IS NULL OR :ended)::int, r.row_count, ({_RESTORED})"
_CHILDREN = {
    "parcel": (
        "c.parcel_no, c.map_sheet_number, c.parcel_number, c.map_sheet_old, c.parcel_old, c.commune_old, c.parent_parcels, "
        "c.parcel_uid, c.address, c.legal_area_m2, c.map_area_m2, c.geom, c.is_current"
    ),
    "purpose": "c.parcel_no, c.purpose_no, c.code, c.area_m2, c.term_text, c.term_end, c.origins",
    "lineage": "c.parcel_no, c.parent_no, c.parent_commune, c.parent_commune_id, c.parent_sheet, c.parent_parcel",
    "certificate": (
        "c.certificate_no, c.certificate_uid, c.serial, c.registry_number, c.issued_on, c.certificate_type, c.is_current"
    ),
    "holder": (
        "c.holder_no, c.certificate_no, c.name, c.holder_kind, c.holder_role, c.user_type, c.id_type, "
        "c.id_number_sealed IS NULL, c.id_number_bidx, c.bidx_version, c.birth_date, c.birth_year, c.gender, c.identity_key, "
        "c.is_current"
    ),
    "land_right": "c.right_no, c.certificate_no, c.parcel_no, c.holder_no, c.private_m2, c.common_m2",
    "asset": (
        "c.asset_no, c.certificate_no, c.parcel_no, c.asset_kind, c.house_type, c.building_name, c.apartment_number, "
        "c.floor_area_m2, c.ownership_form, c.house_grade, c.ownership_term, c.common_items, c.construction_grade, "
        "c.construction_area_m2"
    ),
    "assertion": "c.delivery_id",
}
_OF_RECORDS = {
    "record": f"SELECT r.commune_id AS place, ROW({_VERSION}, {_OWN})::text AS said FROM land.record r",
    **{
        name: (
            f"SELECT r.commune_id AS place, ROW({_VERSION}, {columns})::text AS said FROM land.{name} c "
            "JOIN land.record r ON r.commune_id = c.commune_id AND r.record_id = c.record_id"
        )
        for name, columns in _CHILDREN.items()
    },
    "counter": (
        "SELECT unit_id AS place, ROW(parcels, certificates, holders)::text AS said FROM stats.coverage_counter "
        "WHERE parcels + certificates + holders > 0"
    ),
    "event": (
        "SELECT unit_id AS place, ROW(publication_id, delivery_id, effective_on, recorded_at, parcels, certificates, holders, "
        "backfilled, simulated)::text AS said FROM stats.coverage_event WHERE mend_id IS NULL"
    ),
    "commune": "SELECT c.unit_id AS place, to_jsonb(c)::text AS said FROM intake.delivery_commune c",
}
_OF_DELIVERIES = {
    "delivery": (
        "SELECT delivery_id AS place, (to_jsonb(d) - 'delivery_id')::text AS said FROM intake.delivery d "
        "UNION ALL SELECT delivery_id, to_jsonb(l)::text FROM intake.delivery_layer l"
    ),
    "refusal": (
        "SELECT delivery_id AS place, ROW(layer, row_no, code, details)::text AS said FROM intake.finding "
        "WHERE severity IN ('REFUSES_RECORD', 'REFUSES_DELIVERY')"
    ),
    "publication": "SELECT delivery_id AS place, to_jsonb(p)::text AS said FROM land.publication p",
}
_SUMS = (
    "SELECT place, count(*) AS rows, concat(sum(hashtextextended(said, 0)), ' ', sum(hashtextextended(said, 1))) AS sum "
    "FROM ({}) one GROUP BY place"
)
_COMMUNES = (
    f"SELECT u.code || '/' || u.unit_id AS place, s.rows, s.sum FROM ({_SUMS}) s JOIN ref.unit u ON u.unit_id = s.place"
)
_DELIVERIES = (
    f"SELECT d.delivery_uid::text AS place, s.rows, s.sum FROM ({_SUMS}) s "
    "JOIN intake.delivery d ON d.delivery_id = s.place"
)


def parts() -> tuple[str, ...]:
    """The kinds of rows there are sums of, in the order in which they are read."""
    return (*_OF_RECORDS, *_OF_DELIVERIES)


def sums(tx: Reader, part: str, *, ended: bool) -> Iterator[tuple[str, Print]]:
    """The sums of one part by place: `code/version` of a commune, or a delivery. Reads whole tables.

    `ended`: whether hashes of versions that stand no more count; they cannot be made again once their key is gone.
    """
    select, of = (_OF_RECORDS[part], _COMMUNES) if part in _OF_RECORDS else (_OF_DELIVERIES[part], _DELIVERIES)
    values = {"ended": ended} if ":ended" in select else {}
    for row in tx.connection.execute(text(of.format(select)), values):
        yield row.place, Print(row.rows, row.sum)


def hashed_otherwise(tx: Reader, versions: Sequence[int]) -> bool:
    """Whether some record was hashed under a version of the key that is not among these."""
    sql = text("SELECT EXISTS (SELECT FROM land.record WHERE NOT hash_version = ANY (:versions))")
    return bool(tx.connection.scalar(sql, {"versions": list(versions)}))

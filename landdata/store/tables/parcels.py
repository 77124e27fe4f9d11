"""Records and what they hold: parcels, certificates, holders, rights, assets, purposes (schema land).

A record is all rows of a delivery joined by a shared parcel or certificate. Its content never changes: a new version is
a new record, and `since_pub` / `until_pub` say from which to which publication a version stood. Child rows are numbered
within their record, so versions are written and restored by plain set statements. Every key holds `commune_id`, the
distribution column, and no trigger stands on these tables.
"""

from __future__ import annotations

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from landdata.store.tables.base import col, identity, metadata, recorded

CURRENT = text("is_current")

publication = Table(
    "publication",
    metadata,
    identity("publication_id", "Identity."),
    col(
        "delivery_id",
        BigInteger,
        ForeignKey("intake.delivery.delivery_id"),
        comment="The delivery published or withdrawn.",
    ),
    col("kind", Text, comment="PUBLISH or WITHDRAW."),
    col("effective_on", Date, comment="Day in Vietnam from which it counts."),
    col(
        "tx",
        BigInteger,
        server_default=text("pg_current_xact_id()::text::bigint"),
        comment="Its transaction, to read history by snapshot.",
    ),
    recorded("recorded_at", "When it was recorded."),
    CheckConstraint("kind IN ('PUBLISH','WITHDRAW')", name="kind"),
    Index("publication_delivery_idx", "delivery_id"),
    Index("publication_tx_idx", "tx"),
    schema="land",
    comment="One transaction that changed records, of whole communes.",
)


def _member(*columns: Column[object]) -> list[Column[object]]:
    return [
        Column("commune_id", Integer, primary_key=True, comment="Commune version; distribution column."),
        Column("record_id", BigInteger, primary_key=True, comment="The record it belongs to."),
        *columns,
    ]


def _number(name: str) -> Column[object]:
    return Column(name, SmallInteger, primary_key=True, comment="Number within the record, from 1.")


def _of_record() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["commune_id", "record_id"], ["land.record.commune_id", "land.record.record_id"])


def _current() -> Column[object]:
    return col("is_current", Boolean, comment="True while the record's version stands.")


record = Table(
    "record",
    metadata,
    *_member(),
    col(
        "content_hash",
        LargeBinary,
        comment="Keyed hash of the content, coordinate system and date of codes; equal means unchanged.",
    ),
    col("zone_epsg", Integer, comment="VN-2000 zone the coordinates came in."),
    col("row_count", Integer, comment="Rows of the file it was read from."),
    col("since_pub", BigInteger, comment="Publication that brought this version."),
    col("until_pub", BigInteger, null=True, comment="Publication that ended it; null: it stands."),
    col(
        "restores_record_id",
        BigInteger,
        null=True,
        comment="The version a withdrawal brought back: always the one first delivered.",
    ),
    col("hash_version", SmallInteger, server_default=text("1"), comment="Version of the key that made the hash."),
    CheckConstraint("until_pub IS NULL OR until_pub > since_pub", name="life"),
    CheckConstraint("octet_length(content_hash) = 16", name="content_hash"),
    Index(
        "record_current_hash_idx", "commune_id", "content_hash", unique=True, postgresql_where=text("until_pub IS NULL")
    ),
    Index("record_since_idx", "since_pub"),
    Index("record_until_idx", "until_pub", postgresql_where=text("until_pub IS NOT NULL")),
    schema="land",
    comment="All that certificates and parcels tied together say, as one version (LADM: LA_BAUnit with its sources).",
)

parcel = Table(
    "parcel",
    metadata,
    *_member(_number("parcel_no")),
    col("map_sheet_number", Integer, comment="Field 3: map sheet."),
    col("parcel_number", Integer, comment="Field 2: number on the sheet."),
    col("map_sheet_old", Text, null=True, comment="Old sheet, as text."),
    col("parcel_old", Text, null=True, comment="Old number, as text."),
    col("commune_old", Text, null=True, comment="Code of the old commune."),
    col("parent_parcels", Text, null=True, comment="What it was split or merged from: commune.sheet.parcel;..."),
    col("parcel_uid", Text, null=True, comment="National parcel id, 12 characters as issued; never recomputed."),
    col("address", Text, comment="Field 4."),
    col(
        "legal_area_m2",
        Numeric(14, 2),
        null=True,
        comment="Field 5: area on the certificate; null where it gives none.",
    ),
    col("map_area_m2", Numeric(14, 2), comment="Area of the geometry in its zone."),
    col(
        "geom",
        Geometry("MULTIPOLYGON", srid=4326, spatial_index=False),
        comment="WGS 84 by the national transformation (EPSG:6960).",
    ),
    _current(),
    _of_record(),
    CheckConstraint("map_sheet_number > 0 AND parcel_number > 0", name="numbers"),
    CheckConstraint("parcel_uid IS NULL OR char_length(parcel_uid) = 12", name="parcel_uid"),
    CheckConstraint("map_area_m2 > 0 AND (legal_area_m2 IS NULL OR legal_area_m2 >= 0)", name="areas"),
    Index(
        "parcel_current_key", "commune_id", "map_sheet_number", "parcel_number", unique=True, postgresql_where=CURRENT
    ),
    Index("parcel_uid_idx", "parcel_uid", postgresql_where=text("is_current AND parcel_uid IS NOT NULL")),
    Index("parcel_geom_idx", "geom", postgresql_using="gist", postgresql_where=CURRENT),
    Index(
        "parcel_past_key_idx",
        "commune_id",
        "map_sheet_number",
        "parcel_number",
        postgresql_where=text("NOT is_current"),
    ),
    Index("parcel_past_geom_idx", "geom", postgresql_using="gist", postgresql_where=text("NOT is_current")),
    schema="land",
    comment="A land parcel (LADM: LA_SpatialUnit; DC_ThuaDat).",
)

purpose = Table(
    "purpose",
    metadata,
    *_member(_number("parcel_no"), _number("purpose_no")),
    col("code", Text, comment="Field 7: land use purpose."),
    col("area_m2", Numeric(14, 2), null=True, comment="Area under this purpose."),
    col("term_text", Text, null=True, comment="Field 8: term, as issued."),
    col("term_end", Date, null=True, comment="Last day, where the text gives one."),
    col(
        "origins",
        ARRAY(Text),
        server_default=text("'{}'"),
        comment="Field 9: base origin, plus transfer origin after '+'.",
    ),
    ForeignKeyConstraint(
        ["commune_id", "record_id", "parcel_no"],
        ["land.parcel.commune_id", "land.parcel.record_id", "land.parcel.parcel_no"],
    ),
    schema="land",
    comment="What a parcel may be used for (DC_MucDichSuDung with DC_NguonGocDat).",
)

lineage = Table(
    "lineage",
    metadata,
    *_member(_number("parcel_no"), _number("parent_no")),
    col("parent_commune", Text, comment="Code of the parent's commune, as delivered."),
    col(
        "parent_commune_id",
        Integer,
        null=True,
        comment="The commune version meant, where one in force or one it came from has the code.",
    ),
    col("parent_sheet", Integer, comment="Map sheet of the parent."),
    col("parent_parcel", Integer, comment="Number of the parent on its sheet."),
    ForeignKeyConstraint(
        ["commune_id", "record_id", "parcel_no"],
        ["land.parcel.commune_id", "land.parcel.record_id", "land.parcel.parcel_no"],
    ),
    CheckConstraint("parent_sheet > 0 AND parent_parcel > 0", name="numbers"),
    Index("lineage_parent_idx", "commune_id", "parent_commune_id", "parent_sheet", "parent_parcel"),
    schema="land",
    comment="What a parcel was split or merged from (LADM: LA_SpatialSource chain; thua_goc).",
)

assertion = Table(
    "assertion",
    metadata,
    Column("commune_id", Integer, primary_key=True, comment="Commune version; distribution column."),
    Column("record_id", BigInteger, primary_key=True, comment="The record found unchanged."),
    Column("delivery_id", BigInteger, primary_key=True, comment="The delivery of kind changes that says so."),
    _of_record(),
    Index("assertion_delivery_idx", "delivery_id"),
    schema="land",
    comment="Records that a later delivery of changes repeated; a full delivery asserts its communes as a whole.",
)

certificate = Table(
    "certificate",
    metadata,
    *_member(_number("certificate_no")),
    col("certificate_uid", UUID(as_uuid=True), comment="The same in every commune the certificate reaches into."),
    col("serial", Text, null=True, comment="Serial on the paper (soPhatHanh)."),
    col("registry_number", Text, null=True, comment="Registry number (soVaoSo)."),
    col("issued_on", Date, null=True, comment="Day of issue: start of valid time."),
    col("certificate_type", Text, null=True, comment="Type of certificate."),
    _current(),
    _of_record(),
    Index("certificate_current_key", "commune_id", "certificate_uid", unique=True, postgresql_where=CURRENT),
    schema="land",
    comment="A certificate of land use right and assets (LADM: LA_AdministrativeSource; DC_GiayChungNhan).",
)

holder = Table(
    "holder",
    metadata,
    *_member(_number("holder_no")),
    col("certificate_no", SmallInteger, null=True, comment="Certificate that names the holder; null: none yet."),
    col("name", Text, comment="Field 1: name as on the certificate, NFC."),
    col("holder_kind", Text, null=True, comment="0 individual, 1 couple, 2 household, 3 organisation, 4 community."),
    col("holder_role", Text, null=True, comment="CHU_HO, VO, CHONG, NGUOI_DAI_DIEN, THANH_VIEN ..."),
    col("user_type", Text, null=True, comment="Type of land user: GDC, TCN ..."),
    col("id_type", Text, null=True, comment="CCCD, CMND ..."),
    col("id_number_sealed", LargeBinary, null=True, comment="Identity number, AES-256-GCM."),
    col("id_number_bidx", UUID(as_uuid=True), null=True, comment="Keyed blind index of the number."),
    col("birth_date", Date, null=True, comment="Full date of birth, where given."),
    col("birth_year", SmallInteger, null=True, comment="Year of birth."),
    col("gender", SmallInteger, null=True, comment="0 female, 1 male, 2 other."),
    col(
        "identity_key",
        UUID(as_uuid=True),
        null=True,
        comment="Keyed hash of name, number and birth: the identity claim.",
    ),
    _current(),
    col(
        "bidx_version", SmallInteger, server_default=text("1"), comment="Version of the key that made the blind index."
    ),
    _of_record(),
    CheckConstraint("(id_number_sealed IS NULL) = (id_number_bidx IS NULL)", name="sealed_number"),
    CheckConstraint("name IS NFC NORMALIZED", name="nfc"),
    Index("holder_bidx_idx", "id_number_bidx", postgresql_where=text("id_number_bidx IS NOT NULL")),
    Index("holder_identity_idx", "identity_key", postgresql_where=text("identity_key IS NOT NULL")),
    schema="land",
    comment="A holder as the certificate names them (LADM: LA_Party; DC_CaNhan, DC_VoChong, DC_HoGiaDinh, DC_ToChuc).",
)

land_right = Table(
    "land_right",
    metadata,
    *_member(_number("right_no")),
    col("certificate_no", SmallInteger, null=True, comment="Source of the right; null: no certificate yet."),
    col("parcel_no", SmallInteger, comment="The parcel."),
    col("holder_no", SmallInteger, comment="The holder."),
    col("private_m2", Numeric(14, 2), null=True, comment="Field 6: area in private use."),
    col("common_m2", Numeric(14, 2), null=True, comment="Field 6: area in common use."),
    _of_record(),
    schema="land",
    comment="Who holds which parcel by which certificate (LADM: LA_Right; DC_QuyenSuDungDat).",
)

asset = Table(
    "asset",
    metadata,
    *_member(_number("asset_no")),
    col("certificate_no", SmallInteger, null=True, comment="Certificate that names the asset."),
    col("parcel_no", SmallInteger, comment="Parcel it stands on."),
    col("asset_kind", Text, comment="7 house, 8 apartment, 9 apartment building, 11 construction work ..."),
    col("house_type", Text, null=True, comment="Field 10."),
    col("building_name", Text, null=True, comment="Field 11: apartment building."),
    col("apartment_number", Text, null=True, comment="Field 11: apartment."),
    col("floor_area_m2", Numeric(12, 1), null=True, comment="Field 12."),
    col("ownership_form", Text, null=True, comment="Field 13: 0 private, 1 common."),
    col("house_grade", Text, null=True, comment="Field 14, as issued."),
    col("ownership_term", Text, null=True, comment="Field 15, as issued."),
    col("common_items", JSONB, null=True, comment="Field 16: name, area, floor."),
    col("construction_grade", Text, null=True, comment="Field 17, as issued."),
    col("construction_area_m2", Numeric(12, 1), null=True, comment="Field 18."),
    _of_record(),
    schema="land",
    comment="House, apartment or construction work on the land (DC_NhaRiengLe, DC_CanHo, DC_CongTrinhXayDung).",
)

"""Records: parcels, certificates, holders, rights, assets, purposes."""

from __future__ import annotations

import geoalchemy2
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_RECORD_IDS = """
CREATE SEQUENCE land.record_ids;
COMMENT ON SEQUENCE land.record_ids IS 'Numbers of record versions, taken in blocks by the publisher.';
"""


def upgrade() -> None:
    op.execute("CREATE SCHEMA land")
    op.execute(
        "COMMENT ON SCHEMA land IS 'Parcels, certificates, holders, rights, assets and purposes, with history (LADM, ISO 19152).'"
    )
    op.create_table(
        "record",
        sa.Column("commune_id", sa.Integer(), nullable=False, comment="Commune version; distribution column."),
        sa.Column("record_id", sa.BigInteger(), nullable=False, comment="The record it belongs to."),
        sa.Column(
            "content_hash",
            sa.LargeBinary(),
            nullable=False,
            comment="Keyed hash of the content, coordinate system and date of codes; equal means unchanged.",
        ),
        sa.Column("zone_epsg", sa.Integer(), nullable=False, comment="VN-2000 zone the coordinates came in."),
        sa.Column("row_count", sa.Integer(), nullable=False, comment="Rows of the file it was read from."),
        sa.Column("since_pub", sa.BigInteger(), nullable=False, comment="Publication that brought this version."),
        sa.Column("until_pub", sa.BigInteger(), nullable=True, comment="Publication that ended it; null: it stands."),
        sa.Column(
            "restores_record_id",
            sa.BigInteger(),
            nullable=True,
            comment="The version a withdrawal brought back.",
        ),
        sa.CheckConstraint("octet_length(content_hash) = 16", name=op.f("record_content_hash_check")),
        sa.CheckConstraint("until_pub IS NULL OR until_pub > since_pub", name=op.f("record_life_check")),
        sa.PrimaryKeyConstraint("commune_id", "record_id", name=op.f("record_pk")),
        schema="land",
        comment="All that certificates and parcels tied together say, as one version (LADM: LA_BAUnit with its sources).",
    )
    op.create_index(
        "record_current_hash_idx",
        "record",
        ["commune_id", "content_hash"],
        unique=True,
        schema="land",
        postgresql_where=sa.text("until_pub IS NULL"),
    )
    op.create_index("record_since_idx", "record", ["since_pub"], unique=False, schema="land")
    op.create_index(
        "record_until_idx",
        "record",
        ["until_pub"],
        unique=False,
        schema="land",
        postgresql_where=sa.text("until_pub IS NOT NULL"),
    )
    op.create_table(
        "asset",
        sa.Column("commune_id", sa.Integer(), nullable=False, comment="Commune version; distribution column."),
        sa.Column("record_id", sa.BigInteger(), nullable=False, comment="The record it belongs to."),
        sa.Column("asset_no", sa.SmallInteger(), nullable=False, comment="Number within the record, from 1."),
        sa.Column("certificate_no", sa.SmallInteger(), nullable=True, comment="Certificate that names the asset."),
        sa.Column("parcel_no", sa.SmallInteger(), nullable=False, comment="Parcel it stands on."),
        sa.Column(
            "asset_kind",
            sa.Text(),
            nullable=False,
            comment="7 house, 8 apartment, 9 apartment building, 11 construction work ...",
        ),
        sa.Column("house_type", sa.Text(), nullable=True, comment="Field 10."),
        sa.Column("building_name", sa.Text(), nullable=True, comment="Field 11: apartment building."),
        sa.Column("apartment_number", sa.Text(), nullable=True, comment="Field 11: apartment."),
        sa.Column("floor_area_m2", sa.Numeric(precision=12, scale=1), nullable=True, comment="Field 12."),
        sa.Column("ownership_form", sa.Text(), nullable=True, comment="Field 13: 0 private, 1 common."),
        sa.Column("house_grade", sa.Text(), nullable=True, comment="Field 14, as issued."),
        sa.Column("ownership_term", sa.Text(), nullable=True, comment="Field 15, as issued."),
        sa.Column(
            "common_items",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Field 16: name, area, floor.",
        ),
        sa.Column("construction_grade", sa.Text(), nullable=True, comment="Field 17, as issued."),
        sa.Column("construction_area_m2", sa.Numeric(precision=12, scale=1), nullable=True, comment="Field 18."),
        sa.ForeignKeyConstraint(
            ["commune_id", "record_id"],
            ["land.record.commune_id", "land.record.record_id"],
            name=op.f("asset_commune_id_record_id_fk"),
        ),
        sa.PrimaryKeyConstraint("commune_id", "record_id", "asset_no", name=op.f("asset_pk")),
        schema="land",
        comment="House, apartment or construction work on the land (DC_NhaRiengLe, DC_CanHo, DC_CongTrinhXayDung).",
    )
    op.create_table(
        "certificate",
        sa.Column("commune_id", sa.Integer(), nullable=False, comment="Commune version; distribution column."),
        sa.Column("record_id", sa.BigInteger(), nullable=False, comment="The record it belongs to."),
        sa.Column("certificate_no", sa.SmallInteger(), nullable=False, comment="Number within the record, from 1."),
        sa.Column(
            "certificate_uid",
            sa.UUID(),
            nullable=False,
            comment="The same in every commune the certificate reaches into.",
        ),
        sa.Column("serial", sa.Text(), nullable=True, comment="Serial on the paper (soPhatHanh)."),
        sa.Column("registry_number", sa.Text(), nullable=True, comment="Registry number (soVaoSo)."),
        sa.Column("issued_on", sa.Date(), nullable=True, comment="Day of issue: start of valid time."),
        sa.Column("certificate_type", sa.Text(), nullable=True, comment="Type of certificate."),
        sa.Column("is_current", sa.Boolean(), nullable=False, comment="True while the record's version stands."),
        sa.ForeignKeyConstraint(
            ["commune_id", "record_id"],
            ["land.record.commune_id", "land.record.record_id"],
            name=op.f("certificate_commune_id_record_id_fk"),
        ),
        sa.PrimaryKeyConstraint("commune_id", "record_id", "certificate_no", name=op.f("certificate_pk")),
        schema="land",
        comment="A certificate of land use right and assets (LADM: LA_AdministrativeSource; DC_GiayChungNhan).",
    )
    op.create_index(
        "certificate_current_key",
        "certificate",
        ["commune_id", "certificate_uid"],
        unique=True,
        schema="land",
        postgresql_where=sa.text("is_current"),
    )
    op.create_table(
        "holder",
        sa.Column("commune_id", sa.Integer(), nullable=False, comment="Commune version; distribution column."),
        sa.Column("record_id", sa.BigInteger(), nullable=False, comment="The record it belongs to."),
        sa.Column("holder_no", sa.SmallInteger(), nullable=False, comment="Number within the record, from 1."),
        sa.Column(
            "certificate_no",
            sa.SmallInteger(),
            nullable=True,
            comment="Certificate that names the holder; null: none yet.",
        ),
        sa.Column("name", sa.Text(), nullable=False, comment="Field 1: name as on the certificate, NFC."),
        sa.Column(
            "holder_kind",
            sa.Text(),
            nullable=True,
            comment="0 individual, 1 couple, 2 household, 3 organisation, 4 community.",
        ),
        sa.Column(
            "holder_role",
            sa.Text(),
            nullable=True,
            comment="CHU_HO, VO, CHONG, NGUOI_DAI_DIEN, THANH_VIEN ...",
        ),
        sa.Column("user_type", sa.Text(), nullable=True, comment="Type of land user: GDC, TCN ..."),
        sa.Column("id_type", sa.Text(), nullable=True, comment="CCCD, CMND ..."),
        sa.Column("id_number_sealed", sa.LargeBinary(), nullable=True, comment="Identity number, AES-256-GCM."),
        sa.Column("id_number_bidx", sa.UUID(), nullable=True, comment="Keyed blind index of the number."),
        sa.Column("birth_date", sa.Date(), nullable=True, comment="Full date of birth, where given."),
        sa.Column("birth_year", sa.SmallInteger(), nullable=True, comment="Year of birth."),
        sa.Column("gender", sa.SmallInteger(), nullable=True, comment="0 female, 1 male, 2 other."),
        sa.Column(
            "identity_key",
            sa.UUID(),
            nullable=True,
            comment="Keyed hash of name, number and birth: the identity claim.",
        ),
        sa.Column("is_current", sa.Boolean(), nullable=False, comment="True while the record's version stands."),
        sa.CheckConstraint(
            "(id_number_sealed IS NULL) = (id_number_bidx IS NULL)", name=op.f("holder_sealed_number_check")
        ),
        sa.CheckConstraint("name IS NFC NORMALIZED", name=op.f("holder_nfc_check")),
        sa.ForeignKeyConstraint(
            ["commune_id", "record_id"],
            ["land.record.commune_id", "land.record.record_id"],
            name=op.f("holder_commune_id_record_id_fk"),
        ),
        sa.PrimaryKeyConstraint("commune_id", "record_id", "holder_no", name=op.f("holder_pk")),
        schema="land",
        comment="A holder as the certificate names them (LADM: LA_Party; DC_CaNhan, DC_VoChong, DC_HoGiaDinh, DC_ToChuc).",
    )
    op.create_index(
        "holder_bidx_idx",
        "holder",
        ["id_number_bidx"],
        unique=False,
        schema="land",
        postgresql_where=sa.text("id_number_bidx IS NOT NULL"),
    )
    op.create_index(
        "holder_identity_idx",
        "holder",
        ["identity_key"],
        unique=False,
        schema="land",
        postgresql_where=sa.text("identity_key IS NOT NULL"),
    )
    op.create_table(
        "land_right",
        sa.Column("commune_id", sa.Integer(), nullable=False, comment="Commune version; distribution column."),
        sa.Column("record_id", sa.BigInteger(), nullable=False, comment="The record it belongs to."),
        sa.Column("right_no", sa.SmallInteger(), nullable=False, comment="Number within the record, from 1."),
        sa.Column(
            "certificate_no",
            sa.SmallInteger(),
            nullable=True,
            comment="Source of the right; null: no certificate yet.",
        ),
        sa.Column("parcel_no", sa.SmallInteger(), nullable=False, comment="The parcel."),
        sa.Column("holder_no", sa.SmallInteger(), nullable=False, comment="The holder."),
        sa.Column(
            "private_m2",
            sa.Numeric(precision=14, scale=2),
            nullable=True,
            comment="Field 6: area in private use.",
        ),
        sa.Column(
            "common_m2",
            sa.Numeric(precision=14, scale=2),
            nullable=True,
            comment="Field 6: area in common use.",
        ),
        sa.ForeignKeyConstraint(
            ["commune_id", "record_id"],
            ["land.record.commune_id", "land.record.record_id"],
            name=op.f("land_right_commune_id_record_id_fk"),
        ),
        sa.PrimaryKeyConstraint("commune_id", "record_id", "right_no", name=op.f("land_right_pk")),
        schema="land",
        comment="Who holds which parcel by which certificate (LADM: LA_Right; DC_QuyenSuDungDat).",
    )
    op.create_table(
        "parcel",
        sa.Column("commune_id", sa.Integer(), nullable=False, comment="Commune version; distribution column."),
        sa.Column("record_id", sa.BigInteger(), nullable=False, comment="The record it belongs to."),
        sa.Column("parcel_no", sa.SmallInteger(), nullable=False, comment="Number within the record, from 1."),
        sa.Column("map_sheet_number", sa.Integer(), nullable=False, comment="Field 3: map sheet."),
        sa.Column("parcel_number", sa.Integer(), nullable=False, comment="Field 2: number on the sheet."),
        sa.Column("map_sheet_old", sa.Text(), nullable=True, comment="Old sheet, as text."),
        sa.Column("parcel_old", sa.Text(), nullable=True, comment="Old number, as text."),
        sa.Column("commune_old", sa.Text(), nullable=True, comment="Code of the old commune."),
        sa.Column(
            "parent_parcels",
            sa.Text(),
            nullable=True,
            comment="What it was split or merged from: commune.sheet.parcel;...",
        ),
        sa.Column(
            "parcel_uid",
            sa.Text(),
            nullable=True,
            comment="National parcel id, 12 characters as issued; never recomputed.",
        ),
        sa.Column("address", sa.Text(), nullable=False, comment="Field 4."),
        sa.Column(
            "legal_area_m2",
            sa.Numeric(precision=14, scale=2),
            nullable=True,
            comment="Field 5: area on the certificate; null where it gives none.",
        ),
        sa.Column(
            "map_area_m2",
            sa.Numeric(precision=14, scale=2),
            nullable=False,
            comment="Area of the geometry in its zone.",
        ),
        sa.Column(
            "geom",
            geoalchemy2.Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
            comment="WGS 84 by the national transformation (EPSG:6960).",
        ),
        sa.Column("is_current", sa.Boolean(), nullable=False, comment="True while the record's version stands."),
        sa.CheckConstraint(
            "map_area_m2 > 0 AND (legal_area_m2 IS NULL OR legal_area_m2 >= 0)",
            name=op.f("parcel_areas_check"),
        ),
        sa.CheckConstraint("map_sheet_number > 0 AND parcel_number > 0", name=op.f("parcel_numbers_check")),
        sa.CheckConstraint("parcel_uid IS NULL OR char_length(parcel_uid) = 12", name=op.f("parcel_parcel_uid_check")),
        sa.ForeignKeyConstraint(
            ["commune_id", "record_id"],
            ["land.record.commune_id", "land.record.record_id"],
            name=op.f("parcel_commune_id_record_id_fk"),
        ),
        sa.PrimaryKeyConstraint("commune_id", "record_id", "parcel_no", name=op.f("parcel_pk")),
        schema="land",
        comment="A land parcel (LADM: LA_SpatialUnit; DC_ThuaDat).",
    )
    op.create_index(
        "parcel_current_key",
        "parcel",
        ["commune_id", "map_sheet_number", "parcel_number"],
        unique=True,
        schema="land",
        postgresql_where=sa.text("is_current"),
    )
    op.create_index(
        "parcel_geom_idx",
        "parcel",
        ["geom"],
        unique=False,
        schema="land",
        postgresql_using="gist",
        postgresql_where=sa.text("is_current"),
    )
    op.create_index(
        "parcel_uid_idx",
        "parcel",
        ["parcel_uid"],
        unique=False,
        schema="land",
        postgresql_where=sa.text("is_current AND parcel_uid IS NOT NULL"),
    )
    op.create_table(
        "purpose",
        sa.Column("commune_id", sa.Integer(), nullable=False, comment="Commune version; distribution column."),
        sa.Column("record_id", sa.BigInteger(), nullable=False, comment="The record it belongs to."),
        sa.Column("parcel_no", sa.SmallInteger(), nullable=False, comment="Number within the record, from 1."),
        sa.Column("purpose_no", sa.SmallInteger(), nullable=False, comment="Number within the record, from 1."),
        sa.Column("code", sa.Text(), nullable=False, comment="Field 7: land use purpose."),
        sa.Column("area_m2", sa.Numeric(precision=14, scale=2), nullable=True, comment="Area under this purpose."),
        sa.Column("term_text", sa.Text(), nullable=True, comment="Field 8: term, as issued."),
        sa.Column("term_end", sa.Date(), nullable=True, comment="Last day, where the text gives one."),
        sa.Column(
            "origins",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Field 9: base origin, plus transfer origin after '+'.",
        ),
        sa.ForeignKeyConstraint(
            ["commune_id", "record_id", "parcel_no"],
            ["land.parcel.commune_id", "land.parcel.record_id", "land.parcel.parcel_no"],
            name=op.f("purpose_commune_id_record_id_parcel_no_fk"),
        ),
        sa.PrimaryKeyConstraint("commune_id", "record_id", "parcel_no", "purpose_no", name=op.f("purpose_pk")),
        schema="land",
        comment="What a parcel may be used for (DC_MucDichSuDung with DC_NguonGocDat).",
    )
    op.create_table(
        "publication",
        sa.Column("publication_id", sa.BigInteger(), sa.Identity(always=True), nullable=False, comment="Identity."),
        sa.Column("delivery_id", sa.BigInteger(), nullable=False, comment="The delivery published or withdrawn."),
        sa.Column("kind", sa.Text(), nullable=False, comment="PUBLISH or WITHDRAW."),
        sa.Column("effective_on", sa.Date(), nullable=False, comment="Day in Vietnam from which it counts."),
        sa.Column(
            "tx",
            sa.BigInteger(),
            server_default=sa.text("pg_current_xact_id()::text::bigint"),
            nullable=False,
            comment="Its transaction, to read history by snapshot.",
        ),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="When it was recorded.",
        ),
        sa.CheckConstraint("kind IN ('PUBLISH','WITHDRAW')", name=op.f("publication_kind_check")),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["intake.delivery.delivery_id"], name=op.f("publication_delivery_id_fk")
        ),
        sa.PrimaryKeyConstraint("publication_id", name=op.f("publication_pk")),
        schema="land",
        comment="One transaction that changed records, of whole communes.",
    )
    op.create_index("publication_delivery_idx", "publication", ["delivery_id"], unique=False, schema="land")
    op.execute(_RECORD_IDS)


def downgrade() -> None:
    op.execute("DROP SCHEMA land CASCADE")

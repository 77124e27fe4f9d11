"""Publications and records with their parcels and purposes."""

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
            "restores_record_id", sa.BigInteger(), nullable=True, comment="The version a withdrawal brought back."
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
            "map_area_m2 > 0 AND (legal_area_m2 IS NULL OR legal_area_m2 >= 0)", name=op.f("parcel_areas_check")
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

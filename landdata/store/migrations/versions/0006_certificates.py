"""Certificates with their holders, rights and assets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
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
        sa.Column("holder_role", sa.Text(), nullable=True, comment="CHU_HO, VO, CHONG, NGUOI_DAI_DIEN, THANH_VIEN ..."),
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
            "certificate_no", sa.SmallInteger(), nullable=True, comment="Source of the right; null: no certificate yet."
        ),
        sa.Column("parcel_no", sa.SmallInteger(), nullable=False, comment="The parcel."),
        sa.Column("holder_no", sa.SmallInteger(), nullable=False, comment="The holder."),
        sa.Column(
            "private_m2", sa.Numeric(precision=14, scale=2), nullable=True, comment="Field 6: area in private use."
        ),
        sa.Column(
            "common_m2", sa.Numeric(precision=14, scale=2), nullable=True, comment="Field 6: area in common use."
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


def downgrade() -> None:
    op.drop_table("land_right", schema="land")
    op.drop_table("holder", schema="land")
    op.drop_table("certificate", schema="land")
    op.drop_table("asset", schema="land")

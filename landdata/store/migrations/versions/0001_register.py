"""Administrative units, registers, zones and code lists."""

from __future__ import annotations

import geoalchemy2
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA ref")
    op.execute(
        "COMMENT ON SCHEMA ref IS 'Administrative units with versions and succession, code lists, VN-2000 zones.'"
    )
    op.create_table(
        "code_entry",
        sa.Column("list", sa.Text(), nullable=False, comment="Code list, as named in model/fields.py."),
        sa.Column("scheme", sa.Text(), nullable=False, comment="Sub-list or era; codes are meant within it."),
        sa.Column("code", sa.Text(), nullable=False, comment="Code."),
        sa.Column("name_vi", sa.Text(), nullable=False, comment="Vietnamese wording."),
        sa.Column("name_en", sa.Text(), nullable=False, comment="English wording; empty where no one translated it."),
        sa.Column("source", sa.Text(), nullable=False, comment="Source."),
        sa.Column("status", sa.Text(), nullable=False, comment="How sure the source is."),
        sa.PrimaryKeyConstraint("list", "scheme", "code", name=op.f("code_entry_pk")),
        schema="ref",
        comment="Code lists as data, so that an operator can replace them.",
    )
    op.create_table(
        "division",
        sa.Column("code", sa.Text(), nullable=False, comment="Name used in requests."),
        sa.Column("name_vi", sa.Text(), nullable=False, comment="Vietnamese name."),
        sa.Column("name_en", sa.Text(), nullable=False, comment="English name."),
        sa.Column("on_date", sa.Date(), nullable=False, comment="The register in force on this day is meant."),
        sa.PrimaryKeyConstraint("code", name=op.f("division_pk")),
        schema="ref",
        comment="Named divisions of the country.",
    )
    op.create_table(
        "epoch",
        sa.Column("epoch_id", sa.SmallInteger(), autoincrement=False, nullable=False, comment="Counts up with time."),
        sa.Column(
            "valid_from",
            sa.Date(),
            nullable=True,
            comment="First day of this register; null: before the first known change.",
        ),
        sa.Column("valid_to", sa.Date(), nullable=True, comment="First day of the next register."),
        sa.Column("provinces", sa.Integer(), nullable=False, comment="Provinces in force."),
        sa.Column("districts", sa.Integer(), nullable=False, comment="Districts in force."),
        sa.Column("communes", sa.Integer(), nullable=False, comment="Communes in force."),
        sa.PrimaryKeyConstraint("epoch_id", name=op.f("epoch_pk")),
        schema="ref",
        comment="A stretch of time in which the register of units did not change.",
    )
    op.create_table(
        "reference_load",
        sa.Column("file", sa.Text(), nullable=False, comment="File loaded."),
        sa.Column("sha256", sa.Text(), nullable=False, comment="Its content; the same content is not loaded again."),
        sa.Column("rows", sa.Integer(), nullable=False, comment="Rows loaded."),
        sa.Column(
            "loaded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="When.",
        ),
        sa.PrimaryKeyConstraint("file", name=op.f("reference_load_pk")),
        schema="ref",
        comment="Which reference files the database holds.",
    )
    op.create_table(
        "unit",
        sa.Column(
            "unit_id",
            sa.Integer(),
            sa.Identity(always=True),
            nullable=False,
            comment="Identity of one version of a unit.",
        ),
        sa.Column("level", sa.Text(), nullable=False, comment="province, district or commune."),
        sa.Column(
            "code",
            sa.Text(),
            nullable=False,
            comment="GSO code as text; the same code can mean another unit after 1 July 2025.",
        ),
        sa.Column("name_vi", sa.Text(), nullable=False, comment="Name without its type word, NFC."),
        sa.Column("name_ascii", sa.Text(), nullable=False, comment="Name without marks, for searching."),
        sa.Column(
            "type_vi", sa.Text(), nullable=False, comment="Type word: tỉnh, quận, huyện, phường, xã, đặc khu ..."
        ),
        sa.Column("full_name_vi", sa.Text(), nullable=False, comment="Name with its type word."),
        sa.Column("parent_level", sa.Text(), nullable=True, comment="Level of the parent."),
        sa.Column("parent_code", sa.Text(), nullable=True, comment="Code of the parent while this version is valid."),
        sa.Column("valid_from", sa.Date(), nullable=True, comment="First day; null: already in force on 2021-11-01."),
        sa.Column("valid_to", sa.Date(), nullable=True, comment="First day no longer valid; null: still in force."),
        sa.Column(
            "validity",
            postgresql.DATERANGE(),
            sa.Computed("daterange(valid_from, valid_to)", persisted=True),
            nullable=False,
            comment="Half-open validity.",
        ),
        postgresql.ExcludeConstraint(
            (sa.column("level"), "="),
            (sa.column("code"), "="),
            (sa.column("validity"), "&&"),
            using="gist",
            name="unit_one_version_at_a_time",
        ),
        sa.CheckConstraint("(parent_code IS NULL) = (level = 'province')", name=op.f("unit_parent_check")),
        sa.CheckConstraint("level IN ('province','district','commune')", name=op.f("unit_level_check")),
        sa.CheckConstraint("full_name_vi IS NFC NORMALIZED AND name_vi IS NFC NORMALIZED", name=op.f("unit_nfc_check")),
        sa.PrimaryKeyConstraint("unit_id", name=op.f("unit_pk")),
        sa.UniqueConstraint(
            "level",
            "code",
            "valid_from",
            name=op.f("unit_level_code_valid_from_key"),
            postgresql_nulls_not_distinct=True,
        ),
        schema="ref",
        comment="One version of an administrative unit (LADM: LA_Level of administrative units); facts are tied to versions.",
    )
    op.create_table(
        "zone",
        sa.Column(
            "epsg",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="EPSG code of the projected VN-2000 system.",
        ),
        sa.Column(
            "srid",
            sa.Integer(),
            nullable=False,
            comment="Our row in spatial_ref_sys, with the national transformation.",
        ),
        sa.Column("name", sa.Text(), nullable=False, comment="Name."),
        sa.Column("central_meridian", sa.Double(), nullable=False, comment="Degrees east."),
        sa.Column("scale", sa.Double(), nullable=False, comment="Scale on the central meridian."),
        sa.PrimaryKeyConstraint("epsg", name=op.f("zone_pk")),
        sa.UniqueConstraint("srid", name=op.f("zone_srid_key")),
        schema="ref",
        comment="The VN-2000 zones in use, each with its own transformation row (QĐ 05/2007, EPSG:6960).",
    )
    op.create_table(
        "projection",
        sa.Column("epoch_id", sa.SmallInteger(), nullable=False, comment="The register looked at."),
        sa.Column("from_unit_id", sa.Integer(), nullable=False, comment="Commune version a fact is tied to."),
        sa.Column("to_unit_id", sa.Integer(), nullable=False, comment="Commune of that register it went into."),
        sa.Column("extent", sa.Text(), nullable=False, comment="full: all of it certainly lies there; part: possibly."),
        sa.CheckConstraint("extent IN ('full','part')", name=op.f("projection_extent_check")),
        sa.ForeignKeyConstraint(["epoch_id"], ["ref.epoch.epoch_id"], name=op.f("projection_epoch_id_fk")),
        sa.ForeignKeyConstraint(["from_unit_id"], ["ref.unit.unit_id"], name=op.f("projection_from_unit_id_fk")),
        sa.ForeignKeyConstraint(["to_unit_id"], ["ref.unit.unit_id"], name=op.f("projection_to_unit_id_fk")),
        sa.PrimaryKeyConstraint("epoch_id", "from_unit_id", "to_unit_id", name=op.f("projection_pk")),
        schema="ref",
        comment="Where each commune version lies in each register, composed from the succession.",
    )
    op.create_table(
        "province_zone",
        sa.Column("unit_id", sa.Integer(), nullable=False, comment="Province version of the 63."),
        sa.Column("epsg", sa.Integer(), nullable=False, comment="TM-3 zone of its cadastral maps."),
        sa.Column("confidence", sa.Text(), nullable=False, comment="How sure the source is."),
        sa.Column("source", sa.Text(), nullable=False, comment="Source."),
        sa.ForeignKeyConstraint(["epsg"], ["ref.zone.epsg"], name=op.f("province_zone_epsg_fk")),
        sa.ForeignKeyConstraint(["unit_id"], ["ref.unit.unit_id"], name=op.f("province_zone_unit_id_fk")),
        sa.PrimaryKeyConstraint("unit_id", name=op.f("province_zone_pk")),
        schema="ref",
        comment="Which zone the land office of a (legacy) province works in.",
    )
    op.create_table(
        "register",
        sa.Column("epoch_id", sa.SmallInteger(), nullable=False, comment="The stretch of time."),
        sa.Column("unit_id", sa.Integer(), nullable=False, comment="A version in force."),
        sa.Column("level", sa.Text(), nullable=False, comment="Level of the unit."),
        sa.Column(
            "district_id", sa.Integer(), nullable=True, comment="The district it lies in; a district is its own."
        ),
        sa.Column(
            "province_id", sa.Integer(), nullable=False, comment="The province it lies in; a province is its own."
        ),
        sa.ForeignKeyConstraint(["district_id"], ["ref.unit.unit_id"], name=op.f("register_district_id_fk")),
        sa.ForeignKeyConstraint(["epoch_id"], ["ref.epoch.epoch_id"], name=op.f("register_epoch_id_fk")),
        sa.ForeignKeyConstraint(["province_id"], ["ref.unit.unit_id"], name=op.f("register_province_id_fk")),
        sa.ForeignKeyConstraint(["unit_id"], ["ref.unit.unit_id"], name=op.f("register_unit_id_fk")),
        sa.PrimaryKeyConstraint("epoch_id", "unit_id", name=op.f("register_pk")),
        schema="ref",
        comment="Who was in force when, with the hierarchy worked out.",
    )
    op.create_index("register_province_idx", "register", ["epoch_id", "province_id"], unique=False, schema="ref")
    op.create_table(
        "unit_boundary",
        sa.Column("division", sa.Text(), nullable=False, comment="The division drawn."),
        sa.Column("unit_id", sa.Integer(), nullable=False, comment="The unit drawn."),
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
            comment="WGS 84; simplified, for maps and rough checks.",
        ),
        sa.Column("source", sa.Text(), nullable=False, comment="Where the shape comes from."),
        sa.Column("licence", sa.Text(), nullable=False, comment="Under which licence."),
        sa.ForeignKeyConstraint(["division"], ["ref.division.code"], name=op.f("unit_boundary_division_fk")),
        sa.ForeignKeyConstraint(["unit_id"], ["ref.unit.unit_id"], name=op.f("unit_boundary_unit_id_fk")),
        sa.PrimaryKeyConstraint("division", "unit_id", name=op.f("unit_boundary_pk")),
        schema="ref",
        comment="Province polygons, with Hoàng Sa in Đà Nẵng and Trường Sa in Khánh Hòa.",
    )
    op.create_index(
        "unit_boundary_geom_idx", "unit_boundary", ["geom"], unique=False, schema="ref", postgresql_using="gist"
    )
    op.create_table(
        "unit_succession",
        sa.Column(
            "succession_id", sa.Integer(), sa.Identity(always=True), nullable=False, comment="Identity of the step."
        ),
        sa.Column("old_unit_id", sa.Integer(), nullable=True, comment="Version that ended; null: newly created."),
        sa.Column(
            "new_unit_id", sa.Integer(), nullable=True, comment="Version that began; null: abolished or not determined."
        ),
        sa.Column("kind", sa.Text(), nullable=False, comment="merge, split, rename, unchanged, abolish or create."),
        sa.Column("effective_on", sa.Date(), nullable=False, comment="First day of the new state."),
        sa.Column("extent", sa.Text(), nullable=False, comment="full: all of the old unit; part: some of it; unknown."),
        sa.Column("legal_ref", sa.Text(), nullable=False, comment="Resolution or decision."),
        sa.Column("basis", sa.Text(), nullable=False, comment="How the step was found."),
        sa.Column("confidence", sa.Text(), nullable=False, comment="high, medium or low."),
        sa.Column("note", sa.Text(), nullable=False, comment="What the source adds."),
        sa.CheckConstraint("extent IN ('full','part','unknown')", name=op.f("unit_succession_extent_check")),
        sa.CheckConstraint(
            "kind IN ('merge','split','rename','unchanged','abolish','create')", name=op.f("unit_succession_kind_check")
        ),
        sa.CheckConstraint(
            "old_unit_id IS NOT NULL OR new_unit_id IS NOT NULL", name=op.f("unit_succession_one_side_check")
        ),
        sa.ForeignKeyConstraint(["new_unit_id"], ["ref.unit.unit_id"], name=op.f("unit_succession_new_unit_id_fk")),
        sa.ForeignKeyConstraint(["old_unit_id"], ["ref.unit.unit_id"], name=op.f("unit_succession_old_unit_id_fk")),
        sa.PrimaryKeyConstraint("succession_id", name=op.f("unit_succession_pk")),
        schema="ref",
        comment="Dated many-to-many succession of unit versions.",
    )
    op.create_index("unit_succession_new_idx", "unit_succession", ["new_unit_id"], unique=False, schema="ref")
    op.create_index("unit_succession_old_idx", "unit_succession", ["old_unit_id"], unique=False, schema="ref")


def downgrade() -> None:
    op.execute("DROP SCHEMA ref CASCADE")

"""Administrative units as versions, their succession, registers, divisions, zones and code lists (schema ref)."""

from __future__ import annotations

from geoalchemy2 import Geometry
from sqlalchemy import (
    CheckConstraint,
    Column,
    Computed,
    Date,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import DATERANGE, ExcludeConstraint

from landdata.store.tables.base import col, metadata, recorded

unit = Table(
    "unit",
    metadata,
    Column("unit_id", Integer, Identity(always=True), primary_key=True, comment="Identity of one version of a unit."),
    col("level", Text, comment="province, district or commune."),
    col("code", Text, comment="GSO code as text; the same code can mean another unit after 1 July 2025."),
    col("name_vi", Text, comment="Name without its type word, NFC."),
    col("name_ascii", Text, comment="Name without marks, for searching."),
    col("type_vi", Text, comment="Type word: tỉnh, quận, huyện, phường, xã, đặc khu ..."),
    col("full_name_vi", Text, comment="Name with its type word."),
    col("parent_level", Text, null=True, comment="Level of the parent."),
    col("parent_code", Text, null=True, comment="Code of the parent while this version is valid."),
    col("valid_from", Date, null=True, comment="First day; null: already in force on 2021-11-01."),
    col("valid_to", Date, null=True, comment="First day no longer valid; null: still in force."),
    Column(
        "validity",
        DATERANGE,
        Computed("daterange(valid_from, valid_to)", persisted=True),
        nullable=False,
        comment="Half-open validity.",
    ),
    UniqueConstraint("level", "code", "valid_from", postgresql_nulls_not_distinct=True),
    ExcludeConstraint(
        ("level", "="), ("code", "="), ("validity", "&&"), using="gist", name="unit_one_version_at_a_time"
    ),
    CheckConstraint("level IN ('province','district','commune')", name="level"),
    CheckConstraint("(parent_code IS NULL) = (level = 'province')", name="parent"),
    CheckConstraint("full_name_vi IS NFC NORMALIZED AND name_vi IS NFC NORMALIZED", name="nfc"),
    schema="ref",
    comment="One version of an administrative unit (LADM: LA_Level of administrative units); facts are tied to versions.",
)

unit_succession = Table(
    "unit_succession",
    metadata,
    Column("succession_id", Integer, Identity(always=True), primary_key=True, comment="Identity of the step."),
    col(
        "old_unit_id",
        Integer,
        ForeignKey("ref.unit.unit_id"),
        null=True,
        comment="Version that ended; null: newly created.",
    ),
    col(
        "new_unit_id",
        Integer,
        ForeignKey("ref.unit.unit_id"),
        null=True,
        comment="Version that began; null: abolished or not determined.",
    ),
    col("kind", Text, comment="merge, split, rename, unchanged, abolish or create."),
    col("effective_on", Date, comment="First day of the new state."),
    col("extent", Text, comment="full: all of the old unit; part: some of it; unknown."),
    col("legal_ref", Text, comment="Resolution or decision."),
    col("basis", Text, comment="How the step was found."),
    col("confidence", Text, comment="high, medium or low."),
    col("note", Text, comment="What the source adds."),
    CheckConstraint("kind IN ('merge','split','rename','unchanged','abolish','create')", name="kind"),
    CheckConstraint("extent IN ('full','part','unknown')", name="extent"),
    CheckConstraint("old_unit_id IS NOT NULL OR new_unit_id IS NOT NULL", name="one_side"),
    Index("unit_succession_old_idx", "old_unit_id"),
    Index("unit_succession_new_idx", "new_unit_id"),
    schema="ref",
    comment="Dated many-to-many succession of unit versions.",
)

epoch = Table(
    "epoch",
    metadata,
    Column("epoch_id", SmallInteger, primary_key=True, autoincrement=False, comment="Counts up with time."),
    col("valid_from", Date, null=True, comment="First day of this register; null: before the first known change."),
    col("valid_to", Date, null=True, comment="First day of the next register."),
    col("provinces", Integer, comment="Provinces in force."),
    col("districts", Integer, comment="Districts in force."),
    col("communes", Integer, comment="Communes in force."),
    schema="ref",
    comment="A stretch of time in which the register of units did not change.",
)

register = Table(
    "register",
    metadata,
    Column(
        "epoch_id", SmallInteger, ForeignKey("ref.epoch.epoch_id"), primary_key=True, comment="The stretch of time."
    ),
    Column("unit_id", Integer, ForeignKey("ref.unit.unit_id"), primary_key=True, comment="A version in force."),
    col("level", Text, comment="Level of the unit."),
    col(
        "district_id",
        Integer,
        ForeignKey("ref.unit.unit_id"),
        null=True,
        comment="The district it lies in; a district is its own.",
    ),
    col(
        "province_id",
        Integer,
        ForeignKey("ref.unit.unit_id"),
        comment="The province it lies in; a province is its own.",
    ),
    Index("register_province_idx", "epoch_id", "province_id"),
    Index("register_unit_idx", "unit_id", "epoch_id"),
    schema="ref",
    comment="Who was in force when, with the hierarchy worked out.",
)

projection = Table(
    "projection",
    metadata,
    Column(
        "epoch_id", SmallInteger, ForeignKey("ref.epoch.epoch_id"), primary_key=True, comment="The register looked at."
    ),
    Column(
        "from_unit_id",
        Integer,
        ForeignKey("ref.unit.unit_id"),
        primary_key=True,
        comment="Commune version a fact is tied to.",
    ),
    Column(
        "to_unit_id",
        Integer,
        ForeignKey("ref.unit.unit_id"),
        primary_key=True,
        comment="Commune of that register it went into.",
    ),
    col("extent", Text, comment="full: all of it certainly lies there; part: possibly."),
    CheckConstraint("extent IN ('full','part')", name="extent"),
    schema="ref",
    comment="Where each commune version lies in each register, composed from the succession.",
)

division = Table(
    "division",
    metadata,
    Column("code", Text, primary_key=True, comment="Name used in requests."),
    col("name_vi", Text, comment="Vietnamese name."),
    col("name_en", Text, comment="English name."),
    col("on_date", Date, comment="The register in force on this day is meant."),
    schema="ref",
    comment="Named divisions of the country.",
)

unit_boundary = Table(
    "unit_boundary",
    metadata,
    Column("division", Text, ForeignKey("ref.division.code"), primary_key=True, comment="The division drawn."),
    Column("unit_id", Integer, ForeignKey("ref.unit.unit_id"), primary_key=True, comment="The unit drawn."),
    col(
        "geom",
        Geometry("MULTIPOLYGON", srid=4326, spatial_index=False),
        comment="WGS 84; simplified, for maps and rough checks.",
    ),
    col("source", Text, comment="Where the shape comes from."),
    col("licence", Text, comment="Under which licence."),
    Index("unit_boundary_geom_idx", "geom", postgresql_using="gist"),
    schema="ref",
    comment="Province polygons, with Hoàng Sa in Đà Nẵng and Trường Sa in Khánh Hòa.",
)

zone = Table(
    "zone",
    metadata,
    Column(
        "epsg", Integer, primary_key=True, autoincrement=False, comment="EPSG code of the projected VN-2000 system."
    ),
    col("srid", Integer, unique=True, comment="Our row in spatial_ref_sys, with the national transformation."),
    col("name", Text, comment="Name."),
    col("central_meridian", Double, comment="Degrees east."),
    col("scale", Double, comment="Scale on the central meridian."),
    schema="ref",
    comment="The VN-2000 zones in use, each with its own transformation row (QĐ 05/2007, EPSG:6960).",
)

province_zone = Table(
    "province_zone",
    metadata,
    Column("unit_id", Integer, ForeignKey("ref.unit.unit_id"), primary_key=True, comment="Province version of the 63."),
    col("epsg", Integer, ForeignKey("ref.zone.epsg"), comment="TM-3 zone of its cadastral maps."),
    col("confidence", Text, comment="How sure the source is."),
    col("source", Text, comment="Source."),
    schema="ref",
    comment="Which zone the land office of a (legacy) province works in.",
)

code_entry = Table(
    "code_entry",
    metadata,
    Column("list", Text, primary_key=True, comment="Code list, as named in model/fields.py."),
    Column("scheme", Text, primary_key=True, comment="Sub-list or era; codes are meant within it."),
    Column("code", Text, primary_key=True, comment="Code."),
    col("name_vi", Text, comment="Vietnamese wording."),
    col("name_en", Text, comment="English wording; empty where no one translated it."),
    col("source", Text, comment="Source."),
    col("status", Text, comment="How sure the source is."),
    schema="ref",
    comment="Code lists as data, so that an operator can replace them.",
)

reference_load = Table(
    "reference_load",
    metadata,
    Column("file", Text, primary_key=True, comment="File loaded."),
    col("sha256", Text, comment="Its content; the same content is not loaded again."),
    col("rows", Integer, comment="Rows loaded."),
    recorded("loaded_at", "When."),
    schema="ref",
    comment="Which reference files the database holds.",
)

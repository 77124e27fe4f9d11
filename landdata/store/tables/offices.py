"""Offices, their units over time, people, and roles granted by two persons (schema org)."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    text,
)

from landdata.store.tables.base import col, identity, metadata, recorded

office = Table(
    "office",
    metadata,
    identity("office_id", "Identity; the custodian of data, whatever the map of the country."),
    col("code", Text, unique=True, comment="Short name used in requests."),
    col("kind", Text, comment="MINISTRY, LAND_OFFICE or CONSUMER."),
    col("name_vi", Text, comment="Vietnamese name."),
    col("name_en", Text, comment="English name."),
    recorded("created_at", "When it was registered."),
    CheckConstraint("kind IN ('MINISTRY','LAND_OFFICE','CONSUMER')", name="kind"),
    schema="org",
    comment="The ministry, land offices and consumers.",
)

office_unit = Table(
    "office_unit",
    metadata,
    Column("office_id", BigInteger, ForeignKey("org.office.office_id"), primary_key=True, comment="The office."),
    Column(
        "unit_id",
        Integer,
        ForeignKey("ref.unit.unit_id"),
        primary_key=True,
        comment="A province version it is the land office of.",
    ),
    col("valid_from", Date, null=True, comment="First day; null: always."),
    col("valid_to", Date, null=True, comment="First day no longer."),
    schema="org",
    comment="Which units an office may deliver for, on which days.",
)

person = Table(
    "person",
    metadata,
    identity("person_id", "Identity."),
    col("login", Text, unique=True, comment="Sign-in name."),
    col("full_name", Text, comment="Name of the official."),
    col("office_id", BigInteger, ForeignKey("org.office.office_id"), comment="Where the person works."),
    col("disabled_at", DateTime(timezone=True), null=True, comment="Since when the account is closed."),
    recorded("created_at", "When it was registered."),
    schema="org",
    comment="People who work with the service; citizens are never here.",
)

role_grant = Table(
    "role_grant",
    metadata,
    identity("grant_id", "Identity."),
    col("role", Text, comment="MINISTRY_STAFF, LAND_OFFICER, BACKFILL, SECURITY_OFFICER, INSPECTOR or ADMINISTRATOR."),
    col("person_id", BigInteger, ForeignKey("org.person.person_id"), null=True, comment="Who gets it; or"),
    col(
        "office_id",
        BigInteger,
        ForeignKey("org.office.office_id"),
        null=True,
        comment="which office gets it (BACKFILL).",
    ),
    col("reason", Text, comment="Why."),
    col("requested_by", BigInteger, ForeignKey("org.person.person_id"), comment="First person."),
    col(
        "approved_by",
        BigInteger,
        ForeignKey("org.person.person_id"),
        null=True,
        comment="Second person; null: not in force yet.",
    ),
    recorded("requested_at", "When it was asked for."),
    col("approved_at", DateTime(timezone=True), null=True, comment="When it came into force."),
    col("revoked_at", DateTime(timezone=True), null=True, comment="When it ended."),
    CheckConstraint(
        "role IN ('MINISTRY_STAFF','LAND_OFFICER','BACKFILL','SECURITY_OFFICER','INSPECTOR','ADMINISTRATOR')",
        name="role",
    ),
    CheckConstraint("(person_id IS NULL) <> (office_id IS NULL)", name="one_holder"),
    CheckConstraint("approved_by IS DISTINCT FROM requested_by", name="second_person"),
    CheckConstraint("(approved_by IS NULL) = (approved_at IS NULL)", name="approval"),
    CheckConstraint("approved_by IS NULL OR person_id IS DISTINCT FROM approved_by", name="not_for_oneself"),
    Index("role_grant_office_idx", "office_id", "role", postgresql_where=text("revoked_at IS NULL")),
    schema="org",
    comment="Roles: asked for by one person, approved by another, never by the one who gains.",
)

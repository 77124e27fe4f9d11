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
    col("role", Text, comment="A role of people, or BACKFILL, the right of an office to back-date."),
    col("person_id", BigInteger, ForeignKey("org.person.person_id"), null=True, comment="Who gets it; or"),
    col(
        "office_id",
        BigInteger,
        ForeignKey("org.office.office_id"),
        null=True,
        comment="which office gets it (BACKFILL).",
    ),
    col("reason", Text, comment="Why."),
    col(
        "requested_by",
        BigInteger,
        ForeignKey("org.person.person_id"),
        null=True,
        comment="First person; null: a role of a person, which the administrator in approved_by gave outright.",
    ),
    col(
        "approved_by",
        BigInteger,
        ForeignKey("org.person.person_id"),
        null=True,
        comment="Second person, or who gave a person's role; null: an office's right that is not in force yet.",
    ),
    recorded("requested_at", "When it was asked for."),
    col("approved_at", DateTime(timezone=True), null=True, comment="When it came into force."),
    col("revoked_at", DateTime(timezone=True), null=True, comment="When it ended."),
    col(
        "revoked_by",
        BigInteger,
        ForeignKey("org.person.person_id"),
        null=True,
        comment="Who ended it, for a role of a person.",
    ),
    CheckConstraint(
        "role IN ('BACKFILL','MINISTRY_VIEWER','MINISTRY_BACKFILL','LAND_OFFICER','MATCHING_CLERK','SECOND_APPROVER',"
        "'SECURITY_OFFICER','INSPECTOR','GIS_USER','ADMINISTRATOR')",
        name="role",
    ),
    CheckConstraint("(role = 'BACKFILL') = (office_id IS NOT NULL)", name="whose"),
    CheckConstraint("(office_id IS NULL) = (requested_by IS NULL)", name="who_asked"),
    # The first administrator of all is made at the machine: there is nobody to give the role.
    CheckConstraint("office_id IS NOT NULL OR approved_by IS NOT NULL OR role = 'ADMINISTRATOR'", name="who_gave"),
    CheckConstraint("(person_id IS NULL) <> (office_id IS NULL)", name="one_holder"),
    CheckConstraint("approved_by <> requested_by", name="second_person"),
    CheckConstraint("(approved_by IS NULL) = (approved_at IS NULL)", name="approval"),
    CheckConstraint("approved_by IS NULL OR person_id IS DISTINCT FROM approved_by", name="not_for_oneself"),
    Index("role_grant_office_idx", "office_id", "role", postgresql_where=text("revoked_at IS NULL")),
    Index(
        "role_grant_person_key",
        "person_id",
        "role",
        unique=True,
        postgresql_where=text("person_id IS NOT NULL AND revoked_at IS NULL"),
    ),
    schema="org",
    comment="Roles of people, given by an administrator, and rights of offices, by two persons; never by the one who gains.",
)

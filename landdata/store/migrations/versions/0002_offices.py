"""Offices, people and roles granted by two persons."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA org")
    op.execute("COMMENT ON SCHEMA org IS 'Offices, people and their roles, granted by two persons.'")
    op.create_table(
        "office",
        sa.Column(
            "office_id",
            sa.BigInteger(),
            sa.Identity(always=True),
            nullable=False,
            comment="Identity; the custodian of data, whatever the map of the country.",
        ),
        sa.Column("code", sa.Text(), nullable=False, comment="Short name used in requests."),
        sa.Column("kind", sa.Text(), nullable=False, comment="MINISTRY, LAND_OFFICE or CONSUMER."),
        sa.Column("name_vi", sa.Text(), nullable=False, comment="Vietnamese name."),
        sa.Column("name_en", sa.Text(), nullable=False, comment="English name."),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="When it was registered.",
        ),
        sa.CheckConstraint("kind IN ('MINISTRY','LAND_OFFICE','CONSUMER')", name=op.f("office_kind_check")),
        sa.PrimaryKeyConstraint("office_id", name=op.f("office_pk")),
        sa.UniqueConstraint("code", name=op.f("office_code_key")),
        schema="org",
        comment="The ministry, land offices and consumers.",
    )
    op.create_table(
        "office_unit",
        sa.Column("office_id", sa.BigInteger(), nullable=False, comment="The office."),
        sa.Column("unit_id", sa.Integer(), nullable=False, comment="A province version it is the land office of."),
        sa.Column("valid_from", sa.Date(), nullable=True, comment="First day; null: always."),
        sa.Column("valid_to", sa.Date(), nullable=True, comment="First day no longer."),
        sa.ForeignKeyConstraint(["office_id"], ["org.office.office_id"], name=op.f("office_unit_office_id_fk")),
        sa.ForeignKeyConstraint(["unit_id"], ["ref.unit.unit_id"], name=op.f("office_unit_unit_id_fk")),
        sa.PrimaryKeyConstraint("office_id", "unit_id", name=op.f("office_unit_pk")),
        schema="org",
        comment="Which units an office may deliver for, on which days.",
    )
    op.create_table(
        "person",
        sa.Column("person_id", sa.BigInteger(), sa.Identity(always=True), nullable=False, comment="Identity."),
        sa.Column("login", sa.Text(), nullable=False, comment="Sign-in name."),
        sa.Column("full_name", sa.Text(), nullable=False, comment="Name of the official."),
        sa.Column("office_id", sa.BigInteger(), nullable=False, comment="Where the person works."),
        sa.Column(
            "disabled_at", sa.DateTime(timezone=True), nullable=True, comment="Since when the account is closed."
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="When it was registered.",
        ),
        sa.ForeignKeyConstraint(["office_id"], ["org.office.office_id"], name=op.f("person_office_id_fk")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("person_pk")),
        sa.UniqueConstraint("login", name=op.f("person_login_key")),
        schema="org",
        comment="People who work with the service; citizens are never here.",
    )
    op.create_table(
        "role_grant",
        sa.Column("grant_id", sa.BigInteger(), sa.Identity(always=True), nullable=False, comment="Identity."),
        sa.Column(
            "role",
            sa.Text(),
            nullable=False,
            comment="MINISTRY_STAFF, LAND_OFFICER, BACKFILL, SECURITY_OFFICER, INSPECTOR or ADMINISTRATOR.",
        ),
        sa.Column("person_id", sa.BigInteger(), nullable=True, comment="Who gets it; or"),
        sa.Column("office_id", sa.BigInteger(), nullable=True, comment="which office gets it (BACKFILL)."),
        sa.Column("reason", sa.Text(), nullable=False, comment="Why."),
        sa.Column("requested_by", sa.BigInteger(), nullable=False, comment="First person."),
        sa.Column("approved_by", sa.BigInteger(), nullable=True, comment="Second person; null: not in force yet."),
        sa.Column(
            "requested_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="When it was asked for.",
        ),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True, comment="When it came into force."),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True, comment="When it ended."),
        sa.CheckConstraint(
            "role IN ('MINISTRY_STAFF','LAND_OFFICER','BACKFILL','SECURITY_OFFICER','INSPECTOR','ADMINISTRATOR')",
            name=op.f("role_grant_role_check"),
        ),
        sa.CheckConstraint("(approved_by IS NULL) = (approved_at IS NULL)", name=op.f("role_grant_approval_check")),
        sa.CheckConstraint("(person_id IS NULL) <> (office_id IS NULL)", name=op.f("role_grant_one_holder_check")),
        sa.CheckConstraint("approved_by IS DISTINCT FROM requested_by", name=op.f("role_grant_second_person_check")),
        sa.CheckConstraint(
            "approved_by IS NULL OR person_id IS DISTINCT FROM approved_by",
            name=op.f("role_grant_not_for_oneself_check"),
        ),
        sa.ForeignKeyConstraint(["approved_by"], ["org.person.person_id"], name=op.f("role_grant_approved_by_fk")),
        sa.ForeignKeyConstraint(["office_id"], ["org.office.office_id"], name=op.f("role_grant_office_id_fk")),
        sa.ForeignKeyConstraint(["person_id"], ["org.person.person_id"], name=op.f("role_grant_person_id_fk")),
        sa.ForeignKeyConstraint(["requested_by"], ["org.person.person_id"], name=op.f("role_grant_requested_by_fk")),
        sa.PrimaryKeyConstraint("grant_id", name=op.f("role_grant_pk")),
        schema="org",
        comment="Roles: asked for by one person, approved by another, never by the one who gains.",
    )
    op.create_index(
        "role_grant_office_idx",
        "role_grant",
        ["office_id", "role"],
        unique=False,
        schema="org",
        postgresql_where=sa.text("revoked_at IS NULL"),
    )


def downgrade() -> None:
    op.execute("DROP SCHEMA org CASCADE")

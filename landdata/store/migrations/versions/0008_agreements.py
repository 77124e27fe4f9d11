"""Sharing agreements and answered requests."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA share")
    op.execute("COMMENT ON SCHEMA share IS 'Sharing agreements and the requests answered under them.'")
    op.create_table(
        "agreement",
        sa.Column("agreement_id", sa.BigInteger(), sa.Identity(always=True), nullable=False, comment="Identity."),
        sa.Column("code", sa.Text(), nullable=False, comment="Number of the agreement."),
        sa.Column("client_id", sa.Text(), nullable=False, comment="The consumer's OAuth client."),
        sa.Column(
            "purpose", sa.Text(), nullable=False, comment="Purpose, for example residency business (nghiệp vụ cư trú)."
        ),
        sa.Column("legal_ground", sa.Text(), nullable=False, comment="Legal ground."),
        sa.Column("service_codes", postgresql.ARRAY(sa.Text()), nullable=False, comment="Procedures it covers."),
        sa.Column(
            "agency_codes", postgresql.ARRAY(sa.Text()), nullable=False, comment="Agencies that may ask under it."
        ),
        sa.Column(
            "fields_mask", sa.Integer(), nullable=False, comment="Bit mask of the shared fields, bit 0 is field 1."
        ),
        sa.Column("daily_quota", sa.Integer(), nullable=False, comment="Citizens a day."),
        sa.Column("token_binding", sa.Text(), nullable=False, comment="REQUIRED, or UNBOUND with a reason."),
        sa.Column("unbound_reason", sa.Text(), nullable=True, comment="Why a token need not be sender-constrained."),
        sa.Column(
            "state",
            sa.Text(),
            server_default=sa.text("'DRAFT'"),
            nullable=False,
            comment="DRAFT, ACTIVE, SUSPENDED or ENDED.",
        ),
        sa.Column("valid_from", sa.Date(), nullable=False, comment="First day."),
        sa.Column("valid_to", sa.Date(), nullable=True, comment="First day no longer."),
        sa.Column("drafted_by", sa.BigInteger(), nullable=False, comment="First person."),
        sa.Column("approved_by", sa.BigInteger(), nullable=True, comment="Second person."),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="When it was drafted.",
        ),
        sa.CheckConstraint("state = 'DRAFT' OR approved_by IS NOT NULL", name=op.f("agreement_approved_check")),
        sa.CheckConstraint("state IN ('DRAFT','ACTIVE','SUSPENDED','ENDED')", name=op.f("agreement_state_check")),
        sa.CheckConstraint(
            "token_binding = 'REQUIRED' OR (token_binding = 'UNBOUND' AND unbound_reason <> '')",
            name=op.f("agreement_token_binding_check"),
        ),
        sa.CheckConstraint("approved_by IS DISTINCT FROM drafted_by", name=op.f("agreement_second_person_check")),
        sa.CheckConstraint(
            "cardinality(service_codes) > 0 AND cardinality(agency_codes) > 0",
            name=op.f("agreement_bound_to_procedures_check"),
        ),
        sa.CheckConstraint("fields_mask BETWEEN 1 AND 262143", name=op.f("agreement_only_eighteen_check")),
        sa.ForeignKeyConstraint(["approved_by"], ["org.person.person_id"], name=op.f("agreement_approved_by_fk")),
        sa.ForeignKeyConstraint(["client_id"], ["oauth.client.client_id"], name=op.f("agreement_client_id_fk")),
        sa.ForeignKeyConstraint(["drafted_by"], ["org.person.person_id"], name=op.f("agreement_drafted_by_fk")),
        sa.PrimaryKeyConstraint("agreement_id", name=op.f("agreement_pk")),
        sa.UniqueConstraint("code", name=op.f("agreement_code_key")),
        schema="share",
        comment="What a consumer may ask, why, and until when; no agreement, no answer.",
    )
    op.create_table(
        "agreement_unit",
        sa.Column("agreement_id", sa.BigInteger(), nullable=False, comment="The agreement."),
        sa.Column("unit_id", sa.Integer(), nullable=False, comment="A unit it is limited to."),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["share.agreement.agreement_id"], name=op.f("agreement_unit_agreement_id_fk")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["ref.unit.unit_id"], name=op.f("agreement_unit_unit_id_fk")),
        sa.PrimaryKeyConstraint("agreement_id", "unit_id", name=op.f("agreement_unit_pk")),
        schema="share",
        comment="Units of an agreement; none means the whole country.",
    )
    op.create_table(
        "request",
        sa.Column("client_id", sa.Text(), nullable=False, comment="Who asked."),
        sa.Column("request_id", sa.UUID(), nullable=False, comment="The caller's identifier."),
        sa.Column(
            "body_hash",
            sa.LargeBinary(),
            nullable=False,
            comment="Keyed hash of the body: the same id with another body is refused.",
        ),
        sa.Column(
            "snapshot",
            sa.Text(),
            nullable=False,
            comment="pg_snapshot of the first answer; a repetition reads history as of it.",
        ),
        sa.Column("agreement_id", sa.BigInteger(), nullable=False, comment="Under which agreement."),
        sa.Column(
            "first_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="When it was first answered.",
        ),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["share.agreement.agreement_id"], name=op.f("request_agreement_id_fk")
        ),
        sa.PrimaryKeyConstraint("client_id", "request_id", name=op.f("request_pk")),
        schema="share",
        comment="Requests already answered, replayable for 24 hours.",
    )


def downgrade() -> None:
    op.execute("DROP SCHEMA share CASCADE")

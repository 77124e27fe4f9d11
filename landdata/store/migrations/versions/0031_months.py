"""Sums of coverage by the beginning of each month are kept, so that a past day costs what today does."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "coverage_month",
        sa.Column("month", sa.Date(), nullable=False, comment="First day of a month; what counts before it is summed."),
        sa.Column("unit_id", sa.Integer(), autoincrement=False, nullable=False, comment="Commune version."),
        sa.Column("parcels", sa.Integer(), nullable=False, comment="Parcels."),
        sa.Column("certificates", sa.Integer(), nullable=False, comment="Certificates."),
        sa.Column("holders", sa.Integer(), nullable=False, comment="Holders."),
        sa.Column("backfilled", sa.Boolean(), nullable=False, comment="True when a back-dated event is among them."),
        sa.Column("simulated", sa.Boolean(), nullable=False, comment="True when made-up data is among them."),
        sa.ForeignKeyConstraint(["unit_id"], ["ref.unit.unit_id"], name=op.f("coverage_month_unit_id_fk")),
        sa.PrimaryKeyConstraint("month", "unit_id", name=op.f("coverage_month_pk")),
        schema="stats",
        comment="Sums of stats.coverage_event before the first of each month; moved with the events.",
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER IF EXISTS months_noted ON stats.coverage_event")
    op.execute("DROP FUNCTION IF EXISTS stats.note_months()")
    op.execute("DROP FUNCTION IF EXISTS stats.keep_months()")
    op.drop_table("coverage_month", schema="stats")

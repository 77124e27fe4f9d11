"""Coverage events and counters, indicators."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA stats")
    op.execute("COMMENT ON SCHEMA stats IS 'Coverage events and counters; indicators.'")
    op.create_table(
        "indicator",
        sa.Column("code", sa.Text(), nullable=False, comment="Short name."),
        sa.Column("name_vi", sa.Text(), nullable=False, comment="Vietnamese name."),
        sa.Column("name_en", sa.Text(), nullable=False, comment="English name."),
        sa.Column("kind", sa.Text(), nullable=False, comment="DONE_OF_TOTAL or STATE."),
        sa.Column("source", sa.Text(), nullable=False, comment="Letter it stands in."),
        sa.CheckConstraint("kind IN ('DONE_OF_TOTAL','STATE')", name=op.f("indicator_kind_check")),
        sa.PrimaryKeyConstraint("code", name=op.f("indicator_pk")),
        schema="stats",
        comment="What is measured.",
    )
    op.create_table(
        "coverage_counter",
        sa.Column("unit_id", sa.Integer(), autoincrement=False, nullable=False, comment="Commune version."),
        sa.Column("parcels", sa.Integer(), nullable=False, comment="Parcels on record."),
        sa.Column("certificates", sa.Integer(), nullable=False, comment="Certificates on record."),
        sa.Column("holders", sa.Integer(), nullable=False, comment="Holders on record."),
        sa.CheckConstraint(
            "least(parcels, certificates, holders) >= 0", name=op.f("coverage_counter_not_negative_check")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["ref.unit.unit_id"], name=op.f("coverage_counter_unit_id_fk")),
        sa.PrimaryKeyConstraint("unit_id", name=op.f("coverage_counter_pk")),
        schema="stats",
        comment="Present counts, changed in the transaction that changes the records.",
    )
    op.create_table(
        "indicator_value",
        sa.Column("value_id", sa.BigInteger(), sa.Identity(always=True), nullable=False, comment="Identity."),
        sa.Column("code", sa.Text(), nullable=False, comment="The indicator."),
        sa.Column("subject", sa.Text(), nullable=False, comment="Unit, agency or service, as published."),
        sa.Column("unit_id", sa.Integer(), nullable=True, comment="The unit, where the subject is one."),
        sa.Column("level", sa.Text(), nullable=False, comment="Level counted; empty where none."),
        sa.Column("on_date", sa.Date(), nullable=False, comment="As of which day."),
        sa.Column("done", sa.Integer(), nullable=True, comment="Done."),
        sa.Column("total", sa.Integer(), nullable=True, comment="Of how many."),
        sa.Column("state", sa.Text(), nullable=True, comment="State, where it is not counted."),
        sa.Column("due_on", sa.Date(), nullable=True, comment="Due date of the target."),
        sa.Column("version", sa.Integer(), nullable=False, comment="Corrections are new versions."),
        sa.Column("replaces_id", sa.BigInteger(), nullable=True, comment="The version corrected."),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="When the database learnt it; its own clock.",
        ),
        sa.CheckConstraint(
            "(done IS NOT NULL OR total IS NOT NULL) <> (state IS NOT NULL)",
            name=op.f("indicator_value_count_or_state_check"),
        ),
        sa.ForeignKeyConstraint(["code"], ["stats.indicator.code"], name=op.f("indicator_value_code_fk")),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["stats.indicator_value.value_id"], name=op.f("indicator_value_replaces_id_fk")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["ref.unit.unit_id"], name=op.f("indicator_value_unit_id_fk")),
        sa.PrimaryKeyConstraint("value_id", name=op.f("indicator_value_pk")),
        sa.UniqueConstraint(
            "code",
            "subject",
            "level",
            "on_date",
            "version",
            name=op.f("indicator_value_code_subject_level_on_date_version_key"),
        ),
        schema="stats",
        comment="Values as published, never corrected in place.",
    )
    op.create_table(
        "coverage_event",
        sa.Column("event_id", sa.BigInteger(), sa.Identity(always=True), nullable=False, comment="Identity."),
        sa.Column("publication_id", sa.BigInteger(), nullable=False, comment="The publication that caused it."),
        sa.Column("delivery_id", sa.BigInteger(), nullable=False, comment="Its delivery."),
        sa.Column("unit_id", sa.Integer(), nullable=False, comment="Commune version."),
        sa.Column("effective_on", sa.Date(), nullable=False, comment="Day in Vietnam from which it counts."),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="When the database learnt it.",
        ),
        sa.Column("parcels", sa.Integer(), nullable=False, comment="Change in parcels."),
        sa.Column("certificates", sa.Integer(), nullable=False, comment="Change in certificates."),
        sa.Column("holders", sa.Integer(), nullable=False, comment="Change in holders."),
        sa.Column("backfilled", sa.Boolean(), nullable=False, comment="True when the day lies before it was recorded."),
        sa.Column("simulated", sa.Boolean(), nullable=False, comment="True when the delivery is made-up data."),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["intake.delivery.delivery_id"], name=op.f("coverage_event_delivery_id_fk")
        ),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["land.publication.publication_id"], name=op.f("coverage_event_publication_id_fk")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["ref.unit.unit_id"], name=op.f("coverage_event_unit_id_fk")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("coverage_event_pk")),
        schema="stats",
        comment="What each publication added to or took from a commune: every figure is a sum of these.",
    )
    op.create_index(
        "coverage_event_day_idx", "coverage_event", ["effective_on", "unit_id"], unique=False, schema="stats"
    )
    op.create_index("coverage_event_unit_idx", "coverage_event", ["unit_id"], unique=False, schema="stats")


def downgrade() -> None:
    op.execute("DROP SCHEMA stats CASCADE")

"""Sources, runs and steps."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA sync")
    op.execute("COMMENT ON SCHEMA sync IS 'Sources, runs and steps of the worker.'")
    op.create_table(
        "run",
        sa.Column("run_id", sa.BigInteger(), sa.Identity(always=True), nullable=False, comment="Identity."),
        sa.Column("job", sa.Text(), nullable=False, comment="Name of the job."),
        sa.Column("subject", sa.Text(), nullable=False, comment="What it works on, for example a delivery."),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="When it first started.",
        ),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True, comment="When it ended."),
        sa.Column("outcome", sa.Text(), nullable=True, comment="DONE or FAILED; null: under way."),
        sa.Column(
            "failure",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Code and details, nothing personal.",
        ),
        sa.CheckConstraint("outcome IN ('DONE','FAILED')", name=op.f("run_outcome_check")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("run_pk")),
        sa.UniqueConstraint("job", "subject", name=op.f("run_job_subject_key")),
        schema="sync",
        comment="One piece of work, however often it had to be started again.",
    )
    op.create_table(
        "source",
        sa.Column("source_id", sa.BigInteger(), sa.Identity(always=True), nullable=False, comment="Identity."),
        sa.Column("office_id", sa.BigInteger(), nullable=False, comment="Land office."),
        sa.Column("method", sa.Text(), nullable=False, comment="PUSH: the office delivers through the API."),
        sa.Column(
            "state",
            sa.Text(),
            nullable=False,
            comment="NEVER_CONNECTED, CONNECTING, CONNECTED, LATE, FAILING, PAUSED or ENDED.",
        ),
        sa.Column(
            "state_since",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="Since when it is in this state.",
        ),
        sa.CheckConstraint("method IN ('PUSH')", name=op.f("source_method_check")),
        sa.CheckConstraint(
            "state IN ('NEVER_CONNECTED','CONNECTING','CONNECTED','LATE','FAILING','PAUSED','ENDED')",
            name=op.f("source_state_check"),
        ),
        sa.ForeignKeyConstraint(["office_id"], ["org.office.office_id"], name=op.f("source_office_id_fk")),
        sa.PrimaryKeyConstraint("source_id", name=op.f("source_pk")),
        sa.UniqueConstraint("office_id", name=op.f("source_office_id_key")),
        schema="sync",
        comment="How each land office delivers, and how it stands.",
    )
    op.create_table(
        "step",
        sa.Column("run_id", sa.BigInteger(), nullable=False, comment="The run."),
        sa.Column("name", sa.Text(), nullable=False, comment="Name of the step."),
        sa.Column(
            "result",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="What later steps need of it; nothing personal.",
        ),
        sa.Column(
            "done_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="When; committed together with the rows of the step.",
        ),
        sa.ForeignKeyConstraint(["run_id"], ["sync.run.run_id"], name=op.f("step_run_id_fk")),
        sa.PrimaryKeyConstraint("run_id", "name", name=op.f("step_pk")),
        schema="sync",
        comment="Steps that are done: exactly once in effect, since a step and its rows commit together.",
    )


def downgrade() -> None:
    op.execute("DROP SCHEMA sync CASCADE")

"""The worker's jobs with what they promise, and a journal of their runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def _time(name: str, comment: str, *, null: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null, comment=comment)


def _recorded(name: str, comment: str) -> sa.Column[object]:
    now = sa.text("clock_timestamp()")
    return sa.Column(name, sa.DateTime(timezone=True), server_default=now, nullable=False, comment=comment)


def upgrade() -> None:
    op.create_table(
        "job",
        sa.Column("name", sa.Text(), nullable=False, comment="Name of the job."),
        sa.Column("cron", sa.Text(), nullable=True, comment="Cron line in UTC; null: it runs when it is asked for."),
        sa.Column("lock", sa.Text(), nullable=True, comment="Jobs with the same lock run one after another."),
        sa.Column("promise_seconds", sa.Integer(), nullable=False,
                  comment="How long after a slot, or after it was asked for, it is done."),
        sa.Column("promise_vi", sa.Text(), nullable=False, comment="What it promises, in Vietnamese."),
        sa.Column("promise_en", sa.Text(), nullable=False, comment="What it promises, in English."),
        _recorded("since", "From when on it is judged: since when it runs at these times."),
        _time("began_at", "When its last run that was done had begun."),
        _time("done_at", "When its last run that was done was so."),
        sa.Column("failures", sa.BigInteger(), server_default=sa.text("0"), nullable=False,
                  comment="Tries that failed or were killed, ever."),
        sa.Column("kills", sa.BigInteger(), server_default=sa.text("0"), nullable=False,
                  comment="Tries that were killed, ever."),
        sa.CheckConstraint("promise_seconds > 0", name=op.f("job_promise_seconds_check")),
        sa.PrimaryKeyConstraint("name", name=op.f("job_pk")),
        schema="sync",
        comment="The worker's table of jobs as it was last started with, and how each stands.",
    )  # fmt: skip
    op.create_table(
        "job_run",
        sa.Column("run_no", sa.BigInteger(), sa.Identity(always=True), nullable=False,
                  comment="Order in which they began."),
        sa.Column("job", sa.Text(), nullable=False, comment="Name of the job."),
        sa.Column("queue_id", sa.BigInteger(), nullable=False,
                  comment="Its number in the job queue, the same for all tries."),
        sa.Column("subject", postgresql.UUID(as_uuid=True), nullable=True, comment="The delivery it works on."),
        _time("slot", "The time of the schedule that it is for."),
        sa.Column("caught_up", sa.Boolean(), server_default=sa.text("false"), nullable=False,
                  comment="The worker was away at that time."),
        sa.Column("attempt", sa.Integer(), nullable=False, comment="Which try it is, from 1 on."),
        _time("queued_at", "When it was asked for.", null=False),
        _recorded("started_at", "When this try began."),
        _time("ended_at", "When it ended."),
        sa.Column("outcome", sa.Text(), nullable=True, comment="DONE, RETRY, FAILED or KILLED; null: under way."),
        sa.Column("failure", sa.Text(), nullable=True,
                  comment="Code or kind of the error; never its words, nothing personal."),
        sa.Column("worker", sa.Text(), nullable=False, comment="Machine and process."),
        sa.CheckConstraint("outcome IN ('DONE','RETRY','FAILED','KILLED')", name=op.f("job_run_outcome_check")),
        sa.CheckConstraint("(outcome IS NULL) = (ended_at IS NULL)", name=op.f("job_run_ended_check")),
        sa.CheckConstraint("attempt > 0", name=op.f("job_run_attempt_check")),
        sa.PrimaryKeyConstraint("run_no", name=op.f("job_run_pk")),
        schema="sync",
        comment="The journal: one row a try of a job. Pruned.",
    )  # fmt: skip
    op.create_index("job_run_job_idx", "job_run", ["job", sa.text("run_no DESC")], schema="sync")
    op.create_index(
        "job_run_open_idx", "job_run", ["queue_id"], schema="sync", postgresql_where=sa.text("outcome IS NULL")
    )
    op.create_index("job_run_started_at_idx", "job_run", ["started_at"], schema="sync")
    # How far a delivery is, for whoever looks at the journal.
    owner = op.get_bind().scalar(sa.text("SELECT current_user"))
    op.execute(f'CREATE POLICY figures ON sync.run FOR SELECT TO "{owner}_dashboard" USING (true)')


def downgrade() -> None:
    op.execute("DROP POLICY figures ON sync.run")
    op.drop_table("job_run", schema="sync")
    op.drop_table("job", schema="sync")

"""Jobs of the worker with what they promise, and the journal of their runs (schema sync)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, DateTime, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import UUID

from landdata.store.tables.base import col, identity, metadata, recorded

job = Table(
    "job",
    metadata,
    Column("name", Text, primary_key=True, comment="Name of the job."),
    col("cron", Text, null=True, comment="Cron line in UTC; null: it runs when it is asked for."),
    col("lock", Text, null=True, comment="Jobs with the same lock run one after another."),
    col("promise_seconds", Integer, comment="How long after a slot, or after it was asked for, it is done."),
    col("promise_vi", Text, comment="What it promises, in Vietnamese."),
    col("promise_en", Text, comment="What it promises, in English."),
    recorded("since", "From when on it is judged: since when it runs at these times."),
    col("began_at", DateTime(timezone=True), null=True, comment="When its last run that was done had begun."),
    col("done_at", DateTime(timezone=True), null=True, comment="When its last run that was done was so."),
    col("failures", BigInteger, server_default=text("0"), comment="Tries that failed or were killed, ever."),
    col("kills", BigInteger, server_default=text("0"), comment="Tries that were killed, ever."),
    CheckConstraint("promise_seconds > 0", name="promise_seconds"),
    schema="sync",
    comment="The worker's table of jobs as it was last started with, and how each stands.",
)

job_run = Table(
    "job_run",
    metadata,
    identity("run_no", "Order in which they began."),
    col("job", Text, comment="Name of the job."),
    col("queue_id", BigInteger, comment="Its number in the job queue, the same for all tries."),
    col("subject", UUID(as_uuid=True), null=True, comment="The delivery it works on."),
    col("slot", DateTime(timezone=True), null=True, comment="The time of the schedule that it is for."),
    col("caught_up", Boolean, server_default=text("false"), comment="The worker was away at that time."),
    col("attempt", Integer, comment="Which try it is, from 1 on."),
    col("queued_at", DateTime(timezone=True), comment="When it was asked for."),
    recorded("started_at", "When this try began."),
    col("ended_at", DateTime(timezone=True), null=True, comment="When it ended."),
    col("outcome", Text, null=True, comment="DONE, RETRY, FAILED or KILLED; null: under way."),
    col("failure", Text, null=True, comment="Code or kind of the error; never its words, nothing personal."),
    col("worker", Text, comment="Machine and process."),
    CheckConstraint("outcome IN ('DONE','RETRY','FAILED','KILLED')", name="outcome"),
    CheckConstraint("(outcome IS NULL) = (ended_at IS NULL)", name="ended"),
    CheckConstraint("attempt > 0", name="attempt"),
    Index("job_run_job_idx", "job", text("run_no DESC")),
    Index("job_run_open_idx", "queue_id", postgresql_where=text("outcome IS NULL")),
    Index("job_run_started_at_idx", "started_at"),
    schema="sync",
    comment="The journal: one row a try of a job. Pruned.",
)

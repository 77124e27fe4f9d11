"""Sources (how a province delivers), runs and steps of the worker (schema sync)."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, ForeignKey, Table, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB

from landdata.store.tables.base import col, identity, metadata, recorded

source = Table(
    "source",
    metadata,
    identity("source_id", "Identity."),
    col("office_id", BigInteger, ForeignKey("org.office.office_id"), unique=True, comment="Land office."),
    col("method", Text, comment="PUSH: the office delivers through the API."),
    col("state", Text, comment="NEVER_CONNECTED, CONNECTING, CONNECTED, LATE, FAILING, PAUSED or ENDED."),
    recorded("state_since", "Since when it is in this state."),
    CheckConstraint("method IN ('PUSH')", name="method"),
    CheckConstraint(
        "state IN ('NEVER_CONNECTED','CONNECTING','CONNECTED','LATE','FAILING','PAUSED','ENDED')", name="state"
    ),
    schema="sync",
    comment="How each land office delivers, and how it stands.",
)

run = Table(
    "run",
    metadata,
    identity("run_id", "Identity."),
    col("job", Text, comment="Name of the job."),
    col("subject", Text, comment="What it works on, for example a delivery."),
    recorded("started_at", "When it first started."),
    col("ended_at", DateTime(timezone=True), null=True, comment="When it ended."),
    col("outcome", Text, null=True, comment="DONE or FAILED; null: under way."),
    col("failure", JSONB, null=True, comment="Code and details, nothing personal."),
    col("stage", Text, null=True, comment="Where a delivery is on its way."),
    col("stage_done", BigInteger, server_default=text("0"), comment="Rows that are through this stage."),
    col("stage_total", BigInteger, server_default=text("0"), comment="Rows there are in this stage; 0: not known yet."),
    UniqueConstraint("job", "subject"),
    CheckConstraint("outcome IN ('DONE','FAILED')", name="outcome"),
    CheckConstraint("stage IN ('RECEIVED','READING','CHECKING','COMPARING','PUBLISHING','DONE')", name="stage"),
    schema="sync",
    comment="One piece of work, however often it had to be started again.",
)

step = Table(
    "step",
    metadata,
    Column("run_id", BigInteger, ForeignKey("sync.run.run_id"), primary_key=True, comment="The run."),
    Column("name", Text, primary_key=True, comment="Name of the step."),
    col("result", JSONB, server_default=text("'{}'"), comment="What later steps need of it; nothing personal."),
    recorded("done_at", "When; committed together with the rows of the step."),
    schema="sync",
    comment="Steps that are done: exactly once in effect, since a step and its rows commit together.",
)

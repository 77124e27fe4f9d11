"""Sources (how a province delivers, what it promised, its life), runs and steps of the worker (schema sync)."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from landdata.store.tables.base import col, identity, metadata, recorded

_STATES = "('NEVER_CONNECTED','CONNECTING','CONNECTED','LATE','FAILING','PAUSED','ENDED')"

delivery_method = Table(
    "delivery_method",
    metadata,
    Column("code", Text, primary_key=True, comment="Name used in requests."),
    col("name_vi", Text, comment="Vietnamese wording."),
    col("name_en", Text, comment="English wording."),
    schema="sync",
    comment="Ways in which a source may deliver.",
)

source = Table(
    "source",
    metadata,
    identity("source_id", "Identity."),
    col("office_id", BigInteger, ForeignKey("org.office.office_id"), unique=True, comment="Land office."),
    col("method", Text, ForeignKey("sync.delivery_method.code"), comment="How it delivers."),
    col("state", Text, comment="The state its last event ends in."),
    recorded("state_since", "Since when it is in this state."),
    CheckConstraint(f"state IN {_STATES}", name="state"),
    schema="sync",
    comment="How each land office delivers, and how it stands.",
)

source_promise = Table(
    "source_promise",
    metadata,
    identity("promise_id", "Order in which they were noted; the last one of a source holds."),
    col("source_id", BigInteger, ForeignKey("sync.source.source_id"), comment="Whose promise."),
    col("cadence_days", Integer, null=True, comment="At least one delivery in so many days; null: not promised."),
    col("first_due_on", Date, null=True, comment="Last day for the first delivery; null: not promised."),
    col("communes", Integer, null=True, comment="Communes it is to cover; null: not promised."),
    col("contact", Text, server_default=text("''"), comment="The unit to turn to, never a private address."),
    col("person_id", BigInteger, ForeignKey("org.person.person_id"), comment="Who noted it."),
    col("reason", Text, comment="Why, in the person's words."),
    recorded("noted_at", "When."),
    CheckConstraint("cadence_days > 0 AND communes > 0", name="positive"),
    schema="sync",
    comment="What sources promised, one row a promise; rows are only ever added.",
)

source_event = Table(
    "source_event",
    metadata,
    Column("source_id", BigInteger, ForeignKey("sync.source.source_id"), primary_key=True, comment="The source."),
    Column("step", Integer, primary_key=True, autoincrement=False, comment="Counts up from 1 without a gap."),
    recorded("at", "When."),
    col(
        "cause",
        Text,
        comment="REGISTERED, RECEIVED, PUBLISHED, REFUSED, WITHDRAWN, MISSED, PROMISED, PAUSED, RESUMED, ENDED, PULLED or PULL_FAILED.",
    ),
    col("before", Text, null=True, comment="The state it was in; null: the first event."),
    col("after", Text, comment="The state it is in from then on."),
    col(
        "delivery_id",
        BigInteger,
        ForeignKey("intake.delivery.delivery_id"),
        null=True,
        comment="The delivery it is of.",
    ),
    col("due_on", Date, null=True, comment="The promised day that passed."),
    col("person_id", BigInteger, ForeignKey("org.person.person_id"), null=True, comment="The person who said so."),
    col("reason", Text, server_default=text("''"), comment="Why: a person's words, or the code of what failed."),
    CheckConstraint(f"after IN {_STATES} AND before IN {_STATES}", name="states"),
    CheckConstraint("(step = 1) = (before IS NULL)", name="first"),
    CheckConstraint(
        "cause IN ('REGISTERED','RECEIVED','PUBLISHED','REFUSED','WITHDRAWN','MISSED','PROMISED','PAUSED','RESUMED','ENDED','PULLED','PULL_FAILED')",
        name="cause",
    ),
    CheckConstraint("(cause IN ('PROMISED','PAUSED','RESUMED','ENDED')) = (person_id IS NOT NULL)", name="who"),
    CheckConstraint("(cause = 'MISSED') = (due_on IS NOT NULL)", name="missed"),
    CheckConstraint("before <> after OR cause = 'PROMISED'", name="changes"),
    schema="sync",
    comment="The life of each source: what changed, when and why. Append-only.",
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
    col(
        "expected_at",
        DateTime(timezone=True),
        null=True,
        comment="When its end is expected, by its pace; null: not known.",
    ),
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

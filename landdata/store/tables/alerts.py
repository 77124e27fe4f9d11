"""Alerts: their rules, what is wrong since when, and the notices that tell of it (schema sync)."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from landdata.store.tables.base import col, identity, metadata, recorded

alert_rule = Table(
    "alert_rule",
    metadata,
    Column("code", Text, primary_key=True, comment="Name of the rule; what it measures belongs to it."),
    col("vi", Text, comment="What is wrong, in Vietnamese."),
    col("en", Text, comment="What is wrong, in English."),
    col("mend_vi", Text, comment="What to do about it, in Vietnamese."),
    col("mend_en", Text, comment="What to do about it, in English."),
    col("unit", Text, comment="DAYS, HOURS, MINUTES, COUNT, TIMES, SHARE or FIGURES: what value and threshold count."),
    col("threshold", Double, comment="From this value on something is wrong."),
    col("calm_minutes", Integer, comment="An alert ends when all was well for so long."),
    col("audience", Text, comment="MINISTRY or OPERATOR: who is told."),
    col("enabled", Boolean, comment="Whether it is looked at."),
    CheckConstraint("unit IN ('DAYS','HOURS','MINUTES','COUNT','TIMES','SHARE','FIGURES')", name="unit"),
    CheckConstraint("threshold > 0 AND threshold < 'Infinity' AND calm_minutes >= 0", name="positive"),
    CheckConstraint("audience IN ('MINISTRY','OPERATOR')", name="audience"),
    schema="sync",
    comment="What is watched, and from which value on it is told.",
)

alert_rule_change = Table(
    "alert_rule_change",
    metadata,
    identity("change_id", "Order of the changes."),
    col("code", Text, ForeignKey("sync.alert_rule.code"), comment="The rule."),
    col("threshold", Double, comment="Its threshold from then on."),
    col("calm_minutes", Integer, comment="Its calm time from then on."),
    col("enabled", Boolean, comment="Whether it is looked at from then on."),
    col("person_id", BigInteger, ForeignKey("org.person.person_id"), comment="Who changed it."),
    col("reason", Text, comment="Why, in the person's words."),
    recorded("at", "When."),
    schema="sync",
    comment="Every change of a rule; rows are only ever added.",
)

alert = Table(
    "alert",
    metadata,
    identity("alert_id", "Identity inside the database."),
    col(
        "alert_uid",
        UUID(as_uuid=True),
        unique=True,
        server_default=text("gen_random_uuid()"),
        comment="Public identity.",
    ),
    col("rule_code", Text, ForeignKey("sync.alert_rule.code"), comment="The rule."),
    col("subject", Text, comment="What it is about: the code of an office, a client or a job."),
    col("office_id", BigInteger, ForeignKey("org.office.office_id"), null=True, comment="The land office it is about."),
    recorded("opened_at", "Since when it is told."),
    col("value", Double, comment="What was measured then."),
    col("threshold", Double, comment="The threshold then."),
    col("details", JSONB, server_default=text("'{}'"), comment="What else was seen then; nothing personal."),
    col(
        "fine_since",
        DateTime(timezone=True),
        null=True,
        comment="Since when it is below the threshold; null: it is not.",
    ),
    col("closed_at", DateTime(timezone=True), null=True, comment="When it ended; null: it is open."),
    col("closed_value", Double, null=True, comment="What was measured then; null: there was nothing to measure."),
    Index("alert_open_key", "rule_code", "subject", unique=True, postgresql_where=text("closed_at IS NULL")),
    Index("alert_office_idx", "office_id", "alert_id"),
    schema="sync",
    comment="What is wrong with what since when; at most one open alert a rule and subject.",
)

alert_notice = Table(
    "alert_notice",
    metadata,
    identity("notice_id", "Order in which they are to be told."),
    col("alert_id", BigInteger, ForeignKey("sync.alert.alert_id"), comment="The alert."),
    col("occasion", Text, comment="OPENED or CLOSED."),
    col("channel", Text, comment="MAIL or WEBHOOK."),
    col("target", Text, comment="Address or URL."),
    recorded("made_at", "When it was asked for, together with the change it tells of."),
    col("attempts", Integer, server_default=text("0"), comment="Tries so far."),
    col("next_try_at", DateTime(timezone=True), null=True, comment="Not before; null: at once."),
    col(
        "last_status",
        Text,
        null=True,
        comment="What came of the last try: a reply code, TIMEOUT, UNREACHABLE and the like.",
    ),
    col("told_at", DateTime(timezone=True), null=True, comment="When it was taken."),
    col("given_up_at", DateTime(timezone=True), null=True, comment="When it was given up."),
    UniqueConstraint("alert_id", "occasion", "channel", "target"),
    CheckConstraint("occasion IN ('OPENED','CLOSED')", name="occasion"),
    CheckConstraint("channel IN ('MAIL','WEBHOOK')", name="channel"),
    CheckConstraint("told_at IS NULL OR given_up_at IS NULL", name="one_end"),
    Index("alert_notice_open_idx", "notice_id", postgresql_where=text("told_at IS NULL AND given_up_at IS NULL")),
    schema="sync",
    comment="What has to be told to whom, once an occasion, until it is taken.",
)

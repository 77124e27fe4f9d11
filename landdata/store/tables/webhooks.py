"""Where consumers are told that there is more, and how that goes (schema share); signing keys are never here."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, ForeignKey, Integer, Table, Text, text

from landdata.store.tables.base import col, metadata, recorded

webhook = Table(
    "webhook",
    metadata,
    Column(
        "client_id",
        Text,
        ForeignKey("oauth.client.client_id"),
        primary_key=True,
        comment="The consumer's OAuth client.",
    ),
    col("url", Text, comment="Where messages go."),
    col("key_no", Integer, server_default=text("1"), comment="Which of its signing keys."),
    recorded("key_since", "Since when."),
    col("announced_no", BigInteger, server_default=text("0"), comment="Newest change that a taken message told of."),
    col(
        "pending_no",
        BigInteger,
        null=True,
        comment="The change that the message under way tells of; its id is made of it.",
    ),
    col("pending_at", DateTime(timezone=True), null=True, comment="When that message was made."),
    col("attempts", Integer, server_default=text("0"), comment="Vain tries of that message."),
    col("failing_since", DateTime(timezone=True), null=True, comment="First of the vain tries in a row."),
    col("next_try_at", DateTime(timezone=True), null=True, comment="Not before; null: at once."),
    col("last_try_at", DateTime(timezone=True), null=True, comment="The last try."),
    col("last_status", Text, null=True, comment="Its HTTP status, TIMEOUT, UNREACHABLE or ADDRESS_REFUSED."),
    col("disabled_at", DateTime(timezone=True), null=True, comment="When it was given up; null: in use."),
    CheckConstraint("url ~ '^https?://'", name="url"),
    CheckConstraint("(pending_no IS NULL) = (pending_at IS NULL)", name="pending"),
    schema="share",
    comment="Where a consumer is told that there is more, and how that goes.",
)

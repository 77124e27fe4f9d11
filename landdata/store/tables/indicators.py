"""Indicators of the government office's letters: done of total or a state, by subject, at a date (schema stats)."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, ForeignKey, Integer, Table, Text, UniqueConstraint

from landdata.store.tables.base import col, identity, metadata, recorded

indicator = Table(
    "indicator",
    metadata,
    Column("code", Text, primary_key=True, comment="Short name."),
    col("name_vi", Text, comment="Vietnamese name."),
    col("name_en", Text, comment="English name."),
    col("kind", Text, comment="DONE_OF_TOTAL or STATE."),
    col("source", Text, comment="Letter it stands in."),
    CheckConstraint("kind IN ('DONE_OF_TOTAL','STATE')", name="kind"),
    schema="stats",
    comment="What is measured.",
)

indicator_value = Table(
    "indicator_value",
    metadata,
    identity("value_id", "Identity."),
    col("code", Text, ForeignKey("stats.indicator.code"), comment="The indicator."),
    col("subject", Text, comment="Unit, agency or service, as published."),
    col("unit_id", Integer, ForeignKey("ref.unit.unit_id"), null=True, comment="The unit, where the subject is one."),
    col("level", Text, comment="Level counted; empty where none."),
    col("on_date", Date, comment="As of which day."),
    col("done", Integer, null=True, comment="Done."),
    col("total", Integer, null=True, comment="Of how many."),
    col("state", Text, null=True, comment="State, where it is not counted."),
    col("due_on", Date, null=True, comment="Due date of the target."),
    col("version", Integer, comment="Corrections are new versions."),
    col(
        "replaces_id",
        BigInteger,
        ForeignKey("stats.indicator_value.value_id"),
        null=True,
        comment="The version corrected.",
    ),
    recorded(),
    UniqueConstraint("code", "subject", "level", "on_date", "version"),
    CheckConstraint("(done IS NOT NULL OR total IS NOT NULL) <> (state IS NOT NULL)", name="count_or_state"),
    schema="stats",
    comment="Values as published, never corrected in place.",
)

"""Nightly recounts of what counters say, the differences they found, and who mended them why (schema stats)."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Double, ForeignKey, Index, Integer, SmallInteger, Table, Text

from landdata.store.tables.base import col, identity, metadata, recorded

recount = Table(
    "recount",
    metadata,
    identity("recount_id", "Order in which they were made."),
    recorded("counted_at", "When it was made; everything was read in one snapshot."),
    col("seconds", Double, comment="How long it took."),
    col("communes", Integer, comment="Commune versions that were counted."),
    col("parcels", BigInteger, comment="Parcels that were counted."),
    col("differences", Integer, comment="Differences found; 0 is as it should be."),
    schema="stats",
    comment="One count of everything from the parcels themselves, held against counters and events. Append-only.",
)

recount_difference = Table(
    "recount_difference",
    metadata,
    identity("difference_id", "Identity."),
    col("recount_id", BigInteger, ForeignKey("stats.recount.recount_id"), comment="The count that found it."),
    col("source", Text, comment="COUNTER, EVENTS, CONNECTED or MONTH: what is not as the parcels are."),
    col("epoch_id", SmallInteger, null=True, comment="CONNECTED: the register."),
    col("unit_id", Integer, ForeignKey("ref.unit.unit_id"), comment="The unit."),
    col("figure", Text, comment="parcels, certificates, holders, communes, connected or sources."),
    col("held", Integer, comment="What was kept."),
    col("counted", Integer, comment="What the parcels say."),
    CheckConstraint("source IN ('COUNTER','EVENTS','CONNECTED','MONTH')", name="source"),
    CheckConstraint("held <> counted", name="differs"),
    CheckConstraint("(source = 'CONNECTED') = (epoch_id IS NOT NULL)", name="epoch"),
    Index("recount_difference_recount_idx", "recount_id"),
    schema="stats",
    comment="A figure that was not what the parcels say. Append-only.",
)

mend = Table(
    "mend",
    metadata,
    identity("mend_id", "Identity."),
    col(
        "recount_id", BigInteger, ForeignKey("stats.recount.recount_id"), comment="The recount whose differences went."
    ),
    col("person_id", BigInteger, ForeignKey("org.person.person_id"), comment="The administrator who had it done."),
    col("reason", Text, comment="Why, in a sentence."),
    recorded("mended_at", "When."),
    CheckConstraint("reason <> ''", name="reason"),
    schema="stats",
    comment="Figures set to what the parcels say, by a person with a reason. Append-only.",
)

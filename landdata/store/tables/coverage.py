"""Coverage events and the counters they add up to (schema stats)."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    text,
)

from landdata.store.tables.base import col, identity, metadata, recorded

coverage_event = Table(
    "coverage_event",
    metadata,
    identity("event_id", "Identity."),
    col(
        "publication_id",
        BigInteger,
        ForeignKey("land.publication.publication_id"),
        comment="The publication that caused it.",
    ),
    col("delivery_id", BigInteger, ForeignKey("intake.delivery.delivery_id"), comment="Its delivery."),
    col("unit_id", Integer, ForeignKey("ref.unit.unit_id"), comment="Commune version."),
    col("effective_on", Date, comment="Day in Vietnam from which it counts."),
    recorded("recorded_at", "When the database learnt it."),
    col("parcels", Integer, comment="Change in parcels."),
    col("certificates", Integer, comment="Change in certificates."),
    col("holders", Integer, comment="Change in holders."),
    col("backfilled", Boolean, comment="True when the day lies before it was recorded."),
    col("simulated", Boolean, comment="True when the delivery is made-up data."),
    col(
        "mend_id",
        BigInteger,
        ForeignKey("stats.mend.mend_id"),
        null=True,
        comment="The mending that set events right; it stands under the commune's last publication.",
    ),
    Index("coverage_event_day_idx", "effective_on", "unit_id"),
    Index("coverage_event_unit_idx", "unit_id"),
    Index("coverage_event_recorded_idx", "recorded_at"),
    schema="stats",
    comment="What each publication added to or took from a commune: every figure is a sum of these.",
)

coverage_month = Table(
    "coverage_month",
    metadata,
    Column("month", Date, primary_key=True, comment="First day of a month; what counts before it is summed."),
    Column(
        "unit_id",
        Integer,
        ForeignKey("ref.unit.unit_id"),
        primary_key=True,
        autoincrement=False,
        comment="Commune version.",
    ),
    col("parcels", Integer, comment="Parcels."),
    col("certificates", Integer, comment="Certificates."),
    col("holders", Integer, comment="Holders."),
    col("backfilled", Boolean, comment="True when a back-dated event is among them."),
    col("simulated", Boolean, comment="True when made-up data is among them."),
    schema="stats",
    comment="Sums of stats.coverage_event before the first of each month; moved with the events.",
)

coverage_counter = Table(
    "coverage_counter",
    metadata,
    Column(
        "unit_id",
        Integer,
        ForeignKey("ref.unit.unit_id"),
        primary_key=True,
        autoincrement=False,
        comment="Commune version.",
    ),
    col("parcels", Integer, comment="Parcels on record."),
    col("certificates", Integer, comment="Certificates on record."),
    col("holders", Integer, comment="Holders on record."),
    CheckConstraint("least(parcels, certificates, holders) >= 0", name="not_negative"),
    schema="stats",
    comment="Present counts, changed in the transaction that changes the records.",
)

connected = Table(
    "connected",
    metadata,
    Column("epoch_id", SmallInteger, primary_key=True, autoincrement=False, comment="The register."),
    Column("unit_id", Integer, primary_key=True, autoincrement=False, comment="The unit."),
    col("level", Text, comment="province, district or commune."),
    col("communes", Integer, comment="Communes in it; 1 for a commune."),
    col("connected", Integer, comment="How many of them have parcels on record."),
    col("sources", Integer, comment="For a commune: commune versions with parcels that lie in it entirely."),
    CheckConstraint("connected BETWEEN 0 AND communes AND sources >= 0", name="counts"),
    Index(
        "connected_province_idx",
        "epoch_id",
        postgresql_where=text("level = 'province'"),
        postgresql_include=["communes", "connected"],
    ),
    schema="stats",
    comment="How far units are connected, for the registers that look-ups ask about; moved with the counters.",
)

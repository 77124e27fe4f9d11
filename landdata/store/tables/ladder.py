"""The ladder of coverage: what its rungs mean, the rules of each, and what they are counted from (schema stats)."""

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
    Numeric,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from landdata.store.tables.base import col, identity, metadata, recorded

rung = Table(
    "rung",
    metadata,
    Column("code", Text, primary_key=True, comment="Code, as in requests."),
    col("place", SmallInteger, unique=True, comment="Counts up the ladder, from 1."),
    col("name_vi", Text, comment="Vietnamese name."),
    col("name_en", Text, comment="English name."),
    col("formula_vi", Text, comment="How it is reckoned for a commune, in Vietnamese."),
    col("formula_en", Text, comment="The same in English."),
    col("numerator", Text, comment="Where what counts comes from: table and columns."),
    col("denominator", Text, comment="Where what it is a share of comes from; empty where it is none."),
    col("public", Boolean, comment="Whether anyone may see it; the others are for the ministry and the own office."),
    schema="stats",
    comment="Rungs of the ladder of coverage, as said to people.",
)

coverage_rule = Table(
    "coverage_rule",
    metadata,
    identity("rule_id", "Version: every figure says under which it was counted."),
    col("rung", Text, ForeignKey("stats.rung.code"), comment="The rung."),
    col("effective_from", Date, comment="First day in Vietnam that is counted by it, until that of another version."),
    recorded("recorded_at", "When the database learnt it."),
    col("within_days", Integer, null=True, comment="Days before the day asked about that still count; null: any."),
    col("commune_share", Numeric(5, 4), null=True, comment="Share a commune must reach, 0..1; null: none."),
    col("district_communes", Integer, comment="Communes on the rung that a district needs."),
    col("district_share", Numeric(5, 4), null=True, comment="Share of a district's communes, 0..1; null: none."),
    col("province_communes", Integer, comment="Communes on the rung that a province needs."),
    col("province_share", Numeric(5, 4), null=True, comment="Share of a province's communes, 0..1; null: none."),
    col(
        "person_id",
        BigInteger,
        ForeignKey("org.person.person_id"),
        null=True,
        comment="Who set it; null: from the start.",
    ),
    col("reason", Text, comment="Why."),
    CheckConstraint("within_days > 0", name="days"),
    CheckConstraint("least(district_communes, province_communes) >= 1", name="communes"),
    CheckConstraint(
        "least(commune_share, district_share, province_share) >= 0 "
        "AND greatest(commune_share, district_share, province_share) <= 1",
        name="shares",
    ),
    CheckConstraint(
        "person_id IS NULL OR effective_from >= (recorded_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date", name="never_back"
    ),
    CheckConstraint("reason <> ''", name="reason"),
    Index("coverage_rule_rung_idx", "rung", text("effective_from DESC"), text("rule_id DESC")),
    schema="stats",
    comment="What it takes to stand on a rung. Versions are only added, never changed.",
)

delivery_event = Table(
    "delivery_event",
    metadata,
    identity("event_id", "Identity."),
    col("delivery_id", BigInteger, ForeignKey("intake.delivery.delivery_id"), comment="The delivery."),
    col("unit_id", Integer, ForeignKey("ref.unit.unit_id"), comment="Commune version."),
    col("state", Text, comment="RECEIVED, PUBLISHED or WITHDRAWN."),
    col("effective_on", Date, comment="Day in Vietnam from which it counts."),
    recorded("recorded_at", "When the database learnt it."),
    col("changed", Boolean, comment="Whether a publication changed records; false: all of it was asserted unchanged."),
    CheckConstraint("state IN ('RECEIVED','PUBLISHED','WITHDRAWN')", name="state"),
    UniqueConstraint("delivery_id", "unit_id", "state"),
    Index("delivery_event_unit_idx", "unit_id", "effective_on"),
    schema="stats",
    comment="When each delivery came, was published and was taken back, commune by commune. Rows are only ever added.",
)

commune_quality = Table(
    "commune_quality",
    metadata,
    identity("quality_id", "Order in which they were noted."),
    col("unit_id", Integer, ForeignKey("ref.unit.unit_id"), comment="Commune version."),
    col("day", Date, comment="Day in Vietnam from which it holds, until the next row of the commune."),
    recorded("counted_at", "When it was counted."),
    col("parcels", Integer, comment="Parcels on record."),
    col(
        "complete",
        Integer,
        comment="Those with legal area, purpose, and a certificate with a holder who can be matched.",
    ),
    CheckConstraint("complete BETWEEN 0 AND parcels", name="counts"),
    Index("commune_quality_unit_idx", "unit_id", text("day DESC"), text("quality_id DESC")),
    schema="stats",
    comment="How many parcels of a commune are complete; a row whenever the nightly count is another than the last.",
)

commune_use = Table(
    "commune_use",
    metadata,
    identity("use_id", "Order in which they were noted."),
    col("unit_id", Integer, ForeignKey("ref.unit.unit_id"), comment="Commune version."),
    col("day", Date, comment="Day in Vietnam of the look-ups."),
    recorded("counted_at", "When they were counted."),
    col(
        "look_ups",
        Integer,
        comment="Look-ups of the day that a record of the commune answered; the last row tells all.",
    ),
    CheckConstraint("look_ups > 0", name="counts"),
    Index("commune_use_day_idx", "day", "unit_id"),
    schema="stats",
    comment="Look-ups by commune and day, counted from the access log; nothing about anyone. Rows are only ever added.",
)

coverage_history = Table(
    "coverage_history",
    metadata,
    Column("row_no", SmallInteger, primary_key=True, autoincrement=False, comment="Line of the file."),
    col("on_date", Date, comment="The day, or the first of the month where no more is known."),
    col("exact", Boolean, comment="Whether the day is known."),
    col("dated", Text, comment="The date as the source writes it."),
    col("scope", Text, comment="national, or `province: Name`."),
    col("name_vi", Text, comment="What it is, in Vietnamese."),
    col("name_en", Text, comment="What it is, in English."),
    col("source", Text, comment="Where it was published."),
    *(
        col(f"{level}_{part}", Integer, null=True, comment=f"{words} {level}; null: not told.")
        for level in ("provinces", "districts", "communes")
        for part, words in (("connected", "Connected"), ("total", "All"))
    ),
    col("parcels_million", Text, comment="Parcels in millions, as written."),
    col("note", Text, comment="What the source adds."),
    col("confidence", Text, comment="How sure the source is."),
    schema="stats",
    comment="Figures of coverage as others published them, in their own way to count; never put among counted ones.",
)

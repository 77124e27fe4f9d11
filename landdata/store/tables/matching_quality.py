"""How matching went, commune by commune and day by day (schema stats)."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, Table, text
from sqlalchemy.dialects.postgresql import JSONB

from landdata.store.tables.base import col, identity, metadata, recorded

matching_quality = Table(
    "matching_quality",
    metadata,
    identity("quality_id", "Order in which they were noted."),
    col("unit_id", Integer, ForeignKey("ref.unit.unit_id"), comment="Commune version."),
    col("day", Date, comment="Day in Vietnam from which it holds, until the next row of the commune."),
    recorded("counted_at", "When it was counted."),
    col("claims", Integer, comment="Claims of holders on record, each once."),
    col("verified", Integer, comment="Claims that are VERIFIED."),
    col("mismatch", Integer, comment="Claims that are MISMATCH."),
    col("not_found", Integer, comment="Claims that are NOT_FOUND."),
    col("incomplete", Integer, comment="Claims that are INCOMPLETE."),
    col("ambiguous", Integer, comment="Claims that are AMBIGUOUS."),
    col("pending", Integer, comment="Claims that are PENDING."),
    col("reasons", JSONB, comment="Claims that are not verified, by reason code."),
    col("signs", JSONB, comment="Signs of invented data by code: found, of how many."),
    CheckConstraint(
        "claims = verified + mismatch + not_found + incomplete + ambiguous + pending "
        "AND least(verified, mismatch, not_found, incomplete, ambiguous, pending) >= 0",
        name="sums",
    ),
    Index("matching_quality_unit_idx", "unit_id", text("day DESC"), text("quality_id DESC")),
    schema="stats",
    comment="What matching came to in a commune; a row whenever the nightly count is another than the last. Append-only.",
)

"""Reports for the ministry: what was asked for, what was made of it once, and its files (schema stats)."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    Text,
    text,
)

from landdata.store.tables.base import col, identity, metadata, recorded

report = Table(
    "report",
    metadata,
    identity("report_no", "Number of the report, as it stands on its first page."),
    col("kind", Text, comment="QUARTERLY or ON_DEMAND."),
    col("period_from", Date, comment="First day in Vietnam of its period."),
    col("effective_on", Date, comment="The day it tells of, and the last one of its period."),
    recorded("known_at", "As the database knew it then."),
    col("division", Text, ForeignKey("ref.division.code"), comment="The division its figures are told in."),
    col("before_on", Date, comment="The day it is compared with."),
    col("before_known_at", DateTime(timezone=True), comment="As it was known then."),
    col("before_division", Text, ForeignKey("ref.division.code"), comment="And in which division."),
    col("against", BigInteger, ForeignKey("stats.report.report_no"), null=True, comment="The report compared with."),
    col("person_id", BigInteger, ForeignKey("org.person.person_id"), null=True, comment="Who asked; null: the clock."),
    recorded("asked_at", "When it was asked for."),
    CheckConstraint("kind IN ('QUARTERLY','ON_DEMAND')", name="kind"),
    CheckConstraint("period_from <= effective_on AND before_on <= effective_on", name="days"),
    CheckConstraint("against < report_no", name="against"),
    Index("report_quarter_key", "effective_on", unique=True, postgresql_where=text("kind = 'QUARTERLY'")),
    schema="stats",
    comment="Reports that were asked for. Append-only.",
)

report_made = Table(
    "report_made",
    metadata,
    Column(
        "report_no", BigInteger, ForeignKey("stats.report.report_no"), primary_key=True, autoincrement=False,
        comment="The report.",
    ),
    col("rule_id", BigInteger, ForeignKey("stats.coverage_rule.rule_id"), comment="Version of the rule of connected."),
    col("content_sha256", LargeBinary, comment="Hash of its figures; equal for reports that tell the same."),
    col("signer", Text, null=True, comment="Subject of the certificate that signed its PDF; null: it is not signed."),
    recorded("made_at", "When its last file was there."),
    CheckConstraint("length(content_sha256) = 32", name="hash"),
    schema="stats",
    comment="Reports that are made, once and for good. Append-only.",
)  # fmt: skip

report_file = Table(
    "report_file",
    metadata,
    Column(
        "report_no", BigInteger, ForeignKey("stats.report_made.report_no"), primary_key=True, autoincrement=False,
        comment="The report.",
    ),
    Column("name", Text, primary_key=True, comment="Language and form, as in `vi.pdf`."),
    col("sha256", LargeBinary, comment="Hash of its bytes: its name on disk."),
    col("size_bytes", BigInteger, comment="Its length."),
    CheckConstraint("length(sha256) = 32 AND size_bytes > 0", name="bytes"),
    schema="stats",
    comment="Files of a report; they lie in the data folder under their hashes. Append-only.",
)  # fmt: skip

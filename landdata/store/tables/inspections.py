"""Looks into the access log, and which entries a citizen is shown later (schema audit)."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, Integer, Table, Text, text

from landdata.store.tables.base import col, identity, metadata, recorded

inspection = Table(
    "inspection",
    metadata,
    identity("inspection_id", "Identity."),
    col(
        "access_id",
        BigInteger,
        comment="Its own entry in the access log, whose token_jti is the hash of what was sought.",
    ),
    col("kind", Text, comment="SEARCH, CITIZEN or EVIDENCE."),
    col("person_id", BigInteger, ForeignKey("org.person.person_id"), comment="Who looked."),
    col("reason", Text, comment="Why, in the person's words."),
    col("sought", Text, comment="What was looked for, JSON; a citizen only as a blind index."),
    recorded("at", "When."),
    CheckConstraint("kind IN ('SEARCH','CITIZEN','EVIDENCE')", name="kind"),
    CheckConstraint("btrim(reason) <> ''", name="reason"),
    schema="audit",
    comment="Every look into the access log, kept for good: it is a processing of personal data, too. Append-only.",
)

secrecy = Table(
    "secrecy",
    metadata,
    identity("secrecy_id", "Identity."),
    col("client_id", Text, comment="Whose requests."),
    col("service_code", Text, null=True, comment="Only this procedure; null: all of them."),
    col("case_file_no", Text, null=True, comment="Only this file; null: all of them."),
    col("days", Integer, null=True, comment="The citizen sees a request so many days after it."),
    col("until", Date, null=True, comment="The citizen sees it from this day on."),
    col("legal_ground", Text, comment="The law that allows the delay."),
    CheckConstraint("num_nonnulls(days, until) = 1 AND coalesce(days, 1) BETWEEN 1 AND 3650", name="one_limit"),
    CheckConstraint("btrim(legal_ground) <> ''", name="legal_ground"),
    schema="audit",
    comment="Lawful delays of the citizen's view; an inspector sees all. Append-only; its steps say whether it is in force.",
)

secrecy_step = Table(
    "secrecy_step",
    metadata,
    identity("step_id", "Identity."),
    col("secrecy_id", BigInteger, ForeignKey("audit.secrecy.secrecy_id"), comment="The delay."),
    col("step", Text, comment="ASKED, APPROVED, REJECTED or ENDED."),
    col("person_id", BigInteger, ForeignKey("org.person.person_id"), comment="Who; two persons ask and approve."),
    col("reason", Text, comment="Why, in the person's words."),
    recorded("at", "When."),
    CheckConstraint("step IN ('ASKED','APPROVED','REJECTED','ENDED')", name="step"),
    CheckConstraint("btrim(reason) <> ''", name="reason"),
    Index("secrecy_step_once_key", "secrecy_id", "step", unique=True),
    Index(
        "secrecy_step_person_key",
        "secrecy_id",
        "person_id",
        unique=True,
        postgresql_where=text("step IN ('ASKED','APPROVED')"),
    ),
    schema="audit",
    comment="Who asked for a delay, who approved and who ended it. Append-only.",
)

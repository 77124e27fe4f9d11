"""How the population platform is asked: batches under way, our limits and its health, and an extract of it (schema match)."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from landdata.store.tables.base import col, metadata, recorded

batch = Table(
    "batch",
    metadata,
    Column("request_id", UUID(as_uuid=True), primary_key=True, comment="The id under which the platform is asked."),
    col("identity_keys", ARRAY(UUID(as_uuid=True)), comment="The claims, in the order in which they are asked."),
    recorded("made_at", "When; what changed later is asked again."),
    schema="match",
    comment="Questions sent and not answered yet: a lost answer is asked for under the same id, which costs the platform nothing.",
)

platform = Table(
    "platform",
    metadata,
    Column(
        "platform_no",
        SmallInteger,
        primary_key=True,
        autoincrement=False,
        server_default=text("1"),
        comment="Always 1: there is one.",
    ),
    col("failures", Integer, server_default=text("0"), comment="Requests that failed since one went well."),
    col("openings", Integer, server_default=text("0"), comment="How often the breaker opened since one went well."),
    col("failed_at", DateTime(timezone=True), null=True, comment="When a request last failed."),
    col("failed_reason", Text, server_default=text("''"), comment="Why, without any personal value."),
    col(
        "open_until",
        DateTime(timezone=True),
        null=True,
        comment="The circuit breaker: null: closed; in the future: open; past: half-open, one request may try.",
    ),
    col("trying_until", DateTime(timezone=True), null=True, comment="Until when that one request is waited for."),
    col(
        "free_at",
        DateTime(timezone=True),
        server_default=text("clock_timestamp()"),
        comment="From when another request may be sent.",
    ),
    col("day", Date, server_default=text("'epoch'"), comment="The day, in Vietnam, that `asked` counts."),
    col("asked", Integer, server_default=text("0"), comment="Holders sent on that day."),
    col("changes_cursor", Text, server_default=text("''"), comment="How far its list of changes is read."),
    CheckConstraint("platform_no = 1", name="only"),
    schema="match",
    comment="What all workers know of the population platform: whether it answers, how much was asked today.",
)

extract_person = Table(
    "extract_person",
    metadata,
    Column("person_id", BigInteger, primary_key=True, autoincrement=False, comment="Number within the extract."),
    col("person_ref", Text, unique=True, comment="Opaque reference of the population platform."),
    col("sealed", LargeBinary, comment="All that the extract says of the citizen, AES-256-GCM."),
    col("name_hash", LargeBinary, comment="As in match.party."),
    col("name_folded_hash", LargeBinary, comment="As in match.party."),
    col("birth_date_hash", LargeBinary, null=True, comment="As in match.party."),
    col("birth_year_hash", LargeBinary, comment="As in match.party."),
    col(
        "plain_birth",
        Boolean,
        comment="Whether the birth is a full date or a bare year, so that hashes can be compared.",
    ),
    col("life_status", Text, comment="ALIVE or DEAD."),
    schema="match",
    comment="Citizens of an extract of the population platform, for as long as claims are matched against it.",
)

extract_number = Table(
    "extract_number",
    metadata,
    Column("bidx", UUID(as_uuid=True), primary_key=True, comment="Keyed blind index of a number."),
    Column("person_id", BigInteger, primary_key=True, autoincrement=False, comment="Who bears it."),
    col("kind", Text, comment="CURRENT or OLD."),
    col("number_sealed", LargeBinary, comment="The number, AES-256-GCM."),
    Index("extract_number_person_idx", "person_id"),
    schema="match",
    comment="Numbers of the citizens of an extract.",
)

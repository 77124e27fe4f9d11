"""The append-only access log and its signed seals (schema audit)."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, INET, UUID

from landdata.store.tables.base import col, metadata, recorded

access_event = Table(
    "access_event",
    metadata,
    Column(
        "access_id", BigInteger, Identity(always=True), primary_key=True, comment="Identity, given to the consumer."
    ),
    Column(
        "at",
        DateTime(timezone=True),
        primary_key=True,
        server_default=text("clock_timestamp()"),
        comment="When it was asked.",
    ),
    col(
        "tx",
        BigInteger,
        server_default=text("pg_current_xact_id()::text::bigint"),
        comment="Its transaction; rows below the oldest running one are final.",
    ),
    col("request_id", UUID(as_uuid=True), comment="The caller's identifier, shared with its own log."),
    col("client_id", Text, comment="OAuth client."),
    col("token_jti", Text, comment="Token used."),
    col("agreement_id", BigInteger, null=True, comment="Agreement; null: refused for lack of one."),
    col("agency_code", Text, comment="Agency."),
    col("officer_code", Text, comment="Officer."),
    col("service_code", Text, comment="Procedure."),
    col("case_file_no", Text, comment="File."),
    col(
        "subject",
        UUID(as_uuid=True),
        null=True,
        comment="Blind index of the number asked for; null: refused before it was looked at.",
    ),
    col("status", Text, comment="What it came to."),
    col("reason", Text, null=True, comment="Reason code of a refusal or of UNAVAILABLE."),
    col("fields_mask", Integer, comment="Fields handed out."),
    col("record_versions", ARRAY(Text), server_default=text("'{}'"), comment="Versions handed out."),
    col("replayed", Integer, server_default=text("0"), comment="How often this request id had been answered before."),
    col("address", INET, null=True, comment="Where the request came from."),
    Index("access_event_tx_idx", "tx", postgresql_using="brin"),
    Index("access_event_subject_idx", "subject", "at"),
    Index("access_event_request_idx", "client_id", "request_id"),
    schema="audit",
    comment="Every request, answered or refused, before the answer leaves. Append-only, partitioned by month.",
    postgresql_partition_by="RANGE (at)",
)

seal = Table(
    "seal",
    metadata,
    Column("seal_no", BigInteger, primary_key=True, autoincrement=False, comment="Counts up without a gap."),
    col("tx_from", BigInteger, comment="First transaction covered."),
    col("tx_to", BigInteger, comment="First transaction no longer covered."),
    col("entries", BigInteger, comment="Entries sealed."),
    col("total", BigInteger, comment="Entries sealed since the beginning."),
    col("root", LargeBinary, comment="Root of the Merkle tree over the entries (RFC 9162 shape)."),
    col("previous_head", LargeBinary, comment="Head of the seal before."),
    col("head", LargeBinary, unique=True, comment="SHA-256 over all of the above and the time."),
    col("key_id", Text, comment="Key that signed."),
    col("signature", LargeBinary, comment="Ed25519 signature of the head."),
    recorded("sealed_at", "When."),
    UniqueConstraint("tx_from", "tx_to"),
    CheckConstraint("tx_from < tx_to AND entries >= 0 AND total >= entries", name="range"),
    CheckConstraint(
        "octet_length(root) = 32 AND octet_length(head) = 32 AND octet_length(previous_head) = 32", name="hashes"
    ),
    schema="audit",
    comment="Signed, chained Merkle seals over ranges of the access log.",
)

"""OAuth clients, client assertions already used, and revoked tokens (schema oauth)."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from landdata.store.tables.base import col, metadata, recorded

client = Table(
    "client",
    metadata,
    Column("client_id", Text, primary_key=True, comment="Client identifier (RFC 6749), [A-Za-z0-9_-] only."),
    col("office_id", BigInteger, ForeignKey("org.office.office_id"), comment="Office or consumer it belongs to."),
    col("auth_method", Text, comment="How it proves itself: private_key_jwt, client_secret_basic or external."),
    col("jwks", JSONB(none_as_null=True), null=True, comment="Its public keys (RFC 7517), for private_key_jwt."),
    col(
        "secret_digests",
        ARRAY(LargeBinary),
        null=True,
        comment="SHA-256 of its secret, newest first, and of the one before it.",
    ),
    col(
        "scopes", ARRAY(Text), comment="Scopes it may be granted; for personal data the agreement narrows them further."
    ),
    col("enabled", Boolean, server_default=text("true"), comment="False stops it within the promised delay."),
    recorded("created_at", "When it was registered."),
    CheckConstraint("client_id ~ '^[A-Za-z0-9_-]{1,64}$'", name="plain_id"),
    CheckConstraint(
        "CASE auth_method"
        " WHEN 'private_key_jwt' THEN coalesce(jsonb_typeof(jwks -> 'keys') = 'array', false) AND secret_digests IS NULL"
        " WHEN 'client_secret_basic' THEN jwks IS NULL AND coalesce(cardinality(secret_digests) IN (1, 2)"
        " AND octet_length(secret_digests[1]) = 32 AND coalesce(octet_length(secret_digests[2]), 32) = 32, false)"
        " WHEN 'external' THEN jwks IS NULL AND secret_digests IS NULL ELSE false END",
        name="proof",
    ),
    # A secret can be overheard and copied; what it opens is public anyway.
    CheckConstraint(
        "auth_method <> 'client_secret_basic' OR scopes <@ ARRAY['land.statistics.read']",
        name="secrets_for_statistics_only",
    ),
    CheckConstraint("NOT jwks::text ~ '\"d\"\\s*:'", name="no_private_key"),
    schema="oauth",
    comment="Registered OAuth clients, one per consumer system, never one per officer.",
)

assertion = Table(
    "assertion",
    metadata,
    Column("client_id", Text, primary_key=True, comment="Who used it."),
    Column("jti", Text, primary_key=True, comment="Identifier of the assertion (RFC 7523)."),
    col("expires_at", DateTime(timezone=True), comment="Until when a replay must be recognised."),
    Index("assertion_expires_at_idx", "expires_at"),
    schema="oauth",
    comment="Client assertions already used: each is good once.",
)

revoked_token = Table(
    "revoked_token",
    metadata,
    Column("jti", Text, primary_key=True, comment="Identifier of the access token (RFC 9068)."),
    col("expires_at", DateTime(timezone=True), comment="When the token would have ended by itself."),
    Index("revoked_token_expires_at_idx", "expires_at"),
    schema="oauth",
    comment="Access tokens revoked before their end (RFC 7009).",
)

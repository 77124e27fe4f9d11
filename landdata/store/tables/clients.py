"""OAuth clients, client assertions already used, and revoked tokens (schema oauth)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, DateTime, ForeignKey, Index, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from landdata.store.tables.base import col, metadata, recorded

client = Table(
    "client",
    metadata,
    Column("client_id", Text, primary_key=True, comment="Client identifier (RFC 6749), [A-Za-z0-9_-] only."),
    col("office_id", BigInteger, ForeignKey("org.office.office_id"), comment="Office or consumer it belongs to."),
    col("auth_method", Text, comment="How it proves itself (RFC 7591): private_key_jwt."),
    col("jwks", JSONB, comment="Its public keys (RFC 7517)."),
    col(
        "scopes", ARRAY(Text), comment="Scopes it may be granted; for personal data the agreement narrows them further."
    ),
    col("enabled", Boolean, server_default=text("true"), comment="False stops it within the promised delay."),
    recorded("created_at", "When it was registered."),
    CheckConstraint("client_id ~ '^[A-Za-z0-9_-]{1,64}$'", name="plain_id"),
    CheckConstraint("auth_method = 'private_key_jwt'", name="auth_method"),
    CheckConstraint("jsonb_typeof(jwks -> 'keys') = 'array'", name="jwks"),
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

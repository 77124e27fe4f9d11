"""OAuth clients, used assertions, revoked tokens."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA oauth")
    op.execute("COMMENT ON SCHEMA oauth IS 'OAuth clients, used assertions and revoked tokens.'")
    op.create_table(
        "assertion",
        sa.Column("client_id", sa.Text(), nullable=False, comment="Who used it."),
        sa.Column("jti", sa.Text(), nullable=False, comment="Identifier of the assertion (RFC 7523)."),
        sa.Column(
            "expires_at", sa.DateTime(timezone=True), nullable=False, comment="Until when a replay must be recognised."
        ),
        sa.PrimaryKeyConstraint("client_id", "jti", name=op.f("assertion_pk")),
        schema="oauth",
        comment="Client assertions already used: each is good once.",
    )
    op.create_index("assertion_expires_at_idx", "assertion", ["expires_at"], unique=False, schema="oauth")
    op.create_table(
        "revoked_token",
        sa.Column("jti", sa.Text(), nullable=False, comment="Identifier of the access token (RFC 9068)."),
        sa.Column(
            "expires_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When the token would have ended by itself.",
        ),
        sa.PrimaryKeyConstraint("jti", name=op.f("revoked_token_pk")),
        schema="oauth",
        comment="Access tokens revoked before their end (RFC 7009).",
    )
    op.create_index("revoked_token_expires_at_idx", "revoked_token", ["expires_at"], unique=False, schema="oauth")
    op.create_table(
        "client",
        sa.Column("client_id", sa.Text(), nullable=False, comment="Client identifier (RFC 6749), [A-Za-z0-9_-] only."),
        sa.Column("office_id", sa.BigInteger(), nullable=False, comment="Office or consumer it belongs to."),
        sa.Column(
            "auth_method", sa.Text(), nullable=False, comment="How it proves itself (RFC 7591): private_key_jwt."
        ),
        sa.Column(
            "jwks", postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment="Its public keys (RFC 7517)."
        ),
        sa.Column(
            "scopes",
            postgresql.ARRAY(sa.Text()),
            nullable=False,
            comment="Scopes it may be granted; for personal data the agreement narrows them further.",
        ),
        sa.Column(
            "enabled",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="False stops it within the promised delay.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="When it was registered.",
        ),
        sa.CheckConstraint("auth_method = 'private_key_jwt'", name=op.f("client_auth_method_check")),
        sa.CheckConstraint("client_id ~ '^[A-Za-z0-9_-]{1,64}$'", name=op.f("client_plain_id_check")),
        sa.CheckConstraint("jsonb_typeof(jwks -> 'keys') = 'array'", name=op.f("client_jwks_check")),
        sa.CheckConstraint("NOT jwks::text ~ '\"d\"\\s*:'", name=op.f("client_no_private_key_check")),
        sa.ForeignKeyConstraint(["office_id"], ["org.office.office_id"], name=op.f("client_office_id_fk")),
        sa.PrimaryKeyConstraint("client_id", name=op.f("client_pk")),
        schema="oauth",
        comment="Registered OAuth clients, one per consumer system, never one per officer.",
    )


def downgrade() -> None:
    op.execute("DROP SCHEMA oauth CASCADE")

"""Clients with a secret, for statistics only, and clients of an external issuer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

METHODS_BEFORE = "How it proves itself (RFC 7591): private_key_jwt."
METHODS = "How it proves itself: private_key_jwt, client_secret_basic or external."
KEYS_BEFORE = "Its public keys (RFC 7517)."
KEYS = "Its public keys (RFC 7517), for private_key_jwt."


def upgrade() -> None:
    op.add_column(
        "client",
        sa.Column(
            "secret_digests",
            postgresql.ARRAY(sa.LargeBinary()),
            nullable=True,
            comment="SHA-256 of its secret, newest first, and of the one before it.",
        ),
        schema="oauth",
    )
    op.alter_column("client", "jwks", nullable=True, comment=KEYS, existing_comment=KEYS_BEFORE, schema="oauth")
    op.alter_column("client", "auth_method", comment=METHODS, existing_comment=METHODS_BEFORE, schema="oauth")
    for name in ("auth_method", "jwks"):
        op.drop_constraint(op.f(f"client_{name}_check"), "client", schema="oauth", type_="check")
    op.create_check_constraint(
        op.f("client_proof_check"),
        "client",
        "CASE auth_method"
        " WHEN 'private_key_jwt' THEN coalesce(jsonb_typeof(jwks -> 'keys') = 'array', false) AND secret_digests IS NULL"
        " WHEN 'client_secret_basic' THEN jwks IS NULL AND coalesce(cardinality(secret_digests) IN (1, 2)"
        " AND octet_length(secret_digests[1]) = 32 AND coalesce(octet_length(secret_digests[2]), 32) = 32, false)"
        " WHEN 'external' THEN jwks IS NULL AND secret_digests IS NULL ELSE false END",
        schema="oauth",
    )
    op.create_check_constraint(
        op.f("client_secrets_for_statistics_only_check"),
        "client",
        "auth_method <> 'client_secret_basic' OR scopes <@ ARRAY['land.statistics.read']",
        schema="oauth",
    )


def downgrade() -> None:
    for name in ("secrets_for_statistics_only", "proof"):
        op.drop_constraint(op.f(f"client_{name}_check"), "client", schema="oauth", type_="check")
    # The version before knows clients with keys only; an agreement may still name the others, so they stay, keyless.
    op.execute(
        "UPDATE oauth.client SET enabled = false, jwks = '{\"keys\": []}', auth_method = 'private_key_jwt' "
        "WHERE auth_method <> 'private_key_jwt'"
    )
    op.create_check_constraint(
        op.f("client_auth_method_check"), "client", "auth_method = 'private_key_jwt'", schema="oauth"
    )
    op.create_check_constraint(
        op.f("client_jwks_check"), "client", "jsonb_typeof(jwks -> 'keys') = 'array'", schema="oauth"
    )
    op.alter_column("client", "auth_method", comment=METHODS_BEFORE, existing_comment=METHODS, schema="oauth")
    op.alter_column("client", "jwks", nullable=False, comment=KEYS_BEFORE, existing_comment=KEYS, schema="oauth")
    op.drop_column("client", "secret_digests", schema="oauth")

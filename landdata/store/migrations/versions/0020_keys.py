"""What changing a key needs: which version made each hash and index, and citizens' numbers sealed, to be indexed anew."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_VERSIONS = {
    ("land", "record", "hash_version"): "Version of the key that made the hash.",
    ("land", "holder", "bidx_version"): "Version of the key that made the blind index.",
    ("match", "party", "hash_version"): "Version of the key that made the hashes.",
    ("match", "party_number", "bidx_version"): "Version of the key that made the blind index.",
    ("match", "claim", "key_version"): "Version of the key that made the identity key.",
}
# The program before this one knows one version of each key only.
_FIRST_ONLY = """
DO $$ BEGIN
  IF EXISTS (SELECT FROM {table} WHERE {column} <> 1) THEN
    RAISE EXCEPTION 'values of {table} are under a later version of their key';
  END IF;
END $$
"""


def upgrade() -> None:
    op.add_column(
        "party_number",
        sa.Column(
            "number_sealed",
            sa.LargeBinary(),
            nullable=True,
            comment="The number, AES-256-GCM, to index it anew when that key is changed; null: to be asked for again then.",
        ),
        schema="match",
    )
    # A constant default is kept in the catalogue: no table is rewritten.
    for (schema, table, column), comment in _VERSIONS.items():
        op.add_column(
            table,
            sa.Column(column, sa.SmallInteger(), server_default=sa.text("1"), nullable=False, comment=comment),
            schema=schema,
        )


def downgrade() -> None:
    for schema, table, column in _VERSIONS:
        op.execute(_FIRST_ONLY.format(table=f"{schema}.{table}", column=column))
        op.drop_column(table, column, schema=schema)
    op.drop_column("party_number", "number_sealed", schema="match")

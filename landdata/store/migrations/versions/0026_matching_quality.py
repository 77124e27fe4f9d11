"""How matching goes is kept by commune and day, so that a rate of any day can be told and compared."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_COUNTS = {
    "claims": "Claims of holders on record, each once.",
    "verified": "Claims that are VERIFIED.",
    "mismatch": "Claims that are MISMATCH.",
    "not_found": "Claims that are NOT_FOUND.",
    "incomplete": "Claims that are INCOMPLETE.",
    "ambiguous": "Claims that are AMBIGUOUS.",
    "pending": "Claims that are PENDING.",
}
_GUARDS = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON stats.matching_quality
  FOR EACH ROW EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER never_empty BEFORE TRUNCATE ON stats.matching_quality
  FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
"""


def upgrade() -> None:
    op.create_table(
        "matching_quality",
        sa.Column(
            "quality_id",
            sa.BigInteger(),
            sa.Identity(always=True),
            nullable=False,
            comment="Order in which they were noted.",
        ),
        sa.Column("unit_id", sa.Integer(), nullable=False, comment="Commune version."),
        sa.Column(
            "day",
            sa.Date(),
            nullable=False,
            comment="Day in Vietnam from which it holds, until the next row of the commune.",
        ),
        sa.Column(
            "counted_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="When it was counted.",
        ),
        *(sa.Column(name, sa.Integer(), nullable=False, comment=words) for name, words in _COUNTS.items()),
        sa.Column(
            "reasons", postgresql.JSONB(), nullable=False, comment="Claims that are not verified, by reason code."
        ),
        sa.Column(
            "signs", postgresql.JSONB(), nullable=False, comment="Signs of invented data by code: found, of how many."
        ),
        sa.CheckConstraint(
            "claims = verified + mismatch + not_found + incomplete + ambiguous + pending "
            "AND least(verified, mismatch, not_found, incomplete, ambiguous, pending) >= 0",
            name=op.f("matching_quality_sums_check"),
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["ref.unit.unit_id"], name=op.f("matching_quality_unit_id_fk")),
        sa.PrimaryKeyConstraint("quality_id", name=op.f("matching_quality_pk")),
        schema="stats",
        comment="What matching came to in a commune; a row whenever the nightly count is another than the last. "
        "Append-only.",
    )
    op.create_index(
        "matching_quality_unit_idx",
        "matching_quality",
        ["unit_id", sa.text("day DESC"), sa.text("quality_id DESC")],
        schema="stats",
    )
    op.execute(_GUARDS)


def downgrade() -> None:
    op.drop_table("matching_quality", schema="stats")

"""What matching said before, for repetitions; the body of a request that was only refused; citizens' numbers by citizen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_TX = sa.text("pg_current_xact_id()::text::bigint")
_NOW = sa.text("clock_timestamp()")
_WORDS = {
    "TABLE share.request": (
        "Requests by their identifier; those answered are replayable for 24 hours.",
        "Requests already answered, replayable for 24 hours.",
    ),
    "COLUMN share.request.agreement_id": (
        "Under which agreement; null: none, and refused.",
        "Under which agreement.",
    ),
    "COLUMN share.request.answered": (
        "How often it was answered, the first time included; 0: it was only refused.",
        "How often it was answered, the first time included.",
    ),
    "COLUMN share.request.first_at": (
        "When it was first answered, or refused as long as it was not answered.",
        "When it was first answered.",
    ),
}
# Functions are installed anew after the migrations; what answers in another shape, or is gone, has to go first.
_GONE = "DROP FUNCTION IF EXISTS share.read_land_records(jsonb)"
_NEW = """
DROP FUNCTION IF EXISTS share.party_then(bigint, bigint, pg_snapshot);
DROP FUNCTION IF EXISTS share.claims_then(bigint, pg_snapshot);
DROP FUNCTION IF EXISTS share.verified_then(uuid, pg_snapshot);
DROP FUNCTION IF EXISTS share.known_by(bigint, pg_snapshot);
DROP TRIGGER IF EXISTS keep ON match.claim;
DROP TRIGGER IF EXISTS keep ON match.party;
DROP FUNCTION IF EXISTS match.keep_claims();
DROP FUNCTION IF EXISTS match.keep_parties();
"""


def upgrade() -> None:
    op.execute(_GONE)
    op.create_table(
        "claim_was",
        sa.Column("identity_key", sa.UUID(), nullable=False, comment="The claim."),
        sa.Column("was_no", sa.BigInteger(), sa.Identity(always=True), nullable=False, comment="Order of the changes."),
        sa.Column("party_id", sa.BigInteger(), nullable=True, comment="The citizen it was verified to be; null: none."),
        sa.Column("tx", sa.BigInteger(), server_default=_TX, nullable=False, comment="The transaction that ended it."),
        sa.Column("at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False, comment="When."),
        sa.PrimaryKeyConstraint("identity_key", "was_no", name=op.f("claim_was_pk")),
        schema="match",
        comment="Whom claims were verified to be until matching said otherwise; kept as long as requests are replayed.",
    )
    op.create_index(
        "claim_was_party_idx",
        "claim_was",
        ["party_id"],
        schema="match",
        postgresql_where=sa.text("party_id IS NOT NULL"),
    )
    op.create_table(
        "party_was",
        sa.Column("party_id", sa.BigInteger(), nullable=False, comment="The citizen."),
        sa.Column("was_no", sa.BigInteger(), sa.Identity(always=True), nullable=False, comment="Order of the changes."),
        sa.Column("name_hash", sa.LargeBinary(), nullable=False, comment="As in match.party, until then."),
        sa.Column("name_folded_hash", sa.LargeBinary(), nullable=False, comment="As in match.party, until then."),
        sa.Column("birth_date_hash", sa.LargeBinary(), nullable=True, comment="As in match.party, until then."),
        sa.Column("birth_year_hash", sa.LargeBinary(), nullable=False, comment="As in match.party, until then."),
        sa.Column("tx", sa.BigInteger(), server_default=_TX, nullable=False, comment="The transaction that ended it."),
        sa.Column("at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False, comment="When."),
        sa.PrimaryKeyConstraint("party_id", "was_no", name=op.f("party_was_pk")),
        schema="match",
        comment="What the population platform said of citizens until it said otherwise; kept as long as requests are replayed.",
    )
    for table in ("claim_was", "party_was"):
        op.create_index(f"{table}_at_idx", table, ["at"], schema="match", postgresql_using="brin")
    # Numbers on record were always there; the default is for those to come, so that no table is rewritten.
    op.add_column(
        "party_number",
        sa.Column(
            "tx", sa.BigInteger(), nullable=True, comment="The transaction that noted it; null: it was always there."
        ),
        schema="match",
    )
    op.alter_column("party_number", "tx", server_default=_TX, schema="match")
    op.create_index("party_number_party_idx", "party_number", ["party_id"], schema="match")
    op.alter_column("request", "agreement_id", nullable=True, schema="share")
    _describe(0)


def downgrade() -> None:
    op.execute(_GONE)
    op.execute(_NEW)
    op.execute("DELETE FROM share.request WHERE answered = 0")
    op.alter_column("request", "agreement_id", nullable=False, schema="share")
    op.drop_index("party_number_party_idx", "party_number", schema="match")
    op.drop_column("party_number", "tx", schema="match")
    op.drop_table("party_was", schema="match")
    op.drop_table("claim_was", schema="match")
    _describe(1)


def _describe(which: int) -> None:
    for thing, words in _WORDS.items():
        op.execute(f"COMMENT ON {thing} IS '{words[which]}'")

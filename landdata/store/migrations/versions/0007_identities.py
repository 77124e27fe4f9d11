"""Identity claims and the citizens they were verified to be."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA match")
    op.execute("COMMENT ON SCHEMA match IS 'Identity claims of holders and the citizens they were verified to be.'")
    op.create_table(
        "party",
        sa.Column(
            "party_id",
            sa.BigInteger(),
            sa.Identity(always=True),
            nullable=False,
            comment="Identity; distribution column of everything about a citizen.",
        ),
        sa.Column("person_ref", sa.Text(), nullable=False, comment="Opaque reference of the population platform."),
        sa.Column(
            "name_hash",
            sa.LargeBinary(),
            nullable=False,
            comment="Keyed hash of the official name: NFC, upper case, folded spaces.",
        ),
        sa.Column(
            "name_folded_hash",
            sa.LargeBinary(),
            nullable=False,
            comment="The same with tone placement folded (Hòa / Hoà).",
        ),
        sa.Column(
            "birth_date_hash",
            sa.LargeBinary(),
            nullable=True,
            comment="Keyed hash of the full date of birth; null: the register has only the year.",
        ),
        sa.Column("birth_year_hash", sa.LargeBinary(), nullable=False, comment="Keyed hash of the year of birth."),
        sa.Column("life_status", sa.Text(), nullable=False, comment="ALIVE or DEAD, as last reported."),
        sa.Column(
            "verified_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="When the population platform last confirmed it.",
        ),
        sa.CheckConstraint("life_status IN ('ALIVE','DEAD')", name=op.f("party_life_status_check")),
        sa.PrimaryKeyConstraint("party_id", name=op.f("party_pk")),
        sa.UniqueConstraint("person_ref", name=op.f("party_person_ref_key")),
        schema="match",
        comment="A citizen of the population database that a holder was verified to be.",
    )
    op.create_table(
        "claim",
        sa.Column(
            "identity_key",
            sa.UUID(),
            nullable=False,
            comment="Keyed hash of name, number and birth as on certificates.",
        ),
        sa.Column(
            "status",
            sa.Text(),
            server_default=sa.text("'PENDING'"),
            nullable=False,
            comment="PENDING, VERIFIED, MISMATCH, NOT_FOUND, INCOMPLETE or AMBIGUOUS.",
        ),
        sa.Column(
            "reasons",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Reason codes.",
        ),
        sa.Column("party_id", sa.BigInteger(), nullable=True, comment="The citizen, when VERIFIED."),
        sa.Column("name", sa.Text(), nullable=False, comment="Name as on the certificate."),
        sa.Column(
            "id_number_sealed", sa.LargeBinary(), nullable=True, comment="Number as on the certificate, AES-256-GCM."
        ),
        sa.Column("birth_date", sa.Date(), nullable=True, comment="Full date of birth, where given."),
        sa.Column("birth_year", sa.SmallInteger(), nullable=True, comment="Year of birth, where given."),
        sa.Column(
            "attempts", sa.Integer(), server_default=sa.text("0"), nullable=False, comment="How often it was sent."
        ),
        sa.Column(
            "first_seen_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="When a certificate first named it.",
        ),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True, comment="When the platform last answered."),
        sa.CheckConstraint("(status = 'VERIFIED') = (party_id IS NOT NULL)", name=op.f("claim_verified_check")),
        sa.CheckConstraint(
            "status IN ('PENDING','VERIFIED','MISMATCH','NOT_FOUND','INCOMPLETE','AMBIGUOUS')",
            name=op.f("claim_status_check"),
        ),
        sa.ForeignKeyConstraint(["party_id"], ["match.party.party_id"], name=op.f("claim_party_id_fk")),
        sa.PrimaryKeyConstraint("identity_key", name=op.f("claim_pk")),
        schema="match",
        comment="What certificates claim of one holder; asked of the population platform once, however many certificates repeat it.",
    )
    op.create_index(
        "claim_party_idx",
        "claim",
        ["party_id"],
        unique=False,
        schema="match",
        postgresql_where=sa.text("party_id IS NOT NULL"),
    )
    op.create_index(
        "claim_pending_idx",
        "claim",
        ["first_seen_at"],
        unique=False,
        schema="match",
        postgresql_where=sa.text("status = 'PENDING'"),
    )
    op.create_table(
        "party_number",
        sa.Column("bidx", sa.UUID(), nullable=False, comment="Keyed blind index of a number of the citizen."),
        sa.Column("party_id", sa.BigInteger(), nullable=False, comment="The citizen."),
        sa.Column("kind", sa.Text(), nullable=False, comment="CURRENT or OLD."),
        sa.CheckConstraint("kind IN ('CURRENT','OLD')", name=op.f("party_number_kind_check")),
        sa.ForeignKeyConstraint(["party_id"], ["match.party.party_id"], name=op.f("party_number_party_id_fk")),
        sa.PrimaryKeyConstraint("bidx", "party_id", name=op.f("party_number_pk")),
        schema="match",
        comment="Numbers by which a citizen can be asked for.",
    )


def downgrade() -> None:
    op.execute("DROP SCHEMA match CASCADE")

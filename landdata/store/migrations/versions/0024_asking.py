"""The platform asked in batches that nothing loses, our limits and its health, extracts; whom a number leads to beside doubts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

# Reasons have one list now, and the words of before are in it under other names.
_RENAMED = {
    "BIRTH_IMPLAUSIBLE": "BIRTH_UNREADABLE",
    "DEAD": "PERSON_DEAD",
    "PLATFORM_CONTRADICTS_ITSELF": "ANSWERS_CONTRADICT",
}
_TABLES = ("extract_number", "extract_person", "platform", "batch")


def upgrade() -> None:
    _add_to_claims()
    _create_tables()
    op.execute("INSERT INTO match.platform DEFAULT VALUES")
    for before, now in _RENAMED.items():
        _rename(before, now)


def downgrade() -> None:
    for before, now in _RENAMED.items():
        _rename(now, before)
    for table in _TABLES:
        op.drop_table(table, schema="match")
    op.drop_index("claim_due_idx", "claim", schema="match")
    op.create_index(
        "claim_pending_idx",
        "claim",
        ["first_seen_at"],
        schema="match",
        postgresql_where=sa.text("status = 'PENDING'"),
    )
    for column in ("recheck_at", "years_apart", "name_share", "bearer_id"):
        op.drop_column("claim", column, schema="match")


def _rename(before: str, now: str) -> None:
    op.execute(
        f"UPDATE match.claim SET reasons = array_replace(reasons, '{before}', '{now}') WHERE reasons @> ARRAY['{before}']"
    )


def _add_to_claims() -> None:
    for column in (
        sa.Column(
            "bearer_id",
            sa.BigInteger(),
            nullable=True,
            comment="Who bears the number, when not believed to be the holder: for clerks, never answered to anybody.",
        ),
        sa.Column(
            "name_share",
            sa.SmallInteger(),
            nullable=True,
            comment="Letters in a hundred that the name has in common with the bearer's.",
        ),
        sa.Column(
            "years_apart",
            sa.SmallInteger(),
            nullable=True,
            comment="Years between the birth as written and the bearer's.",
        ),
        sa.Column(
            "recheck_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When the platform reported a change of the citizen; null: nothing to ask again. "
            "Until then the outcome stands.",
        ),
    ):
        op.add_column("claim", column, schema="match")
    op.create_foreign_key(
        op.f("claim_bearer_id_fk"),
        "claim",
        "party",
        ["bearer_id"],
        ["party_id"],
        source_schema="match",
        referent_schema="match",
    )
    op.drop_index("claim_pending_idx", "claim", schema="match")
    op.create_index(
        "claim_due_idx",
        "claim",
        ["first_seen_at", "identity_key"],
        schema="match",
        postgresql_where=sa.text("status = 'PENDING' OR recheck_at IS NOT NULL"),
    )
    op.create_index(
        "claim_bearer_idx",
        "claim",
        ["bearer_id"],
        schema="match",
        postgresql_where=sa.text("bearer_id IS NOT NULL"),
    )


def _create_tables() -> None:
    op.create_table(
        "batch",
        sa.Column("request_id", sa.UUID(), nullable=False, comment="The id under which the platform is asked."),
        sa.Column(
            "identity_keys",
            sa.ARRAY(sa.UUID()),
            nullable=False,
            comment="The claims, in the order in which they are asked.",
        ),
        sa.Column(
            "made_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="When; what changed later is asked again.",
        ),
        sa.PrimaryKeyConstraint("request_id", name=op.f("batch_pk")),
        schema="match",
        comment="Questions sent and not answered yet: a lost answer is asked for under the same id, which costs the platform nothing.",
    )
    op.create_table(
        "platform",
        sa.Column(
            "platform_no",
            sa.SmallInteger(),
            server_default=sa.text("1"),
            autoincrement=False,
            nullable=False,
            comment="Always 1: there is one.",
        ),
        sa.Column(
            "failures",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Requests that failed since one went well.",
        ),
        sa.Column(
            "openings",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="How often the breaker opened since one went well.",
        ),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True, comment="When a request last failed."),
        sa.Column(
            "failed_reason",
            sa.Text(),
            server_default=sa.text("''"),
            nullable=False,
            comment="Why, without any personal value.",
        ),
        sa.Column(
            "open_until",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="The circuit breaker: null: closed; in the future: open; past: half-open, one request may try.",
        ),
        sa.Column(
            "trying_until",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="Until when that one request is waited for.",
        ),
        sa.Column(
            "free_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="From when another request may be sent.",
        ),
        sa.Column(
            "day",
            sa.Date(),
            server_default=sa.text("'epoch'"),
            nullable=False,
            comment="The day, in Vietnam, that `asked` counts.",
        ),
        sa.Column(
            "asked", sa.Integer(), server_default=sa.text("0"), nullable=False, comment="Holders sent on that day."
        ),
        sa.Column(
            "changes_cursor",
            sa.Text(),
            server_default=sa.text("''"),
            nullable=False,
            comment="How far its list of changes is read.",
        ),
        sa.CheckConstraint("platform_no = 1", name=op.f("platform_only_check")),
        sa.PrimaryKeyConstraint("platform_no", name=op.f("platform_pk")),
        schema="match",
        comment="What all workers know of the population platform: whether it answers, how much was asked today.",
    )
    op.create_table(
        "extract_person",
        sa.Column(
            "person_id", sa.BigInteger(), autoincrement=False, nullable=False, comment="Number within the extract."
        ),
        sa.Column("person_ref", sa.Text(), nullable=False, comment="Opaque reference of the population platform."),
        sa.Column(
            "sealed", sa.LargeBinary(), nullable=False, comment="All that the extract says of the citizen, AES-256-GCM."
        ),
        sa.Column("name_hash", sa.LargeBinary(), nullable=False, comment="As in match.party."),
        sa.Column("name_folded_hash", sa.LargeBinary(), nullable=False, comment="As in match.party."),
        sa.Column("birth_date_hash", sa.LargeBinary(), nullable=True, comment="As in match.party."),
        sa.Column("birth_year_hash", sa.LargeBinary(), nullable=False, comment="As in match.party."),
        sa.Column(
            "plain_birth",
            sa.Boolean(),
            nullable=False,
            comment="Whether the birth is a full date or a bare year, so that hashes can be compared.",
        ),
        sa.Column("life_status", sa.Text(), nullable=False, comment="ALIVE or DEAD."),
        sa.PrimaryKeyConstraint("person_id", name=op.f("extract_person_pk")),
        sa.UniqueConstraint("person_ref", name=op.f("extract_person_person_ref_key")),
        schema="match",
        comment="Citizens of an extract of the population platform, for as long as claims are matched against it.",
    )
    op.create_table(
        "extract_number",
        sa.Column("bidx", sa.UUID(), nullable=False, comment="Keyed blind index of a number."),
        sa.Column("person_id", sa.BigInteger(), autoincrement=False, nullable=False, comment="Who bears it."),
        sa.Column("kind", sa.Text(), nullable=False, comment="CURRENT or OLD."),
        sa.Column("number_sealed", sa.LargeBinary(), nullable=False, comment="The number, AES-256-GCM."),
        sa.PrimaryKeyConstraint("bidx", "person_id", name=op.f("extract_number_pk")),
        schema="match",
        comment="Numbers of the citizens of an extract.",
    )
    op.create_index("extract_number_person_idx", "extract_number", ["person_id"], schema="match")

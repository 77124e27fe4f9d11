"""Verifications of the access log are asked for, watched and kept; who administers sees sources and runs as figures."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

# An office that is registered becomes a source; how far jobs are is told without whose they are.
_ADMIN = (
    ("source", "select", "USING (true)"),
    ("source", "insert", "WITH CHECK (state = 'NEVER_CONNECTED')"),
    ("source_event", "select", "USING (true)"),
    ("source_event", "insert", "WITH CHECK (cause = 'REGISTERED')"),
    ("run", "select", "USING (true)"),
)


def _col(name: str, kind: sa.types.TypeEngine[Any], comment: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, kind, nullable=null, comment=comment)


def upgrade() -> None:
    op.create_table(
        "verification",
        sa.Column("verification_id", sa.BigInteger(), sa.Identity(always=True), nullable=False, comment="Identity."),
        _col("person_id", sa.BigInteger(), "Who asked for it; null: it comes every night.", null=True),
        _col("reason", sa.Text(), "Why, in the person's words; null: it comes every night.", null=True),
        sa.Column(
            "asked_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False,
            comment="When it was asked for.",
        ),
        _col("started_at", sa.DateTime(timezone=True), "When its last try began; null: it waits.", null=True),
        sa.Column("done", sa.BigInteger(), server_default=sa.text("0"), nullable=False, comment="Seals looked at."),
        sa.Column("whole", sa.BigInteger(), server_default=sa.text("0"), nullable=False, comment="Seals there are."),
        _col("ended_at", sa.DateTime(timezone=True), "When it ended.", null=True),
        _col("outcome", sa.Text(), "INTACT, DOUBTFUL, TAMPERED or FAILED.", null=True),
        _col("found", postgresql.JSONB(none_as_null=True), "What was found; of a failure its code.", null=True),
        sa.CheckConstraint(
            "outcome IN ('INTACT','DOUBTFUL','TAMPERED','FAILED')", name=op.f("verification_outcome_check")
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (outcome IS NULL) AND (outcome IS NULL) = (found IS NULL)",
            name=op.f("verification_ended_check"),
        ),
        sa.CheckConstraint(
            "(person_id IS NULL) = (reason IS NULL) AND coalesce(btrim(reason) <> '', true)",
            name=op.f("verification_reason_check"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["org.person.person_id"], name=op.f("verification_person_id_fk")),
        sa.PrimaryKeyConstraint("verification_id", name=op.f("verification_pk")),
        schema="audit",
        comment="Verifications of the access log: asked for by people or by the night, and what each found.",
    )  # fmt: skip
    # What was found stands; only a verification that has not ended goes on.
    op.execute(
        "CREATE TRIGGER stands BEFORE UPDATE ON audit.verification FOR EACH ROW "
        "WHEN (OLD.ended_at IS NOT NULL) EXECUTE FUNCTION audit.refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER kept BEFORE DELETE ON audit.verification FOR EACH ROW EXECUTE FUNCTION audit.refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER never_empty BEFORE TRUNCATE ON audit.verification "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change()"
    )

    owner = op.get_bind().scalar(sa.text("SELECT current_user"))
    for table, command, rule in _ADMIN:
        op.execute(f'CREATE POLICY admin_{command} ON sync.{table} FOR {command} TO "{owner}_admin" {rule}')


def downgrade() -> None:
    for table, command, _ in _ADMIN:
        op.execute(f"DROP POLICY admin_{command} ON sync.{table}")
    op.execute("DROP FUNCTION IF EXISTS audit.ask_verification(bigint, text)")
    op.drop_table("verification", schema="audit")

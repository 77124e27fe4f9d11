"""Reports for the ministry: asked for, made once, kept for good."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def _col(name: str, kind: sa.types.TypeEngine[Any], comment: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, kind, nullable=null, comment=comment)


def _now(name: str, comment: str) -> sa.Column[object]:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False, comment=comment
    )


def _fk(table: str, columns: str, there: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([columns], [there], name=op.f(f"{table}_{columns}_fk"))


def upgrade() -> None:
    op.create_table(
        "report",
        sa.Column(
            "report_no", sa.BigInteger(), sa.Identity(always=True), nullable=False,
            comment="Number of the report, as it stands on its first page.",
        ),
        _col("kind", sa.Text(), "QUARTERLY or ON_DEMAND."),
        _col("period_from", sa.Date(), "First day in Vietnam of its period."),
        _col("effective_on", sa.Date(), "The day it tells of, and the last one of its period."),
        _now("known_at", "As the database knew it then."),
        _col("division", sa.Text(), "The division its figures are told in."),
        _col("before_on", sa.Date(), "The day it is compared with."),
        _col("before_known_at", sa.DateTime(timezone=True), "As it was known then."),
        _col("before_division", sa.Text(), "And in which division."),
        _col("against", sa.BigInteger(), "The report compared with.", null=True),
        _col("person_id", sa.BigInteger(), "Who asked; null: the clock.", null=True),
        _now("asked_at", "When it was asked for."),
        sa.CheckConstraint("kind IN ('QUARTERLY','ON_DEMAND')", name=op.f("report_kind_check")),
        sa.CheckConstraint(
            "period_from <= effective_on AND before_on <= effective_on", name=op.f("report_days_check")
        ),
        sa.CheckConstraint("against < report_no", name=op.f("report_against_check")),
        _fk("report", "division", "ref.division.code"),
        _fk("report", "before_division", "ref.division.code"),
        _fk("report", "against", "stats.report.report_no"),
        _fk("report", "person_id", "org.person.person_id"),
        sa.PrimaryKeyConstraint("report_no", name=op.f("report_pk")),
        schema="stats",
        comment="Reports that were asked for. Append-only.",
    )  # fmt: skip
    op.create_index(
        "report_quarter_key", "report", ["effective_on"], unique=True, schema="stats",
        postgresql_where=sa.text("kind = 'QUARTERLY'"),
    )  # fmt: skip
    op.create_table(
        "report_made",
        sa.Column("report_no", sa.BigInteger(), autoincrement=False, nullable=False, comment="The report."),
        _col("rule_id", sa.BigInteger(), "Version of the rule of connected."),
        _col("content_sha256", sa.LargeBinary(), "Hash of its figures; equal for reports that tell the same."),
        _col("signer", sa.Text(), "Subject of the certificate that signed its PDF; null: it is not signed.", null=True),
        _now("made_at", "When its last file was there."),
        sa.CheckConstraint("length(content_sha256) = 32", name=op.f("report_made_hash_check")),
        _fk("report_made", "report_no", "stats.report.report_no"),
        _fk("report_made", "rule_id", "stats.coverage_rule.rule_id"),
        sa.PrimaryKeyConstraint("report_no", name=op.f("report_made_pk")),
        schema="stats",
        comment="Reports that are made, once and for good. Append-only.",
    )
    op.create_table(
        "report_file",
        sa.Column("report_no", sa.BigInteger(), autoincrement=False, nullable=False, comment="The report."),
        _col("name", sa.Text(), "Language and form, as in `vi.pdf`."),
        _col("sha256", sa.LargeBinary(), "Hash of its bytes: its name on disk."),
        _col("size_bytes", sa.BigInteger(), "Its length."),
        sa.CheckConstraint("length(sha256) = 32 AND size_bytes > 0", name=op.f("report_file_bytes_check")),
        _fk("report_file", "report_no", "stats.report_made.report_no"),
        sa.PrimaryKeyConstraint("report_no", "name", name=op.f("report_file_pk")),
        schema="stats",
        comment="Files of a report; they lie in the data folder under their hashes. Append-only.",
    )
    for table in ("report", "report_made", "report_file"):
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON stats.{table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION people.refuse_change()"
        )
    owner = op.get_bind().scalar(sa.text("SELECT current_user"))
    # How far a report is; of deliveries the pages need no step.
    op.execute(
        f'CREATE POLICY reports ON sync.step FOR SELECT TO "{owner}_dashboard" '
        "USING (EXISTS (SELECT FROM sync.run r WHERE r.run_id = step.run_id AND r.job = 'reports'))"
    )


def downgrade() -> None:
    op.execute("DROP POLICY reports ON sync.step")
    op.execute("DROP FUNCTION IF EXISTS stats.ask_reporter()")
    op.drop_table("report_file", schema="stats")
    op.drop_table("report_made", schema="stats")
    op.drop_table("report", schema="stats")

"""What a nightly recount found is kept, and what is mended because of it is an event with a person and a reason."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_TABLES = ("recount", "recount_difference", "mend")


def _recorded(name: str, comment: str) -> sa.Column[object]:
    return sa.Column(
        name,
        sa.DateTime(timezone=True),
        server_default=sa.text("clock_timestamp()"),
        nullable=False,
        comment=comment,
    )


def _identity(name: str, comment: str) -> sa.Column[object]:
    return sa.Column(name, sa.BigInteger(), sa.Identity(always=True), nullable=False, comment=comment)


def upgrade() -> None:
    op.create_table(
        "recount",
        _identity("recount_id", "Order in which they were made."),
        _recorded("counted_at", "When it was made; everything was read in one snapshot."),
        sa.Column("seconds", sa.Double(), nullable=False, comment="How long it took."),
        sa.Column("communes", sa.Integer(), nullable=False, comment="Commune versions that were counted."),
        sa.Column("parcels", sa.BigInteger(), nullable=False, comment="Parcels that were counted."),
        sa.Column("differences", sa.Integer(), nullable=False, comment="Differences found; 0 is as it should be."),
        sa.PrimaryKeyConstraint("recount_id", name=op.f("recount_pk")),
        schema="stats",
        comment="One count of everything from the parcels themselves, held against counters and events. Append-only.",
    )
    op.create_table(
        "recount_difference",
        _identity("difference_id", "Identity."),
        sa.Column("recount_id", sa.BigInteger(), nullable=False, comment="The count that found it."),
        sa.Column(
            "source",
            sa.Text(),
            nullable=False,
            comment="COUNTER, EVENTS, CONNECTED or MONTH: what is not as the parcels are.",
        ),
        sa.Column("epoch_id", sa.SmallInteger(), nullable=True, comment="CONNECTED: the register."),
        sa.Column("unit_id", sa.Integer(), nullable=False, comment="The unit."),
        sa.Column(
            "figure",
            sa.Text(),
            nullable=False,
            comment="parcels, certificates, holders, communes, connected or sources.",
        ),
        sa.Column("held", sa.Integer(), nullable=False, comment="What was kept."),
        sa.Column("counted", sa.Integer(), nullable=False, comment="What the parcels say."),
        sa.CheckConstraint(
            "source IN ('COUNTER','EVENTS','CONNECTED','MONTH')", name=op.f("recount_difference_source_check")
        ),
        sa.CheckConstraint("held <> counted", name=op.f("recount_difference_differs_check")),
        sa.CheckConstraint(
            "(source = 'CONNECTED') = (epoch_id IS NOT NULL)", name=op.f("recount_difference_epoch_check")
        ),
        sa.ForeignKeyConstraint(
            ["recount_id"], ["stats.recount.recount_id"], name=op.f("recount_difference_recount_id_fk")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["ref.unit.unit_id"], name=op.f("recount_difference_unit_id_fk")),
        sa.PrimaryKeyConstraint("difference_id", name=op.f("recount_difference_pk")),
        schema="stats",
        comment="A figure that was not what the parcels say. Append-only.",
    )
    op.create_index("recount_difference_recount_idx", "recount_difference", ["recount_id"], schema="stats")
    op.create_table(
        "mend",
        _identity("mend_id", "Identity."),
        sa.Column("recount_id", sa.BigInteger(), nullable=False, comment="The recount whose differences went."),
        sa.Column("person_id", sa.BigInteger(), nullable=False, comment="The administrator who had it done."),
        sa.Column("reason", sa.Text(), nullable=False, comment="Why, in a sentence."),
        _recorded("mended_at", "When."),
        sa.CheckConstraint("reason <> ''", name=op.f("mend_reason_check")),
        sa.ForeignKeyConstraint(["recount_id"], ["stats.recount.recount_id"], name=op.f("mend_recount_id_fk")),
        sa.ForeignKeyConstraint(["person_id"], ["org.person.person_id"], name=op.f("mend_person_id_fk")),
        sa.PrimaryKeyConstraint("mend_id", name=op.f("mend_pk")),
        schema="stats",
        comment="Figures set to what the parcels say, by a person with a reason. Append-only.",
    )
    op.add_column(
        "coverage_event",
        sa.Column(
            "mend_id",
            sa.BigInteger(),
            nullable=True,
            comment="The mending that set events right; it stands under the commune's last publication.",
        ),
        schema="stats",
    )
    op.create_foreign_key(
        op.f("coverage_event_mend_id_fk"),
        "coverage_event",
        "mend",
        ["mend_id"],
        ["mend_id"],
        source_schema="stats",
        referent_schema="stats",
    )
    for table in _TABLES:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON stats.{table} "
            "FOR EACH ROW EXECUTE FUNCTION audit.refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER never_empty BEFORE TRUNCATE ON stats.{table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change()"
        )


def downgrade() -> None:
    op.drop_column("coverage_event", "mend_id", schema="stats")
    for table in ("mend", "recount_difference", "recount"):
        op.drop_table(table, schema="stats")

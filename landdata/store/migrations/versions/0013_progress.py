"""How far a run is: its stage, and rows done of rows there are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "run", sa.Column("stage", sa.Text(), nullable=True, comment="Where a delivery is on its way."), schema="sync"
    )
    for name, words in (
        ("stage_done", "Rows that are through this stage."),
        ("stage_total", "Rows there are in this stage; 0: not known yet."),
    ):
        op.add_column(
            "run",
            sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False, comment=words),
            schema="sync",
        )
    op.create_check_constraint(
        op.f("run_stage_check"),
        "run",
        "stage IN ('RECEIVED','READING','CHECKING','COMPARING','PUBLISHING','DONE')",
        schema="sync",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("run_stage_check"), "run", schema="sync", type_="check")
    for name in ("stage_total", "stage_done", "stage"):
        op.drop_column("run", name, schema="sync")

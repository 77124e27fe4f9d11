"""When the end of a run is expected."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "run",
        sa.Column(
            "expected_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When its end is expected, by its pace; null: not known.",
        ),
        schema="sync",
    )


def downgrade() -> None:
    op.drop_column("run", "expected_at", schema="sync")

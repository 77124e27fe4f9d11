"""Look-ups refused while the access log could not be written get their rows later: when they were refused, and each once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

# The log is read once for it: the column has just come, so no row can break it. "Not validated" cannot be compared with the tables.
_GUARDS = """
ALTER TABLE audit.access_event ADD CONSTRAINT access_event_late_check
  CHECK (refused_at IS NULL OR (status = 'REFUSED' AND fields_mask = 0));
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit.late_line FOR EACH ROW EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER never_empty BEFORE TRUNCATE ON audit.late_line FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
"""


def upgrade() -> None:
    op.add_column(
        "access_event",
        sa.Column(
            "refused_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it was refused, by the clock of the API, where its row could only be written later; null: at once.",
        ),
        schema="audit",
    )
    op.create_table(
        "late_line",
        sa.Column("line_id", sa.Uuid(), nullable=False, comment="Of the line that waited on disk."),
        sa.Column(
            "written_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="When.",
        ),
        sa.PrimaryKeyConstraint("line_id", name=op.f("late_line_pk")),
        schema="audit",
        comment="Refusals that waited on disk and are in the access log now: none gets a second row. Append-only.",
    )
    op.execute(_GUARDS)


def downgrade() -> None:
    op.execute("DROP FUNCTION IF EXISTS audit.note_refusals(jsonb)")
    op.drop_table("late_line", schema="audit")
    op.execute("ALTER TABLE audit.access_event DROP CONSTRAINT access_event_late_check")
    op.drop_column("access_event", "refused_at", schema="audit")

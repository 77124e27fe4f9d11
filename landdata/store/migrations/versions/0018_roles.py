"""Row-level security of deliveries by office; the log's partitions are made with the owner's rights."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

# Once for a statement: without the bracket it would be asked for every row. Empty after a transaction that set it.
_ACTING = "(SELECT nullif(current_setting('landdata.office', true), '')::bigint)"
_OWN = f"office_id = {_ACTING}"
# The deliveries that the asking role may see; its policy there names the office.
_OF_OWN = "EXISTS (SELECT FROM intake.delivery d WHERE d.delivery_id = {}.delivery_id)"
_RUN_OF_OWN = (
    "CASE WHEN job = 'deliver' THEN EXISTS (SELECT FROM intake.delivery d WHERE d.delivery_uid = subject::uuid) "
    "ELSE false END"
)

# table -> roles that see every row of it, and what they may do with it
_WHOLE = {
    "intake.delivery": ("worker", "gate", "dashboard"),
    "intake.delivery_layer": ("worker", "dashboard"),
    "intake.delivery_commune": ("worker", "gate", "dashboard"),
    "intake.finding": ("worker",),
    "intake.decision": ("worker",),
    "sync.run": ("worker",),
    "sync.step": ("worker",),
}
# An office hands in, looks, and says its second person's word on what waits; the rest is the worker's doing.
# (table, command, rows it reaches, what they may become)
_UPLOADER: tuple[tuple[str, str, str | None, str | None], ...] = (
    ("intake.delivery", "select", _OWN, None),
    ("intake.delivery", "insert", None, f"{_OWN} AND state = 'RECEIVED'"),
    ("intake.delivery", "update", f"{_OWN} AND state IN ('WAITING', 'CHECKED')", f"{_OWN} AND state = 'CHECKED'"),
    ("intake.delivery_layer", "select", _OF_OWN.format("delivery_layer"), None),
    ("intake.delivery_commune", "select", _OF_OWN.format("delivery_commune"), None),
    (
        "intake.delivery_commune",
        "update",
        f"{_OF_OWN.format('delivery_commune')} AND state = 'WAITING'",
        f"{_OF_OWN.format('delivery_commune')} AND state IN ('APPROVED', 'REJECTED')",
    ),
    ("intake.finding", "select", _OF_OWN.format("finding"), None),
    ("intake.decision", "select", _OF_OWN.format("decision"), None),
    ("intake.decision", "insert", None, _OF_OWN.format("decision")),
    ("sync.run", "select", _RUN_OF_OWN, None),
    ("sync.step", "select", "EXISTS (SELECT FROM sync.run r WHERE r.run_id = step.run_id)", None),
)


def upgrade() -> None:
    owner = op.get_bind().scalar(sa.text("SELECT current_user"))
    for table, seeing in _WHOLE.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        # Without it the owner would see everything by having made the table, not by a rule that can be read here.
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        all_of_it = ", ".join([f'"{owner}"', *(f'"{owner}_{role}"' for role in seeing)])
        op.execute(f"CREATE POLICY whole ON {table} TO {all_of_it} USING (true) WITH CHECK (true)")
    for table, command, reached, becoming in _UPLOADER:
        rule = (f" USING ({reached})" if reached else "") + (f" WITH CHECK ({becoming})" if becoming else "")
        op.execute(f'CREATE POLICY own_{command} ON {table} FOR {command} TO "{owner}_uploader"{rule}')
    op.execute("ALTER FUNCTION audit.ensure_partitions(integer) SECURITY DEFINER SET search_path = pg_catalog, pg_temp")


def downgrade() -> None:
    op.execute("ALTER FUNCTION audit.ensure_partitions(integer) SECURITY INVOKER RESET search_path")
    for table, command, _, _ in _UPLOADER:
        op.execute(f"DROP POLICY own_{command} ON {table}")
    for table in _WHOLE:
        op.execute(f"DROP POLICY whole ON {table}")
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")

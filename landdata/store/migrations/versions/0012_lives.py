"""The life of a delivery: kinds, waiting for a second person, decisions, lineage, assertions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# The ledger must balance across its tables too: what communes and findings say is what the layers say.
_LEDGER = """
CREATE FUNCTION intake.ledger_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  layers record;
  communes record;
  refused bigint;
BEGIN
  SELECT coalesce(sum(rows_new), 0) AS rows_new, coalesce(sum(rows_changed), 0) AS rows_changed,
         coalesce(sum(rows_unchanged), 0) AS rows_unchanged, coalesce(sum(rows_waiting), 0) AS rows_waiting,
         coalesce(sum(rows_refused), 0) AS rows_refused
    INTO layers FROM intake.delivery_layer WHERE delivery_id = NEW.delivery_id;
  SELECT coalesce(sum(rows_new), 0) AS rows_new, coalesce(sum(rows_changed), 0) AS rows_changed,
         coalesce(sum(rows_unchanged), 0) AS rows_unchanged, coalesce(sum(rows_waiting), 0) AS rows_waiting
    INTO communes FROM intake.delivery_commune WHERE delivery_id = NEW.delivery_id;
  SELECT count(*) INTO refused FROM (
    SELECT DISTINCT layer, row_no FROM intake.finding
    WHERE delivery_id = NEW.delivery_id AND severity = 'REFUSES_RECORD' AND row_no IS NOT NULL) one;
  IF (layers.rows_new, layers.rows_changed, layers.rows_unchanged, layers.rows_waiting)
     IS DISTINCT FROM (communes.rows_new, communes.rows_changed, communes.rows_unchanged, communes.rows_waiting) THEN
    RAISE EXCEPTION 'delivery %: the ledger and its communes differ', NEW.delivery_id USING ERRCODE = 'check_violation';
  END IF;
  IF layers.rows_refused <> refused THEN
    RAISE EXCEPTION 'delivery %: % rows refused, % with a finding', NEW.delivery_id, layers.rows_refused, refused
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION intake.ledger_balances() IS
  'A delivery ends only when layers, communes and findings agree on every row.';
CREATE CONSTRAINT TRIGGER ledger_balances AFTER UPDATE OF state ON intake.delivery DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.state IN ('PUBLISHED', 'WAITING')) EXECUTE FUNCTION intake.ledger_balances();
CREATE FUNCTION intake.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of %.% are only ever added', TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
COMMENT ON FUNCTION intake.refuse_change() IS 'Decisions are never changed or removed.';
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON intake.decision
  FOR EACH STATEMENT EXECUTE FUNCTION intake.refuse_change();
"""

_ROWS = {
    "rows_new": "Accepted rows of records that were not on record.",
    "rows_changed": "Accepted rows of records that replaced another version.",
    "rows_unchanged": "Accepted rows of records that were on record just so.",
    "rows_held": "Accepted rows that were sent back after the comparison, each with a finding.",
    "records_held": "Records those rows belong to.",
    "rows_waiting": "Accepted rows that wait for a second person.",
    "unclaimed": "Parcels of communes split on 1 July 2025 and the like that no row of this one names.",
}
# table, constraint -> condition before and after.
_CHECKS = {
    ("delivery", "profile"): ("profile IN ('flat')", "profile IN ('flat','vbdlis')"),
    ("delivery", "kind"): ("kind IN ('full')", "kind IN ('full','changes')"),
    ("delivery_layer", "balance"): (
        "rows_read = rows_new + rows_changed + rows_unchanged + rows_refused",
        "rows_read = rows_new + rows_changed + rows_unchanged + rows_refused + rows_waiting",
    ),
    ("delivery_layer", "not_negative"): (
        "least(rows_read, rows_new, rows_changed, rows_unchanged, rows_refused) >= 0",
        "least(rows_read, rows_new, rows_changed, rows_unchanged, rows_refused, rows_waiting) >= 0",
    ),
}
_COMMENTS = {
    "intake.delivery.profile": ("flat.", "flat or vbdlis: the shape of the rows."),
    "intake.delivery.kind": (
        "full: these communes as they are now.",
        "full: these communes as they are now; changes: these rows, each with its operation.",
    ),
    "intake.delivery.finished_at": (
        "When it was published or refused.",
        "When it was published, refused or withdrawn.",
    ),
    "land.record.restores_record_id": (
        "The version a withdrawal brought back.",
        "The version a withdrawal brought back: always the one first delivered.",
    ),
}


def upgrade() -> None:
    _deliveries()
    _communes()
    _replace(1)
    op.create_table(
        "decision",
        sa.Column("decision_id", sa.BigInteger(), sa.Identity(always=True), nullable=False, comment="Identity."),
        sa.Column("delivery_id", sa.BigInteger(), nullable=False, comment="The delivery."),
        sa.Column("verdict", sa.Text(), nullable=False, comment="APPROVE, REJECT or WITHDRAW."),
        sa.Column(
            "unit_ids", postgresql.ARRAY(sa.Integer()), nullable=False, comment="The commune versions it is about."
        ),
        sa.Column("decided_by", sa.BigInteger(), nullable=False, comment="Who decided."),
        sa.Column(
            "client_id", sa.Text(), nullable=True, comment="OAuth client it came through; null: the command line."
        ),
        sa.Column("reason", sa.Text(), nullable=False, comment="Why, in the person's words."),
        sa.Column(
            "decided_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="When.",
        ),
        sa.CheckConstraint("verdict IN ('APPROVE','REJECT','WITHDRAW')", name=op.f("decision_verdict_check")),
        sa.ForeignKeyConstraint(["decided_by"], ["org.person.person_id"], name=op.f("decision_decided_by_fk")),
        sa.ForeignKeyConstraint(["delivery_id"], ["intake.delivery.delivery_id"], name=op.f("decision_delivery_id_fk")),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("decision_pk")),
        schema="intake",
        comment="What people decided about deliveries; rows are only ever added.",
    )
    op.create_index("decision_delivery_idx", "decision", ["delivery_id"], unique=False, schema="intake")
    _lineage()
    _assertion()
    op.execute(_LEDGER)


def _deliveries() -> None:
    op.add_column(
        "delivery",
        sa.Column(
            "communes",
            postgresql.ARRAY(sa.Text()),
            nullable=True,
            comment="Codes of the communes it speaks for, as the sender named them; null: those of its rows.",
        ),
        schema="intake",
    )
    op.add_column(
        "delivery",
        sa.Column(
            "doubts",
            postgresql.JSONB(),
            server_default=sa.text("'[]'"),
            nullable=False,
            comment="What rules could not settle about it as a whole, so that a second person has to look: "
            "code and details.",
        ),
        schema="intake",
    )
    op.add_column(
        "delivery_layer",
        sa.Column(
            "rows_waiting",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Rows of communes that wait for a second person; 0 when the delivery has ended.",
        ),
        schema="intake",
    )


def _communes() -> None:
    op.add_column("delivery_commune", sa.Column("state", sa.Text(), nullable=True), schema="intake")
    op.execute(
        "UPDATE intake.delivery_commune SET state = CASE WHEN publication_id IS NULL THEN 'LEFT' ELSE 'PUBLISHED' END"
    )
    op.alter_column(
        "delivery_commune",
        "state",
        nullable=False,
        comment="WAITING, APPROVED, REJECTED, PUBLISHED, LEFT (as it was) or WITHDRAWN.",
        schema="intake",
    )
    op.add_column(
        "delivery_commune",
        sa.Column(
            "reasons",
            postgresql.JSONB(),
            server_default=sa.text("'[]'"),
            nullable=False,
            comment="Why a second person has to look: code and details; kept after the decision.",
        ),
        schema="intake",
    )
    for name, words in _ROWS.items():
        column = sa.Column(name, sa.Integer(), server_default=sa.text("0"), nullable=False, comment=words)
        op.add_column("delivery_commune", column, schema="intake")
    for name, rule in {
        "rows_not_negative": "least(rows_new, rows_changed, rows_unchanged, rows_held, records_held, rows_waiting, "
        "unclaimed) >= 0",
        "state": "state IN ('WAITING','APPROVED','REJECTED','PUBLISHED','LEFT','WITHDRAWN')",
        "published": "(publication_id IS NOT NULL) = (state IN ('PUBLISHED','WITHDRAWN'))",
        "waiting": "rows_waiting = 0 OR state IN ('WAITING','APPROVED','REJECTED')",
    }.items():
        op.create_check_constraint(op.f(f"delivery_commune_{name}_check"), "delivery_commune", rule, schema="intake")


def _lineage() -> None:
    op.create_table(
        "lineage",
        sa.Column("commune_id", sa.Integer(), nullable=False, comment="Commune version; distribution column."),
        sa.Column("record_id", sa.BigInteger(), nullable=False, comment="The record it belongs to."),
        sa.Column("parcel_no", sa.SmallInteger(), nullable=False, comment="Number within the record, from 1."),
        sa.Column("parent_no", sa.SmallInteger(), nullable=False, comment="Number within the record, from 1."),
        sa.Column("parent_commune", sa.Text(), nullable=False, comment="Code of the parent's commune, as delivered."),
        sa.Column(
            "parent_commune_id",
            sa.Integer(),
            nullable=True,
            comment="The commune version meant, where one in force or one it came from has the code.",
        ),
        sa.Column("parent_sheet", sa.Integer(), nullable=False, comment="Map sheet of the parent."),
        sa.Column("parent_parcel", sa.Integer(), nullable=False, comment="Number of the parent on its sheet."),
        sa.CheckConstraint("parent_sheet > 0 AND parent_parcel > 0", name=op.f("lineage_numbers_check")),
        sa.ForeignKeyConstraint(
            ["commune_id", "record_id", "parcel_no"],
            ["land.parcel.commune_id", "land.parcel.record_id", "land.parcel.parcel_no"],
            name=op.f("lineage_commune_id_record_id_parcel_no_fk"),
        ),
        sa.PrimaryKeyConstraint("commune_id", "record_id", "parcel_no", "parent_no", name=op.f("lineage_pk")),
        schema="land",
        comment="What a parcel was split or merged from (LADM: LA_SpatialSource chain; thua_goc).",
    )
    parent = ["commune_id", "parent_commune_id", "parent_sheet", "parent_parcel"]
    op.create_index("lineage_parent_idx", "lineage", parent, unique=False, schema="land")


def _assertion() -> None:
    op.create_table(
        "assertion",
        sa.Column("commune_id", sa.Integer(), nullable=False, comment="Commune version; distribution column."),
        sa.Column("record_id", sa.BigInteger(), nullable=False, comment="The record found unchanged."),
        sa.Column("delivery_id", sa.BigInteger(), nullable=False, comment="The delivery of kind changes that says so."),
        sa.ForeignKeyConstraint(
            ["commune_id", "record_id"],
            ["land.record.commune_id", "land.record.record_id"],
            name=op.f("assertion_commune_id_record_id_fk"),
        ),
        sa.PrimaryKeyConstraint("commune_id", "record_id", "delivery_id", name=op.f("assertion_pk")),
        schema="land",
        comment="Records that a later delivery of changes repeated; a full delivery asserts its communes as a whole.",
    )
    op.create_index("assertion_delivery_idx", "assertion", ["delivery_id"], unique=False, schema="land")


def _replace(after: int) -> None:
    for (table, name), rules in _CHECKS.items():
        full = op.f(f"{table}_{name}_check")
        op.drop_constraint(full, table, schema="intake")
        op.create_check_constraint(full, table, rules[after], schema="intake")
    for column, words in _COMMENTS.items():
        op.execute(f"COMMENT ON COLUMN {column} IS '{words[after]}'")


def downgrade() -> None:
    op.execute("DROP TRIGGER ledger_balances ON intake.delivery")
    op.execute("DROP FUNCTION intake.ledger_balances()")
    op.drop_table("assertion", schema="land")
    op.drop_table("lineage", schema="land")
    op.drop_table("decision", schema="intake")
    op.execute("DROP FUNCTION intake.refuse_change()")
    _replace(0)
    for name in ("rows_not_negative", "state", "published", "waiting"):
        op.drop_constraint(op.f(f"delivery_commune_{name}_check"), "delivery_commune", schema="intake")
    for name in ("state", "reasons", *_ROWS):
        op.drop_column("delivery_commune", name, schema="intake")
    op.drop_column("delivery_layer", "rows_waiting", schema="intake")
    op.drop_column("delivery", "doubts", schema="intake")
    op.drop_column("delivery", "communes", schema="intake")

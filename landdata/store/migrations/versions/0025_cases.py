"""The clerks' work list of holders that were not linked, and what they decide about them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_ACTING = "(SELECT nullif(current_setting('landdata.office', true), '')::bigint)"
_OWN = f"office_id = {_ACTING}"
_OF_OWN = "EXISTS (SELECT FROM match.decision d WHERE d.decision_id = decision_step.decision_id)"
# (table, command, rows it reaches, what they may become): an office decides for itself, and the rest is matching's doing.
_UPLOADER: tuple[tuple[str, str, str | None, str | None], ...] = (
    ("match.decision", "select", _OWN, None),
    ("match.decision", "insert", None, f"{_OWN} AND approved_by IS NULL AND person_ref IS NULL AND NOT contradicted"),
    ("match.decision", "update", f"{_OWN} AND state IN ('WAITING', 'IN_FORCE')", _OWN),
    ("match.decision_step", "select", _OF_OWN, None),
    ("match.decision_step", "insert", None, f"{_OF_OWN} AND person_id IS NOT NULL"),
)
_ROLES = (
    "role IN ('BACKFILL','MINISTRY_VIEWER','MINISTRY_BACKFILL','LAND_OFFICER',{}'SECOND_APPROVER','SECURITY_OFFICER',"
    "'INSPECTOR','ADMINISTRATOR')"
)
_FUNCTIONS = """
DROP FUNCTION IF EXISTS match.cases(uuid, integer, smallint, text[], text, text, integer, integer, timestamptz, uuid, integer);
DROP FUNCTION IF EXISTS match.case_counts(integer, smallint);
DROP FUNCTION IF EXISTS match.case_records(uuid, integer);
DROP FUNCTION IF EXISTS match.case_decisions(uuid);
DROP FUNCTION IF EXISTS match.ask_worker();
DROP FUNCTION IF EXISTS match.own_communes(integer, smallint);
"""


def upgrade() -> None:
    _make_list()
    _make_decisions()
    op.execute("INSERT INTO match.doubt_state DEFAULT VALUES")
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON match.decision_step "
        "FOR EACH STATEMENT EXECUTE FUNCTION people.refuse_change()"
    )
    owner = op.get_bind().scalar(sa.text("SELECT current_user"))
    for table in ("match.decision", "match.decision_step"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        all_of_it = ", ".join([f'"{owner}"', *(f'"{owner}_{role}"' for role in ("worker", "gate"))])
        op.execute(f"CREATE POLICY whole ON {table} TO {all_of_it} USING (true) WITH CHECK (true)")
    for table, command, reached, becoming in _UPLOADER:
        rule = (f" USING ({reached})" if reached else "") + (f" WITH CHECK ({becoming})" if becoming else "")
        op.execute(f'CREATE POLICY own_{command} ON {table} FOR {command} TO "{owner}_uploader"{rule}')
    _allow_role("'MATCHING_CLERK',")


def downgrade() -> None:
    op.execute(_FUNCTIONS)
    for table in ("decision_step", "decision", "doubt_state", "doubt"):
        op.drop_table(table, schema="match")
    # A grant is kept for good by a trigger; with the role gone nobody could hold it.
    op.execute("ALTER TABLE org.role_grant DISABLE TRIGGER kept")
    op.execute("DELETE FROM org.role_grant WHERE role = 'MATCHING_CLERK'")
    op.execute("ALTER TABLE org.role_grant ENABLE TRIGGER kept")
    _allow_role("")


def _allow_role(more: str) -> None:
    op.drop_constraint(op.f("role_grant_role_check"), "role_grant", schema="org")
    op.create_check_constraint(op.f("role_grant_role_check"), "role_grant", _ROLES.format(more), schema="org")


def _make_list() -> None:
    op.create_table(
        "doubt",
        sa.Column("commune_id", sa.Integer(), nullable=False, comment="Commune version of the records."),
        sa.Column("identity_key", sa.UUID(), nullable=False, comment="The claim: one case, in however many communes."),
        sa.Column(
            "status",
            sa.Text(),
            nullable=False,
            comment="Status of the claim: a copy, so that a province is listed and counted without it.",
        ),
        sa.Column(
            "reasons",
            postgresql.ARRAY(sa.Text()),
            nullable=False,
            comment="Reason codes of the claim, without evidence: a copy likewise.",
        ),
        sa.Column(
            "certificates", sa.Integer(), nullable=False, comment="Certificates on record here that name the holder."
        ),
        sa.Column("parcels", sa.Integer(), nullable=False, comment="Parcels of the holder on record here."),
        sa.Column(
            "first_seen_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When a certificate first named the holder.",
        ),
        sa.CheckConstraint("certificates >= 0 AND parcels >= 0", name=op.f("doubt_counts_check")),
        sa.PrimaryKeyConstraint("commune_id", "identity_key", name=op.f("doubt_pk")),
        schema="match",
        comment="The clerks' work list: current holders who were asked about and not linked, or whose decision is contradicted.",
    )
    op.create_index("doubt_identity_idx", "doubt", ["identity_key"], unique=False, schema="match")
    op.create_table(
        "doubt_state",
        sa.Column(
            "only_one", sa.Boolean(), server_default=sa.text("true"), nullable=False, comment="There is one row."
        ),
        sa.Column(
            "done_tx",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Publications of transactions below it are in the list.",
        ),
        sa.CheckConstraint("only_one", name=op.f("doubt_state_only_one_check")),
        sa.PrimaryKeyConstraint("only_one", name=op.f("doubt_state_pk")),
        schema="match",
        comment="How far the work list follows what is published.",
    )


def _make_decisions() -> None:
    op.create_table(
        "decision",
        sa.Column("decision_id", sa.BigInteger(), sa.Identity(always=True), nullable=False, comment="Identity."),
        sa.Column(
            "identity_key",
            sa.UUID(),
            nullable=False,
            comment="The claim: what certificates say, whichever delivery says it.",
        ),
        sa.Column("kind", sa.Text(), nullable=False, comment="CONFIRM, CORRECT or REJECT."),
        sa.Column(
            "state",
            sa.Text(),
            nullable=False,
            comment="WAITING for a second person, IN_FORCE, REFUSED, WITHDRAWN or REPLACED.",
        ),
        sa.Column("office_id", sa.BigInteger(), nullable=False, comment="The land office whose decision it is."),
        sa.Column("asked_by", sa.BigInteger(), nullable=False, comment="First person."),
        sa.Column("approved_by", sa.BigInteger(), nullable=True, comment="Second person."),
        sa.Column("found_status", sa.Text(), nullable=False, comment="Status of the claim that was decided about."),
        sa.Column(
            "found",
            postgresql.ARRAY(sa.Text()),
            nullable=False,
            comment="Its reason codes: what the persons who decided knew to differ.",
        ),
        sa.Column(
            "person_ref",
            sa.Text(),
            nullable=True,
            comment="Whom the platform then named as the bearer; its own opaque reference.",
        ),
        sa.Column(
            "name",
            sa.Text(),
            nullable=True,
            comment="CORRECT: the name as it should be read; null: as on the certificate.",
        ),
        sa.Column(
            "id_number_sealed",
            sa.LargeBinary(),
            nullable=True,
            comment="CORRECT: the number as it should be read, AES-256-GCM.",
        ),
        sa.Column(
            "birth_date", sa.Date(), nullable=True, comment="CORRECT: the full date of birth as it should be read."
        ),
        sa.Column(
            "birth_year", sa.SmallInteger(), nullable=True, comment="CORRECT: the year of birth as it should be read."
        ),
        sa.Column(
            "due",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="True until the worker has put it to the platform.",
        ),
        sa.Column(
            "contradicted",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="True when a later answer speaks against it.",
        ),
        sa.Column(
            "asked_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="When it was asked for.",
        ),
        sa.CheckConstraint(
            "(kind = 'CORRECT') = (num_nonnulls(name, id_number_sealed, birth_date, birth_year) > 0)",
            name=op.f("decision_corrected_check"),
        ),
        sa.CheckConstraint(
            "kind <> 'CONFIRM' OR state <> 'IN_FORCE' OR approved_by IS NOT NULL", name=op.f("decision_approved_check")
        ),
        sa.CheckConstraint("kind IN ('CONFIRM','CORRECT','REJECT')", name=op.f("decision_kind_check")),
        sa.CheckConstraint("state <> 'WAITING' OR kind = 'CONFIRM'", name=op.f("decision_waiting_check")),
        sa.CheckConstraint(
            "state IN ('WAITING','IN_FORCE','REFUSED','WITHDRAWN','REPLACED')", name=op.f("decision_state_check")
        ),
        sa.CheckConstraint("approved_by IS DISTINCT FROM asked_by", name=op.f("decision_second_person_check")),
        sa.CheckConstraint("name IS NFC NORMALIZED", name=op.f("decision_nfc_check")),
        sa.ForeignKeyConstraint(["approved_by"], ["org.person.person_id"], name=op.f("decision_approved_by_fk")),
        sa.ForeignKeyConstraint(["asked_by"], ["org.person.person_id"], name=op.f("decision_asked_by_fk")),
        sa.ForeignKeyConstraint(["office_id"], ["org.office.office_id"], name=op.f("decision_office_id_fk")),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("decision_pk")),
        schema="match",
        comment="What clerks decided about holders that were not linked; it hangs on what the certificate says, not on a delivery.",
    )
    op.create_index(
        "decision_correction_key",
        "decision",
        ["identity_key"],
        unique=True,
        schema="match",
        postgresql_where=sa.text("state = 'IN_FORCE' AND kind = 'CORRECT'"),
    )
    op.create_index(
        "decision_due_idx", "decision", ["decision_id"], unique=False, schema="match", postgresql_where=sa.text("due")
    )
    op.create_index("decision_identity_idx", "decision", ["identity_key"], unique=False, schema="match")
    op.create_index(
        "decision_verdict_key",
        "decision",
        ["identity_key"],
        unique=True,
        schema="match",
        postgresql_where=sa.text("state IN ('WAITING','IN_FORCE') AND kind <> 'CORRECT'"),
    )
    op.create_table(
        "decision_step",
        sa.Column("step_id", sa.BigInteger(), sa.Identity(always=True), nullable=False, comment="Identity."),
        sa.Column("decision_id", sa.BigInteger(), nullable=False, comment="The decision."),
        sa.Column(
            "step",
            sa.Text(),
            nullable=False,
            comment="ASKED, APPROVED, REFUSED, WITHDRAWN or REPLACED by a person; ANSWERED, CONTRADICTED or HELD by matching.",
        ),
        sa.Column("person_id", sa.BigInteger(), nullable=True, comment="Who; null: matching."),
        sa.Column(
            "reason",
            sa.Text(),
            nullable=False,
            comment="Why, in the person's words; for matching the outcome and its codes.",
        ),
        sa.Column("evidence", sa.Text(), nullable=True, comment="Reference of the document that shows it."),
        sa.Column(
            "at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="When.",
        ),
        sa.CheckConstraint(
            "(person_id IS NULL) = (step IN ('ANSWERED','CONTRADICTED','HELD'))", name=op.f("decision_step_who_check")
        ),
        sa.CheckConstraint("btrim(reason) <> ''", name=op.f("decision_step_reason_check")),
        sa.CheckConstraint(
            "step <> 'ASKED' OR btrim(coalesce(evidence, '')) <> ''", name=op.f("decision_step_evidence_check")
        ),
        sa.CheckConstraint(
            "step IN ('ASKED','APPROVED','REFUSED','WITHDRAWN','REPLACED','ANSWERED','CONTRADICTED','HELD')",
            name=op.f("decision_step_step_check"),
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["match.decision.decision_id"], name=op.f("decision_step_decision_id_fk")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["org.person.person_id"], name=op.f("decision_step_person_id_fk")),
        sa.PrimaryKeyConstraint("step_id", name=op.f("decision_step_pk")),
        schema="match",
        comment="Every step of a decision: who, when, why, by which document. Rows are only ever added.",
    )
    op.create_index("decision_step_decision_idx", "decision_step", ["decision_id"], unique=False, schema="match")

"""The life of an agreement: versions whose terms stand, every step noted for good, rates, alarms."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# What was signed before steps were noted; nobody knows when it was suspended or ended.
_BEFORE = """
UPDATE share.agreement SET edited_by = drafted_by;
INSERT INTO share.agreement_event (agreement_id, step, state, person_id, reason, at)
SELECT agreement_id, 'DRAFTED', 'DRAFT', drafted_by, 'Ghi lại khi nâng cấp / noted at the upgrade', created_at
FROM share.agreement ORDER BY agreement_id;
INSERT INTO share.agreement_event (agreement_id, step, state, person_id, reason)
SELECT agreement_id, 'APPROVED', state, approved_by, 'Ghi lại khi nâng cấp / noted at the upgrade'
FROM share.agreement WHERE state <> 'DRAFT' ORDER BY agreement_id;
"""

# After, not before: the plain rules of the table speak first, under their own names.
_GUARDS = """
CREATE FUNCTION share.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of %.% are kept as they are', TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
COMMENT ON FUNCTION share.refuse_change() IS 'Agreements, their units and steps are never removed, steps and units never changed.';
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON share.agreement_event
  FOR EACH STATEMENT EXECUTE FUNCTION share.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON share.agreement_unit
  FOR EACH STATEMENT EXECUTE FUNCTION share.refuse_change();
CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON share.agreement
  FOR EACH STATEMENT EXECUTE FUNCTION share.refuse_change();

CREATE FUNCTION share.agreement_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state <> 'DRAFT' OR NEW.approved_by IS NOT NULL THEN
    RAISE EXCEPTION 'agreement %: a version begins as a draft', NEW.code
      USING ERRCODE = 'check_violation', CONSTRAINT = 'agreement_begins_as_draft';
  END IF;
  IF NEW.version <> 1 + coalesce((SELECT max(a.version) FROM share.agreement a
                                  WHERE a.code = NEW.code AND a.agreement_id <> NEW.agreement_id), 0) THEN
    RAISE EXCEPTION 'agreement %: versions count up', NEW.code
      USING ERRCODE = 'check_violation', CONSTRAINT = 'agreement_versions_count_up';
  END IF;
  IF EXISTS (SELECT FROM share.agreement a WHERE a.code = NEW.code AND a.approved_by IS NOT NULL)
     AND NOT EXISTS (SELECT FROM share.agreement a WHERE a.code = NEW.code AND a.state IN ('ACTIVE', 'SUSPENDED')) THEN
    RAISE EXCEPTION 'agreement % has ended', NEW.code USING ERRCODE = 'check_violation', CONSTRAINT = 'agreement_end_is_final';
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION share.agreement_begins() IS 'A version begins as a draft, with the next number, of an agreement that has not ended.';
CREATE TRIGGER begins AFTER INSERT ON share.agreement FOR EACH ROW EXECUTE FUNCTION share.agreement_begins();

CREATE FUNCTION share.agreement_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF to_jsonb(NEW) - '{state,approved_by}'::text[] <> to_jsonb(OLD) - '{state,approved_by}'::text[] THEN
    RAISE EXCEPTION 'agreement % version %: terms never change', OLD.code, OLD.version
      USING ERRCODE = 'check_violation', CONSTRAINT = 'agreement_terms_stand', HINT = 'Draft a new version.';
  END IF;
  IF NEW.state <> OLD.state AND NOT (OLD.state, NEW.state) IN (
      ('DRAFT', 'ACTIVE'), ('DRAFT', 'SUSPENDED'), ('DRAFT', 'ENDED'), ('ACTIVE', 'SUSPENDED'), ('SUSPENDED', 'ACTIVE'),
      ('ACTIVE', 'ENDED'), ('SUSPENDED', 'ENDED')) THEN
    RAISE EXCEPTION 'agreement %: from % no step leads to %', OLD.code, OLD.state, NEW.state
      USING ERRCODE = 'check_violation', CONSTRAINT = 'agreement_steps';
  END IF;
  IF (NEW.approved_by IS DISTINCT FROM OLD.approved_by) <> (OLD.state = 'DRAFT' AND NEW.state IN ('ACTIVE', 'SUSPENDED')) THEN
    RAISE EXCEPTION 'agreement %: approved once, when it comes into force', OLD.code
      USING ERRCODE = 'check_violation', CONSTRAINT = 'agreement_approved_once';
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION share.agreement_moves() IS 'Terms of a version never change, its state only along the steps, its approval once.';
CREATE TRIGGER moves AFTER UPDATE ON share.agreement FOR EACH ROW EXECUTE FUNCTION share.agreement_moves();

CREATE FUNCTION share.step_is_noted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM share.agreement_event e WHERE e.agreement_id = NEW.agreement_id AND e.state = NEW.state
                   AND e.tx = pg_current_xact_id()::text::bigint) THEN
    RAISE EXCEPTION 'agreement %: the step to % is not noted', NEW.code, NEW.state
      USING ERRCODE = 'check_violation', CONSTRAINT = 'agreement_step_noted';
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION share.step_is_noted() IS 'No step without who and why, in the same transaction.';
CREATE CONSTRAINT TRIGGER step_noted AFTER INSERT OR UPDATE OF state ON share.agreement DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION share.step_is_noted();

CREATE FUNCTION share.event_is_true() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.at := clock_timestamp();
  NEW.tx := pg_current_xact_id()::text::bigint;
  IF NEW.state <> (SELECT a.state FROM share.agreement a WHERE a.agreement_id = NEW.agreement_id) THEN
    RAISE EXCEPTION 'a step is noted as it was taken' USING ERRCODE = 'check_violation', CONSTRAINT = 'agreement_event_true';
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION share.event_is_true() IS 'A noted step says the state that the agreement has, at the time of the database.';
CREATE TRIGGER is_true BEFORE INSERT ON share.agreement_event FOR EACH ROW EXECUTE FUNCTION share.event_is_true();

CREATE FUNCTION share.unit_is_drafted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT a.state FROM share.agreement a WHERE a.agreement_id = NEW.agreement_id) <> 'DRAFT' THEN
    RAISE EXCEPTION 'units are terms, and terms never change'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'agreement_unit_terms_stand';
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION share.unit_is_drafted() IS 'Units are named while a version is a draft.';
CREATE TRIGGER is_drafted AFTER INSERT ON share.agreement_unit FOR EACH ROW EXECUTE FUNCTION share.unit_is_drafted();
"""

# In the database: whatever asks through the gate, the alarm stands when the refusal does.
_ALARM = """
CREATE FUNCTION share.raise_alarm() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = share, pg_temp AS $$
BEGIN
  INSERT INTO share.alarm (kind, client_id, on_day, agreement_id, access_id)
  VALUES (NEW.reason, NEW.client_id, (NEW.at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date, NEW.agreement_id, NEW.access_id)
  ON CONFLICT (client_id, kind, on_day) DO NOTHING;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION share.raise_alarm() IS 'The first refusal of a day for a used-up quota is an alarm: someone may be copying.';
CREATE TRIGGER raise_alarm AFTER INSERT ON audit.access_event
  FOR EACH ROW WHEN (NEW.reason = 'QUOTA_USED_UP') EXECUTE FUNCTION share.raise_alarm();
"""
_GONE = """
DROP TRIGGER raise_alarm ON audit.access_event;
DROP FUNCTION share.raise_alarm();
DROP TRIGGER begins ON share.agreement;
DROP TRIGGER moves ON share.agreement;
DROP TRIGGER step_noted ON share.agreement;
DROP TRIGGER kept ON share.agreement;
DROP TRIGGER append_only ON share.agreement_unit;
DROP TRIGGER is_drafted ON share.agreement_unit;
DROP FUNCTION share.agreement_begins();
DROP FUNCTION share.agreement_moves();
DROP FUNCTION share.step_is_noted();
DROP FUNCTION share.unit_is_drafted();
"""
# One row a code again: versions before the newest get names of their own; what was never in force goes.
_ONE_A_CODE = """
DELETE FROM share.agreement_unit u USING share.agreement a
WHERE a.agreement_id = u.agreement_id AND a.state = 'ENDED' AND a.approved_by IS NULL;
DELETE FROM share.agreement WHERE state = 'ENDED' AND approved_by IS NULL;
UPDATE share.agreement a SET code = a.code || '#' || a.version
WHERE EXISTS (SELECT FROM share.agreement b WHERE b.code = a.code AND b.version > a.version);
"""

# constraint -> condition before and after; None: there was none.
_CHECKS: dict[str, tuple[str | None, str]] = {
    "approved": (
        "state = 'DRAFT' OR approved_by IS NOT NULL",
        "state IN ('DRAFT','ENDED') OR approved_by IS NOT NULL",
    ),
    "token_binding": (
        "token_binding = 'REQUIRED' OR (token_binding = 'UNBOUND' AND unbound_reason <> '')",
        # A missing reason made the old rule unknown, and what is unknown passes.
        "token_binding = 'REQUIRED' OR (token_binding = 'UNBOUND' AND btrim(coalesce(unbound_reason, '')) <> '')",
    ),
    "unedited": (None, "approved_by IS DISTINCT FROM edited_by"),
    "dates": (None, "valid_to > valid_from"),
    "quota": (None, "daily_quota > 0"),
    "rate": (None, "num_nonnulls(rate_per_second, burst) <> 1 AND rate_per_second > 0 AND burst >= 1"),
    "grounds": (None, "btrim(purpose) <> '' AND btrim(legal_ground) <> ''"),
}
_LIVE = ("agreement_live_key", "state IN ('ACTIVE','SUSPENDED')")
_DRAFT = ("agreement_draft_key", "state = 'DRAFT'")


def upgrade() -> None:
    for column in (
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False, comment="Counts up by code."),
        sa.Column("edited_by", sa.BigInteger(), nullable=True, comment="Who wrote these terms last."),
        sa.Column("rate_per_second", sa.Float(), nullable=True, comment="Requests a second; null: the service's own."),
        sa.Column("burst", sa.Integer(), nullable=True, comment="Requests at once, before the rate holds."),
    ):
        op.add_column("agreement", column, schema="share")
    op.create_table(
        "agreement_event",
        sa.Column("event_id", sa.BigInteger(), sa.Identity(always=True), nullable=False, comment="Identity."),
        sa.Column("agreement_id", sa.BigInteger(), nullable=False, comment="The version."),
        sa.Column("step", sa.Text(), nullable=False, comment="What was done."),
        sa.Column("state", sa.Text(), nullable=False, comment="State of the version from then on."),
        sa.Column("person_id", sa.BigInteger(), nullable=False, comment="Who."),
        sa.Column("reason", sa.Text(), nullable=False, comment="Why, in the person's words."),
        sa.Column(
            "at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="When.",
        ),
        sa.Column(
            "tx",
            sa.BigInteger(),
            server_default=sa.text("pg_current_xact_id()::text::bigint"),
            nullable=False,
            comment="Its transaction.",
        ),
        sa.CheckConstraint(
            "step IN ('DRAFTED','AMENDED','APPROVED','REJECTED','SUSPENDED','RESUMED','ENDED','REPLACED')",
            name=op.f("agreement_event_step_check"),
        ),
        sa.CheckConstraint("btrim(reason) <> ''", name=op.f("agreement_event_reason_check")),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["share.agreement.agreement_id"], name=op.f("agreement_event_agreement_id_fk")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["org.person.person_id"], name=op.f("agreement_event_person_id_fk")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("agreement_event_pk")),
        schema="share",
        comment="Every step in the life of an agreement: who, when, why. Rows are only ever added.",
    )
    op.create_index("agreement_event_agreement_idx", "agreement_event", ["agreement_id"], unique=False, schema="share")
    op.create_table(
        "alarm",
        sa.Column("alarm_id", sa.BigInteger(), sa.Identity(always=True), nullable=False, comment="Identity."),
        sa.Column("kind", sa.Text(), nullable=False, comment="What was seen: QUOTA_USED_UP."),
        sa.Column("client_id", sa.Text(), nullable=False, comment="Whose doing."),
        sa.Column("on_day", sa.Date(), nullable=False, comment="Day in Vietnam."),
        sa.Column("agreement_id", sa.BigInteger(), nullable=True, comment="Under which agreement."),
        sa.Column("access_id", sa.BigInteger(), nullable=False, comment="Row of the access log that raised it."),
        sa.Column(
            "at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="When.",
        ),
        sa.CheckConstraint("kind IN ('QUOTA_USED_UP')", name=op.f("alarm_kind_check")),
        sa.PrimaryKeyConstraint("alarm_id", name=op.f("alarm_pk")),
        sa.UniqueConstraint("client_id", "kind", "on_day", name=op.f("alarm_client_id_kind_on_day_key")),
        schema="share",
        comment="What somebody has to look at, once a day for each consumer and kind.",
    )
    op.execute(_BEFORE)
    op.alter_column("agreement", "edited_by", nullable=False, schema="share")
    op.create_foreign_key(
        op.f("agreement_edited_by_fk"),
        "agreement",
        "person",
        ["edited_by"],
        ["person_id"],
        source_schema="share",
        referent_schema="org",
    )
    op.drop_constraint("agreement_code_key", "agreement", schema="share", type_="unique")
    op.create_unique_constraint(op.f("agreement_code_version_key"), "agreement", ["code", "version"], schema="share")
    for name, rows in (_LIVE, _DRAFT):
        op.create_index(name, "agreement", ["code"], unique=True, schema="share", postgresql_where=sa.text(rows))
    _replace_checks(1)
    op.execute(_GUARDS)
    op.execute(_ALARM)


def downgrade() -> None:
    op.execute(_GONE)
    op.drop_table("alarm", schema="share")
    op.drop_table("agreement_event", schema="share")
    op.execute("DROP FUNCTION share.refuse_change()")
    op.execute("DROP FUNCTION share.event_is_true()")
    op.execute(_ONE_A_CODE)
    _replace_checks(0)
    for name, _ in (_LIVE, _DRAFT):
        op.drop_index(name, "agreement", schema="share")
    op.drop_constraint("agreement_code_version_key", "agreement", schema="share", type_="unique")
    op.create_unique_constraint(op.f("agreement_code_key"), "agreement", ["code"], schema="share")
    for name in ("burst", "rate_per_second", "edited_by", "version"):
        op.drop_column("agreement", name, schema="share")


def _replace_checks(which: int) -> None:
    for name, conditions in _CHECKS.items():
        full = f"agreement_{name}_check"
        if conditions[1 - which] is not None:
            op.drop_constraint(op.f(full), "agreement", schema="share", type_="check")
        condition = conditions[which]
        if condition is not None:
            op.create_check_constraint(op.f(full), "agreement", condition, schema="share")

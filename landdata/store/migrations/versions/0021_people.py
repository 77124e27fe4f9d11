"""People: accounts, sessions, second factors, tries, events; roles of persons, given by an administrator, kept for good."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_GUARDS = """
CREATE FUNCTION people.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of %.% are kept as they are', TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
COMMENT ON FUNCTION people.refuse_change() IS 'Events of people are never changed or removed, grants never removed.';
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON people.event
  FOR EACH STATEMENT EXECUTE FUNCTION people.refuse_change();
CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON org.role_grant
  FOR EACH STATEMENT EXECUTE FUNCTION people.refuse_change();
CREATE FUNCTION people.event_is_now() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.at := clock_timestamp();
  RETURN NEW;
END $$;
COMMENT ON FUNCTION people.event_is_now() IS 'An event is noted at the time of the database.';
CREATE TRIGGER is_now BEFORE INSERT ON people.event FOR EACH ROW EXECUTE FUNCTION people.event_is_now();
"""
_GONE = """
DROP TRIGGER kept ON org.role_grant;
DELETE FROM org.role_grant WHERE person_id IS NOT NULL;
DROP SCHEMA people CASCADE;
"""
_ROLES = (
    "role IN ('MINISTRY_STAFF','LAND_OFFICER','BACKFILL','SECURITY_OFFICER','INSPECTOR','ADMINISTRATOR')",
    (
        "role IN ('BACKFILL','MINISTRY_VIEWER','MINISTRY_BACKFILL','LAND_OFFICER','SECOND_APPROVER','SECURITY_OFFICER',"
        "'INSPECTOR','ADMINISTRATOR')"
    ),
)
_SECOND = ("approved_by IS DISTINCT FROM requested_by", "approved_by <> requested_by")
_NEW = {
    "whose": "(role = 'BACKFILL') = (office_id IS NOT NULL)",
    "who_asked": "(office_id IS NULL) = (requested_by IS NULL)",
    "who_gave": "office_id IS NOT NULL OR approved_by IS NOT NULL OR role = 'ADMINISTRATOR'",
}
_COMMENTS = {
    "role": (
        "MINISTRY_STAFF, LAND_OFFICER, BACKFILL, SECURITY_OFFICER, INSPECTOR or ADMINISTRATOR.",
        "A role of people, or BACKFILL, the right of an office to back-date.",
    ),
    "requested_by": (
        "First person.",
        "First person; null: a role of a person, which the administrator in approved_by gave outright.",
    ),
    "approved_by": (
        "Second person; null: not in force yet.",
        "Second person, or who gave a person''s role; null: an office''s right that is not in force yet.",
    ),
}
_TABLE = (
    "Roles: asked for by one person, approved by another, never by the one who gains.",
    "Roles of people, given by an administrator, and rights of offices, by two persons; never by the one who gains.",
)


def upgrade() -> None:
    op.execute("CREATE SCHEMA people")
    op.execute(
        "COMMENT ON SCHEMA people IS 'Accounts of officials, their sessions and second factors, and what is noted of them.'"
    )
    op.create_table(
        "attempt",
        sa.Column("subject", sa.LargeBinary(), nullable=False, comment="SHA-256 of an account's or an address's name."),
        sa.Column("failures", sa.Integer(), nullable=False, comment="Tries in a row that did not go well."),
        sa.Column("free_at", sa.DateTime(timezone=True), nullable=False, comment="When the next try is taken."),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False, comment="When the last one was."),
        sa.PrimaryKeyConstraint("subject", name=op.f("attempt_pk")),
        schema="people",
        comment="Tries to sign in, by account and by address, so that all processes agree on the back-off.",
    )
    op.create_index("attempt_last_idx", "attempt", ["last_at"], unique=False, schema="people")
    op.create_table(
        "used_state",
        sa.Column(
            "state", sa.LargeBinary(), nullable=False, comment="SHA-256 of the state of a sign-in through an issuer."
        ),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False, comment="When it would have ended anyway."),
        sa.PrimaryKeyConstraint("state", name=op.f("used_state_pk")),
        schema="people",
        comment="States that came back: each is good once.",
    )
    op.create_table(
        "account",
        sa.Column("person_id", sa.BigInteger(), nullable=False, comment="Whose account."),
        sa.Column(
            "password_hash",
            sa.Text(),
            nullable=True,
            comment="argon2id, with its parameters; null: none set yet, or none used.",
        ),
        sa.Column(
            "invitation",
            sa.LargeBinary(),
            nullable=True,
            comment="SHA-256 of the code that lets its holder set a password.",
        ),
        sa.Column("invitation_ends_at", sa.DateTime(timezone=True), nullable=True, comment="When that code ends."),
        sa.Column("totp", sa.LargeBinary(), nullable=True, comment="Secret of the second factor, sealed; null: none."),
        sa.Column(
            "totp_step", sa.BigInteger(), nullable=True, comment="Last step whose code was used: no code is good twice."
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="When it was made.",
        ),
        sa.CheckConstraint(
            "(invitation IS NULL) = (invitation_ends_at IS NULL)", name=op.f("account_invitation_check")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["org.person.person_id"], name=op.f("account_person_id_fk")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("account_pk")),
        schema="people",
        comment="How an official signs in; who that is stands in org.person.",
    )
    op.create_table(
        "event",
        sa.Column("event_id", sa.BigInteger(), sa.Identity(always=True), nullable=False, comment="Identity."),
        sa.Column(
            "at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="When.",
        ),
        sa.Column("kind", sa.Text(), nullable=False, comment="What happened."),
        sa.Column("person_id", sa.BigInteger(), nullable=True, comment="To whose account."),
        sa.Column("by_person", sa.BigInteger(), nullable=True, comment="Who did it; null: oneself, or"),
        sa.Column("address", postgresql.INET(), nullable=True, comment="from where; null: at the machine."),
        sa.Column(
            "note",
            sa.Text(),
            nullable=False,
            comment="Role, reason or cause; never a password or a name that nobody has.",
        ),
        sa.ForeignKeyConstraint(["by_person"], ["org.person.person_id"], name=op.f("event_by_person_fk")),
        sa.ForeignKeyConstraint(["person_id"], ["org.person.person_id"], name=op.f("event_person_id_fk")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("event_pk")),
        schema="people",
        comment="Sign-ins, failures, grants and changes of accounts. Rows are only ever added.",
    )
    op.create_index("event_person_idx", "event", ["person_id", "kind", "at"], unique=False, schema="people")
    op.create_table(
        "linked_identity",
        sa.Column("issuer", sa.Text(), nullable=False, comment="Issuer of OpenID Connect."),
        sa.Column("subject", sa.Text(), nullable=False, comment="Its name of the person; never an e-mail address."),
        sa.Column("person_id", sa.BigInteger(), nullable=False, comment="Who that is here."),
        sa.Column(
            "linked_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="When an administrator linked it.",
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.account.person_id"], name=op.f("linked_identity_person_id_fk")),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("linked_identity_pk")),
        schema="people",
        comment="Who may sign in through an issuer of OpenID Connect.",
    )
    op.create_table(
        "recovery_code",
        sa.Column("person_id", sa.BigInteger(), nullable=False, comment="Whose."),
        sa.Column("digest", sa.LargeBinary(), nullable=False, comment="SHA-256 of the code."),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True, comment="When it was used; it is good once."),
        sa.ForeignKeyConstraint(["person_id"], ["people.account.person_id"], name=op.f("recovery_code_person_id_fk")),
        sa.PrimaryKeyConstraint("person_id", "digest", name=op.f("recovery_code_pk")),
        schema="people",
        comment="Codes for whoever lost the second factor.",
    )
    op.create_table(
        "session",
        sa.Column("session_uid", sa.Uuid(), nullable=False, comment="Names it in lists; opens nothing."),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False, comment="SHA-256 of the cookie's secret."),
        sa.Column("person_id", sa.BigInteger(), nullable=False, comment="Whose."),
        sa.Column(
            "stage", sa.Text(), nullable=False, comment="How far the sign-in has come; only OPEN opens anything."
        ),
        sa.Column(
            "by_issuer",
            sa.Boolean(),
            nullable=False,
            comment="An issuer vouched for the person, so no password is asked for.",
        ),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False, comment="When it was begun."),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False, comment="Last use, to the minute."),
        sa.Column(
            "proved_at", sa.DateTime(timezone=True), nullable=False, comment="When the person last proved to be it."
        ),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False, comment="When it ends, used or not."),
        sa.Column("address", postgresql.INET(), nullable=False, comment="From where."),
        sa.Column("agent", sa.Text(), nullable=False, comment="Name of the browser, shortened."),
        sa.Column("totp", sa.LargeBinary(), nullable=True, comment="Secret of a second factor in the making, sealed."),
        sa.CheckConstraint(
            "stage IN ('SECOND_FACTOR','NEW_PASSWORD','ENROL','OPEN')", name=op.f("session_stage_check")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.account.person_id"], name=op.f("session_person_id_fk")),
        sa.PrimaryKeyConstraint("session_uid", name=op.f("session_pk")),
        sa.UniqueConstraint("token_hash", name=op.f("session_token_hash_key")),
        schema="people",
        comment="Sessions in force; ended ones are deleted, and noted in people.event.",
    )
    op.create_index("session_ends_idx", "session", ["ends_at"], unique=False, schema="people")
    op.create_index("session_person_idx", "session", ["person_id"], unique=False, schema="people")
    # Nobody could give such a role before, so there is none to carry over.
    op.execute("DELETE FROM org.role_grant WHERE person_id IS NOT NULL")
    op.alter_column("role_grant", "requested_by", nullable=True, schema="org")
    op.add_column(
        "role_grant",
        sa.Column("revoked_by", sa.BigInteger(), nullable=True, comment="Who ended it, for a role of a person."),
        schema="org",
    )
    op.create_foreign_key(
        op.f("role_grant_revoked_by_fk"),
        "role_grant",
        "person",
        ["revoked_by"],
        ["person_id"],
        source_schema="org",
        referent_schema="org",
    )
    _replace(1)
    for name, condition in _NEW.items():
        op.create_check_constraint(op.f(f"role_grant_{name}_check"), "role_grant", condition, schema="org")
    op.create_index(
        "role_grant_person_key",
        "role_grant",
        ["person_id", "role"],
        unique=True,
        schema="org",
        postgresql_where=sa.text("person_id IS NOT NULL AND revoked_at IS NULL"),
    )
    op.execute(_GUARDS)


def downgrade() -> None:
    op.execute(_GONE)
    op.drop_index("role_grant_person_key", "role_grant", schema="org")
    for name in _NEW:
        op.drop_constraint(op.f(f"role_grant_{name}_check"), "role_grant", schema="org", type_="check")
    _replace(0)
    op.drop_column("role_grant", "revoked_by", schema="org")
    op.alter_column("role_grant", "requested_by", nullable=False, schema="org")


def _replace(which: int) -> None:
    for name, conditions in (("role", _ROLES), ("second_person", _SECOND)):
        full = op.f(f"role_grant_{name}_check")
        op.drop_constraint(full, "role_grant", schema="org", type_="check")
        op.create_check_constraint(full, "role_grant", conditions[which], schema="org")
    for name, words in _COMMENTS.items():
        op.execute(f"COMMENT ON COLUMN org.role_grant.{name} IS '{words[which]}'")
    op.execute(f"COMMENT ON TABLE org.role_grant IS '{_TABLE[which]}'")

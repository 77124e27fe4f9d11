"""Accounts of officials, their sessions and second factors, tries to sign in, and what is noted of all that (schema people)."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import INET

from landdata.store.tables.base import col, identity, metadata, recorded

account = Table(
    "account",
    metadata,
    Column("person_id", BigInteger, ForeignKey("org.person.person_id"), primary_key=True, comment="Whose account."),
    col("password_hash", Text, null=True, comment="argon2id, with its parameters; null: none set yet, or none used."),
    col("invitation", LargeBinary, null=True, comment="SHA-256 of the code that lets its holder set a password."),
    col("invitation_ends_at", DateTime(timezone=True), null=True, comment="When that code ends."),
    col("totp", LargeBinary, null=True, comment="Secret of the second factor, sealed; null: none."),
    col("totp_step", BigInteger, null=True, comment="Last step whose code was used: no code is good twice."),
    recorded("created_at", "When it was made."),
    CheckConstraint("(invitation IS NULL) = (invitation_ends_at IS NULL)", name="invitation"),
    schema="people",
    comment="How an official signs in; who that is stands in org.person.",
)

recovery_code = Table(
    "recovery_code",
    metadata,
    Column("person_id", BigInteger, ForeignKey("people.account.person_id"), primary_key=True, comment="Whose."),
    Column("digest", LargeBinary, primary_key=True, comment="SHA-256 of the code."),
    col("used_at", DateTime(timezone=True), null=True, comment="When it was used; it is good once."),
    schema="people",
    comment="Codes for whoever lost the second factor.",
)

linked_identity = Table(
    "linked_identity",
    metadata,
    Column("issuer", Text, primary_key=True, comment="Issuer of OpenID Connect."),
    Column("subject", Text, primary_key=True, comment="Its name of the person; never an e-mail address."),
    col("person_id", BigInteger, ForeignKey("people.account.person_id"), comment="Who that is here."),
    recorded("linked_at", "When an administrator linked it."),
    schema="people",
    comment="Who may sign in through an issuer of OpenID Connect.",
)

session = Table(
    "session",
    metadata,
    Column("session_uid", Uuid, primary_key=True, comment="Names it in lists; opens nothing."),
    col("token_hash", LargeBinary, unique=True, comment="SHA-256 of the cookie's secret."),
    col("person_id", BigInteger, ForeignKey("people.account.person_id"), comment="Whose."),
    col("stage", Text, comment="How far the sign-in has come; only OPEN opens anything."),
    col("by_issuer", Boolean, comment="An issuer vouched for the person, so no password is asked for."),
    col("started_at", DateTime(timezone=True), comment="When it was begun."),
    col("seen_at", DateTime(timezone=True), comment="Last use, to the minute."),
    col("proved_at", DateTime(timezone=True), comment="When the person last proved to be it."),
    col("ends_at", DateTime(timezone=True), comment="When it ends, used or not."),
    col("address", INET, comment="From where."),
    col("agent", Text, comment="Name of the browser, shortened."),
    col("totp", LargeBinary, null=True, comment="Secret of a second factor in the making, sealed."),
    CheckConstraint("stage IN ('SECOND_FACTOR','NEW_PASSWORD','ENROL','OPEN')", name="stage"),
    Index("session_person_idx", "person_id"),
    Index("session_ends_idx", "ends_at"),
    schema="people",
    comment="Sessions in force; ended ones are deleted, and noted in people.event.",
)

attempt = Table(
    "attempt",
    metadata,
    Column("subject", LargeBinary, primary_key=True, comment="SHA-256 of an account's or an address's name."),
    col("failures", Integer, comment="Tries in a row that did not go well."),
    col("free_at", DateTime(timezone=True), comment="When the next try is taken."),
    col("last_at", DateTime(timezone=True), comment="When the last one was."),
    Index("attempt_last_idx", "last_at"),
    schema="people",
    comment="Tries to sign in, by account and by address, so that all processes agree on the back-off.",
)

used_state = Table(
    "used_state",
    metadata,
    Column("state", LargeBinary, primary_key=True, comment="SHA-256 of the state of a sign-in through an issuer."),
    col("ends_at", DateTime(timezone=True), comment="When it would have ended anyway."),
    schema="people",
    comment="States that came back: each is good once.",
)

event = Table(
    "event",
    metadata,
    identity("event_id", "Identity."),
    recorded("at", "When."),
    col("kind", Text, comment="What happened."),
    col("person_id", BigInteger, ForeignKey("org.person.person_id"), null=True, comment="To whose account."),
    col(
        "by_person", BigInteger, ForeignKey("org.person.person_id"), null=True, comment="Who did it; null: oneself, or"
    ),
    col("address", INET, null=True, comment="from where; null: at the machine."),
    col("note", Text, comment="Role, reason or cause; never a password or a name that nobody has."),
    Index("event_person_idx", "person_id", "kind", "at"),
    schema="people",
    comment="Sign-ins, failures, grants and changes of accounts. Rows are only ever added.",
)

"""Holders that are not linked with a citizen, by commune, and what clerks decide about them (schema match)."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from landdata.store.tables.base import col, identity, metadata, recorded

doubt = Table(
    "doubt",
    metadata,
    Column("commune_id", Integer, primary_key=True, comment="Commune version of the records."),
    Column(
        "identity_key", UUID(as_uuid=True), primary_key=True, comment="The claim: one case, in however many communes."
    ),
    col("status", Text, comment="Status of the claim: a copy, so that a province is listed and counted without it."),
    col("reasons", ARRAY(Text), comment="Reason codes of the claim, without evidence: a copy likewise."),
    col("certificates", Integer, comment="Certificates on record here that name the holder."),
    col("parcels", Integer, comment="Parcels of the holder on record here."),
    col("first_seen_at", DateTime(timezone=True), comment="When a certificate first named the holder."),
    CheckConstraint("certificates >= 0 AND parcels >= 0", name="counts"),
    Index("doubt_identity_idx", "identity_key"),
    schema="match",
    comment="The clerks' work list: current holders who were asked about and not linked, or whose decision is contradicted.",
)

doubt_state = Table(
    "doubt_state",
    metadata,
    Column("only_one", Boolean, primary_key=True, server_default=text("true"), comment="There is one row."),
    col(
        "done_tx",
        BigInteger,
        server_default=text("0"),
        comment="Publications of transactions below it are in the list.",
    ),
    CheckConstraint("only_one", name="only_one"),
    schema="match",
    comment="How far the work list follows what is published.",
)

decision = Table(
    "decision",
    metadata,
    identity("decision_id", "Identity."),
    col("identity_key", UUID(as_uuid=True), comment="The claim: what certificates say, whichever delivery says it."),
    col("kind", Text, comment="CONFIRM, CORRECT or REJECT."),
    col("state", Text, comment="WAITING for a second person, IN_FORCE, REFUSED, WITHDRAWN or REPLACED."),
    col("office_id", BigInteger, ForeignKey("org.office.office_id"), comment="The land office whose decision it is."),
    col("asked_by", BigInteger, ForeignKey("org.person.person_id"), comment="First person."),
    col("approved_by", BigInteger, ForeignKey("org.person.person_id"), null=True, comment="Second person."),
    col("found_status", Text, comment="Status of the claim that was decided about."),
    col("found", ARRAY(Text), comment="Its reason codes: what the persons who decided knew to differ."),
    col("person_ref", Text, null=True, comment="Whom the platform then named as the bearer; its own opaque reference."),
    col("name", Text, null=True, comment="CORRECT: the name as it should be read; null: as on the certificate."),
    col("id_number_sealed", LargeBinary, null=True, comment="CORRECT: the number as it should be read, AES-256-GCM."),
    col("birth_date", Date, null=True, comment="CORRECT: the full date of birth as it should be read."),
    col("birth_year", SmallInteger, null=True, comment="CORRECT: the year of birth as it should be read."),
    col("due", Boolean, server_default=text("false"), comment="True until the worker has put it to the platform."),
    col("contradicted", Boolean, server_default=text("false"), comment="True when a later answer speaks against it."),
    recorded("asked_at", "When it was asked for."),
    CheckConstraint("kind IN ('CONFIRM','CORRECT','REJECT')", name="kind"),
    CheckConstraint("state IN ('WAITING','IN_FORCE','REFUSED','WITHDRAWN','REPLACED')", name="state"),
    CheckConstraint("approved_by IS DISTINCT FROM asked_by", name="second_person"),
    CheckConstraint("kind <> 'CONFIRM' OR state <> 'IN_FORCE' OR approved_by IS NOT NULL", name="approved"),
    CheckConstraint("state <> 'WAITING' OR kind = 'CONFIRM'", name="waiting"),
    CheckConstraint(
        "(kind = 'CORRECT') = (num_nonnulls(name, id_number_sealed, birth_date, birth_year) > 0)", name="corrected"
    ),
    CheckConstraint("name IS NFC NORMALIZED", name="nfc"),
    Index("decision_identity_idx", "identity_key"),
    Index("decision_due_idx", "decision_id", postgresql_where=text("due")),
    # One verdict and one correction hold at a time, and one verdict waits.
    Index(
        "decision_verdict_key", "identity_key", unique=True,
        postgresql_where=text("state IN ('WAITING','IN_FORCE') AND kind <> 'CORRECT'"),
    ),
    Index(
        "decision_correction_key", "identity_key", unique=True,
        postgresql_where=text("state = 'IN_FORCE' AND kind = 'CORRECT'"),
    ),
    schema="match",
    comment="What clerks decided about holders that were not linked; it hangs on what the certificate says, not on a delivery.",
)  # fmt: skip

decision_step = Table(
    "decision_step",
    metadata,
    identity("step_id", "Identity."),
    col("decision_id", BigInteger, ForeignKey("match.decision.decision_id"), comment="The decision."),
    col(
        "step",
        Text,
        comment="ASKED, APPROVED, REFUSED, WITHDRAWN or REPLACED by a person; ANSWERED, CONTRADICTED or HELD by matching.",
    ),
    col("person_id", BigInteger, ForeignKey("org.person.person_id"), null=True, comment="Who; null: matching."),
    col("reason", Text, comment="Why, in the person's words; for matching the outcome and its codes."),
    col("evidence", Text, null=True, comment="Reference of the document that shows it."),
    recorded("at", "When."),
    CheckConstraint(
        "step IN ('ASKED','APPROVED','REFUSED','WITHDRAWN','REPLACED','ANSWERED','CONTRADICTED','HELD')", name="step"
    ),
    CheckConstraint("(person_id IS NULL) = (step IN ('ANSWERED','CONTRADICTED','HELD'))", name="who"),
    CheckConstraint("step <> 'ASKED' OR btrim(coalesce(evidence, '')) <> ''", name="evidence"),
    CheckConstraint("btrim(reason) <> ''", name="reason"),
    Index("decision_step_decision_idx", "decision_id"),
    schema="match",
    comment="Every step of a decision: who, when, why, by which document. Rows are only ever added.",
)

"""Sharing agreements, their units and steps, alarms, and the requests answered under them (schema share)."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from landdata.store.tables.base import col, identity, metadata, recorded

agreement = Table(
    "agreement",
    metadata,
    identity("agreement_id", "Identity."),
    col("code", Text, comment="Number of the agreement."),
    col("version", Integer, server_default=text("1"), comment="Counts up by code."),
    col("client_id", Text, ForeignKey("oauth.client.client_id"), comment="The consumer's OAuth client."),
    col("purpose", Text, comment="Purpose, for example residency business (nghiệp vụ cư trú)."),
    col("legal_ground", Text, comment="Legal ground."),
    col("service_codes", ARRAY(Text), comment="Procedures it covers."),
    col("agency_codes", ARRAY(Text), comment="Agencies that may ask under it."),
    col("fields_mask", Integer, comment="Bit mask of the shared fields, bit 0 is field 1."),
    col("daily_quota", Integer, comment="Citizens a day."),
    col("rate_per_second", Float, null=True, comment="Requests a second; null: the service's own."),
    col("burst", Integer, null=True, comment="Requests at once, before the rate holds."),
    col("token_binding", Text, comment="REQUIRED, or UNBOUND with a reason."),
    col("unbound_reason", Text, null=True, comment="Why a token need not be sender-constrained."),
    col("state", Text, server_default=text("'DRAFT'"), comment="DRAFT, ACTIVE, SUSPENDED or ENDED."),
    col("valid_from", Date, comment="First day."),
    col("valid_to", Date, null=True, comment="First day no longer."),
    col("drafted_by", BigInteger, ForeignKey("org.person.person_id"), comment="First person."),
    col("edited_by", BigInteger, ForeignKey("org.person.person_id"), comment="Who wrote these terms last."),
    col("approved_by", BigInteger, ForeignKey("org.person.person_id"), null=True, comment="Second person."),
    recorded("created_at", "When it was drafted."),
    CheckConstraint("state IN ('DRAFT','ACTIVE','SUSPENDED','ENDED')", name="state"),
    CheckConstraint("fields_mask BETWEEN 1 AND 262143", name="only_eighteen"),
    CheckConstraint("approved_by IS DISTINCT FROM drafted_by", name="second_person"),
    CheckConstraint("approved_by IS DISTINCT FROM edited_by", name="unedited"),
    CheckConstraint("state IN ('DRAFT','ENDED') OR approved_by IS NOT NULL", name="approved"),
    CheckConstraint("valid_to > valid_from", name="dates"),
    CheckConstraint("daily_quota > 0", name="quota"),
    CheckConstraint("num_nonnulls(rate_per_second, burst) <> 1 AND rate_per_second > 0 AND burst >= 1", name="rate"),
    CheckConstraint("btrim(purpose) <> '' AND btrim(legal_ground) <> ''", name="grounds"),
    CheckConstraint("cardinality(service_codes) > 0 AND cardinality(agency_codes) > 0", name="bound_to_procedures"),
    CheckConstraint(
        "token_binding = 'REQUIRED' OR (token_binding = 'UNBOUND' AND btrim(coalesce(unbound_reason, '')) <> '')",
        name="token_binding",
    ),
    UniqueConstraint("code", "version"),
    Index("agreement_live_key", "code", unique=True, postgresql_where=text("state IN ('ACTIVE','SUSPENDED')")),
    Index("agreement_draft_key", "code", unique=True, postgresql_where=text("state = 'DRAFT'")),
    Index("agreement_client_idx", "client_id"),
    schema="share",
    comment="What a consumer may ask, why, and until when; no agreement, no answer.",
)

agreement_event = Table(
    "agreement_event",
    metadata,
    identity("event_id", "Identity."),
    col("agreement_id", BigInteger, ForeignKey("share.agreement.agreement_id"), comment="The version."),
    col("step", Text, comment="What was done."),
    col("state", Text, comment="State of the version from then on."),
    col("person_id", BigInteger, ForeignKey("org.person.person_id"), comment="Who."),
    col("reason", Text, comment="Why, in the person's words."),
    recorded("at", "When."),
    col("tx", BigInteger, server_default=text("pg_current_xact_id()::text::bigint"), comment="Its transaction."),
    CheckConstraint(
        "step IN ('DRAFTED','AMENDED','APPROVED','REJECTED','SUSPENDED','RESUMED','ENDED','REPLACED')", name="step"
    ),
    CheckConstraint("btrim(reason) <> ''", name="reason"),
    Index("agreement_event_agreement_idx", "agreement_id"),
    schema="share",
    comment="Every step in the life of an agreement: who, when, why. Rows are only ever added.",
)

alarm = Table(
    "alarm",
    metadata,
    identity("alarm_id", "Identity."),
    col("kind", Text, comment="What was seen: QUOTA_USED_UP."),
    col("client_id", Text, comment="Whose doing."),
    col("on_day", Date, comment="Day in Vietnam."),
    col("agreement_id", BigInteger, null=True, comment="Under which agreement."),
    col("access_id", BigInteger, comment="Row of the access log that raised it."),
    recorded("at", "When."),
    CheckConstraint("kind IN ('QUOTA_USED_UP')", name="kind"),
    UniqueConstraint("client_id", "kind", "on_day"),
    schema="share",
    comment="What somebody has to look at, once a day for each consumer and kind.",
)

agreement_unit = Table(
    "agreement_unit",
    metadata,
    Column(
        "agreement_id",
        BigInteger,
        ForeignKey("share.agreement.agreement_id"),
        primary_key=True,
        comment="The agreement.",
    ),
    Column("unit_id", Integer, ForeignKey("ref.unit.unit_id"), primary_key=True, comment="A unit it is limited to."),
    schema="share",
    comment="Units of an agreement; none means the whole country.",
)

request = Table(
    "request",
    metadata,
    Column("client_id", Text, primary_key=True, comment="Who asked."),
    Column("request_id", UUID(as_uuid=True), primary_key=True, comment="The caller's identifier."),
    col("body_hash", LargeBinary, comment="Keyed hash of the body: the same id with another body is refused."),
    col("snapshot", Text, comment="pg_snapshot of the first answer; a repetition reads history as of it."),
    col("agreement_id", BigInteger, null=True, comment="Under which agreement; null: none, and refused."),
    col(
        "first_at",
        DateTime(timezone=True),
        server_default=text("clock_timestamp()"),
        comment="When it was first answered, or refused as long as it was not answered.",
    ),
    col(
        "answered",
        Integer,
        server_default=text("1"),
        comment="How often it was answered, the first time included; 0: it was only refused.",
    ),
    Index("request_first_at_idx", "first_at", postgresql_using="brin"),
    schema="share",
    comment="Requests by their identifier; those answered are replayable for 24 hours.",
)

quota_use = Table(
    "quota_use",
    metadata,
    Column("client_id", Text, primary_key=True, comment="Who asked."),
    Column("day", Date, primary_key=True, comment="Day in Vietnam."),
    Column("subject", UUID(as_uuid=True), primary_key=True, comment="Blind index of the number asked for."),
    schema="share",
    comment="Citizens a consumer was answered about today; forgotten after some days.",
)

quota_count = Table(
    "quota_count",
    metadata,
    Column("client_id", Text, primary_key=True, comment="Who asked."),
    Column("day", Date, primary_key=True, comment="Day in Vietnam."),
    Column(
        "lane",
        SmallInteger,
        primary_key=True,
        autoincrement=False,
        comment="One of 32, so that connections seldom meet.",
    ),
    col("used", Integer, comment="Citizens counted in this lane."),
    CheckConstraint("used >= 0", name="used"),
    schema="share",
    comment="How many citizens share.quota_use holds, by consumer and day, so that nobody counts them.",
)

"""Connections to provinces' own services, their life, and what each pull brought (schema sync)."""

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
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from landdata.store.tables.base import col, identity, metadata, recorded

_STANDINGS = "('PROPOSED','ACTIVE','SUSPENDED','ENDED')"

connection = Table(
    "connection",
    metadata,
    identity("connection_id", "Identity inside the database."),
    col(
        "connection_uid",
        UUID(as_uuid=True),
        unique=True,
        server_default=text("gen_random_uuid()"),
        comment="Public identity.",
    ),
    col("office_id", BigInteger, ForeignKey("org.office.office_id"), comment="Land office whose data it brings."),
    col("way", Text, comment="OAPIF, WFS or SFTP."),
    col(
        "address",
        Text,
        comment="Where the service is; nothing else is ever called for it, but for the token's address.",
    ),
    col("collection", Text, comment="Collection, feature type or folder there."),
    col("epsg", Integer, null=True, comment="Zone of VN-2000 that is asked for; null: each file says (SFTP)."),
    col(
        "wgs84",
        Boolean,
        server_default=text("false"),
        comment="CRS84 is taken, made there by the national transformation.",
    ),
    col("columns", JSONB, server_default=text("'{}'"), comment="Names at the service with those of the profile."),
    col("credential", Text, comment="NONE, BASIC, API_KEY, OAUTH2 or SSH_KEY."),
    col(
        "secret_file", Text, server_default=text("''"), comment="Name of the file with the secret, in the keys folder."
    ),
    col("user_name", Text, server_default=text("''"), comment="User or client id there."),
    col("header", Text, server_default=text("''"), comment="Header that an API key goes in."),
    col("token_address", Text, server_default=text("''"), comment="Where tokens are given (OAuth 2)."),
    col(
        "host_key",
        Text,
        server_default=text("''"),
        comment="Public host key that an SFTP server has to prove itself by.",
    ),
    col(
        "changed_by",
        Text,
        server_default=text("''"),
        comment="Property with the instant of a row's last change; empty: none.",
    ),
    col("full_every_days", Integer, comment="A pull of everything at least once in so many days."),
    col("cadence_minutes", Integer, comment="Minutes between two pulls."),
    col("page_rows", Integer, comment="Rows asked for in one page."),
    col(
        "effective_on",
        Date,
        null=True,
        comment="Day from which it counts and whose codes it bears; null: that of each pull.",
    ),
    col("standing", Text, comment="PROPOSED, ACTIVE, SUSPENDED or ENDED: what its last step ends in."),
    col("registered_by", BigInteger, ForeignKey("org.person.person_id"), comment="Who registered it."),
    recorded("registered_at", "When."),
    col("reason", Text, comment="Why, in that person's words."),
    col("approved_by", BigInteger, ForeignKey("org.person.person_id"), null=True, comment="The second person."),
    col("next_at", DateTime(timezone=True), null=True, comment="When it is pulled next; null: not by the clock."),
    col("failures", Integer, server_default=text("0"), comment="Pulls that failed since one went well."),
    col("full_at", DateTime(timezone=True), null=True, comment="When everything was pulled last."),
    col(
        "memory",
        JSONB,
        server_default=text("'{}'"),
        comment="What the next pull asks by: validators, last change, hashes; no row.",
    ),
    CheckConstraint("way IN ('OAPIF','WFS','SFTP')", name="way"),
    CheckConstraint("credential IN ('NONE','BASIC','API_KEY','OAUTH2','SSH_KEY')", name="credential"),
    CheckConstraint("(way = 'SFTP') = (credential = 'SSH_KEY') AND (way = 'SFTP') = (host_key <> '')", name="sftp"),
    CheckConstraint("(way = 'SFTP') = (epsg IS NULL)", name="zone"),
    CheckConstraint("(credential = 'NONE') = (secret_file = '')", name="secret"),
    CheckConstraint(f"standing IN {_STANDINGS}", name="standing"),
    CheckConstraint("approved_by <> registered_by", name="two_persons"),
    CheckConstraint("approved_by IS NOT NULL OR standing IN ('PROPOSED','ENDED')", name="approved"),
    CheckConstraint(
        "full_every_days BETWEEN 1 AND 366 AND cadence_minutes BETWEEN 5 AND 527040 AND page_rows BETWEEN 1 AND 10000 "
        "AND failures >= 0",
        name="numbers",
    ),
    Index("connection_due_idx", "next_at", postgresql_where=text("standing = 'ACTIVE'")),
    Index("connection_office_idx", "office_id"),
    schema="sync",
    comment="How a land office's own service is reached; the secret itself is never here.",
)

connection_step = Table(
    "connection_step",
    metadata,
    Column(
        "connection_id",
        BigInteger,
        ForeignKey("sync.connection.connection_id"),
        primary_key=True,
        comment="The connection.",
    ),
    Column("step", Integer, primary_key=True, autoincrement=False, comment="Counts up from 1 without a gap."),
    recorded("at", "When."),
    col("standing", Text, comment="How it stands from then on."),
    col("person_id", BigInteger, ForeignKey("org.person.person_id"), comment="The person who said so."),
    col("reason", Text, comment="Why, in the person's words."),
    CheckConstraint(f"standing IN {_STANDINGS}", name="standing"),
    schema="sync",
    comment="The life of each connection: who did what and why. Append-only.",
)

pull = Table(
    "pull",
    metadata,
    Column(
        "connection_id",
        BigInteger,
        ForeignKey("sync.connection.connection_id"),
        primary_key=True,
        comment="The connection.",
    ),
    Column("pull_no", Integer, primary_key=True, autoincrement=False, comment="Counts up from 1."),
    recorded("started_at", "When it began."),
    col("ended_at", DateTime(timezone=True), null=True, comment="When it ended; null: under way."),
    col("outcome", Text, null=True, comment="DELIVERED, UNCHANGED, FAILED or KILLED; null: under way."),
    col("code", Text, null=True, comment="Stable code of what went wrong."),
    col("details", JSONB, server_default=text("'{}'"), comment="What fills that code's sentence; nothing personal."),
    col(
        "everything",
        Boolean,
        server_default=text("true"),
        comment="Whether all rows were asked for, not only what changed.",
    ),
    col("pages", Integer, server_default=text("0"), comment="Answers with rows, or files."),
    col("rows_received", BigInteger, server_default=text("0"), comment="Rows in them; 0 for files."),
    col("size_bytes", BigInteger, server_default=text("0"), comment="Bytes of them, unpacked."),
    col("deliveries", ARRAY(UUID(as_uuid=True)), server_default=text("'{}'"), comment="Deliveries that came of it."),
    CheckConstraint("outcome IN ('DELIVERED','UNCHANGED','FAILED','KILLED')", name="outcome"),
    CheckConstraint("(outcome IS NULL) = (ended_at IS NULL)", name="ended"),
    CheckConstraint("(outcome = 'FAILED') = (code IS NOT NULL)", name="code"),
    CheckConstraint("(outcome = 'DELIVERED') = (cardinality(deliveries) > 0)", name="deliveries"),
    Index("pull_ended_idx", "ended_at"),
    schema="sync",
    comment="One pull of a connection and what came of it.",
)

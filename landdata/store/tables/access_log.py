"""The append-only access log, its signed seals, and who else holds their heads (schema audit)."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, INET, JSONB, UUID

from landdata.store.tables.base import col, identity, metadata, recorded

access_event = Table(
    "access_event",
    metadata,
    Column(
        "access_id", BigInteger, Identity(always=True), primary_key=True, comment="Identity, given to the consumer."
    ),
    Column(
        "at",
        DateTime(timezone=True),
        primary_key=True,
        server_default=text("clock_timestamp()"),
        comment="When it was asked.",
    ),
    col(
        "tx",
        BigInteger,
        server_default=text("pg_current_xact_id()::text::bigint"),
        comment="Its transaction; rows below the oldest running one are final.",
    ),
    col("request_id", UUID(as_uuid=True), comment="The caller's identifier, shared with its own log."),
    col("client_id", Text, comment="OAuth client."),
    col("token_jti", Text, comment="Token used."),
    col("agreement_id", BigInteger, null=True, comment="Agreement; null: refused for lack of one."),
    col("agency_code", Text, comment="Agency."),
    col("officer_code", Text, comment="Officer."),
    col("service_code", Text, comment="Procedure."),
    col("case_file_no", Text, comment="File."),
    col(
        "subject",
        UUID(as_uuid=True),
        null=True,
        comment="Blind index of the number asked for; null: refused before it was looked at.",
    ),
    col("status", Text, comment="What it came to."),
    col("reason", Text, null=True, comment="Reason code of a refusal or of UNAVAILABLE."),
    col("fields_mask", Integer, comment="Fields handed out."),
    col("record_versions", ARRAY(Text), server_default=text("'{}'"), comment="Versions handed out."),
    col("replayed", Integer, server_default=text("0"), comment="How often this request id had been answered before."),
    col("address", INET, null=True, comment="Where the request came from."),
    col(
        "refused_at",
        DateTime(timezone=True),
        null=True,
        comment="When it was refused, by the clock of the API, where its row could only be written later; null: at once.",
    ),
    CheckConstraint("refused_at IS NULL OR (status = 'REFUSED' AND fields_mask = 0)", name="late"),
    Index("access_event_tx_idx", "tx", postgresql_using="brin"),
    Index("access_event_subject_idx", "subject", "at"),
    Index("access_event_request_idx", "client_id", "request_id"),
    schema="audit",
    comment="Every request, answered or refused, before the answer leaves. Append-only, partitioned by month.",
    postgresql_partition_by="RANGE (at)",
)

seal = Table(
    "seal",
    metadata,
    Column("seal_no", BigInteger, primary_key=True, autoincrement=False, comment="Counts up without a gap."),
    col("tx_from", BigInteger, comment="First transaction covered."),
    col("tx_to", BigInteger, comment="First transaction no longer covered."),
    col("entries", BigInteger, comment="Entries sealed."),
    col("total", BigInteger, comment="Entries sealed since the beginning."),
    col("root", LargeBinary, comment="Root of the Merkle tree over the entries (RFC 9162 shape)."),
    col("previous_head", LargeBinary, comment="Head of the seal before."),
    col("head", LargeBinary, unique=True, comment="SHA-256 over all of the above and the time."),
    col("key_id", Text, comment="Key that signed."),
    col("signature", LargeBinary, comment="Ed25519 signature of the head."),
    recorded("sealed_at", "When."),
    col("last_id", BigInteger, null=True, comment="Highest access_id sealed so far."),
    col("index_hash", LargeBinary, null=True, comment="Vouches for audit.seal_index; null: a seal of the first form."),
    UniqueConstraint("tx_from", "tx_to"),
    CheckConstraint("tx_from < tx_to AND entries >= 0 AND total >= entries", name="range"),
    CheckConstraint(
        "octet_length(root) = 32 AND octet_length(head) = 32 AND octet_length(previous_head) = 32", name="hashes"
    ),
    schema="audit",
    comment="Signed, chained Merkle seals over ranges of the access log.",
)

seal_index = Table(
    "seal_index",
    metadata,
    Column(
        "seal_no",
        BigInteger,
        ForeignKey("audit.seal.seal_no"),
        primary_key=True,
        autoincrement=False,
        comment="The seal.",
    ),
    col("numbers", LargeBinary, comment="Access ids in the order of the leaves: differences of 8 bytes, deflated."),
    col("prints", LargeBinary, comment="The first 8 bytes of each leaf's hash."),
    schema="audit",
    comment="What a seal covered, entry by entry, so that a verification can name what was changed.",
)

anchor = Table(
    "anchor",
    metadata,
    identity("anchor_id", "Identity."),
    col("seal_no", BigInteger, ForeignKey("audit.seal.seal_no"), comment="The seal whose head was handed out."),
    col("kind", Text, comment="FILE, TSA or CONSUMER."),
    col("place", Text, comment="The file, the authority's address, or the consumer's client."),
    col("head", LargeBinary, comment="The head as it was handed out."),
    col("receipt", LargeBinary, null=True, comment="The authority's answer (RFC 3161, DER)."),
    col(
        "complete", Boolean, comment="From then on all anchors that the settings demand hold this head or a later one."
    ),
    recorded("at", "When."),
    CheckConstraint("kind IN ('FILE','TSA','CONSUMER')", name="kind"),
    CheckConstraint("octet_length(head) = 32", name="head"),
    CheckConstraint("(kind = 'TSA') = (receipt IS NOT NULL)", name="receipt"),
    UniqueConstraint("kind", "place", "seal_no"),
    Index("anchor_seal_idx", "seal_no"),
    Index("anchor_complete_idx", "anchor_id", postgresql_where=text("complete")),
    schema="audit",
    comment="Who outside the database holds which head, and since when. Append-only.",
)

statement = Table(
    "statement",
    metadata,
    Column("client_id", Text, primary_key=True, comment="Whose requests."),
    Column("day", Date, primary_key=True, comment="Day in Vietnam."),
    col(
        "seal_no", BigInteger, ForeignKey("audit.seal.seal_no"), comment="The first seal under which all of them stand."
    ),
    col("body", Text, comment="What was signed, JSON."),
    col("key_id", Text, comment="Key that signed."),
    col("signature", LargeBinary, comment="Ed25519 signature of the body."),
    recorded("made_at", "When."),
    schema="audit",
    comment="How many requests of a consumer the log holds for a day, signed, to be compared with its own. Append-only.",
)

server_start = Table(
    "server_start",
    metadata,
    Column("started_at", DateTime(timezone=True), primary_key=True, comment="When the server started, or recovered."),
    recorded("noticed_at", "When the sealer saw it."),
    schema="audit",
    comment="Starts of the database server: numbers lost then were not rolled back by anyone. Append-only.",
)

late_line = Table(
    "late_line",
    metadata,
    Column("line_id", UUID(as_uuid=True), primary_key=True, comment="Of the line that waited on disk."),
    recorded("written_at", "When."),
    schema="audit",
    comment="Refusals that waited on disk and are in the access log now: none gets a second row. Append-only.",
)

verification = Table(
    "verification",
    metadata,
    identity("verification_id", "Identity."),
    col(
        "person_id",
        BigInteger,
        ForeignKey("org.person.person_id"),
        null=True,
        comment="Who asked for it; null: it comes every night.",
    ),
    col("reason", Text, null=True, comment="Why, in the person's words; null: it comes every night."),
    recorded("asked_at", "When it was asked for."),
    col("started_at", DateTime(timezone=True), null=True, comment="When its last try began; null: it waits."),
    col("done", BigInteger, server_default=text("0"), comment="Seals looked at."),
    col("whole", BigInteger, server_default=text("0"), comment="Seals there are."),
    col("ended_at", DateTime(timezone=True), null=True, comment="When it ended."),
    col("outcome", Text, null=True, comment="INTACT, DOUBTFUL, TAMPERED or FAILED."),
    col("found", JSONB(none_as_null=True), null=True, comment="What was found; of a failure its code."),
    CheckConstraint("outcome IN ('INTACT','DOUBTFUL','TAMPERED','FAILED')", name="outcome"),
    CheckConstraint("(ended_at IS NULL) = (outcome IS NULL) AND (outcome IS NULL) = (found IS NULL)", name="ended"),
    CheckConstraint("(person_id IS NULL) = (reason IS NULL) AND coalesce(btrim(reason) <> '', true)", name="reason"),
    schema="audit",
    comment="Verifications of the access log: asked for by people or by the night, and what each found.",
)

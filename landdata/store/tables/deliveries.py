"""Deliveries, raw bytes, findings and the ledger that must balance (schema intake)."""

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
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from landdata.store.tables.base import col, identity, metadata, recorded

raw_file = Table(
    "raw_file",
    metadata,
    Column("sha256", LargeBinary, primary_key=True, comment="SHA-256 of the bytes; also their place in the raw store."),
    col("size_bytes", BigInteger, comment="Size."),
    recorded("received_at", "When these bytes first came in."),
    CheckConstraint("octet_length(sha256) = 32", name="sha256"),
    CheckConstraint("size_bytes > 0", name="size"),
    schema="intake",
    comment="Raw bytes of deliveries, content-addressed, kept before anything is read.",
)

delivery = Table(
    "delivery",
    metadata,
    identity("delivery_id", "Identity inside the database."),
    col(
        "delivery_uid",
        UUID(as_uuid=True),
        unique=True,
        server_default=text("gen_random_uuid()"),
        comment="Public identity.",
    ),
    col("office_id", BigInteger, ForeignKey("org.office.office_id"), comment="Who delivers."),
    col("client_id", Text, null=True, comment="OAuth client it came through; null: the command line."),
    col("idempotency_key", Text, comment="The sender's own key: the same key never delivers twice."),
    col(
        "declaration_hash",
        LargeBinary,
        comment="SHA-256 of bytes and declarations, to tell a repetition from another delivery.",
    ),
    col("sha256", LargeBinary, ForeignKey("intake.raw_file.sha256"), comment="The bytes."),
    col("file_name", Text, comment="Name the sender gave the file."),
    col(
        "profile",
        Text,
        null=True,
        comment="flat or vbdlis, the shape of the rows: as declared, then as found; null: neither yet.",
    ),
    col("format", Text, null=True, comment="Format found by looking at the content."),
    col("kind", Text, comment="full: these communes as they are now; changes: these rows, each with its operation."),
    col(
        "communes",
        ARRAY(Text),
        null=True,
        comment="Codes of the communes it speaks for, as the sender named them; null: those of its rows.",
    ),
    col("effective_on", Date, comment="Day in Vietnam from which it counts; its unit codes are those of this day."),
    col(
        "backfill_grant_id",
        BigInteger,
        ForeignKey("org.role_grant.grant_id"),
        null=True,
        comment="The right to an earlier day.",
    ),
    col("declared_epsg", Integer, null=True, comment="Coordinate system the sender named."),
    col("epsg", Integer, ForeignKey("ref.zone.epsg"), null=True, comment="Zone the coordinates were read in."),
    col(
        "simulated",
        Boolean,
        server_default=text("false"),
        comment="Made-up data: every figure that rests on it says so.",
    ),
    col(
        "state",
        Text,
        server_default=text("'RECEIVED'"),
        comment="RECEIVED, READ, CHECKED, WAITING, PUBLISHED, REFUSED or WITHDRAWN.",
    ),
    col(
        "doubts",
        JSONB,
        server_default=text("'[]'"),
        comment="What rules could not settle about it as a whole, so that a second person has to look: code and details.",
    ),
    col("refusal", JSONB, null=True, comment="Why the whole delivery was refused: code and details, nothing personal."),
    recorded("recorded_at", "When it came in; the database's clock, set by a trigger and never changed."),
    col("finished_at", DateTime(timezone=True), null=True, comment="When it was published, refused or withdrawn."),
    UniqueConstraint("office_id", "idempotency_key"),
    CheckConstraint("profile IN ('flat','vbdlis')", name="profile"),
    CheckConstraint("kind IN ('full','changes')", name="kind"),
    CheckConstraint("state IN ('RECEIVED','READ','CHECKED','WAITING','PUBLISHED','REFUSED','WITHDRAWN')", name="state"),
    CheckConstraint(
        "effective_on >= (recorded_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date OR backfill_grant_id IS NOT NULL",
        name="backfill",
    ),
    CheckConstraint("(state = 'REFUSED') = (refusal IS NOT NULL)", name="refusal"),
    Index("delivery_state_idx", "state", postgresql_where=text("state IN ('RECEIVED','READ','CHECKED','WAITING')")),
    Index("delivery_simulated_idx", "delivery_id", postgresql_where=text("simulated AND state = 'PUBLISHED'")),
    schema="intake",
    comment="One handing-in of records by an office (LADM: LA_SpatialSource / LA_AdministrativeSource).",
)

delivery_layer = Table(
    "delivery_layer",
    metadata,
    Column(
        "delivery_id", BigInteger, ForeignKey("intake.delivery.delivery_id"), primary_key=True, comment="The delivery."
    ),
    Column("layer", Text, primary_key=True, comment="Layer of the file."),
    col("rows_read", Integer, comment="Rows read."),
    col("rows_new", Integer, comment="Rows of records that were not on record."),
    col("rows_changed", Integer, comment="Rows of records that replaced another version."),
    col("rows_unchanged", Integer, comment="Rows of records that were on record just so."),
    col("rows_refused", Integer, comment="Rows refused, each with at least one finding."),
    col(
        "rows_waiting",
        Integer,
        server_default=text("0"),
        comment="Rows of communes that wait for a second person; 0 when the delivery has ended.",
    ),
    col("records_refused", Integer, comment="Records those rows belong to."),
    col(
        "unknown_columns",
        ARRAY(Text),
        server_default=text("'{}'"),
        comment="Columns kept with the raw file but not understood.",
    ),
    CheckConstraint(
        "rows_read = rows_new + rows_changed + rows_unchanged + rows_refused + rows_waiting", name="balance"
    ),
    CheckConstraint("(records_refused = 0) = (rows_refused = 0) AND records_refused <= rows_refused", name="records"),
    CheckConstraint(
        "least(rows_read, rows_new, rows_changed, rows_unchanged, rows_refused, rows_waiting) >= 0",
        name="not_negative",
    ),
    schema="intake",
    comment="The ledger: every row read ends in exactly one column.",
)

delivery_commune = Table(
    "delivery_commune",
    metadata,
    Column(
        "delivery_id", BigInteger, ForeignKey("intake.delivery.delivery_id"), primary_key=True, comment="The delivery."
    ),
    Column(
        "unit_id", Integer, ForeignKey("ref.unit.unit_id"), primary_key=True, comment="Commune version in its scope."
    ),
    col("parcels_before", Integer, comment="Parcels on record before."),
    col("parcels_new", Integer, comment="Parcels that came."),
    col("parcels_retired", Integer, comment="Parcels that went."),
    col("parcels_after", Integer, comment="Parcels on record after."),
    col(
        "publication_id",
        BigInteger,
        null=True,
        comment="The transaction that published this commune, 0 when all of it was asserted unchanged; null: left as it was.",
    ),
    col("state", Text, comment="WAITING, APPROVED, REJECTED, PUBLISHED, LEFT (as it was) or WITHDRAWN."),
    col(
        "reasons",
        JSONB,
        server_default=text("'[]'"),
        comment="Why a second person has to look: code and details; kept after the decision.",
    ),
    *(
        col(name, Integer, server_default=text("0"), comment=words)
        for name, words in {
            "rows_new": "Accepted rows of records that were not on record.",
            "rows_changed": "Accepted rows of records that replaced another version.",
            "rows_unchanged": "Accepted rows of records that were on record just so.",
            "rows_held": "Accepted rows that were sent back after the comparison, each with a finding.",
            "records_held": "Records those rows belong to.",
            "rows_waiting": "Accepted rows that wait for a second person.",
            "unclaimed": "Parcels of communes split on 1 July 2025 and the like that no row of this one names.",
        }.items()
    ),
    CheckConstraint("parcels_after = parcels_before + parcels_new - parcels_retired", name="balance"),
    CheckConstraint("least(parcels_before, parcels_new, parcels_retired, parcels_after) >= 0", name="not_negative"),
    CheckConstraint(
        "least(rows_new, rows_changed, rows_unchanged, rows_held, records_held, rows_waiting, unclaimed) >= 0",
        name="rows_not_negative",
    ),
    CheckConstraint("state IN ('WAITING','APPROVED','REJECTED','PUBLISHED','LEFT','WITHDRAWN')", name="state"),
    CheckConstraint("(publication_id IS NOT NULL) = (state IN ('PUBLISHED','WITHDRAWN'))", name="published"),
    CheckConstraint("rows_waiting = 0 OR state IN ('WAITING','APPROVED','REJECTED')", name="waiting"),
    Index("delivery_commune_unit_idx", "unit_id", "delivery_id"),
    schema="intake",
    comment="State of a delivery in each of its communes: published whole or not at all.",
)

decision = Table(
    "decision",
    metadata,
    identity("decision_id", "Identity."),
    col("delivery_id", BigInteger, ForeignKey("intake.delivery.delivery_id"), comment="The delivery."),
    col("verdict", Text, comment="APPROVE, REJECT or WITHDRAW."),
    col("unit_ids", ARRAY(Integer), comment="The commune versions it is about."),
    col("decided_by", BigInteger, ForeignKey("org.person.person_id"), comment="Who decided."),
    col("client_id", Text, null=True, comment="OAuth client it came through; null: the command line."),
    col("reason", Text, comment="Why, in the person's words."),
    recorded("decided_at", "When."),
    CheckConstraint("verdict IN ('APPROVE','REJECT','WITHDRAW')", name="verdict"),
    Index("decision_delivery_idx", "delivery_id"),
    schema="intake",
    comment="What people decided about deliveries; rows are only ever added.",
)

finding = Table(
    "finding",
    metadata,
    Column(
        "delivery_id", BigInteger, ForeignKey("intake.delivery.delivery_id"), primary_key=True, comment="The delivery."
    ),
    Column("finding_no", Integer, Identity(always=True), primary_key=True, comment="Identity of the finding."),
    col("layer", Text, comment="Layer of the file."),
    col("row_no", Integer, null=True, comment="Row as numbered in the file, from 1; null: the delivery as a whole."),
    col("code", Text, comment="Stable code of the check."),
    col("severity", Text, comment="REFUSES_DELIVERY, REFUSES_RECORD, WARNING or REPAIRED."),
    col("details", JSONB, server_default=text("'{}'"), comment="Values that fill the sentences; nothing personal."),
    CheckConstraint("severity IN ('REFUSES_DELIVERY','REFUSES_RECORD','WARNING','REPAIRED')", name="severity"),
    Index("finding_row_idx", "delivery_id", "row_no"),
    schema="intake",
    comment="What the checks found, row by row.",
)

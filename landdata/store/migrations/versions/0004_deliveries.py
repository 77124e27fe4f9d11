"""Deliveries and the ledger that balances."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# The two clocks: the database alone says when it learnt something (architecture.md, "Two clocks").
_OWN_CLOCK = """
CREATE FUNCTION intake.own_clock() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    NEW.recorded_at := OLD.recorded_at;
  ELSE
    NEW.recorded_at := clock_timestamp();
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION intake.own_clock() IS 'recorded_at is the database''s clock: never given, never changed.';
CREATE TRIGGER own_clock BEFORE INSERT OR UPDATE ON intake.delivery FOR EACH ROW EXECUTE FUNCTION intake.own_clock();
"""


def upgrade() -> None:
    op.execute("CREATE SCHEMA intake")
    op.execute("COMMENT ON SCHEMA intake IS 'Deliveries of land offices and the ledger that every row ends in.'")
    op.create_table(
        "raw_file",
        sa.Column(
            "sha256",
            sa.LargeBinary(),
            nullable=False,
            comment="SHA-256 of the bytes; also their place in the raw store.",
        ),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False, comment="Size."),
        sa.Column(
            "received_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="When these bytes first came in.",
        ),
        sa.CheckConstraint("octet_length(sha256) = 32", name=op.f("raw_file_sha256_check")),
        sa.CheckConstraint("size_bytes > 0", name=op.f("raw_file_size_check")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("raw_file_pk")),
        schema="intake",
        comment="Raw bytes of deliveries, content-addressed, kept before anything is read.",
    )
    op.create_table(
        "delivery",
        sa.Column(
            "delivery_id",
            sa.BigInteger(),
            sa.Identity(always=True),
            nullable=False,
            comment="Identity inside the database.",
        ),
        sa.Column(
            "delivery_uid",
            sa.UUID(),
            server_default=sa.text("gen_random_uuid()"),
            nullable=False,
            comment="Public identity.",
        ),
        sa.Column("office_id", sa.BigInteger(), nullable=False, comment="Who delivers."),
        sa.Column(
            "client_id", sa.Text(), nullable=True, comment="OAuth client it came through; null: the command line."
        ),
        sa.Column(
            "idempotency_key",
            sa.Text(),
            nullable=False,
            comment="The sender's own key: the same key never delivers twice.",
        ),
        sa.Column(
            "declaration_hash",
            sa.LargeBinary(),
            nullable=False,
            comment="SHA-256 of bytes and declarations, to tell a repetition from another delivery.",
        ),
        sa.Column("sha256", sa.LargeBinary(), nullable=False, comment="The bytes."),
        sa.Column("file_name", sa.Text(), nullable=False, comment="Name the sender gave the file."),
        sa.Column("profile", sa.Text(), nullable=False, comment="flat."),
        sa.Column("format", sa.Text(), nullable=True, comment="Format found by looking at the content."),
        sa.Column("kind", sa.Text(), nullable=False, comment="full: these communes as they are now."),
        sa.Column(
            "effective_on",
            sa.Date(),
            nullable=False,
            comment="Day in Vietnam from which it counts; its unit codes are those of this day.",
        ),
        sa.Column("backfill_grant_id", sa.BigInteger(), nullable=True, comment="The right to an earlier day."),
        sa.Column("declared_epsg", sa.Integer(), nullable=True, comment="Coordinate system the sender named."),
        sa.Column("epsg", sa.Integer(), nullable=True, comment="Zone the coordinates were read in."),
        sa.Column(
            "simulated",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Made-up data: every figure that rests on it says so.",
        ),
        sa.Column(
            "state",
            sa.Text(),
            server_default=sa.text("'RECEIVED'"),
            nullable=False,
            comment="RECEIVED, READ, CHECKED, WAITING, PUBLISHED, REFUSED or WITHDRAWN.",
        ),
        sa.Column(
            "refusal",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Why the whole delivery was refused: code and details, nothing personal.",
        ),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="When it came in; the database's clock, set by a trigger and never changed.",
        ),
        sa.Column(
            "finished_at", sa.DateTime(timezone=True), nullable=True, comment="When it was published or refused."
        ),
        sa.CheckConstraint("(state = 'REFUSED') = (refusal IS NOT NULL)", name=op.f("delivery_refusal_check")),
        sa.CheckConstraint(
            "effective_on >= (recorded_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date OR backfill_grant_id IS NOT NULL",
            name=op.f("delivery_backfill_check"),
        ),
        sa.CheckConstraint("kind IN ('full')", name=op.f("delivery_kind_check")),
        sa.CheckConstraint("profile IN ('flat')", name=op.f("delivery_profile_check")),
        sa.CheckConstraint(
            "state IN ('RECEIVED','READ','CHECKED','WAITING','PUBLISHED','REFUSED','WITHDRAWN')",
            name=op.f("delivery_state_check"),
        ),
        sa.ForeignKeyConstraint(
            ["backfill_grant_id"], ["org.role_grant.grant_id"], name=op.f("delivery_backfill_grant_id_fk")
        ),
        sa.ForeignKeyConstraint(["epsg"], ["ref.zone.epsg"], name=op.f("delivery_epsg_fk")),
        sa.ForeignKeyConstraint(["office_id"], ["org.office.office_id"], name=op.f("delivery_office_id_fk")),
        sa.ForeignKeyConstraint(["sha256"], ["intake.raw_file.sha256"], name=op.f("delivery_sha256_fk")),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("delivery_pk")),
        sa.UniqueConstraint("delivery_uid", name=op.f("delivery_delivery_uid_key")),
        sa.UniqueConstraint("office_id", "idempotency_key", name=op.f("delivery_office_id_idempotency_key_key")),
        schema="intake",
        comment="One handing-in of records by an office (LADM: LA_SpatialSource / LA_AdministrativeSource).",
    )
    op.create_index(
        "delivery_state_idx",
        "delivery",
        ["state"],
        unique=False,
        schema="intake",
        postgresql_where=sa.text("state IN ('RECEIVED','READ','CHECKED','WAITING')"),
    )
    op.create_table(
        "delivery_commune",
        sa.Column("delivery_id", sa.BigInteger(), nullable=False, comment="The delivery."),
        sa.Column("unit_id", sa.Integer(), nullable=False, comment="Commune version in its scope."),
        sa.Column("parcels_before", sa.Integer(), nullable=False, comment="Parcels on record before."),
        sa.Column("parcels_new", sa.Integer(), nullable=False, comment="Parcels that came."),
        sa.Column("parcels_retired", sa.Integer(), nullable=False, comment="Parcels that went."),
        sa.Column("parcels_after", sa.Integer(), nullable=False, comment="Parcels on record after."),
        sa.Column(
            "publication_id",
            sa.BigInteger(),
            nullable=True,
            comment="The transaction that published this commune, 0 when all of it was asserted unchanged; null: left as it was.",
        ),
        sa.CheckConstraint(
            "least(parcels_before, parcels_new, parcels_retired, parcels_after) >= 0",
            name=op.f("delivery_commune_not_negative_check"),
        ),
        sa.CheckConstraint(
            "parcels_after = parcels_before + parcels_new - parcels_retired",
            name=op.f("delivery_commune_balance_check"),
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["intake.delivery.delivery_id"], name=op.f("delivery_commune_delivery_id_fk")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["ref.unit.unit_id"], name=op.f("delivery_commune_unit_id_fk")),
        sa.PrimaryKeyConstraint("delivery_id", "unit_id", name=op.f("delivery_commune_pk")),
        schema="intake",
        comment="State of a delivery in each of its communes: published whole or not at all.",
    )
    op.create_index(
        "delivery_commune_unit_idx", "delivery_commune", ["unit_id", "delivery_id"], unique=False, schema="intake"
    )
    op.create_table(
        "delivery_layer",
        sa.Column("delivery_id", sa.BigInteger(), nullable=False, comment="The delivery."),
        sa.Column("layer", sa.Text(), nullable=False, comment="Layer of the file."),
        sa.Column("rows_read", sa.Integer(), nullable=False, comment="Rows read."),
        sa.Column("rows_new", sa.Integer(), nullable=False, comment="Rows of records that were not on record."),
        sa.Column(
            "rows_changed", sa.Integer(), nullable=False, comment="Rows of records that replaced another version."
        ),
        sa.Column(
            "rows_unchanged", sa.Integer(), nullable=False, comment="Rows of records that were on record just so."
        ),
        sa.Column(
            "rows_refused", sa.Integer(), nullable=False, comment="Rows refused, each with at least one finding."
        ),
        sa.Column("records_refused", sa.Integer(), nullable=False, comment="Records those rows belong to."),
        sa.Column(
            "unknown_columns",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Columns kept with the raw file but not understood.",
        ),
        sa.CheckConstraint(
            "(records_refused = 0) = (rows_refused = 0) AND records_refused <= rows_refused",
            name=op.f("delivery_layer_records_check"),
        ),
        sa.CheckConstraint(
            "least(rows_read, rows_new, rows_changed, rows_unchanged, rows_refused) >= 0",
            name=op.f("delivery_layer_not_negative_check"),
        ),
        sa.CheckConstraint(
            "rows_read = rows_new + rows_changed + rows_unchanged + rows_refused",
            name=op.f("delivery_layer_balance_check"),
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["intake.delivery.delivery_id"], name=op.f("delivery_layer_delivery_id_fk")
        ),
        sa.PrimaryKeyConstraint("delivery_id", "layer", name=op.f("delivery_layer_pk")),
        schema="intake",
        comment="The ledger: every row read ends in exactly one column.",
    )
    op.create_table(
        "finding",
        sa.Column("delivery_id", sa.BigInteger(), nullable=False, comment="The delivery."),
        sa.Column(
            "finding_no", sa.Integer(), sa.Identity(always=True), nullable=False, comment="Identity of the finding."
        ),
        sa.Column("layer", sa.Text(), nullable=False, comment="Layer of the file."),
        sa.Column(
            "row_no",
            sa.Integer(),
            nullable=True,
            comment="Row as numbered in the file, from 1; null: the delivery as a whole.",
        ),
        sa.Column("code", sa.Text(), nullable=False, comment="Stable code of the check."),
        sa.Column(
            "severity", sa.Text(), nullable=False, comment="REFUSES_DELIVERY, REFUSES_RECORD, WARNING or REPAIRED."
        ),
        sa.Column(
            "details",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Values that fill the sentences; nothing personal.",
        ),
        sa.CheckConstraint(
            "severity IN ('REFUSES_DELIVERY','REFUSES_RECORD','WARNING','REPAIRED')",
            name=op.f("finding_severity_check"),
        ),
        sa.ForeignKeyConstraint(["delivery_id"], ["intake.delivery.delivery_id"], name=op.f("finding_delivery_id_fk")),
        sa.PrimaryKeyConstraint("delivery_id", "finding_no", name=op.f("finding_pk")),
        schema="intake",
        comment="What the checks found, row by row.",
    )
    op.create_index("finding_row_idx", "finding", ["delivery_id", "row_no"], unique=False, schema="intake")
    op.execute(_OWN_CLOCK)


def downgrade() -> None:
    op.execute("DROP SCHEMA intake CASCADE")

"""The append-only access log and its seals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_REFUSE = """
CREATE FUNCTION audit.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the access log is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
COMMENT ON FUNCTION audit.refuse_change() IS 'Rows of the access log and its seals are never changed.';
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit.access_event FOR EACH ROW EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit.seal FOR EACH ROW EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER never_empty BEFORE TRUNCATE ON audit.seal FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
"""

# Partitions are made ahead by a job; the default one only catches what a forgotten job would lose.
_PARTITIONS = """
CREATE TABLE audit.access_event_default PARTITION OF audit.access_event DEFAULT;
CREATE TRIGGER never_empty BEFORE TRUNCATE ON audit.access_event_default
  FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
CREATE FUNCTION audit.ensure_partitions(months_ahead integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE first date; name text; made integer := 0;
BEGIN
  FOR ahead IN 0..months_ahead LOOP
    first := (date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => ahead))::date;
    name := 'access_event_' || to_char(first, 'YYYY_MM');
    IF to_regclass('audit.' || name) IS NULL THEN
      EXECUTE format('CREATE TABLE audit.%I PARTITION OF audit.access_event FOR VALUES FROM (%L) TO (%L)',
        name, first::timestamp AT TIME ZONE 'UTC', (first + interval '1 month')::timestamp AT TIME ZONE 'UTC');
      EXECUTE format('CREATE TRIGGER never_empty BEFORE TRUNCATE ON audit.%I FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change()', name);
      made := made + 1;
    END IF;
  END LOOP;
  RETURN made;
END $$;
COMMENT ON FUNCTION audit.ensure_partitions(integer) IS 'Makes the partitions of this month and the given number after it.';
SELECT audit.ensure_partitions(2);
"""


def upgrade() -> None:
    op.execute("CREATE SCHEMA audit")
    op.execute("COMMENT ON SCHEMA audit IS 'The append-only access log and its seals.'")
    op.create_table(
        "access_event",
        sa.Column(
            "access_id",
            sa.BigInteger(),
            sa.Identity(always=True),
            nullable=False,
            comment="Identity, given to the consumer.",
        ),
        sa.Column(
            "at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="When it was asked.",
        ),
        sa.Column(
            "tx",
            sa.BigInteger(),
            server_default=sa.text("pg_current_xact_id()::text::bigint"),
            nullable=False,
            comment="Its transaction; rows below the oldest running one are final.",
        ),
        sa.Column("request_id", sa.UUID(), nullable=False, comment="The caller's identifier, shared with its own log."),
        sa.Column("client_id", sa.Text(), nullable=False, comment="OAuth client."),
        sa.Column("token_jti", sa.Text(), nullable=False, comment="Token used."),
        sa.Column("agreement_id", sa.BigInteger(), nullable=True, comment="Agreement; null: refused for lack of one."),
        sa.Column("agency_code", sa.Text(), nullable=False, comment="Agency."),
        sa.Column("officer_code", sa.Text(), nullable=False, comment="Officer."),
        sa.Column("service_code", sa.Text(), nullable=False, comment="Procedure."),
        sa.Column("case_file_no", sa.Text(), nullable=False, comment="File."),
        sa.Column(
            "subject",
            sa.UUID(),
            nullable=True,
            comment="Blind index of the number asked for; null: refused before it was looked at.",
        ),
        sa.Column("status", sa.Text(), nullable=False, comment="What it came to."),
        sa.Column("reason", sa.Text(), nullable=True, comment="Reason code of a refusal or of UNAVAILABLE."),
        sa.Column("fields_mask", sa.Integer(), nullable=False, comment="Fields handed out."),
        sa.Column(
            "record_versions",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Versions handed out.",
        ),
        sa.Column(
            "replayed",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="How often this request id had been answered before.",
        ),
        sa.Column("address", postgresql.INET(), nullable=True, comment="Where the request came from."),
        sa.PrimaryKeyConstraint("access_id", "at", name=op.f("access_event_pk")),
        schema="audit",
        comment="Every request, answered or refused, before the answer leaves. Append-only, partitioned by month.",
        postgresql_partition_by="RANGE (at)",
    )
    op.create_index(
        "access_event_request_idx", "access_event", ["client_id", "request_id"], unique=False, schema="audit"
    )
    op.create_index("access_event_subject_idx", "access_event", ["subject", "at"], unique=False, schema="audit")
    op.create_index(
        "access_event_tx_idx", "access_event", ["tx"], unique=False, schema="audit", postgresql_using="brin"
    )
    op.create_table(
        "seal",
        sa.Column("seal_no", sa.BigInteger(), autoincrement=False, nullable=False, comment="Counts up without a gap."),
        sa.Column("tx_from", sa.BigInteger(), nullable=False, comment="First transaction covered."),
        sa.Column("tx_to", sa.BigInteger(), nullable=False, comment="First transaction no longer covered."),
        sa.Column("entries", sa.BigInteger(), nullable=False, comment="Entries sealed."),
        sa.Column("total", sa.BigInteger(), nullable=False, comment="Entries sealed since the beginning."),
        sa.Column(
            "root",
            sa.LargeBinary(),
            nullable=False,
            comment="Root of the Merkle tree over the entries (RFC 9162 shape).",
        ),
        sa.Column("previous_head", sa.LargeBinary(), nullable=False, comment="Head of the seal before."),
        sa.Column("head", sa.LargeBinary(), nullable=False, comment="SHA-256 over all of the above and the time."),
        sa.Column("key_id", sa.Text(), nullable=False, comment="Key that signed."),
        sa.Column("signature", sa.LargeBinary(), nullable=False, comment="Ed25519 signature of the head."),
        sa.Column(
            "sealed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="When.",
        ),
        sa.CheckConstraint(
            "octet_length(root) = 32 AND octet_length(head) = 32 AND octet_length(previous_head) = 32",
            name=op.f("seal_hashes_check"),
        ),
        sa.CheckConstraint("tx_from < tx_to AND entries >= 0 AND total >= entries", name=op.f("seal_range_check")),
        sa.PrimaryKeyConstraint("seal_no", name=op.f("seal_pk")),
        sa.UniqueConstraint("head", name=op.f("seal_head_key")),
        sa.UniqueConstraint("tx_from", "tx_to", name=op.f("seal_tx_from_tx_to_key")),
        schema="audit",
        comment="Signed, chained Merkle seals over ranges of the access log.",
    )
    op.execute(_REFUSE)
    op.execute(_PARTITIONS)


def downgrade() -> None:
    op.execute("DROP SCHEMA audit CASCADE")

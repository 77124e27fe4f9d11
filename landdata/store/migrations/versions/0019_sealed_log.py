"""What makes the log provable: prints of sealed entries, anchors, statements for consumers, looks into the log, delays."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_KEPT = ("seal_index", "anchor", "statement", "server_start", "inspection", "secrecy", "secrecy_step")
_APPEND_ONLY = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit.{0} FOR EACH ROW EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER never_empty BEFORE TRUNCATE ON audit.{0} FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
"""
# What is new since the last seal is found from its highest number on; a seal of before gets it once.
_LAST_ID = """
ALTER TABLE audit.seal DISABLE TRIGGER append_only;
UPDATE audit.seal s SET last_id = coalesce((SELECT max(e.access_id) FROM audit.access_event e WHERE e.tx < s.tx_to), 0)
WHERE s.seal_no = (SELECT max(seal_no) FROM audit.seal);
ALTER TABLE audit.seal ENABLE TRIGGER append_only;
ALTER TABLE audit.seal_index ALTER COLUMN prints SET STORAGE EXTERNAL;
ALTER TABLE audit.seal_index ALTER COLUMN numbers SET STORAGE EXTERNAL;
"""
_FUNCTIONS = (
    "audit.oldest_after(bigint, bigint)", "audit.stopped()", "audit.log_state()", "audit.note_fetched(text, bigint)", "audit.statements_of(text, integer)",
    "audit.note_inspection(text, bigint, text, text, text, text, text, uuid, text)",
)  # fmt: skip


def _now(name: str, comment: str) -> sa.Column[datetime]:
    return sa.Column(
        name,
        sa.DateTime(timezone=True),
        server_default=sa.text("clock_timestamp()"),
        nullable=False,
        comment=comment,
    )


def upgrade() -> None:
    op.add_column(
        "seal",
        sa.Column("last_id", sa.BigInteger(), nullable=True, comment="Highest access_id sealed so far."),
        schema="audit",
    )
    op.add_column(
        "seal",
        sa.Column(
            "index_hash",
            sa.LargeBinary(),
            nullable=True,
            comment="Vouches for audit.seal_index; null: a seal of the first form.",
        ),
        schema="audit",
    )
    op.create_table(
        "seal_index",
        sa.Column("seal_no", sa.BigInteger(), autoincrement=False, nullable=False, comment="The seal."),
        sa.Column(
            "numbers",
            sa.LargeBinary(),
            nullable=False,
            comment="Access ids in the order of the leaves: differences of 8 bytes, deflated.",
        ),
        sa.Column("prints", sa.LargeBinary(), nullable=False, comment="The first 8 bytes of each leaf's hash."),
        sa.ForeignKeyConstraint(["seal_no"], ["audit.seal.seal_no"], name=op.f("seal_index_seal_no_fk")),
        sa.PrimaryKeyConstraint("seal_no", name=op.f("seal_index_pk")),
        schema="audit",
        comment="What a seal covered, entry by entry, so that a verification can name what was changed.",
    )
    op.create_table(
        "anchor",
        sa.Column("anchor_id", sa.BigInteger(), sa.Identity(always=True), nullable=False, comment="Identity."),
        sa.Column("seal_no", sa.BigInteger(), nullable=False, comment="The seal whose head was handed out."),
        sa.Column("kind", sa.Text(), nullable=False, comment="FILE, TSA or CONSUMER."),
        sa.Column(
            "place", sa.Text(), nullable=False, comment="The file, the authority's address, or the consumer's client."
        ),
        sa.Column("head", sa.LargeBinary(), nullable=False, comment="The head as it was handed out."),
        sa.Column("receipt", sa.LargeBinary(), nullable=True, comment="The authority's answer (RFC 3161, DER)."),
        sa.Column(
            "complete",
            sa.Boolean(),
            nullable=False,
            comment="From then on all anchors that the settings demand hold this head or a later one.",
        ),
        _now("at", "When."),
        sa.CheckConstraint("kind IN ('FILE','TSA','CONSUMER')", name=op.f("anchor_kind_check")),
        sa.CheckConstraint("octet_length(head) = 32", name=op.f("anchor_head_check")),
        sa.CheckConstraint("(kind = 'TSA') = (receipt IS NOT NULL)", name=op.f("anchor_receipt_check")),
        sa.ForeignKeyConstraint(["seal_no"], ["audit.seal.seal_no"], name=op.f("anchor_seal_no_fk")),
        sa.PrimaryKeyConstraint("anchor_id", name=op.f("anchor_pk")),
        sa.UniqueConstraint("kind", "place", "seal_no", name=op.f("anchor_kind_place_seal_no_key")),
        schema="audit",
        comment="Who outside the database holds which head, and since when. Append-only.",
    )
    op.create_index("anchor_seal_idx", "anchor", ["seal_no"], schema="audit")
    op.create_index(
        "anchor_complete_idx", "anchor", ["anchor_id"], schema="audit", postgresql_where=sa.text("complete")
    )
    op.create_table(
        "statement",
        sa.Column("client_id", sa.Text(), nullable=False, comment="Whose requests."),
        sa.Column("day", sa.Date(), nullable=False, comment="Day in Vietnam."),
        sa.Column(
            "seal_no",
            sa.BigInteger(),
            nullable=False,
            comment="The first seal under which all of them stand.",
        ),
        sa.Column("body", sa.Text(), nullable=False, comment="What was signed, JSON."),
        sa.Column("key_id", sa.Text(), nullable=False, comment="Key that signed."),
        sa.Column("signature", sa.LargeBinary(), nullable=False, comment="Ed25519 signature of the body."),
        _now("made_at", "When."),
        sa.ForeignKeyConstraint(["seal_no"], ["audit.seal.seal_no"], name=op.f("statement_seal_no_fk")),
        sa.PrimaryKeyConstraint("client_id", "day", name=op.f("statement_pk")),
        schema="audit",
        comment="How many requests of a consumer the log holds for a day, signed, to be compared with its own. Append-only.",
    )
    op.create_table(
        "server_start",
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When the server started, or recovered.",
        ),
        _now("noticed_at", "When the sealer saw it."),
        sa.PrimaryKeyConstraint("started_at", name=op.f("server_start_pk")),
        schema="audit",
        comment="Starts of the database server: numbers lost then were not rolled back by anyone. Append-only.",
    )
    op.create_table(
        "inspection",
        sa.Column("inspection_id", sa.BigInteger(), sa.Identity(always=True), nullable=False, comment="Identity."),
        sa.Column(
            "access_id",
            sa.BigInteger(),
            nullable=False,
            comment="Its own entry in the access log, whose token_jti is the hash of what was sought.",
        ),
        sa.Column("kind", sa.Text(), nullable=False, comment="SEARCH, CITIZEN or EVIDENCE."),
        sa.Column("person_id", sa.BigInteger(), nullable=False, comment="Who looked."),
        sa.Column("reason", sa.Text(), nullable=False, comment="Why, in the person's words."),
        sa.Column(
            "sought",
            sa.Text(),
            nullable=False,
            comment="What was looked for, JSON; a citizen only as a blind index.",
        ),
        _now("at", "When."),
        sa.CheckConstraint("kind IN ('SEARCH','CITIZEN','EVIDENCE')", name=op.f("inspection_kind_check")),
        sa.CheckConstraint("btrim(reason) <> ''", name=op.f("inspection_reason_check")),
        sa.ForeignKeyConstraint(["person_id"], ["org.person.person_id"], name=op.f("inspection_person_id_fk")),
        sa.PrimaryKeyConstraint("inspection_id", name=op.f("inspection_pk")),
        schema="audit",
        comment="Every look into the access log, kept for good: it is a processing of personal data, too. Append-only.",
    )
    op.create_table(
        "secrecy",
        sa.Column("secrecy_id", sa.BigInteger(), sa.Identity(always=True), nullable=False, comment="Identity."),
        sa.Column("client_id", sa.Text(), nullable=False, comment="Whose requests."),
        sa.Column("service_code", sa.Text(), nullable=True, comment="Only this procedure; null: all of them."),
        sa.Column("case_file_no", sa.Text(), nullable=True, comment="Only this file; null: all of them."),
        sa.Column("days", sa.Integer(), nullable=True, comment="The citizen sees a request so many days after it."),
        sa.Column("until", sa.Date(), nullable=True, comment="The citizen sees it from this day on."),
        sa.Column("legal_ground", sa.Text(), nullable=False, comment="The law that allows the delay."),
        sa.CheckConstraint(
            "num_nonnulls(days, until) = 1 AND coalesce(days, 1) BETWEEN 1 AND 3650",
            name=op.f("secrecy_one_limit_check"),
        ),
        sa.CheckConstraint("btrim(legal_ground) <> ''", name=op.f("secrecy_legal_ground_check")),
        sa.PrimaryKeyConstraint("secrecy_id", name=op.f("secrecy_pk")),
        schema="audit",
        comment="Lawful delays of the citizen's view; an inspector sees all. Append-only; its steps say whether it is in force.",
    )
    op.create_table(
        "secrecy_step",
        sa.Column("step_id", sa.BigInteger(), sa.Identity(always=True), nullable=False, comment="Identity."),
        sa.Column("secrecy_id", sa.BigInteger(), nullable=False, comment="The delay."),
        sa.Column("step", sa.Text(), nullable=False, comment="ASKED, APPROVED, REJECTED or ENDED."),
        sa.Column("person_id", sa.BigInteger(), nullable=False, comment="Who; two persons ask and approve."),
        sa.Column("reason", sa.Text(), nullable=False, comment="Why, in the person's words."),
        _now("at", "When."),
        sa.CheckConstraint("step IN ('ASKED','APPROVED','REJECTED','ENDED')", name=op.f("secrecy_step_step_check")),
        sa.CheckConstraint("btrim(reason) <> ''", name=op.f("secrecy_step_reason_check")),
        sa.ForeignKeyConstraint(["secrecy_id"], ["audit.secrecy.secrecy_id"], name=op.f("secrecy_step_secrecy_id_fk")),
        sa.ForeignKeyConstraint(["person_id"], ["org.person.person_id"], name=op.f("secrecy_step_person_id_fk")),
        sa.PrimaryKeyConstraint("step_id", name=op.f("secrecy_step_pk")),
        schema="audit",
        comment="Who asked for a delay, who approved and who ended it. Append-only.",
    )
    op.create_index("secrecy_step_once_key", "secrecy_step", ["secrecy_id", "step"], unique=True, schema="audit")
    op.create_index(
        "secrecy_step_person_key",
        "secrecy_step",
        ["secrecy_id", "person_id"],
        unique=True,
        schema="audit",
        postgresql_where=sa.text("step IN ('ASKED','APPROVED')"),
    )
    for table in _KEPT:
        op.execute(_APPEND_ONLY.format(table))
    op.execute(_LAST_ID)


def downgrade() -> None:
    for function in _FUNCTIONS:
        op.execute(f"DROP FUNCTION IF EXISTS {function}")
    for table in reversed(_KEPT):
        op.drop_table(table, schema="audit")
    op.drop_column("seal", "index_hash", schema="audit")
    op.drop_column("seal", "last_id", schema="audit")

"""The change feed: whom consumers were answered about, what changed since, who read how far, and where to tell them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_TX = sa.text("pg_current_xact_id()::text::bigint")
_NOW = sa.text("clock_timestamp()")


def upgrade() -> None:
    op.create_table(
        "feed",
        sa.Column("feed_no", sa.SmallInteger(), autoincrement=False, nullable=False, comment="Always 1: there is one."),
        sa.Column(
            "last_no", sa.BigInteger(), nullable=False, comment="Number of the newest change; numbers have no gaps."
        ),
        sa.Column("done_tx", sa.BigInteger(), nullable=False, comment="First transaction that was not looked at yet."),
        sa.CheckConstraint("feed_no = 1", name=op.f("feed_only_check")),
        sa.PrimaryKeyConstraint("feed_no", name=op.f("feed_pk")),
        schema="share",
        comment="How far the feed is; its row lock lets one at a time number changes.",
    )
    op.execute("INSERT INTO share.feed (feed_no, last_no, done_tx) VALUES (1, 0, 0)")
    op.create_table(
        "feed_scope",
        sa.Column("agreement_id", sa.BigInteger(), nullable=False, comment="An agreement."),
        sa.Column(
            "scope",
            sa.Text(),
            nullable=False,
            comment="Digest of its units and the register in force; empty: it is not in force.",
        ),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["share.agreement.agreement_id"], name=op.f("feed_scope_agreement_id_fk")
        ),
        sa.PrimaryKeyConstraint("agreement_id", name=op.f("feed_scope_pk")),
        schema="share",
        comment="What agreements reached when the feed last looked; one that reaches elsewhere is looked at as a whole.",
    )
    op.create_table(
        "watch",
        sa.Column("party_id", sa.BigInteger(), nullable=False, comment="A citizen; distribution column."),
        sa.Column("agreement_id", sa.BigInteger(), nullable=False, comment="Under which agreement the answer was."),
        sa.Column(
            "record_version", sa.Text(), nullable=True, comment="The version told last; null: nothing is shared."
        ),
        sa.Column(
            "tx", sa.BigInteger(), server_default=_TX, nullable=False, comment="Transaction of the first answer."
        ),
        sa.PrimaryKeyConstraint("party_id", "agreement_id", name=op.f("watch_pk")),
        schema="share",
        comment="Citizens that a consumer was answered about: the feed tells of nobody else.",
    )
    op.create_index("watch_tx_idx", "watch", ["tx"], unique=False, schema="share")
    op.create_table(
        "touched",
        sa.Column("touched_no", sa.BigInteger(), sa.Identity(always=True), nullable=False, comment="Identity."),
        sa.Column("party_id", sa.BigInteger(), nullable=False, comment="A citizen whose claims were settled."),
        sa.Column(
            "tx", sa.BigInteger(), server_default=_TX, nullable=False, comment="The transaction that settled them."
        ),
        sa.PrimaryKeyConstraint("touched_no", name=op.f("touched_pk")),
        schema="share",
        comment="Citizens that matching gave or took records, until the feed has looked at them.",
    )
    op.create_table(
        "change",
        sa.Column(
            "change_no",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="Counts up without a gap, in order of commit.",
        ),
        sa.Column("agreement_id", sa.BigInteger(), nullable=False, comment="Whom it concerns."),
        sa.Column("party_id", sa.BigInteger(), nullable=False, comment="The citizen whose record it is."),
        sa.Column(
            "record_version", sa.Text(), nullable=True, comment="The new version; null: nothing is shared any more."
        ),
        sa.Column("at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False, comment="When it was noted."),
        sa.PrimaryKeyConstraint("change_no", name=op.f("change_pk")),
        schema="share",
        comment="Changed records that consumers were answered about; kept for 91 days.",
    )
    op.create_index("change_agreement_idx", "change", ["agreement_id", "change_no"], unique=False, schema="share")
    op.create_table(
        "reader",
        sa.Column("client_id", sa.Text(), nullable=False, comment="The consumer's OAuth client."),
        sa.Column(
            "confirmed_no",
            sa.BigInteger(),
            nullable=False,
            comment="The cursor it showed last: it has everything up to there.",
        ),
        sa.Column("given_no", sa.BigInteger(), nullable=False, comment="The cursor it was given last."),
        sa.Column("fetched_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False, comment="When."),
        sa.ForeignKeyConstraint(["client_id"], ["oauth.client.client_id"], name=op.f("reader_client_id_fk")),
        sa.PrimaryKeyConstraint("client_id", name=op.f("reader_pk")),
        schema="share",
        comment="How far each consumer has read the feed.",
    )
    op.create_table(
        "webhook",
        sa.Column("client_id", sa.Text(), nullable=False, comment="The consumer's OAuth client."),
        sa.Column("url", sa.Text(), nullable=False, comment="Where messages go."),
        sa.Column(
            "key_no", sa.Integer(), server_default=sa.text("1"), nullable=False, comment="Which of its signing keys."
        ),
        sa.Column("key_since", sa.DateTime(timezone=True), server_default=_NOW, nullable=False, comment="Since when."),
        sa.Column(
            "announced_no",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Newest change that a taken message told of.",
        ),
        sa.Column(
            "pending_no",
            sa.BigInteger(),
            nullable=True,
            comment="The change that the message under way tells of; its id is made of it.",
        ),
        sa.Column("pending_at", sa.DateTime(timezone=True), nullable=True, comment="When that message was made."),
        sa.Column(
            "attempts", sa.Integer(), server_default=sa.text("0"), nullable=False, comment="Vain tries of that message."
        ),
        sa.Column(
            "failing_since", sa.DateTime(timezone=True), nullable=True, comment="First of the vain tries in a row."
        ),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True, comment="Not before; null: at once."),
        sa.Column("last_try_at", sa.DateTime(timezone=True), nullable=True, comment="The last try."),
        sa.Column(
            "last_status", sa.Text(), nullable=True, comment="Its HTTP status, TIMEOUT, UNREACHABLE or ADDRESS_REFUSED."
        ),
        sa.Column(
            "disabled_at", sa.DateTime(timezone=True), nullable=True, comment="When it was given up; null: in use."
        ),
        sa.CheckConstraint("url ~ '^https?://'", name=op.f("webhook_url_check")),
        sa.CheckConstraint("(pending_no IS NULL) = (pending_at IS NULL)", name=op.f("webhook_pending_check")),
        sa.ForeignKeyConstraint(["client_id"], ["oauth.client.client_id"], name=op.f("webhook_client_id_fk")),
        sa.PrimaryKeyConstraint("client_id", name=op.f("webhook_pk")),
        schema="share",
        comment="Where a consumer is told that there is more, and how that goes.",
    )
    op.create_index("publication_tx_idx", "publication", ["tx"], unique=False, schema="land")


def downgrade() -> None:
    op.drop_index("publication_tx_idx", "publication", schema="land")
    for name in ("webhook", "reader", "change", "touched", "watch", "feed_scope", "feed"):
        op.drop_table(name, schema="share")

"""The change feed: citizens answered about, what changed since, and how far consumers have read (schema share)."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, ForeignKey, Index, SmallInteger, Table, Text, text

from landdata.store.tables.base import col, identity, metadata, recorded

_TX = text("pg_current_xact_id()::text::bigint")

feed = Table(
    "feed",
    metadata,
    Column("feed_no", SmallInteger, primary_key=True, autoincrement=False, comment="Always 1: there is one."),
    col("last_no", BigInteger, comment="Number of the newest change; numbers have no gaps."),
    col("done_tx", BigInteger, comment="First transaction that was not looked at yet."),
    CheckConstraint("feed_no = 1", name="only"),
    schema="share",
    comment="How far the feed is; its row lock lets one at a time number changes.",
)

feed_scope = Table(
    "feed_scope",
    metadata,
    Column(
        "agreement_id",
        BigInteger,
        ForeignKey("share.agreement.agreement_id"),
        primary_key=True,
        comment="An agreement.",
    ),
    col("scope", Text, comment="Digest of its units and the register in force; empty: it is not in force."),
    schema="share",
    comment="What agreements reached when the feed last looked; one that reaches elsewhere is looked at as a whole.",
)

watch = Table(
    "watch",
    metadata,
    Column("party_id", BigInteger, primary_key=True, autoincrement=False, comment="A citizen; distribution column."),
    Column(
        "agreement_id",
        BigInteger,
        primary_key=True,
        autoincrement=False,
        comment="Under which agreement the answer was.",
    ),
    col("record_version", Text, null=True, comment="The version told last; null: nothing is shared."),
    col("tx", BigInteger, server_default=_TX, comment="Transaction of the first answer."),
    Index("watch_tx_idx", "tx"),
    schema="share",
    comment="Citizens that a consumer was answered about: the feed tells of nobody else.",
)

touched = Table(
    "touched",
    metadata,
    identity("touched_no", "Identity."),
    col("party_id", BigInteger, comment="A citizen whose claims were settled."),
    col("tx", BigInteger, server_default=_TX, comment="The transaction that settled them."),
    schema="share",
    comment="Citizens that matching gave or took records, until the feed has looked at them.",
)

change = Table(
    "change",
    metadata,
    Column(
        "change_no",
        BigInteger,
        primary_key=True,
        autoincrement=False,
        comment="Counts up without a gap, in order of commit.",
    ),
    col("agreement_id", BigInteger, comment="Whom it concerns."),
    col("party_id", BigInteger, comment="The citizen whose record it is."),
    col("record_version", Text, null=True, comment="The new version; null: nothing is shared any more."),
    recorded("at", "When it was noted."),
    Index("change_agreement_idx", "agreement_id", "change_no"),
    schema="share",
    comment="Changed records that consumers were answered about; kept for 91 days.",
)

reader = Table(
    "reader",
    metadata,
    Column(
        "client_id",
        Text,
        ForeignKey("oauth.client.client_id"),
        primary_key=True,
        comment="The consumer's OAuth client.",
    ),
    col("confirmed_no", BigInteger, comment="The cursor it showed last: it has everything up to there."),
    col("given_no", BigInteger, comment="The cursor it was given last."),
    col("fetched_at", DateTime(timezone=True), server_default=text("clock_timestamp()"), comment="When."),
    schema="share",
    comment="How far each consumer has read the feed.",
)

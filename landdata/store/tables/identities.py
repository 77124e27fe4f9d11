"""Identity claims of holders, the citizens they were verified to be, and those citizens' numbers (schema match)."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
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

_TX = text("pg_current_xact_id()::text::bigint")

party = Table(
    "party",
    metadata,
    identity("party_id", "Identity; distribution column of everything about a citizen."),
    col("person_ref", Text, unique=True, comment="Opaque reference of the population platform."),
    col("name_hash", LargeBinary, comment="Keyed hash of the official name: NFC, upper case, folded spaces."),
    col("name_folded_hash", LargeBinary, comment="The same with tone placement folded (Hòa / Hoà)."),
    col(
        "birth_date_hash",
        LargeBinary,
        null=True,
        comment="Keyed hash of the full date of birth; null: the register has only the year.",
    ),
    col("birth_year_hash", LargeBinary, comment="Keyed hash of the year of birth."),
    col("life_status", Text, comment="ALIVE or DEAD, as last reported."),
    recorded("verified_at", "When the population platform last confirmed it."),
    col("hash_version", SmallInteger, server_default=text("1"), comment="Version of the key that made the hashes."),
    CheckConstraint("life_status IN ('ALIVE','DEAD')", name="life_status"),
    schema="match",
    comment="A citizen of the population database that a holder was verified to be.",
)

party_number = Table(
    "party_number",
    metadata,
    Column("bidx", UUID(as_uuid=True), primary_key=True, comment="Keyed blind index of a number of the citizen."),
    Column("party_id", BigInteger, ForeignKey("match.party.party_id"), primary_key=True, comment="The citizen."),
    col("kind", Text, comment="CURRENT or OLD."),
    col(
        "number_sealed",
        LargeBinary,
        null=True,
        comment="The number, AES-256-GCM, to index it anew when that key is changed; null: to be asked for again then.",
    ),
    col(
        "bidx_version", SmallInteger, server_default=text("1"), comment="Version of the key that made the blind index."
    ),
    col(
        "tx",
        BigInteger,
        null=True,
        server_default=_TX,
        comment="The transaction that noted it; null: it was always there.",
    ),
    CheckConstraint("kind IN ('CURRENT','OLD')", name="kind"),
    Index("party_number_party_idx", "party_id"),
    schema="match",
    comment="Numbers by which a citizen can be asked for.",
)

claim = Table(
    "claim",
    metadata,
    Column(
        "identity_key",
        UUID(as_uuid=True),
        primary_key=True,
        comment="Keyed hash of name, number and birth as on certificates.",
    ),
    col(
        "status",
        Text,
        server_default=text("'PENDING'"),
        comment="PENDING, VERIFIED, MISMATCH, NOT_FOUND, INCOMPLETE or AMBIGUOUS.",
    ),
    col("reasons", ARRAY(Text), server_default=text("'{}'"), comment="Reason codes."),
    col("party_id", BigInteger, ForeignKey("match.party.party_id"), null=True, comment="The citizen, when VERIFIED."),
    col(
        "bearer_id",
        BigInteger,
        ForeignKey("match.party.party_id"),
        null=True,
        comment="Who bears the number, when not believed to be the holder: for clerks, never answered to anybody.",
    ),
    col(
        "name_share",
        SmallInteger,
        null=True,
        comment="Letters in a hundred that the name has in common with the bearer's.",
    ),
    col("years_apart", SmallInteger, null=True, comment="Years between the birth as written and the bearer's."),
    col("name", Text, comment="Name as on the certificate."),
    col("id_number_sealed", LargeBinary, null=True, comment="Number as on the certificate, AES-256-GCM."),
    col("birth_date", Date, null=True, comment="Full date of birth, where given."),
    col("birth_year", SmallInteger, null=True, comment="Year of birth, where given."),
    col("attempts", Integer, server_default=text("0"), comment="How often it was sent."),
    recorded("first_seen_at", "When a certificate first named it."),
    col("checked_at", DateTime(timezone=True), null=True, comment="When the platform last answered."),
    col(
        "recheck_at",
        DateTime(timezone=True),
        null=True,
        comment="When the platform reported a change of the citizen; null: nothing to ask again. Until then the outcome stands.",
    ),
    col(
        "key_version", SmallInteger, server_default=text("1"), comment="Version of the key that made the identity key."
    ),
    CheckConstraint("status IN ('PENDING','VERIFIED','MISMATCH','NOT_FOUND','INCOMPLETE','AMBIGUOUS')", name="status"),
    CheckConstraint("(status = 'VERIFIED') = (party_id IS NOT NULL)", name="verified"),
    Index(
        "claim_due_idx",
        "first_seen_at",
        "identity_key",
        postgresql_where=text("status = 'PENDING' OR recheck_at IS NOT NULL"),
    ),
    Index("claim_bearer_idx", "bearer_id", postgresql_where=text("bearer_id IS NOT NULL")),
    Index("claim_party_idx", "party_id", postgresql_where=text("party_id IS NOT NULL")),
    schema="match",
    comment="What certificates claim of one holder; asked of the population platform once, however many certificates repeat it.",
)

claim_was = Table(
    "claim_was",
    metadata,
    Column("identity_key", UUID(as_uuid=True), primary_key=True, comment="The claim."),
    Column("was_no", BigInteger, Identity(always=True), primary_key=True, comment="Order of the changes."),
    col("party_id", BigInteger, null=True, comment="The citizen it was verified to be; null: none."),
    col("tx", BigInteger, server_default=_TX, comment="The transaction that ended it."),
    recorded("at", "When."),
    Index("claim_was_party_idx", "party_id", postgresql_where=text("party_id IS NOT NULL")),
    Index("claim_was_at_idx", "at", postgresql_using="brin"),
    schema="match",
    comment="Whom claims were verified to be until matching said otherwise; kept as long as requests are replayed.",
)

party_was = Table(
    "party_was",
    metadata,
    Column("party_id", BigInteger, primary_key=True, autoincrement=False, comment="The citizen."),
    Column("was_no", BigInteger, Identity(always=True), primary_key=True, comment="Order of the changes."),
    col("name_hash", LargeBinary, comment="As in match.party, until then."),
    col("name_folded_hash", LargeBinary, comment="As in match.party, until then."),
    col("birth_date_hash", LargeBinary, null=True, comment="As in match.party, until then."),
    col("birth_year_hash", LargeBinary, comment="As in match.party, until then."),
    col("tx", BigInteger, server_default=_TX, comment="The transaction that ended it."),
    recorded("at", "When."),
    Index("party_was_at_idx", "at", postgresql_using="brin"),
    schema="match",
    comment="What the population platform said of citizens until it said otherwise; kept as long as requests are replayed.",
)

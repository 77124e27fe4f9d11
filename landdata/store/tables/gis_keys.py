"""Keys of people's GIS programs, and how much every reader of the map takes by day (schema people)."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    Text,
    Uuid,
    text,
)

from landdata.store.tables.base import col, metadata

gis_key = Table(
    "gis_key",
    metadata,
    Column("key_uid", Uuid, primary_key=True, comment="Names it in lists; opens nothing."),
    col("person_id", BigInteger, ForeignKey("people.account.person_id"), comment="Whose."),
    col("digest", LargeBinary, unique=True, comment="SHA-256 of the key, which is kept nowhere."),
    col("name", Text, comment="Where it is used, in its owner's words."),
    col("made_at", DateTime(timezone=True), comment="When it was made."),
    col("ends_at", DateTime(timezone=True), comment="When it ends by itself."),
    col("used_at", DateTime(timezone=True), null=True, comment="Last use, to the hour."),
    col("ended_at", DateTime(timezone=True), null=True, comment="When it was ended before its time."),
    CheckConstraint("octet_length(digest) = 32", name="digest"),
    CheckConstraint("ends_at > made_at AND ends_at <= made_at + interval '91 days'", name="life"),
    Index("gis_key_person_idx", "person_id"),
    schema="people",
    comment="Keys by which programs that know no proof of possession (QGIS, GDAL) read parcels as a person.",
)

map_use = Table(
    "map_use",
    metadata,
    Column("on_day", Date, primary_key=True, comment="Day in Vietnam."),
    Column("subject", Text, primary_key=True, comment="Sign-in name, or 'client ' and an OAuth client."),
    col("tiles", BigInteger, server_default=text("0"), comment="Tiles."),
    col("pages", BigInteger, server_default=text("0"), comment="Pages of features, and single ones."),
    col("features", BigInteger, server_default=text("0"), comment="Features in them."),
    CheckConstraint("least(tiles, pages, features) >= 0", name="counts"),
    schema="people",
    comment="How much of the map each reader took by day; parcels without their holders are nobody's data, copying them all is watched.",
)

"""Where the parcels of each commune lie, and up to which publication that was worked out (schema stats)."""

from __future__ import annotations

from geoalchemy2 import Geometry
from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, Table, text

from landdata.store.tables.base import col, metadata

commune_extent = Table(
    "commune_extent",
    metadata,
    Column(
        "unit_id",
        Integer,
        ForeignKey("ref.unit.unit_id"),
        primary_key=True,
        autoincrement=False,
        comment="Commune version.",
    ),
    col(
        "hull",
        Geometry("POLYGON", srid=4326, spatial_index=False),
        null=True,
        comment="Convex hull of its parcels, WGS 84; null: not worked out yet. No boundary: that nobody publishes.",
    ),
    col("place", Geometry("POINT", srid=4326, spatial_index=False), null=True, comment="Middle of the hull."),
    col("last_pub", BigInteger, comment="The last publication that was seen to change its parcels."),
    col("is_stale", Boolean, comment="Parcels came or went since it was worked out."),
    CheckConstraint("(hull IS NULL) = (place IS NULL)", name="place"),
    Index("commune_extent_hull_idx", "hull", postgresql_using="gist"),
    Index("commune_extent_stale_idx", "unit_id", postgresql_where=text("is_stale")),
    schema="stats",
    comment="Where a commune's parcels lie, for maps too small to show them; follows publications within minutes.",
)

extent_reach = Table(
    "extent_reach",
    metadata,
    Column("is_only", Boolean, primary_key=True, comment="There is one row."),
    col("tx", BigInteger, comment="Publications of transactions before this one were seen."),
    CheckConstraint("is_only", name="one_row"),
    schema="stats",
    comment="Up to which transaction publications were looked at for stats.commune_extent.",
)

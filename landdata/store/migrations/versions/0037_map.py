"""The map: where each commune's parcels lie, past versions by place, keys of people's GIS programs, and who took how much."""

from __future__ import annotations

import geoalchemy2
import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

_ROLES = (
    "role IN ('BACKFILL','MINISTRY_VIEWER','MINISTRY_BACKFILL','LAND_OFFICER','MATCHING_CLERK','SECOND_APPROVER',"
    "'SECURITY_OFFICER','INSPECTOR',{}'ADMINISTRATOR')"
)


def upgrade() -> None:
    _extents()
    _keys()
    _use()
    _allow_role("'GIS_USER',")
    # Only what stands has an index by place; whoever asks for another day needs the rest.
    op.create_index(
        "parcel_past_geom_idx", "parcel", ["geom"], unique=False, schema="land", postgresql_using="gist",
        postgresql_where=sa.text("NOT is_current"),
    )  # fmt: skip

    op.create_index(
        "parcel_past_key_idx", "parcel", ["commune_id", "map_sheet_number", "parcel_number"], unique=False, schema="land",
        postgresql_where=sa.text("NOT is_current"),
    )  # fmt: skip
    # Which province a commune version lay in is asked for every parcel that is shown.
    op.create_index("register_unit_idx", "register", ["unit_id", "epoch_id"], unique=False, schema="ref")


def _extents() -> None:
    def shape(kind: str) -> geoalchemy2.Geometry:
        return geoalchemy2.Geometry(geometry_type=kind, srid=4326, dimension=2, spatial_index=False)

    op.create_table(
        "commune_extent",
        sa.Column("unit_id", sa.Integer(), autoincrement=False, nullable=False, comment="Commune version."),
        sa.Column(
            "hull", shape("POLYGON"), nullable=True,
            comment="Convex hull of its parcels, WGS 84; null: not worked out yet. No boundary: that nobody publishes.",
        ),
        sa.Column("place", shape("POINT"), nullable=True, comment="Middle of the hull."),
        sa.Column(
            "last_pub", sa.BigInteger(), nullable=False,
            comment="The last publication that was seen to change its parcels.",
        ),
        sa.Column("is_stale", sa.Boolean(), nullable=False, comment="Parcels came or went since it was worked out."),
        sa.CheckConstraint("(hull IS NULL) = (place IS NULL)", name=op.f("commune_extent_place_check")),
        sa.ForeignKeyConstraint(["unit_id"], ["ref.unit.unit_id"], name=op.f("commune_extent_unit_id_fk")),
        sa.PrimaryKeyConstraint("unit_id", name=op.f("commune_extent_pk")),
        schema="stats",
        comment="Where a commune's parcels lie, for maps too small to show them; follows publications within minutes.",
    )  # fmt: skip
    op.create_index(
        "commune_extent_hull_idx", "commune_extent", ["hull"], unique=False, schema="stats", postgresql_using="gist"
    )
    op.create_index(
        "commune_extent_stale_idx", "commune_extent", ["unit_id"], unique=False, schema="stats",
        postgresql_where=sa.text("is_stale"),
    )  # fmt: skip
    op.create_table(
        "extent_reach",
        sa.Column("is_only", sa.Boolean(), nullable=False, comment="There is one row."),
        sa.Column(
            "tx", sa.BigInteger(), nullable=False, comment="Publications of transactions before this one were seen."
        ),
        sa.CheckConstraint("is_only", name=op.f("extent_reach_one_row_check")),
        sa.PrimaryKeyConstraint("is_only", name=op.f("extent_reach_pk")),
        schema="stats",
        comment="Up to which transaction publications were looked at for stats.commune_extent.",
    )
    op.execute("INSERT INTO stats.extent_reach VALUES (true, 0)")


def _at(name: str, comment: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null, comment=comment)


def _keys() -> None:
    op.create_table(
        "gis_key",
        sa.Column("key_uid", sa.Uuid(), nullable=False, comment="Names it in lists; opens nothing."),
        sa.Column("person_id", sa.BigInteger(), nullable=False, comment="Whose."),
        sa.Column("digest", sa.LargeBinary(), nullable=False, comment="SHA-256 of the key, which is kept nowhere."),
        sa.Column("name", sa.Text(), nullable=False, comment="Where it is used, in its owner's words."),
        _at("made_at", "When it was made."),
        _at("ends_at", "When it ends by itself."),
        _at("used_at", "Last use, to the hour.", null=True),
        _at("ended_at", "When it was ended before its time.", null=True),
        sa.CheckConstraint("octet_length(digest) = 32", name=op.f("gis_key_digest_check")),
        sa.CheckConstraint(
            "ends_at > made_at AND ends_at <= made_at + interval '91 days'", name=op.f("gis_key_life_check")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.account.person_id"], name=op.f("gis_key_person_id_fk")),
        sa.PrimaryKeyConstraint("key_uid", name=op.f("gis_key_pk")),
        sa.UniqueConstraint("digest", name=op.f("gis_key_digest_key")),
        schema="people",
        comment="Keys by which programs that know no proof of possession (QGIS, GDAL) read parcels as a person.",
    )
    op.create_index("gis_key_person_idx", "gis_key", ["person_id"], unique=False, schema="people")


def _use() -> None:
    def amount(name: str, comment: str) -> sa.Column[object]:
        return sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False, comment=comment)

    op.create_table(
        "map_use",
        sa.Column("on_day", sa.Date(), nullable=False, comment="Day in Vietnam."),
        sa.Column("subject", sa.Text(), nullable=False, comment="Sign-in name, or 'client ' and an OAuth client."),
        amount("tiles", "Tiles."),
        amount("pages", "Pages of features, and single ones."),
        amount("features", "Features in them."),
        sa.CheckConstraint("least(tiles, pages, features) >= 0", name=op.f("map_use_counts_check")),
        sa.PrimaryKeyConstraint("on_day", "subject", name=op.f("map_use_pk")),
        schema="people",
        comment="How much of the map each reader took by day; parcels without their holders are nobody's data, copying them all is watched.",
    )


def _allow_role(more: str) -> None:
    op.drop_constraint(op.f("role_grant_role_check"), "role_grant", schema="org")
    op.create_check_constraint(op.f("role_grant_role_check"), "role_grant", _ROLES.format(more), schema="org")


def downgrade() -> None:
    # A grant is kept for good by a trigger; with the role gone nobody could hold it.
    op.execute("ALTER TABLE org.role_grant DISABLE TRIGGER kept")
    op.execute("DELETE FROM org.role_grant WHERE role = 'GIS_USER'")
    op.execute("ALTER TABLE org.role_grant ENABLE TRIGGER kept")
    _allow_role("")
    op.execute(
        "DROP VIEW IF EXISTS land.shown_parcel, land.shown_version, land.shown_purpose, land.shown_lineage, "
        "stats.shown_commune, stats.shown_ground"
    )
    op.drop_table("map_use", schema="people")
    op.drop_table("gis_key", schema="people")
    op.drop_table("extent_reach", schema="stats")
    op.drop_table("commune_extent", schema="stats")
    op.drop_index("register_unit_idx", table_name="register", schema="ref")
    op.drop_index("parcel_past_key_idx", table_name="parcel", schema="land")
    op.drop_index("parcel_past_geom_idx", table_name="parcel", schema="land")

"""What makes the gate fast: quotas counted, connected communes counted, replays counted, indexes it lacked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

# Functions are installed anew after the migrations; what answers in another shape, or is gone, has to go first.
_OLD = """
DROP FUNCTION IF EXISTS share.watch_answers(bigint[], bigint[], text[]);
DROP FUNCTION IF EXISTS share.read_land_records(jsonb);
DROP FUNCTION IF EXISTS share.answer_one(jsonb, share.agreement, integer, smallint, integer, pg_snapshot);
DROP FUNCTION IF EXISTS share.certificate_json(integer, bigint, smallint, bigint, integer);
DROP FUNCTION IF EXISTS share.holders_of(integer, bigint, smallint, bigint);
DROP FUNCTION IF EXISTS share.coverage_of(smallint, integer);
DROP FUNCTION IF EXISTS share.in_scope(integer, smallint, integer, bigint, boolean);
DROP FUNCTION IF EXISTS share.stands(bigint, bigint, pg_snapshot);
"""
_NEW = """
DROP TRIGGER IF EXISTS connect_new ON stats.coverage_counter;
DROP TRIGGER IF EXISTS connect_changed ON stats.coverage_counter;
DROP TRIGGER IF EXISTS connect_gone ON stats.coverage_counter;
DROP TRIGGER IF EXISTS connect_emptied ON stats.coverage_counter;
DROP FUNCTION IF EXISTS share.read_land_records(jsonb);
DROP FUNCTION IF EXISTS share.not_covered(smallint, integer, pg_snapshot);
DROP FUNCTION IF EXISTS share.wholly_connected(smallint, integer, pg_snapshot);
DROP FUNCTION IF EXISTS share.communes_of(smallint, integer, pg_snapshot);
DROP FUNCTION IF EXISTS share.in_scope(integer, smallint, integer, bigint);
DROP FUNCTION IF EXISTS share.stood(bigint, bigint, pg_snapshot);
DROP FUNCTION IF EXISTS stats.connect();
DROP FUNCTION IF EXISTS stats.count_connected();
"""
# A table whose rows are counted up again and again: room for the next version on the same page, no index touched.
_ROOM = "ALTER TABLE {} SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500)"


def upgrade() -> None:
    op.execute(_OLD)
    op.add_column(
        "request",
        sa.Column(
            "answered",
            sa.Integer(),
            server_default=sa.text("1"),
            nullable=False,
            comment="How often it was answered, the first time included.",
        ),
        schema="share",
    )
    # The key's check locked the row of the one agreement in every look-up of a consumer.
    op.drop_constraint("request_agreement_id_fk", "request", schema="share", type_="foreignkey")
    op.create_index("request_first_at_idx", "request", ["first_at"], schema="share", postgresql_using="brin")
    op.create_index("agreement_client_idx", "agreement", ["client_id"], schema="share")
    op.create_index(
        "delivery_simulated_idx",
        "delivery",
        ["delivery_id"],
        schema="intake",
        postgresql_where=sa.text("simulated AND state = 'PUBLISHED'"),
    )
    op.create_table(
        "quota_use",
        sa.Column("client_id", sa.Text(), nullable=False, comment="Who asked."),
        sa.Column("day", sa.Date(), nullable=False, comment="Day in Vietnam."),
        sa.Column("subject", sa.UUID(), nullable=False, comment="Blind index of the number asked for."),
        sa.PrimaryKeyConstraint("client_id", "day", "subject", name=op.f("quota_use_pk")),
        schema="share",
        comment="Citizens a consumer was answered about today; forgotten after some days.",
    )
    op.create_table(
        "quota_count",
        sa.Column("client_id", sa.Text(), nullable=False, comment="Who asked."),
        sa.Column("day", sa.Date(), nullable=False, comment="Day in Vietnam."),
        sa.Column("lane", sa.SmallInteger(), nullable=False, comment="One of 32, so that connections seldom meet."),
        sa.Column("used", sa.Integer(), nullable=False, comment="Citizens counted in this lane."),
        sa.PrimaryKeyConstraint("client_id", "day", "lane", name=op.f("quota_count_pk")),
        sa.CheckConstraint("used >= 0", name=op.f("quota_count_used_check")),
        schema="share",
        comment="How many citizens share.quota_use holds, by consumer and day, so that nobody counts them.",
    )
    op.create_table(
        "connected",
        sa.Column("epoch_id", sa.SmallInteger(), nullable=False, comment="The register."),
        sa.Column("unit_id", sa.Integer(), nullable=False, comment="The unit."),
        sa.Column("level", sa.Text(), nullable=False, comment="province, district or commune."),
        sa.Column("communes", sa.Integer(), nullable=False, comment="Communes in it; 1 for a commune."),
        sa.Column("connected", sa.Integer(), nullable=False, comment="How many of them have parcels on record."),
        sa.Column(
            "sources",
            sa.Integer(),
            nullable=False,
            comment="For a commune: commune versions with parcels that lie in it entirely.",
        ),
        sa.PrimaryKeyConstraint("epoch_id", "unit_id", name=op.f("connected_pk")),
        sa.CheckConstraint("connected BETWEEN 0 AND communes AND sources >= 0", name=op.f("connected_counts_check")),
        schema="stats",
        comment="How far units are connected, for the registers that look-ups ask about; moved with the counters.",
    )
    op.create_index(
        "connected_province_idx",
        "connected",
        ["epoch_id"],
        schema="stats",
        postgresql_where=sa.text("level = 'province'"),
        postgresql_include=["communes", "connected"],
    )
    for table in ("share.quota_count", "stats.connected"):
        op.execute(_ROOM.format(table))


def downgrade() -> None:
    op.execute(_NEW)
    op.drop_table("connected", schema="stats")
    op.drop_table("quota_count", schema="share")
    op.drop_table("quota_use", schema="share")
    op.drop_index("delivery_simulated_idx", "delivery", schema="intake")
    op.drop_index("agreement_client_idx", "agreement", schema="share")
    op.drop_index("request_first_at_idx", "request", schema="share")
    op.create_foreign_key(
        "request_agreement_id_fk",
        "request",
        "agreement",
        ["agreement_id"],
        ["agreement_id"],
        source_schema="share",
        referent_schema="share",
    )
    op.drop_column("request", "answered", schema="share")

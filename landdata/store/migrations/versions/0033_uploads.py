"""Uploads may be cut off and go on: how far each is, and the delivery it became."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_OWN = "office_id = (SELECT nullif(current_setting('landdata.office', true), '')::bigint)"
_POLICIES = {
    "select": f"USING ({_OWN})",
    "insert": f"WITH CHECK ({_OWN} AND received_bytes = 0)",
    "update": f"USING ({_OWN} AND delivery_id IS NULL) WITH CHECK ({_OWN})",
    "delete": f"USING ({_OWN})",
}


def _col(name: str, kind: sa.types.TypeEngine[Any], comment: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, kind, nullable=null, comment=comment)


def _now(name: str, comment: str) -> sa.Column[object]:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False, comment=comment
    )


def upgrade() -> None:
    op.create_table(
        "upload",
        sa.Column(
            "upload_uid", sa.UUID(), server_default=sa.text("gen_random_uuid()"), nullable=False,
            comment="Public identity, and the name of its file.",
        ),
        _col("office_id", sa.BigInteger(), "Whose it is."),
        _col("client_id", sa.Text(), "Client or person it comes from: nobody else sees it."),
        _col("idempotency_key", sa.Text(), "Key of the delivery that it will be."),
        _col("file_name", sa.Text(), "As of the delivery."),
        _col("kind", sa.Text(), "As of the delivery."),
        _col("profile", sa.Text(), "As of the delivery.", null=True),
        _col("effective_on", sa.Date(), "As declared; null: the day on which it is whole.", null=True),
        _col("epsg", sa.Integer(), "Coordinate system the sender named.", null=True),
        _col("communes", postgresql.ARRAY(sa.Text()), "Codes the sender named; null: those of its rows.", null=True),
        _col("metadata", sa.Text(), "Header Upload-Metadata as it came; the protocol gives it back."),
        _col("size_bytes", sa.BigInteger(), "Size of the whole file."),
        sa.Column(
            "received_bytes", sa.BigInteger(), server_default=sa.text("0"), nullable=False,
            comment="Bytes that are safely on disk.",
        ),
        _col(
            "sealed_bytes", sa.BigInteger(), "Length of the part of its file that holds them; what is behind is torn."
        ),
        _now("begun_at", "When it was begun."),
        _now("touched_at", "When bytes came last; a week later it is forgotten."),
        _col("delivery_id", sa.BigInteger(), "The delivery it became with its last byte.", null=True),
        sa.CheckConstraint(
            "size_bytes > 0 AND received_bytes BETWEEN 0 AND size_bytes", name=op.f("upload_bytes_check")
        ),
        sa.CheckConstraint(
            "(received_bytes = size_bytes) = (delivery_id IS NOT NULL)", name=op.f("upload_whole_check")
        ),
        sa.ForeignKeyConstraint(["office_id"], ["org.office.office_id"], name=op.f("upload_office_id_fk")),
        sa.ForeignKeyConstraint(["delivery_id"], ["intake.delivery.delivery_id"], name=op.f("upload_delivery_id_fk")),
        sa.PrimaryKeyConstraint("upload_uid", name=op.f("upload_pk")),
        schema="intake",
        comment="An upload that may be cut off and go on (tus); its bytes lie sealed in the data folder.",
    )  # fmt: skip
    op.create_index("upload_caller_idx", "upload", ["office_id", "client_id"], schema="intake")
    op.create_index("upload_touched_idx", "upload", ["touched_at"], schema="intake")
    owner = op.get_bind().scalar(sa.text("SELECT current_user"))
    op.execute("ALTER TABLE intake.upload ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE intake.upload FORCE ROW LEVEL SECURITY")
    op.execute(f'CREATE POLICY whole ON intake.upload TO "{owner}", "{owner}_worker" USING (true) WITH CHECK (true)')
    for command, rule in _POLICIES.items():
        op.execute(f'CREATE POLICY own_{command} ON intake.upload FOR {command} TO "{owner}_uploader" {rule}')


def downgrade() -> None:
    op.drop_table("upload", schema="intake")

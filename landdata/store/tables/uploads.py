"""Uploads that come in pieces, until the last one makes them a delivery (schema intake)."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from landdata.store.tables.base import col, metadata, recorded

upload = Table(
    "upload",
    metadata,
    Column(
        "upload_uid",
        UUID(as_uuid=True),
        primary_key=True,
        server_default=text("gen_random_uuid()"),
        comment="Public identity, and the name of its file.",
    ),
    col("office_id", BigInteger, ForeignKey("org.office.office_id"), comment="Whose it is."),
    col("client_id", Text, comment="Client or person it comes from: nobody else sees it."),
    col("idempotency_key", Text, comment="Key of the delivery that it will be."),
    col("file_name", Text, comment="As of the delivery."),
    col("kind", Text, comment="As of the delivery."),
    col("profile", Text, null=True, comment="As of the delivery."),
    col("effective_on", Date, null=True, comment="As declared; null: the day on which it is whole."),
    col("epsg", Integer, null=True, comment="Coordinate system the sender named."),
    col("communes", ARRAY(Text), null=True, comment="Codes the sender named; null: those of its rows."),
    col("metadata", Text, comment="Header Upload-Metadata as it came; the protocol gives it back."),
    col("size_bytes", BigInteger, comment="Size of the whole file."),
    col("received_bytes", BigInteger, server_default=text("0"), comment="Bytes that are safely on disk."),
    col("sealed_bytes", BigInteger, comment="Length of the part of its file that holds them; what is behind is torn."),
    recorded("begun_at", "When it was begun."),
    col(
        "touched_at",
        DateTime(timezone=True),
        server_default=text("clock_timestamp()"),
        comment="When bytes came last; a week later it is forgotten.",
    ),
    col(
        "delivery_id",
        BigInteger,
        ForeignKey("intake.delivery.delivery_id"),
        null=True,
        comment="The delivery it became with its last byte.",
    ),
    CheckConstraint("size_bytes > 0 AND received_bytes BETWEEN 0 AND size_bytes", name="bytes"),
    # Whoever is told that all of it came is told so of a delivery.
    CheckConstraint("(received_bytes = size_bytes) = (delivery_id IS NOT NULL)", name="whole"),
    Index("upload_caller_idx", "office_id", "client_id"),
    Index("upload_touched_idx", "touched_at"),
    schema="intake",
    comment="An upload that may be cut off and go on (tus); its bytes lie sealed in the data folder.",
)

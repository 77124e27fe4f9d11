"""What all tables share: the metadata with its naming rules, the schemas, and short column makers."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, Identity, MetaData, text
from sqlalchemy.types import TypeEngine

# Names of constraints are part of the surface: errors and migrations speak of them.
metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pk",
        "fk": "%(table_name)s_%(column_0_N_name)s_fk",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s_check",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    }
)

SCHEMAS: dict[str, str] = {
    "ref": "Administrative units with versions and succession, code lists, VN-2000 zones.",
    "org": "Offices, people and their roles, granted by two persons.",
    "people": "Accounts of officials, their sessions and second factors, and what is noted of them.",
    "oauth": "OAuth clients, used assertions and revoked tokens.",
    "intake": "Deliveries of land offices and the ledger that every row ends in.",
    "land": "Parcels, certificates, holders, rights, assets and purposes, with history (LADM, ISO 19152).",
    "match": "Identity claims of holders and the citizens they were verified to be.",
    "share": "Sharing agreements and the requests answered under them.",
    "audit": "The append-only access log and its seals.",
    "stats": "Coverage events and counters; indicators.",
    "sync": "Sources, runs and steps of the worker.",
}


def col(
    name: str, kind: TypeEngine[Any] | type[TypeEngine[Any]], *rest: Any, comment: str, null: bool = False, **more: Any
) -> Column[Any]:
    """A column that is NOT NULL unless said otherwise and always has a comment."""
    return Column(name, kind, *rest, nullable=null, comment=comment, **more)


def identity(name: str, comment: str) -> Column[Any]:
    """A primary key that the database counts up."""
    return Column(name, BigInteger, Identity(always=True), primary_key=True, comment=comment)


def recorded(name: str = "recorded_at", comment: str = "When the database learnt it; its own clock.") -> Column[Any]:
    """A time stamp of the database's own clock."""
    return Column(
        name, DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()"), comment=comment
    )

"""All tables, one module per noun; importing this package fills `metadata`, which migrations are checked against."""

from landdata.store.tables import (
    access_log,
    agreements,
    clients,
    coverage,
    deliveries,
    feed,
    identities,
    indicators,
    inspections,
    matching_quality,
    offices,
    parcels,
    people,
    registers,
    sources,
    webhooks,
)
from landdata.store.tables.base import SCHEMAS, metadata

__all__ = [
    "SCHEMAS",
    "access_log",
    "agreements",
    "clients",
    "coverage",
    "deliveries",
    "feed",
    "identities",
    "indicators",
    "inspections",
    "matching_quality",
    "metadata",
    "offices",
    "parcels",
    "people",
    "registers",
    "sources",
    "webhooks",
]

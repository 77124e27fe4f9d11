"""Calls the gate function: the only statement through which personal land data is read for others."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from landdata.store.engine import Writer


@dataclass(frozen=True, slots=True)
class GateRow:
    """What the gate says to one request; its log row is written in the same transaction."""

    access_id: int
    status: str
    reason: str | None
    fields_mask: int
    body: dict[str, Any]


def read_land_records(tx: Writer, requests: Sequence[dict[str, Any]]) -> list[GateRow]:
    """Ask the gate; rows come in the order of the requests."""
    rows = tx.connection.execute(
        text(
            "SELECT access_id, status, reason, fields_mask, body "
            'FROM share.read_land_records(CAST(:requests AS jsonb)) ORDER BY "position"'
        ),
        {"requests": json.dumps(list(requests))},
    )
    return [GateRow(row.access_id, row.status, row.reason, row.fields_mask, row.body) for row in rows]

"""Writes refusals that waited into the access log: each once, however often it is tried."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text

from landdata.model.refusals import LateRefusal
from landdata.store.engine import Writer


def add(tx: Writer, refusals: Sequence[LateRefusal]) -> int:
    """Write those that are not there yet; returns how many that were."""
    lines = f"[{','.join(one.text() for one in refusals)}]"
    return int(tx.connection.scalar(text("SELECT audit.note_refusals(CAST(:lines AS jsonb))"), {"lines": lines}) or 0)

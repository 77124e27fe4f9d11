"""Figures of coverage as others published them: loaded as they were written, and never put among counted ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import delete, insert, select

from landdata.model.series import Published
from landdata.store.engine import Reader, Writer
from landdata.store.tables import ladder as t

_SAID = ("exact", "dated", "scope", "name_vi", "name_en", "source", "parcels_million", "note", "confidence")


def replace(tx: Writer, rows: Sequence[Mapping[str, Any]]) -> None:
    """Put these in the place of what was loaded before."""
    tx.connection.execute(delete(t.coverage_history))
    if rows:
        tx.connection.execute(insert(t.coverage_history).values(list(rows)))


def published(tx: Reader, *, scope: str, first: date, last: date) -> tuple[Published, ...]:
    """What was published about this part of the country for days within, the oldest first."""
    c = t.coverage_history.c
    query = select(t.coverage_history).where(c.scope == scope, c.on_date.between(first, last))
    return tuple(
        Published(
            on=row.on_date,
            provinces=(row.provinces_connected, row.provinces_total),
            districts=(row.districts_connected, row.districts_total),
            communes=(row.communes_connected, row.communes_total),
            **{name: getattr(row, name) for name in _SAID},
        )
        for row in tx.connection.execute(query.order_by(c.on_date, c.row_no))
    )

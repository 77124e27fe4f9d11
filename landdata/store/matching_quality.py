"""How matching goes, counted by commune and read by unit of any register."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row

from landdata.model.matching_quality import Quality, Seen, UnitQuality
from landdata.model.units import Level
from landdata.store.engine import Reader, Writer
from landdata.store.queries import query

_COUNTS = ("claims", "verified", "mismatch", "not_found", "incomplete", "ambiguous", "pending", "left_out")


def count(tx: Writer, *, day: date) -> int:
    """Note the figures of every commune where they changed; returns how many. One statement, a minute or so for the country."""
    return tx.connection.execute(query("matching_quality_count"), {"day": day}).rowcount


def units(
    tx: Reader, *, on: date, since: date | None, epoch_id: int, level: Level, parent_id: int | None
) -> tuple[UnitQuality, ...]:
    """Every unit of a level with figures on either day, by code; below one parent when it is given."""
    days: Sequence[date] = [on] if since is None else [on, since]
    rows = tx.connection.execute(
        query("matching_quality_units"),
        {"days": list(days), "epoch": epoch_id, "level": level.value, "parent_id": parent_id},
    )
    found: dict[str, dict[int, Row[Any]]] = {}
    for row in rows:
        found.setdefault(row.code, {})[row.place] = row
    return tuple(_unit(places, compared=since is not None) for places in found.values())


def _unit(places: dict[int, Row[Any]], *, compared: bool) -> UnitQuality:
    row = next(iter(places.values()))
    before = _quality(places.get(2)) if compared else None
    return UnitQuality(Level(row.level), row.code, row.name_vi, row.full_name_vi, _quality(places.get(1)), before)


def _quality(row: Row[Any] | None) -> Quality:
    if row is None:
        return Quality()
    by_count = sorted(row.reasons.items(), key=lambda one: (-one[1], one[0]))
    return Quality(
        **{name: getattr(row, name) for name in _COUNTS},
        reasons=dict(by_count),
        signs={code: Seen(*seen) for code, seen in row.signs.items()},
    )

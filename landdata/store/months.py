"""Figures of commune versions on any day, from the sums kept by month; and registers with all that lies in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from sqlalchemy import text

from landdata.model.parcels import Booleans, Integers
from landdata.model.units import Level
from landdata.store.copying import INTEGER, fetch
from landdata.store.engine import Reader, Writer
from landdata.store.tables import registers as r

_COLUMNS = ("unit_id", "parcels", "certificates", "holders", "backfilled", "simulated")
_SELECT = (
    "SELECT unit_id::bigint, parcels::bigint, certificates::bigint, holders::bigint, backfilled::int::bigint, "
    "simulated::int::bigint FROM"
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What commune versions hold on a day, entry by entry: `held` (n, 3) parcels, certificates, holders."""

    held: Integers
    backfilled: Booleans
    simulated: Booleans


def keep(tx: Writer) -> int:
    """Begin the months that are due; returns how many. Publications wait meanwhile."""
    return int(tx.connection.scalar(text("SELECT stats.keep_months()")) or 0)


def keep_anew(tx: Writer) -> None:
    """Sum all months again from the events."""
    tx.connection.execute(text("TRUNCATE stats.coverage_month"))
    keep(tx)


def facts(tx: Reader, *, on: date, units: Integers) -> Facts:
    """Everything that counts by a day, as it is known now: the sums of the last month begun, and the events since.

    `units`: all commune versions, ascending; the answer is in their order.
    """
    month: date | None = tx.connection.scalar(
        text("SELECT max(month) FROM stats.coverage_month WHERE month <= :on"), {"on": on}
    )
    since = "" if month is None else f"effective_on >= date '{month.isoformat()}' AND "
    parts = [f"stats.coverage_event WHERE {since}effective_on <= date '{on.isoformat()}'"]
    if month is not None:
        parts.append(f"stats.coverage_month WHERE month = date '{month.isoformat()}'")
    rows = fetch(tx, " UNION ALL ".join(f"{_SELECT} {part}" for part in parts), dict.fromkeys(_COLUMNS, INTEGER))
    at = np.searchsorted(units, rows["unit_id"])
    sums = np.zeros((len(units), len(_COLUMNS) - 1), dtype=np.int64)
    for place, name in enumerate(_COLUMNS[1:]):
        # Whole numbers below 2**53, so sums as floats are exact.
        sums[:, place] = np.bincount(at, weights=rows[name], minlength=len(units))
    return Facts(sums[:, :3], sums[:, 3] > 0, sums[:, 4] > 0)


def stamp(tx: Reader) -> int:
    """A number that is another after the registers were loaded again."""
    return int(tx.connection.scalar(text("SELECT max(xmin::text::bigint) FROM ref.epoch")) or 0)


def commune_versions(tx: Reader) -> Integers:
    """Every commune version there ever was, ascending."""
    select = "SELECT unit_id::bigint FROM ref.unit WHERE level = 'commune'"
    return np.sort(fetch(tx, select, {"unit_id": INTEGER})["unit_id"])


def totals(tx: Reader, *, epoch_id: int) -> tuple[date | None, dict[Level, int]]:
    """The first day of a register, and its units by level."""
    row = tx.connection.execute(r.epoch.select().where(r.epoch.c.epoch_id == epoch_id)).one()
    return row.valid_from, {
        Level.PROVINCE: row.provinces,
        Level.DISTRICT: row.districts,
        Level.COMMUNE: row.communes,
    }

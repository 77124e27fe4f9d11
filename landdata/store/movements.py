"""What moves figures of coverage: facts as they stood, what deliveries changed, where communes lie, what became of units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import bindparam, func, select, text

from landdata.model.parcels import Integers
from landdata.model.reach import NOWHERE, Places
from landdata.model.units import Level
from landdata.store.copying import INTEGER, fetch
from landdata.store.engine import Reader
from landdata.store.queries import query
from landdata.store.tables import registers as r


@dataclass(frozen=True, slots=True)
class Moving:
    """What one delivery, withdrawal or mending changed from one day on: entry i of the arrays is one commune version.

    `changes` (n, 3): parcels, certificates, holders, with the sign they have in the second state. A mending is of no delivery.
    """

    kind: str
    effective_on: date
    recorded_at: datetime
    delivery_uid: UUID | None
    office_code: str | None
    office_name_vi: str | None
    reason: str | None
    backfilled: bool
    simulated: bool
    undone: bool
    units: Integers
    changes: Integers


@dataclass(frozen=True, slots=True)
class Named:
    """What a unit is called."""

    level: Level
    code: str
    name_vi: str


@dataclass(frozen=True, slots=True)
class Epoch:
    """A register: from which day it is in force, None is from the beginning."""

    epoch_id: int
    valid_from: date | None


def now(tx: Reader) -> datetime:
    """The database's clock."""
    found: datetime = tx.connection.execute(select(func.clock_timestamp())).scalar_one()
    return found


def facts(tx: Reader, *, on: date, known_at: datetime) -> tuple[Integers, Integers]:
    """Commune versions with anything counted by a day as known then: unit ids, and (n, 3) parcels, certificates, holders."""
    rows = tx.connection.execute(
        text(
            "SELECT unit_id, sum(parcels), sum(certificates), sum(holders) FROM stats.coverage_event "
            "WHERE effective_on <= :on AND recorded_at <= :known_at GROUP BY unit_id ORDER BY unit_id"
        ),
        {"on": on, "known_at": known_at},
    )
    table = np.array([tuple(map(int, row)) for row in rows], dtype=np.int64).reshape(-1, 4)
    return table[:, 0], table[:, 1:]


def events(tx: Reader, *, a_on: date, a_known: datetime, b_on: date, b_known: datetime) -> list[Moving]:
    """What counts in one of two states and not in the other, in the order of day, record and event."""
    values = {"a_on": a_on, "a_known": a_known, "b_on": b_on, "b_known": b_known}
    return [_moving(row) for row in tx.connection.execute(query("movements_events"), values)]


def _moving(row: Any) -> Moving:
    changes = np.array([row.parcels, row.certificates, row.holders], dtype=np.int64).T * row.sign
    return Moving(
        kind=row.kind,
        effective_on=row.effective_on,
        recorded_at=row.recorded_at,
        delivery_uid=row.delivery_uid,
        office_code=row.office_code,
        office_name_vi=row.office_name_vi,
        reason=row.reason,
        backfilled=row.backfilled,
        simulated=row.simulated,
        undone=row.sign < 0,
        units=np.array(row.units, dtype=np.int64),
        changes=changes,
    )


def fresh(tx: Reader, *, on: date, within_days: int, known_at: datetime) -> list[int]:
    """Commune versions with a published delivery, not withdrawn, of the last so many days: changes or none."""
    return list(
        tx.connection.scalars(
            text(
                "SELECT DISTINCT e.unit_id FROM stats.delivery_event e WHERE e.state = 'PUBLISHED' "
                "AND e.effective_on BETWEEN CAST(:on AS date) - CAST(:days AS integer) AND :on AND e.recorded_at <= :known_at "
                "AND NOT EXISTS (SELECT FROM stats.delivery_event w WHERE w.delivery_id = e.delivery_id "
                "  AND w.unit_id = e.unit_id AND w.state = 'WITHDRAWN' AND w.effective_on <= :on "
                "  AND w.recorded_at <= :known_at)"
            ),
            {"on": on, "days": within_days, "known_at": known_at},
        )
    )


def epochs(tx: Reader) -> tuple[Epoch, ...]:
    """All registers, oldest first."""
    rows = tx.connection.execute(select(r.epoch.c.epoch_id, r.epoch.c.valid_from).order_by(r.epoch.c.epoch_id))
    return tuple(Epoch(row.epoch_id, row.valid_from) for row in rows)


def places(tx: Reader, *, epoch_id: int, units: Integers) -> Places:
    """Where these commune versions (ascending) lie in a register; `fact` are positions in `units`."""
    held = ",".join(map(str, units.tolist())) or "NULL"
    rows = fetch(
        tx,
        f"SELECT p.from_unit_id::bigint, p.to_unit_id::bigint, coalesce(r.district_id, {NOWHERE})::bigint, "
        "  r.province_id::bigint, (p.extent = 'full')::int::bigint "
        "FROM ref.projection p JOIN ref.register r ON r.epoch_id = p.epoch_id AND r.unit_id = p.to_unit_id "
        f"WHERE p.epoch_id = {int(epoch_id)} AND p.from_unit_id IN ({held})",
        dict.fromkeys(("fact", "commune", "district", "province", "whole"), INTEGER),
    )
    return Places(
        fact=np.searchsorted(units, rows["fact"]),
        commune=rows["commune"],
        district=rows["district"],
        province=rows["province"],
        whole=rows["whole"].astype(np.bool_),
    )


def sizes(tx: Reader, *, epoch_id: int) -> dict[int, int]:
    """Communes of each district and province of a register."""
    rows = tx.connection.execute(
        text(
            "SELECT above.unit_id, count(*) FROM ref.register r "
            "CROSS JOIN LATERAL (VALUES (r.district_id), (r.province_id)) AS above (unit_id) "
            "WHERE r.epoch_id = :epoch AND r.level = 'commune' AND above.unit_id IS NOT NULL GROUP BY above.unit_id"
        ),
        {"epoch": epoch_id},
    )
    return {row[0]: row[1] for row in rows}


def unit_in(tx: Reader, *, epoch_id: int, code: str, level: Level) -> tuple[int, str] | None:
    """(unit id, full name) of the unit with this code in a register."""
    row = tx.connection.execute(
        select(r.unit.c.unit_id, r.unit.c.full_name_vi)
        .join(r.register, r.register.c.unit_id == r.unit.c.unit_id)
        .where(r.register.c.epoch_id == epoch_id, r.unit.c.code == code, r.unit.c.level == level.value)
    ).one_or_none()
    return None if row is None else (row.unit_id, row.full_name_vi)


def resolutions(tx: Reader, *, on: date) -> dict[int, str]:
    """Unit id, old or new -> the resolution that rearranged it on that day; of several, all of them."""
    rows = tx.connection.execute(
        text(
            "SELECT one.unit_id, string_agg(DISTINCT s.legal_ref, '; ' ORDER BY s.legal_ref) FROM ref.unit_succession s "
            "CROSS JOIN LATERAL (VALUES (s.old_unit_id), (s.new_unit_id)) AS one (unit_id) "
            "WHERE s.effective_on = :on AND one.unit_id IS NOT NULL GROUP BY one.unit_id"
        ),
        {"on": on},
    )
    return {row[0]: row[1] for row in rows}


def names(tx: Reader, unit_ids: Iterable[int]) -> Mapping[int, Named]:
    """What units are called, by id."""
    wanted: Sequence[int] = sorted(set(unit_ids))
    query_ = select(r.unit.c.unit_id, r.unit.c.level, r.unit.c.code, r.unit.c.full_name_vi).where(
        r.unit.c.unit_id.in_(bindparam("ids", expanding=True))
    )
    rows = tx.connection.execute(query_, {"ids": wanted})
    return {row.unit_id: Named(Level(row.level), row.code, row.full_name_vi) for row in rows}

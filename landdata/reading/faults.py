"""Faults of entities as findings of rows: what refuses is told of every row it is in, what warns of the first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from landdata.model import vbdlis as v
from landdata.model.parcels import Integers
from landdata.model.vbdlis import ENTITIES
from landdata.reading.assets import pairs
from landdata.reading.entities import Fault
from landdata.reading.ties import Ties

REFUSING = frozenset({"TAG_MISSING", "TAG_UNREADABLE", "REFERENCE_DANGLING", "ENTITY_TWICE"})
SCHEMA = pa.schema([("row", pa.int64()), ("code", pa.string()), ("entity", pa.string()), ("tag", pa.string())])
# These make rows of their own, or are not taken over at all and named as such.
_NEVER_UNUSED = frozenset({v.PARCEL, v.LAND_RIGHT, v.ASSET_RIGHT, v.MANAGING})


@dataclass(frozen=True, slots=True)
class Seat:
    """Where an entity's rows are met: `place` is one position for each of them, `rows` the position of each row made."""

    place: Integers
    rows: Integers
    others: Integers | None = None


def told(ties: Ties, seats: dict[str, Seat], size: int) -> pa.Table:
    """The findings: SCHEMA. What is of a whole entity, or of one that nothing refers to, comes without a row."""
    found = [
        _whole(fault) if _is_whole(ties, fault) else _of_rows(ties, fault, seats[fault.entity], size)
        for fault in ties.faults
        if fault.entity in seats
    ]
    found += [_unused(ties, name) for name in ENTITIES if name not in _NEVER_UNUSED]
    return pa.concat_tables([SCHEMA.empty_table(), *found]).combine_chunks()


def _of_rows(ties: Ties, fault: Fault, seat: Seat, size: int) -> pa.Table:
    rows, positions = np.arange(size), seat.rows
    if seat.others is not None:
        rows, positions = np.concatenate([rows, rows]), np.concatenate([positions, seat.others])
    place, row = pairs(seat.place[fault.rows], positions, rows)
    if fault.code not in REFUSING:
        first = np.unique(place, return_index=True)[1]
        place, row = place[first], row[first]
    return _table(ties, fault.entity, pa.array(row), fault.code, fault.rows[place], fault.tag)


def _is_whole(ties: Ties, fault: Fault) -> bool:
    """A tag that an export never fills is told once, not a million times."""
    return fault.code not in REFUSING and 1 < len(fault.rows) == ties.entities.size(fault.entity)


def _whole(fault: Fault) -> pa.Table:
    values = ([None], [fault.code], [fault.entity], [fault.tag])
    return pa.Table.from_arrays(
        [pa.array(one, kind.type) for one, kind in zip(values, SCHEMA, strict=True)], schema=SCHEMA
    )


def _unused(ties: Ties, entity: str) -> pa.Table:
    rows = np.flatnonzero(~ties.used[entity])
    return _table(ties, entity, pa.nulls(len(rows), pa.int64()), "ENTITY_UNUSED", rows, "")


def _table(ties: Ties, entity: str, row: pa.Array, code: str, at: Integers, tag: str) -> pa.Table:
    keys = pc.fill_null(ties.entities.keys(entity).take(pa.array(at)), "?")
    names = pc.binary_join_element_wise(pa.scalar(entity), keys, " ")
    same = [pa.array(np.full(len(at), one, dtype=object), pa.string()) for one in (code, tag)]
    return pa.Table.from_arrays([row, same[0], names, same[1]], schema=SCHEMA)

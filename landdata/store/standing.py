"""What stands on record around a delivery: centroids under given numbers, and shapes near given places."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import shapely
from sqlalchemy import text

from landdata.model.parcels import Integers
from landdata.model.standing import Floats, StandingPoints, StandingShapes
from landdata.store import registers
from landdata.store.engine import Database

_POINTS = """
    SELECT key.at - 1 AS at, ST_X(middle) AS lon, ST_Y(middle) AS lat
    FROM unnest(CAST(:units AS integer[]), CAST(:sheets AS integer[]), CAST(:numbers AS integer[]))
         WITH ORDINALITY AS key (unit_id, sheet, number, at)
    JOIN land.parcel p ON p.commune_id = key.unit_id AND p.map_sheet_number = key.sheet
     AND p.parcel_number = key.number AND p.is_current
    CROSS JOIN LATERAL ST_Centroid(p.geom) AS middle
    ORDER BY key.at
"""
# Each parcel once, however many boxes it meets; its shape is only read then.
_NEAR = """
    WITH near AS MATERIALIZED (
        SELECT DISTINCT p.commune_id, p.record_id, p.parcel_no
        FROM unnest(CAST(:west AS float8[]), CAST(:south AS float8[]), CAST(:east AS float8[]), CAST(:north AS float8[]))
             AS box (west, south, east, north)
        JOIN land.parcel p ON p.is_current
         AND p.geom && ST_MakeEnvelope(box.west, box.south, box.east, box.north, 4326)
        WHERE p.commune_id <> ALL(CAST(:except AS integer[]))
        LIMIT :most
    )
    SELECT p.commune_id, p.map_sheet_number, p.parcel_number, u.code, ST_AsBinary(p.geom) AS geom
    FROM near JOIN land.parcel p USING (commune_id, record_id, parcel_no) JOIN ref.unit u ON u.unit_id = p.commune_id
    ORDER BY p.commune_id, p.map_sheet_number, p.parcel_number
"""


class Standing:
    """The parcels that stand now; every question is a read of its own. Fulfils model/standing.py: OnRecord."""

    def __init__(self, db: Database, *, on: date) -> None:
        self._db = db
        self._on = on
        self._predecessors: dict[bytes, frozenset[int]] = {}

    def points(self, keys: Integers) -> StandingPoints:
        """Of the keys (commune id, sheet, number; each once), those that stand.

        Where a commune goes on under its code with a new name or parent, its numbers mean the same parcels: those that
        stand under the version before are found too.
        """
        with self._db.read() as tx:
            before = registers.predecessors(tx, np.unique(keys[:, 0]).tolist(), on=self._on)
        asked, place = [keys], [np.arange(len(keys))]
        for one in before:
            here = np.flatnonzero(keys[:, 0] == one.unit_id) if one.same else place[0][:0]
            asked.append(np.column_stack([np.full(len(here), one.old_unit_id), keys[here, 1:]]))
            place.append(here)
        every, of = np.concatenate(asked), np.concatenate(place)
        rows = self._rows(_POINTS, units=every[:, 0], sheets=every[:, 1], numbers=every[:, 2])
        table = np.array([tuple(row) for row in rows], dtype=np.float64).reshape(-1, 3)
        # What stands under the version of the day comes first, and is taken.
        at, first = np.unique(of[table[:, 0].astype(np.int64)], return_index=True)
        return StandingPoints(at, table[first, 1], table[first, 2])

    def near(self, boxes: Floats, communes: Integers, *, whole: bool, most: int) -> StandingShapes:
        """Parcels whose box meets one of the boxes, in the order of their keys, but for those the delivery is about."""
        west, south, east, north = boxes.T
        left_out = np.array(sorted(self._ended(communes).union(communes.tolist() if whole else ())), dtype=np.int64)
        rows = self._rows(_NEAR, most=most, west=west, south=south, east=east, north=north, **{"except": left_out})
        return StandingShapes(
            key=np.array([tuple(row[:3]) for row in rows], dtype=np.int64).reshape(-1, 3),
            name=tuple(f"{row.code}.{row.map_sheet_number}.{row.parcel_number}" for row in rows),
            shapes=shapely.from_wkb(np.array([bytes(row.geom) for row in rows], dtype=object)),
        )

    def _ended(self, communes: Integers) -> frozenset[int]:
        """The communes these were formed from: the same for every piece of a delivery, so asked once."""
        key = communes.tobytes()
        if key not in self._predecessors:
            with self._db.read() as tx:
                gone = registers.predecessors(tx, communes.tolist(), on=self._on)
            self._predecessors = {key: frozenset(one.old_unit_id for one in gone)}
        return self._predecessors[key]

    def _rows(self, statement: str, **arrays: Any) -> list[Any]:
        with self._db.read() as tx:
            values = {name: one if isinstance(one, int) else one.tolist() for name, one in arrays.items()}
            return list(tx.connection.execute(text(statement), values))

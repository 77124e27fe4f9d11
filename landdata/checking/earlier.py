"""An earlier delivery as if it stood on record: for the doctor at an office's own desk, where no record is; pure."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import shapely

from landdata.checking.geometry import accepted
from landdata.checking.values import codes
from landdata.checking.whole import Checked
from landdata.model.crs import to_wgs84_arrays
from landdata.model.parcels import Integers
from landdata.model.standing import Floats, StandingPoints, StandingShapes


class Earlier:
    """The accepted parcels of a delivery that was judged before, by the register of the same day (an `OnRecord`)."""

    def __init__(self, checked: Checked) -> None:
        self._checked = checked
        kept = checked.kept
        self._rows = np.flatnonzero(~checked.refused & ~np.isnan(kept.box[:, 0]))
        self._keys = np.column_stack([one[self._rows] for one in (kept.commune, kept.sheet, kept.number)])

    def points(self, keys: Integers) -> StandingPoints:
        """Of the keys (commune id, sheet, number; each once), those that it holds."""
        both = np.concatenate([self._keys.astype(np.int64), keys])
        code = codes(*(pa.array(both[:, at]) for at in range(3)))
        held, wanted = code[: len(self._rows)], code[len(self._rows) :]
        _, at, place = np.intersect1d(wanted, held, return_indices=True)
        order = np.argsort(at)
        at, rows = at[order], self._rows[place[order]]
        ascending = np.argsort(rows)
        middle = np.empty((len(rows), 2))
        shapes = accepted(self._checked.source.shapes(rows[ascending]))
        middle[ascending] = shapely.get_coordinates(shapely.centroid(shapes))
        lon, lat = to_wgs84_arrays(self._checked.epsg, middle[:, 0], middle[:, 1])
        return StandingPoints(at, lon, lat)

    def near(self, boxes: Floats, communes: Integers, *, whole: bool, most: int) -> StandingShapes:
        """None: what an earlier delivery held beside this one need not stand any more."""
        del boxes, communes, whole, most
        return StandingShapes(np.zeros((0, 3), dtype=np.int64), (), np.zeros(0, dtype=object))

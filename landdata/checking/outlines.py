"""Outlines that are valid and still hardly a parcel: needle corners, corners on top of each other, parts, whole districts."""

from __future__ import annotations

import math

import numpy as np
import shapely

from landdata.checking.edges import Rings, rings_of
from landdata.model.parcels import Booleans, Details, Found, Integers, Objects

_NEEDLE_COS = math.cos(math.radians(1.0))
_SEEN_M = 0.01  # an edge shorter than that has no direction: points are surveyed to the centimetre
_CLOSE_M = 0.001
_LARGEST_M2 = 1e8  # 10,000 ha: more than any parcel, less than many a district
_M2_A_HECTARE = 10_000


def check(shapes: Objects, row: Integers) -> list[Found]:
    """Warnings about valid polygons in metres, each once; `row` is where it is told."""
    if not len(shapes):
        return []
    rings = rings_of(shapes)
    needle, close = _corners(rings)
    parts = shapely.get_num_geometries(shapes)
    several = np.flatnonzero(parts > 1)
    return [
        _at_first("SPIKE", rings, needle, row),
        _at_first("CORNERS_TOO_CLOSE", rings, close, row),
        Found("PARCEL_IN_PARTS", row[several], Details(parts=parts[several])),
        too_large(shapely.area(shapes), row),
    ]


def too_large(area: np.ndarray[tuple[int], np.dtype[np.float64]], row: Integers) -> Found:
    """Areas in m2 that no parcel has."""
    large = np.flatnonzero(area > _LARGEST_M2)
    return Found("PARCEL_TOO_LARGE", row[large], Details(value=np.round(area[large] / _M2_A_HECTARE).astype(np.int64)))


def _corners(rings: Rings) -> tuple[Booleans, Booleans]:
    """For every point whether its corner is a needle, and whether the next one lies on top of it."""
    stop = np.cumsum(rings.size)
    start = stop - rings.size
    closing = np.zeros(len(rings.points), dtype=np.bool_)
    closing[stop - 1] = True
    at = np.flatnonzero(~closing)
    before = at - 1
    before[np.searchsorted(at, start)] = stop - 2
    come, go = rings.points[before] - rings.points[at], rings.points[at + 1] - rings.points[at]
    come_m, go_m = np.hypot(*come.T), np.hypot(*go.T)
    along = (come * go).sum(axis=1)
    needle, close = closing & False, closing & False
    needle[at] = (come_m > _SEEN_M) & (go_m > _SEEN_M) & (along > _NEEDLE_COS * come_m * go_m)
    close[at] = (go_m > 0) & (go_m < _CLOSE_M)
    return needle, close


def _at_first(code: str, rings: Rings, points: Booleans, row: Integers) -> Found:
    """One finding a shape, at the first of its points concerned."""
    ring = np.repeat(np.arange(len(rings.size)), rings.size)
    here = np.flatnonzero(points)
    owner, first = np.unique(rings.owner[ring[here]], return_index=True)
    where = np.round(rings.points[here[first]], 2)
    return Found(code, row[owner], Details(east=where[:, 0], north=where[:, 1]))

"""Which parcels on record lie beside those of a delivery and stay: what its outlines are compared with too; pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import shapely

from landdata.checking.topology import Neighbours
from landdata.checking.values import codes
from landdata.model.crs import from_wgs84_arrays, to_wgs84_arrays
from landdata.model.parcels import Integers, Objects
from landdata.model.standing import Floats, OnRecord

_CELL = 0.002  # degrees, about 220 m: a commune is some thousand cells, and few of them hold foreign parcels
_MARGIN = 0.00001  # about a metre
_BENDS = 0.005  # degrees by which a side of one degree bends, and more: it is 0.0022 at 45 degrees of latitude
_WIDE = 64  # cells: what is larger than that is asked for by its own box
# Parcels on record that are taken beside one another's; only what is drawn over half a province meets more.
MOST = 200_000
# Surveys are in centimetres. On record they are in degrees: so rounded, the way back gives the very same corner again.
_DECIMALS = 4
_POLYGON, _MULTIPOLYGON = 3, 6


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a delivery speaks of: unit ids of its communes, and the keys of its rows (commune id, sheet, number).

    `whole`: it speaks for whole communes, so that only what stands in others stays.
    """

    communes: Integers
    key: Callable[[Integers], Integers]  # unit ids -> keys of all rows of those communes
    whole: bool


def beside(plane: Objects, delivered: Delivered, epsg: int, on_record: OnRecord | None) -> tuple[Neighbours, Integers]:
    """Neighbours of these parcels in metres of the zone, and those (indices) that have too many to be looked at."""
    untested = np.zeros(0, dtype=np.int64)
    if on_record is None or not len(plane):
        return Neighbours.none(), untested
    bounds = _degrees(shapely.bounds(plane), epsg)
    found = on_record.near(cells(bounds), delivered.communes, whole=delivered.whole, most=MOST)
    if len(found.name) == MOST:
        untested = np.flatnonzero(_size(bounds).prod(axis=1) > _WIDE)
        found = on_record.near(
            cells(np.delete(bounds, untested, axis=0)), delivered.communes, whole=delivered.whole, most=MOST
        )
    stays = ~_in(found.key, delivered.key(np.unique(found.key[:, 0])))
    shapes = _to_plane(found.shapes[stays], epsg)
    sound = np.isin(shapely.get_type_id(shapes), (_POLYGON, _MULTIPOLYGON)) & shapely.is_valid(shapes)
    near = np.zeros(len(shapes), dtype=np.bool_)
    near[shapely.STRtree(plane).query(shapes, predicate=None)[0]] = True
    kept = np.flatnonzero(sound & near)
    names = np.array(found.name, dtype=object)[stays][kept]
    return Neighbours(shapes[kept], found.key[stays][kept, 0], tuple(names)), untested


def cells(bounds: Floats) -> Floats:
    """Boxes in degrees that together cover these: runs of cells of a grid, and large ones as they are."""
    bounds = _wider(bounds)
    corner = np.floor(bounds / _CELL).astype(np.int64)
    across, up = _size(bounds).T
    small = np.flatnonzero(across * up <= _WIDE)
    count = (across * up)[small]
    of = np.repeat(small, count)
    within = np.arange(len(of)) - np.repeat(np.cumsum(count) - count, count)
    cell = np.unique(
        np.column_stack([corner[of, 1] + within // across[of], corner[of, 0] + within % across[of]]), axis=0
    )
    begins = np.ones(len(cell), dtype=np.bool_)
    begins[1:] = (cell[1:, 0] != cell[:-1, 0]) | (cell[1:, 1] != cell[:-1, 1] + 1)
    first = np.flatnonzero(begins)
    last = np.append(first[1:], len(cell)) - 1
    runs = np.column_stack([cell[first, 1], cell[first, 0], cell[last, 1] + 1, cell[first, 0] + 1]) * _CELL
    large = np.setdiff1d(np.arange(len(bounds)), small)
    return np.concatenate([runs, bounds[large]])


def _degrees(bounds: Floats, epsg: int) -> Floats:
    """Boxes in WGS 84 around boxes in metres of the zone: of their corners, and as much wider as a side bends."""
    corners = [to_wgs84_arrays(epsg, bounds[:, x], bounds[:, y]) for x in (0, 2) for y in (1, 3)]
    points = np.array(corners).transpose(1, 2, 0)  # degrees, box, corner
    low, high = points.min(axis=2).T, points.max(axis=2).T
    bend = _BENDS * (high - low).max(axis=1, keepdims=True) ** 2
    return np.concatenate([low - bend, high + bend], axis=1)


def _wider(bounds: Floats) -> Floats:
    return bounds + np.array([-_MARGIN, -_MARGIN, _MARGIN, _MARGIN])  # type: ignore[no-any-return]


def _size(bounds: Floats) -> Integers:
    """Cells across and up."""
    corner = np.floor(bounds / _CELL).astype(np.int64)
    return corner[:, 2:] - corner[:, :2] + 1


def _in(key: Integers, others: Integers) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    both = np.concatenate([key, others])
    number = codes(*(pa.array(both[:, at]) for at in range(both.shape[1])))
    return np.asarray(np.isin(number[: len(key)], number[len(key) :]))


def _to_plane(shapes: Objects, epsg: int) -> Objects:
    points = shapely.get_coordinates(shapes)
    east, north = from_wgs84_arrays(epsg, points[:, 0], points[:, 1])
    moved = np.round(np.column_stack([east, north]), _DECIMALS)
    return shapely.set_coordinates(shapes.copy(), moved)  # type: ignore[no-any-return]

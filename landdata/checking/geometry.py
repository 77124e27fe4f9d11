"""Geometry of whole columns: what is no parcel, areas in the zone, and the way to WGS 84."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from landdata.checking import repairs
from landdata.checking.values import codes
from landdata.model.crs import to_wgs84_arrays
from landdata.model.parcels import Booleans, Details, Found, Integers, Objects

Floats = npt.NDArray[np.float64]

# 5 km in degrees of latitude; a little more in longitude, which only makes the fence wider.
FENCE_DEGREES = 0.0475
_POLYGON, _MULTIPOLYGON = 3, 6
# Squares of the plane that are asked for at once, and how far a side of twice that bends in WGS 84 (1 m; it is 0.2 m).
_GROUND_M, _BENT_DEGREES = 2_000, 1e-5
_FARTHEST_M = 1e8
# GEOS makes the index of a prepared shape at its first use, and two threads must not make it both.
_FENCES_IN_USE = threading.Lock()


@dataclass(frozen=True, slots=True)
class Shapes:
    """Parcels as shapes: `plane` in metres of the zone, None where there is nothing usable.

    `area` is in square metres and `box` west, south, east, north in metres; both not a number where there is no shape.
    """

    plane: Objects
    usable: Booleans
    area: Floats
    box: Floats
    findings: tuple[Found, ...]


def shapes(wkb: Objects, *, max_vertices: int) -> Shapes:
    """Read and judge geometries. Only usable ones are ever handed on: PostgreSQL must never see the others."""
    # Rows repeat the geometry of their parcel for each of its holders: each is read and judged once.
    encoded = pc.dictionary_encode(pa.array(wkb, pa.binary()))
    distinct = encoded.dictionary.to_numpy(zero_copy_only=False).astype(object, copy=False)
    judged = _judged(distinct, max_vertices)
    of = pc.fill_null(encoded.indices, len(distinct)).to_numpy(zero_copy_only=False)
    return Shapes(
        plane=np.append(judged.plane, np.array([None], dtype=object))[of],
        usable=np.append(judged.usable, False)[of],
        area=np.append(judged.area, np.nan)[of],
        box=np.append(judged.box, np.full((1, 4), np.nan), axis=0)[of],
        findings=tuple(_of_rows(one, of, len(distinct)) for one in judged.findings),
    )


def _of_rows(found: Found, of: Integers, size: int) -> Found:
    """A finding of distinct geometries at every row that has one of them; what is missing is missing at its rows too."""
    place = np.full(size + 1, -1, dtype=np.int64)
    place[found.rows] = np.arange(len(found.rows))
    if found.code == "GEOMETRY_MISSING":
        place[size] = 0
    rows = np.flatnonzero(place[of] >= 0)
    if found.details is None:
        return Found(found.code, rows)
    return Found(found.code, rows, tuple(found.details[int(at)] for at in place[of[rows]]))


def accepted(wkb: Objects) -> Objects:
    """Shapes in metres of the zone, mended as they were judged, of rows that were found usable before."""
    plane, _ = repairs.read(wkb)
    plane, _ = repairs.without_repeats(plane)
    broken = np.flatnonzero(~shapely.is_valid(plane))
    plane[broken], _ = repairs.mend(plane[broken], broken)
    return plane


@np.errstate(invalid="ignore", over="ignore")  # numbers that overflow are refused for what they are
def _judged(wkb: Objects, max_vertices: int) -> Shapes:
    plane, closed = repairs.read(wkb)
    plane, repeats = repairs.without_repeats(plane)
    readable = np.asarray(~shapely.is_missing(plane))
    kind = shapely.get_type_id(plane)
    polygon = readable & ((kind == _POLYGON) | (kind == _MULTIPOLYGON))
    empty = readable & shapely.is_empty(plane)
    bounds = shapely.bounds(plane)
    vertices = shapely.get_num_coordinates(plane)
    finite = np.isfinite(bounds).all(axis=1)
    small = vertices <= max_vertices
    judged = polygon & ~empty & finite & small
    valid = np.zeros(len(plane), dtype=np.bool_)
    # Validity is asked only of geometries of a bounded size: a large ring can take minutes.
    valid[judged] = shapely.is_valid(plane[judged])
    # GEOS leaves NaN out of bounds, but calls no geometry valid that has one.
    finite[judged & ~valid] = all_finite(plane[judged & ~valid])
    judged &= finite
    broken = np.flatnonzero(judged & ~valid)
    plane[broken], mended = repairs.mend(plane[broken], broken)
    valid[broken] = shapely.is_valid(plane[broken])
    bounds[broken] = shapely.bounds(plane[broken])
    too_large = np.flatnonzero(polygon & ~small)
    findings = (
        Found("GEOMETRY_MISSING", np.flatnonzero(~readable | empty)),
        Found("GEOMETRY_NOT_POLYGON", np.flatnonzero(readable & ~empty & ~polygon)),
        Found("GEOMETRY_NOT_FINITE", np.flatnonzero(polygon & ~empty & ~finite)),
        Found("GEOMETRY_TOO_LARGE", too_large, Details(value=vertices[too_large])),
        Found("GEOMETRY_INVALID", np.flatnonzero(judged & ~valid)),
        *closed,
        repeats,
        *mended,
    )
    usable = judged & valid
    kept = plane.copy()
    kept[~usable] = None
    bounds[~usable] = np.nan
    return Shapes(kept, usable, shapely.area(kept), bounds, findings)


def all_finite(plane: Objects) -> Booleans:
    """Whether every coordinate of each is a finite number."""
    points, of = shapely.get_coordinates(plane, return_index=True)
    found: Booleans = np.bincount(of[~np.isfinite(points).all(axis=1)], minlength=len(plane)) == 0
    return found


def to_wgs84(plane: Objects, epsg: int) -> Objects:
    """The same shapes in longitude and latitude; None stays None."""
    coordinates = shapely.get_coordinates(plane)
    lon, lat = to_wgs84_arrays(epsg, coordinates[:, 0], coordinates[:, 1])
    # A copy, since set_coordinates changes in place; points the zone cannot reach become infinite and fall outside.
    return shapely.set_coordinates(plane.copy(), np.column_stack([lon, lat]))  # type: ignore[no-any-return]


def multipolygons(geometry: Objects) -> Objects:
    """Every polygon as a MultiPolygon of one part."""
    result = geometry.copy()
    single = np.flatnonzero(shapely.get_type_id(geometry) == _POLYGON)
    if len(single):
        result[single] = shapely.multipolygons(geometry[single], indices=np.arange(len(single)))
    return result


Fences = Mapping[int, shapely.Geometry]  # province unit id -> its polygon, widened by 5 km, in WGS 84


def fences_of(shapes: Mapping[int, str]) -> Fences:
    """The fences around provinces, whose polygons are given as GeoJSON by unit id."""
    fences = {}
    for unit_id, geojson in shapes.items():
        fence = shapely.buffer(shapely.from_geojson(geojson), FENCE_DEGREES)
        shapely.prepare(fence)
        fences[unit_id] = fence
    return fences


def outside(shapes: Shapes, province: Integers, fences: Fences, epsg: int) -> Booleans:
    """True where a usable shape is not wholly inside the widened polygon of its province.

    Most parcels stand on ground that lies inside as a whole, so only the others are taken to WGS 84 one by one.
    """
    asked = np.flatnonzero(shapes.usable & np.isin(province, list(fences)))
    result = np.zeros(len(shapes.usable), dtype=np.bool_)
    with _FENCES_IN_USE:
        asked = asked[~_on_inner_ground(shapes.box[asked], province[asked], fences, epsg)]
        degrees = to_wgs84(shapes.plane[asked], epsg)
        for unit_id, fence in fences.items():
            here = np.flatnonzero(province[asked] == unit_id)
            result[asked[here]] = ~shapely.covers(fence, degrees[here])
    return result


def _on_inner_ground(box: Floats, province: Integers, fences: Fences, epsg: int) -> Booleans:
    """True where a box of less than `_GROUND_M` lies on ground, twice as wide, that is wholly inside its province."""
    low, high = box[:, :2], box[:, 2:]
    small: Booleans = np.all((high - low < _GROUND_M) & (np.abs(low) < _FARTHEST_M), axis=1)
    ground = np.floor(np.where(small[:, None], low, 0.0) / _GROUND_M).astype(np.int64)
    key = codes(pa.array(ground[:, 0]), pa.array(ground[:, 1]), pa.array(province))
    _, first, of = np.unique(key, return_index=True, return_inverse=True)
    west, south = (ground[first] * _GROUND_M).T
    corners = [to_wgs84_arrays(epsg, west + x, south + y) for x in (0, 2 * _GROUND_M) for y in (0, 2 * _GROUND_M)]
    lon, lat = np.array(corners).transpose(1, 0, 2)
    known = np.isfinite(lon).all(axis=0) & np.isfinite(lat).all(axis=0)
    inside = np.zeros(len(first), dtype=np.bool_)
    for unit_id, fence in fences.items():
        here = np.flatnonzero(known & (province[first] == unit_id))
        around = shapely.box(
            lon[:, here].min(axis=0) - _BENT_DEGREES,
            lat[:, here].min(axis=0) - _BENT_DEGREES,
            lon[:, here].max(axis=0) + _BENT_DEGREES,
            lat[:, here].max(axis=0) + _BENT_DEGREES,
        )
        inside[here] = shapely.covers(fence, around)
    return np.logical_and(small, inside[of])

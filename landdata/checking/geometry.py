"""Geometry of whole columns: what is no parcel, areas in the zone, and the way to WGS 84."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import shapely

from landdata.checking import repairs
from landdata.model.crs import to_wgs84_arrays
from landdata.model.parcels import Booleans, Found, Integers, Objects

# 5 km in degrees of latitude; a little more in longitude, which only makes the fence wider.
FENCE_DEGREES = 0.0475
_POLYGON, _MULTIPOLYGON = 3, 6


@dataclass(frozen=True, slots=True)
class Shapes:
    """Parcels as shapes: `plane` in metres of the zone, None where there is nothing usable."""

    plane: Objects
    usable: Booleans
    findings: tuple[Found, ...]


def shapes(wkb: Objects, *, max_vertices: int) -> Shapes:
    """Read and judge geometries. Only usable ones are ever handed on: PostgreSQL must never see the others."""
    present = np.array([value is not None for value in wkb], dtype=np.bool_)
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
    broken = np.flatnonzero(judged & ~valid)
    plane[broken], mended = repairs.mend(plane[broken], broken)
    valid[broken] = shapely.is_valid(plane[broken])
    too_large = np.flatnonzero(polygon & ~small)
    findings = (
        Found("GEOMETRY_MISSING", np.flatnonzero(~present | ~readable | empty)),
        Found("GEOMETRY_NOT_POLYGON", np.flatnonzero(readable & ~empty & ~polygon)),
        Found("GEOMETRY_NOT_FINITE", np.flatnonzero(polygon & ~empty & ~finite)),
        Found("GEOMETRY_TOO_LARGE", too_large, tuple({"value": int(vertices[row])} for row in too_large)),
        Found("GEOMETRY_INVALID", np.flatnonzero(judged & ~valid)),
        *closed,
        repeats,
        *mended,
    )
    usable = judged & valid
    kept = plane.copy()
    kept[~usable] = None
    return Shapes(kept, usable, findings)


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


def outside(geometry: Objects, province: Integers, fences: Fences) -> Booleans:
    """True where a shape is not wholly inside the widened polygon of its province."""
    result = np.zeros(len(geometry), dtype=np.bool_)
    for unit_id, fence in fences.items():
        here = np.flatnonzero(province == unit_id)
        if len(here):
            result[here] = ~shapely.covers(fence, geometry[here])
    return result

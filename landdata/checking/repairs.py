"""What is mended in an outline without asking: only what leaves the land it encloses as it was; each mending is told.

Rings left open, points that repeat, spikes without any width, a hole written before its outline. Anything that would
be a guess stays a fault for the office. The bytes as delivered are kept and hashed; a ring's direction says nothing
about land and is left alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from landdata.model.parcels import Booleans, Details, Found, Integers, Objects
from landdata.model.standing import Floats

_SAME_AREA = 1e-9  # relative
_ROUNDS = 8  # a spike of several points goes point by point
_POLYGON, _MULTIPOLYGON = 3, 6


def read(wkb: Objects) -> tuple[Objects, list[Found]]:
    """Shapes in two dimensions, None where there are none or they cannot be read, with open rings closed."""
    plane = shapely.from_wkb(wkb, on_invalid="ignore")
    lost = np.flatnonzero(shapely.is_missing(plane) & np.array([value is not None for value in wkb], dtype=np.bool_))
    plane[lost] = shapely.from_wkb(wkb[lost], on_invalid="fix")
    solid = np.flatnonzero(shapely.has_z(plane))
    plane[solid] = shapely.force_2d(plane[solid])
    closed = lost[~shapely.is_missing(plane[lost])]
    return plane, [Found("RING_CLOSED", closed)]


def without_repeats(plane: Objects) -> tuple[Objects, Found]:
    """The same shapes without points equal to the one before them."""
    points, of = shapely.get_coordinates(plane, return_index=True)
    again = (points[1:] == points[:-1]).all(axis=1) & (of[1:] == of[:-1])
    kind = shapely.get_type_id(plane)
    maybe = np.unique(of[1:][again])
    with np.errstate(invalid="ignore"):  # corners that are no numbers have no area, and are refused for that later
        finite = np.isfinite(shapely.area(plane[maybe]))
    maybe = maybe[np.isin(kind[maybe], (_POLYGON, _MULTIPOLYGON)) & finite]
    # GEOS raises where less is left than makes a ring; such an outline is invalid as it stands.
    maybe = maybe[_keeps_rings(plane[maybe])]
    before = plane[maybe]
    after = shapely.remove_repeated_points(before, 0.0)
    fewer = shapely.get_num_coordinates(before) - shapely.get_num_coordinates(after)
    mended = (fewer > 0) & _same_area(before, after)
    plane = plane.copy()
    plane[maybe[mended]] = after[mended]
    return plane, _told("POINT_TWICE", maybe[mended], fewer[mended])


def mend(broken: Objects, row: Integers) -> tuple[Objects, list[Found]]:
    """Invalid polygons, mended where that is safe; the others come back as they were. `row` names each for findings."""
    if not len(broken):
        return broken, []
    result = broken.copy()
    without, fewer = _without_spikes(_taken_apart(broken))
    good = (fewer > 0) & _sound(without)
    good[good] &= _same_area(broken[good], without[good])
    result[good] = without[good]
    left = np.flatnonzero(~good)
    ordered = _outline_first(_taken_apart(broken[left]))
    turned = left[_sound(ordered)]
    result[turned] = ordered[_sound(ordered)]
    return result, [_told("SPIKE_REMOVED", row[good], fewer[good]), Found("RINGS_REORDERED", row[turned])]


def _told(code: str, rows: Integers, counts: Integers) -> Found:
    return Found(code, rows, Details(value=counts))


def _sound(shapes: Objects) -> Booleans:
    return np.asarray(shapely.is_valid(shapes) & ~shapely.is_empty(shapes))


def _same_area(one: Objects, other: Objects) -> Booleans:
    area = shapely.area(one)
    return np.asarray(np.abs(shapely.area(other) - area) <= _SAME_AREA * np.abs(area))


@dataclass(frozen=True, slots=True)
class _Pieces:
    """Polygons taken apart: points of all rings without the closing one, and whose each is."""

    size: int
    points: Floats
    ring: Integers
    part: Integers  # of each ring
    shape: Integers  # of each part
    multi: Booleans  # of each shape


def _taken_apart(shapes: Objects) -> _Pieces:
    parts, shape = shapely.get_parts(shapes, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    last = np.append(ring[1:] != ring[:-1], True)[: len(ring)]
    multi = shapely.get_type_id(shapes) == _MULTIPOLYGON
    return _Pieces(len(shapes), points[~last], ring[~last], part, shape, multi)


def _keeps_rings(shapes: Objects) -> Booleans:
    """Whether every ring of each has three corners away from the one before."""
    pieces = _taken_apart(shapes)
    before, _ = _around(pieces.ring)
    # As GEOS reckons: a distance whose square is too small for a number is none.
    differs = ((pieces.points[before] - pieces.points) ** 2).sum(axis=1) > 0
    corners = np.bincount(pieces.ring[differs], minlength=len(pieces.part))
    found = np.ones(pieces.size, dtype=np.bool_)
    found[pieces.shape[pieces.part[corners < 3]]] = False
    return found


def _built(pieces: _Pieces, points: Floats, ring: Integers, order: Integers | None = None) -> Objects:
    """Put together again, rings in the given order; None where a ring has too few points left."""
    result = np.full(pieces.size, None, dtype=object)
    count = np.bincount(ring, minlength=len(pieces.part))
    poor = np.zeros(pieces.size, dtype=np.bool_)
    poor[pieces.shape[pieces.part[count < 3]]] = True
    kept = ~poor[pieces.shape[pieces.part[ring]]]
    rings = np.full(len(pieces.part), None, dtype=object)
    here = np.unique(ring[kept])
    rings[here] = shapely.linearrings(points[kept], indices=np.searchsorted(here, ring[kept]))
    order = np.arange(len(pieces.part)) if order is None else order
    order = order[np.isin(order, here)]
    part_here, part = np.unique(pieces.part[order], return_inverse=True)
    parts = shapely.polygons(rings[order], indices=part.reshape(-1))
    shape_here, shape = np.unique(pieces.shape[part_here], return_inverse=True)
    if len(shape_here):
        several = shapely.multipolygons(parts, indices=shape.reshape(-1))
        result[shape_here] = np.where(pieces.multi[shape_here], several, shapely.get_geometry(several, 0))
    return result


def _without_spikes(pieces: _Pieces) -> tuple[Objects, Integers]:
    """Without vertices from which the outline goes back exactly the way it came, and how many those were."""
    points, ring = pieces.points, pieces.ring
    for _ in range(_ROUNDS):
        before, after = _around(ring)
        come, go = points[before] - points, points[after] - points
        straight = come[:, 0] * go[:, 1] == come[:, 1] * go[:, 0]
        tip = straight & ((come * go).sum(axis=1) > 0)
        same = (points[before] == points).all(axis=1)
        if not (tip | same).any():
            break
        points, ring = points[~(tip | same)], ring[~(tip | same)]
    shape_of = pieces.shape[pieces.part]
    gone = np.bincount(shape_of[pieces.ring], minlength=pieces.size) - np.bincount(
        shape_of[ring], minlength=pieces.size
    )
    return _built(pieces, points, ring), gone


def _around(ring: Integers) -> tuple[Integers, Integers]:
    """For each point of rings one after the other the index of the one before and after it, round the ring."""
    at = np.arange(len(ring))
    first = np.searchsorted(ring, ring, side="left")
    last = np.searchsorted(ring, ring, side="right") - 1
    return np.where(at == first, last, at - 1), np.where(at == last, first, at + 1)


def _outline_first(pieces: _Pieces) -> Objects:
    """With the ring that encloses most written first in every part."""
    before, _ = _around(pieces.ring)
    origin = pieces.points[np.searchsorted(pieces.ring, pieces.ring)]
    one, other = pieces.points[before] - origin, pieces.points - origin
    twice = np.bincount(pieces.ring, one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0], minlength=len(pieces.part))
    return _built(pieces, pieces.points, pieces.ring, np.lexsort((-np.abs(twice), pieces.part)))

"""Edges of polygons and which of them two neighbours share exactly; pure NumPy, nothing is rounded or guessed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from landdata.model.parcels import Booleans, Integers, Objects

Floats = npt.NDArray[np.float64]
_POLYGON = 3
_MIX = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93)  # odd, of no meaning


@dataclass(frozen=True, slots=True)
class Edges:
    """All edges of some polygons: `owner` is the polygon, `ends` x1 y1 x2 y2.

    `mate` is the one edge of another polygon that has the same two ends and its interior on the other side; -1 where
    there is none, more than one, or where that is not certain.
    """

    owner: Integers
    ends: Floats
    mate: Integers

    @property
    def loose(self) -> Booleans:
        """True for edges without a mate."""
        return self.mate < 0


def edges_of(shapes: Objects) -> Edges:
    """The edges of valid Polygons and MultiPolygons, matched. None is not allowed."""
    rings = rings_of(shapes)
    stop = np.cumsum(rings.size)
    begins = np.ones(len(rings.points), dtype=np.bool_)
    begins[stop - 1] = False
    at = np.flatnonzero(begins)
    ends = np.column_stack([rings.points[at], rings.points[at + 1]])
    ring = np.repeat(np.arange(len(rings.size)), rings.size - 1)
    backwards, unsure = _turned(ends, ring, rings.points[stop - rings.size], rings.outer)
    mate = _mates(ends, backwards[ring], rings.owner[ring], unsure[ring])
    # Points that repeat make edges of no length, which bound nothing.
    real = (ends[:, 0] != ends[:, 2]) | (ends[:, 1] != ends[:, 3])
    if not real.all():
        number = np.cumsum(real) - 1
        mate = np.where(mate >= 0, number[mate], -1)[real]
        ends, ring = ends[real], ring[real]
    return Edges(rings.owner[ring], ends, mate)


@dataclass(frozen=True, slots=True)
class Rings:
    """Rings one after the other: all their points, and for each ring its size, its polygon and whether it is outer."""

    points: Floats
    size: Integers
    owner: Integers
    outer: Booleans


def rings_of(shapes: Objects) -> Rings:
    plain = (shapely.get_type_id(shapes) == _POLYGON) & (shapely.get_num_interior_rings(shapes) == 0)
    # Taking rings apart is what costs most here, so the many parcels without holes are spared it.
    plain_at, other_at = np.flatnonzero(plain), np.flatnonzero(~plain)
    parts, shape_of_part = shapely.get_parts(shapes[other_at], return_index=True)
    rings, part_of_ring = shapely.get_rings(parts, return_index=True)
    first = np.concatenate([[True], part_of_ring[1:] != part_of_ring[:-1]])[: len(rings)]
    points, ring = shapely.get_coordinates(
        np.concatenate([shapes[plain_at], rings]), include_z=False, return_index=True
    )
    return Rings(
        points=points + 0.0,  # makes -0.0 and 0.0 the same bits
        size=np.bincount(ring, minlength=len(plain_at) + len(rings)),
        owner=np.concatenate([plain_at, other_at[shape_of_part[part_of_ring]]]),
        outer=np.concatenate([np.ones(len(plain_at), dtype=np.bool_), first]),
    )


def _turned(ends: Floats, ring: Integers, origin: Floats, outer: Booleans) -> tuple[Booleans, Booleans]:
    """Rings that have their interior on the right, and rings too thin to say."""
    near = origin[ring]
    x1, y1 = ends[:, 0] - near[:, 0], ends[:, 1] - near[:, 1]
    x2, y2 = ends[:, 2] - near[:, 0], ends[:, 3] - near[:, 1]
    left, right = x1 * y2, x2 * y1
    area = np.bincount(ring, left - right, minlength=len(outer))
    size = np.bincount(ring, np.abs(left) + np.abs(right), minlength=len(outer))
    # Far above the rounding of 20,000 terms: below it the sign of the area proves nothing.
    return (area > 0) != outer, np.abs(area) <= 1e-10 * size


def _mates(ends: Floats, backwards: Booleans, owner: Integers, unsure: Booleans) -> Integers:
    x1, y1, x2, y2 = ends.T
    swapped = (x1 > x2) | ((x1 == x2) & (y1 > y2))
    low = np.where(swapped[:, None], ends[:, [2, 3, 0, 1]], ends)
    key = _hash(low)
    order = np.argsort(key)
    ordered = key[order]
    new = np.concatenate([[True], ordered[1:] != ordered[:-1], [True]])
    # A run of exactly two: it begins at i, goes on at i + 1 and ends before i + 2.
    first = np.flatnonzero(new[:-2] & ~new[1:-1] & new[2:])
    one, other = order[first], order[first + 1]
    forward = swapped ^ backwards
    good = (
        (low[one] == low[other]).all(axis=1)  # equal hashes prove nothing
        & (forward[one] != forward[other])
        & (owner[one] != owner[other])
        & ~unsure[one]
        & ~unsure[other]
    )
    mate = np.full(len(ends), -1, dtype=np.int64)
    mate[one[good]], mate[other[good]] = other[good], one[good]
    return mate


def _hash(rows: Floats) -> npt.NDArray[np.uint64]:
    bits = np.ascontiguousarray(rows).view(np.uint64)
    total = np.zeros(len(rows), dtype=np.uint64)
    for column, factor in enumerate(_MIX):
        # The low bits of a coordinate are often zero, so the high ones are folded down first.
        value = bits[:, column] ^ (bits[:, column] >> np.uint64(29))
        total = (total ^ (total >> np.uint64(32))) + value * np.uint64(factor)
    return total ^ (total >> np.uint64(32))

"""Overlaps, slivers and gaps among the parcels of a delivery, and with what stands beside it, as findings.

Exact by edges and GEOS, never by pixels.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely

from landdata.checking.edges import Floats, edges_of
from landdata.checking.gaps import Gaps, gaps, thin
from landdata.checking.overlaps import Overlaps, overlaps
from landdata.checking.tolerance import TOLERANCE, Tolerance
from landdata.model.parcels import Booleans, Found, Integers, Objects

_MOST_LISTED = 10  # overlaps listed with one parcel; a wrongly drawn road may cover hundreds
_MOST_NAMED = 4
_CROWDED_AT_LEAST, _CROWDED_A_PARCEL = 1000, 5
_NO_ROW = np.iinfo(np.int64).max  # of what stands on record; sorts behind every row
_ON_RECORD = "đang trong hồ sơ / on record"
_PARTLY, _HOLDS, _INSIDE, _SAME = (
    "chồng một phần / partly", "chứa trọn / contains it", "nằm trọn bên trong / lies within it", "trùng khít / the same"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Parcels:
    """Distinct parcels: a valid shape in metres of the zone, the row that speaks for it, the unit id of its commune.

    `own` are those that are looked at, whole communes of them; the others are only their neighbours. None: all.
    """

    shapes: Objects
    row: Integers
    commune: Integers
    name: Callable[[int], str]  # index -> commune.sheet.number
    own: Booleans | None = None


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Parcels on record that the delivery leaves as they are: valid shape, unit id of the commune, name."""

    shapes: Objects
    commune: Integers
    name: tuple[str, ...]

    @staticmethod
    def none() -> Neighbours:
        return Neighbours(np.zeros(0, dtype=object), np.zeros(0, dtype=np.int64), ())


def check(delivered: Parcels, beside: Neighbours | None = None, *, tolerance: Tolerance = TOLERANCE) -> list[Found]:
    """Warnings only: neighbours are drawn by different hands, and the map in the office has to settle it.

    Findings stand at delivered parcels; of two neighbours on record nothing is said, that was said when they came.
    """
    if not len(delivered.shapes):
        return []
    parcels = _together(delivered, beside) if beside and len(beside.shapes) else delivered
    tree = shapely.STRtree(parcels.shapes)
    edges = edges_of(parcels.shapes)
    found = overlaps(parcels.shapes, edges, tree)
    own = np.ones(len(parcels.shapes), dtype=np.bool_) if parcels.own is None else parcels.own
    told = own[found.first] | own[found.second]
    pairs = _measured(parcels.shapes, found.first[told], found.second[told], tolerance)
    crowded = _crowded(parcels.commune, found)
    crowded = crowded[np.isin(crowded, parcels.commune[own])]
    # What stands on record in a commune of theirs has its part in the commune's map.
    at_home = np.isin(parcels.commune, parcels.commune[own])
    looked_at = np.where(at_home & ~np.isin(parcels.commune, crowded), parcels.commune, -1)
    first_of_crowded = [int(np.flatnonzero(parcels.commune == one)[0]) for one in crowded]
    return [
        *_of_pairs(parcels, pairs, own),
        Found("OVERLAPS_UNTESTED", parcels.row[found.untested[own[found.untested]]]),
        _of_gaps(parcels, gaps(looked_at, edges, tree, tolerance=tolerance)),
        Found("GAPS_UNTESTED", parcels.row[np.array(first_of_crowded, dtype=np.int64)]),
    ]


def _together(delivered: Parcels, beside: Neighbours) -> Parcels:
    """The delivered parcels, then their neighbours on record, which have no row."""
    size = len(delivered.shapes)
    own = np.ones(size, dtype=np.bool_) if delivered.own is None else delivered.own

    def name(at: int) -> str:
        return delivered.name(at) if at < size else f"{beside.name[at - size]} ({_ON_RECORD})"

    return Parcels(
        np.concatenate([delivered.shapes, beside.shapes]),
        np.concatenate([delivered.row, np.full(len(beside.shapes), _NO_ROW)]),
        np.concatenate([delivered.commune, beside.commune]),
        name,
        np.concatenate([own, np.zeros(len(beside.shapes), dtype=np.bool_)]),
    )


def _crowded(commune: Integers, found: Overlaps) -> Integers:
    """Communes with so many overlaps that cutting all their edges into faces would grow with the square of them."""
    units, of = np.unique(commune, return_inverse=True)
    overlapping = np.bincount(of[found.first], minlength=len(units))
    crowded = overlapping > _CROWDED_AT_LEAST + _CROWDED_A_PARCEL * np.bincount(of)
    crowded[of[found.untested]] = True
    return units[crowded]


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Pairs above the tolerance: what they have in common, in square metres, and whether it is thin."""

    first: Integers
    second: Integers
    area: Floats
    sliver: Booleans


def _measured(shapes: Objects, first: Integers, second: Integers, tolerance: Tolerance) -> _Pairs:
    common = shapely.intersection(shapes[first], shapes[second])
    area = shapely.area(common)
    worth = np.flatnonzero(area > tolerance.least_m2)
    worth = worth[~thin(common[worth], tolerance.least_m)]
    return _Pairs(first[worth], second[worth], area[worth], thin(common[worth], tolerance.sliver_m))


def _of_pairs(parcels: Parcels, pairs: _Pairs, own: Booleans) -> list[Found]:
    """A finding at each of the two parcels that is looked at; the largest ones where one parcel has very many."""
    one = np.concatenate([pairs.first, pairs.second])
    other = np.concatenate([pairs.second, pairs.first])
    area, sliver = np.tile(pairs.area, 2), np.tile(pairs.sliver, 2)
    order = np.lexsort((other, -area, one))
    order = order[own[one[order]]]
    one, other, area, sliver = one[order], other[order], area[order], sliver[order]
    rank = np.arange(len(one)) - np.searchsorted(one, one, side="left")
    many, count = np.unique(one, return_counts=True)
    many, count = many[count > _MOST_LISTED], count[count > _MOST_LISTED]
    listed = rank < _MOST_LISTED
    one, other, area, sliver = one[listed], other[listed], area[listed], sliver[listed]
    relation = _relations(parcels.shapes[one], parcels.shapes[other])
    details = [
        {"other": parcels.name(int(at)), "area_m2": round(float(size), 2), "relation": how}
        for at, size, how in zip(other, area, relation, strict=True)
    ]
    return [
        *(
            Found(code, parcels.row[one[chosen]], tuple(details[at] for at in np.flatnonzero(chosen)))
            for code, chosen in (("OVERLAP", ~sliver), ("SLIVER", sliver))
        ),
        Found(
            "OVERLAPS_MANY",
            parcels.row[many],
            tuple({"count": int(size), "listed": _MOST_LISTED} for size in count),
        ),
    ]


def _relations(one: Objects, other: Objects) -> list[str]:
    holds, inside = shapely.covers(one, other), shapely.covered_by(one, other)
    return [
        _SAME if both else _HOLDS if over else _INSIDE if under else _PARTLY
        for both, over, under in zip(holds & inside, holds, inside, strict=True)
    ]


def _of_gaps(parcels: Parcels, found: Gaps) -> Found:
    """A finding for each gap, at the parcel around it that comes first in the file."""
    start = np.searchsorted(found.gap, np.arange(len(found.shapes) + 1))
    middle = shapely.get_coordinates(shapely.point_on_surface(found.shapes))
    rows, details = [], []
    for at, area in enumerate(shapely.area(found.shapes)):
        around = found.polygon[start[at] : start[at + 1]]
        around = around[np.argsort(parcels.row[around], kind="stable")]
        if parcels.row[around[0]] == _NO_ROW:
            continue
        rows.append(parcels.row[around[0]])
        details.append(
            {
                "others": ", ".join(parcels.name(int(one)) for one in around[1 : 1 + _MOST_NAMED]),
                "area_m2": round(float(area), 2),
                "east": round(float(middle[at, 0]), 2),
                "north": round(float(middle[at, 1]), 2),
            }
        )
    return Found("GAP", np.array(rows, dtype=np.int64), tuple(details))

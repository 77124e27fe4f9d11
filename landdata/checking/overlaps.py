"""Which polygons overlap: shared edges rule out almost all neighbours, GEOS judges the rest exactly.

Why that is exact. Walk from a point common to A and B along any line that misses all vertices. Where it leaves A through
an edge with a mate, it enters that neighbour of A and is still in B: that pair overlaps too. The walk ends outside, so
some pair on the way is left through an edge without a mate that runs in the other polygon. So it is enough to test the
pairs where an unmatched edge of one comes near the other, and then, from every pair found, the pairs of its neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from landdata.checking.edges import Edges, Floats, edges_of
from landdata.model.parcels import Booleans, Integers, Objects

_INTERIORS_MEET = "T********"
_MANY_EDGES = 16
_FIRST_CHUNK, _LARGEST_CHUNK = 64, 1 << 16
# Parcels have about five neighbours. Where a file has them lie in heaps, the work must not grow with the square.
_TESTS_A_SHAPE, _FOUND_A_SHAPE, _AT_LEAST = 20, 5, 100_000


@dataclass(frozen=True, slots=True)
class Overlaps:
    """Pairs `first` < `second` whose interiors meet, in order; `untested` are polygons of which more may be missing."""

    first: Integers
    second: Integers
    untested: Integers


def overlaps(shapes: Objects, edges: Edges | None = None, tree: shapely.STRtree | None = None) -> Overlaps:
    """All pairs for which ST_Overlaps, ST_Contains, ST_Within or ST_Equals holds, for valid polygons."""
    if len(shapes) < 2:
        return _result(np.zeros(0, dtype=np.int64), 2, np.zeros(0, dtype=np.int64))
    search = _Search(shapes, edges or edges_of(shapes), tree or shapely.STRtree(shapes))
    return search.run()


def _result(codes: Integers, size: int, untested: Integers) -> Overlaps:
    return Overlaps(codes // size, codes % size, untested)


class _Search:
    """One search; a pair travels as one number, first * size + second."""

    def __init__(self, shapes: Objects, edges: Edges, tree: shapely.STRtree) -> None:
        self.shapes, self.edges, self.tree = shapes, edges, tree
        self.size = len(shapes)
        self.bounds = shapely.bounds(shapes)
        self.left = _AT_LEAST + _TESTS_A_SHAPE * self.size
        self.tested = np.zeros(0, dtype=np.int64)

    def run(self) -> Overlaps:
        near, untested = self._near_loose_edges()
        fresh = self._test(near)
        found = [fresh]
        while len(fresh) and self.left > 0:
            fresh = self._test(self._neighbours_of(fresh))
            found.append(fresh)
        pairs, most = np.sort(np.concatenate(found)), _AT_LEAST + _FOUND_A_SHAPE * self.size
        unfinished = np.concatenate([fresh, pairs[most:]])
        untested = np.unique(np.concatenate([untested, unfinished // self.size, unfinished % self.size]))
        return _result(pairs[:most], self.size, untested)

    def _code(self, one: Integers, other: Integers) -> Integers:
        return np.unique(np.minimum(one, other) * self.size + np.maximum(one, other))

    def _near_loose_edges(self) -> tuple[Integers, Integers]:
        """Pairs in which an unmatched edge of one meets the box of the other, and the polygons left out."""
        loose = np.flatnonzero(self.edges.loose)
        loose = loose[np.argsort(self.edges.owner[loose], kind="stable")]
        owners, start, count = np.unique(self.edges.owner[loose], return_index=True, return_counts=True)
        # A road has hundreds of edges and thousands of neighbours: only there each edge is looked up by itself.
        long = count > _MANY_EDGES
        edge = loose[np.repeat(long, count)]
        boxes = np.concatenate([self.shapes[owners[~long]], _lines(self.edges.ends[edge])])
        owner = np.concatenate([owners[~long], self.edges.owner[edge]])
        first = np.concatenate([start[~long], np.full(len(edge), -1)])
        many = np.concatenate([count[~long], np.ones(len(edge), dtype=np.int64)])
        found = [np.zeros(0, dtype=np.int64)]
        begin, chunk, left = 0, _FIRST_CHUNK, self.left
        while begin < len(boxes) and left > 0:
            at, hit = self.tree.query(boxes[begin : begin + chunk])
            other = owner[at + begin] != hit
            at, hit = at[other] + begin, hit[other]
            near = (first[at] < 0) | self._edge_near(loose, first[at], many[at], hit)
            pairs = self._code(owner[at[near]], hit[near])
            found.append(pairs[:left])
            left -= len(pairs)
            begin += chunk if left >= 0 else 0
            # Small steps first: in a heap of equal parcels even a thousand boxes have too many neighbours to hold.
            chunk = min(2 * chunk, _LARGEST_CHUNK) if len(hit) < 32 * chunk else max(chunk // 2, 1)
        return np.unique(np.concatenate(found)), np.unique(owner[begin:])

    def _edge_near(self, loose: Integers, first: Integers, many: Integers, hit: Integers) -> Booleans:
        """Whether any of the `many` loose edges from `first` on has a box that meets the box of `hit`."""
        near = np.zeros(len(hit), dtype=np.bool_)
        box = self.bounds[hit]
        for step in range(_MANY_EDGES):
            at = np.flatnonzero((first >= 0) & (many > step) & ~near)
            x1, y1, x2, y2 = self.edges.ends[loose[first[at] + step]].T
            west, south, east, north = box[at].T
            near[at] = (
                (np.minimum(x1, x2) <= east)
                & (np.maximum(x1, x2) >= west)
                & (np.minimum(y1, y2) <= north)
                & (np.maximum(y1, y2) >= south)
            )
        return near

    def _neighbours_of(self, pairs: Integers) -> Integers:
        """Pairs next to some pairs: either polygon or both replaced by one they share an edge with."""
        matched = np.flatnonzero(~self.edges.loose)
        of, to = self.edges.owner[matched], self.edges.owner[self.edges.mate[matched]]
        order = np.argsort(of, kind="stable")
        to = np.concatenate([to[order], np.arange(self.size)])
        of = np.concatenate([of[order], np.arange(self.size)])
        order = np.argsort(of, kind="stable")
        to, start = to[order], np.searchsorted(of[order], np.arange(self.size + 1))
        result = [np.zeros(0, dtype=np.int64)]
        for begin in range(0, len(pairs), _LARGEST_CHUNK):
            part = pairs[begin : begin + _LARGEST_CHUNK]
            one, other = _expanded(part // self.size, part % self.size, to, start)
            other, one = _expanded(other, one, to, start)
            near = (one != other) & self._boxes_meet(one, other)
            result.append(self._code(one[near], other[near]))
        return np.unique(np.concatenate(result))

    def _boxes_meet(self, one: Integers, other: Integers) -> Booleans:
        a, b = self.bounds[one], self.bounds[other]
        return np.asarray((a[:, :2] <= b[:, 2:]).all(axis=1) & (b[:, :2] <= a[:, 2:]).all(axis=1))

    def _test(self, pairs: Integers) -> Integers:
        fresh = np.setdiff1d(pairs, self.tested, assume_unique=True)
        self.tested = np.union1d(self.tested, fresh)
        self.left -= len(fresh)
        meet = shapely.relate_pattern(self.shapes[fresh // self.size], self.shapes[fresh % self.size], _INTERIORS_MEET)
        found: Integers = fresh[meet]
        return found


def _expanded(one: Integers, other: Integers, to: Integers, start: Integers) -> tuple[Integers, Integers]:
    """Every `one` replaced by each of its neighbours (itself among them), `other` repeated beside it."""
    count = start[one + 1] - start[one]
    total = np.cumsum(count)
    place = np.arange(int(total[-1]) if len(total) else 0) - np.repeat(total - count, count)
    return to[np.repeat(start[one], count) + place], np.repeat(other, count)


def _lines(ends: Floats) -> Objects:
    lines: Objects = np.atleast_1d(shapely.linestrings(ends.reshape(-1, 2, 2)))
    return lines

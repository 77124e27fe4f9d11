"""Topology of a whole delivery, some communes at a time, each with the parcels of others that lie at its edge.

Those others are of the delivery itself, or stand on record and stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain

import numpy as np
import numpy.typing as npt
import shapely

from landdata.checking import ahead, geometry, outlines, topology
from landdata.checking.beside import Delivered, beside
from landdata.checking.flat import Context
from landdata.checking.kept import Kept
from landdata.model.parcels import Booleans, Found, Integers, RowSource

Boxes = npt.NDArray[np.float32]

# Parcels whose shapes are in memory at once, beside those at their edge; a commune is never cut.
_AT_ONCE = 25_000
# Half the width of the widest gap that is looked for, and more: whoever may claim it is then among the neighbours.
_REACH_M = 1.0
_TOUCH_M = 0.01
# More at the edge than this only a parcel drawn over half a province has.
_MOST_BESIDE = 8 * _AT_ONCE
_NONE = np.zeros(0, dtype=np.int64)


def check(source: RowSource, kept: Kept, parcel: Integers, names: Mapping[int, str], context: Context) -> list[Found]:
    """Warnings about outlines and neighbours; refused parcels too, since they will come again.

    `parcel` as `whole` numbers them. A pair over a border is found from both sides, and told at each parcel once.
    """
    parcels = _Parcels(kept, parcel)
    delivered = _delivered(kept, context)

    def look(own: Integers) -> list[Found]:
        others, crowded = parcels.beside(own)
        row = np.sort(np.concatenate([parcels.row[own], parcels.row[others]]))
        shaped = _shaped(source, kept, row, np.unique(parcels.commune[own]), names)
        here = np.flatnonzero(np.isin(shaped.row, parcels.row[own]))
        plane = shaped.shapes[here]
        standing, untested = beside(plane, delivered, context.epsg, context.on_record)
        return [
            Found("OVERLAPS_UNTESTED", np.concatenate([parcels.row[crowded], shaped.row[here[untested]]])),
            *outlines.check(plane, shaped.row[here]),
            *topology.check(shaped, standing),
        ]

    return list(chain.from_iterable(ahead.each(look, parcels.chunks())))


def _delivered(kept: Kept, context: Context) -> Delivered:
    named = [context.communes[code][0] for code in context.named or () if code in context.communes]

    def keys(communes: Integers) -> Integers:
        of = np.flatnonzero(np.isin(kept.commune, communes))
        return np.column_stack([kept.commune[of], kept.sheet[of], kept.number[of]]).astype(np.int64)

    communes = np.union1d(kept.commune[kept.commune > 0], np.array(named, dtype=np.int64)).astype(np.int64)
    return Delivered(communes, keys, context.whole_communes)


def _shaped(source: RowSource, kept: Kept, row: Integers, own: Integers, names: Mapping[int, str]) -> topology.Parcels:
    commune = kept.commune[row].astype(np.int64)

    def name(at: int) -> str:
        return f"{names[int(commune[at])]}.{kept.sheet[row[at]]}.{kept.number[row[at]]}"

    shapes = geometry.accepted(source.shapes(row))
    return topology.Parcels(shapes, row, commune, name, np.isin(commune, own))


class _Parcels:
    """The parcels with a shape, each by its first row, in order of their communes."""

    def __init__(self, kept: Kept, parcel: Integers) -> None:
        shaped = np.flatnonzero((parcel >= 0) & ~np.isnan(kept.box[:, 0]) & ~kept.outside)
        _, first = np.unique(parcel[shaped], return_index=True)
        row = shaped[first]
        order = np.lexsort((row, kept.commune[row]))
        self.row = row[order]
        self.commune = kept.commune[self.row]
        self.box = kept.box[self.row]
        self._start = np.flatnonzero(np.diff(self.commune, prepend=-1))
        self._stop = np.append(self._start[1:], len(self.row))
        if len(self.row):
            low = np.minimum.reduceat(self.box[:, :2], self._start, axis=0)
            self._around = np.concatenate([low, np.maximum.reduceat(self.box[:, 2:], self._start, axis=0)], axis=1)

    def chunks(self) -> Iterator[Integers]:
        """Positions of the parcels of whole communes, about as many at a time as may be."""
        number = self._start // _AT_ONCE
        for one in np.unique(number):
            these = np.flatnonzero(number == one)
            yield np.arange(self._start[these[0]], self._stop[these[-1]])

    def beside(self, own: Integers) -> tuple[Integers, Integers]:
        """Parcels of other communes whose boxes reach a box of these; and those of these that reach more than are taken."""
        these = (self._start >= own[0]) & (self._stop <= own[-1] + 1)
        around = self._around[these]
        near = np.flatnonzero(~these)
        near = near[_meet(self._around[near], around)]
        if not len(near):
            return _NONE, _NONE
        reach = self.box[own] + np.array([-_REACH_M, -_REACH_M, _REACH_M, _REACH_M], dtype=np.float32)
        tree = shapely.STRtree(shapely.box(*reach.T))
        taken, crowded, count = [_NONE], [_NONE], 0
        for begin, stop in zip(self._start[near], self._stop[near], strict=True):
            for start in range(begin, stop, _AT_ONCE):
                at = np.arange(start, min(start + _AT_ONCE, stop))
                at = at[_meet(self.box[at], around)]
                # One match is enough to know: in a heap of parcels all of them would be too many to hold.
                place, of = tree.query_nearest(shapely.box(*self.box[at].T), max_distance=_TOUCH_M, all_matches=False)
                left = max(_MOST_BESIDE - count, 0)
                taken.append(at[place[:left]])
                crowded.append(own[np.unique(of[left:])])
                count += len(place)
        return np.concatenate(taken), np.unique(np.concatenate(crowded))


def _meet(boxes: Boxes, others: Boxes) -> Booleans:
    """True for boxes that come within reach of any of the others."""
    result = np.zeros(len(boxes), dtype=np.bool_)
    for west, south, east, north in others:
        result |= (
            (boxes[:, 0] <= east + _REACH_M)
            & (boxes[:, 2] >= west - _REACH_M)
            & (boxes[:, 1] <= north + _REACH_M)
            & (boxes[:, 3] >= south - _REACH_M)
        )
    return result

"""Gives each row of a table the geometry of its parcel from a map layer; nothing of either is lost without a word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from landdata.errors import ColumnsMissing
from landdata.model.parcels import FLAT_COLUMNS, Integers, Objects
from landdata.reading.columns import KEY_COLUMNS, wanted
from landdata.reading.nesting import readable
from landdata.reading.stored import Stored
from landdata.reading.values import text

# More names than this help nobody; the count is exact.
MOST_NAMES = 1_000


@dataclass(frozen=True, slots=True)
class Joined:
    """Which row of a map layer each row of a table has its geometry from, and what of the map found no row.

    `place` is that row, -1 where there is none. `same` are the layer's rows with a geometry in order of their keys, `key`
    the numbers of these: a key of several different geometries has more than one of them.
    """

    layer: Stored
    geometry: str
    place: Integers
    same: Integers
    key: Integers
    unmatched: int
    unmatched_names: tuple[str, ...]

    def shapes(self, rows: Integers) -> pa.Array:
        """Geometry of the table's rows; null where the map has none, one collection where it has different ones."""
        key = self.place[rows]
        known = np.unique(key[key >= 0])
        begin, end = np.searchsorted(self.key, known, side="left"), np.searchsorted(self.key, known, side="right")
        several = bool((end - begin > 1).any())
        found = self._collected(known, begin, end) if several else self._of_layer(self.same[begin])
        at = np.searchsorted(known, key)
        return found.take(pa.array(at, mask=key < 0))

    def _of_layer(self, rows: Integers) -> pa.Array:
        order = np.argsort(rows, kind="stable")
        back = np.empty(len(rows), dtype=np.int64)
        back[order] = np.arange(len(rows))
        taken = self.layer.take(rows[order], [self.geometry])[self.geometry]
        return pa.concat_arrays([pa.nulls(0, taken.type), *taken.chunks]).take(pa.array(back))

    def _collected(self, known: Integers, begin: Integers, end: Integers) -> pa.Array:
        count = end - begin
        of = np.repeat(np.arange(len(known)), count)
        rows = self.same[np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + begin[of]]
        wkb = self._of_layer(rows).to_numpy(zero_copy_only=False)
        result: Objects = wkb[np.cumsum(count) - count]
        several = np.flatnonzero(count > 1)
        parts = np.flatnonzero(count[of] > 1)
        read = shapely.from_wkb(readable(wkb[parts]), on_invalid="ignore")
        result[several] = shapely.to_wkb(shapely.geometrycollections(read, indices=np.searchsorted(several, of[parts])))
        return pa.array(result, pa.binary())


def join(table: Stored, layer: Stored, geometry: str) -> Joined:
    """Join by commune, sheet and parcel. Raises ColumnsMissing when either side lacks one of them.

    Two different geometries under one key come as one collection of both: no check takes it for a parcel, so the record
    comes back, and neither is chosen by chance.
    """
    wanted_keys, map_keys = keys_of(table), keys_of(layer)
    number = pc.dictionary_encode(map_keys)
    key = pc.fill_null(number.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    content = _content(layer, geometry)
    order = np.lexsort((np.arange(len(key)), content, key))
    # Each key with each of its geometries once, by the row that has it first.
    new = np.ones(len(key), dtype=np.bool_)
    new[1:] = (key[order][1:] != key[order][:-1]) | (content[order][1:] != content[order][:-1])
    order = order[new & (key[order] >= 0) & (content[order] != _NOTHING)]
    place = pc.index_in(wanted_keys, value_set=number.dictionary)
    place = pc.fill_null(place, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    lonely = pc.invert(pc.is_in(map_keys, value_set=pc.drop_null(pc.unique(wanted_keys))))
    names = pc.coalesce(map_keys.filter(lonely), "?")
    return Joined(
        layer=layer,
        geometry=geometry,
        place=np.where(np.isin(place, key[order]), place, -1),
        same=order,
        key=key[order],
        unmatched=len(names),
        unmatched_names=tuple(names.slice(0, MOST_NAMES).to_pylist()),
    )


_NOTHING = np.int64(-1)  # Python's own hash is never -1


def _content(layer: Stored, geometry: str) -> Integers:
    """A number for each geometry, by Python's own keyed hash (64 bits, another key in every process); -1: there is none."""
    found = [
        np.fromiter((-1 if one is None else hash(one) for one in batch[geometry].to_pylist()), np.int64, batch.num_rows)
        for batch in layer.batches([geometry])
    ]
    return np.concatenate([np.zeros(0, dtype=np.int64), *found])


def keys_of(stored: Stored) -> pa.Array:
    """`commune.sheet.parcel` of each row, null where one is empty; zeros in front say nothing (01 is 1)."""
    return pa.concat_arrays([pa.array([], pa.string()), *_keys(stored)])


def _keys(stored: Stored) -> Iterator[pa.Array]:
    names = _key_columns(stored.names)
    for batch in stored.batches(names):
        parts = [pc.replace_substring_regex(text(batch[name]), r"^0+(\d)", r"\1") for name in names]
        yield pc.binary_join_element_wise(*parts, ".", null_handling="emit_null")


def _key_columns(names: Sequence[str]) -> list[str]:
    found = {column: name for name in reversed(names) if (column := wanted(name))}
    spelt = {one.name: f"{one.name} / {one.short}" for one in FLAT_COLUMNS}
    missing = [spelt[one] for one in KEY_COLUMNS if one not in found]
    if missing:
        raise ColumnsMissing(columns=", ".join(missing))
    return [found[one] for one in KEY_COLUMNS]

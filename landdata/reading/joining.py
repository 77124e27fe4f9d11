"""Gives each row of a table the geometry of its parcel from a map layer; nothing of either is lost without a word."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import shapely

from landdata.errors import ColumnsMissing
from landdata.model.parcels import FLAT_COLUMNS
from landdata.reading.columns import KEY_COLUMNS, wanted
from landdata.reading.values import text

# More names than this help nobody; the count is exact.
MOST_NAMES = 1_000


@dataclass(frozen=True, slots=True)
class Joined:
    """Geometry for every row of the table (null where the map has none), and what of the map found no row."""

    geometry: pa.Array
    unmatched: int
    unmatched_names: tuple[str, ...]


def join(table: pa.Table, layer: pa.Table, geometry: str) -> Joined:
    """Join by commune, sheet and parcel. Raises ColumnsMissing when either side lacks one of them.

    Two different geometries under one key come as one collection of both: no check takes it for a parcel, so the record
    comes back, and neither is chosen by chance.
    """
    wanted_keys, map_keys = keys_of(table), keys_of(layer)
    keys, shapes = _one_a_key(map_keys, layer[geometry].combine_chunks())
    place = pc.index_in(wanted_keys, value_set=keys)
    lonely = pc.invert(pc.is_in(map_keys, value_set=pc.drop_null(pc.unique(wanted_keys))))
    names = pc.coalesce(map_keys.filter(lonely), "?")
    return Joined(shapes.take(place), len(names), tuple(names.slice(0, MOST_NAMES).to_pylist()))


def keys_of(table: pa.Table) -> pa.Array:
    """`commune.sheet.parcel` of each row, null where one is empty; zeros in front say nothing (01 is 1)."""
    found = {column: name for name in reversed(table.column_names) if (column := wanted(name))}
    spelt = {one.name: f"{one.name} / {one.short}" for one in FLAT_COLUMNS}
    missing = [spelt[one] for one in KEY_COLUMNS if one not in found]
    if missing:
        raise ColumnsMissing(columns=", ".join(missing))
    parts = [pc.replace_substring_regex(text(table[found[one]]), r"^0+(\d)", r"\1") for one in KEY_COLUMNS]
    return pc.binary_join_element_wise(*parts, ".", null_handling="emit_null")


def _one_a_key(keys: pa.Array, shapes: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Each key once, with its geometry."""
    kept = pc.and_(pc.is_valid(keys), pc.is_valid(shapes))
    pairs = (
        pa.table({"key": keys.filter(kept), "shape": shapes.filter(kept)})
        .group_by(["key", "shape"], use_threads=False)
        .aggregate([])
    )
    times = pc.value_counts(pairs["key"].combine_chunks())
    double = times.field("values").filter(pc.greater(times.field("counts"), 1))
    single = pairs.filter(pc.invert(pc.is_in(pairs["key"], value_set=double)))
    both = pairs.filter(pc.is_in(pairs["key"], value_set=double)).sort_by("key")
    return (
        pa.concat_arrays([*single["key"].chunks, pc.unique(both["key"])]),
        pa.concat_arrays([*single["shape"].chunks, _collections(both)]),
    )


def _collections(both: pa.Table) -> pa.Array:
    """One collection for each key of a table sorted by key."""
    place = pc.dictionary_encode(both["key"].combine_chunks()).indices.to_numpy()
    read = shapely.from_wkb(both["shape"].combine_chunks().to_numpy(zero_copy_only=False), on_invalid="ignore")
    return pa.array(shapely.to_wkb(shapely.geometrycollections(read, indices=place)), pa.binary())

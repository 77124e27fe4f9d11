"""The entities of a `vbdlis` file as tables of text, each told once; what was wrong with them is noted beside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from landdata.errors import ColumnTwice, FileUnreadable
from landdata.model.parcels import Integers, folded
from landdata.model.vbdlis import ENTITIES, PARCEL, REASONS
from landdata.reading.values import text

GEOMETRY = "__geometry"
_NAMES = {folded(name): name for name in ENTITIES}


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with rows of an entity (indices from 0); `tag` says where, empty for the row as a whole."""

    code: str
    entity: str
    rows: Integers
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Entities:
    """Tables by entity, all there, all columns there. `unknown` names what of the file is not taken over."""

    tables: Mapping[str, pa.Table]
    system: str | None
    unknown: tuple[str, ...]
    faults: list[Fault] = field(default_factory=list)

    @classmethod
    def of(cls, tables: Mapping[str, pa.Table], *, system: str | None, unknown: tuple[str, ...]) -> Entities:
        """Clean text, and every entity once: word for word again says nothing new, another content under one id does."""
        faults: list[Fault] = []
        once = {name: _once(name, clean(name, tables.get(name)), faults) for name in ENTITIES}
        return cls(once, system, unknown, faults)

    def column(self, entity: str, tag: str) -> pa.Array:
        """One tag of all rows of an entity."""
        return self.tables[entity][tag].combine_chunks()

    def keys(self, entity: str) -> pa.Array:
        """The ids of all rows of an entity."""
        return self.column(entity, ENTITIES[entity].key)

    def size(self, entity: str) -> int:
        return int(self.tables[entity].num_rows)


def from_geopackage(path: Path, layers: list[str], check: Callable[[pa.RecordBatch], None]) -> Entities:
    """Every table that bears an entity's name; `check` sees each batch. Raises ColumnTwice or FileUnreadable."""
    import pyogrio  # other files of the profile need no GDAL

    tables: dict[str, pa.Table] = {}
    unknown: list[str] = []
    system = None
    for layer in layers:
        name = named_as(layer)
        if name is None:
            if folded(layer) != folded(REASONS):
                unknown.append(layer)
            continue
        if name in tables:
            raise ColumnTwice(column=name)
        with pyogrio.open_arrow(path, layer=layer, use_pyarrow=True, datetime_as_string=True) as (meta, source):
            batches = list(source)
            for batch in batches:
                check(batch)
            table = pa.Table.from_batches(batches, source.schema)
        geometry = meta["geometry_name"] or "wkb_geometry"
        tables[name], strange = in_order(name, table, geometry)
        unknown += strange
        if name == PARCEL:
            system = meta["crs"]
    return Entities.of(tables, system=system, unknown=tuple(sorted(unknown)))


def named_as(layer: str) -> str | None:
    """The entity whose name a layer bears."""
    return _NAMES.get(folded(layer))


def in_order(name: str, table: pa.Table, geometry: str) -> tuple[pa.Table, list[str]]:
    """The table's columns under the tags' own spelling, and the names of others that hold anything."""
    wanted = {folded(tag): tag for tag in ENTITIES[name].columns}
    found: dict[str, pa.ChunkedArray] = {}
    unknown = []
    for column in table.column_names:
        if column == geometry:
            if name == PARCEL:
                found[GEOMETRY] = table[column]
            continue
        tag = wanted.get(folded(column))
        if tag is None:
            if table[column].null_count < table.num_rows:
                unknown.append(f"{name}.{column}")
        elif tag in found:
            raise ColumnTwice(column=f"{name}.{tag}")
        else:
            found[tag] = table[column]
    if table.num_rows and not found:
        raise FileUnreadable(format="gpkg", reason=f"{name} has none of its columns")
    return pa.table(found), unknown


def clean(name: str, table: pa.Table | None) -> pa.Table:
    """All columns of an entity as clean text, also those that are not there; geometry as WKB."""
    size = table.num_rows if table is not None else 0
    here = table.column_names if table is not None else []
    columns = {
        tag: text(table[tag].combine_chunks()) if tag in here else pa.nulls(size, pa.string())  # type: ignore[index]
        for tag in ENTITIES[name].columns
    }
    if name == PARCEL:
        columns[GEOMETRY] = (
            pc.cast(table[GEOMETRY].combine_chunks(), pa.binary()) if GEOMETRY in here else pa.nulls(size, pa.binary())  # type: ignore[index]
        )
    return pa.table(columns)


def _once(name: str, table: pa.Table, faults: list[Fault]) -> pa.Table:
    key = ENTITIES[name].key
    if pc.count_distinct(table[key], mode="only_valid").as_py() < table.num_rows - table[key].null_count:
        table = table.group_by(table.column_names, use_threads=False).aggregate([]).combine_chunks()
    encoded = pc.dictionary_encode(table[key].combine_chunks()).indices
    number = pc.fill_null(encoded, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    number = np.where(number < 0, -1 - np.arange(len(number)), number)  # a row without an id is itself only
    _, first, times = np.unique(number, return_index=True, return_counts=True)
    kept, twice = np.sort(first), first[times > 1]
    if not len(twice):
        return table
    faults.append(Fault("ENTITY_TWICE", name, np.searchsorted(kept, twice)))
    return table.take(pa.array(kept))

"""Brings the columns of a delivered layer into the order and spelling of profile `flat`; values become clean text."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from landdata.errors import ColumnsMissing, ColumnTwice, NoRows
from landdata.model.deliveries import Profile
from landdata.model.parcels import (
    FLAT_COLUMNS,
    OPERATION,
    RETIRE,
    SOURCE,
    Aside,
    Details,
    FlatRows,
    Found,
    Integers,
    Objects,
)
from landdata.reading.columns import KEY_COLUMNS, reasons, wanted
from landdata.reading.isolated import Layer
from landdata.reading.nesting import readable
from landdata.reading.values import manifold, text

_NUMBERS = frozenset(
    {"map_sheet_number", "parcel_number", "area_m2", "private_m2", "common_m2", "floor_area_m2", "construction_area_m2"}
)


class FlatLayer:
    """The rows of a layer in profile `flat` (a `RowSource`). Columns that are not delivered come as nulls."""

    def __init__(self, layer: Layer) -> None:
        """Raises NoRows, ColumnsMissing or ColumnTwice."""
        if layer.empty:
            raise NoRows
        self._layer = layer
        self._names, unknown = _match([name for name in layer.names if name not in {layer.geometry, SOURCE}])
        lacking = [one for one in FLAT_COLUMNS if one.required and one.name not in self._names]
        if lacking and (any(one.name in KEY_COLUMNS for one in lacking) or not self._only_retires()):
            raise ColumnsMissing(columns=", ".join(f"{one.name} / {one.short}" for one in lacking))
        self.layer = layer.name
        self.unknown_columns = (*unknown, *layer.map_columns)

    def __len__(self) -> int:
        return len(self._layer)

    def batches(self) -> Iterator[FlatRows]:
        """All rows in order."""
        for batch in self._layer.batches():
            yield self._rows(batch)

    def take(self, rows: Integers) -> FlatRows:
        """Rows by their numbers from 0, which ascend."""
        return self._rows(self._layer.take(rows).combine_chunks())

    def shapes(self, rows: Integers) -> Objects:
        """Geometry of rows by their numbers from 0, which ascend: WKB, None where there is none."""
        return readable(_objects(self._layer.shapes(rows)))

    def sources(self, rows: Integers) -> list[str] | None:
        """What some rows were joined from, by their numbers from 0 in any order; None where rows are the sender's own."""
        if self._layer.profile is not Profile.VBDLIS:
            return None
        distinct, back = np.unique(rows, return_inverse=True)
        names: list[str] = self._layer.stored.take(distinct, [SOURCE])[SOURCE].take(pa.array(back)).to_pylist()
        return names

    def spelt(self, column: str) -> str:
        """A column of the profile as the file names it, ours beside it where that is another: `so_to (map_sheet_number)`."""
        name = self._names.get(column, column)
        return name if name == column else f"{name} ({column})"

    @property
    def found(self) -> tuple[Found, ...]:
        """What was wrong with the entities that rows were joined from, by code."""
        if self._layer.noted is None:
            return ()
        noted = self._layer.noted.table
        noted = noted.filter(pc.is_valid(noted["row"]))
        found = []
        for code in pc.unique(noted["code"]).to_pylist():
            here = noted.filter(pc.equal(noted["code"], code))
            details = Details(entity=here["entity"].combine_chunks(), tag=here["tag"].combine_chunks())
            found.append(Found(code, here["row"].to_numpy(), details))
        return tuple(found)

    def asides(self) -> Iterator[Aside]:
        """What was wrong with entities that are in no row."""
        for batch in self._layer.noted.batches() if self._layer.noted else ():
            for one in batch.filter(pc.is_null(batch["row"])).to_pylist():
                yield Aside(one["code"], {"entity": one["entity"], "tag": one["tag"]})

    def commune_codes(self) -> list[str | None]:
        """The different codes of communes in the file."""
        name = self._names["commune_code"]
        found = [pc.unique(text(batch[name])) for batch in self._layer.batches([name])]
        codes: list[str | None] = pc.unique(pa.chunked_array(found, pa.string())).to_pylist()
        return codes

    def _only_retires(self) -> bool:
        """Rows that all say no more than which parcels are no more need no other columns."""
        name = self._names.get(OPERATION)
        if name is None:
            return False
        return all(
            pc.all(pc.fill_null(pc.equal(pc.utf8_lower(text(batch[name])), RETIRE), False)).as_py()
            for batch in self._layer.batches([name])
        )

    def _rows(self, batch: pa.RecordBatch | pa.Table) -> FlatRows:
        size = batch.num_rows
        delivered = {name: _array(batch[spelt]) for name, spelt in self._names.items()}
        columns = {
            one.name: _value(one.name, delivered[one.name]) if one.name in delivered else pa.nulls(size, pa.string())
            for one in FLAT_COLUMNS
        }
        if self._layer.geometry in batch.schema.names:
            geometry = readable(_objects(_array(batch[self._layer.geometry])))
        else:
            geometry = np.full(size, None, dtype=object)
        return FlatRows(self.layer, columns, geometry, self.unknown_columns, manifold=_manifold(delivered))


def _manifold(delivered: dict[str, pa.Array]) -> tuple[Found, ...]:
    many = {name: np.flatnonzero(manifold(column)) for name, column in delivered.items()}
    return tuple(
        Found("VALUE_MANIFOLD", rows, Details(column=[name] * len(rows))) for name, rows in many.items() if len(rows)
    )


def _array(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    if isinstance(column, pa.ChunkedArray):
        return pa.concat_arrays([pa.nulls(0, column.type), *column.chunks])
    return column


def _objects(column: pa.Array) -> Objects:
    objects: Objects = column.to_numpy(zero_copy_only=False)
    return objects.astype(object, copy=False)


def _value(name: str, column: pa.Array) -> pa.Array:
    plain = text(column)
    # A database hands over the number 100, a CSV of the same table says 100.0 or 100.00: one row must have one hash.
    if name in _NUMBERS and pa.types.is_string(column.type):
        plain = pc.replace_substring_regex(plain, r"^(\d+)(?:\.0*|(\.\d*[1-9])0+)$", r"\1\2")
    return plain


def _match(names: list[str]) -> tuple[dict[str, str], list[str]]:
    found: dict[str, str] = {}
    unknown: list[str] = []
    ours = reasons(names)
    for name in names:
        column = wanted(name)
        if column is None:
            # A mended file comes with the reasons it was given back for; they have said what they had to.
            if name not in ours:
                unknown.append(name)
        elif column in found:
            raise ColumnTwice(column=column)
        else:
            found[column] = name
    return found, unknown


def nfc(value: str) -> str:
    """One text in NFC, spaces folded: for declarations and names that do not come in a table."""
    return " ".join(unicodedata.normalize("NFC", value).split())

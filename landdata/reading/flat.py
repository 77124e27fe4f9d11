"""Brings the columns of a delivered layer into the order and spelling of profile `flat`; values become clean text."""

from __future__ import annotations

import unicodedata

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from landdata.errors import ColumnsMissing, ColumnTwice, NoRows
from landdata.model.parcels import FLAT_COLUMNS, FlatRows, folded
from landdata.reading.isolated import Layer


def flat_rows(layer: Layer) -> FlatRows:
    """Raises NoRows, ColumnsMissing or ColumnTwice. Columns that are not delivered come as nulls."""
    table = layer.table
    if table.num_rows == 0:
        raise NoRows
    names, unknown = _match([name for name in table.column_names if name != layer.geometry])
    missing = [f"{one.name} / {one.short}" for one in FLAT_COLUMNS if one.required and one.name not in names]
    if missing:
        raise ColumnsMissing(columns=", ".join(missing))
    columns = {
        one.name: _text(table[names[one.name]]) if one.name in names else pa.nulls(table.num_rows, pa.string())
        for one in FLAT_COLUMNS
    }
    if layer.geometry in table.column_names:
        geometry = table[layer.geometry].combine_chunks().to_numpy(zero_copy_only=False)
    else:
        geometry = np.full(table.num_rows, None, dtype=object)
    return FlatRows(layer.name, columns, geometry, tuple(unknown))


def _match(names: list[str]) -> tuple[dict[str, str], list[str]]:
    wanted = {folded(spelling): one.name for one in FLAT_COLUMNS for spelling in (one.name, one.short)}
    found: dict[str, str] = {}
    unknown: list[str] = []
    for name in names:
        column = wanted.get(folded(name))
        if column is None:
            unknown.append(name)
        elif column in found:
            raise ColumnTwice(column=column)
        else:
            found[column] = name
    return found, unknown


def _text(column: pa.ChunkedArray) -> pa.Array:
    """Any column as text: numbers without a trailing '.0', spaces folded at the ends, NFC, empty as null."""
    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = array.chunk(0) if array.num_chunks else pa.nulls(0, pa.string())
    if pa.types.is_floating(array.type):
        array = _number_text(pc.if_else(pc.is_finite(array), array, None))
    elif not pa.types.is_string(array.type):
        array = pc.cast(array, pa.string())
    array = _nfc(pc.utf8_trim_whitespace(array))
    return pc.if_else(pc.equal(array, ""), None, array)


def _number_text(array: pa.Array) -> pa.Array:
    # A long number kept as a float would come out as 1.2e+10; whole ones are written as whole numbers.
    whole = pc.and_(pc.equal(array, pc.floor(array)), pc.less(pc.abs(array), 1e15))
    as_integer = pc.cast(pc.cast(pc.if_else(whole, array, None), pa.int64()), pa.string())
    return pc.if_else(pc.fill_null(whole, False), as_integer, pc.cast(array, pa.string()))


def _nfc(array: pa.Array) -> pa.Array:
    # pyarrow normalises only when told the form; text that is NFC already comes back as it is.
    return pc.utf8_normalize(array, form="NFC")


def nfc(value: str) -> str:
    """One text in NFC, spaces folded: for declarations and names that do not come in a table."""
    return " ".join(unicodedata.normalize("NFC", value).split())

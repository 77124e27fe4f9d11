"""Brings the columns of a delivered layer into the order and spelling of profile `flat`; values become clean text."""

from __future__ import annotations

import unicodedata

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from landdata.errors import ColumnsMissing, ColumnTwice, NoRows
from landdata.model.parcels import FLAT_COLUMNS, OPERATION, RETIRE, FlatRows
from landdata.reading.columns import KEY_COLUMNS, reasons, wanted
from landdata.reading.isolated import Layer
from landdata.reading.values import text

_NUMBERS = frozenset(
    {"map_sheet_number", "parcel_number", "area_m2", "private_m2", "common_m2", "floor_area_m2", "construction_area_m2"}
)


def flat_rows(layer: Layer) -> FlatRows:
    """Raises NoRows, ColumnsMissing or ColumnTwice. Columns that are not delivered come as nulls."""
    table = layer.table
    if table.num_rows == 0:
        raise NoRows
    names, unknown = _match([name for name in table.column_names if name != layer.geometry])
    needed = KEY_COLUMNS if _only_retires(table, names) else [one.name for one in FLAT_COLUMNS if one.required]
    missing = [f"{one.name} / {one.short}" for one in FLAT_COLUMNS if one.name in needed and one.name not in names]
    if missing:
        raise ColumnsMissing(columns=", ".join(missing))
    columns = {
        one.name: _value(one.name, table[names[one.name]])
        if one.name in names
        else pa.nulls(table.num_rows, pa.string())
        for one in FLAT_COLUMNS
    }
    if layer.geometry in table.column_names:
        geometry = table[layer.geometry].combine_chunks().to_numpy(zero_copy_only=False)
    else:
        geometry = np.full(table.num_rows, None, dtype=object)
    return FlatRows(layer.name, columns, geometry, (*unknown, *layer.map_columns))


def _only_retires(table: pa.Table, names: dict[str, str]) -> bool:
    """Rows that all say no more than which parcels are no more need no other columns."""
    if OPERATION not in names:
        return False
    said = pc.unique(pc.utf8_lower(text(table[names[OPERATION]])))
    return bool(said.to_pylist() == [RETIRE])


def _value(name: str, column: pa.ChunkedArray) -> pa.Array:
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

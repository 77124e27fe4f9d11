"""Brings the columns of a delivered layer into the order and spelling of profile `flat`; values become clean text."""

from __future__ import annotations

import unicodedata

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from landdata.errors import ColumnsMissing, ColumnTwice, NoRows
from landdata.model.deliveries import Profile
from landdata.model.parcels import FLAT_COLUMNS, SOURCE, Aside, FlatRows, Found
from landdata.reading.columns import wanted
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
    source = table[SOURCE].combine_chunks() if layer.profile is Profile.VBDLIS else None
    names, unknown = _match([name for name in table.column_names if name not in {layer.geometry, SOURCE}])
    missing = [f"{one.name} / {one.short}" for one in FLAT_COLUMNS if one.required and one.name not in names]
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
    found, asides = _noted(layer.noted)
    return FlatRows(layer.name, columns, geometry, (*unknown, *layer.map_columns), source, found, asides)


def _noted(noted: pa.Table | None) -> tuple[tuple[Found, ...], tuple[Aside, ...]]:
    """What the reader found, by code; without a row it stands aside."""
    if noted is None:
        return (), ()
    has_row = pc.is_valid(noted["row"])
    found = []
    for code in pc.unique(noted["code"].filter(has_row)).to_pylist():
        here = noted.filter(pc.and_(has_row, pc.equal(noted["code"], code)))
        details = here.select(["entity", "tag"]).to_pylist()
        found.append(Found(code, here["row"].to_numpy(), tuple(details)))
    loose = noted.filter(pc.invert(has_row))
    asides = zip(loose["code"].to_pylist(), loose.select(["entity", "tag"]).to_pylist(), strict=True)
    return tuple(found), tuple(Aside(code, said) for code, said in asides)


def _value(name: str, column: pa.ChunkedArray) -> pa.Array:
    plain = text(column)
    # A database hands over the number 100, a CSV of the same table says 100.0 or 100.00: one row must have one hash.
    if name in _NUMBERS and pa.types.is_string(column.type):
        plain = pc.replace_substring_regex(plain, r"^(\d+)(?:\.0*|(\.\d*[1-9])0+)$", r"\1\2")
    return plain


def _match(names: list[str]) -> tuple[dict[str, str], list[str]]:
    found: dict[str, str] = {}
    unknown: list[str] = []
    for name in names:
        column = wanted(name)
        if column is None:
            unknown.append(name)
        elif column in found:
            raise ColumnTwice(column=column)
        else:
            found[column] = name
    return found, unknown


def nfc(value: str) -> str:
    """One text in NFC, spaces folded: for declarations and names that do not come in a table."""
    return " ".join(unicodedata.normalize("NFC", value).split())

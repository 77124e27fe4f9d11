"""Reads whole columns of text at once: numbers, dates, code lists; never a Python loop over rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from landdata.model.parcels import Booleans, Integers

# Ten digits fit every column once rounded, and no area in the country needs more.
_DECIMAL = r"^\d{1,10}(\.\d{1,6})?$"


def is_null(column: pa.Array) -> Booleans:
    """True where a cell is empty."""
    return pc.is_null(column).to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]


def matches(column: pa.Array, pattern: str) -> Booleans:
    """True where a cell is filled and matches a regular expression."""
    return holds(column, lambda distinct: pc.match_substring_regex(distinct, pattern))


def holds(column: pa.Array, rule: Callable[[pa.Array], pa.Array]) -> Booleans:
    """True where a cell is filled and a rule holds; the rule sees each distinct value once: most columns have few."""
    if column.null_count == len(column):
        return np.zeros(len(column), dtype=np.bool_)
    encoded = pc.dictionary_encode(column)
    return pc.fill_null(rule(encoded.dictionary).take(encoded.indices), False).to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]


def integers(column: pa.Array) -> Integers:
    """Whole numbers above 0 of at most nine digits; 0 where a cell is anything else."""
    encoded = pc.dictionary_encode(column)
    good = pc.match_substring_regex(encoded.dictionary, r"^0*[1-9]\d{0,8}$")
    distinct = pc.cast(pc.if_else(good, encoded.dictionary, None), pa.int64())
    return pc.fill_null(distinct.take(encoded.indices), 0).to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]


def decimals(column: pa.Array) -> tuple[pa.Array, Booleans]:
    """Numbers as floats (null where empty or unreadable), and where a filled cell is unreadable."""
    encoded = pc.dictionary_encode(column)
    good = pc.match_substring_regex(encoded.dictionary, _DECIMAL)
    unreadable = pc.fill_null(pc.invert(good).take(encoded.indices), False).to_numpy(zero_copy_only=False)
    return pc.cast(pc.if_else(good, encoded.dictionary, None), pa.float64()).take(encoded.indices), unreadable


@dataclass(frozen=True, slots=True)
class Dates:
    """Dates read from dd/MM/yyyy or yyyy-MM-dd; `year` also from a bare yyyy; nulls where there is none."""

    iso: pa.Array
    year: pa.Array
    unreadable: Booleans


def dates(column: pa.Array) -> Dates:
    """Full dates as ISO text and years as integers. A day that is in no calendar, like year 0, is unreadable."""
    encoded = pc.dictionary_encode(column)
    distinct = _dates(encoded.dictionary)
    unreadable = pc.fill_null(pa.array(distinct.unreadable).take(encoded.indices), False)
    return Dates(
        distinct.iso.take(encoded.indices),
        distinct.year.take(encoded.indices),
        unreadable.to_numpy(zero_copy_only=False),
    )


def _dates(column: pa.Array) -> Dates:
    vietnamese = pc.extract_regex(column, r"^(?P<d>\d{1,2})/(?P<m>\d{1,2})/(?P<y>[1-9]\d{3})$")
    iso = pc.extract_regex(column, r"^(?P<y>[1-9]\d{3})-(?P<m>\d{2})-(?P<d>\d{2})$")
    year = pc.coalesce(*(pc.struct_field(parts, "y") for parts in (vietnamese, iso)))
    month = pc.coalesce(*(pc.struct_field(parts, "m") for parts in (vietnamese, iso)))
    day = pc.coalesce(*(pc.struct_field(parts, "d") for parts in (vietnamese, iso)))
    text = pc.binary_join_element_wise(
        year, pc.utf8_lpad(month, 2, "0"), pc.utf8_lpad(day, 2, "0"), "-", null_handling="emit_null"
    )
    parsed = pc.strptime(text, format="%Y-%m-%d", unit="s", error_is_null=True)
    # strptime lets 31/02 roll over; a day that does not come back as written is no day.
    back = pc.strftime(parsed, format="%Y-%m-%d")
    good = pc.fill_null(pc.equal(back, text), False)
    full = pc.if_else(good, text, None)
    bare = pc.if_else(pc.match_substring_regex(column, r"^[1-9]\d{3}$"), column, None)
    years = pc.cast(pc.coalesce(pc.if_else(good, year, None), bare), pa.int32())
    unreadable = pc.and_(pc.is_valid(column), pc.is_null(years)).to_numpy(zero_copy_only=False)
    return Dates(full, years, unreadable)


@dataclass(frozen=True, slots=True)
class Items:
    """Cells split at ';' and each item at ':': `parent` is the index of the cell, `parts` the columns of pieces."""

    parent: Integers
    parts: tuple[pa.Array, ...]


def items(column: pa.Array, pieces: int) -> Items:
    """Split every cell into its items, and every item into exactly `pieces` pieces (null where it has fewer)."""
    lists = pc.split_pattern(column, ";")
    parent = pc.list_parent_indices(lists).to_numpy(zero_copy_only=False)
    flat = pc.utf8_trim_whitespace(pc.list_flatten(lists))
    kept = pc.not_equal(flat, "").to_numpy(zero_copy_only=False)
    flat, parent = flat.filter(pa.array(kept)), parent[kept]
    split = pc.split_pattern(flat, ":", max_splits=pieces - 1)
    count = pc.list_value_length(split).to_numpy(zero_copy_only=False)
    values = pc.list_flatten(split)
    starts = np.concatenate([[0], np.cumsum(count)[:-1]]) if len(count) else np.zeros(0, dtype=np.int64)
    parts = []
    for piece in range(pieces):
        index = pa.array(np.where(count > piece, starts + piece, -1), mask=count <= piece, type=pa.int64())
        text = pc.utf8_trim_whitespace(values.take(index))
        parts.append(pc.if_else(pc.equal(text, ""), None, text))
    return Items(parent.astype(np.int64), tuple(parts))


def codes(*columns: pa.Array) -> Integers:
    """One integer for each distinct combination of cells; empty cells are a value of their own."""
    result = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        encoded = pc.fill_null(pc.dictionary_encode(column).indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
        combined = result * (int(encoded.max(initial=0)) + 2) + encoded + 1
        # Renumbering at once keeps the product of many columns far from overflow; hashing is faster than sorting.
        result = pc.dictionary_encode(pa.array(combined)).indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return result


def several(key: Integers, value: Integers) -> Booleans:
    """For each row whether its key comes with more than one value."""
    one = codes(pa.array(key))
    _, first = np.unique(codes(pa.array(one), pa.array(value)), return_index=True)
    return np.asarray(np.bincount(one[first], minlength=1)[one] > 1)


def certificate_names(columns: Mapping[str, pa.Array]) -> pa.Array:
    """The certificate each row names, as one text; null where it names none.

    The day counts as read, not as spelt: 1/2/2020 and 01/02/2020 on one serial are one certificate, and the store
    would refuse it twice.
    """
    serial, registry = columns["certificate_serial"], columns["registry_number"]
    parts = [serial, registry, columns["certificate_type"], dates(columns["certificate_date"]).iso]
    named = pc.binary_join_element_wise(*(pc.fill_null(part, "") for part in parts), "\x1f")
    return pc.if_else(pc.or_(pc.is_valid(serial), pc.is_valid(registry)), named, None)


def certificates(columns: Mapping[str, pa.Array]) -> Integers:
    """One integer for each distinct certificate as printed; -1 where a row names none."""
    names = certificate_names(columns)
    return np.where(is_null(names), -1, codes(names))

"""Any delivered column as clean text: numbers without a trailing '.0', no spaces at the ends, NFC, empty as null."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc


def text(array: pa.Array) -> pa.Array:
    """A column, whatever its type, as text."""
    if array.null_count == len(array):
        return pa.nulls(len(array), pa.string())
    if pa.types.is_integer(array.type):
        return pc.cast(array, pa.string())
    if pa.types.is_floating(array.type):
        return _number_text(pc.if_else(pc.is_finite(array), array, None))
    if not pa.types.is_string(array.type):
        array = pc.cast(array, pa.string())
    # Most columns say the same few things over and over: each is cleaned once.
    encoded = pc.dictionary_encode(array)
    return _clean(encoded.dictionary).take(encoded.indices)


def _clean(array: pa.Array) -> pa.Array:
    # pyarrow normalises only when told the form; text that is NFC already comes back as it is.
    array = pc.utf8_normalize(pc.utf8_trim_whitespace(array), form="NFC")
    return pc.if_else(pc.equal(array, ""), None, array)


def _number_text(array: pa.Array) -> pa.Array:
    # A long number kept as a float would come out as 1.2e+10; whole ones are written as whole numbers.
    whole = pc.and_(pc.equal(array, pc.floor(array)), pc.less(pc.abs(array), 1e15))
    as_integer = pc.cast(pc.cast(pc.if_else(whole, array, None), pa.int64()), pa.string())
    return pc.if_else(pc.fill_null(whole, False), as_integer, pc.cast(array, pa.string()))

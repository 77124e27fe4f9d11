"""Any delivered column as clean text: numbers without a trailing '.0', no spaces at the ends, NFC, empty as null."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from landdata.model.parcels import Booleans


def text(array: pa.Array) -> pa.Array:
    """A column, whatever its type, as text. Of a list its only value; what is `manifold` is null."""
    if array.null_count == len(array) or _without_text(array.type):
        return pa.nulls(len(array), pa.string())
    if _is_list(array.type):
        single = pc.fill_null(pc.equal(pc.list_value_length(array), 1), False).to_numpy(zero_copy_only=False)
        place = pa.array(np.cumsum(single) - 1, mask=~single)
        return text(pc.list_flatten(array.filter(pa.array(single)))).take(place)
    if pa.types.is_integer(array.type):
        return pc.cast(array, pa.string())
    if pa.types.is_floating(array.type):
        return _number_text(pc.if_else(pc.is_finite(array), array, None))
    if not pa.types.is_string(array.type):
        array = pc.cast(array, pa.string())
    # Most columns say the same few things over and over: each is cleaned once.
    encoded = pc.dictionary_encode(array)
    return _clean(encoded.dictionary).take(encoded.indices)


def manifold(array: pa.Array) -> Booleans:
    """True where a cell cannot be said as one text: a list of several values, or bytes."""
    if _is_list(array.type):
        many = pc.fill_null(pc.greater(pc.list_value_length(array), 1), False)
    elif _without_text(array.type):
        many = pc.is_valid(array)
    else:
        return np.zeros(len(array), dtype=np.bool_)
    found: Booleans = many.to_numpy(zero_copy_only=False)
    return found


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))


def _without_text(kind: pa.DataType) -> bool:
    nested = pa.types.is_nested(kind) and not _is_list(kind)
    return bool(nested or pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _clean(array: pa.Array) -> pa.Array:
    # pyarrow normalises only when told the form; text that is NFC already comes back as it is.
    array = pc.utf8_normalize(pc.utf8_trim_whitespace(array), form="NFC")
    return pc.if_else(pc.equal(array, ""), None, array)


def _number_text(array: pa.Array) -> pa.Array:
    # A long number kept as a float would come out as 1.2e+10; whole ones are written as whole numbers.
    whole = pc.and_(pc.equal(array, pc.floor(array)), pc.less(pc.abs(array), 1e15))
    as_integer = pc.cast(pc.cast(pc.if_else(whole, array, None), pa.int64()), pa.string())
    return pc.if_else(pc.fill_null(whole, False), as_integer, pc.cast(array, pa.string()))

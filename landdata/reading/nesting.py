"""Tells outlines that must not be read: GEOS goes down a level of its stack for each nesting, and reckons with no curve."""

from __future__ import annotations

import struct

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from landdata.model.parcels import Objects

_DEEPEST = 32
_POINT, _LINE, _POLYGON, _MULTIPOLYGON = 1, 2, 3, 6
_NESTING = frozenset({4, 5, 6, 7})
_BENT = frozenset(range(8, 13))
# What is said of such an outline instead of reading it: that it is no polygon.
_NO_POLYGON = struct.pack("<BIdd", 1, _POINT, 0.0, 0.0)
_HEAD = 14  # of a geometry with its count, and of its first member


def readable(wkb: Objects) -> Objects:
    """The same outlines, a point in place of each that is bent, or nested deeper than any map's."""
    heads = pc.dictionary_encode(pc.binary_slice(pa.array(wkb, pa.binary()), 0, _HEAD))
    plain = [_is_plain(head) for head in heads.dictionary.to_pylist()]
    codes = pc.fill_null(heads.indices, len(plain)).to_numpy(zero_copy_only=False)
    # Nearly every parcel is one polygon; only what may have members that nest is walked through.
    odd = np.flatnonzero(~np.array([*plain, True])[codes])
    barred = [row for row in odd if _is_barred(wkb[row])]
    if not barred:
        return wkb
    result = wkb.copy()
    result[barred] = _NO_POLYGON
    return result


def _is_plain(head: bytes) -> bool:
    """Whether nothing can be nested behind these bytes: a point, a line, a polygon, or a multipolygon of one polygon."""
    if len(head) < 5:
        return True
    kind = _kind(head, 0)
    if kind == _MULTIPOLYGON and len(head) == _HEAD:
        [count] = struct.unpack_from("<L" if head[0] else ">L", head, 5)
        return bool(count == 1 and _kind(head, 9) == _POLYGON)
    return kind not in _NESTING | _BENT


def _kind(data: bytes, at: int) -> int:
    """The kind of the geometry there; marks for other dimensions, of either dialect, are left out."""
    [code] = struct.unpack_from("<L" if data[at] else ">L", data, at + 1)
    return int((code & 0x1FFFFFFF) % 1000)


def _is_barred(data: bytes) -> bool:
    """Walks as GEOS would, on a list in place of the stack; broken bytes end the walk where they end GEOS's."""
    at, left = 0, [1]
    try:
        while left:
            if not left[-1]:
                left.pop()
                continue
            left[-1] -= 1
            order = "<L" if data[at] else ">L"
            [code] = struct.unpack_from(order, data, at + 1)
            kind, thousands = _kind(data, at), (code & 0x1FFFFFFF) // 1000
            size = 8 * (
                2 + bool(code & 0x80000000 or thousands in {1, 3}) + bool(code & 0x40000000 or thousands in {2, 3})
            )
            at += 9 if code & 0x20000000 else 5
            if kind == _POINT:
                at += size
                continue
            [count] = struct.unpack_from(order, data, at)
            at += 4
            if kind in _NESTING | _BENT:
                left.append(count)
                if kind in _BENT or len(left) > _DEEPEST:
                    return True
            elif kind == _LINE:
                at += count * size
            elif kind == _POLYGON:
                for _ in range(count):
                    at += 4 + struct.unpack_from(order, data, at)[0] * size
            else:
                return False
    except (struct.error, IndexError):
        pass
    return False

r"""Signs of invented data, commune by commune: figures for people to look into; no row is better or worse for them.

A script in use overwrote origins in bulk (residential CNQ-CTT, everything else CNQ-KTT) and filled missing registry
numbers with `--\\--` (domain.md 6.6).
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from landdata.checking.values import codes, is_null, items, matches
from landdata.model.parcels import Booleans, FlatRows, Found, Integers

_FEWEST = 20  # origins in a commune: of a few any may agree by chance
_A_PURPOSE = 5  # of which this many under each of two purposes
_DIGIT = r"\d"


def check(rows: FlatRows, *, commune: Integers, parcel: Integers, certificate: Integers) -> list[Found]:
    """At most one finding of each kind a commune, at its first row concerned."""
    return [_origins(rows, commune, parcel), _registry(rows, commune, certificate)]


def _origins(rows: FlatRows, commune: Integers, parcel: Integers) -> Found:
    """Communes in which every origin follows from its purpose, though there are several of both."""
    row = _first((parcel >= 0) & (commune > 0), parcel)
    split = items(rows.columns["origins"].take(pa.array(row)), 2)
    told = ~is_null(split.parts[1])
    row, unit = row[split.parent[told]], commune[row[split.parent[told]]]
    purpose = codes(pa.array(unit), split.parts[0].filter(pa.array(told)))
    origin = codes(pa.array(unit), split.parts[1].filter(pa.array(told)))
    units, first, of, count = np.unique(unit, return_index=True, return_inverse=True, return_counts=True)
    each, size = np.unique(purpose, return_counts=True)
    common = np.isin(purpose, each[size >= _A_PURPOSE])
    purposes = _distinct(purpose, of, len(units))
    determined = _distinct(codes(pa.array(purpose), pa.array(origin)), of, len(units)) == purposes
    shown = _distinct(purpose[common], of[common], len(units))
    origins = _distinct(origin, of, len(units))
    found = np.flatnonzero(determined & (count >= _FEWEST) & (shown > 1) & (origins > 1))
    at = row[first[found]]
    names = rows.columns["commune_code"].take(pa.array(at)).to_pylist()
    details = tuple({"commune": name, "count": int(count[one])} for name, one in zip(names, found, strict=True))
    return Found("SIGN_ORIGIN_BY_PURPOSE", at, details)


def _distinct(code: Integers, of: Integers, size: int) -> Integers:
    """How many different codes each of so many groups has; a code stands in one group only."""
    _, first = np.unique(code, return_index=True)
    return np.bincount(of[first], minlength=size)


def _registry(rows: FlatRows, commune: Integers, certificate: Integers) -> Found:
    registry = rows.columns["registry_number"]
    row = _first((certificate >= 0) & (commune > 0) & ~is_null(registry), certificate)
    empty = ~matches(registry.take(pa.array(row)), _DIGIT)
    units, of, count = np.unique(commune[row], return_inverse=True, return_counts=True)
    without = np.bincount(of[empty], minlength=len(units))
    first = np.full(len(units), len(rows), dtype=np.int64)
    np.minimum.at(first, of[empty], row[empty])
    found = np.flatnonzero(without)
    names = rows.columns["commune_code"].take(pa.array(first[found])).to_pylist()
    details = tuple(
        {"commune": name, "count": int(without[one]), "share": round(100 * float(without[one]) / int(count[one]))}
        for name, one in zip(names, found, strict=True)
    )
    return Found("SIGN_REGISTRY_WITHOUT_DIGIT", first[found], details)


def _first(wanted: Booleans, key: Integers) -> Integers:
    """The first row of each key among the wanted rows, in order of the rows."""
    rows = np.flatnonzero(wanted)
    return np.sort(rows[np.unique(key[rows], return_index=True)[1]])

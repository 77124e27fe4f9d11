r"""Signs of invented data, commune by commune: figures for people to look into; no row is better or worse for them.

A script in use overwrote origins in bulk (residential CNQ-CTT, everything else CNQ-KTT) and filled missing registry
numbers with `--\\--` (domain.md 6.6).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from landdata.checking.kept import Kept, prints
from landdata.checking.values import codes, is_null, items, matches
from landdata.model.parcels import Booleans, Details, FlatRows, Found, Integers

_FEWEST = 20  # origins in a commune: of a few any may agree by chance
_A_PURPOSE = 5  # of which this many under each of two purposes
_DIGIT = r"\d"
_LONGEST = 200  # letters of a cell; no script fills in more
MOST_TEXTS = 65_536  # different cells of a delivery that are looked at: who invents fills in few


def origins(rows: FlatRows) -> tuple[Integers, dict[int, str]]:
    """A number for each cell of origins, and the texts of these numbers; 0 where there is none, or one too long."""
    encoded = pc.dictionary_encode(rows.columns["origins"])
    texts = [text if len(text) <= _LONGEST else None for text in encoded.dictionary.to_pylist()]
    number = prints([*texts, None])
    of = pc.fill_null(encoded.indices, len(texts)).to_numpy(zero_copy_only=False)
    return number[of], {int(one): text for one, text in zip(number, texts, strict=False) if text is not None}


def registry(rows: FlatRows) -> npt.NDArray[np.int8]:
    """What there is of a registry number: 0 none, 1 one with a digit, 2 one without."""
    column = rows.columns["registry_number"]
    return np.where(is_null(column), 0, np.where(matches(column, _DIGIT), 1, 2)).astype(np.int8)


def check(kept: Kept, parcel: Integers, texts: Mapping[int, str], names: Mapping[int, str]) -> list[Found]:
    """At most one finding of each kind a commune, at its first row concerned; `texts` as `origins` gives them."""
    return [_origins(kept, parcel, texts, names), _registry(kept, names)]


def _origins(kept: Kept, parcel: Integers, texts: Mapping[int, str], names: Mapping[int, str]) -> Found:
    """Communes in which every origin follows from its purpose, though there are several of both."""
    row = _first((parcel >= 0) & (kept.origins != 0), parcel)
    # Alike cells of a commune say the same, so each is taken apart once.
    cell = codes(pa.array(kept.commune[row]), pa.array(kept.origins[row]))
    _, at, often = np.unique(cell, return_index=True, return_counts=True)
    said = pa.array([texts.get(one) for one in kept.origins[row[at]].tolist()], pa.string())
    split = items(said, 2)
    told = ~is_null(split.parts[1])
    of_cell = split.parent[told]
    row, weight, unit = row[at[of_cell]], often[of_cell], kept.commune[row[at[of_cell]]]
    purpose = codes(pa.array(unit), split.parts[0].filter(pa.array(told)))
    origin = codes(pa.array(unit), split.parts[1].filter(pa.array(told)))
    units, of = np.unique(unit, return_inverse=True)
    count = np.bincount(of, weight, minlength=len(units)).astype(np.int64)
    first = np.full(len(units), len(kept), dtype=np.int64)
    np.minimum.at(first, of, row)
    common = (np.bincount(purpose, weight, minlength=1) >= _A_PURPOSE)[purpose]
    purposes = _distinct(purpose, of, len(units))
    determined = _distinct(codes(pa.array(purpose), pa.array(origin)), of, len(units)) == purposes
    shown = _distinct(purpose[common], of[common], len(units))
    found = np.flatnonzero(determined & (count >= _FEWEST) & (shown > 1) & (_distinct(origin, of, len(units)) > 1))
    commune = [names[one] for one in units[found].tolist()]
    return Found("SIGN_ORIGIN_BY_PURPOSE", first[found], Details(commune=commune, count=count[found]))


def _distinct(code: Integers, of: Integers, size: int) -> Integers:
    """How many different codes each of so many groups has; a code stands in one group only."""
    _, first = np.unique(code, return_index=True)
    return np.bincount(of[first], minlength=size)


def _registry(kept: Kept, names: Mapping[int, str]) -> Found:
    row = _first((kept.certificate != 0) & (kept.commune > 0) & (kept.registry > 0), kept.certificate)
    empty = kept.registry[row] > 1
    units, of, count = np.unique(kept.commune[row], return_inverse=True, return_counts=True)
    without = np.bincount(of[empty], minlength=len(units))
    first = np.full(len(units), len(kept), dtype=np.int64)
    np.minimum.at(first, of[empty], row[empty])
    found = np.flatnonzero(without)
    share = np.round(100 * without[found] / count[found]).astype(np.int64)
    commune = [names[one] for one in units[found].tolist()]
    return Found(
        "SIGN_REGISTRY_WITHOUT_DIGIT", first[found], Details(commune=commune, count=without[found], share=share)
    )


def _first(wanted: Booleans, key: Integers) -> Integers:
    """The first row of each key among the wanted rows, in order of the rows."""
    rows = np.flatnonzero(wanted)
    return np.sort(rows[np.unique(key[rows], return_index=True)[1]])

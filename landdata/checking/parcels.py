"""Checks of what rows say about parcels beyond single values: ids, parents, areas in use, codes of their time, terms."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from landdata.checking.kept import Kept
from landdata.checking.outlines import too_large
from landdata.checking.values import dates, decimals, is_null, items, matches, several
from landdata.model.parcels import Details, FlatRows, Found, Integers

_SQUARE_METRES = 0.5  # tolerance of sums (domain.md 6.4)
_DAY = r"(?P<day>\d{1,2}/\d{1,2}/\d{4})"
# Circular 08/2024 made HNK of BHK and NHK and brought CNT (domain.md 2.4, 6.5). Its list is known in part only, so no
# other code is held against a record's time; old codes on old papers stay true.
_NEW_CODES_FROM = date(2024, 8, 1)
_ONLY_BEFORE, _ONLY_SINCE = ("BHK", "NHK"), ("HNK", "CNT")
# Column -> its list; words of the exchange structure that have no list of their own stand here.
_LISTS = {
    "certificate_type": "certificate_type", "holder_role": "land_user_type", "user_type": "land_user_type",
    "id_type": "land_user_type", "asset_kind": "house_type", "house_type": "house_type",
}  # fmt: skip
_SHORT_LISTS = {"holder_kind": "01234", "gender": "012", "ownership_form": "01"}


def check(rows: FlatRows, *, code_lists: Mapping[str, frozenset[str]], effective_on: date) -> list[Found]:
    """Warnings row by row."""
    legal = decimals(rows.columns["area_m2"])[0].to_numpy(zero_copy_only=False)
    return [
        too_large(legal, np.arange(len(rows))),
        _exceeding(rows, legal),
        *_of_other_era(rows, effective_on),
        _ended(rows),
        *_unknown_codes(rows, code_lists),
    ]


def _exceeding(rows: FlatRows, legal: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Found:
    used = [decimals(rows.columns[name])[0].to_numpy(zero_copy_only=False) for name in ("private_m2", "common_m2")]
    over = np.nan_to_num(np.nan_to_num(used[0]) + np.nan_to_num(used[1]) - legal, nan=0.0)
    wrong = np.flatnonzero(over > _SQUARE_METRES)
    return Found("USE_EXCEEDS_AREA", wrong, Details(value=np.round(over[wrong], 2)))


def _of_other_era(rows: FlatRows, effective_on: date) -> list[Found]:
    dated = np.flatnonzero(matches(rows.columns["purposes"], "|".join((*_ONLY_BEFORE, *_ONLY_SINCE))))
    split = items(rows.columns["purposes"].take(pa.array(dated)), 2)
    code = split.parts[0]
    issued = pc.fill_null(dates(rows.columns["certificate_date"].take(pa.array(dated))).iso, "")
    late = pc.greater_equal(issued, _NEW_CODES_FROM.isoformat()).to_numpy(zero_copy_only=False)[split.parent]
    old = pc.is_in(code, value_set=pa.array(_ONLY_BEFORE)).to_numpy(zero_copy_only=False)
    new = pc.is_in(code, value_set=pa.array(_ONLY_SINCE)).to_numpy(zero_copy_only=False)
    wrong = (old & late) | (new if effective_on < _NEW_CODES_FROM else new & False)
    at, first = np.unique(split.parent[wrong], return_index=True)
    texts = code.filter(pa.array(wrong)).take(pa.array(first)).to_pylist()
    return [Found("PURPOSE_OF_OTHER_ERA", dated[at], Details(value=texts))]


def _ended(rows: FlatRows) -> Found:
    ending = np.flatnonzero(matches(rows.columns["use_term"], _DAY))
    split = items(rows.columns["use_term"].take(pa.array(ending)), 2)
    day = pc.struct_field(pc.extract_regex(pc.coalesce(split.parts[1], split.parts[0]), _DAY), "day")
    issued = dates(rows.columns["certificate_date"].take(pa.array(ending))).iso.take(pa.array(split.parent))
    before = pc.fill_null(pc.less(dates(day).iso, issued), False).to_numpy(zero_copy_only=False)
    return Found("TERM_ENDS_BEFORE_ISSUE", ending[np.unique(split.parent[before])])


def _unknown_codes(rows: FlatRows, code_lists: Mapping[str, frozenset[str]]) -> list[Found]:
    known = {name: code_lists[listed] for name, listed in _LISTS.items() if listed in code_lists}
    known |= {name: frozenset(letters) for name, letters in _SHORT_LISTS.items()}
    found = []
    for name, listed in known.items():
        strange = pc.invert(pc.is_in(rows.columns[name], value_set=pa.array(sorted(listed))))
        index = np.flatnonzero(strange.to_numpy(zero_copy_only=False) & ~is_null(rows.columns[name]))
        # The value is not repeated: in a shifted column it may be somebody's number.
        found.append(Found("CODE_UNKNOWN", index, Details(column=[name] * len(index))))
    return found


def check_ids(kept: Kept, parcel: Integers) -> Found:
    """Ids that stand on several parcels; `parcel` is equal where rows speak of the same one, or negative."""
    known = np.flatnonzero((kept.uid != 0) & (parcel >= 0))
    return Found("PARCEL_UID_TWICE", known[several(kept.uid[known], parcel[known])])

"""Checks of certificates against time: none is of tomorrow, of before the first Land Law, or older than its own form."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from landdata.checking.values import Dates, dates
from landdata.model.parcels import Details, FlatRows, Found

_FIRST = date(1988, 1, 8)  # Land Law of 1987 in force
# The law that each form rests on, by the day it came into force (domain.md 2.13); other papers are older or undated.
_FORMS = {
    "2": _FIRST,
    "1": date(2004, 7, 1),
    "6": date(2009, 12, 10),
    "11": date(2014, 7, 1),
    "98": date(2024, 8, 1),
    "97": date(2024, 8, 1),
}


def check(rows: FlatRows, *, effective_on: date) -> list[Found]:
    """Warnings row by row."""
    kind, issued = rows.columns["certificate_type"], dates(rows.columns["certificate_date"])
    form = pc.is_in(kind, value_set=pa.array([*_FORMS])).to_numpy(zero_copy_only=False)
    tomorrow = _when(issued, pc.greater, effective_on)
    wrong = np.flatnonzero(tomorrow | (form & _when(issued, pc.less, _FIRST)))
    early = np.logical_or.reduce(
        [
            pc.fill_null(pc.equal(kind, code), False).to_numpy(zero_copy_only=False) & _when(issued, pc.less, day)
            for code, day in _FORMS.items()
            if day > _FIRST
        ]
    )
    early_at = np.flatnonzero(early & ~np.isin(np.arange(len(rows)), wrong))
    years = issued.year.take(pa.array(wrong)).to_pylist()
    kinds = kind.take(pa.array(early_at)).to_pylist()
    return [
        Found("CERTIFICATE_DATE_IMPLAUSIBLE", wrong, Details(value=years)),
        Found("CERTIFICATE_TYPE_TOO_EARLY", early_at, Details(value=kinds)),
    ]


def _when(issued: Dates, compare: pc.Function, day: date) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return pc.fill_null(compare(issued.iso, day.isoformat()), False).to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]

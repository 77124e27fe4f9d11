"""Checks of holders: identity numbers against the row, births, couples and households."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from landdata.checking.values import certificates, codes, dates, is_null, matches, several
from landdata.model.parcels import HOLDER_COLUMNS, FlatRows, Found, folded

_EARLIEST_BIRTH = 1850
_COUPLE, _HOUSEHOLD = "1", "2"
# Passports, soldiers' and officers' cards, birth certificates and household books are numbered in their own ways.
_OTHER_PAPERS = r"^(HC|CMSQ|CMQS|CMCAND|GKS|SHK|GTK)$"
# The 63 province codes of birth registration keep their meaning for life (TT 07/2016/TT-BCA; domain.md 3.1).
_PREFIXES = frozenset(
    f"0{code:02d}"
    for code in (
        1, 2, 4, 6, 8, 10, 11, 12, 14, 15, 17, 19, 20, 22, 24, 25, 26, 27, 30, 31, 33, 34, 35, 36, 37, 38, 40, 42, 44, 45,
        46, 48, 49, 51, 52, 54, 56, 58, 60, 62, 64, 66, 67, 68, 70, 72, 74, 75, 77, 79, 80, 82, 83, 84, 86, 87, 89, 91, 92,
        93, 94, 95, 96,
    )
)  # fmt: skip


def check(rows: FlatRows) -> list[Found]:
    """Warnings only: a doubtful holder is kept and goes to verification."""
    number = rows.columns["id_number"]
    natural = ~matches(rows.columns["holder_kind"], r"^[34]$")
    filled = ~is_null(number) & natural & ~matches(rows.columns["id_type"], _OTHER_PAPERS)
    twelve = matches(number, r"^\d{12}$") & natural
    born = dates(rows.columns["birth_date"])
    year = pc.fill_null(born.year, 0).to_numpy(zero_copy_only=False)
    issued = pc.fill_null(dates(rows.columns["certificate_date"]).year, 9999).to_numpy(zero_copy_only=False)
    implausible = np.flatnonzero((year != 0) & ((year < _EARLIEST_BIRTH) | (year > issued)))
    return [
        Found("ID_NUMBER_SHAPE", np.flatnonzero(filled & ~twelve & ~matches(number, r"^\d{9}$"))),
        *_contradictions(rows, number, twelve, year),
        Found("BIRTH_UNREADABLE", np.flatnonzero(born.unreadable)),
        Found("BIRTH_YEAR_IMPLAUSIBLE", implausible, tuple({"value": int(year[row])} for row in implausible)),
        *_groups(rows),
        _two_names(rows, number, natural),
    ]


def _contradictions(rows: FlatRows, number: pa.Array, twelve: object, year: object) -> list[Found]:
    """The 12 digits say province, gender, century and year: compare with the row (domain.md 3.1)."""
    is_twelve, birth_year = np.asarray(twelve), np.asarray(year)
    shaped = pc.if_else(pa.array(is_twelve), number, "000000000000")
    # From 100 on they name countries of birth; nobody has published that list, so those are believed.
    prefix = pc.or_(
        pc.is_in(pc.utf8_slice_codeunits(shaped, 0, 3), value_set=pa.array(sorted(_PREFIXES))),
        pc.match_substring_regex(shaped, "^[1-9]"),
    )
    digit = pc.cast(pc.utf8_slice_codeunits(shaped, 3, 4), pa.int64()).to_numpy(zero_copy_only=False)
    short_year = pc.cast(pc.utf8_slice_codeunits(shaped, 4, 6), pa.int64()).to_numpy(zero_copy_only=False)
    said_year = 1900 + 100 * (digit // 2) + short_year
    gender = rows.columns["gender"]
    wrong_gender = (matches(gender, "^1$") & (digit % 2 == 1)) | (matches(gender, "^0$") & (digit % 2 == 0))
    doubts = {
        "tỉnh / province": ~prefix.to_numpy(zero_copy_only=False),
        "giới tính / gender": wrong_gender,
        "năm sinh / year of birth": (birth_year != 0) & (said_year != birth_year),
    }
    return [
        Found("ID_NUMBER_CONTRADICTS", index, tuple({"what": what} for _ in index))
        for what, doubt in doubts.items()
        if len(index := np.flatnonzero(is_twelve & doubt))
    ]


def _groups(rows: FlatRows) -> list[Found]:
    certificate = certificates(rows.columns)
    certified = certificate >= 0
    kind = rows.columns["holder_kind"]
    couple = certified & matches(kind, f"^{_COUPLE}$")
    household = certified & matches(kind, f"^{_HOUSEHOLD}$")
    person = codes(*(rows.columns[name] for name in HOLDER_COLUMNS))
    _, first = np.unique(codes(pa.array(certificate[couple]), pa.array(person[couple])), return_index=True)
    of, count = np.unique(certificate[couple][first], return_counts=True)
    lonely = np.isin(certificate, of[count != 2]) & couple
    head = matches(rows.columns["holder_role"], "^CHU_HO$") & household
    headless = household & ~np.isin(certificate, certificate[head])
    return [
        Found("COUPLE_NOT_TWO", np.flatnonzero(lonely)),
        Found("HOUSEHOLD_NO_HEAD", np.flatnonzero(headless)),
    ]


def _two_names(rows: FlatRows, number: pa.Array, natural: object) -> Found:
    """One number beside names that differ even without case, accents and spaces."""
    whole = matches(number, r"^(\d{9}|\d{12})$") & np.asarray(natural) & ~is_null(rows.columns["holder_name"])
    at = np.flatnonzero(whole)
    # As written first: only the few numbers with several spellings are worth folding.
    names = rows.columns["holder_name"].take(pa.array(at))
    spelt = several(number.take(pa.array(at)), names)
    at, names = at[spelt], pc.dictionary_encode(names.filter(pa.array(spelt)))
    plain = pa.array([folded(name) for name in names.dictionary.to_pylist()], pa.string()).take(names.indices)
    return Found("ID_NUMBER_TWO_NAMES", at[several(number.take(pa.array(at)), plain)])

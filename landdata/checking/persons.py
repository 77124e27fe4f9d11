"""Checks of holders: identity numbers against the row, births, couples and households."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from landdata.checking.kept import Kept, prints
from landdata.checking.values import dates, is_null, matches, several
from landdata.model.parcels import HOLDER_COLUMNS, Booleans, Details, FlatRows, Found, Integers
from landdata.model.persons import BIRTH_PROVINCES

_EARLIEST_BIRTH = 1850
COUPLE, HOUSEHOLD = "1", "2"  # kinds of holders
# Passports, soldiers' and officers' cards, birth certificates and household books are numbered in their own ways.
_OTHER_PAPERS = r"^(HC|CMSQ|CMQS|CMCAND|GKS|SHK|GTK)$"


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
        Found("BIRTH_YEAR_IMPLAUSIBLE", implausible, Details(value=year[implausible])),
    ]


def _contradictions(rows: FlatRows, number: pa.Array, twelve: object, year: object) -> list[Found]:
    """The 12 digits say province, gender, century and year: compare with the row (domain.md 3.1)."""
    is_twelve, birth_year = np.asarray(twelve), np.asarray(year)
    shaped = pc.if_else(pa.array(is_twelve), number, "000000000000")
    # From 100 on they name countries of birth; nobody has published that list, so those are believed.
    prefix = pc.or_(
        pc.is_in(pc.utf8_slice_codeunits(shaped, 0, 3), value_set=pa.array(sorted(BIRTH_PROVINCES))),
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
        Found("ID_NUMBER_CONTRADICTS", index, Details(what=[what] * len(index)))
        for what, doubt in doubts.items()
        if len(index := np.flatnonzero(is_twelve & doubt))
    ]


def persons(rows: FlatRows, chosen: Booleans) -> Integers:
    """A number for the holder of each chosen row, equal where all that is said of them is; 0 in the others."""
    result = np.zeros(len(rows), dtype=np.int64)
    here = np.flatnonzero(chosen)
    take = pa.array(here)
    said = [pc.fill_null(rows.columns[name].take(take), "\x00") for name in HOLDER_COLUMNS]
    result[here] = prints(pc.binary_join_element_wise(*said, "\x1f").to_pylist())
    return result


def numbers(rows: FlatRows) -> tuple[Integers, Integers]:
    """A number for the identity number of each row and one for the name beside it, without case, accents and spaces.

    Both 0 where the row names no natural person by a whole number.
    """
    number, name = rows.columns["id_number"], pc.dictionary_encode(rows.columns["holder_name"])
    whole = matches(number, r"^(\d{9}|\d{12})$") & ~matches(rows.columns["holder_kind"], r"^[34]$")
    plain = pc.replace_substring_regex(pc.utf8_normalize(name.dictionary, form="NFD"), r"[^\p{L}\p{N}]+", "")
    plain = pc.replace_substring(pc.utf8_lower(plain), "đ", "d").take(name.indices)
    whole &= ~is_null(plain)
    said = pa.array(whole)
    return tuple(prints(pc.if_else(said, one, None).to_pylist()) for one in (number, plain))  # type: ignore[return-value]


def check_names(kept: Kept) -> Found:
    """One number beside names that differ even without case, accents and spaces."""
    at = np.flatnonzero(kept.id_number)
    return Found("ID_NUMBER_TWO_NAMES", at[several(kept.id_number[at], kept.name[at])])


def check_groups(kept: Kept) -> list[Found]:
    """Couples that are not two, and households without their head, by the certificates of the whole delivery."""
    couple, household = np.flatnonzero(kept.couple), np.flatnonzero(kept.household)
    certificate, person = kept.certificate[couple], kept.person[couple]
    order = np.lexsort((person, certificate))
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = (np.diff(certificate[order]) != 0) | (np.diff(person[order]) != 0)
    of, count = np.unique(certificate[order][new], return_counts=True)
    lonely = couple[np.isin(certificate, of[count != 2])]
    headless = household[~np.isin(kept.certificate[household], kept.certificate[household[kept.head[household]]])]
    return [Found("COUPLE_NOT_TWO", lonely), Found("HOUSEHOLD_NO_HEAD", headless)]

"""Both sides of a match as arrays, a row each: land records and people of a register, read by the rules of one column each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from landdata.matching import births, numbers, spellings
from landdata.matching.numbers import Shape
from landdata.matching.places import NOWHERE
from landdata.matching.spellings import Spellings, encoded
from landdata.model.parcels import Booleans, Integers
from landdata.model.persons import BIRTH_PROVINCES

HOLDER_COLUMNS = (
    "holder_id", "holder_name", "id_type", "id_number", "birth_date", "gender", "commune_code", "certificate_date",
)  # fmt: skip
PERSON_COLUMNS = (
    "person_id", "id_number", "old_id_number", "full_name", "former_name", "date_of_birth", "gender", "birth_province",
    "residence_commune", "status", "died_on",
)  # fmt: skip
# The number itself says which of its kinds it is, and where the birth was registered.
UNREAD = ("id_type", "birth_province")

FEMALE, MALE, UNSAID = 0, 1, -1
_GENDERS = {
    "0": FEMALE, "1": MALE, "FEMALE": FEMALE, "MALE": MALE, "F": FEMALE, "M": MALE, "NỮ": FEMALE, "NAM": MALE,
}  # fmt: skip
# A number of nine digits is another number than one of twelve that begins with three zeros.
_NINE = 10**12
_APART = r"(?i)^(?:CMND|CCCD|CMT|SỐ)\s*:?|[\s.\-_/'`’]"
_T = TypeVar("_T", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Numbers:
    """`key`: the number, nine digits beyond all of twelve, -1 where there is none; `shape`: what was made of the text."""

    key: Integers
    shape: NDArray[np.int8]

    @property
    def twelve(self) -> Booleans:
        """Where it has twelve digits."""
        return (self.key >= 0) & (self.key < _NINE)


@dataclass(frozen=True, slots=True)
class Holders:
    """Land records. Births and days are numbers as in `births`, -1 where the text is no date."""

    name: Spellings
    number: Numbers
    birth: Integers
    gender: Integers
    commune: Integers
    certificate: Integers

    def __len__(self) -> int:
        return len(self.birth)


@dataclass(frozen=True, slots=True)
class People:
    """People of a register."""

    name: Spellings
    former: Spellings
    number: Numbers
    old: Numbers
    birth: Integers
    gender: Integers
    commune: Integers
    dead: Booleans
    died: Integers
    ids: pa.Array

    def __len__(self) -> int:
        return len(self.birth)


def holders(table: pa.Table) -> Holders:
    """Land records of HOLDER_COLUMNS, all text; a column that is missing says nothing."""
    get = _columns(table)
    return Holders(
        name=spellings.written(get("holder_name")),
        number=_numbers(get("id_number")),
        birth=_dates(get("birth_date")),
        gender=_genders(get("gender")),
        commune=_communes(get("commune_code")),
        certificate=_dates(get("certificate_date")),
    )


def communes(table: pa.Table) -> Integers:
    """The communes of land records alone."""
    return _communes(_columns(table)("commune_code"))


def people(table: pa.Table) -> People:
    """People of PERSON_COLUMNS, all text. A birth that is missing is taken from the twelve digits."""
    get = _columns(table)
    number, birth = _numbers(get("id_number")), _dates(get("date_of_birth"))
    died = _dates(get("died_on"))
    dead = _each(get("status"), lambda text: text.strip().upper() == "DEAD", absent=False, kind=np.bool_)
    return People(
        name=spellings.official(get("full_name")),
        former=spellings.official(get("former_name")),
        number=number,
        old=_numbers(get("old_id_number")),
        birth=np.where((birth <= 0) & number.twelve, year_said(number.key) * 10_000, birth),
        gender=_genders(get("gender")),
        commune=_communes(get("residence_commune")),
        dead=dead | (died > 0),
        died=died,
        ids=get("person_id"),
    )


def year_said(key: Integers) -> Integers:
    """The year of birth in numbers of twelve digits."""
    return 1900 + 100 * (key // 10**8 % 10 // 2) + key // 10**6 % 100


def province_said(key: Integers) -> Integers:
    """The province of birth in numbers of twelve digits, with its meaning before 2025; the nine digits say none."""
    return np.where((key >= 0) & (key < _NINE), key // 10**9, NOWHERE)


def gender_said(key: Integers) -> Integers:
    """The gender in numbers of twelve digits."""
    return np.where(key // 10**8 % 10 % 2 == 0, MALE, FEMALE)


def province_known(key: Integers) -> Booleans:
    """Whether the first three of twelve digits are a place of birth registration."""
    place = key // 10**9
    known: Booleans = np.isin(place, [int(one) for one in BIRTH_PROVINCES]) | (place >= 100)
    return known


def gender(written: str) -> int:
    """FEMALE, MALE or UNSAID: `1`, `Nam`, `MALE`; what is neither says nothing."""
    return _GENDERS.get(written.strip().upper(), UNSAID)


def _columns(table: pa.Table) -> Callable[[str], pa.Array]:
    def get(name: str) -> pa.Array:
        if name not in table.column_names:
            return pa.nulls(table.num_rows, pa.string())
        column = table[name]
        if pa.types.is_null(column.type):
            return pa.nulls(table.num_rows, pa.string())
        if pa.types.is_dictionary(column.type):
            column = column.unify_dictionaries()
        return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column

    return get


def _numbers(column: pa.Array) -> Numbers:
    if pa.types.is_dictionary(column.type):
        column = column.cast(pa.string())
    size = len(column)
    key, shape = np.full(size, -1, np.int64), np.full(size, Shape.MISSING, np.int8)
    length = pc.fill_null(pc.binary_length(column), 0).to_numpy(zero_copy_only=False)
    decimal = pc.fill_null(pc.ascii_is_decimal(column), False).to_numpy(zero_copy_only=False)
    for digits, kind in ((12, Shape.TWELVE), (9, Shape.NINE)):
        here = np.flatnonzero(decimal & (length == digits))
        key[here] = column.take(pa.array(here)).cast(pa.int64()).to_numpy() + (_NINE if digits == 9 else 0)
        shape[here] = kind
    rest = np.flatnonzero((length > 0) & (shape == Shape.MISSING))
    rest = rest[~_tidied(column.take(pa.array(rest)), rest, key, shape)]
    for at, text in zip(rest.tolist(), column.take(pa.array(rest)).to_pylist(), strict=True):
        found, shape[at] = numbers.digits(text)
        if found:
            key[at] = int(found) + (_NINE if len(found) == 9 else 0)
    return Numbers(key, shape)


def _tidied(written: pa.Array, rows: Integers, key: Integers, shape: NDArray[np.int8]) -> Booleans:
    """Fill in the nine or twelve digits that are only written apart, or behind a word; returns which those are."""
    plain = pc.replace_substring_regex(pc.utf8_trim_whitespace(written), _APART, "")
    # What ends like a fraction may be a number that a spreadsheet wrote, and loses more than its dot.
    sure = pc.and_(pc.ascii_is_decimal(plain), pc.invert(pc.match_substring_regex(written, r"[.,]0+\s*$")))
    done = sure.to_numpy(zero_copy_only=False)
    length = pc.binary_length(plain).to_numpy()
    for digits, kind in ((12, Shape.TWELVE), (9, Shape.NINE)):
        here = np.flatnonzero(done & (length == digits))
        key[rows[here]] = plain.take(pa.array(here)).cast(pa.int64()).to_numpy() + (_NINE if digits == 9 else 0)
        shape[rows[here]] = kind
    found: Booleans = done & ((length == 12) | (length == 9))
    return found


def _dates(column: pa.Array) -> Integers:
    def date(text: str) -> int:
        found = births.read(text)
        return -1 if found is None else found

    return _each(column, date, absent=0, kind=np.int64)


def _genders(column: pa.Array) -> Integers:
    return _each(column, gender, absent=UNSAID, kind=np.int64)


def _communes(column: pa.Array) -> Integers:
    def commune(text: str) -> int:
        plain = text.strip()
        return int(plain) if plain.isascii() and plain.isdigit() else NOWHERE

    return _each(column, commune, absent=NOWHERE, kind=np.int64)


def _each(column: pa.Array, rule: Callable[[str], object], *, absent: object, kind: type[_T]) -> NDArray[_T]:
    """A rule applied once to each distinct text of a column."""
    code, texts = encoded(column)
    values = np.array([absent, *(rule(one) for one in texts.to_pylist())], kind)
    return values[code + 1]

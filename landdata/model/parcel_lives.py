"""A parcel's life as the map tells it: its versions, what it was made from and what became of it; nobody's name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self

_KEY = re.compile(r"([0-9]{1,9})\.([0-9]{1,9})\.([0-9]{1,9})\Z")
_LARGEST = 2**31 - 1
# A place in degrees (WGS 84): west, south, east, north.
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class ParcelKey:
    """A parcel by its commune version (an internal id), map sheet and number."""

    commune_id: int
    sheet: int
    number: int

    @classmethod
    def read(cls, text: str) -> Self | None:
        """The key that `commune.sheet.number` stands for, as tiles and features write it; None for what is none."""
        found = _KEY.match(text)
        numbers = [int(one) for one in found.groups()] if found else []
        return cls(*numbers) if numbers and max(numbers) <= _LARGEST else None

    def __str__(self) -> str:
        return f"{self.commune_id}.{self.sheet}.{self.number}"


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a version may be used for: code, m2 where the certificate says so, the term as issued, and what the code means.

    The names are empty for a code that is on no list, the English one where nobody translated it.
    """

    code: str
    area_m2: float | None
    term: str
    name_vi: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Version:
    """One state of a parcel.

    `since_on` and `until_on` are days in Vietnam from which the publications count, `since_at` and `until_at` when they were
    recorded. `restored`: a withdrawal brought it back; `withdrawn`: a withdrawal ended it. Areas in m2.
    """

    since_on: date
    since_at: datetime
    until_on: date | None
    until_at: datetime | None
    restored: bool
    withdrawn: bool
    stands: bool
    parcel_uid: str | None
    legal_area_m2: float | None
    map_area_m2: float
    zone_epsg: int
    office_vi: str
    office_en: str
    purposes: tuple[Purpose, ...]


@dataclass(frozen=True, slots=True)
class Kin:
    """A parcel that another one was made from, or into: `key` is None where it never was on record here."""

    key: ParcelKey | None
    commune_code: str
    sheet: int
    number: int


@dataclass(frozen=True, slots=True)
class ParcelLife:
    """All versions of a parcel, the newest first; `box` is the newest one's place."""

    key: ParcelKey
    commune_code: str
    commune_name: str
    province_name: str
    versions: tuple[Version, ...]
    parents: tuple[Kin, ...]
    children: tuple[Kin, ...]
    box: Box

    @property
    def newest(self) -> Version:
        return self.versions[0]


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune version with parcels on record; `box` is where they lie, None until that is worked out."""

    unit_id: int
    code: str
    name: str
    province_name: str
    parcels: int
    box: Box | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A map sheet of a commune, and how many parcels stand on it."""

    number: int
    parcels: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A parcel in a list; area in m2 as on the certificate, else as measured."""

    key: ParcelKey
    commune_code: str
    commune_name: str
    area_m2: float
    purpose: str

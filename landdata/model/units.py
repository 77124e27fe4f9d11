"""Administrative units as versions in time, their succession, and the divisions of the country; no input or output."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Level(StrEnum):
    """Levels of the country; districts ended on 1 July 2025."""

    PROVINCE = "province"
    DISTRICT = "district"
    COMMUNE = "commune"


class SuccessionKind(StrEnum):
    """What became of a unit (GSO registers, resolutions of the National Assembly's standing committee)."""

    MERGE = "merge"
    SPLIT = "split"
    RENAME = "rename"
    UNCHANGED = "unchanged"
    ABOLISH = "abolish"
    CREATE = "create"


class Extent(StrEnum):
    """How much of the old unit went into the new one; no source gives shares of area or people."""

    FULL = "full"
    PART = "part"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Unit:
    """One version of a unit, valid on `valid_from <= day < valid_to`; None is unbounded. Codes keep leading zeros."""

    unit_id: int
    level: Level
    code: str
    name_vi: str
    name_ascii: str
    type_vi: str
    full_name_vi: str
    parent_code: str | None
    valid_from: date | None
    valid_to: date | None

    def valid_on(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class Succession:
    """One dated step from an old unit version to a new one; `new` is None for an abolished or undetermined end."""

    old: Unit | None
    new: Unit | None
    kind: SuccessionKind
    effective_on: date
    extent: Extent
    legal_ref: str
    confidence: str
    note: str


@dataclass(frozen=True, slots=True)
class Division:
    """A named way to divide the country: the register in force on `on_date`."""

    code: str
    name_vi: str
    name_en: str
    on_date: date

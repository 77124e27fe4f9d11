"""Parcels of a delivery as a map of faults needs them: shapes in the plane, what was found of which; no input or output."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from landdata.model.parcels import Integers, Objects


class Fault(IntEnum):
    """The worst that was found of a parcel."""

    NONE = 0
    WARNED = 1
    REFUSED = 2


@dataclass(frozen=True, slots=True)
class Faulty:
    """One parcel with findings: its place among the shapes, rows as numbered in the file, and what was found of them.

    `why` are the Vietnamese and the English sentence of the first finding, the gravest first.
    """

    at: int
    worst: Fault
    commune: str
    sheet: str
    number: str
    rows: tuple[int, ...]
    codes: tuple[str, ...]
    why: tuple[str, str]

    @property
    def name(self) -> str:
        """commune.sheet.parcel as delivered."""
        return f"{self.commune}.{self.sheet}.{self.number}"


@dataclass(frozen=True, slots=True)
class FaultMap:
    """Every distinct parcel of a file, in metres of the zone; a shape is None where there is none to draw.

    `worst` and `commune` (a number for each code) have one entry a shape; `faulty` are in order of their rows; `gaps` are
    (east, north) of land that no parcel claims.
    """

    epsg: int
    shapes: Objects
    worst: Integers
    commune: Integers
    faulty: tuple[Faulty, ...]
    gaps: tuple[tuple[float, float], ...]

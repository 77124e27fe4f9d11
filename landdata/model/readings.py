"""The ways a file's coordinates may have been meant: other zones, other datums, degrees; no input or output.

Every reading turns the two numbers of a point as delivered into longitude and latitude of WGS 84. The national
parameters come printed for the coordinate frame; who copies them into a place meant for a position vector turns all
three rotations round, which moves everything by 0.5 to 0.8 m (reference: domain.md 4.3).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from pyproj import Transformer

from landdata.model.crs import HELMERT, ZONES, Zone

Floats = npt.NDArray[np.float64]

_FRAME, _VECTOR = "+convention=coordinate_frame", "+convention=position_vector"
_NATIONAL = f"+step {HELMERT} {_FRAME}"
_PRINTED = f"+step {HELMERT} {_VECTOR}"
_PRINTED_BACK = f"+step +inv {HELMERT} {_VECTOR}"
_UTM = (Zone(3405, "UTM 48N", 105.0, 0.9996), Zone(3406, "UTM 49N", 111.0, 0.9996))
_EARTH_M = 6_378_137.0

# Seven numbers of a file's own TOWGS84: metres, arc seconds as a position vector, parts per million.
Towgs84 = tuple[float, float, float, float, float, float, float]


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read. `turns_back`: if it fits, then the other side of the comparison was read wrongly that way.

    `pipeline` is empty for coordinates that are degrees already.
    """

    name: str
    pipeline: str = ""
    swapped: bool = False
    turns_back: bool = False

    def degrees(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Longitudes and latitudes; infinite where this reading has no answer."""
        if self.swapped:
            x, y = y, x
        if not self.pipeline:
            return x, y
        lon, lat, _ = _transformer(self.pipeline).transform(x, y, np.zeros_like(x))
        return lon, lat


def of_zone(zone: Zone) -> Reading:
    """The one right way to read a zone."""
    return Reading(f"EPSG:{zone.epsg}", _pipeline(zone, _NATIONAL))


def of_parameters(zone: Zone, towgs84: Towgs84) -> Reading:
    """As a program would that trusts the parameters written in the file."""
    names = ("x", "y", "z", "rx", "ry", "rz", "s")
    values = " ".join(f"+{name}={value!r}" for name, value in zip(names, towgs84, strict=True))
    return Reading(f"EPSG:{zone.epsg}, TOWGS84", _pipeline(zone, f"+step +proj=helmert {values} {_VECTOR}"))


def by_place(zone: Zone) -> Iterator[Reading]:
    """Readings so far apart that the place alone tells them: zones, axes, degrees, UTM."""
    for one in ZONES:
        yield of_zone(one)
    yield Reading(f"EPSG:{zone.epsg}, trục đảo / axes swapped", _pipeline(zone, _NATIONAL), swapped=True)
    yield Reading("WGS 84, kinh độ - vĩ độ / longitude, latitude")
    yield Reading("WGS 84, vĩ độ - kinh độ / latitude, longitude", swapped=True)
    for one in _UTM:
        yield Reading(f"WGS 84 / {one.name}", _pipeline(one))


def by_shift(zone: Zone) -> Iterator[Reading]:
    """All readings that parcels on record can tell apart, down to a rotation sign."""
    yield from by_place(zone)
    for one in ZONES:
        yield Reading(f"WGS 84, múi / zone EPSG:{one.epsg}", _pipeline(one))
        yield Reading(f"EPSG:{one.epsg}, sai dấu góc xoay / rotation signs wrong", _pipeline(one, _PRINTED))
    for one in _UTM:
        yield Reading(f"VN-2000 / {one.name}", _pipeline(one, _NATIONAL))
    yield Reading(f"WGS 84, múi / zone EPSG:{zone.epsg}", _pipeline(zone, f"{_NATIONAL} {_NATIONAL}"), turns_back=True)
    yield Reading(
        f"EPSG:{zone.epsg}, sai dấu góc xoay / rotation signs wrong",
        _pipeline(zone, f"{_NATIONAL} {_PRINTED_BACK} {_NATIONAL}"),
        turns_back=True,
    )


def metres(lon: Floats, lat: Floats, from_lon: Floats, from_lat: Floats) -> Floats:
    """From one set of points to another, east and north in two columns; plain geometry, good to some per mille."""
    east = np.radians(lon - from_lon) * np.cos(np.radians(from_lat)) * _EARTH_M
    return np.column_stack([east, np.radians(lat - from_lat) * _EARTH_M])


def _pipeline(zone: Zone, datum: str = "") -> str:
    shift = f"+step +proj=cart +ellps=WGS84 {datum} +step +inv +proj=cart +ellps=WGS84" if datum else ""
    return f"+proj=pipeline +step +inv {zone.projection} {shift} +step +proj=unitconvert +xy_in=rad +xy_out=deg"


@lru_cache(maxsize=128)
def _transformer(pipeline: str) -> Transformer:
    return Transformer.from_pipeline(pipeline)

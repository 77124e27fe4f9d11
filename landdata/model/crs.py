"""VN-2000 zones and the national transformation to WGS 84 (QĐ 05/2007, EPSG:6960); no input or output.

PROJ and PostGIS left to themselves prefer EPSG:5194 in the Mekong delta, 0.8 m off the national parameters, and printed
rotation signs copied into towgs84 are 0.5-0.8 m off: so every way through here names the operation explicitly.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from pyproj import Transformer

from landdata.errors import CoordinateOutOfRange, UnknownZone

# EPSG:6960, coordinate frame convention: metres, arc seconds, parts per million.
_SHIFT = ("-191.90441429", "-39.30318279", "-111.45032835")
_ROTATION = ("-0.00928836", "0.01975479", "-0.00427372")
_SCALE = "0.252906278"

# PROJ's words for the seven parameters; whoever uses them has to name the convention.
HELMERT = "+proj=helmert +x={} +y={} +z={} +rx={} +ry={} +rz={} +s={}".format(*_SHIFT, *_ROTATION, _SCALE)

WGS84_SRID = 4326
# Own rows of spatial_ref_sys: an EPSG authority name would make PROJ choose its own operation again.
_OWN_SRID_OFFSET = 900_000


@dataclass(frozen=True, slots=True)
class Zone:
    """A projected VN-2000 system: transverse Mercator, false easting 500,000 m, axes east then north."""

    epsg: int
    name: str
    central_meridian: float
    scale: float

    @property
    def srid(self) -> int:
        return _OWN_SRID_OFFSET + self.epsg

    @property
    def projection(self) -> str:
        """PROJ's words for the projection alone."""
        return (
            f"+proj=tmerc +lat_0=0 +lon_0={self.central_meridian:.10g} +k={self.scale} +x_0=500000 +y_0=0 +ellps=WGS84"
        )

    @property
    def proj4text(self) -> str:
        """For spatial_ref_sys. towgs84 is a position vector, so the three rotations change sign."""
        rotation = ",".join(_negated(value) for value in _ROTATION)
        return f"{self.projection} +towgs84={','.join(_SHIFT)},{rotation},{_SCALE} +units=m +no_defs"

    @property
    def pipeline(self) -> str:
        """From easting and northing in metres to longitude and latitude in degrees."""
        return (
            f"+proj=pipeline +step +inv {self.projection} +step +proj=cart +ellps=WGS84 "
            f"+step {HELMERT} +convention=coordinate_frame +step +inv +proj=cart +ellps=WGS84 "
            "+step +proj=unitconvert +xy_in=rad +xy_out=deg"
        )


def _negated(value: str) -> str:
    return value[1:] if value.startswith("-") else f"-{value}"


def _tm3(epsg: int, degrees: int, minutes: int) -> Zone:
    return Zone(epsg, f"VN-2000 / TM-3 {degrees}°{minutes:02d}'", degrees + minutes / 60, 0.9999)


# The 18 three-degree zones of cadastral maps (EPSG v11; reference/domain.md 4.1).
ZONES: tuple[Zone, ...] = (
    _tm3(5896, 102, 0), _tm3(9205, 103, 0), _tm3(9206, 104, 0), _tm3(9207, 104, 30), _tm3(9208, 104, 45),
    _tm3(5897, 105, 0), _tm3(9209, 105, 30), _tm3(9210, 105, 45), _tm3(9211, 106, 0), _tm3(9212, 106, 15),
    _tm3(9213, 106, 30), _tm3(9214, 107, 0), _tm3(9215, 107, 15), _tm3(9216, 107, 30), _tm3(5899, 107, 45),
    _tm3(5898, 108, 0), _tm3(9217, 108, 15), _tm3(9218, 108, 30),
)  # fmt: skip

_BY_EPSG = {one.epsg: one for one in ZONES}


def zone(epsg: int) -> Zone:
    """The zone with this EPSG code. Raises UnknownZone for any other code."""
    found = _BY_EPSG.get(epsg)
    if found is None:
        raise UnknownZone(epsg=epsg, known=", ".join(str(one.epsg) for one in ZONES))
    return found


@lru_cache(maxsize=len(ZONES))
def _transformer(epsg: int) -> Transformer:
    return Transformer.from_pipeline(zone(epsg).pipeline)


Degrees = npt.NDArray[np.float64]


def to_wgs84_arrays(epsg: int, east: Degrees, north: Degrees) -> tuple[Degrees, Degrees]:
    """Longitudes and latitudes in degrees for eastings and northings in metres; infinite where there is no answer."""
    lon, lat, _ = _transformer(epsg).transform(east, north, np.zeros_like(east))
    return lon, lat


def to_wgs84(epsg: int, east: float, north: float) -> tuple[float, float]:
    """Longitude and latitude in degrees. Raises UnknownZone, or CoordinateOutOfRange outside the zone's world."""
    chosen = zone(epsg)
    # A zone is 3 degrees wide; twice that is no cadastral coordinate any more.
    if not (100_000 <= east <= 900_000 and 500_000 <= north <= 3_000_000):
        raise CoordinateOutOfRange(x=f"{east:.3f}", y=f"{north:.3f}", crs=chosen.name)
    lon, lat, _ = _transformer(epsg).transform(east, north, 0.0)
    return float(lon), float(lat)


def from_wgs84(epsg: int, lon: float, lat: float) -> tuple[float, float]:
    """Easting and northing in metres. Raises UnknownZone, or CoordinateOutOfRange far from Vietnam."""
    chosen = zone(epsg)
    if not (100 <= lon <= 120 and 5 <= lat <= 25):
        raise CoordinateOutOfRange(x=f"{lon:.6f}", y=f"{lat:.6f}", crs=chosen.name)
    transformer = _transformer(epsg)
    east, north, _ = transformer.transform(lon, lat, 0.0, direction="INVERSE")
    # Height 0 on one datum is not 0 on the other; one correction makes this the exact way back (0.8 mm else).
    lon_again, lat_again, _ = transformer.transform(east, north, 0.0)
    east, north, _ = transformer.transform(2 * lon - lon_again, 2 * lat - lat_again, 0.0, direction="INVERSE")
    return float(east), float(north)


def from_wgs84_arrays(epsg: int, lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """Eastings and northings in metres, the exact way back of `to_wgs84_arrays`; infinite where there is no answer."""
    transformer = _transformer(epsg)
    flat = np.zeros_like(lon)
    east, north, _ = transformer.transform(lon, lat, flat, direction="INVERSE")
    # As in from_wgs84: height 0 on one datum is not 0 on the other.
    lon_again, lat_again, _ = transformer.transform(east, north, flat)
    east, north, _ = transformer.transform(2 * lon - lon_again, 2 * lat - lat_again, flat, direction="INVERSE")
    return east, north

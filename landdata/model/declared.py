"""What a file itself says of its coordinate system: the zone it names, its datum, its own way to WGS 84."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite

import pyproj

from landdata.errors import CrsNotAZone
from landdata.model.crs import ZONES
from landdata.model.readings import Towgs84

_TOWGS84 = re.compile(r"TOWGS84\[([-+0-9.eE,\s]+)\]")
# What a system may be spelt as. PROJ takes more from whoever asks: names of files to be read, pipelines, plain JSON.
_SYSTEM = re.compile(
    r"\s*(EPSG:\d{1,6}$|OGC:CRS84$|urn:ogc:def:crs:[\w.:-]{1,100}$|https?://www\.opengis\.net/(def/crs|gml/srs)/[\w./#-]{1,100}$"
    r"|[A-Z_]{4,20}\s*\[|\+proj=(?!.*(init|grids|pipeline)))",
    re.IGNORECASE | re.DOTALL,
)
_LONGEST = 20_000
_ZONES = frozenset(zone.epsg for zone in ZONES)


@dataclass(frozen=True, slots=True)
class Declared:
    """A VN-2000 zone by code or by parameters; None where the file says nothing useful.

    `wgs84`: the projection is a zone's, but the datum named is WGS 84; programs without VN-2000 write that, and so do
    people whose coordinates really are WGS 84. `towgs84`: the seven parameters written in the file, if any.
    """

    epsg: int | None = None
    wgs84: bool = False
    towgs84: Towgs84 | None = None


NOTHING = Declared()


@lru_cache(maxsize=256)
def declared(crs: str | None) -> Declared:
    """Read a WKT, a PROJ string or a code. Raises CrsNotAZone for a system that is no zone of cadastral maps."""
    if not crs or len(crs) > _LONGEST or _SYSTEM.match(crs) is None:
        return NOTHING
    try:
        parsed = pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError:
        return NOTHING
    towgs84 = None
    if parsed.is_bound and parsed.source_crs is not None:
        operation = parsed.coordinate_operation
        # PROJ turns printed signs round while it reads a WKT of the old kind, so those are taken from the text itself.
        written = _TOWGS84.search(crs)
        numbers = written[1].split(",") if written else operation.towgs84 if operation else []
        towgs84 = _seven(numbers)
        parsed = parsed.source_crs
    epsg = parsed.to_epsg(min_confidence=70)
    if epsg in _ZONES:
        return Declared(epsg, towgs84=towgs84)
    if parsed.is_projected:
        same = _same_projection(parsed)
        if same is not None:
            return Declared(same, wgs84=_is_wgs84(parsed), towgs84=towgs84)
    # GeoJSON without a crs member is read as WGS 84, whatever its numbers are.
    if epsg == 4326 and crs.upper() in {"EPSG:4326", "OGC:CRS84"}:
        raise CrsNotAZone(crs=crs)
    raise CrsNotAZone(crs=f"EPSG:{epsg}" if epsg else (parsed.name or "?")[:60])


def _seven(written: Iterable[str | float]) -> Towgs84 | None:
    try:
        values = [float(one) for one in written]
    except ValueError:
        return None
    if len(values) not in {3, 7} or not all(map(isfinite, values)):
        return None
    x, y, z, rx, ry, rz, s = [*values, 0.0, 0.0, 0.0, 0.0][:7]
    return x, y, z, rx, ry, rz, s


def _is_wgs84(parsed: pyproj.CRS) -> bool:
    datum = parsed.datum.name if parsed.datum else ""
    return datum.replace("_", " ").startswith(("World Geodetic System 1984", "WGS 1984", "WGS 84", "D WGS"))


def _same_projection(parsed: pyproj.CRS) -> int | None:
    """A zone with the same central meridian and scale: old .prj files name parameters, not codes."""
    operation = parsed.coordinate_operation
    if operation is None:
        return None
    values = {one.name.lower(): float(one.value) for one in operation.params if not isinstance(one.value, str)}
    meridian = values.get("longitude of natural origin")
    scale = values.get("scale factor at natural origin")
    easting = values.get("false easting")
    for zone in ZONES:
        if (
            meridian is not None
            and abs(meridian - zone.central_meridian) < 1e-6
            and scale == zone.scale
            and easting == 500_000
        ):
            return zone.epsg
    return None

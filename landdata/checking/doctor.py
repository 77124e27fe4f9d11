"""Tells whether a delivery's coordinates are what they are said to be: proven wrong, undecidable, or in order; pure.

Three kinds of evidence, strongest first. Parcels on record under the same numbers: where most lie off by the same
vector, some misreading explains it or none does. The share of parcels outside their province: a zone a quarter of a
degree off leaves a median of 47 % of a province inside itself, WGS 84 taken for VN-2000 (225 m) 99 %. The file's own
words: its datum, its parameters, its zone. Only the first sees a rotation sign (0.8 m).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely

from landdata.checking.geometry import Fences
from landdata.errors import CrsShifted, CrsWrong
from landdata.model.crs import zone
from landdata.model.declared import NOTHING, Declared
from landdata.model.parcels import Booleans, Doubt, Integers
from landdata.model.readings import Floats, Reading, by_place, by_shift, metres, of_parameters, of_zone
from landdata.model.standing import OnRecord

_FEWEST = 10  # parcels that say something together
_IN_PLACE_M = 0.25  # two honest surveys of the same land agree better than this in the median
_STRANGE_M = 0.5  # a shift of everything by this much is no survey's noise
_EXPLAINED_M = 0.15  # what a right explanation may leave of the shift
_PARAMETERS_M = 0.05
_MOST, _SOME, _FEW = 0.5, 0.02, 3  # shares, and parcels, outside the province
_BETTER = 0.2  # another reading is better when it leaves at most this much of them outside
_LOOKED_AT = 20_000
_ASKED_FOR = 5_000
_WINDS = (
    "bắc / north", "đông bắc / north-east", "đông / east", "đông nam / south-east",
    "nam / south", "tây nam / south-west", "tây / west", "tây bắc / north-west",
)  # fmt: skip
_NONE = np.zeros(0)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Parcels of a delivery, one entry each: `centre` as delivered (two columns, to a metre), unit id of the province.

    `outside`: lies outside its province + 5 km as the file is read. `matched` are the centroids, as delivered, of some
    parcels that stand on record too, at `lon`, `lat`. `usual`: EPSG codes of the zones the office works
    in; empty where nobody knows.
    """

    epsg: int
    centre: Floats
    province: Integers
    outside: Booleans
    fences: Fences
    matched: Floats = field(default_factory=lambda: _NONE.reshape(0, 2))
    lon: Floats = field(default_factory=lambda: _NONE)
    lat: Floats = field(default_factory=lambda: _NONE)
    declared: Declared = NOTHING
    usual: tuple[int, ...] = ()


def examine(evidence: Evidence) -> tuple[Doubt, ...]:
    """Doubts for a second person. Raises CrsWrong or CrsShifted where the coordinates are proven wrong."""
    if not len(evidence.centre):
        return ()
    by_record = _shift(evidence)
    share = float(evidence.outside.mean())
    suspect = share > _MOST or (share >= _SOME and evidence.outside.sum() >= _FEW)
    likely, left = _best_place(evidence) if suspect else (None, 1.0)
    if share > _MOST:
        raise CrsWrong(outside=round(100 * share), epsg=evidence.epsg, likely=likely or "?")
    if by_record is not None:
        return by_record
    return tuple(_of_place(evidence, share, likely, left) + _of_words(evidence))


def spread(size: int, most: int) -> Integers:
    """At most so many of the numbers below `size`, evenly spread."""
    return np.unique(np.linspace(0, size - 1, min(size, most)).astype(np.int64)) if size else _NONE.astype(np.int64)


def matches(key: Integers, on_record: OnRecord | None) -> tuple[Integers, Floats, Floats]:
    """Which parcels (rows of commune id, sheet, number, each once) stand on record, and where; a sample of many."""
    if on_record is None or not len(key):
        return _NONE.astype(np.int64), _NONE, _NONE
    asked = spread(len(key), _ASKED_FOR)
    points = on_record.points(key[asked])
    return asked[points.at], points.lon, points.lat


# What stands on record


@dataclass(frozen=True, slots=True)
class _Offset:
    """How far parcels lie from their like on record: the median vector, its length, and the scatter around it."""

    vector: Floats
    length: float
    scatter: float


def _offset(reading: Reading, x: Floats, y: Floats, lon: Floats, lat: Floats) -> _Offset | None:
    here_lon, here_lat = reading.degrees(x, y)
    good = np.isfinite(here_lon) & np.isfinite(here_lat)
    if good.sum() < _FEWEST:
        return None
    vectors = metres(here_lon[good], here_lat[good], lon[good], lat[good])
    middle = np.median(vectors, axis=0)
    around = np.hypot(*(vectors - middle).T)
    return _Offset(middle, float(np.hypot(*middle)), float(np.median(around)))


def _shift(evidence: Evidence) -> tuple[Doubt, ...] | None:
    """What the parcels on record say; None where they are too few or say nothing. Raises CrsShifted."""
    if len(evidence.matched) < _FEWEST:
        return None
    x, y = evidence.matched.T
    own = zone(evidence.epsg)
    found = _offset(of_zone(own), x, y, evidence.lon, evidence.lat)
    if found is None:
        return None
    if found.length <= _IN_PLACE_M and found.scatter <= _STRANGE_M:
        return ()
    if found.scatter > found.length / 2:
        # Everything lies elsewhere, each its own way: other parcels bear these numbers now. Near by, a new survey.
        return () if found.scatter <= _STRANGE_M * 2 else None
    best, rest = _explanation(evidence, x, y)
    said = {
        "shift_m": round(found.length, 2), "wind": _wind(found.vector), "matched": len(x), "epsg": evidence.epsg,
    }  # fmt: skip
    if best is None or rest > min(_EXPLAINED_M, found.length / 3):
        return (Doubt("CRS_SHIFT_UNEXPLAINED", said),) if found.length >= _STRANGE_M else ()
    if best.turns_back:
        return (Doubt("CRS_RECORD_DISAGREES", said | {"likely": best.name}),)
    raise CrsShifted(**{name: str(value) for name, value in said.items()}, likely=best.name, rest_m=f"{rest:.2f}")


def _explanation(evidence: Evidence, x: Floats, y: Floats) -> tuple[Reading | None, float]:
    """The reading that brings the parcels nearest to their like, and the length of what is left, in metres."""
    best, left = None, np.inf
    own = zone(evidence.epsg)
    readings = list(by_shift(own))
    if evidence.declared.towgs84:
        readings.append(of_parameters(own, evidence.declared.towgs84))
    for reading in readings:
        offset = _offset(reading, x, y, evidence.lon, evidence.lat)
        if offset is not None and offset.length < left:
            best, left = reading, offset.length
    return best, float(left)


def _wind(vector: Floats) -> str:
    return _WINDS[round(np.degrees(np.arctan2(vector[0], vector[1])) / 45) % 8]


# Where it lies


def _best_place(evidence: Evidence) -> tuple[str | None, float]:
    """The reading that leaves fewest centres outside, when that is fewer than as read now, and their share."""
    own = zone(evidence.epsg)
    evidence = _thinned(evidence, _LOOKED_AT)
    x, y = evidence.centre.T
    readings = sorted(by_place(own), key=lambda one: one.name not in {f"EPSG:{epsg}" for epsg in evidence.usual})
    left = [_outside(*one.degrees(x, y), evidence) for one in readings]
    at = int(np.argmin(left))
    now = _outside(*of_zone(own).degrees(x, y), evidence)
    return (readings[at].name, left[at]) if left[at] < now else (None, now)


def _thinned(evidence: Evidence, most: int) -> Evidence:
    some = spread(len(evidence.centre), most)
    return Evidence(
        evidence.epsg,
        evidence.centre[some],
        evidence.province[some],
        evidence.outside[some],
        evidence.fences,
        usual=evidence.usual,
    )


def _outside(lon: Floats, lat: Floats, evidence: Evidence) -> float:
    good = np.isfinite(lon) & np.isfinite(lat)
    inside = np.zeros(len(lon), dtype=np.bool_)
    for unit_id, fence in evidence.fences.items():
        here = np.flatnonzero((evidence.province == unit_id) & good)
        inside[here] = shapely.contains_xy(fence, lon[here], lat[here])
    return 1.0 - float(inside.mean())


def _of_place(evidence: Evidence, share: float, likely: str | None, left: float) -> list[Doubt]:
    if likely is None or left > share * _BETTER:
        return []
    said: dict[str, Any] = {"outside": round(100 * share), "epsg": evidence.epsg, "likely": likely}
    return [Doubt("CRS_POSITION_UNDECIDED", said)]


# What the file says


def _of_words(evidence: Evidence) -> list[Doubt]:
    own, declared = zone(evidence.epsg), evidence.declared
    found = []
    if declared.wgs84:
        found.append(Doubt("CRS_DATUM_UNDECIDED", {"epsg": own.epsg}))
    if declared.towgs84:
        x, y = np.median(evidence.centre, axis=0)[:, None]
        theirs, ours = of_parameters(own, declared.towgs84).degrees(x, y), of_zone(own).degrees(x, y)
        away = float(np.hypot(*metres(*theirs, *ours)[0]))
        if np.isfinite(away) and away > _PARAMETERS_M:
            found.append(Doubt("CRS_PARAMETERS_UNDECIDED", {"epsg": own.epsg, "shift_m": round(away, 2)}))
    if evidence.usual and own.epsg not in evidence.usual:
        usual = ", ".join(f"EPSG:{epsg}" for epsg in evidence.usual)
        found.append(Doubt("CRS_ZONE_UNUSUAL", {"epsg": own.epsg, "usual": usual}))
    return found

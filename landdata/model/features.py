"""What GIS users are shown: collections with their properties, places and times they may ask about; no input or output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np

from landdata.errors import FeaturesAskedWrongly
from landdata.model.crs import ZONES, Zone, to_wgs84_arrays, zone

MOST_FEATURES = 10_000
USUAL_FEATURES = 1_000


class Kind(StrEnum):
    """Of what a property is."""

    TEXT = "string"
    INTEGER = "integer"
    NUMBER = "number"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Property:
    """A property of a collection's features, with its words in two languages; `asked`: one may filter by it."""

    name: str
    kind: Kind
    vi: str
    en: str
    asked: bool = True


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection of features; `shaped`: whether they have shapes at all."""

    name: str
    vi: str
    en: str
    told_vi: str
    told_en: str
    shaped: bool
    properties: tuple[Property, ...]

    def property(self, name: str) -> Property | None:
        """The property of this name that one may filter by."""
        return next((one for one in self.properties if one.name == name and one.asked), None)


_UNIT = (
    Property("code", Kind.TEXT, "Mã đơn vị", "Code of the unit"),
    Property("name", Kind.TEXT, "Tên đầy đủ", "Full name"),
    Property("parent_code", Kind.TEXT, "Mã đơn vị cấp trên", "Code of the unit above"),
    Property("province_code", Kind.TEXT, "Mã tỉnh", "Code of the province"),
    Property(
        "valid_from", Kind.DATE, "Ngày có hiệu lực; trống: trước 01/11/2021", "First day; empty: before 2021-11-01"
    ),
    Property(
        "valid_to", Kind.DATE, "Ngày hết hiệu lực; trống: còn hiệu lực", "First day no longer in force; empty: in force"
    ),
)
_NOT_DRAWN = ("Không có hình: ranh giới chưa được công bố.", "Without shapes: nobody publishes the boundaries.")


def _units(name: str, vi: str, en: str, *, shaped: bool = False) -> Collection:
    told_vi, told_en = (
        "Các đơn vị có hiệu lực vào ngày hỏi (`datetime`).",
        "Units in force on the day asked about (`datetime`).",
    )
    if not shaped:
        told_vi, told_en = f"{told_vi} {_NOT_DRAWN[0]}", f"{told_en} {_NOT_DRAWN[1]}"
    return Collection(name, vi, en, told_vi, told_en, shaped, _UNIT)


PARCELS = Collection(
    "parcels", "Thửa đất", "Parcels",
    "Thửa đất theo lần công bố có hiệu lực vào ngày hỏi (`datetime`); không có thông tin về chủ sử dụng.",
    "Parcels as published for the day asked about (`datetime`); nothing about their holders.",
    True,
    (
        Property("commune_code", Kind.TEXT, "Mã xã khi giao nộp", "Code of the commune as delivered"),
        Property("commune_name", Kind.TEXT, "Tên xã", "Name of the commune", asked=False),
        Property("province_code", Kind.TEXT, "Mã tỉnh của xã đó", "Code of that commune's province"),
        Property("map_sheet_number", Kind.INTEGER, "Số tờ bản đồ", "Map sheet"),
        Property("parcel_number", Kind.INTEGER, "Số thửa", "Number on the sheet"),
        Property("parcel_uid", Kind.TEXT, "Mã thửa đất quốc gia như đã cấp", "National parcel id as issued"),
        Property("legal_area_m2", Kind.NUMBER, "Diện tích trên giấy chứng nhận, m²", "Area on the certificate, m²"),
        Property("map_area_m2", Kind.NUMBER, "Diện tích hình học trong múi chiếu, m²", "Area of the shape in its zone, m²"),
        Property("purpose", Kind.TEXT, "Mã mục đích đầu tiên", "Code of the first purpose"),
        Property("purposes", Kind.TEXT, "Mọi mã mục đích, nối bằng +", "Codes of all purposes, joined by +"),
        Property(
            "status", Kind.TEXT, "current: đang có; past: đã thay hoặc hết", "current, or past: replaced or gone", asked=False
        ),
        Property("effective_from", Kind.DATE, "Có hiệu lực từ ngày", "In effect from"),
        Property("effective_to", Kind.DATE, "Đến trước ngày; trống: đang có", "Up to before; empty: it stands"),
    ),
)  # fmt: skip
COLLECTIONS: dict[str, Collection] = {
    one.name: one
    for one in (
        PARCELS,
        _units("provinces", "Tỉnh, thành phố", "Provinces", shaped=True),
        _units("districts", "Huyện, quận (đến 30/6/2025)", "Districts (up to 30 June 2025)"),
        _units("communes", "Xã, phường, đặc khu", "Communes"),
    )
}
LEVELS = {"provinces": "province", "districts": "district", "communes": "commune"}

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
_LATITUDE_FIRST = f"{_EPSG}4326"
SYSTEMS: tuple[str, ...] = (CRS84, _LATITUDE_FIRST, *(f"{_EPSG}{one.epsg}" for one in ZONES))


@dataclass(frozen=True, slots=True)
class System:
    """A coordinate system of answers or boxes: degrees in either order, or metres in a zone, east first."""

    uri: str
    latitude_first: bool = False
    zone: Zone | None = None


def system(uri: str, parameter: str) -> System:
    """The system of this address. Raises FeaturesAskedWrongly for one that is not on the list."""
    if uri not in SYSTEMS:
        raise FeaturesAskedWrongly(
            parameter=parameter,
            reason_vi="hệ tọa độ không có trong danh sách",
            reason_en="the system is not on the list",
        )
    if uri == CRS84:
        return System(uri)
    epsg = int(uri.removeprefix(_EPSG))
    return System(uri, latitude_first=True) if epsg == 4326 else System(uri, zone=zone(epsg))


@dataclass(frozen=True, slots=True)
class Window:
    """A place asked about: its outline in degrees as WKT; `plain`: it is one rectangle of meridians and parallels."""

    wkt: str
    plain: bool
    square_degrees: float


# A straight side in a zone is a curve in degrees: after so many pieces the rest is under a millimetre for 10 km.
_PIECES = 32


def window(bbox: Sequence[float], of: System) -> Window:
    """The place of a box. Raises FeaturesAskedWrongly for one that cannot be."""
    if len(bbox) not in {4, 6} or not np.isfinite(bbox).all():
        raise _no_box("cần 4 hoặc 6 số", "4 or 6 numbers are needed")
    x1, y1, x2, y2 = bbox if len(bbox) == 4 else (bbox[0], bbox[1], bbox[3], bbox[4])
    if of.latitude_first:
        x1, y1, x2, y2 = y1, x1, y2, x2
    if y1 > y2 or (of.zone is not None and x1 > x2):
        raise _no_box("góc thứ nhất phải nhỏ hơn", "the first corner must be the lower one")
    if of.zone is None:
        return _in_degrees(x1, y1, x2, y2)
    if not (x1 >= -1e6 and x2 <= 2e6 and y1 >= 0 and y2 <= 4e6):
        raise _no_box("nằm ngoài múi chiếu", "it lies outside of the zone")
    steps = np.linspace(0, 1, _PIECES, endpoint=False)
    east = np.concatenate([x1 + (x2 - x1) * steps, np.full(_PIECES, x2), x2 - (x2 - x1) * steps, np.full(_PIECES, x1)])
    north = np.concatenate([np.full(_PIECES, y1), y1 + (y2 - y1) * steps, np.full(_PIECES, y2), y2 - (y2 - y1) * steps])
    lon, lat = to_wgs84_arrays(of.zone.epsg, east, north)
    if not (np.isfinite(lon).all() and np.isfinite(lat).all()):
        raise _no_box("nằm ngoài múi chiếu", "it lies outside of the zone")
    outline = [*zip(lon.tolist(), lat.tolist(), strict=True)]
    return Window(f"POLYGON({_ring(outline)})", False, float(np.ptp(lon) * np.ptp(lat)))


def _in_degrees(west: float, south: float, east: float, north: float) -> Window:
    if not (-180 <= west <= 180 and -180 <= east <= 180 and south >= -90 and north <= 90):
        raise _no_box("nằm ngoài trái đất", "it lies outside of the earth")
    # West of its own west: it spans the antimeridian.
    sides = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    rings = [_ring([(a, south), (b, south), (b, north), (a, north)]) for a, b in sides]
    area = sum(b - a for a, b in sides) * (north - south)
    return Window(f"MULTIPOLYGON({','.join(f'({ring})' for ring in rings)})", len(sides) == 1, area)


def _ring(corners: Sequence[tuple[float, float]]) -> str:
    return f"({','.join(f'{x:.10f} {y:.10f}' for x, y in [*corners, corners[0]])})"


def _no_box(reason_vi: str, reason_en: str) -> FeaturesAskedWrongly:
    return FeaturesAskedWrongly(parameter="bbox", reason_vi=reason_vi, reason_en=reason_en)


@dataclass(frozen=True, slots=True)
class Span:
    """Days in Vietnam, both included; None: open."""

    first: date | None
    last: date | None

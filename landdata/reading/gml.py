"""A GML polygon, fed element by element as a parser meets it, as well-known binary; runs in the child, fetches nothing."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

NAMESPACE = "http://www.opengis.net/gml"
_POLYGONS = frozenset({"Polygon", "PolygonPatch", "Rectangle", "Triangle"})
_COLLECTIONS = frozenset(
    ["MultiPolygon", "MultiSurface", "Surface", "PolyhedralSurface", "CompositeSurface", "MultiGeometry"]
)
_OTHERS = frozenset(
    ["Point", "LineString", "Curve", "MultiPoint", "MultiLineString", "MultiCurve", "CompositeCurve", "Solid"]
)
GEOMETRIES = _POLYGONS | _COLLECTIONS | _OTHERS
_OUTER, _INNER = frozenset({"exterior", "outerBoundaryIs"}), frozenset({"interior", "innerBoundaryIs"})
_RINGS = frozenset({"LinearRing", "Ring"})
_NUMBERS = frozenset({"posList", "pos", "coordinates"})
# What bends between its points is no outline of ours; taking the points alone would falsify it.
_BENT = frozenset(
    [
        "Arc",
        "ArcString",
        "ArcByCenterPoint",
        "ArcByBulge",
        "ArcStringByBulge",
        "Circle",
        "CircleByCenterPoint",
        "CubicSpline",
        "BSpline",
        "Bezier",
        "Clothoid",
        "GeodesicString",
        "Geodesic",
    ]
)
_EPSG = re.compile(r"(?:^EPSG:|:EPSG:[^:]*:|/EPSG/[^/]+/|epsg\.xml#)(\d{4,6})$", re.IGNORECASE)
# A line: no check takes it for a parcel, and it says that something was drawn.
_NO_POLYGON = struct.pack("<BIIdddd", 1, 2, 2, 0.0, 0.0, 1.0, 1.0)

# Numbers that cannot be read: closed, as any ring has to be, for the checks to say what it is.
_NO_NUMBERS = np.array([[0.0, 0.0], [np.inf, np.inf], [np.inf, np.inf], [0.0, 0.0]])

_Points = npt.NDArray[np.float64]


def system(srs_name: str) -> str:
    """`EPSG:code` for the spellings in use (EPSG:, urn:ogc:def:crs:, http://www.opengis.net/...); others as they are.

    In all zones of VN-2000 the first axis is east, so no spelling turns the coordinates round.
    """
    found = _EPSG.search(srs_name.strip())
    return f"EPSG:{found[1]}" if found else srs_name.strip()


class Outline:
    """One geometry in the making. After the end of its first element `wkb()` gives it, whatever stood in it."""

    def __init__(self) -> None:
        self.srs_name: str | None = None
        self._polygons: list[list[_Points]] = []
        self._shell: list[_Points] = []
        self._holes: list[_Points] = []
        self._ring: list[_Points] | None = None
        self._inner = self._bent = False
        self._dimensions = [2]
        self._text: list[str] | None = None
        self._marks: Mapping[str, str] = {}

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element of GML begins."""
        said = attributes.get("srsDimension", "")
        self._dimensions.append(int(said) if said in {"2", "3"} else self._dimensions[-1])
        if self.srs_name is None:
            self.srs_name = attributes.get("srsName")
        if name in _NUMBERS:
            self._text, self._marks = [], attributes
        elif name in _RINGS:
            self._ring = []
        elif name in _OUTER or name in _INNER:
            self._inner = name in _INNER
        elif name in _POLYGONS:
            self._shell, self._holes, self._inner = [], [], False
        self._bent |= name in _BENT

    def text(self, piece: str) -> None:
        """Characters between elements."""
        if self._text is not None:
            self._text.append(piece)

    def end(self, name: str) -> None:
        """An element of GML ends."""
        dimension = self._dimensions.pop()
        if name in _NUMBERS and self._text is not None:
            if self._ring is not None:
                said = "".join(self._text)
                if name == "coordinates":
                    said, dimension = _tuples(said, self._marks)
                self._ring.append(_points(said, dimension))
            self._text = None
        elif name in _RINGS and self._ring is not None:
            (self._holes if self._inner else self._shell).append(_joined(self._ring))
            self._ring = None
        elif name in _POLYGONS:
            self._polygons.append([*self._shell, *self._holes])

    def wkb(self) -> bytes:
        """A polygon, or several as one multipolygon; a line where it is no closed area of straight sides.

        Numbers that cannot be read come as infinite ones, for the checks to refuse.
        """
        rings = [ring for polygon in self._polygons for ring in polygon]
        if self._bent or not rings or not all(len(ring) >= 4 and np.array_equal(ring[0], ring[-1]) for ring in rings):
            return _NO_POLYGON
        if len(self._polygons) == 1:
            return _polygon(self._polygons[0])
        return struct.pack("<BII", 1, 6, len(self._polygons)) + b"".join(_polygon(one) for one in self._polygons)


def _tuples(text: str, marks: Mapping[str, str]) -> tuple[str, int]:
    """GML 2's `coordinates`, tuples by `ts` and numbers in them by `cs`, as plain numbers and how many a tuple has."""
    between, separator = marks.get("ts", " "), marks.get("cs", ",")
    parts = text.split() if between.isspace() else text.split(between)
    first = next((part for part in parts if part.strip()), "")
    dimension = len(first.split() if separator.isspace() else first.split(separator))
    plain = " ".join(parts).replace(separator, " ").replace(marks.get("decimal", "."), ".")
    return plain, max(dimension, 2)


def _points(text: str, dimension: int) -> _Points:
    try:
        points = np.array(text.split(), dtype=np.float64).reshape(-1, dimension)[:, :2]
    except ValueError:
        return _NO_NUMBERS
    return points if np.isfinite(points).all() else _NO_NUMBERS


def _joined(parts: list[_Points]) -> _Points:
    """Pieces of a ring as one; a point that ends one piece and begins the next is there once."""
    kept = [one for one in parts if len(one)]
    for at in range(1, len(kept)):
        if np.array_equal(kept[at - 1][-1], kept[at][0]) and len(kept[at]) > 1:
            kept[at] = kept[at][1:]
    return np.concatenate(kept) if kept else np.zeros((0, 2))


def _polygon(rings: list[_Points]) -> bytes:
    parts = [struct.pack("<BII", 1, 3, len(rings))]
    for ring in rings:
        parts += [struct.pack("<I", len(ring)), np.ascontiguousarray(ring, dtype="<f8").tobytes()]
    return b"".join(parts)

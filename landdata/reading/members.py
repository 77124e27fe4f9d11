"""One page of a Web Feature Service (GML 3) as rows, from a file; no DOCTYPE, no entity, nothing is fetched."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.parsers import expat

import numpy as np
import shapely

from landdata.errors import PullUnreadable
from landdata.model.connections import Feature, Page
from landdata.reading import gml, markup
from landdata.reading.features import TURN

_DEEPEST = 64
_LONGEST = 1 << 24
_COLLECTIONS = frozenset({"FeatureCollection", "ValueCollection"})
_MEMBERS = frozenset({"member", "featureMember", "featureMembers"})
_REPORTS = frozenset({"ExceptionReport", "ServiceExceptionReport"})
_NIL = "http://www.w3.org/2001/XMLSchema-instance nil"
_CODE = re.compile(r"EPSG:(\d{4,6})$")


def read(path: Path) -> Page:
    """The members of a page, in order, and what the collection says of itself. Raises PullUnreadable."""
    reader = _Reader()
    parser = markup.parser(reader, PullUnreadable(reason="DOCTYPE"))
    with TURN, path.open("rb") as source:
        try:
            parser.ParseFile(source)
        except (expat.ExpatError, LookupError, ValueError) as error:
            raise PullUnreadable(reason="XML") from error
    return reader.page()


def _local(name: str) -> str:
    return name.rpartition(" ")[2]


class _Reader:
    """What stands at which depth: the collection, its members, the feature in each, its properties."""

    def __init__(self) -> None:
        self._path: list[str] = []
        self._head: Mapping[str, str] = {}
        self._features: list[Feature] = []
        self._values: dict[str, Any] = {}
        self._uid = ""
        self._text: list[str] | None = None
        self._length = 0
        self._outline: gml.Outline | None = None
        self._inside = 0  # elements of the geometry that are open
        self._shape: dict[str, Any] | None = None
        self._systems: set[str] = set()
        self._refused = ""
        self._at = 0  # depth of the feature's element; 0: in none

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        plain = _local(name)
        self._path.append(plain)
        depth = len(self._path)
        if depth > _DEEPEST:
            raise PullUnreadable(reason="depth")
        if depth == 1:
            self._open(plain, attributes)
        elif self._path[0] in _REPORTS:
            self._refused = self._refused or attributes.get("exceptionCode") or attributes.get("code", "")
        elif self._inside or (self._at and name.startswith(gml.NAMESPACE) and plain in gml.GEOMETRIES):
            if self._outline is None:
                self._outline = gml.Outline()
            self._inside += 1
            self._outline.start(plain, attributes)
        elif not self._at and self._path[-2] in _MEMBERS:
            self._at, self._values, self._shape = depth, {}, None
            self._uid = next((value for key, value in attributes.items() if key.endswith(" id")), "")[:200]
        elif self._at and depth == self._at + 1:
            self._text, self._length = (None if attributes.get(_NIL) in {"true", "1"} else []), 0

    def text(self, piece: str) -> None:
        self._length += len(piece)
        if self._length > _LONGEST:
            raise PullUnreadable(reason="length")
        if self._outline is not None:
            self._outline.text(piece)
        elif self._text is not None:
            self._text.append(piece)

    def end(self, name: str) -> None:
        plain, depth = self._path.pop(), len(self._path) + 1
        if self._inside:
            self._inside -= 1
            if self._outline is not None:
                self._outline.end(plain)
                if not self._inside:
                    self._drawn(self._outline)
                    self._outline, self._text = None, None
        elif self._at and depth == self._at + 1:
            if not name.startswith(gml.NAMESPACE):
                # An element without a word in it says as much as one that is not there.
                self._put(plain, "".join(self._text or []).strip() or None)
            self._text = None
        elif self._at and depth == self._at:
            self._features.append(Feature(self._uid, self._values, self._shape))
            self._at = 0

    def page(self) -> Page:
        matched = self._head.get("numberMatched", "")
        [system] = self._systems if len(self._systems) == 1 else [""]
        found = _CODE.match(system)
        return Page(
            tuple(self._features),
            matched=int(matched) if matched.isascii() and matched.isdigit() else None,
            following=self._head.get("next") or None,
            epsg=int(found[1]) if found else None,
            refused=self._refused,
        )

    def _open(self, name: str, attributes: Mapping[str, str]) -> None:
        if name in _REPORTS:
            self._refused = "exception"
        elif name not in _COLLECTIONS:
            raise PullUnreadable(reason="FeatureCollection")
        self._head = attributes

    def _put(self, name: str, value: str | None) -> None:
        """An element that stands twice is a list, which the checks refuse by name."""
        if name not in self._values:
            self._values[name] = value
        elif self._values[name] is not None and value is not None:
            before = self._values[name]
            self._values[name] = [*(before if isinstance(before, list) else [before]), value]

    def _drawn(self, outline: gml.Outline) -> None:
        if outline.srs_name:
            self._systems.add(gml.system(outline.srs_name))
        shape = shapely.from_wkb(outline.wkb())
        finite = bool(np.isfinite(shapely.get_coordinates(shape)).all())
        # Numbers that cannot be read: no geometry, for the checks to refuse the row by name.
        # Files of map programs hold multipolygons: the same parcel by either way is the same record.
        whole = shapely.MultiPolygon([shape]) if shape.geom_type == "Polygon" else shape
        self._shape = json.loads(shapely.to_geojson(whole)) if finite else None

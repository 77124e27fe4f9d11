"""Tells a file's format by its content; the name a sender gave it is never asked."""

from __future__ import annotations

import zipfile
from pathlib import Path

from landdata.errors import FormatUnknown
from landdata.model.deliveries import Format
from landdata.model.vbdlis import DOSSIER, is_entities
from landdata.reading.delimited import separator
from landdata.reading.directory import names
from landdata.reading.markup import opening

_SQLITE = b"SQLite format 3\x00"
# "GPKG", and the two application ids of versions 1.0 and 1.1 (OGC 12-128r19, requirement 2).
_GEOPACKAGE_IDS = {b"GPKG", b"GP10", b"GP11"}
# "fgb", major version 3, "fgb", any patch version.
_FLATGEOBUF = b"fgb\x03fgb"
_WORKBOOK = {"[Content_Types].xml", "xl/workbook.xml"}
_GML = "http://www.opengis.net/gml"
_HEAD = 1 << 16
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def sniff(path: Path) -> Format:
    """The format of a file. Raises FormatUnknown, ArchiveRefused or DoctypeRefused.

    An archive counts as SHAPEFILE, which never comes without one; `archive.py` looks at what is in it.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if head.startswith(_SQLITE) and head[68:72] in _GEOPACKAGE_IDS:
        return Format.GEOPACKAGE
    if head.startswith(_FLATGEOBUF):
        return Format.FLATGEOBUF
    if zipfile.is_zipfile(path):
        return Format.XLSX if names(path) >= _WORKBOOK else Format.SHAPEFILE
    first = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if first == b"{":
        return Format.GEOJSON
    # XML may also be in UTF-16, which begins with its mark.
    if (first == b"<" or head.startswith(_UTF_16)) and (found := _markup(path)):
        return found
    if b"\0" not in head[: head.find(b"\n")] and separator(head):
        return Format.CSV
    raise FormatUnknown


def _markup(path: Path) -> Format | None:
    with path.open("rb") as file:
        found = opening(file, format_name="xml")
    if found is None:
        return None
    # Exchange XML has GML in it, so its own names are looked for first.
    if found.names[0] == DOSSIER or is_entities(found.names):
        return Format.XML
    gml = any(one == _GML or one.startswith(f"{_GML}/") for one in found.namespaces)
    return Format.GML if gml else None

"""Tells a file's format by its content; the name a sender gave it is never asked."""

from __future__ import annotations

import zipfile
from pathlib import Path

from landdata.errors import FormatUnknown
from landdata.model.deliveries import Format

_SQLITE = b"SQLite format 3\x00"
# "GPKG", and the two application ids of versions 1.0 and 1.1 (OGC 12-128r19, requirement 2).
_GEOPACKAGE_IDS = {b"GPKG", b"GP10", b"GP11"}


def sniff(path: Path) -> Format:
    """The format of a file. Raises FormatUnknown."""
    with path.open("rb") as file:
        head = file.read(1024)
    if head.startswith(_SQLITE) and head[68:72] in _GEOPACKAGE_IDS:
        return Format.GEOPACKAGE
    if zipfile.is_zipfile(path):
        return Format.SHAPEFILE
    if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{":
        return Format.GEOJSON
    raise FormatUnknown

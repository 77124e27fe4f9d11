"""Compares the three files of a Shapefile with what their heads say; GDAL takes a shorter one for all there is."""

from __future__ import annotations

import struct
from pathlib import Path

from landdata.errors import FileUnreadable

_SHAPE_HEAD, _INDEX_ENTRY = 100, 8
_LONGEST_SYSTEM = 10_000


def check(path: Path) -> None:
    """Raise FileUnreadable when a file is shorter than its head says, or shapes and records differ in number."""
    shapes = _records_of_index(path.with_suffix(".shx"))
    _words(path)
    with path.with_suffix(".dbf").open("rb") as file:
        head = file.read(32)
    if len(head) < 32:
        raise _damaged()
    records, first, width = struct.unpack_from("<LHH", head, 4)
    if records != shapes or path.with_suffix(".dbf").stat().st_size < first + records * width:
        raise _damaged()


def system(path: Path) -> str | None:
    """The .prj's own text where it holds parameters; GDAL hands on other signs than those written."""
    written = path.with_suffix(".prj")
    text = written.read_bytes()[:_LONGEST_SYSTEM].decode("ascii", "replace") if written.is_file() else ""
    return text if "TOWGS84[" in text else None


def _records_of_index(path: Path) -> int:
    return (_words(path) * 2 - _SHAPE_HEAD) // _INDEX_ENTRY


def _words(path: Path) -> int:
    """Length in 16-bit words as a .shp or .shx tells it (ESRI white paper, July 1998, table 1)."""
    with path.open("rb") as file:
        head = file.read(_SHAPE_HEAD)
    if len(head) < _SHAPE_HEAD or struct.unpack_from(">L", head)[0] != 9994:
        raise _damaged()
    [words] = struct.unpack_from(">L", head, 24)
    if path.stat().st_size < words * 2:
        raise _damaged()
    return int(words)


def _damaged() -> FileUnreadable:
    return FileUnreadable(format="shp.zip", reason="truncated or damaged")

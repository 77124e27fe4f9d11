"""Looks at a GeoPackage before GDAL opens it: its layers have to be tables, since a view is a program of the sender's."""

from __future__ import annotations

import sqlite3
import struct
from contextlib import closing
from pathlib import Path

from landdata.errors import FileUnreadable

# The views that the standard itself proposes over its own tables (OGC 12-128r19, annexes on SQL/MM and Simple Features).
_OF_THE_STANDARD = frozenset({"st_spatial_ref_sys", "spatial_ref_sys", "st_geometry_columns", "geometry_columns"})
# Size of a page, changes of the file, pages of the file, changes when they were counted (sqlite.org/fileformat.html).
_HEAD, _FIELDS = 100, ((">H", 16), (">L", 24), (">L", 28), (">L", 92))


def check(path: Path) -> None:
    """Raise FileUnreadable when it is shorter than its head says, or has a view that could be read as a layer.

    The values of a view may take all memory there is, or no end.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    size, changes, pages, of_changes = (
        struct.unpack_from(form, head.ljust(_HEAD, b"\0"), at)[0] for form, at in _FIELDS
    )
    # A page is told as 1 where it has 65,536 bytes; pages count where who wrote them last is who counted them.
    if changes == of_changes and pages * (65_536 if size == 1 else size) > path.stat().st_size:
        raise FileUnreadable(format="gpkg", reason="truncated or damaged")
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as base:
            views = base.execute("SELECT name FROM sqlite_master WHERE type = 'view' LIMIT 100").fetchall()
    except (sqlite3.Error, ValueError) as error:
        raise FileUnreadable(format="gpkg", reason="truncated or damaged") from error
    if any(str(name).lower() not in _OF_THE_STANDARD for (name,) in views):
        raise FileUnreadable(format="gpkg", reason="a view is in it, where only tables can be read")

"""Which column names profile `flat` knows, in both spellings, and how many columns a file may have."""

from __future__ import annotations

from collections.abc import Iterable

from landdata.model.parcels import FLAT_COLUMNS, folded

# Profile `flat` has 38; a file with hundreds more is another kind of file, or one read by the wrong separator.
MOST_COLUMNS = 300
# Fewer known names than this in a first line, and it is no header.
LEAST_KNOWN = 4
GEOMETRY_TEXT = "wkt"
KEY_COLUMNS = ("commune_code", "map_sheet_number", "parcel_number")

_WANTED = {folded(spelling): one.name for one in FLAT_COLUMNS for spelling in (one.name, one.short)}


def wanted(name: str) -> str | None:
    """The profile's own name of a delivered column; None for one it does not know."""
    return _WANTED.get(folded(name))


def is_header(names: Iterable[str]) -> bool:
    """Whether these cells are the names of columns."""
    return len({column for name in names if (column := wanted(name))}) >= LEAST_KNOWN


def is_geometry_text(name: str) -> bool:
    """Whether a column holds geometry as well-known text."""
    return folded(name) == GEOMETRY_TEXT

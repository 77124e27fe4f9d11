"""Which column names profile `flat` knows, in both spellings, and how many columns a file may have."""

from __future__ import annotations

from collections.abc import Iterable

from landdata.model.parcels import FLAT_COLUMNS, OPERATION, REASON_COLUMNS, folded

# Profile `flat` has 39; a file with hundreds more is another kind of file, or one read by the wrong separator.
MOST_COLUMNS = 300
# Fewer known names than this in a first line, and it is no header.
LEAST_KNOWN = 4
GEOMETRY_TEXT = "wkt"
KEY_COLUMNS = ("commune_code", "map_sheet_number", "parcel_number")

_WANTED = {folded(spelling): one.name for one in FLAT_COLUMNS for spelling in (one.name, one.short)}


_REASONS = {folded(name): name for name in REASON_COLUMNS}
# A sender may have a column `reason` of its own; these two together only stand where this service put them.
_MARKS = frozenset({folded("ma_loi"), folded("dong_goc")})
_AGAIN = "2"


def reasons(names: Iterable[str]) -> frozenset[str]:
    """Those of a file's names that are columns of reasons from an earlier return; none where the file is no such."""
    spelt = {folded(name): name for name in names}
    # Where the sender had the plain name already, `beside` gave ours a number.
    ours = {plain: spelt.get(plain + _AGAIN, spelt.get(plain)) for plain in _REASONS}
    return frozenset(name for name in ours.values() if name) if all(ours[one] for one in _MARKS) else frozenset()


def beside(names: Iterable[str]) -> tuple[str, ...]:
    """The columns of reasons as they are spelt beside these of the sender's own."""
    taken = {folded(name) for name in names}
    return tuple(f"{name}_{_AGAIN}" if plain in taken else name for plain, name in _REASONS.items())


def operation_beside(names: Iterable[str]) -> str:
    """The column of operations in the spelling that most of the sender's columns have."""
    plain = {folded(name) for name in names}
    short = sum(folded(one.short) in plain for one in FLAT_COLUMNS)
    [column] = [one for one in FLAT_COLUMNS if one.name == OPERATION]
    return column.short if 2 * short > sum(bool(wanted(name)) for name in plain) else column.name


def is_operation(name: str) -> bool:
    """Whether a column says what a row of a delivery of changes is to do."""
    return wanted(name) == OPERATION


def wanted(name: str) -> str | None:
    """The profile's own name of a delivered column; None for one it does not know."""
    return _WANTED.get(folded(name))


def is_header(names: Iterable[str]) -> bool:
    """Whether these cells are the names of columns."""
    return len({column for name in names if (column := wanted(name))}) >= LEAST_KNOWN


def is_geometry_text(name: str) -> bool:
    """Whether a column holds geometry as well-known text."""
    return folded(name) == GEOMETRY_TEXT

"""Takes the files of a delivery out of a zip archive: under our own names, within a budget of bytes, nothing unasked for."""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from landdata.errors import ArchiveRefused, DoctypeRefused, FormatUnknown
from landdata.model.deliveries import Format
from landdata.reading.directory import LARGEST_RATIO
from landdata.reading.sniff import sniff

_NEEDED = frozenset({".shp", ".shx", ".dbf"})
_WELCOME = frozenset({".prj", ".cpg"})
# What programs put beside a layer for themselves: indexes, styles, notes about it. A schema is not needed, see below.
_LEFT = frozenset(
    {".sbn", ".sbx", ".qix", ".qpj", ".qmd", ".qml", ".cst", ".atx", ".ain", ".aih", ".ixs", ".mxs", ".fix", ".idm", ".ind"}
    | {".sld", ".lyr", ".xsd", ".gfs", ".ds_store"}
)  # fmt: skip
_NOTES = ".xml"
# Others are rare, and one of them asks for as much memory as the archive says: this is done by the worker itself.
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_MOST_MEMBERS = 100
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Part:
    """One readable file of a delivery; `declared` is what a .cpg says of its letters."""

    format: Format
    path: Path
    declared: str | None = None


# What zipfile lets through of an archive that is damaged or forged, beside its own error.
_BROKEN = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, NotImplementedError, RuntimeError, ValueError,
    IndexError, OverflowError,
)  # fmt: skip


def unpack(path: Path, folder: Path, *, max_bytes: int) -> list[Part]:
    """Write the one map layer and the one table of an archive to `folder`; either may be absent. Raises ArchiveRefused.

    Names in the archive are only looked at for their ending: nothing is ever written where a member says, and what a
    file is, but for the three of a Shapefile, its content tells. A GML's schema is left: the profile's columns are text.
    """
    budget = _Budget(min(max_bytes, path.stat().st_size * LARGEST_RATIO))
    try:
        with zipfile.ZipFile(path) as archive:
            shape, others, notes = _members(archive)
            parts = [_other(archive, member, folder / f"member-{at}", budget) for at, member in enumerate(others)]
            parts += [
                part
                for at, member in enumerate(notes)
                if (part := _note(archive, member, folder / f"note-{at}", budget)) is not None
            ]
            if shape:
                parts.append(_shapefile(archive, shape, folder, budget))
    except _BROKEN as error:
        raise ArchiveRefused(reason="damaged") from error
    for is_table, what in ((False, "map layer"), (True, "table")):
        if sum(part.format.is_table is is_table for part in parts) > 1:
            raise ArchiveRefused(reason=f"more than one {what}")
    if not parts:
        raise ArchiveRefused(reason=f"no {', '.join(sorted(_NEEDED))} and no table")
    return parts


class _Budget:
    """Bytes that may still be written; all members draw on the same one."""

    def __init__(self, left: int) -> None:
        self._left = left

    def copy(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> None:
        with archive.open(member) as source, target.open("wb") as out:
            while chunk := source.read(_CHUNK):
                self._left -= len(chunk)
                if self._left < 0:
                    raise ArchiveRefused(reason="too large when unpacked")
                out.write(chunk)


def _members(
    archive: zipfile.ZipFile,
) -> tuple[dict[str, zipfile.ZipInfo], list[zipfile.ZipInfo], list[zipfile.ZipInfo]]:
    """The members of the Shapefile by ending, all others that may hold rows, and those that mostly hold notes."""
    shape: dict[str, zipfile.ZipInfo] = {}
    others: list[zipfile.ZipInfo] = []
    notes: list[zipfile.ZipInfo] = []
    if len(archive.infolist()) > _MOST_MEMBERS:
        raise ArchiveRefused(reason="too many members")
    for member in archive.infolist():
        name = PurePosixPath(member.filename.replace("\\", "/"))
        suffix = (name.suffix or name.name[-20:]).lower()
        # Not `is_dir()`: it breaks over a name of no letters.
        if member.filename.endswith("/") or suffix in _LEFT or "__MACOSX" in name.parts:
            continue
        _require_plain(member)
        if suffix == _NOTES:
            notes.append(member)
        elif suffix not in _NEEDED | _WELCOME:
            others.append(member)
        elif suffix in shape:
            raise ArchiveRefused(reason=f"more than one {suffix}")
        else:
            shape[suffix] = member
    missing = sorted(_NEEDED - shape.keys())
    if missing and shape:
        raise ArchiveRefused(reason=f"no {', '.join(missing)}")
    return shape, others, notes


def _require_plain(member: zipfile.ZipInfo) -> None:
    if member.flag_bits & 0x1:
        raise ArchiveRefused(reason="encrypted")
    if member.compress_type not in _METHODS:
        raise ArchiveRefused(reason="packed by a method other than deflate")
    if member.header_offset < 0:
        raise ArchiveRefused(reason="damaged")


def _shapefile(archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], folder: Path, budget: _Budget) -> Part:
    for suffix, member in members.items():
        # GDAL would follow the .cpg in its own way, so it is kept under a name that GDAL does not know.
        budget.copy(archive, member, folder / (f"delivery{suffix}" if suffix != ".cpg" else "declared.txt"))
    page = folder / "declared.txt"
    declared = page.read_bytes()[:100].decode("ascii", "replace") if page.exists() else None
    return Part(Format.SHAPEFILE, folder / "delivery.shp", declared)


def _other(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, budget: _Budget) -> Part:
    budget.copy(archive, member, target)
    try:
        found = sniff(target)
    except FormatUnknown as error:
        raise ArchiveRefused(reason="a file that is neither a table nor a map layer") from error
    if found is Format.SHAPEFILE:
        raise ArchiveRefused(reason="an archive in the archive")
    return Part(found, target)


def _note(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, budget: _Budget) -> Part | None:
    """An .xml is mostly a program's note about a layer, which is left; one that holds entities is a delivery."""
    budget.copy(archive, member, target)
    try:
        return Part(Format.XML, target) if sniff(target) is Format.XML else None
    except (FormatUnknown, DoctypeRefused):
        return None

"""Takes the members of a Shapefile out of a zip archive: by type, under our own names, within a budget of bytes."""

from __future__ import annotations

import zipfile
from pathlib import Path, PurePosixPath

from landdata.errors import ArchiveRefused

_NEEDED = frozenset({".shp", ".shx", ".dbf"})
_WELCOME = frozenset({".prj", ".cpg"})
_LARGEST_RATIO = 200
_CHUNK = 1 << 20


def unpack_shapefile(path: Path, folder: Path, *, max_bytes: int) -> Path:
    """Write the one Shapefile in the archive to `folder` and return its .shp. Raises ArchiveRefused.

    Names in the archive are only looked at for their ending: nothing is ever written where a member says.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = _members(archive)
            budget = min(max_bytes, path.stat().st_size * _LARGEST_RATIO)
            for suffix, member in members.items():
                budget = _copy(archive, member, folder / f"delivery{suffix}", budget)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise ArchiveRefused(reason="damaged") from error
    return folder / "delivery.shp"


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    found: dict[str, zipfile.ZipInfo] = {}
    for member in archive.infolist():
        suffix = PurePosixPath(member.filename.replace("\\", "/")).suffix.lower()
        if member.is_dir() or suffix not in _NEEDED | _WELCOME:
            continue
        if member.flag_bits & 0x1:
            raise ArchiveRefused(reason="encrypted")
        if suffix in found:
            raise ArchiveRefused(reason=f"more than one {suffix}")
        found[suffix] = member
    missing = sorted(_NEEDED - found.keys())
    if missing:
        raise ArchiveRefused(reason=f"no {', '.join(missing)}")
    return found


def _copy(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, budget: int) -> int:
    with archive.open(member) as source, target.open("wb") as out:
        while chunk := source.read(_CHUNK):
            budget -= len(chunk)
            if budget < 0:
                raise ArchiveRefused(reason="too large when unpacked")
            out.write(chunk)
    return budget

"""Puts a table and its map layer into the one archive they are delivered in; the same files give the same bytes."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from landdata.model.deliveries import Format
from landdata.reading.sniff import sniff

_DAY_ONE = (1980, 1, 1, 0, 0, 0)


def pack(paths: Sequence[Path], target: Path) -> Path:
    """Write the files to a zip; what is an archive already (a Shapefile) gives its members. Raises FormatUnknown."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for at, path in enumerate(paths):
            if sniff(path) is Format.SHAPEFILE:
                with zipfile.ZipFile(path) as inner:
                    for member in inner.infolist():
                        if not member.is_dir():
                            name = f"{at}/{PurePosixPath(member.filename.replace(chr(92), '/')).name}"
                            with inner.open(member) as source, archive.open(_entry(name), "w", force_zip64=True) as out:
                                shutil.copyfileobj(source, out, 1 << 20)
            else:
                with path.open("rb") as source, archive.open(_entry(path.name), "w", force_zip64=True) as out:
                    shutil.copyfileobj(source, out, 1 << 20)
    return target


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _DAY_ONE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry

"""The names in a zip archive, read only after its directory is known to be small; contents are not touched."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

from landdata.errors import ArchiveRefused

# A delivery holds a handful of files; Python would build an object for each of the millions a directory can list.
_LARGEST_DIRECTORY = 1 << 20
# Bytes unpacked for one packed; tables and maps have a tenth of it.
LARGEST_RATIO = 200
_END = b"PK\x05\x06"
_END_SIZE, _LONGEST_COMMENT = 22, 1 << 16
_LOCATOR_64, _LOCATOR_SIZE = b"PK\x06\x07", 20


def names(path: Path) -> frozenset[str]:
    """The names of all members. Raises ArchiveRefused when the archive is damaged or its directory too large."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - _END_SIZE - _LONGEST_COMMENT - _LOCATOR_SIZE))
        tail = file.read()
    end = tail.rfind(_END)
    if end < 0 or len(tail) - end < _END_SIZE:
        raise ArchiveRefused(reason="damaged")
    [directory] = struct.unpack_from("<L", tail, end + 12)
    # The 64-bit directory of archives above 4 GB says its own size elsewhere; no delivery is that large.
    if directory > _LARGEST_DIRECTORY or tail[max(0, end - _LOCATOR_SIZE) : end].startswith(_LOCATOR_64):
        raise ArchiveRefused(reason="its directory is too large")
    try:
        with zipfile.ZipFile(path) as archive:
            return frozenset(archive.namelist())
    except (zipfile.BadZipFile, EOFError, NotImplementedError, ValueError) as error:
        raise ArchiveRefused(reason="damaged") from error

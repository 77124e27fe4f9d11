"""How much room the watched disks have: deliveries stop before one is full, look-ups never; removes and moves nothing."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from landdata.errors import DataFolderNotWritable, DiskLow, UploadNoRoom


@dataclass(frozen=True, slots=True)
class Disk:
    """The file system that a folder lies on; sizes in bytes, as far as an ordinary account may write."""

    folder: Path
    size: int
    free: int

    @property
    def free_share(self) -> float:
        """From 0 (full) to 1."""
        return self.free / self.size if self.size else 0.0


def look(folders: Iterable[Path]) -> tuple[Disk, ...]:
    """The disks of folders; of one that is still to be made, the disk it will lie on. Raises DataFolderNotWritable."""
    return tuple(_look(folder) for folder in folders)


def require_room(folders: Iterable[Path], *, share: float) -> None:
    """Raises DiskLow when less than `share` of a disk is free, DataFolderNotWritable for one that is not there."""
    low = min(disk.free_share for disk in look(folders))
    if low < share:
        raise DiskLow(free_percent=int(100 * low))


def require_fit(folder: Path, *, size_bytes: int, share: float, times: int = 1) -> None:
    """Raises UploadNoRoom when a file of so many bytes, lying there `times` over, would leave less than `share` free."""
    disk = _look(folder)
    room = max(disk.free - int(share * disk.size), 0) // times
    if size_bytes > room:
        raise UploadNoRoom(size=size_bytes, room=room)


def _look(folder: Path) -> Disk:
    there = folder.absolute()
    while not there.exists() and there != there.parent:
        there = there.parent
    try:
        found = os.statvfs(there)
    except OSError as error:
        raise DataFolderNotWritable(folder=str(folder)) from error
    # As `df` counts: what is kept back for the system is not ours to fill.
    used, free = found.f_blocks - found.f_bfree, found.f_bavail
    return Disk(folder, (used + free) * found.f_frsize, free * found.f_frsize)

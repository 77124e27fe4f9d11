"""Lines that wait on disk for the database: a file for each process that adds, removed by whoever has written its lines down.

The lines are sealed by whoever adds them, and names of files are random: nothing here tells of anybody.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from landdata.store.anchors import sync_folder

# All files together: some 100,000 refused look-ups.
MOST_BYTES = 64 * 1024 * 1024
_SUFFIX, _ASIDE = ".lines", ".unreadable"


class SpoolFullError(OSError):
    """So much waits already that nothing more is taken."""


class Spool:
    """The file of one process. It is open only while lines are added, so that it can be taken away in between."""

    def __init__(self, data_dir: Path, *, most_bytes: int = MOST_BYTES) -> None:
        self._folder, self._most = folder_of(data_dir), most_bytes
        self._path: Path | None = None

    def add(self, lines: Sequence[bytes]) -> None:
        """Add lines, which hold no line ends; they are on disk when this returns. Raises OSError, and then none was added."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        block = b"".join(line + b"\n" for line in lines)
        if _size(self._folder) + len(block) > self._most:
            raise SpoolFullError
        descriptor, fresh = self._opened()
        before = os.fstat(descriptor).st_size
        try:
            left = memoryview(block)
            while left:
                left = left[os.write(descriptor, left) :]
            os.fsync(descriptor)
            if fresh:
                sync_folder(self._folder)
        except OSError:
            # What was begun is taken back; and nothing stands behind it, should that fail, too.
            self._path = None
            with contextlib.suppress(OSError):
                os.ftruncate(descriptor, before)
            raise
        finally:
            os.close(descriptor)

    def _opened(self) -> tuple[int, bool]:
        """The file, held, and whether it is new: one that is being written down, or has been, is left alone."""
        if self._path is not None:
            with contextlib.suppress(FileNotFoundError):
                descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND)
                if _hold(descriptor, self._path):
                    return descriptor, False
                os.close(descriptor)
        while True:
            self._path = self._folder / f"{secrets.token_hex(16)}{_SUFFIX}"
            descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
            if _hold(descriptor, self._path):
                return descriptor, True
            # Somebody was quicker, and took the empty file away; the next one has another name.
            os.close(descriptor)


def folder_of(data_dir: Path) -> Path:
    """Where the files are."""
    return data_dir / "spool"


def waiting_bytes(data_dir: Path) -> int:
    """How much waits; 0 also when there is no folder."""
    return _size(folder_of(data_dir))


def files(data_dir: Path) -> list[Path]:
    """The files with lines that wait."""
    return sorted(folder_of(data_dir).glob(f"*{_SUFFIX}"))


@contextmanager
def held(path: Path) -> Iterator[Iterator[bytes] | None]:
    """The lines of a file, to which nobody adds for so long; the last one may be torn. None: it is in use, or gone."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        yield None
        return
    with file:
        yield (line.rstrip(b"\n") for line in file) if _hold(file.fileno(), path) else None


def set_aside(path: Path, lines: Sequence[bytes]) -> Path:
    """Keep lines that nobody could read in a file of their own, beside the one they were in; it, on disk. Raises OSError.

    Told again after a crash, it is the same file with the same lines.
    """
    aside, part = path.with_suffix(_ASIDE), path.with_suffix(".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.writelines(line + b"\n" for line in lines)
        out.flush()
        os.fsync(out.fileno())
    part.replace(aside)
    sync_folder(path.parent)
    return aside


def remove(path: Path) -> None:
    """Remove a file whose lines are written down. Raises OSError."""
    path.unlink()
    sync_folder(path.parent)


def _hold(descriptor: int, path: Path) -> bool:
    """Hold an open file for as long as it is open; False when another process does, or the name is no longer this file's."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except (BlockingIOError, FileNotFoundError):
        return False


def _size(folder: Path) -> int:
    found = 0
    for path in folder.glob(f"*{_SUFFIX}"):
        with contextlib.suppress(FileNotFoundError):
            found += path.stat().st_size
    return found

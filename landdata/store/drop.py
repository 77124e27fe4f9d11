"""The folders into which an office's system puts files: claimed, worked on and put away so that a kill at any moment shows.

`<office>/incoming/` is the office's. What is complete is claimed into `<office>/.working/<name>/` (file, declarations,
later the report) and at its end put into `done/` or `refused/`. Every step is one rename, and what is in the claim says
which come next. All is opened below the office's own folder without following a link: the office could swap one in.
"""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_FILE, _DECLARATIONS, _REPORT = "file", "declarations.json", "report.json"
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_MOST_DECLARED = 1 << 16

# What tells whether a file is still being written: inode, size, time of change in nanoseconds.
Stamp = tuple[int, int, int]


def offices(root: Path) -> list[str]:
    """Names of the folders that may be offices'."""
    with os.scandir(root) as entries:
        return sorted(one.name for one in entries if one.is_dir(follow_symlinks=False) and not one.name.startswith("."))


@contextmanager
def tray(root: Path, office: str) -> Iterator[Tray | None]:
    """The folders of an office, open; None when it has no `incoming`, or something else stands in a folder's place."""
    with ExitStack() as held:

        def opened(name: str, below: int | None = None) -> int:
            descriptor = os.open(name, _FOLDER, dir_fd=below)
            held.callback(os.close, descriptor)
            return descriptor

        try:
            own = opened(office, opened(str(root)))
            incoming = opened("incoming", own)
            for name in (".working", "done", "refused"):
                _make(name, own)
            found = Tray(incoming, opened(".working", own), opened("done", own), opened("refused", own))
        except OSError as error:
            if error.errno not in {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}:
                raise
            found = None
        yield found


@dataclass(frozen=True, slots=True)
class Tray:
    """Descriptors of an office's folders."""

    incoming: int
    working: int
    done: int
    refused: int

    def waiting(self) -> dict[str, Stamp]:
        """Files that may be claimed: plain ones only, neither hidden, nor half (`.part`), nor declarations."""
        found = {}
        with os.scandir(self.incoming) as entries:
            for one in entries:
                if one.name.startswith(".") or one.name.endswith(".part") or _declares(one.name):
                    continue
                seen = one.stat(follow_symlinks=False)
                if stat.S_ISREG(seen.st_mode):
                    found[one.name] = _stamp(seen)
        return found

    def claims(self) -> list[str]:
        """What is under way, in order."""
        return sorted(os.listdir(self.working))  # noqa: PTH208 - a descriptor, no path

    def claim(self, name: str) -> None:
        """Take a file and its declarations out of `incoming`; declarations first, so that no file goes without them."""
        _make(name, self.working)
        with self._claim(name) as claim:
            if not _there(_DECLARATIONS, claim):
                _move(f"{name}.json", self.incoming, _DECLARATIONS, claim)
            _move(name, self.incoming, _FILE, claim)

    def recover(self, name: str) -> bool:
        """Finish what a kill left half done. True when the claim has a file to be worked on."""
        with self._claim(name) as claim:
            if _there(_REPORT, claim):
                self._put_away(name, claim)
                return False
            if _there(_FILE, claim):
                return True
            if not _there(name, self.incoming) or not _there(_DECLARATIONS, claim):
                _move(_DECLARATIONS, claim, f"{name}.json", self.incoming)
                os.rmdir(name, dir_fd=self.working)
                return False
        self.claim(name)
        return True

    @contextmanager
    def opened(self, name: str) -> Iterator[int]:
        """Descriptor of a claimed file. Raises OSError when something else than a plain file was put in its place."""
        with self._claim(name) as claim:
            descriptor = os.open(_FILE, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=claim)
            try:
                if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                    raise OSError("no plain file")
                yield descriptor
            finally:
                os.close(descriptor)

    def declarations(self, name: str) -> bytes | None:
        """What was declared beside the file, at most 64 KiB of it; None: nothing."""
        with self._claim(name) as claim:
            try:
                descriptor = os.open(_DECLARATIONS, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=claim)
            except FileNotFoundError:
                return None
            with os.fdopen(descriptor, "rb") as file:
                return file.read(_MOST_DECLARED + 1)

    def settle(self, name: str, report: dict[str, Any], *, refused: bool) -> None:
        """Write the report and put everything away; from the report on, only the putting away is left."""
        folder = self.refused if refused else self.done
        kept = {**report, "name": name, "stored_as": _free(name, folder), "refused": refused}
        with self._claim(name) as claim:
            fresh = os.open(f".{_REPORT}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640, dir_fd=claim)
            with os.fdopen(fresh, "w", encoding="utf-8") as file:
                json.dump(kept, file, ensure_ascii=False, indent=2, default=str)
                file.flush()
                os.fsync(file.fileno())
            _move(f".{_REPORT}", claim, _REPORT, claim)
            os.fsync(claim)
            self._put_away(name, claim)

    def _put_away(self, name: str, claim: int) -> None:
        with os.fdopen(os.open(_REPORT, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=claim), encoding="utf-8") as file:
            report = json.load(file)
        folder, stored = self.refused if report["refused"] else self.done, report["stored_as"]
        _move(_FILE, claim, stored, folder)
        _move(_DECLARATIONS, claim, f"{stored}.json", folder)
        _move(_REPORT, claim, f"{stored}.report.json", folder)
        os.fsync(folder)
        os.rmdir(name, dir_fd=self.working)

    @contextmanager
    def _claim(self, name: str) -> Iterator[int]:
        descriptor = os.open(name, _FOLDER, dir_fd=self.working)
        try:
            yield descriptor
        finally:
            os.close(descriptor)


def stamp(descriptor: int) -> Stamp:
    """The stamp of an open file."""
    return _stamp(os.fstat(descriptor))


def _stamp(seen: os.stat_result) -> Stamp:
    return seen.st_ino, seen.st_size, seen.st_mtime_ns


def _declares(name: str) -> bool:
    """`thua.gpkg.json` speaks of `thua.gpkg`; `thua.json` is a file of its own."""
    return name.endswith(".json") and "." in name.removesuffix(".json")


def _make(name: str, below: int) -> None:
    try:
        os.mkdir(name, 0o750, dir_fd=below)
    except FileExistsError:
        return


def _there(name: str, below: int) -> bool:
    try:
        os.stat(name, dir_fd=below, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _move(name: str, source: int, target: str, folder: int) -> None:
    """Rename; what is not there was moved before."""
    try:
        os.rename(name, target, src_dir_fd=source, dst_dir_fd=folder)
    except FileNotFoundError:
        return


def _free(name: str, folder: int) -> str:
    """The name, or `name.2` and so on: nothing that was put away is ever overwritten."""
    taken = set(os.listdir(folder))
    stem, ending = Path(name).stem, Path(name).suffix
    number, free = 1, name
    while free in taken or f"{free}.report.json" in taken:
        number += 1
        free = f"{stem}.{number}{ending}"
    return free

"""Which DPoP proofs were used: one book for all API processes of a machine, in memory they share; no cryptography of proofs.

Why not a table: a proof comes with every look-up, and a row each would cost more than the answer (ADR 0012).
"""

from __future__ import annotations

import fcntl
import hashlib
import mmap
import os
import platform
import secrets
import struct
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from landdata.errors import DataFolderNotWritable

if TYPE_CHECKING:
    from collections.abc import Iterator

# A proof is good from 60 s after to 10 s before its time stamp: 70 s, which touch at most three spans of 64 s, so the
# fourth is free to be wiped.
SPAN_SECONDS = 64
SPANS = 4
SLOTS = 1 << 19  # a span; 6,100 proofs a second for all clients of the machine, in 16 MiB
# Bytes of a proof's mark; an empty slot is zero. The marks are keyed, so two proofs share one by chance alone, once in
# 10^13 even in a full book; the second one would be refused.
_MARK = 8
_MAGIC = b"proofs01"
_HEAD = 4096
_KEY, _BEGAN, _COUNTS = slice(8, 40), 40, 64
_EMPTY = bytes(_MARK)
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class BookFullError(Exception):
    """More proofs than the book holds; none is taken unwritten."""


class TooOldError(Exception):
    """A proof from before the book began: whether it was used, nobody can say."""


class ReplayBook:
    """Marks of used proofs, in a file that every process of this machine maps; bounded, and emptied by time alone.

    A killed process loses nothing that it had answered: the kernel keeps the pages.
    """

    def __init__(self, path: Path, *, slots: int) -> None:
        """Open or begin the book. Raises DataFolderNotWritable."""
        self._slots, self._span = slots, slots * _MARK
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise DataFolderNotWritable(folder=str(path.parent)) from error
        size = _HEAD + SPANS * self._span
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            # All of it now: a page that a full disk cannot give would end the process in the middle of a request.
            os.posix_fallocate(self._file, 0, size)
            self._map = mmap.mmap(self._file, size)
            if self._map[:8] != _MAGIC:
                self._map[_KEY] = secrets.token_bytes(32)
                struct.pack_into("<q", self._map, _BEGAN, int(time.time()))
                self._map[:8] = _MAGIC
        except OSError as error:
            os.close(self._file)
            raise DataFolderNotWritable(folder=str(path.parent)) from error
        fcntl.flock(self._file, fcntl.LOCK_UN)

    @property
    def key(self) -> bytes:
        """32 secret bytes, the same for all processes that share the book."""
        return self._map[_KEY]

    def use(self, proof: str, at: int, now: float) -> bool:
        """True the first time a proof with time stamp `at` (s) is shown. Raises BookFullError, TooOldError.

        `at` must be within the time in which proofs are good; a few microseconds.
        """
        mark = hashlib.blake2b(proof.encode(), key=self.key, digest_size=16).digest()
        span, area = at // SPAN_SECONDS, at // SPAN_SECONDS % SPANS
        with self._lock:
            fcntl.flock(self._file, fcntl.LOCK_EX)
            try:
                (began,) = struct.unpack_from("<q", self._map, _BEGAN)
                if any(other > int(now + SPAN_SECONDS) // SPAN_SECONDS for other, _ in self._counts()):
                    # The clock was ahead and came back; what it wiped then cannot be told, so nothing older is taken.
                    began = int(now) + 11
                    self._begin_again(began)
                if at < began:
                    raise TooOldError
                held, count = list(self._counts())[area]
                if held > span:
                    return False
                if 0 < held < span:
                    self._wipe(area)
                return self._write(
                    mark[:_MARK],
                    int.from_bytes(mark[_MARK:], "little") % self._slots,
                    area,
                    span,
                    count if held == span else 0,
                )
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        self._map.close()
        os.close(self._file)

    def _write(self, mark: bytes, slot: int, area: int, span: int, count: int) -> bool:
        start = self._start(area)
        while (found := self._map[start + slot * _MARK : start + (slot + 1) * _MARK]) != _EMPTY:
            if found == mark:
                return False
            slot = (slot + 1) % self._slots
        if count >= self._slots * 3 // 4:
            raise BookFullError
        self._map[start + slot * _MARK : start + (slot + 1) * _MARK] = mark
        struct.pack_into("<qq", self._map, _COUNTS + 16 * area, span, count + 1)
        return True

    def _counts(self) -> Iterator[tuple[int, int]]:
        """Which span of time each area holds, and how many marks."""
        return struct.iter_unpack("<qq", self._map[_COUNTS : _COUNTS + 16 * SPANS])

    def _start(self, area: int) -> int:
        return _HEAD + area * self._span

    def _wipe(self, area: int) -> None:
        self._map[self._start(area) : self._start(area) + self._span] = bytes(self._span)

    def _begin_again(self, at: int) -> None:
        for area in range(SPANS):
            self._wipe(area)
        self._map[_COUNTS : _COUNTS + 16 * SPANS] = bytes(16 * SPANS)
        struct.pack_into("<q", self._map, _BEGAN, at)


def book_of(data_dir: Path) -> ReplayBook:
    """The book of this machine since it was started: memory is not shared farther, even where the folder is.

    Raises DataFolderNotWritable.
    """
    try:
        machine = _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        machine = platform.node()
    folder = data_dir / "proofs"
    # Its size belongs to the name: another version's processes may still use theirs.
    path = folder / f"{machine}-{SLOTS}.book"
    for other in folder.glob("*.book"):
        if other != path and time.time() - other.stat().st_mtime > 86_400:
            other.unlink(missing_ok=True)
    return ReplayBook(path, slots=SLOTS)

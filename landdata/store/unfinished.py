"""Bytes of uploads that are not whole yet: one sealed file each, to which records are added, and torn ends cut off.

A delivery holds plain citizen numbers from its first byte, so no plain byte of a half one stays on a disk either. A file is
a head (mark, version of the key, salt) and records under AES-256-GCM: length, nonce, sealed bytes. What is sealed along with
each is the head and its place in the upload, so no record opens in another's place or in another file. Nonces are by chance,
since a record that was torn off by a crash is written again at its place with other bytes.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from landdata.errors import DataFolderNotWritable, DiskFull, KeyVersionMissing, UploadGone, UploadInUse
from landdata.store.anchors import sync_folder
from landdata.store.keys import RAW, Keys
from landdata.store.raw import no_room

RECORD = 1 << 20
_MARK = b"LDUP\x01"
_SALT, _NONCE, _LENGTH, _TAG = 16, 12, 4, 16
_HEAD = len(_MARK) + 1 + _SALT


def begin(data_dir: Path, upload_uid: UUID, keys: Keys) -> int:
    """Make the file of an upload, durably; its length. Raises DiskFull or DataFolderNotWritable."""
    path = _place(data_dir, upload_uid)
    version = keys.active(RAW)
    with _told(path.parent):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(_MARK + bytes([version]) + os.urandom(_SALT))
            out.flush()
            os.fsync(out.fileno())
        sync_folder(path.parent)
    return _HEAD


@contextmanager
def held(data_dir: Path, upload_uid: UUID) -> Iterator[BinaryIO]:
    """The file of an upload, for this holder alone among all processes; a killed one lets go of it.

    Raises UploadInUse when another holds it, UploadGone when it is not there.
    """
    try:
        file = _place(data_dir, upload_uid).open("r+b", buffering=0)
    except FileNotFoundError:
        raise UploadGone from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UploadInUse from None
        yield file


class Growing:
    """A held file to which bytes are added behind those that count; whatever lies there is torn and cut off first.

    `received` counts plain bytes, with those that wait in memory; `flush` puts them on disk.
    """

    def __init__(self, file: BinaryIO, keys: Keys, *, received: int, sealed: int) -> None:
        """Raises UploadGone when less is on disk than counts, or its key is gone."""
        self._file, self._folder = file, Path(str(file.name)).parent
        self.received = received
        self._held = bytearray()
        file.seek(0)
        self._head = file.read(_HEAD)
        if os.fstat(file.fileno()).st_size < sealed or not self._head.startswith(_MARK):
            raise UploadGone
        try:
            self._cipher = AESGCM(keys.raw_file(self._head[len(_MARK)], self._head[-_SALT:]))
        except KeyVersionMissing:
            raise UploadGone from None
        with _told(self._folder):
            file.truncate(sealed)
            file.seek(sealed)

    def add(self, piece: bytes) -> None:
        """Take bytes in; at most one record of them waits in memory. Raises DiskFull, DataFolderNotWritable."""
        self._held += piece
        self.received += len(piece)
        while len(self._held) >= RECORD:
            self._write(RECORD)

    def flush(self) -> int:
        """Put everything on disk; the length of the file then. Raises DiskFull, DataFolderNotWritable."""
        if self._held:
            self._write(len(self._held))
        with _told(self._folder):
            os.fsync(self._file.fileno())
        return self._file.tell()

    def plain(self) -> Iterator[bytes]:
        """All bytes from the first one, each record proven. Raises UploadGone for one that is not as it was written."""
        self._file.seek(_HEAD)
        place = 0
        while place < self.received:
            length = int.from_bytes(self._file.read(_LENGTH), "big")
            nonce, sealed = self._file.read(_NONCE), self._file.read(length + _TAG)
            try:
                record = self._cipher.decrypt(nonce, sealed, self._beside(place))
            except (InvalidTag, ValueError):
                raise UploadGone from None
            place += len(record)
            yield record

    def _write(self, length: int) -> None:
        place = self.received - len(self._held)
        nonce = os.urandom(_NONCE)
        sealed = self._cipher.encrypt(nonce, bytes(self._held[:length]), self._beside(place))
        left = memoryview(length.to_bytes(_LENGTH, "big") + nonce + sealed)
        begun = self._file.tell()
        with _told(self._folder):
            try:
                while left:  # a disk that fills up takes a part
                    left = left[self._file.write(left) :]
            except OSError:
                self._file.seek(begun)
                raise
        del self._held[:length]

    def _beside(self, place: int) -> bytes:
        return self._head + place.to_bytes(8, "big")


def there(data_dir: Path, upload_uid: UUID) -> bool:
    """Whether an upload has its file."""
    return _place(data_dir, upload_uid).exists()


def remove(data_dir: Path, upload_uid: UUID) -> None:
    """Remove the file of an upload, if it is there."""
    _place(data_dir, upload_uid).unlink(missing_ok=True)


def clear(data_dir: Path, needed: frozenset[UUID], *, older_than: float) -> int:
    """Remove files of uploads that are not needed and were not touched for so many seconds; how many."""
    removed = 0
    wanted = {uid.hex for uid in needed}
    for path in _folder(data_dir).glob("*"):
        with contextlib.suppress(FileNotFoundError):
            if path.name not in wanted and path.stat().st_mtime < time.time() - older_than:
                path.unlink()
                removed += 1
    return removed


def _folder(data_dir: Path) -> Path:
    return data_dir / "uploads"


def _place(data_dir: Path, upload_uid: UUID) -> Path:
    return _folder(data_dir) / upload_uid.hex


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        told: DiskFull | DataFolderNotWritable = no_room(error, folder)
        raise told from error

"""Raw bytes of deliveries on disk: content-addressed, complete or not there at all."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from landdata.errors import DataFolderNotWritable, DeliveryEmpty, DeliveryTooLarge, DiskFull


@dataclass(frozen=True, slots=True)
class RawFile:
    """Bytes that are safely on disk."""

    sha256: bytes
    size_bytes: int


def keep(data_dir: Path, chunks: Iterator[bytes], *, max_bytes: int) -> RawFile:
    """Stream bytes to disk and give them the name of their hash.

    The file and its folder are flushed before this returns: what is acknowledged is never lost to a crash.
    Raises DeliveryTooLarge, DeliveryEmpty, DiskFull or DataFolderNotWritable, and then leaves nothing behind.
    """
    folder = data_dir / "raw"
    part = folder / f".{secrets.token_hex(8)}.part"
    digest, size = hashlib.sha256(), 0
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            for chunk in chunks:
                size += len(chunk)
                if size > max_bytes:
                    raise DeliveryTooLarge(limit=max_bytes)
                digest.update(chunk)
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
        if size == 0:
            raise DeliveryEmpty
        target = place(data_dir, digest.digest())
        target.parent.mkdir(mode=0o700, exist_ok=True)
        part.replace(target)
        _flush_folder(target.parent)
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise DiskFull from error
        raise DataFolderNotWritable(folder=str(folder)) from error
    finally:
        part.unlink(missing_ok=True)
    return RawFile(digest.digest(), size)


def place(data_dir: Path, sha256: bytes) -> Path:
    """Where the bytes with this hash are."""
    name = sha256.hex()
    return data_dir / "raw" / name[:2] / name


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

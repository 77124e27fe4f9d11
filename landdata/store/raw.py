"""Raw bytes of deliveries on disk: sealed, named by the hash of the plain bytes, complete or not there at all.

Raw deliveries hold plain citizen numbers, so no plain byte of one stays on a disk: readers get the file in a private
folder for as long as they work.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import secrets
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from landdata.errors import (
    DataFolderNotWritable,
    DeliveryEmpty,
    DeliveryTooLarge,
    DiskFull,
    KeyVersionMissing,
    RawFileDamaged,
)
from landdata.store import stream
from landdata.store.anchors import append_durably
from landdata.store.keys import RAW, Keys

# Beside copies (backup.sh): a line for all the bytes that each of them has ever consisted of.
HASHES = "SHA256SUMS"


@dataclass(frozen=True, slots=True)
class RawFile:
    """Bytes that are safely on disk; hash and size are those of the plain bytes."""

    sha256: bytes
    size_bytes: int


def keep(data_dir: Path, chunks: Iterator[bytes], *, keys: Keys, max_bytes: int, copy: Path | None = None) -> RawFile:
    """Stream bytes to disk, sealed, and give them the name of their hash.

    The file and its folder are flushed before this returns: what is acknowledged is never lost to a crash. The same
    sealed bytes are in the folder `copy` by then, on another machine's disk: nor to the loss of this one.
    Raises DeliveryTooLarge, DeliveryEmpty, DiskFull or DataFolderNotWritable, and then leaves nothing behind.
    """
    folder = data_dir / "raw"
    part = folder / f".{secrets.token_hex(8)}.part"
    digest, size = hashlib.sha256(), 0

    def measured() -> Iterator[bytes]:
        nonlocal size
        for chunk in chunks:
            size += len(chunk)
            if size > max_bytes:
                raise DeliveryTooLarge(limit=max_bytes)
            digest.update(chunk)
            yield chunk

    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            # For as long as somebody writes; a killed process lets go of it.
            fcntl.flock(out, fcntl.LOCK_EX)
            out.writelines(stream.seal(measured(), keys.raw_file, key_version=keys.active(RAW)))
            out.flush()
            os.fsync(out.fileno())
        if size == 0:
            raise DeliveryEmpty
        target = place(data_dir, digest.digest())
        target.parent.mkdir(mode=0o700, exist_ok=True)
        if copy is not None:
            _put_copy(part, place(copy, digest.digest()))
        part.replace(target)
        _flush_folder(target.parent)
    except OSError as error:
        raise no_room(error, folder) from error
    finally:
        part.unlink(missing_ok=True)
    return RawFile(digest.digest(), size)


def clear(data_dir: Path, *, older_than: float) -> int:
    """Remove unfinished files that a killed process left, untouched for so many seconds; how many there were."""
    removed = 0
    for part in (data_dir / "raw").glob(".*.part"):
        # Any of them may be finished, or removed, at this moment.
        with contextlib.suppress(FileNotFoundError, BlockingIOError), part.open("rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(held.fileno()).st_mtime < time.time() - older_than:
                part.unlink()
                removed += 1
    return removed


def lacking(data_dir: Path, copy: Path) -> int:
    """How many kept files have no copy in a folder: all of them where its disk is away."""
    return len({path.name for path in _kept(data_dir)} - {path.name for path in _kept(copy)})


def versions(data_dir: Path) -> Counter[int]:
    """How many kept files there are under which version of their key; 0 stands for those that are no sealed files."""
    found: Counter[int] = Counter()
    for path in _kept(data_dir):
        with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
            found[stream.key_version(file) or 0] += 1
    return found


def renew(data_dir: Path, keys: Keys) -> int:
    """Seal every file under the active version that is under another; returns how many.

    Whoever reads one meanwhile goes on reading what it opened. In a folder of copies the list of hashes learns the new
    bytes first: it holds all that a file may consist of. Raises RawFileDamaged, DiskFull, DataFolderNotWritable.
    """
    renewed, active, hashes = 0, keys.active(RAW), data_dir / HASHES
    for path in _kept(data_dir):
        part = data_dir / "raw" / f".{secrets.token_hex(8)}.part"
        try:
            with path.open("rb") as source:
                if stream.key_version(source) in (active, None):
                    continue
                source.seek(0)
                with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as out:
                    fcntl.flock(out, fcntl.LOCK_EX)
                    out.writelines(stream.seal(stream.unseal(source, keys.raw_file), keys.raw_file, key_version=active))
                    out.flush()
                    os.fsync(out.fileno())
                    if hashes.exists():
                        out.seek(0)
                        sealed = hashlib.file_digest(out, "sha256").hexdigest()
                        append_durably(hashes, f"{sealed}  {path.relative_to(data_dir).as_posix()}")
            part.replace(path)
            _flush_folder(path.parent)
            renewed += 1
        except FileNotFoundError:
            continue
        except stream.Damaged as error:
            raise RawFileDamaged(sha256=path.name, reason=str(error)) from error
        except OSError as error:
            raise no_room(error, data_dir / "raw") from error
        finally:
            part.unlink(missing_ok=True)
    return renewed


def _kept(data_dir: Path) -> list[Path]:
    return sorted((data_dir / "raw").glob("??/[!.]*"))


@contextmanager
def opened(data_dir: Path, sha256: bytes, keys: Keys, scratch: Path) -> Iterator[Path]:
    """The plain bytes as a file in a private folder below `scratch`, which is removed at the end of the block.

    The file is proven whole and the one that was kept before the block begins. Raises RawFileDamaged when it is not,
    or is gone, DiskFull or DataFolderNotWritable.
    """
    try:
        scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
        held = tempfile.TemporaryDirectory(prefix="raw-", dir=scratch.resolve())
    except OSError as error:
        raise no_room(error, scratch) from error
    with held as folder:
        plain = Path(folder) / "delivery"
        try:
            source = place(data_dir, sha256).open("rb")
        except OSError as error:
            raise RawFileDamaged(sha256=sha256.hex(), reason="not there") from error
        digest = hashlib.sha256()
        with source:
            try:
                with os.fdopen(os.open(plain, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                    for chunk in stream.unseal(source, keys.raw_file):
                        digest.update(chunk)
                        out.write(chunk)
            except stream.Damaged as error:
                raise RawFileDamaged(sha256=sha256.hex(), reason=str(error)) from error
            except KeyVersionMissing as error:
                raise RawFileDamaged(
                    sha256=sha256.hex(), reason=f"no key version {error.details['version']}"
                ) from error
            except OSError as error:
                raise no_room(error, scratch) from error
        if digest.digest() != sha256:
            raise RawFileDamaged(sha256=sha256.hex(), reason="another file under this name")
        yield plain


def place(data_dir: Path, sha256: bytes) -> Path:
    """Where the sealed file is whose plain bytes have this hash."""
    name = sha256.hex()
    return data_dir / "raw" / name[:2] / name


def _put_copy(part: Path, target: Path) -> None:
    """The same bytes at another place, flushed, whole or not there.

    One of before stays, though its sealing differs: the backup's list of hashes names its very bytes.
    """
    if target.exists() and target.stat().st_size == part.stat().st_size:
        return
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = target.parent / f".{secrets.token_hex(8)}.part"
    try:
        with (
            part.open("rb") as source,
            os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out,
        ):
            shutil.copyfileobj(source, out, 1 << 20)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(target)
        _flush_folder(target.parent)
    finally:
        draft.unlink(missing_ok=True)


def no_room(error: OSError, folder: Path) -> DiskFull | DataFolderNotWritable:
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return DiskFull()
    return DataFolderNotWritable(folder=str(folder))


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""Files of reports on disk: named by the hash of their bytes, whole or not there; no personal data, so they are not sealed."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import time
from collections.abc import Collection
from pathlib import Path

from landdata.errors import DataFolderNotWritable
from landdata.model.reports import Kept
from landdata.store.raw import no_room

_ORPHAN_SECONDS = 86_400


def folder_of(data_dir: Path) -> Path:
    """Where they lie."""
    return data_dir / "reports"


def keep(data_dir: Path, name: str, content: bytes) -> Kept:
    """Put a file on disk, flushed, under its hash. Raises DiskFull, DataFolderNotWritable, and leaves nothing behind."""
    folder, digest = folder_of(data_dir), hashlib.sha256(content).hexdigest()
    part = folder / f".{secrets.token_hex(8)}.part"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with part.open("xb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        part.chmod(0o600)
        part.replace(folder / digest)
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise no_room(error, folder) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink()
    return Kept(name, digest, len(content))


def read(data_dir: Path, kept: Kept) -> bytes | None:
    """Its bytes; None where they are not what was kept, or not there."""
    try:
        content = (folder_of(data_dir) / kept.sha256).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DataFolderNotWritable(folder=str(folder_of(data_dir))) from error
    return content if hashlib.sha256(content).hexdigest() == kept.sha256 else None


def clear(data_dir: Path, *, known: Collection[str], older_than: float = _ORPHAN_SECONDS) -> int:
    """Remove what a killed process left: files no report speaks of, untouched for a day; returns how many."""
    removed = 0
    with contextlib.suppress(FileNotFoundError):
        for path in folder_of(data_dir).iterdir():
            if path.name not in known and path.stat().st_mtime < time.time() - older_than:
                path.unlink(missing_ok=True)
                removed += 1
    return removed

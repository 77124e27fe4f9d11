"""One key file: its versions by number, which of them seals now, how it is made, changed and reread; no value is sealed here.

A file holds all versions of one purpose, a line each, and is replaced as a whole. A version is written down some time before
it is used from, so that every process has read it by then, and changes over without being told.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from landdata.errors import DataFolderNotWritable, KeysDamaged, KeysExposed, KeysMissing, KeyVersionMissing

logger = logging.getLogger(__name__)

SIZE = 32
# A file that was changed is seen by every process within so many seconds.
LOOK_SECONDS = 5.0
# From a version being written down to its first use: every process has looked twelve times.
PUBLISHED_SECONDS = 60.0
MOST_VERSIONS = 255


@dataclass(frozen=True, slots=True)
class Version:
    """One key of a purpose. `since` (Unix time) is when it is first used to seal; a retired one only serves searches."""

    number: int
    since: float
    key: bytes = field(repr=False)
    retired: bool = False


@dataclass(frozen=True, slots=True)
class _Now:
    """What holds from one moment to another: the version that seals, those that open (the active one first), and all."""

    begins: float
    ends: float
    active: Version
    usable: tuple[Version, ...]
    every: dict[int, Version]


class KeyFile:
    """A key file as this process has it: read when first needed, looked at again every `LOOK_SECONDS`."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self.path, self._clock = path, clock
        self._now: _Now | None = None
        self._seen: tuple[int, int, int] | None = None
        self._versions: tuple[Version, ...] = ()

    @property
    def active(self) -> Version:
        """The version that seals. Raises KeysMissing, KeysDamaged, KeysExposed when the file was never read."""
        return self._current().active

    @property
    def usable(self) -> tuple[Version, ...]:
        """The active version, then those before it that are not retired, and one that is to come. Raises as `active`."""
        return self._current().usable

    @property
    def every(self) -> tuple[Version, ...]:
        """All of them, the active one first, also retired ones: for searches in what can never be changed."""
        now = self._current()
        return (*now.usable, *(one for one in now.every.values() if one.retired))

    def version(self, number: int) -> Version:
        """The version of this number. Raises KeyVersionMissing, and as `active`."""
        found = self._current().every.get(number)
        if found is None:
            # Another machine may have a newer file than the one last looked at here.
            self._now = None
            found = self._current().every.get(number)
        if found is None:
            raise KeyVersionMissing(file=self.path.name, version=number)
        return found

    def _current(self) -> _Now:
        now, at = self._now, self._clock()
        # Also when the clock was set back: then it is not between the two either.
        if now is not None and now.begins <= at < now.ends:
            return now
        self._look()
        comes = [one.since for one in self._versions if one.since > at]
        active = active_at(self._versions, at)
        others = (one for one in reversed(self._versions) if one is not active and not one.retired)
        now = _Now(
            at, min([at + LOOK_SECONDS, *comes]), active, (active, *others),
            {one.number: one for one in self._versions},
        )  # fmt: skip
        self._now = now
        return now

    def _look(self) -> None:
        try:
            found = self.path.stat()
            seen = (found.st_mtime_ns, found.st_ino, found.st_size)
            if seen != self._seen:
                self._versions = read(self.path)
                self._seen = seen
        except (FileNotFoundError, KeysMissing) as error:
            self._kept(KeysMissing(file=self.path.name), error)
        except (OSError, KeysDamaged, KeysExposed) as error:
            self._kept(error if isinstance(error, KeysExposed) else KeysDamaged(file=self.path.name), error)

    def _kept(self, failure: KeysMissing | KeysDamaged | KeysExposed, cause: Exception) -> None:
        """A process that has the keys goes on with them: what is lost on disk is told, and no look-up fails for it."""
        if not self._versions:
            raise failure from cause
        logger.error("key file %s cannot be read any more: %s", self.path.name, type(failure).__name__)


def active_at(versions: tuple[Version, ...], moment: float) -> Version:
    """The newest version in use at a moment; the first one where the clock is behind all of them."""
    usable = [one for one in versions if not one.retired]
    return next((one for one in reversed(usable) if one.since <= moment), usable[0])


def read(path: Path) -> tuple[Version, ...]:
    """All versions, by number. A file of one bare key is version 1, in use from ever.

    Raises KeysMissing, KeysDamaged, KeysExposed.
    """
    try:
        with path.open(encoding="ascii") as file:
            if os.fstat(file.fileno()).st_mode & 0o007:
                raise KeysExposed(file=path.name)
            lines = [line for line in file.read().split("\n") if line and not line.startswith("#")]
        versions = (Version(1, 0.0, bytes.fromhex(lines[0].strip())),) if len(lines) == 1 and " " not in lines[0] else tuple(
            _parsed(line) for line in lines
        )  # fmt: skip
    except FileNotFoundError as error:
        raise KeysMissing(file=path.name) from error
    except (OSError, ValueError, IndexError) as error:
        raise KeysDamaged(file=path.name) from error
    numbers = [one.number for one in versions]
    orderly = numbers == sorted(set(numbers)) and all(0 < one <= MOST_VERSIONS for one in numbers)
    if not orderly or all(one.retired for one in versions) or any(len(one.key) != SIZE for one in versions):
        raise KeysDamaged(file=path.name)
    return versions


def make(path: Path) -> bool:
    """Make a file with a first version unless it is there; True when it was made. Raises DataFolderNotWritable."""
    if path.exists():
        return False
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise DataFolderNotWritable(folder=str(path.parent)) from error
    first = Version(1, float(int(time.time())), secrets.token_bytes(SIZE))
    return make_once(path, _spelt(path, (first,)))


def add(path: Path, *, after_seconds: float) -> Version:
    """Write down a next version, to be used in so many seconds. Raises as `read`, and DataFolderNotWritable."""
    with _changing(path) as versions:
        number = versions[-1].number + 1
        if number > MOST_VERSIONS:
            raise KeysDamaged(file=path.name)
        made = Version(number, float(int(time.time() + after_seconds)), secrets.token_bytes(SIZE))
        _replace(path, (*versions, made))
    return made


def drop(path: Path, number: int, *, keep_for_search: bool) -> None:
    """Take a version out of use: out of the file, or kept in it for searches only. Raises as `add`."""
    with _changing(path) as versions:
        kept = (replace(one, retired=True) if one.number == number else one for one in versions)
        _replace(path, tuple(one for one in kept if keep_for_search or one.number != number))


def make_once(path: Path, content: bytes) -> bool:
    """Write a secret file unless another process was first; True when it is ours. Raises DataFolderNotWritable."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        _write(fresh, content)
        try:
            os.link(fresh, path)  # fails when the name is taken: the first writer wins
        except FileExistsError:
            return False
        finally:
            fresh.unlink()
        _flush(path.parent)
    except OSError as error:
        raise DataFolderNotWritable(folder=str(path.parent)) from error
    return True


@contextmanager
def _changing(path: Path) -> Iterator[tuple[Version, ...]]:
    """The versions, while nobody else changes any file of the folder."""
    try:
        descriptor = os.open(path.parent, os.O_RDONLY)
    except OSError as error:
        raise KeysMissing(file=path.name) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield read(path)
    finally:
        os.close(descriptor)


def _replace(path: Path, versions: tuple[Version, ...]) -> None:
    """Another content in one step, under the owner, group and mode of the file that was there."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        old = path.stat()
        try:
            _write(fresh, _spelt(path, versions))
            if (old.st_uid, old.st_gid) != (os.geteuid(), os.getegid()):
                os.chown(fresh, old.st_uid, old.st_gid)
            fresh.chmod(old.st_mode & 0o770)
            fresh.replace(path)
            _flush(path.parent)
        finally:
            with contextlib.suppress(FileNotFoundError):
                fresh.unlink()
    except OSError as error:
        raise DataFolderNotWritable(folder=str(path.parent)) from error


def _write(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _spelt(path: Path, versions: tuple[Version, ...]) -> bytes:
    lines = [f"# {path.stem}: version, used from, key. Changed by `landdata keys` only; see docs/keys.md."]
    for one in versions:
        since = datetime.fromtimestamp(one.since, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        lines.append(f"{one.number} {since} {one.key.hex()}{' retired' if one.retired else ''}")
    return ("\n".join(lines) + "\n").encode()


def _parsed(line: str) -> Version:
    number, since, key, *rest = line.split()
    if rest not in ([], ["retired"]):
        raise ValueError
    return Version(int(number), datetime.fromisoformat(since).timestamp(), bytes.fromhex(key), bool(rest))

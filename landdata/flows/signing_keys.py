"""Changing the key that signs access tokens while the service runs: first published, then signing, then forgotten."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from landdata.errors import DataFolderNotWritable, KeyChangeTooEarly
from landdata.store import signing_keys as store
from landdata.store.signing_keys import State

# Who verifies our tokens may keep our keys for an hour; the longest token lives one.
PUBLISHED_SECONDS = 3600
RETIRED_SECONDS = 2 * 3600


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A signing key: its file, its state, its id in the published set, and for how many seconds it has been so."""

    name: str
    state: State
    kid: str
    seconds: int


def every(data_dir: Path) -> tuple[KeyFile, ...]:
    """All keys. Raises SigningKeyUnusable."""
    now = time.time()
    return tuple(
        KeyFile(path.name, state, store.kid_of(path), int(now - path.stat().st_mtime))
        for state in State
        for path in store.files(data_dir, state)
    )


def prepare(data_dir: Path) -> str:
    """Publish a new key that does not sign yet; returns its file name. Raises DataFolderNotWritable."""
    try:
        store.load(data_dir)
        return store.add_next(data_dir).name
    except OSError as error:
        raise DataFolderNotWritable(folder=str(store.folder_of(data_dir))) from error


def activate(data_dir: Path, *, at_once: bool = False) -> str:
    """Sign with the oldest prepared key from now on and retire those that signed; returns its file name.

    Raises KeyChangeTooEarly when none is prepared, or not for an hour unless `at_once`: whoever keeps our keys would
    not know it yet. Every step is a renaming, so a process that reads in between finds one key that signs.
    """
    prepared = store.files(data_dir, State.NEXT)
    age = time.time() - prepared[0].stat().st_mtime if prepared else 0.0
    if not prepared or (age < PUBLISHED_SECONDS and not at_once):
        raise KeyChangeTooEarly(minutes=int((PUBLISHED_SECONDS - age) // 60) + 1 if prepared else 60)
    signed = store.files(data_dir, State.ACTIVE)
    try:
        made = store.move(prepared[0], State.ACTIVE)
        for path in signed:
            store.move(path, State.RETIRED)
    except OSError as error:
        raise DataFolderNotWritable(folder=str(store.folder_of(data_dir))) from error
    return made.name


def forget(data_dir: Path) -> tuple[str, ...]:
    """Delete retired keys whose last token has ended; returns their file names."""
    past = time.time() - RETIRED_SECONDS
    old = [path for path in store.files(data_dir, State.RETIRED) if path.stat().st_mtime < past]
    for path in old:
        path.unlink()
    return tuple(path.name for path in old)

"""How the keys of an installation are made, changed and retired, and what still hangs on each; an operator's work.

`folder` is where the key files lie, `data_dir` where the raw files do, `copy` where they are a second time.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from landdata.errors import (
    CopiesMissing,
    KeyChangeUnderWay,
    KeyRetireTooEarly,
    KeysDamaged,
    KeysExposed,
    KeysLost,
    KeysMissing,
    KeyStillNeeded,
)
from landdata.store import key_files, raw, renewal
from landdata.store.engine import Database, Reader
from landdata.store.key_files import PUBLISHED_SECONDS, Version
from landdata.store.keys import FEED, INDEX, KEPT_FOR_SEARCH, PURPOSES, RAW, REQUEST, path_of

# From the next version's first use to the earliest end of the one before it: work that began under the old one is done,
# the day's quotas are counted, requests are forgotten, cursors and names of records given out have ended.
_HOUR, _DAY = 3600.0, 86_400.0
RETIRE_SECONDS = {INDEX: 2 * _DAY, REQUEST: 2 * _DAY, FEED: 91 * _DAY}


class State(StrEnum):
    """Life of a version: written down, in use, only opening, only for searches; or its file cannot be used."""

    NEXT = "next"
    ACTIVE = "active"
    FORMER = "former"
    RETIRED = "retired"
    MISSING = "missing"
    UNUSABLE = "unusable"


@dataclass(frozen=True, slots=True)
class Status:
    """A version of a key. `since` is Unix time; `values` made under it, None where nobody counts; `mode` of its file."""

    purpose: str
    number: int
    state: State
    since: float
    values: int | None
    mode: str


def status(db: Database, *, folder: Path, data_dir: Path, copy: Path | None = None) -> list[Status]:
    """Every version of every key, and how much is under it: the database is read once from end to end for each."""
    found, raws = [], _raws(data_dir, copy)
    with db.read() as tx:
        for purpose in PURPOSES:
            path = path_of(folder, purpose)
            try:
                versions = key_files.read(path)
            except (KeysMissing, KeysDamaged, KeysExposed) as error:
                state = State.MISSING if isinstance(error, KeysMissing) else State.UNUSABLE
                found.append(Status(purpose, 0, state, 0.0, _values(tx, raws, purpose, None), ""))
                continue
            mode = f"{path.stat().st_mode & 0o777:04o}"
            found += [
                Status(purpose, one.number, _state(versions, one), one.since, _values(tx, raws, purpose, one), mode)
                for one in versions
            ]
    return found


@dataclass(frozen=True, slots=True)
class Age:
    """A version of a key without what is under it. `since` is Unix time; `mode` of its file; never the key itself."""

    purpose: str
    number: int
    state: State
    since: float
    mode: str


def ages(folder: Path) -> list[Age]:
    """Every version of every key as its file tells it; a file that this process may not read, or that is away, says so."""
    found = []
    for purpose in PURPOSES:
        path = path_of(folder, purpose)
        try:
            versions = key_files.read(path)
            mode = f"{path.stat().st_mode & 0o777:04o}"
        except (KeysMissing, KeysDamaged, KeysExposed, OSError) as error:
            state = State.MISSING if isinstance(error, KeysMissing) else State.UNUSABLE
            found.append(Age(purpose, 0, state, 0.0, ""))
            continue
        found += [Age(purpose, one.number, _state(versions, one), one.since, mode) for one in versions]
    return found


def make(db: Database, *, folder: Path, data_dir: Path, copy: Path | None = None) -> tuple[str, ...]:
    """Make the key files that are not there, for a new installation or a new purpose; returns their names.

    Raises KeysLost, and makes none, where anything was made with a key that is gone.
    """
    lacking = [one for one in PURPOSES if not path_of(folder, one).exists()]
    with db.read() as tx:
        for purpose in lacking:
            there = _values(tx, _raws(data_dir, copy), purpose, None)
            if there:
                raise KeysLost(file=path_of(folder, purpose).name, count=there)
    paths = [path_of(folder, purpose) for purpose in lacking]
    return tuple(path.name for path in paths if key_files.make(path))


def rotate(*, folder: Path, purpose: str, after_seconds: float = PUBLISHED_SECONDS) -> Version:
    """Write down the next version, used from so many seconds on: by then every process has read it.

    Raises KeyChangeUnderWay while a version before the active one is not retired; KeysMissing, KeysDamaged, KeysExposed.
    """
    path = path_of(folder, purpose)
    usable = [one for one in key_files.read(path) if not one.retired]
    if len(usable) > 1:
        raise KeyChangeUnderWay(purpose=purpose, version=usable[0].number)
    return key_files.add(path, after_seconds=after_seconds)


def retire(
    db: Database, *, folder: Path, data_dir: Path, purpose: str, at_once: bool = False, copy: Path | None = None
) -> int | None:
    """Take the version before the active one out of use; its number, or None where there is none.

    `at_once` asks for no waiting, only that nothing is under it; then no worker may run that began before the change.
    Raises KeyRetireTooEarly, KeyStillNeeded, CopiesMissing; KeysMissing, KeysDamaged, KeysExposed.
    """
    path = path_of(folder, purpose)
    versions = key_files.read(path)
    active = key_files.active_at(versions, time.time())
    former = [one for one in versions if not one.retired and one.number < active.number]
    if not former:
        return None
    oldest, follower = former[0], next(one for one in versions if one.number > former[0].number)
    left = follower.since + RETIRE_SECONDS.get(purpose, _HOUR) - time.time()
    if left > 0 and not at_once:
        raise KeyRetireTooEarly(purpose=purpose, version=oldest.number, minutes=int(left // 60) + 1)
    if purpose == RAW and copy is not None and (lacking := raw.lacking(data_dir, copy)):
        raise CopiesMissing(count=lacking, folder=str(copy))
    raws = _raws(data_dir, copy)
    with db.read() as tx:
        _require_none(tx, raws, purpose, oldest)
    with db.write() as tx:
        # Counted again while nobody writes: what was copied meanwhile from a row of before is seen.
        renewal.alone(tx)
        _require_none(tx, raws, purpose, oldest)
        key_files.drop(path, oldest.number, keep_for_search=purpose in KEPT_FOR_SEARCH)
    return oldest.number


def _require_none(tx: Reader, raws: list[Path], purpose: str, version: Version) -> None:
    there = _values(tx, raws, purpose, version)
    if there:
        raise KeyStillNeeded(purpose=purpose, version=version.number, count=there)


def _raws(data_dir: Path, copy: Path | None) -> list[Path]:
    return [data_dir] if copy is None else [data_dir, copy]


def _values(tx: Reader, raws: list[Path], purpose: str, version: Version | None) -> int | None:
    if purpose == RAW:
        kept = sum((raw.versions(one) for one in raws), Counter[int]())
        return sum(kept.values()) if version is None else kept[version.number]
    if purpose == FEED:
        return renewal.count_shown(tx) if version is None else None
    if purpose == REQUEST and version is not None:
        return None
    return renewal.count(tx, purpose, None if version is None else version.number)


def _state(versions: tuple[Version, ...], one: Version) -> State:
    active = key_files.active_at(versions, time.time())
    if one.retired:
        return State.RETIRED
    if one.number == active.number:
        return State.ACTIVE
    return State.NEXT if one.number > active.number else State.FORMER

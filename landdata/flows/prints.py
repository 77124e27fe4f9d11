"""Tells whether two databases hold the same country, by sums of each commune and delivery; changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from landdata.errors import DataFolderNotWritable, PrintsUnreadable
from landdata.model.rebuild import Difference, Print, Prints, differences
from landdata.store import migrate, prints
from landdata.store.engine import Database
from landdata.store.keys import Keys

Progress = Callable[[int, int], None]
_FORM = "landdata prints 1"


def taken(db: Database, *, ended: bool = True, progress: Progress = lambda _done, _all: None) -> Prints:
    """The prints of what a database holds, in one snapshot. `ended`: see `store.prints.sums`."""
    found: dict[tuple[str, str], Print] = {}
    every = prints.parts()
    with db.read() as tx:
        for done, part in enumerate(every, start=1):
            found |= {(part, place): one for place, one in prints.sums(tx, part, ended=ended)}
            progress(done, len(every))
    return found


def compare(
    was: Database, now: Database, *, keys: Keys, progress: Progress = lambda _done, _all: None
) -> tuple[Difference, ...]:
    """Where a country is not what it was, both read at once."""
    ended = all_hashes(was, keys)
    with ThreadPoolExecutor(1) as pool:
        old = pool.submit(taken, was, ended=ended)
        new = taken(now, ended=ended, progress=progress)
        return differences(old.result(), new)


def all_hashes(db: Database, keys: Keys) -> bool:
    """Whether every hash of a record can be made again: the versions of the key that made them are all there."""
    with db.read() as tx:
        return not prints.hashed_otherwise(tx, [number for number, _ in keys.row_keys()])


def save(db: Database, path: Path, *, keys: Keys, progress: Progress = lambda _done, _all: None) -> int:
    """Write the prints into a file, to be kept with a backup; returns how many. They are sums and name nobody.

    Raises DataFolderNotWritable.
    """
    ended = all_hashes(db, keys)
    found = taken(db, ended=ended, progress=progress)
    lines = [
        {
            "form": _FORM, "migration": migrate.revision(db), "ended": ended,
            "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
        },
        *([part, place, one.rows, one.sum] for (part, place), one in sorted(found.items())),
    ]  # fmt: skip
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise DataFolderNotWritable(folder=str(path.parent)) from error
    return len(found)


def against(path: Path, now: Database, *, progress: Progress = lambda _done, _all: None) -> tuple[Difference, ...]:
    """Where a country is not what a file of prints says. Raises PrintsUnreadable."""
    head, was = _read(path)
    return differences(was, taken(now, ended=head, progress=progress))


def _read(path: Path) -> tuple[bool, Prints]:
    try:
        head, *lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        if head["form"] != _FORM:
            raise PrintsUnreadable(file=path.name)
        return bool(head["ended"]), {(part, place): Print(rows, total) for part, place, rows, total in lines}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PrintsUnreadable(file=path.name) from error

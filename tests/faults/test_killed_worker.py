"""A worker killed at any moment leaves whole communes only, and started again ends where an undisturbed one ends."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import pytest
from syncworld import Process, communes, contents, hand_in, state_of, unbalanced, until, value, worker

from landdata.flows import publish
from landdata.settings import Settings
from landdata.store import keys as key_files
from landdata.store.engine import Database
from landdata.store.raw import opened


def test_five_kills(country, country_url, office, undisturbed, files, tmp_path, small_steps):
    _disturb(country, small_steps(worker(country_url, tmp_path)), undisturbed, files, tmp_path, kills=5)


@pytest.mark.full
def test_fifty_kills(country, country_url, office, undisturbed, files, tmp_path, small_steps):
    _disturb(country, small_steps(worker(country_url, tmp_path)), undisturbed, files, tmp_path, kills=50)


def _disturb(
    db: Database, process: Process, undisturbed: Database, files: Sequence[Path], folder: Path, *, kills: int
) -> None:
    """The files in turn, as often as there are kills to be made; each delivery is compared with the same one in peace."""
    chance = random.Random(2026)
    left, delivered = kills, 0
    while left or delivered < 2:
        file, key = files[delivered % len(files)], f"delivery-{delivered}"
        before = communes(undisturbed)
        assert communes(db) == before
        seconds = _in_peace(undisturbed, folder, file, key)
        after = communes(undisturbed)
        receipt = hand_in(db, folder, file, key)

        def ended(uid: UUID = receipt.delivery_uid) -> bool:
            return state_of(db, uid) == "PUBLISHED"

        share = min(left, 3 if kills < 10 else 6)
        for number in range(share):
            process.start()
            # Half of the kills fall into the publication itself, the others at any moment from the start on.
            if number % 2:
                until(lambda: _steps(db) or ended())
                time.sleep(chance.uniform(0.0, 0.4 * seconds))
            else:
                time.sleep(chance.uniform(0.8, 1.5 + seconds))
            process.end()
            left -= 1
            _whole(db, before, after)
            if ended():
                break
        with process:
            until(ended, what=key)
        with opened(folder, bytes.fromhex(receipt.sha256), key_files.make_all(folder), folder / "look") as plain:
            assert hashlib.sha256(plain.read_bytes()).hexdigest() == receipt.sha256
        assert unbalanced(db) == 0
        delivered += 1
    assert contents(db) == contents(undisturbed)


def _in_peace(db: Database, folder: Path, file: Path, key: str) -> float:
    """The same delivery by one call; returns how many seconds it took."""
    start = time.monotonic()
    receipt = hand_in(db, folder, file, key)
    settings = Settings(data_dir=folder)
    keys = key_files.make_all(folder)
    assert publish.deliver(db, delivery_uid=receipt.delivery_uid, settings=settings, keys=keys) == "PUBLISHED"
    return time.monotonic() - start


def _steps(db: Database) -> int:
    return int(value(db, "SELECT count(*) FROM sync.step JOIN sync.run USING (run_id) WHERE outcome IS NULL"))


def _whole(db: Database, before: dict[int, str], after: dict[int, str]) -> None:
    """Right after a kill every commune is as it was or as it is to be: the server may still end a commit it was asked for."""
    now = communes(db)
    for unit_id in before.keys() | after.keys():
        assert now.get(unit_id) in {before.get(unit_id), after.get(unit_id)}, f"half a commune: {unit_id}"

"""The book of used proofs: shared by processes, bounded, and never forgetting what could still be replayed."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from api.oauth.replays import SPAN_SECONDS, BookFullError, ReplayBook, TooOldError, book_of
from landdata.errors import DataFolderNotWritable

NOW = 1_800_000_000.0


@pytest.fixture
def book(tmp_path):
    made = ReplayBook(tmp_path / "one.book", slots=1024)
    made._map[40:48] = bytes(8)  # it began long ago
    yield made
    made.close()


def use_all(path: str, words: list[str], now: float) -> list[bool]:
    book = ReplayBook(Path(path), slots=1024)
    try:
        return [book.use(word, int(now), now) for word in words]
    finally:
        book.close()


def use_together(path: str, count: int, now: float, start: Any) -> int:
    start.wait(60)
    return sum(use_all(path, [f"proof {number}" for number in range(count)], now))


def test_each_proof_is_good_once_in_all_processes_together(tmp_path):
    """Four processes walk through the same proofs side by side."""
    path, count = tmp_path / "one.book", 700
    assert use_all(str(path), [], 0) == []
    now, context = time.time() + 1, get_context("spawn")
    with context.Manager() as manager, ProcessPoolExecutor(4, mp_context=context) as pool:
        start = manager.Barrier(4)
        found = [pool.submit(use_together, str(path), count, now, start) for _ in range(4)]
        assert sum(one.result() for one in found) == count
    assert path.stat().st_mode & 0o777 == 0o600


def test_nobody_reads_while_another_process_writes(book, tmp_path):
    """Two that looked at once would both find the place empty."""
    with (tmp_path / "one.book").open("rb") as other, ThreadPoolExecutor(1) as pool:
        fcntl.flock(other, fcntl.LOCK_EX)
        using = pool.submit(book.use, "a", int(NOW), NOW)
        with pytest.raises(TimeoutError):
            using.result(0.2)
        fcntl.flock(other, fcntl.LOCK_UN)
        assert using.result(10)


def test_what_a_killed_process_answered_stays_used(tmp_path):
    path, now = tmp_path / "one.book", time.time() + 1
    code = f"from tests.api.test_replays import *; use_all({str(path)!r}, ['a'], {now}); os.kill(os.getpid(), 9)"
    done = subprocess.run([sys.executable, "-c", code], check=False, env={**os.environ, "PYTHONPATH": "."})
    assert done.returncode == -9
    assert use_all(str(path), ["a", "b"], now) == [False, True]


def test_a_proof_is_remembered_for_as_long_as_it_is_good_and_room_comes_back(book):
    for start in range(0, 40 * SPAN_SECONDS, 7):
        now = NOW + start
        for at in (int(now) - 60, int(now), int(now) + 10):
            book.use(f"{start} {at}", at, now)
            assert not book.use(f"{start} {at}", at, now)
    # 60 s before the end, everything that is still good is still known.
    assert not book.use(f"{start} {int(now) + 10}", int(now) + 10, now + 69)
    for area, (_, count) in enumerate(book._counts()):
        marks = book._map[book._start(area) : book._start(area + 1)]
        assert sum(marks[at : at + 8] != bytes(8) for at in range(0, len(marks), 8)) == count < 40


def test_a_full_span_refuses_and_the_next_one_takes_again(book):
    for number in range(768):
        assert book.use(str(number), int(NOW), NOW)
    with pytest.raises(BookFullError):
        book.use("one more", int(NOW), NOW)
    assert not book.use("0", int(NOW), NOW)
    assert book.use("one more", int(NOW) + SPAN_SECONDS, NOW + SPAN_SECONDS)


def test_a_proof_older_than_the_book_is_not_taken(tmp_path):
    book, now = ReplayBook(tmp_path / "new.book", slots=1024), time.time()
    with pytest.raises(TooOldError):
        book.use("a", int(now) - 30, now)
    assert book.use("b", int(now) + 1, now)
    book.close()


def test_a_clock_that_was_ahead_stops_nobody_for_long_and_forgets_nothing(book):
    assert book.use("a", int(NOW), NOW)
    assert book.use("ahead", int(NOW) + 7200, NOW + 7200)
    for word in ("a", "b"):
        with pytest.raises(TooOldError):
            book.use(word, int(NOW) + 5, NOW + 5)
    assert book.use("c", int(NOW) + 20, NOW + 20)
    assert not book.use("c", int(NOW) + 20, NOW + 20)


def test_the_book_of_a_machine_is_its_own_and_old_ones_go(tmp_path, monkeypatch):
    folder = tmp_path / "proofs"
    book_of(tmp_path).close()
    [first] = folder.iterdir()
    monkeypatch.setattr("api.oauth.replays._BOOT_ID", tmp_path / "no such file")
    book_of(tmp_path).close()
    assert len(list(folder.iterdir())) == 2
    os.utime(first, (0, 0))
    book_of(tmp_path).close()
    assert first not in list(folder.iterdir())


def test_a_folder_that_cannot_be_written_is_one_clear_message(tmp_path):
    (tmp_path / "proofs").write_text("")
    with pytest.raises(DataFolderNotWritable):
        book_of(tmp_path)

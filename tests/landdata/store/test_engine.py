"""A pool whose connections are all taken: one waits its time, the others are told at once, until one comes back."""

from __future__ import annotations

import io
import threading
import time
from contextlib import closing

import pytest
from copies import run
from sqlalchemy import text

from landdata.errors import DatabaseUnavailable, DiskFull
from landdata.store.engine import Database


def waited(db: Database) -> float:
    """Seconds until a caller is told that there is no connection."""
    start = time.monotonic()
    with pytest.raises(DatabaseUnavailable), db.read():
        pass
    return time.monotonic() - start


def test_who_comes_after_one_that_waited_in_vain_does_not_wait(database_url):
    with closing(Database(database_url, pool_size=1, wait_seconds=1)) as db:
        with db.read():
            assert waited(db) >= 1
            assert sum(waited(db) for _ in range(50)) < 1
        for _ in range(2):
            with db.read() as tx:
                assert tx.connection.scalar(text("SELECT 1")) == 1


def test_a_pool_that_moves_is_waited_for(database_url):
    with closing(Database(database_url, pool_size=1, wait_seconds=30)) as db:
        done: list[int] = []

        def ask(number: int) -> None:
            with db.read() as tx:
                tx.connection.execute(text("SELECT pg_sleep(0.01)"))
            done.append(number)

        asking = [threading.Thread(target=ask, args=(number,)) for number in range(20)]
        for one in asking:
            one.start()
        for one in asking:
            one.join()
        assert sorted(done) == list(range(20))


def test_after_it_moved_the_next_one_waits_again(database_url):
    with closing(Database(database_url, pool_size=1, wait_seconds=1)) as db:
        with db.read():
            waited(db)
        with db.read():
            assert waited(db) >= 1


def test_what_copy_meets_is_told_by_its_code(database, admin_url):
    """It comes from the driver itself, past the layer that knows what a lost session is."""

    def cut_off() -> None:
        with database.write() as tx, tx.raw.cursor() as cursor:
            run(admin_url, f"SELECT pg_terminate_backend({tx.raw.info.backend_pid})")
            cursor.copy_expert("COPY (SELECT 1) TO STDOUT", io.BytesIO())

    def no_room() -> None:
        with database.write() as tx, tx.raw.cursor() as cursor:
            cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = '53100'; END $$")

    with pytest.raises(DatabaseUnavailable):
        cut_off()
    with pytest.raises(DiskFull):
        no_room()
    with database.read() as tx:
        assert tx.connection.scalar(text("SELECT 1")) == 1

"""Windows onto parcels: the same answers for a thread and for the event loop, and what becomes of lines that break."""

from __future__ import annotations

import asyncio
from contextlib import closing
from typing import Any

import pytest
from copies import run
from sqlalchemy import text

from landdata.errors import DatabaseUnavailable
from landdata.model.tiles import ParcelReader
from landdata.store import mapping, roles
from landdata.store.mapping import Windows
from landdata.store.roles import Role

MINISTRY, NOBODY = ParcelReader("MAE", "lan"), ParcelReader("XX", "ai")
SIGHT = "SELECT current_setting('landdata.sight'), %(word)s"


@pytest.fixture
def windows(shared_desk):
    url = shared_desk.db.engine.url.render_as_string(hide_password=False)
    with (
        closing(roles.connect(url, Role.MAP, pool_size=1)) as db,
        closing(Windows(db, size=2, wait_seconds=0.2)) as made,
    ):
        yield made


def thread(windows: Windows, *asked: Any, **more: Any) -> Any:
    return windows.ask(*asked, **more)


def loop(windows: Windows, *asked: Any, **more: Any) -> Any:
    """What the event loop is given, read: its text comes as bytes."""
    return _read(asyncio.run(windows.asked(*asked, **more)))


def _read(rows: Any) -> Any:
    assert not any(isinstance(one, str) for row in rows for one in row)
    return [tuple(one.decode() if isinstance(one, bytes) else one for one in row) for row in rows]


DOORS = pytest.mark.parametrize("ask", [thread, loop])


@DOORS
@pytest.mark.parametrize("planned", [False, True])
def test_each_statement_sees_what_its_reader_may_see(windows, ask, planned):
    word = "text" if planned else None
    statement = SIGHT.replace("%(word)s", "%(word)s::text") if word else SIGHT
    for _ in range(2):
        assert ask(windows, MINISTRY, statement, {"word": "a"}, planned=planned) == [("country", "a")]
        assert ask(windows, NOBODY, statement, {"word": "b"}, planned=planned) == [("", "b")]


@DOORS
def test_a_long_answer_comes_whole(windows, ask):
    rows = ask(windows, MINISTRY, "SELECT n, repeat('ữ', 1000) FROM generate_series(1, 3000) n", {})
    assert (len(rows), rows[-1][0], len(rows[-1][1])) == (3000, 3000, 1000)


@DOORS
def test_a_wrong_statement_is_an_error_and_the_line_stays(windows, ask):
    ask(windows, MINISTRY, SIGHT, {"word": "a"})
    (line,) = windows._idle
    with pytest.raises(Exception, match="no_such_column"):
        ask(windows, MINISTRY, "SELECT no_such_column", {})
    assert ask(windows, MINISTRY, SIGHT, {"word": "a"}) == [("country", "a")]
    assert windows._idle == [line]


@DOORS
def test_several_dead_lines_cost_one_more_try(windows, ask, shared_desk, admin_url):
    async def both() -> None:
        await asyncio.gather(*(windows.asked(MINISTRY, "SELECT pg_sleep(0.1)", {}) for _ in range(2)))

    asyncio.run(both())
    assert len(windows._idle) == 2
    name = shared_desk.db.engine.url.database
    run(
        admin_url,
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}' AND usename LIKE '%_map'",
    )
    assert ask(windows, MINISTRY, SIGHT, {"word": "a"}) == [("country", "a")]


@DOORS
def test_a_statement_that_is_given_up_is_no_error_of_ours(windows, ask):
    with pytest.raises(DatabaseUnavailable):
        ask(windows, MINISTRY, "SELECT set_config('statement_timeout', '50', true); SELECT pg_sleep(5)", {})
    assert ask(windows, MINISTRY, SIGHT, {"word": "a"}) == [("country", "a")]


@DOORS
def test_an_answer_that_never_comes_is_not_waited_for(windows, ask, monkeypatch):
    monkeypatch.setattr(mapping, "_ANSWERING", 0.2)
    with pytest.raises(DatabaseUnavailable):
        ask(windows, MINISTRY, "SELECT pg_sleep(5)", {})
    assert not windows._idle, "its answer would be the next one's"
    monkeypatch.setattr(mapping, "_ANSWERING", 25.0)
    assert ask(windows, MINISTRY, SIGHT, {"word": "a"}) == [("country", "a")]


@DOORS
def test_a_server_that_is_not_there_is_told(ask):
    nowhere = roles.connect("postgresql://landdata@127.0.0.1:1/none", Role.MAP, pool_size=1)
    with closing(nowhere) as db, closing(Windows(db, size=1)) as none, pytest.raises(DatabaseUnavailable):
        ask(none, MINISTRY, SIGHT, {"word": "a"})


def test_whoever_goes_away_leaves_nothing_behind(windows):
    async def left() -> Any:
        task = asyncio.ensure_future(windows.asked(MINISTRY, "SELECT pg_sleep(5)", {}))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return _read(await windows.asked(MINISTRY, SIGHT, {"word": "a"}))

    assert asyncio.run(left()) == [("country", "a")]


def test_many_are_served_at_once_and_one_too_many_is_told(windows):
    async def crowd(many: int, seconds: float) -> list[Any]:
        asked = [windows.asked(MINISTRY, f"SELECT pg_sleep({seconds})", {}) for _ in range(many)]
        return await asyncio.gather(*asked, return_exceptions=True)

    async def day() -> list[list[Any]]:
        return [await crowd(6, 0.01), await crowd(3, 0.6)]

    quick, ended = asyncio.run(day())
    assert [len(one) for one in quick] == [1] * 6
    assert [type(one) for one in ended].count(DatabaseUnavailable) == 1
    assert windows.waiting == 0


def test_a_thread_that_finds_all_places_taken_is_told(shared_desk, windows):
    windows._thread_places.acquire()
    with pytest.raises(DatabaseUnavailable):
        windows.ask(MINISTRY, SIGHT, {"word": "a"})
    windows._thread_places.release()
    with shared_desk.db.read() as tx:
        assert tx.connection.scalar(text("SELECT 1")) == 1

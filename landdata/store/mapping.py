"""Connections of the map's role: each statement runs with what its caller may see, in one way to the server and back.

Whoever waits for an answer is a thread that makes a page, or the event loop, which has tiles and features to give to many
at once and no thread for each. What is said to the server is the same: a conversation that yields wherever it waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Mapping, Sequence
from select import select
from threading import BoundedSemaphore
from time import monotonic
from typing import Any
from weakref import WeakKeyDictionary

from psycopg2 import Error, OperationalError
from psycopg2.extensions import BYTES, POLL_OK, POLL_READ, register_type
from psycopg2.extensions import connection as RawConnection  # noqa: N812 - psycopg2's own spelling

from landdata.errors import DatabaseUnavailable
from landdata.model.tiles import ParcelReader
from landdata.store.engine import Database, gave_up

# In the transaction of the statement that follows, and no further: nothing of one caller is left for the next. The
# ministry's people see the country; an office that is not there sees nothing.
_SIGHT = """
PREPARE sight (text) AS SELECT set_config('landdata.sight', CASE WHEN o.kind = 'MINISTRY' THEN 'country' ELSE '' END, true),
  set_config('landdata.office', coalesce(o.office_id::text, ''), true)
FROM (SELECT) one LEFT JOIN org.office o ON o.code = $1
"""
# Planning the views costs as much as a parcel by its id: what has the same plan wherever it looks is planned once.
_SESSION = "SELECT set_config('jit', 'off', false), set_config('plan_cache_mode', 'force_generic_plan', false)"
# Statements of one kind that a connection keeps planned; there are a handful.
_MOST_PREPARED = 50
# Seconds for a connection to open, and for a statement: longer than the role's own patience (`roles.py`).
_OPENING, _ANSWERING = 3.0, 25.0

Rows = Sequence[tuple[Any, ...]]
# A connection whose answer has to be waited for, and for how many seconds.
_Wait = tuple[RawConnection, float]
_Talk = Generator[_Wait, None, Rows]


class Windows:
    """Connections, opened when they are first needed: `size` for the event loop and half as many for threads.

    Whoever finds all of them taken waits for `wait_seconds`.
    """

    def __init__(self, db: Database, *, size: int, wait_seconds: float = 10) -> None:
        self._db, self._wait_seconds = db, wait_seconds
        self._planned: WeakKeyDictionary[RawConnection, dict[str, str]] = WeakKeyDictionary()
        self._idle: list[RawConnection] = []  # its appending and popping are atomic
        self._loop_places = asyncio.Semaphore(size)
        self._thread_places = BoundedSemaphore(max(1, size // 2))
        self.waiting = 0  # questions of the event loop that wait for a place

    def ask(self, reader: ParcelReader, statement: str, values: Mapping[str, Any], *, planned: bool = False) -> Rows:
        """Rows of one statement, which sees what the reader may see, for a thread; `planned`: once for all values.

        Raises DatabaseUnavailable.
        """
        if not self._thread_places.acquire(timeout=self._wait_seconds):
            raise DatabaseUnavailable
        talk = self._talk(reader, statement, values, planned=planned)
        try:
            waits = next(talk)
            while True:
                try:
                    _wait(*waits)
                except Error as error:
                    waits = talk.throw(error)
                else:
                    waits = next(talk)
        except StopIteration as ended:
            return ended.value  # type: ignore[no-any-return]
        finally:
            talk.close()
            self._thread_places.release()

    async def asked(
        self, reader: ParcelReader, statement: str, values: Mapping[str, Any], *, planned: bool = False
    ) -> Rows:
        """The same for the event loop; text comes as the bytes (UTF-8) that are to be sent on. Raises DatabaseUnavailable."""
        await self._enter()
        talk = self._talk(reader, statement, values, planned=planned, as_bytes=True)
        try:
            waits = next(talk)
            while True:
                try:
                    await _waited(*waits)
                except Error as error:
                    waits = talk.throw(error)
                else:
                    waits = next(talk)
        except StopIteration as ended:
            return ended.value  # type: ignore[no-any-return]
        finally:
            talk.close()
            self._loop_places.release()

    async def _enter(self) -> None:
        if not self._loop_places.locked():
            await self._loop_places.acquire()  # at once
            return
        self.waiting += 1
        try:
            async with asyncio.timeout(self._wait_seconds):
                await self._loop_places.acquire()
        except TimeoutError:
            raise DatabaseUnavailable from None
        finally:
            self.waiting -= 1

    def _talk(
        self,
        reader: ParcelReader,
        statement: str,
        values: Mapping[str, Any],
        *,
        planned: bool,
        as_bytes: bool = False,
    ) -> _Talk:
        """What is said to the server; ends with the rows."""
        connection: RawConnection | None = None
        try:
            for fresh in (False, True):
                connection = self._idle.pop() if self._idle and not fresh else (yield from self._open())
                try:
                    text = (yield from self._prepared(connection, statement, values)) if planned else statement
                    return (yield from self._put(connection, reader, text, values, as_bytes=as_bytes))
                except Error as error:
                    if connection.closed and not fresh:
                        continue  # the line was dead before; these only read
                    if connection.closed or connection.isexecuting() or gave_up(error):
                        raise DatabaseUnavailable from error
                    raise
            raise DatabaseUnavailable
        finally:
            if connection is not None and not connection.closed:
                # Whoever went away in the middle leaves an answer on the line that is nobody else's.
                if connection.isexecuting():
                    connection.close()
                else:
                    self._idle.append(connection)

    @staticmethod
    def _put(
        connection: RawConnection, reader: ParcelReader, text: str, values: Mapping[str, Any], *, as_bytes: bool
    ) -> _Talk:
        with connection.cursor() as cursor:
            if as_bytes:
                register_type(BYTES, cursor)
            # Several statements sent as one are one transaction.
            cursor.execute(f"EXECUTE sight (%(its_office)s);{text}", {**values, "its_office": reader.office_code})
            yield connection, _ANSWERING
            return cursor.fetchall()

    def _prepared(
        self, connection: RawConnection, statement: str, values: Mapping[str, Any]
    ) -> Generator[_Wait, None, str]:
        """The call of a statement that the connection keeps planned."""
        known = self._planned.setdefault(connection, {})
        if statement not in known:
            if len(known) >= _MOST_PREPARED:
                return statement
            name, numbered = f"asked_{len(known)}", {key: f"${at}" for at, key in enumerate(values, 1)}
            with connection.cursor() as cursor:
                cursor.execute(f"PREPARE {name} AS {statement % numbered}")
                yield connection, _ANSWERING
            known[statement] = name
        return f"EXECUTE {known[statement]} ({', '.join(f'%({key})s' for key in values)})"

    def close(self) -> None:
        """Close those that nobody uses."""
        while self._idle:
            self._idle.pop().close()

    def _open(self) -> Generator[_Wait, None, RawConnection]:
        connection = self._db.polled_connection()
        try:
            yield connection, _OPENING
            with connection.cursor() as cursor:
                for first in (_SESSION, _SIGHT):
                    cursor.execute(first)
                    yield connection, _OPENING
        except Error as error:
            connection.close()
            raise DatabaseUnavailable from error
        except GeneratorExit:
            connection.close()
            raise
        return connection


def _wait(connection: RawConnection, seconds: float) -> None:
    """Until the answer is there. Raises OperationalError when it does not come, and what it tells."""
    end = monotonic() + seconds
    while (state := connection.poll()) != POLL_OK:
        line = [connection.fileno()]
        left = max(0.0, end - monotonic())
        if not any(select(line, [], [], left) if state == POLL_READ else select([], line, [], left)):
            raise OperationalError("no answer")


async def _waited(connection: RawConnection, seconds: float) -> None:
    """The same in the event loop."""
    if (state := connection.poll()) == POLL_OK:
        return
    loop, line = asyncio.get_running_loop(), connection.fileno()
    answered: asyncio.Future[None] = loop.create_future()
    leave: Callable[[int], object]

    def look() -> None:
        nonlocal state, leave
        try:
            found = connection.poll()  # a long answer comes in many pieces
        except Error as error:
            _end(answered, error)
            return
        if found == POLL_OK:
            _end(answered)
        elif found != state:
            leave(line)
            state, leave = found, _watch(loop, line, found, look)

    leave = _watch(loop, line, state, look)
    patience = loop.call_later(seconds, _end, answered, OperationalError("no answer"))
    try:
        await answered
    finally:
        patience.cancel()
        leave(line)


def _watch(loop: asyncio.AbstractEventLoop, line: int, state: int, look: Callable[[], None]) -> Callable[[int], object]:
    """Have it looked at whenever it can go on; returns how to leave that."""
    if state == POLL_READ:
        loop.add_reader(line, look)
        return loop.remove_reader
    loop.add_writer(line, look)
    return loop.remove_writer


def _end(answered: asyncio.Future[None], error: Exception | None = None) -> None:
    if answered.done():
        return
    if error is None:
        answered.set_result(None)
    else:
        answered.set_exception(error)

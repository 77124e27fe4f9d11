"""Connections of the map's role: each statement runs with what its caller may see, in one way to the server and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from queue import Empty, LifoQueue
from typing import Any
from weakref import WeakKeyDictionary

from psycopg2 import Error
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
# Tries on connections that turn out to be dead.
_TRIES = 2


class Windows:
    """So many connections, opened when they are first needed; as many callers may ask at once, the others wait."""

    def __init__(self, db: Database, *, size: int, wait_seconds: float = 2) -> None:
        self._db, self._wait_seconds = db, wait_seconds
        self.size = size
        self._planned: WeakKeyDictionary[RawConnection, dict[str, str]] = WeakKeyDictionary()
        self._idle: LifoQueue[RawConnection | None] = LifoQueue()
        for _ in range(size):
            self._idle.put(None)

    def ask(
        self, reader: ParcelReader, statement: str, values: Mapping[str, Any], *, planned: bool = False
    ) -> Sequence[tuple[Any, ...]]:
        """Rows of one statement, which sees what the reader may see; `planned`: once for all values.

        Raises DatabaseUnavailable.
        """
        try:
            connection = self._idle.get(timeout=self._wait_seconds)
        except Empty:
            raise DatabaseUnavailable from None
        try:
            for left in range(_TRIES, 0, -1):
                connection = connection or self._open()
                try:
                    with connection.cursor() as cursor:
                        text = self._prepared(connection, statement, values) if planned else statement
                        # Several statements sent as one are one transaction.
                        cursor.execute(
                            f"EXECUTE sight (%(its_office)s);{text}", {**values, "its_office": reader.office_code}
                        )
                        return cursor.fetchall()
                except Error as error:
                    if connection.closed and left > 1:
                        connection = None  # the line was dead before; these only read
                    elif connection.closed or gave_up(error):
                        raise DatabaseUnavailable from error
                    else:
                        raise
            raise DatabaseUnavailable
        finally:
            self._idle.put(connection if connection is not None and not connection.closed else None)

    def _prepared(self, connection: RawConnection, statement: str, values: Mapping[str, Any]) -> str:
        """The call of a statement that the connection keeps planned."""
        known = self._planned.setdefault(connection, {})
        if statement not in known:
            if len(known) >= _MOST_PREPARED:
                return statement
            name, numbered = f"asked_{len(known)}", {key: f"${at}" for at, key in enumerate(values, 1)}
            with connection.cursor() as cursor:
                cursor.execute(f"PREPARE {name} AS {statement % numbered}")
            known[statement] = name
        return f"EXECUTE {known[statement]} ({', '.join(f'%({key})s' for key in values)})"

    def close(self) -> None:
        """Close those that nobody uses."""
        for _ in range(self.size):
            try:
                connection = self._idle.get_nowait()
            except Empty:
                return
            if connection is not None:
                connection.close()

    def _open(self) -> RawConnection:
        connection = self._db.own_connection()
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(_SESSION)
                cursor.execute(_SIGHT)
        except Error as error:
            connection.close()
            raise DatabaseUnavailable from error
        return connection

"""Calls the gate function: the only statement through which personal land data is read for others."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from psycopg2 import Error
from psycopg2.extensions import connection as RawConnection  # noqa: N812 - psycopg2's own spelling

from landdata.errors import AccessLogUnwritten, DatabaseUnavailable
from landdata.store.engine import Database, gave_up

Question = dict[str, Any]

_COLUMNS = (
    "access_id, status, reason, fields_mask, agreed_mask, record_version, simulated, body, agreement, party_id, "
    "coverage_as_of, units_withheld"
)
_PREPARE = f'PREPARE gate (jsonb) AS SELECT {_COLUMNS} FROM share.read_land_records($1) ORDER BY "position"'
_DURABLE = "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
_EXECUTE = "EXECUTE gate (%s)"
# No right to write the row, no disk or memory for it, a damaged file, no table: the fault is ours, whatever was asked.
_UNWRITABLE = frozenset({"42501", "42P01", "53000", "53100", "53200", "58000", "58030", "XX001"})
_NO_PARTITION = "23514"


class GateRow(NamedTuple):
    """What the gate says to one request; its log row is written in the same transaction. `body` is a JSON object.

    `agreement` is its code, and `party_id` the citizen found, None where nobody was; neither leaves the service.
    `coverage_as_of` is when the request was first answered, `units_withheld` that what lies outside the agreement's units
    was left out.
    """

    access_id: int
    status: str
    reason: str | None
    fields_mask: int
    agreed_mask: int | None
    record_version: str | None
    simulated: bool
    body: str
    agreement: str | None
    party_id: int | None
    coverage_as_of: datetime
    units_withheld: bool


Outcome = GateRow | Exception


class Gate:
    """A connection of its own on which the gate is prepared; one thread at a time may ask.

    It asks again once on a connection that turns out to be dead: a request that was answered before the line broke
    is then answered again, as its consumer's own repetition would be.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._connection: RawConnection | None = None

    def ask(self, questions: Sequence[Question]) -> list[Outcome]:
        """What became of each question, in order; the log rows of those answered are on disk.

        One that the database cannot take spoils no other: then each is asked alone. A database that does not answer
        is DatabaseUnavailable for each, one that cannot write the log AccessLogUnwritten.
        """
        try:
            return list(self._answered(questions))
        except (DatabaseUnavailable, AccessLogUnwritten) as error:
            return [type(error)() for _ in questions]
        except Exception as error:  # noqa: BLE001 - whatever it was: each of them gets an outcome, or waits for ever
            if len(questions) == 1:
                return [error]
            return [outcome for one in questions for outcome in self.ask([one])]

    def close(self) -> None:
        """Close the connection; the next question opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _answered(self, questions: Sequence[Question]) -> list[GateRow]:
        stale = self._connection is not None
        try:
            return self._asked(questions)
        except Error as error:
            if self._connection is not None:
                raise
            if not stale:
                raise DatabaseUnavailable from error
        # The line was dead before: now another is opened.
        return self._answered(questions)

    def _asked(self, questions: Sequence[Question]) -> list[GateRow]:
        connection = self._connection or self._open()
        try:
            # Every statement is a transaction: when it returns, its commit is on disk.
            with connection.cursor() as cursor:
                cursor.execute(_EXECUTE, (_text(questions),))
                return [GateRow(*row) for row in cursor.fetchall()]
        except Error as error:
            if connection.closed:
                self.close()
            elif gave_up(error):
                raise DatabaseUnavailable from error
            elif _unwritable(error):
                raise AccessLogUnwritten from error
            raise

    def _open(self) -> RawConnection:
        connection = self._connection = self._db.own_connection()
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                # Whatever a database or role is set to: no answer leaves before its log row is on disk.
                cursor.execute(_DURABLE)
                cursor.execute(_PREPARE)
        except Error:
            self.close()
            raise
        return connection


def _unwritable(error: Error) -> bool:
    """Whether the answer fell with its log row. A constraint that a question breaks has a name, a missing partition none."""
    return error.pgcode in _UNWRITABLE or (error.pgcode == _NO_PARTITION and not error.diag.constraint_name)


def _text(questions: Sequence[Question]) -> str:
    return json.dumps(list(questions), ensure_ascii=False, separators=(",", ":"))

"""Opens the database and hands out transactions; commits happen here, at the edge, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import psycopg2
from psycopg2 import Error
from psycopg2.extensions import connection as RawConnection  # noqa: N812 - psycopg2's own spelling
from sqlalchemy import Connection, Engine, create_engine, make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from landdata.errors import DatabaseUnavailable, DiskFull

if TYPE_CHECKING:
    from sqlalchemy.engine import URL
    from sqlalchemy.pool import QueuePool


@dataclass(frozen=True, slots=True)
class Reader:
    """A read-only transaction: every statement of it sees one and the same snapshot."""

    connection: Connection

    @property
    def raw(self) -> RawConnection:
        """The psycopg2 connection below, for COPY."""
        driver: Any = self.connection.connection.driver_connection
        return driver  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Writer(Reader):
    """A writing transaction; it commits when its block ends without an error."""


def driver_url(url: str) -> URL:
    """The address with the driver named: SQLAlchemy's default for PostgreSQL changes between its versions."""
    return make_url(url).set(drivername="postgresql+psycopg2")


_GAVE_UP = frozenset({"57014", "55P03", "53300", "57P01", "57P03"})  # cancelled, lock, connections, shutting down


def gave_up(error: BaseException | None) -> bool:
    """True when the server could not do it now; the same statement may go well later."""
    return getattr(error, "pgcode", None) in _GAVE_UP


_DISK_FULL = "53100"


def _cut(connection: Connection, error: DBAPIError | Error) -> bool:
    """Whether the error is that the server is gone, or has thrown this session out."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated
    return bool(getattr(connection.connection.driver_connection, "closed", 0))


class Database:
    """One pool of connections; cheap to pass around, closed by `close`.

    `statement_timeout_ms` None leaves the role's own patience; `wait_seconds`: how long a caller waits for a connection
    when all are taken, before DatabaseUnavailable. Once one has waited in vain, others do not wait until one comes back.
    `lost_after_ms`: how long what was sent may stay unconfirmed; a server that takes in whole tables may be too busy to
    read on for longer than 3 seconds.
    """

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 8,
        statement_timeout_ms: int | None = None,
        wait_seconds: float = 5,
        lost_after_ms: int = 3000,
    ) -> None:
        # A lost network must show in seconds: libpq's own defaults hang for minutes (security.md, F7). The first is for
        # what was sent and not confirmed, the keepalives for an answer that never comes.
        patience = "" if statement_timeout_ms is None else f" -c statement_timeout={statement_timeout_ms}"
        options = f"-c timezone=UTC{patience}"
        self._line: dict[str, Any] = {
            "options": options,
            "connect_timeout": 3,
            "tcp_user_timeout": lost_after_ms,
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 2,
            "application_name": "landdata",
        }
        self._stuck = False
        # What flows keep beside the pool for as long as it lives, each under a key of its own.
        self.kept: dict[object, Any] = {}
        self.engine: Engine = create_engine(
            driver_url(url),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=wait_seconds,
            pool_pre_ping=True,
            # Values of statements never reach a log: they can be names.
            hide_parameters=True,
            connect_args=self._line,
        )

    @contextmanager
    def read(self) -> Iterator[Reader]:
        """A read-only snapshot. Raises DatabaseUnavailable when there is no server."""
        with self._connect() as connection:
            # One snapshot for a page or an answer: its figures must add up among themselves.
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield Reader(connection)
            connection.rollback()

    @contextmanager
    def write(self, *, durable: bool = True) -> Iterator[Writer]:
        """A writing transaction. Raises DatabaseUnavailable when there is no server.

        Not durable is only for what a crash may take back by a second, such as how far a run is.
        """
        with self._connect() as connection:
            if not durable:
                connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
            yield Writer(connection)
            connection.commit()

    @contextmanager
    def _connect(self) -> Iterator[Connection]:
        # Threads that wait are threads that answer nobody: two hundred callers are told within the patience of one.
        pool = cast("QueuePool", self.engine.pool)
        if self._stuck and pool.checkedout() >= pool.size():
            raise DatabaseUnavailable
        try:
            connection = self.engine.connect()
        except (OperationalError, PoolTimeout) as error:
            self._stuck = isinstance(error, PoolTimeout)
            raise DatabaseUnavailable from error
        try:
            yield connection
        except (DBAPIError, Error) as error:
            # What COPY meets comes from the driver itself.
            original = error.orig if isinstance(error, DBAPIError) else error
            if _cut(connection, error) or gave_up(original):
                raise DatabaseUnavailable from error
            if getattr(original, "pgcode", None) == _DISK_FULL:
                raise DiskFull from error
            raise
        finally:
            connection.close()
            self._stuck = False

    def own_connection(self) -> RawConnection:
        """A connection outside the pool, for its holder alone to close. Raises DatabaseUnavailable."""
        try:
            taken = self.engine.raw_connection()
        except (OperationalError, PoolTimeout, Error) as error:
            raise DatabaseUnavailable from error
        driver: Any = taken.driver_connection
        taken.detach()
        return driver  # type: ignore[no-any-return]

    def polled_connection(self) -> RawConnection:
        """One that never blocks: its holder polls it, from its opening on (psycopg2's asynchronous mode), and closes it.

        Raises DatabaseUnavailable.
        """
        given, named = self.engine.dialect.create_connect_args(self.engine.url)
        try:
            opened: RawConnection = psycopg2.connect(*given, **named, **self._line, async_=True)  # type: ignore[call-overload]
        except Error as error:
            raise DatabaseUnavailable from error
        return opened

    def close(self) -> None:
        self.engine.dispose()

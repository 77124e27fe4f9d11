"""The ground of a benchmark: a database of its own, made by the real migrations, and figures taken in turn."""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

import psycopg2
from sqlalchemy import make_url

from landdata.flows import reference
from landdata.settings import Settings
from landdata.store import migrate
from landdata.store.engine import Database
from sync.engine import install

_ROLE = "landdata"
# Tables that a delivery fills, in the order in which foreign keys let them be filled.
TABLES = ("record", "parcel", "purpose", "certificate", "holder", "land_right", "asset")


class CannotRun(Exception):
    """Why a bench cannot begin or go on, in a sentence for whoever started it."""


@dataclass(frozen=True, slots=True)
class Result:
    """A measured ratio beside its goal (text such as `>= 0.5`)."""

    name: str
    ratio: float
    goal: str
    ok: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison: seconds of each round."""

    seconds: list[float] = field(default_factory=list)

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Measure a block as one round."""
        start = time.perf_counter()
        yield
        self.seconds.append(time.perf_counter() - start)

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    def __str__(self) -> str:
        """The median and, since the machine is noisy, the fastest and the slowest round."""
        return f"{self.median:.2f} s ({min(self.seconds):.2f}..{max(self.seconds):.2f})"


@dataclass(frozen=True, slots=True)
class Ground:
    """A database made for one benchmark: as the service sees it, and as a superuser does."""

    db: Database
    url: str
    admin_url: str

    def checkpoint(self) -> None:
        """Level the ground: no side pays for what the one before left unwritten."""
        self.superuser("CHECKPOINT")

    def superuser(self, *statements: str) -> None:
        """Run statements one by one, outside a transaction."""
        with closing(psycopg2.connect(self.admin_url)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)


@contextmanager
def ground(admin_url: str, suffix: str = "", *, kept: bool = False, again: bool = False) -> Iterator[Ground]:
    """A fresh database with schema, job queue and reference data; `suffix` tells two apart.

    It is dropped in the end, unless `kept`; `again` opens the one that was kept."""
    name = f"bench_kept{suffix}" if kept else f"bench_{os.getpid()}{suffix}"
    server = Ground(Database(admin_url, pool_size=1), admin_url, admin_url)
    exists = f"SELECT FROM pg_roles WHERE rolname = '{_ROLE}'"
    if not again:
        server.superuser(
            f"DO $$ BEGIN IF NOT EXISTS ({exists}) THEN CREATE ROLE {_ROLE} LOGIN; END IF; END $$",
            f"DROP DATABASE IF EXISTS {name} WITH (FORCE)",
            f"CREATE DATABASE {name} OWNER {_ROLE}",
        )
    try:
        own = make_url(admin_url).set(database=name)
        admin = own.render_as_string(hide_password=False)
        url = own.set(username=_ROLE).render_as_string(hide_password=False)
        with closing(Database(url)) as db:
            place = Ground(db, url, admin)
            if not again:
                _make(place)
            yield place
    finally:
        if not kept:
            server.superuser(f"DROP DATABASE {name} WITH (FORCE)")
        server.db.close()


def _make(place: Ground) -> None:
    with closing(Database(place.admin_url, pool_size=1)) as superuser:
        migrate.bootstrap(superuser, _ROLE)
    migrate.migrate(place.db)
    asyncio.run(install(place.url))
    migrate.grant(place.db)
    reference.load(place.db, Settings().reference_dir)


def say(text: str) -> None:
    """A line of progress."""
    print(f"• {text}", flush=True)

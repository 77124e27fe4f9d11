"""A backend or the whole server that dies under a delivery costs time, never a row."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING

import psycopg2
import pytest
from aftermath import nothing_lost
from faultworld import PROVINCE
from killworld import at_rest
from servers import cut_off, execute, fall, named, tries
from sqlalchemy import make_url
from syncworld import contents, hand_in, register, until, worker

from landdata.flows import publish
from landdata.settings import Settings
from landdata.store import keys as key_files
from landdata.store.engine import Database

if TYPE_CHECKING:
    from servers import Server

_COPYING = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'COPY land.asset%' AND state = 'active'"


@pytest.fixture(scope="module")
def template(server, filled):
    """A database on the private server with all that the tests' own template holds, and an office."""
    url = filled(server, "template")
    with closing(Database(url, pool_size=2)) as db:
        register(db, PROVINCE)
    return "template"


@pytest.fixture(scope="module")
def peace(server, template, files, tmp_path_factory):
    """The data folder, and what a database holds after the delivery without faults."""
    execute(server.url, f"CREATE DATABASE peace TEMPLATE {template} STRATEGY file_copy")
    folder = tmp_path_factory.mktemp("data")
    with closing(Database(named(server.url, "peace"), pool_size=2)) as db:
        receipt = hand_in(db, folder, files[0], "one")
        settings, keys = Settings(data_dir=folder), key_files.make_all(folder)
        publish.deliver(db, delivery_uid=receipt.delivery_uid, settings=settings, keys=keys)
        return folder, contents(db)


def _kill_a_backend(server: Server) -> None:
    """SIGKILL to the backend that writes parcels: PostgreSQL throws all its sessions out and recovers."""
    os.kill(execute(server.url, _COPYING)[0][0], signal.SIGKILL)


def _cut_the_worker_off(server: Server) -> None:
    """Every session of the worker is ended."""
    cut_off(server, "trouble")


@contextmanager
def _in_the_midst(server: Server, url: str) -> Iterator[None]:
    """Some communes are published, and the transaction of the next one is held fast before its end."""
    until(lambda: execute(url, "SELECT 1 FROM intake.delivery_commune"), what="a first commune")
    with closing(psycopg2.connect(url, application_name="holder")) as holder, holder.cursor() as cursor:
        cursor.execute("LOCK TABLE land.asset")
        until(lambda: execute(server.url, _COPYING), what="a publication to be held")
        yield
        with suppress(psycopg2.Error):  # the holder may have died with all others
            holder.rollback()


@pytest.mark.parametrize(
    "trouble", [_kill_a_backend, fall, _cut_the_worker_off], ids=lambda one: one.__name__.strip("_")
)
def test_a_delivery_survives(server, template, files, peace, small_steps, trouble: Callable[[Server], None]):
    folder, expected = peace
    create = f"CREATE DATABASE trouble TEMPLATE {template} STRATEGY file_copy"
    execute(server.url, "DROP DATABASE IF EXISTS trouble WITH (FORCE)", create)
    url = named(server.url, "trouble")
    with closing(Database(url, pool_size=2)) as db:
        hand_in(db, folder, files[0], "one")
    owner = make_url(url).set(username="landdata").render_as_string(hide_password=False)
    process = small_steps(worker(owner, folder))

    def published() -> bool:
        if not process.alive():
            process.start()
        return bool(
            tries(lambda: execute(url, "SELECT state FROM intake.delivery") == [("PUBLISHED",)], psycopg2.Error)()
        )

    with process:
        with _in_the_midst(server, url):
            assert 0 < execute(url, "SELECT count(*) FROM stats.coverage_counter WHERE parcels > 0")[0][0] < 10
            trouble(server)
        until(published, seconds=90, what="the delivery's end")
    with closing(Database(url, pool_size=2)) as db:
        nothing_lost(db, folder, like=expected)


# What a server that is away for half a minute just then makes of the engine's word that a job ended.
_DEAF = """
import procrastinate, psycopg, sync.engine as engine
class Deaf(procrastinate.PsycopgConnector):
    told = set()
    async def execute_query_async(self, query, **arguments):
        if ("finish_job" in query or "retry_job" in query) and arguments["job_id"] not in Deaf.told:
            Deaf.told.add(arguments["job_id"])
            raise procrastinate.exceptions.ConnectorException from psycopg.OperationalError("away")
        return await super().execute_query_async(query, **arguments)
engine.connector = lambda url: Deaf(conninfo=url, min_size=1, max_size=4)
"""


def test_an_end_that_the_database_did_not_hear(country, country_url, office, files, tmp_path, small_steps):
    """The worker lives on, so nobody takes its job over: its delivery, and all of the province, waited for ever."""
    process = small_steps(worker(country_url, tmp_path))
    process.arguments[1] = f"{_DEAF}\n{process.arguments[1]}"
    hand_in(country, tmp_path, files[0], "one")
    with process:
        until(lambda: at_rest(country), seconds=300, what="the end of the job")
        assert process.alive()
        assert "cannot be told how job" in process.said()
    assert nothing_lost(country, tmp_path) == 1

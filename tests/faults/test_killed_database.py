"""A backend or the whole server that dies under a delivery costs time, never a row."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING

import psycopg2
import pytest
from faultworld import PROVINCE
from forked import forked
from killworld import Chance, cut_off, fall, kept_alive, line_of_jobs
from servers import execute, named
from sqlalchemy import make_url
from syncworld import Process, contents, hand_in, register, unbalanced, until, value, worker

from fixtures.generators import bench
from landdata.flows import jobs, publish
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

    published = kept_alive(process, lambda: execute(url, "SELECT state FROM intake.delivery") == [("PUBLISHED",)])
    with process:
        with _in_the_midst(server, url):
            assert 0 < execute(url, "SELECT count(*) FROM stats.coverage_counter WHERE parcels > 0")[0][0] < 10
            trouble(server)
        until(published, seconds=90, what="the delivery's end")
    with closing(Database(url, pool_size=2)) as db:
        assert contents(db) == expected
        assert unbalanced(db) == 0


@pytest.fixture(scope="module")
def small_files(tmp_path_factory):
    """The same few communes three times over, each time with other parcels changed."""
    folder = tmp_path_factory.mktemp("small")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(bench, "PARCELS_PER_COMMUNE", 20)
        return tuple(
            bench.write_bench_files(folder, parcels=80, changed=changed, province_code=PROVINCE).path
            for changed in (0.0, 0.3, 0.6)
        )


def _disturbed(
    server: Server, template: str, files, folder, made: Callable[[Process], Process], *, many: int, kills: Sequence[str],
    share: float = 1.0,
) -> None:  # fmt: skip
    """The same jobs in two databases, in peace and killed at random: both end with the same rows."""
    ends = {}
    for name in ("quiet", "trouble"):
        create = f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy"
        execute(server.url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", create)
        url = named(server.url, name)
        process = made(worker(make_url(url).set(username="landdata").render_as_string(hide_password=False), folder))
        chance = Chance(server, process, name, list(kills) if name == "trouble" else [], share)
        with closing(Database(url, pool_size=4)) as db, process:
            line_of_jobs(db, chance, folder, files, jobs=many)
            until(kept_alive(process, lambda db=db: _at_rest(db)), seconds=120, what="the end of all jobs")
            assert unbalanced(db) == 0
            ends[name] = contents(db)
            noted = {one.promise.job: one.kills for one in jobs.standings(db)}
        assert (noted["deliver"] + noted["withdraw"] > 0) == bool(chance.done), (
            "what is killed is noted, and nothing else"
        )
    assert len(chance.done) >= len(kills) / 2
    assert ends["trouble"] == ends["quiet"]


def _at_rest(db: Database) -> bool:
    """No job about a delivery is left, and no line of the journal about one is open."""
    waiting = "SELECT count(*) FROM procrastinate_jobs WHERE queue_name = 'deliveries' AND status IN ('todo', 'doing')"
    lines = "SELECT count(*) FROM sync.job_run WHERE subject IS NOT NULL AND outcome IS NULL"
    return value(db, waiting) == 0 and value(db, lines) == 0


def test_a_few_jobs_end_as_in_peace(server, template, small_files, tmp_path, small_steps):
    _disturbed(server, template, small_files, tmp_path, small_steps, many=5, kills=("worker", "server"))


@pytest.mark.full
def test_a_hundred_jobs_end_as_in_peace(server, template, small_files, tmp_path):
    kills = random.Random(2026).choices(("worker", "worker", "worker", "sessions", "server"), k=100)
    _disturbed(server, template, small_files, tmp_path, forked, many=100, kills=kills, share=0.75)

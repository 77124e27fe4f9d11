"""The table of jobs becomes the engine's tasks, with their names, locks, retries and times; and its tables are made once."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text
from syncworld import value

from landdata.errors import DatabaseNotReady
from landdata.flows.drop import Drop
from landdata.settings import Settings
from landdata.store import keys
from sync.connectors.webhooks import Webhooks
from sync.context import Context
from sync.engine import application, install, require_installed
from sync.schedule import JOBS


@pytest.fixture(scope="module")
def app(shared_country, shared_country_url, tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    settings = Settings(database_url=shared_country_url, data_dir=folder)
    return application(
        Context(
            shared_country,
            shared_country,
            made := keys.make_all(folder),
            settings,
            None,
            Drop(shared_country, made, settings),
            Webhooks(),
            None,
        )
    )


def test_every_job_is_a_task_and_nothing_else_but_the_rescue(app):
    own = {name for name in app.tasks if not name.startswith("builtin:")} - {
        name for name in app.tasks if name.startswith("procrastinate.")
    }
    assert own == {job.name for job in JOBS} | {"rescue"}


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_a_task_has_the_lock_and_the_retries_of_its_job(app, job):
    task = app.tasks[job.name]
    assert task.lock == job.lock
    assert task.queueing_lock == job.lock
    assert task.retry_strategy.max_attempts == job.retries
    assert task.retry_strategy.linear_wait == job.wait_seconds


def test_periodic_jobs_come_at_their_times(app):
    times = {key[0]: one.cron for key, one in app.periodic_registry.periodic_tasks.items()}
    assert times == {job.name: job.cron for job in JOBS if job.cron} | {"rescue": "* * * * *"}


def test_the_rescue_has_no_lock_that_a_dead_worker_could_hold(app):
    assert app.tasks["rescue"].lock is None


def test_the_engine_is_installed_once(shared_country, shared_country_url):
    before = value(shared_country, "SELECT count(*) FROM pg_class WHERE relname LIKE 'procrastinate%'")
    assert asyncio.run(install(shared_country_url)) is False
    assert asyncio.run(install(shared_country_url)) is False
    assert value(shared_country, "SELECT count(*) FROM pg_class WHERE relname LIKE 'procrastinate%'") == before


def test_two_installers_at_once_make_one_engine(database, database_url):
    with database.write() as tx:
        tx.connection.execute(text("CREATE SCHEMA empty_engine"))
    url = f"{database_url}&options=-csearch_path%3Dempty_engine"

    async def both() -> list[bool]:
        return await asyncio.gather(install(url), install(url))

    assert sorted(asyncio.run(both())) == [False, True]


def test_a_worker_makes_no_tables_it_says_who_has_to(shared_country_url):
    asyncio.run(require_installed(shared_country_url))
    with pytest.raises(DatabaseNotReady) as caught:
        asyncio.run(require_installed(f"{shared_country_url}&options=-csearch_path%3Dnowhere"))
    assert "python -m sync install" in caught.value.sentence("en")

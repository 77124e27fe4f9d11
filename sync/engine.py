"""The job engine: procrastinate on the same PostgreSQL, its schema kept here, its tasks made from the schedule."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import procrastinate
import psycopg
from procrastinate import jobs as engine_jobs

from landdata.errors import DatabaseNotReady
from landdata.store.roles import Role, address
from sync.context import Context
from sync.schedule import JOBS, Job

log = logging.getLogger(__name__)

_HEARTBEAT_SECONDS = 5
# A worker that has been silent for this long is dead: its jobs are taken over.
_DEAD_AFTER_SECONDS = 30
# Every living worker holds this advisory lock, shared, by a connection of its own, which ends when the worker does.
_PRESENCE = 7240010
_UNNAME = "UPDATE procrastinate_jobs SET queueing_lock = NULL WHERE id = %(job_id)s"


def connector(url: str) -> procrastinate.PsycopgConnector:
    """The engine's own connections, by psycopg 3."""
    return procrastinate.PsycopgConnector(conninfo=url, min_size=1, max_size=4)


async def install(url: str) -> bool:
    """Create the engine's tables unless they are there; True when they were made."""
    app = procrastinate.App(connector=connector(url))
    async with app.open_async():
        await app.connector.execute_query_async("SELECT pg_advisory_lock(7240002)")
        try:
            row = await app.connector.execute_query_one_async(
                "SELECT to_regclass('procrastinate_jobs') IS NOT NULL AS present"
            )
            if row["present"]:
                return False
            await app.schema_manager.apply_schema_async()
            return True
        finally:
            await app.connector.execute_query_async("SELECT pg_advisory_unlock_all()")


async def require_installed(url: str) -> None:
    """Raises DatabaseNotReady unless `install` was run; `url` is the owner's address."""
    async with await psycopg.AsyncConnection.connect(address(url, Role.WORKER)) as session:
        found = await (await session.execute("SELECT to_regclass('procrastinate_jobs') IS NOT NULL")).fetchone()
    if found is None or not found[0]:
        raise DatabaseNotReady(missing="the job queue (`python -m sync install`)")


def application(context: Context) -> procrastinate.App:
    """The engine with one task for each job of the schedule."""
    app = procrastinate.App(connector=connector(address(context.settings.database_url, Role.WORKER)))
    for job in JOBS:
        _add(app, job, context)
    app.periodic(cron="* * * * *")(app.task(name="rescue", pass_context=True, queueing_lock="rescue")(_rescue))
    return app


def _add(app: procrastinate.App, job: Job, context: Context) -> None:
    work: Callable[..., Any] = job.work

    async def task(running: procrastinate.JobContext, /, **arguments: Any) -> None:
        arguments.pop("timestamp", None)  # the engine tells periodic jobs their slot; ours need none
        # The name keeps a second one from waiting. A job that kept it while it runs could not go back to wait when it
        # fails and another has come: the engine would leave it under way for ever, and its lock taken.
        await app.connector.execute_query_async(_UNNAME, job_id=running.job.id)
        await asyncio.to_thread(work, context, **arguments)

    made = app.task(
        name=job.name,
        pass_context=True,
        lock=job.lock,
        queueing_lock=job.lock,
        retry=procrastinate.RetryStrategy(max_attempts=job.retries, linear_wait=job.wait_seconds),
    )(task)
    if job.cron is not None:
        app.periodic(cron=job.cron)(made)  # type: ignore[arg-type]


async def _rescue(context: procrastinate.JobContext, timestamp: int) -> None:
    """Put jobs of dead workers back into the queue. It has no lock: a dead holder of it would stop every rescue."""
    del timestamp
    await rescue(context.app)


async def rescue(app: procrastinate.App, *, silent_seconds: float = _DEAD_AFTER_SECONDS) -> int:
    """Retry what workers left that were silent for so long; returns how many jobs."""
    stalled = await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=silent_seconds)
    count = 0
    for job in stalled:
        if job.status == engine_jobs.Status.DOING.value:
            log.warning("job %s (%s) of a dead worker goes back into the queue", job.id, job.task_name)
            try:
                await app.job_manager.retry_job(job)
            except procrastinate.exceptions.UniqueViolation:
                # It died before it gave its name away, and the one that waits by that name does its work.
                await app.job_manager.finish_job(job, engine_jobs.Status.FAILED, delete_job=True)
            count += 1
    return count


async def arrive(app: procrastinate.App, session: psycopg.AsyncConnection) -> None:
    """Say that a worker lives, for as long as the session does, after taking over what dead workers left.

    Where no other worker lives, on whatever machine, all jobs under way are a dead one's: none has to wait until its
    silence is long enough. A second worker that arrives meanwhile waits before it takes its first job.
    """
    found = await (await session.execute("SELECT pg_try_advisory_lock(%s)", (_PRESENCE,))).fetchone()
    alone = found is not None and bool(found[0])
    await rescue(app, silent_seconds=0 if alone else _DEAD_AFTER_SECONDS)
    await session.execute("SELECT pg_advisory_lock_shared(%s)", (_PRESENCE,))
    if alone:
        await session.execute("SELECT pg_advisory_unlock(%s)", (_PRESENCE,))


async def work(context: Context) -> None:
    """Run jobs until SIGINT or SIGTERM; a running job ends first."""
    app = application(context)
    url = address(context.settings.database_url, Role.WORKER)
    session = await psycopg.AsyncConnection.connect(url, autocommit=True)
    async with app.open_async(), session:
        await arrive(app, session)
        beat = asyncio.create_task(_beat(context.settings.data_dir / "worker.heartbeat"))
        try:
            await app.run_worker_async(
                concurrency=2,
                delete_jobs="successful",
                update_heartbeat_interval=_HEARTBEAT_SECONDS,
                stalled_worker_timeout=_DEAD_AFTER_SECONDS,
                shutdown_graceful_timeout=60,
                fetch_job_polling_interval=1,
            )
        finally:
            beat.cancel()


async def _beat(path: Path) -> None:
    """Touch a file while the worker lives, for those who watch it."""
    while True:
        await asyncio.to_thread(path.touch)
        await asyncio.sleep(_HEARTBEAT_SECONDS)

"""The job engine: procrastinate on the same PostgreSQL, its schema kept here, its tasks made from the schedule."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import procrastinate
import procrastinate.periodic
import psycopg
from procrastinate import jobs as engine_jobs

from landdata.errors import DatabaseNotReady
from landdata.flows import jobs
from landdata.model.slots import last_slot
from landdata.store.engine import Database
from landdata.store.jobs import Taken
from landdata.store.roles import Role, address
from sync.context import Context
from sync.outcomes import Outcomes
from sync.schedule import JOBS, QUEUES, Job

log = logging.getLogger(__name__)

_HEARTBEAT_SECONDS = 5
# A worker that has been silent for this long is dead: its jobs are taken over.
_DEAD_AFTER_SECONDS = 30
# Every living worker holds this advisory lock, shared, by a connection of its own, which ends when the worker does.
_PRESENCE = 7240010
_WORKER = f"{socket.gethostname()}/{os.getpid()}"
# To be killed is no failure: it takes no try from a job, and an error that comes later makes it wait no longer.
_FORGIVE = "UPDATE procrastinate_jobs SET attempts = attempts - 1 WHERE id = %(job_id)s AND status = 'todo'"
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


def _app(context: Context) -> procrastinate.App:
    app = procrastinate.App(connector=connector(address(context.settings.database_url, Role.WORKER)))
    app.job_manager = Outcomes(app.connector)
    return app


def lane(context: Context, queue: str) -> procrastinate.App:
    """The engine with the tasks of one queue, and nothing that comes by the clock."""
    app = _app(context)
    for job in JOBS:
        if job.queue == queue:
            _add(app, job, context)
    return app


def application(context: Context) -> procrastinate.App:
    """The engine with one task for each job of the schedule, the clock, and the rescue."""
    app = _app(context)
    for job in JOBS:
        _add(app, job, context)

    async def look(running: procrastinate.JobContext, timestamp: int) -> None:
        """Put back jobs of dead workers. It has no lock: a dead holder of it would stop every rescue."""
        del timestamp
        await rescue(running.app, context.db)
        await asyncio.to_thread(jobs.take_turns, context.db)

    app.periodic(cron="* * * * *")(app.task(name="rescue", pass_context=True, queueing_lock="rescue")(look))
    return app


def _add(app: procrastinate.App, job: Job, context: Context) -> None:
    strategy = procrastinate.RetryStrategy(max_attempts=job.retries, linear_wait=job.wait_seconds)

    async def task(running: procrastinate.JobContext, /, **arguments: Any) -> None:
        # The engine tells periodic jobs their slot; ours need none, but their journal does.
        slot = arguments.pop("timestamp", None)
        subject = arguments.get("delivery_uid")
        # The name keeps a second one from waiting. A job that kept it while it runs could not go back to wait when it
        # fails and another has come: the engine would leave it under way for ever, and its lock taken.
        await app.connector.execute_query_async(_UNNAME, job_id=running.job.id)
        taken = Taken(
            job.name, running.job.id or 0, running.job.attempts + 1, _WORKER, UUID(subject) if subject else None, slot
        )

        def work() -> None:
            def again(error: Exception) -> bool:
                return strategy.get_retry_decision(exception=error, job=running.job) is not None

            with jobs.noted(context.db, taken, again=again):
                job.work(context, **arguments)

        await asyncio.to_thread(work)

    made = app.task(
        name=job.name, queue=job.queue, pass_context=True, lock=job.lock, queueing_lock=job.lock, retry=strategy
    )(task)
    if job.cron is not None:
        app.periodic(cron=job.cron)(made)  # type: ignore[arg-type]


async def rescue(app: procrastinate.App, db: Database, *, silent_seconds: float = _DEAD_AFTER_SECONDS) -> int:
    """Retry what workers left that were silent for so long, and note that it was killed; returns how many jobs."""
    stalled = await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=silent_seconds)
    left = [job for job in stalled if job.status == engine_jobs.Status.DOING.value]
    await asyncio.to_thread(jobs.killed, db, [job.id for job in left if job.id is not None])
    for job in left:
        log.warning("job %s (%s) of a dead worker goes back into the queue", job.id, job.task_name)
        try:
            await app.job_manager.retry_job(job)
            await app.connector.execute_query_async(_FORGIVE, job_id=job.id)
        except procrastinate.exceptions.UniqueViolation:
            # It died before it gave its name away, and the one that waits by that name does its work.
            await app.job_manager.finish_job(job, engine_jobs.Status.FAILED, delete_job=True)
    return len(left)


async def arrive(app: procrastinate.App, session: psycopg.AsyncConnection, db: Database) -> None:
    """Say that a worker lives, for as long as the session does, after taking over what dead workers left.

    Where no other worker lives, on whatever machine, all jobs under way are a dead one's: none has to wait until its
    silence is long enough. A second worker that arrives meanwhile waits before it takes its first job.
    """
    found = await (await session.execute("SELECT pg_try_advisory_lock(%s)", (_PRESENCE,))).fetchone()
    alone = found is not None and bool(found[0])
    await rescue(app, db, silent_seconds=0 if alone else _DEAD_AFTER_SECONDS)
    await session.execute("SELECT pg_advisory_lock_shared(%s)", (_PRESENCE,))
    if alone:
        await session.execute("SELECT pg_advisory_unlock(%s)", (_PRESENCE,))


async def catch_up(app: procrastinate.App, db: Database) -> None:
    """Ask once for each job whose last slot passed while no worker was there; call it before the first job is taken.

    The engine itself does so for slots of the last ten minutes only. What was asked for at its slot it remembers, so
    nothing is done twice; how many slots were missed makes no difference, since every job does all there is.
    """
    now = datetime.now(UTC)
    missed = [
        (app.periodic_registry.periodic_tasks[one.promise.job, ""], int(slot.timestamp()))
        for one in await asyncio.to_thread(jobs.standings, db)
        if one.promise.cron and (slot := last_slot(one.promise.cron, now)) > one.since
    ]
    await procrastinate.periodic.PeriodicDeferrer(app.periodic_registry).defer_jobs(missed)


async def work(context: Context) -> None:
    """Run jobs until SIGINT or SIGTERM; a running job ends first."""
    app = application(context)
    # An engine of its own for each further queue: two clocks in one process would disturb each other.
    apps = {queue: app if queue == "default" else lane(context, queue) for queue in QUEUES}
    url = address(context.settings.database_url, Role.WORKER)
    async with AsyncExitStack() as stack:
        for one in apps.values():
            await stack.enter_async_context(one.open_async())
        session = await stack.enter_async_context(await psycopg.AsyncConnection.connect(url, autocommit=True))
        jobs.keep(context.db, [job.promise for job in JOBS])
        await arrive(app, session, context.db)
        await catch_up(app, context.db)
        beat = asyncio.create_task(_beat(context.settings.data_dir / "worker.heartbeat"))
        try:
            await _run(apps, context.stopping)
        finally:
            beat.cancel()


async def _run(apps: Mapping[str, procrastinate.App], stopping: threading.Event) -> None:
    """One engine's worker a queue, until a signal ends them all or one fails."""
    loop = asyncio.get_running_loop()
    # By itself the loop has but a few threads on a small machine: long jobs would keep the heartbeat waiting.
    loop.set_default_executor(ThreadPoolExecutor(sum(QUEUES.values()) + 4))
    async with asyncio.TaskGroup() as group:
        workers = [
            group.create_task(
                app.run_worker_async(
                    name=queue,
                    queues=[queue],
                    concurrency=QUEUES[queue],
                    delete_jobs="successful",
                    update_heartbeat_interval=_HEARTBEAT_SECONDS,
                    stalled_worker_timeout=_DEAD_AFTER_SECONDS,
                    shutdown_graceful_timeout=60,
                    fetch_job_polling_interval=1,
                    install_signal_handlers=False,  # the second one would take the signal from the first
                )
            )
            for queue, app in apps.items()
        ]

        def stop() -> None:
            stopping.set()
            for app in apps.values():
                cast("Outcomes", app.job_manager).stop()
            for one in workers:
                one.cancel()  # the engine lets what runs end first

        for sign in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(sign, stop)


async def _beat(path: Path) -> None:
    """Touch a file while the worker lives, for those who watch it."""
    while True:
        await asyncio.to_thread(path.touch)
        await asyncio.sleep(_HEARTBEAT_SECONDS)

"""Writes down how jobs ended, however long the database is away meanwhile; knows nothing of what they do."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

import psycopg
from procrastinate import jobs
from procrastinate.exceptions import ConnectorException
from procrastinate.manager import JobManager

log = logging.getLogger(__name__)

_PAUSE_SECONDS = 1.0
_STILL_OURS = (
    "SELECT count(*) AS many FROM procrastinate_jobs "
    "WHERE id = %(job_id)s AND status = 'doing' AND worker_id IS NOT DISTINCT FROM %(worker_id)s"
)


class Outcomes(JobManager):
    """The engine's own manager, which tries once to say how a job ended.

    Where the database was away just then, the job would be under way for ever, with its lock, as its worker lives: no
    other delivery of the province, and no seal, would ever begin. So it is said again until it is heard, or `stop` was
    called: then the next worker takes the job over.
    """

    stopped = False

    def stop(self) -> None:
        """Give up what the database cannot be told."""
        self.stopped = True

    async def finish_job(self, job: jobs.Job, status: jobs.Status, delete_job: bool) -> None:
        """As the engine's."""
        tell = super().finish_job
        await self._insist(job, lambda: tell(job, status, delete_job))

    async def retry_job(
        self,
        job: jobs.Job,
        retry_at: datetime | None = None,
        priority: int | None = None,
        queue: str | None = None,
        lock: str | None = None,
    ) -> None:
        """As the engine's."""
        tell = super().retry_job
        await self._insist(job, lambda: tell(job, retry_at, priority, queue, lock))

    async def _insist(self, job: jobs.Job, tell: Callable[[], Awaitable[None]]) -> None:
        unheard = False
        while True:
            try:
                # It may have been heard, and only the answer lost: then another worker may have it by now.
                if not unheard or await self._still_ours(job):
                    await tell()
            except ConnectorException as error:
                if self.stopped or not isinstance(error.__cause__, psycopg.OperationalError):
                    raise
                if not unheard:
                    log.warning("the database cannot be told how job %s (%s) ended; it will be", job.id, job.task_name)
                unheard = True
                await asyncio.sleep(_PAUSE_SECONDS)
            else:
                return

    async def _still_ours(self, job: jobs.Job) -> bool:
        found = await self.connector.execute_query_one_async(_STILL_OURS, job_id=job.id, worker_id=job.worker_id)
        return bool(found["many"])

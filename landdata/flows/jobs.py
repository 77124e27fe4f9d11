"""The worker's jobs: what they promise, how they stand, the journal of their runs, and asking for one by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from landdata.errors import JobUnknown, LandDataError, RunNotGivenUp
from landdata.model.jobs import Outcome, Promise, RunPage, Standing, Wanted
from landdata.store import jobs
from landdata.store.engine import Database
from landdata.store.jobs import Taken
from landdata.store.queue import enqueue
from landdata.store.queue import take_turns as take_turns_of

# What went well is of use for as long as somebody wonders about last week; what did not, for as long as reports are made.
_KEEP_DONE_DAYS = 14
_KEEP_OTHERS_DAYS = 400


def keep(db: Database, promises: Sequence[Promise]) -> None:
    """Make these the jobs there are, as a worker that starts does."""
    with db.write() as tx:
        jobs.keep(tx, promises)


@contextmanager
def noted(db: Database, taken: Taken, *, again: Callable[[Exception], bool]) -> Iterator[None]:
    """Keep the journal of one try: it begins, and is DONE at the end of the block or RETRY or FAILED by its error.

    `again` says whether it is tried again after an error. Of the error only its code or kind is kept: its words could
    name a person. Raises DatabaseUnavailable, and whatever the block raises.
    """
    with db.write(durable=False) as tx:
        run_no = jobs.begin(tx, taken)
    try:
        yield
    except Exception as error:
        outcome = Outcome.RETRY if again(error) else Outcome.FAILED
        # Where the database is what failed the line stays open, and the next try closes it.
        with suppress(LandDataError), db.write(durable=False) as tx:
            jobs.end(tx, run_no, outcome, failure_of(error))
        raise
    with db.write(durable=False) as tx:
        jobs.end(tx, run_no, Outcome.DONE)


def failure_of(error: Exception) -> str:
    """The stable code of an error of ours, the kind of any other."""
    return error.code if isinstance(error, LandDataError) else type(error).__name__


def killed(db: Database, queue_ids: Sequence[int]) -> None:
    """Note that the worker of these jobs died under them."""
    with db.write(durable=False) as tx:
        for queue_id in queue_ids:
            jobs.killed(tx, queue_id)
        jobs.close_lost(tx)


def take_turns(db: Database) -> None:
    """Let provinces have their turns anew, as deliveries wait now."""
    with db.write(durable=False) as tx:
        take_turns_of(tx)


def standings(db: Database) -> tuple[Standing, ...]:
    """How every job stands, by name; none before a worker was started for the first time."""
    with db.read() as tx:
        return jobs.standings(tx)


def page(db: Database, wanted: Wanted, *, after: int | None, most: int) -> RunPage:
    """Runs of jobs, newest first, behind the one numbered `after`. Raises JobUnknown."""
    with db.read() as tx:
        if wanted.job is not None:
            _known(jobs.standings(tx), wanted.job)
        found = jobs.page(tx, wanted, after=after, most=most + 1)
    more = len(found) > most
    return RunPage(found[:most], found[most - 1].run_no if more else None)


def show(db: Database, name: str) -> Standing:
    """How one job stands. Raises JobUnknown."""
    with db.read() as tx:
        return _known(jobs.standings(tx), name)


def ask(db: Database, name: str) -> bool:
    """Ask the worker for a periodic job now; False where one waits already. Raises JobUnknown, also for any other job."""
    with db.write() as tx:
        every = [one for one in jobs.standings(tx) if one.promise.cron is not None]
        found = _known(every, name)
        if found.queue.waiting:
            return False
        enqueue(tx, task=name, lock=found.promise.lock, once=found.promise.lock)
    return True


def given_up(db: Database, runs: Sequence[int]) -> frozenset[int]:
    """Which of these runs are the last of a job that nobody tries again by himself, and that can be tried again."""
    with db.read() as tx:
        return jobs.given_up(tx, runs)


def retry(db: Database, run_no: int) -> None:
    """Try a job again that was given up, with as many tries as a new one. Raises RunNotGivenUp, also for the second to ask."""
    with db.write() as tx:
        if not jobs.retry(tx, run_no):
            raise RunNotGivenUp(run_no=run_no)


def prune(db: Database) -> int:
    """Forget old lines of the journal, and jobs given up long ago; returns how many."""
    with db.write() as tx:
        return jobs.forget(tx, done_days=_KEEP_DONE_DAYS, failed_days=_KEEP_OTHERS_DAYS)


def _known(standings: Sequence[Standing], name: str) -> Standing:
    for one in standings:
        if one.promise.job == name:
            return one
    raise JobUnknown(job=name[:40], known=", ".join(one.promise.job for one in standings) or "-")

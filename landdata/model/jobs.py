"""Jobs of the worker: what each promises, how it stands, and the journal of its runs; no input or output."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from landdata.model.progress import Stage
from landdata.model.slots import next_slot


class Outcome(StrEnum):
    """How one try of a job ended, or that it did not yet."""

    RUNNING = "RUNNING"  # under way, as far as anybody knows
    DONE = "DONE"
    RETRY = "RETRY"  # it failed and is tried again
    FAILED = "FAILED"  # it failed as often as it may; nobody tries again by itself
    KILLED = "KILLED"  # its worker, or the database below it, ended in the midst; it is taken up again


@dataclass(frozen=True, slots=True)
class Promise:
    """What a job promises in both languages, and within how many seconds.

    With a cron line (UTC; a sixth field counts seconds) they count from each slot until a run that began after it is
    done. Without one the job runs when it is asked for, and they count from then until it is done.
    """

    job: str
    seconds: int
    vi: str
    en: str
    cron: str | None = None
    lock: str | None = None


@dataclass(frozen=True, slots=True)
class BrokenPromise:
    """A promise that is not kept now. `due_at`: when it should have been; `done_at`: when a run was last done, if ever."""

    job: str
    vi: str
    en: str
    due_at: datetime
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class Queue:
    """Jobs of one name in the queue.

    `waiting_since`: the oldest that could start now and does not; `open_since`: the oldest of all, however often tried.
    """

    waiting: int = 0
    running: int = 0
    waiting_since: datetime | None = None
    open_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a job stands. It is judged from `since` on; `began_at` and `done_at` are of the last run that was done.

    `failures` counts tries that failed or were killed, `kills` the latter alone; both for ever.
    """

    promise: Promise
    since: datetime
    began_at: datetime | None
    done_at: datetime | None
    failures: int
    kills: int
    queue: Queue

    def next_at(self, now: datetime) -> datetime | None:
        """Its next slot; none for a job that has none."""
        return next_slot(self.promise.cron, now) if self.promise.cron else None

    def broken(self, now: datetime) -> BrokenPromise | None:
        """Whether the promise is broken: a slot without a run in time, or a job asked for and not done in time."""
        promise = self.promise
        if promise.cron is not None:
            first = next_slot(promise.cron, max(self.began_at or self.since, self.since))
        elif self.queue.open_since is not None:
            first = self.queue.open_since
        else:
            return None
        due_at = first + timedelta(seconds=promise.seconds)
        return BrokenPromise(promise.job, promise.vi, promise.en, due_at, self.done_at) if due_at <= now else None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a delivery is; rows. `total` 0: not known yet. `seconds_left` None: nor how long it still takes."""

    stage: Stage
    done: int
    total: int
    seconds_left: int | None = None


@dataclass(frozen=True, slots=True)
class JobRun:
    """One try of a job. `subject`: the delivery it works on; `slot`: the time of the schedule that it is for.

    `caught_up`: the worker was away at the slot. `failure`: the error's stable code or its kind, never its words.
    """

    run_no: int
    job: str
    subject: UUID | None
    slot: datetime | None
    caught_up: bool
    attempt: int
    queued_at: datetime
    started_at: datetime
    ended_at: datetime | None
    outcome: Outcome
    failure: str | None
    worker: str
    progress: Progress | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which runs are asked for; None: all."""

    job: str | None = None
    outcome: Outcome | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class RunPage:
    """Runs, newest first; `after`: the number to go on behind, None when there is no more."""

    runs: tuple[JobRun, ...]
    after: int | None

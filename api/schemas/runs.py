"""Jobs of the worker and the journal of their runs, as sent; nothing about any person."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from landdata.model.jobs import JobRun, Outcome, RunPage, Standing
from landdata.model.progress import Stage

JobName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{0,39}$")]


class ProgressOut(BaseModel):
    """How far a delivery is."""

    stage: Stage
    done: int = Field(description="Rows that are through this stage.")
    total: int = Field(description="Rows there are in this stage; 0: not known yet.")
    seconds_left: int | None = Field(description="Until its end, by the pace of the last minutes; null: not known.")


class RunOut(BaseModel):
    """One try of a job."""

    run_no: int
    job: str
    subject: UUID | None = Field(description="The delivery it works on.")
    slot: AwareDatetime | None = Field(description="The time of the schedule that it is for.")
    caught_up: bool = Field(description="True when no worker was there at that time.")
    attempt: int = Field(description="Which try it is, from 1 on.")
    queued_at: AwareDatetime
    started_at: AwareDatetime
    ended_at: AwareDatetime | None
    outcome: Outcome = Field(description="RETRY: it failed and is tried again; FAILED: it is not.")
    failure: str | None = Field(description="Code or kind of the error, never its words.")
    worker: str = Field(description="Machine and process.")
    progress: ProgressOut | None = Field(description="Of a delivery that is under way.")

    @classmethod
    def of(cls, one: JobRun) -> "RunOut":
        far = one.progress
        return cls(
            run_no=one.run_no, job=one.job, subject=one.subject, slot=one.slot, caught_up=one.caught_up,
            attempt=one.attempt, queued_at=one.queued_at, started_at=one.started_at, ended_at=one.ended_at,
            outcome=one.outcome, failure=one.failure, worker=one.worker,
            progress=None if far is None else ProgressOut(
                stage=far.stage, done=far.done, total=far.total, seconds_left=far.seconds_left
            ),
        )  # fmt: skip


class RunsOut(BaseModel):
    """A page of the journal, newest first."""

    runs: list[RunOut]
    next_cursor: str | None = Field(description="Sent as `cursor` for the next page; none: this was the last.")

    @classmethod
    def of(cls, page: RunPage, cursor: str | None) -> "RunsOut":
        return cls(runs=[RunOut.of(one) for one in page.runs], next_cursor=cursor)


class PromiseOut(BaseModel):
    """What a job promises, and whether it keeps it."""

    vi: str
    en: str
    seconds: int = Field(description="From a slot, or from when it was asked for, until it is done.")
    kept: bool
    broken_since: AwareDatetime | None


class JobOut(BaseModel):
    """How one job stands."""

    job: str
    cron: str | None = Field(
        description="Cron line in UTC, a sixth field counts seconds; none: it runs when asked for."
    )
    next_at: AwareDatetime | None = Field(description="Its next slot.")
    done_at: AwareDatetime | None = Field(description="When a run was last done.")
    promise: PromiseOut
    waiting: int = Field(description="Jobs in the queue that wait, also for another try.")
    running: int
    waiting_since: AwareDatetime | None = Field(description="Since when the oldest waits that could start now.")
    failures: int = Field(description="Tries that failed or were killed, ever.")
    kills: int

    @classmethod
    def of(cls, one: Standing, now: datetime) -> "JobOut":
        promise, broken = one.promise, one.broken(now)
        return cls(
            job=promise.job, cron=promise.cron, next_at=one.next_at(now), done_at=one.done_at,
            promise=PromiseOut(
                vi=promise.vi, en=promise.en, seconds=promise.seconds, kept=broken is None,
                broken_since=broken.due_at if broken else None,
            ),
            waiting=one.queue.waiting, running=one.queue.running, waiting_since=one.queue.waiting_since,
            failures=one.failures, kills=one.kills,
        )  # fmt: skip


class ScheduleOut(BaseModel):
    """Every job of the worker, by name."""

    at: AwareDatetime
    jobs: list[JobOut]

    @classmethod
    def of(cls, standings: tuple[Standing, ...], now: datetime) -> "ScheduleOut":
        return cls(at=now, jobs=[JobOut.of(one, now) for one in standings])

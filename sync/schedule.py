"""The one table of all jobs: name, what runs, lock, retries, and for periodic ones the cron line and the promise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from landdata.flows.decisions import CASES_TASK
from landdata.flows.feed import FEED_TASK, NOTIFY_TASK
from landdata.flows.publish import MATCH_TASK
from landdata.flows.receive import TASK as DELIVER_TASK
from landdata.flows.recounts import RECOUNT_TASK
from landdata.flows.withdraw import TASK as WITHDRAW_TASK
from sync.context import Context
from sync.jobs import (
    cases,
    deliver,
    drop,
    feed,
    follow,
    match,
    notify,
    partitions,
    prune,
    quality,
    recount,
    refusals,
    renew,
    resume,
    seal,
    withdraw,
)

Work = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Job:
    """A job. `cron` None: runs when it is asked for. `retries` with growing waits of `wait_seconds`."""

    name: str
    work: Callable[[Context], Any] | Callable[..., Any]
    retries: int
    wait_seconds: int
    cron: str | None = None
    lock: str | None = None
    promise: str = ""


JOBS: tuple[Job, ...] = (
    Job(DELIVER_TASK, deliver.run, retries=10, wait_seconds=5, promise="a delivery is read within minutes of its coming"),
    Job(WITHDRAW_TASK, withdraw.run, retries=10, wait_seconds=5, promise="a withdrawal is carried out within minutes"),
    Job(MATCH_TASK, match.run, retries=20, wait_seconds=15, cron="*/10 * * * *", lock=MATCH_TASK,
        promise="pending holders are asked about at least every 10 minutes"),
    Job("follow", follow.run, retries=5, wait_seconds=30, cron="*/5 * * * *", lock="follow",
        promise="holders of a citizen who changed at the population platform are asked about again within ten minutes"),
    Job(CASES_TASK, cases.run, retries=20, wait_seconds=15, cron="* * * * *", lock=CASES_TASK,
        promise="what a clerk decided is put to the platform, and what was published is on the work list, within two minutes"),
    Job("drop", drop.run, retries=3, wait_seconds=5, cron="* * * * * */10", lock="drop",
        promise="a file in the drop folder is taken in within half a minute after it is complete"),
    Job(FEED_TASK, feed.run, retries=10, wait_seconds=5, cron="* * * * * */15", lock=FEED_TASK,
        promise="a change of a record stands in the feed within a minute after it was published"),
    Job("recheck", feed.recheck, retries=3, wait_seconds=600, cron="23 2 * * *", lock="recheck",
        promise="a change that slipped through stands in the feed the next morning"),
    Job(NOTIFY_TASK, notify.run, retries=3, wait_seconds=5, cron="* * * * * */15", lock=NOTIFY_TASK,
        promise="consumers with a webhook are told within a minute that there is more"),
    Job("seal", seal.run, retries=3, wait_seconds=5, cron="* * * * *", lock="seal",
        promise="every access-log entry is sealed within two minutes"),
    Job("refusals", refusals.run, retries=3, wait_seconds=5, cron="* * * * *", lock="refusals",
        promise="look-ups refused without a row stand in the access log two minutes after the database is back"),
    Job("partitions", partitions.run, retries=5, wait_seconds=60, cron="17 3 * * *", lock="partitions",
        promise="the access log has its partitions two months ahead"),
    Job("quality", quality.run, retries=3, wait_seconds=600, cron="37 1 * * *", lock="quality",
        promise="how many holders matched yesterday, and why the others did not, stands by two in the morning"),
    Job(RECOUNT_TASK, recount.run, retries=3, wait_seconds=600, cron="7 2 * * *", lock=RECOUNT_TASK,
        promise="what counters say was counted from the parcels themselves by half past two, and any difference is noted"),
    Job("prune", prune.run, retries=3, wait_seconds=60, cron="41 * * * *", lock="prune",
        promise="assertions and tokens that ended a day ago, files begun then and never finished, are gone within the hour"),
    Job("renew", renew.run, retries=5, wait_seconds=30, cron="*/2 * * * *", lock="renew",
        promise="when a key is changed, what is under the former version is on its way under the new one within minutes"),
    Job("resume", resume.run, retries=3, wait_seconds=30, cron="*/5 * * * *", lock="resume",
        promise="a delivery whose job was given up is taken up again within ten minutes"),
)  # fmt: skip

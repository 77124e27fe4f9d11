"""The journal of a real worker: what was done, failed and why, was killed, and was caught up with."""

from __future__ import annotations

import asyncio
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import procrastinate
import pytest
from sqlalchemy import text
from syncworld import hand_in, platform, state_of, until, value, worker

from landdata.errors import RunNotGivenUp
from landdata.flows import jobs
from landdata.model.jobs import Outcome, Progress, Wanted
from landdata.model.progress import Stage
from landdata.model.slots import last_slot
from landdata.store import roles
from landdata.store.jobs import Taken
from landdata.store.queue import enqueue
from sync.engine import connector, rescue
from sync.schedule import JOBS


def runs(db, job, **more: object):
    """The runs of a job, oldest first."""
    return list(reversed(jobs.page(db, Wanted(job=job, **more), after=None, most=100).runs))


def change(db, sql, **values: object):
    with db.write() as tx:
        tx.connection.execute(text(sql), values)


def test_a_killed_run_is_noted_when_it_is_rescued_and_missed_slots_are_caught_up_with_once(
    country, country_url, office, delivery, data_dir
):
    jobs.keep(country, [job.promise for job in JOBS])
    change(country, "UPDATE sync.job SET since = now() - interval '3 days'")
    receipt = hand_in(country, data_dir, delivery.path, "killed")
    process = worker(country_url, data_dir)
    # Held fast where it is published, so that the kill falls into its midst.
    with country.write() as tx:
        tx.connection.execute(text("LOCK TABLE land.record IN SHARE MODE"))
        with process:
            until(lambda: runs(country, "deliver", outcome=Outcome.RUNNING), what="a run")
            until(lambda: runs(country, "deliver")[0].progress, what="progress")
            assert process.end(signal.SIGKILL) == -9
    (left,) = runs(country, "deliver")
    assert (left.outcome, left.ended_at, left.subject) == (Outcome.RUNNING, None, receipt.delivery_uid)
    assert isinstance(left.progress, Progress)
    assert left.progress.stage is not Stage.DONE
    with process:
        until(lambda: state_of(country, receipt.delivery_uid) == "PUBLISHED", what="PUBLISHED")
        until(lambda: len(jobs.page(country, Wanted(outcome=Outcome.DONE), after=None, most=500).runs) > 8)
        until(lambda: runs(country, "quality", outcome=Outcome.DONE), what="the nightly count")
        assert process.end(signal.SIGTERM) == 0
    first, second = runs(country, "deliver")
    assert (first.run_no, first.outcome, first.attempt, second.outcome, second.attempt) == (
        left.run_no, Outcome.KILLED, 1, Outcome.DONE, 2,
    )  # fmt: skip
    assert first.started_at < first.ended_at <= second.started_at < second.ended_at
    assert first.worker != second.worker
    stands = jobs.show(country, "deliver")
    assert (stands.failures, stands.kills, stands.done_at) == (1, 1, second.ended_at)
    # Both nights before were missed: the last one is made good, and the journal says so.
    (night,) = runs(country, "quality")
    cron = jobs.show(country, "quality").promise.cron
    assert (night.slot, night.caught_up) == (last_slot(cron, datetime.now(UTC)), True)
    with process:
        until(lambda: runs(country, "seal")[-1].worker not in {first.worker, second.worker}, what="another start")
    assert len(runs(country, "quality")) == 1, "once is enough"


def test_why_a_job_failed_is_noted_with_every_try_and_no_word_of_it(country, country_url, data_dir):
    jobs.keep(country, [job.promise for job in JOBS])
    change(
        country,
        "INSERT INTO match.claim (identity_key, name, id_number_sealed, birth_year) "
        "VALUES (gen_random_uuid(), 'Nguyễn Văn Kín', '\\x00', 1970)",  # cannot be unsealed, so the job fails
    )
    with platform(data_dir) as people:
        with country.write() as tx:
            enqueue(tx, task="match", lock="match", once="match")
        with worker(country_url, data_dir, population=str(people.base_url).rstrip("/")):
            until(lambda: runs(country, "match", outcome=Outcome.RETRY), what="a failure")
            change(
                country, "UPDATE procrastinate_jobs SET scheduled_at = NULL, attempts = 20 WHERE task_name = 'match'"
            )
            until(lambda: runs(country, "match", outcome=Outcome.FAILED), what="the last one")
    first = runs(country, "match")[0]
    assert (first.outcome, first.attempt, first.slot, first.caught_up) == (Outcome.RETRY, 1, None, False)
    assert first.failure.isidentifier(), first.failure
    assert "Kín" not in value(country, "SELECT string_agg(r::text, '') FROM sync.job_run r")


@pytest.fixture
def journal(database):
    jobs.keep(database, [job.promise for job in JOBS])
    return database


def took(db, queue_id, *, job="seal", error=None, again=True, subject=None):
    try:
        with jobs.noted(db, Taken(job, queue_id, 1, "test", subject), again=lambda _: again):
            if error is not None:
                raise error
    except OSError:
        pass


def test_pages_hold_every_run_once_and_old_ones_go(journal):
    for number in range(7):
        took(journal, number)
    took(journal, 7, error=OSError("secret words"), again=False)
    took(journal, 8, job="feed", error=OSError("secret words"))
    seen, after = [], None
    while True:
        page = jobs.page(journal, Wanted(job="seal"), after=after, most=3)
        seen += [one.run_no for one in page.runs]
        if (after := page.after) is None:
            break
    assert seen == sorted(seen, reverse=True)
    assert len(set(seen)) == 8
    (failed,) = jobs.page(journal, Wanted(outcome=Outcome.FAILED), after=None, most=9).runs
    assert (failed.job, failed.failure) == ("seal", "OSError")
    assert jobs.page(journal, Wanted(since=datetime.now(UTC) + timedelta(hours=1)), after=None, most=9).runs == ()
    change(journal, "UPDATE sync.job_run SET started_at = started_at - interval '15 days' WHERE run_no % 2 = 0")
    assert jobs.prune(journal) == 3
    assert {one.outcome for one in jobs.page(journal, Wanted(), after=None, most=99).runs} == {
        Outcome.DONE, Outcome.RETRY, Outcome.FAILED,
    }  # fmt: skip
    change(journal, "UPDATE sync.job_run SET started_at = started_at - interval '401 days'")
    jobs.prune(journal)
    assert jobs.page(journal, Wanted(), after=None, most=9).runs == ()
    assert jobs.show(journal, "seal").failures == 1, "figures do not go with the lines"


def test_a_kill_takes_no_try_from_a_job(journal):
    assert jobs.ask(journal, "seal")

    async def killed(times: int) -> None:
        url = journal.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        app = procrastinate.App(connector=connector(url))
        async with app.open_async():
            for _ in range(times):
                change(journal, "UPDATE procrastinate_jobs SET status = 'doing'")
                assert await rescue(app, journal, silent_seconds=0) == 1

    asyncio.run(killed(3))
    assert value(journal, "SELECT status || ' ' || attempts FROM procrastinate_jobs") == "todo 0"
    change(journal, "UPDATE procrastinate_jobs SET status = 'doing'")
    took(journal, value(journal, "SELECT id FROM procrastinate_jobs"))
    assert [one.attempt for one in runs(journal, "seal")] == [4], "each was a try all the same"


def test_jobs_given_up_leave_the_queue_in_the_end(journal):
    with journal.write() as tx:
        for once in ("old", "new", "waiting"):
            enqueue(tx, task="seal", lock=None, once=once)
    change(journal, "UPDATE procrastinate_jobs SET status = 'failed' WHERE queueing_lock <> 'waiting'")
    old = "SELECT id FROM procrastinate_jobs WHERE queueing_lock = 'old'"
    change(journal, f"UPDATE procrastinate_events SET at = at - interval '500 days' WHERE job_id = ({old})")
    assert jobs.prune(journal) == 1
    assert value(journal, "SELECT array_agg(queueing_lock::text ORDER BY id) FROM procrastinate_jobs") == [
        "new",
        "waiting",
    ]


def test_a_job_is_asked_for_once(journal):
    assert jobs.ask(journal, "quality")
    assert not jobs.ask(journal, "quality")
    assert value(journal, "SELECT array_agg(task_name || '/' || lock) FROM procrastinate_jobs") == ["quality/quality"]


def gave_up(db, *, job="deliver", uid=None):
    """A job that failed as often as it may, as the engine leaves it: the number of its last run."""
    uid = uid or uuid4()
    with db.write() as tx:
        enqueue(tx, task=job, lock="province:24", once=None, queue="deliveries", delivery_uid=str(uid))
    queue_id = value(db, "SELECT max(id) FROM procrastinate_jobs")
    took(db, queue_id, job=job, error=OSError(), subject=uid)
    took(db, queue_id, job=job, error=OSError(), again=False, subject=uid)
    change(db, f"UPDATE procrastinate_jobs SET status = 'failed', attempts = 11 WHERE id = {queue_id}")
    return runs(db, job)[-1].run_no, uid


def test_a_job_given_up_is_tried_again_with_all_its_tries_and_once(journal):
    run_no, _ = gave_up(journal)
    admin = roles.connect(journal.engine.url.render_as_string(hide_password=False), roles.Role.ADMIN, pool_size=1)
    with closing(admin):  # the pages' role is enough
        assert jobs.given_up(admin, [run_no - 1, run_no]) == {run_no}
        jobs.retry(admin, run_no)
        assert jobs.given_up(admin, [run_no]) == frozenset()
        with pytest.raises(RunNotGivenUp):
            jobs.retry(admin, run_no)
    job = "SELECT status || ' ' || attempts || ' ' || lock || ' ' || queue_name FROM procrastinate_jobs"
    assert value(journal, job) == "todo 0 province:24 deliveries"
    assert value(journal, "SELECT count(*) FROM procrastinate_events WHERE type = 'retried'") == 1


def test_what_was_taken_up_since_comes_by_itself_or_never_was_is_not_tried_again(journal):
    waits, uid = gave_up(journal)
    with journal.write() as tx:
        enqueue(tx, task="deliver", lock=None, once=None, delivery_uid=str(uid))
    done, uid = gave_up(journal)
    took(journal, 0, job="deliver", subject=uid)
    periodic, _ = gave_up(journal, job="match")
    before = value(journal, "SELECT array_agg(status::text ORDER BY id) FROM procrastinate_jobs")
    assert jobs.given_up(journal, [waits, done, periodic, 0]) == frozenset()
    for run_no in (waits, done, periodic, 0):
        with pytest.raises(RunNotGivenUp):
            jobs.retry(journal, run_no)
    assert value(journal, "SELECT array_agg(status::text ORDER BY id) FROM procrastinate_jobs") == before


def test_a_job_that_the_clock_asks_for_at_the_same_moment_is_asked_for_once_and_nothing_breaks(journal):
    with ThreadPoolExecutor(1) as pool:
        with journal.write() as clock:  # as the engine's: without our lock, and not there to be seen yet
            clock.connection.exec_driver_sql(
                "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('default', 'seal', 0, 'seal', 'seal', '{}'::jsonb, NULL)"
                "::procrastinate_job_to_defer_v1])"
            )
            asked = pool.submit(jobs.ask, journal, "seal")
            waiting = (
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%defer_jobs%'"
            )
            until(lambda: value(journal, waiting), what="the second to wait for the first")
        asked.result(timeout=30)
    assert value(journal, "SELECT count(*) FROM procrastinate_jobs") == 1

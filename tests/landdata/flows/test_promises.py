"""A promise is broken when a slot, or a job that was asked for, is not done in time, and kept again once one is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from landdata.flows import jobs, promises
from landdata.model.jobs import Promise
from landdata.model.slots import last_slot, next_slot
from landdata.store.jobs import Taken
from landdata.store.queue import enqueue

SINCE = datetime(2026, 3, 1, 12, tzinfo=UTC)
NIGHTLY = Promise("nightly", 3600, "đã đếm", "it is counted", cron="30 18 * * *", lock="nightly")
ASKED = Promise("asked", 600, "đã đọc", "it is read")
SLOT = datetime(2026, 3, 1, 18, 30, tzinfo=UTC)


@pytest.fixture
def kept(database):
    """A database whose worker was first started at SINCE."""
    jobs.keep(database, [NIGHTLY, ASKED])
    change(database, "UPDATE sync.job SET since = :since", since=SINCE)
    return database


def change(db, sql, **values: object):
    with db.write() as tx:
        tx.connection.execute(text(sql), values)


def done(db, began_at):
    with jobs.noted(db, Taken("nightly", 1, 1, "test"), again=lambda _: True):
        pass
    change(db, "UPDATE sync.job SET began_at = :at WHERE name = 'nightly'", at=began_at)


def broken(db, now):
    return [(one.job, one.due_at) for one in promises.broken(db, now)]


def test_a_slot_is_kept_until_its_time_is_over_and_again_when_a_run_is_done(kept):
    due = SLOT + timedelta(hours=1)
    assert broken(kept, due - timedelta(seconds=1)) == []
    assert broken(kept, due) == [("nightly", due)]
    assert broken(kept, due + timedelta(days=3)) == [("nightly", due)], "it has been broken since the first slot missed"
    done(kept, SLOT - timedelta(seconds=1))
    assert broken(kept, due) == [("nightly", due)], "what began before the slot is not for it"
    done(kept, SLOT + timedelta(hours=5))
    assert broken(kept, due + timedelta(hours=8)) == []
    assert broken(kept, due + timedelta(days=1)) == [("nightly", due + timedelta(days=1))]


def test_other_times_are_judged_from_when_they_hold(kept):
    jobs.keep(kept, [Promise("nightly", 60, "x", "x", cron="0 5 * * *", lock="nightly"), ASKED])
    assert broken(kept, SLOT + timedelta(days=2)) == []
    jobs.keep(kept, [ASKED])
    assert [one.promise.job for one in jobs.standings(kept)] == ["asked"]


def test_a_job_that_was_asked_for_is_late_after_its_time(kept):
    now = datetime.now(UTC)
    assert "asked" not in dict(broken(kept, now + timedelta(days=1)))
    with kept.write() as tx:
        enqueue(tx, task="asked", lock=None, once=None)
    assert "asked" not in dict(broken(kept, now + timedelta(seconds=590)))
    change(kept, "UPDATE procrastinate_jobs SET scheduled_at = now() + interval '1 hour', attempts = 3")
    found = dict(broken(kept, now + timedelta(seconds=630)))
    assert abs(found["asked"] - now - timedelta(seconds=600)) < timedelta(seconds=20)


def test_slots_of_minutes_and_of_seconds():
    at = datetime(2026, 3, 1, 18, 30, 15, 400_000, tzinfo=UTC)
    assert last_slot("30 18 * * *", SLOT) == SLOT
    assert last_slot("30 18 * * *", SLOT - timedelta(microseconds=1)) == SLOT - timedelta(days=1)
    assert next_slot("30 18 * * *", SLOT) == SLOT + timedelta(days=1)
    assert last_slot("* * * * * */15", at) == at.replace(microsecond=0)
    assert next_slot("* * * * * */15", at) == SLOT + timedelta(seconds=30)

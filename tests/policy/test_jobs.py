"""Every job can be tried again; a periodic one runs alone and promises; nothing waits without a worker."""

from __future__ import annotations

import ast
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from croniter import croniter

from landdata.model.slots import next_slot
from sync.schedule import JOBS, QUEUES

ROOT = Path(__file__).resolve().parents[2]


def test_names_are_unique():
    names = [job.name for job in JOBS]
    assert names
    assert len(names) == len(set(names))


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_a_job_is_tried_again_and_promises_something(job):
    assert job.retries >= 1
    assert job.wait_seconds >= 1
    assert len(job.vi.split()) >= 4
    assert len(job.en.split()) >= 4
    assert not re.search(r"\d|minute|hour|phút|giờ", f"{job.vi} {job.en}"), "by when is said by promise_seconds alone"


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_a_promise_leaves_time_for_what_it_promises(job):
    """For the next slot, so that one that is slow is no alarm, and for four tries."""
    assert job.promise_seconds >= job.wait_seconds * (1 + 2)
    if job.cron is not None:
        slot = next_slot(job.cron, datetime(2026, 3, 1, tzinfo=UTC))
        between = (next_slot(job.cron, slot) - slot).total_seconds()
        assert job.promise_seconds >= min(between, 3600)


@pytest.mark.parametrize("job", [job for job in JOBS if job.cron], ids=lambda job: job.name)
def test_a_periodic_job_runs_alone_at_a_time_that_exists(job):
    assert job.lock
    assert croniter.is_valid(job.cron)


def test_every_job_file_is_on_the_schedule():
    files = {path.stem for path in (ROOT / "sync/jobs").glob("*.py")} - {"__init__"}
    assert files == {job.work.__module__.rpartition(".")[2] for job in JOBS}


def test_what_a_flow_enqueues_has_a_worker():
    """The flows name their tasks in constants that end with TASK; the schedule must know each."""
    named = set()
    for path in (ROOT / "landdata/flows").glob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if (
                isinstance(node, ast.Assign)
                and isinstance(node.targets[0], ast.Name)
                and node.targets[0].id.endswith("TASK")
            ):
                assert isinstance(node.value, ast.Constant), path.name
                named.add(node.value.value)
    assert named
    assert named <= {job.name for job in JOBS}


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_the_operator_is_told_what_to_do_when_a_promise_is_broken(job):
    page = (ROOT / "docs/jobs.md").read_text(encoding="utf-8")
    told = page.partition("## When a promise is broken")[2]
    assert re.search(rf"^\|[^|]*`{job.name}`", told, re.MULTILINE)


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_a_job_has_a_place_to_run(job):
    """What comes by the clock runs where the clock is; what waits for a file must not keep it waiting."""
    assert QUEUES[job.queue] >= 1
    assert job.cron is None or job.queue == "default"
    assert (job.queue in {"deliveries", "pulls"}) == (job.cron is None)

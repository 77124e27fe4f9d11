"""Every job can be tried again; a periodic one runs alone and promises; nothing waits without a worker."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from croniter import croniter

from sync.schedule import JOBS

ROOT = Path(__file__).resolve().parents[2]


def test_names_are_unique():
    names = [job.name for job in JOBS]
    assert names
    assert len(names) == len(set(names))


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_a_job_is_tried_again_and_promises_something(job):
    assert job.retries >= 1
    assert job.wait_seconds >= 1
    assert len(job.promise.split()) >= 4


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

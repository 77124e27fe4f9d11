"""The operator's commands about jobs: who keeps a promise, why one failed, and one asked for by hand."""

from __future__ import annotations

import json

import pytest
from rich.console import Console

from landdata.commands import console
from landdata.flows import jobs
from landdata.model.jobs import Promise
from landdata.settings import Settings
from landdata.store.jobs import Taken
from landdata.store.queue import enqueue


@pytest.fixture
def operator(command, database, database_url, in_process, monkeypatch):
    """`landdata jobs ARGUMENTS` beside a worker that seals in time and failed to prune."""
    monkeypatch.setattr(console, "settings", lambda: Settings(database_url=database_url))
    monkeypatch.setattr(console, "out", Console(soft_wrap=True, highlight=False, markup=False, width=200))
    seal = Promise("seal", 120, "đã niêm phong", "every entry is sealed", cron="* * * * *", lock="seal")
    jobs.keep(database, [seal, Promise("deliver", 3600, "đã đọc", "a delivery is read")])
    with jobs.noted(database, Taken("seal", 1, 1, "here/1"), again=lambda _: True):
        pass
    tried = jobs.noted(database, Taken("seal", 2, 1, "here/1"), again=lambda _: True)
    with pytest.raises(OSError, match="words"), tried:
        raise OSError("words of it")
    return lambda *arguments: command("jobs", *arguments)


def test_jobs_are_listed_shown_and_asked_for(operator, database):
    code, printed, error = operator("list")
    assert (code, error) == (0, "")
    assert "giữ / kept" in next(line for line in printed.splitlines() if "seal" in line)
    code, printed, error = operator("show", "seal")
    assert (code, error) == (0, "")
    for words in (
        "đã niêm phong",
        "every entry is sealed",
        "2 min",
        "OSError",
        "lỗi, sẽ thử lại / failed, tried again",
    ):
        assert words in printed
    assert "words" not in printed
    assert [one["outcome"] for one in json.loads(operator("show", "seal", "--format", "json")[1])["runs"]] == [
        "RETRY", "DONE",
    ]  # fmt: skip
    assert "đã xếp hàng" in operator("run", "seal")[1]
    assert "đã có trong hàng đợi" in operator("run", "seal")[1]
    for name in ("deliver", "nobody"):
        assert operator("run", name)[2].splitlines()[0] == "JOB_UNKNOWN"


def test_a_broken_promise_is_an_exit_code(operator, database):
    with database.write() as tx:
        tx.connection.exec_driver_sql("UPDATE sync.job SET since = now() - interval '1 day', began_at = NULL")
    code, printed, _ = operator("list")
    assert code == 1
    assert "KHÔNG GIỮ từ / BROKEN since" in printed
    assert not [
        one for one in json.loads(operator("list", "--format", "json")[1]) if one["job"] == "seal" and one["kept"]
    ]


def test_a_job_given_up_is_tried_again_by_the_number_of_its_run(operator, database):
    with database.write() as tx:
        enqueue(tx, task="deliver", lock=None, once=None, delivery_uid="a")
    queue_id = int(database_value(database, "SELECT id FROM procrastinate_jobs"))
    tried = jobs.noted(database, Taken("deliver", queue_id, 10, "here/1"), again=lambda _: False)
    with pytest.raises(OSError, match="disk"), tried:
        raise OSError("disk")
    with database.write() as tx:
        tx.connection.exec_driver_sql("UPDATE procrastinate_jobs SET status = 'failed'")
    [line] = [line for line in operator("show", "deliver")[1].splitlines() if "OSError" in line]
    run_no = line.replace("│", " ").split()[0]
    assert "đã xếp hàng lại" in operator("retry", run_no)[1]
    assert database_value(database, "SELECT status FROM procrastinate_jobs") == "todo"
    assert operator("retry", run_no)[2].splitlines()[0] == "RUN_NOT_GIVEN_UP"


def database_value(database, query):
    with database.read() as tx:
        return tx.connection.exec_driver_sql(query).scalar_one()

"""Jobs and their journal over HTTP: who sees them, page by page; and as figures for Prometheus."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from landdata.flows import jobs
from landdata.model.clients import STATISTICS_SCOPE
from landdata.model.jobs import Promise
from landdata.model.people import Role, Session, SignedIn, Stage, now
from landdata.store.jobs import Taken
from landdata.store.queue import enqueue

PATH = "/v1/runs"
SID = {"Cookie": "sid=x"}


@pytest.fixture
def journal(database):
    """Three jobs: one that keeps its promise, one whose slots passed, one that works on a delivery."""
    jobs.keep(
        database,
        [
            Promise("seal", 120, "đã niêm phong", "sealed", cron="* * * * *", lock="seal"),
            Promise("quality", 3600, "đã đếm", "counted", cron="0 * * * *", lock="quality"),
            Promise("deliver", 3600, "đã đọc", "read"),
        ],
    )
    uid = uuid4()
    for number in range(3):
        with jobs.noted(database, Taken("seal", number, 1, "here/1", slot=1_700_000_000), again=lambda _: True):
            pass
    tried = jobs.noted(database, Taken("deliver", 9, 2, "here/1", subject=uid), again=lambda _: True)
    with pytest.raises(OSError, match="words"), tried:
        raise OSError("words of it")
    with database.write() as tx:
        tx.connection.execute(text("UPDATE sync.job SET since = now() - interval '1 day'"))
        enqueue(tx, task="quality", lock="quality", once="quality")
        tx.connection.execute(text("UPDATE procrastinate_events SET at = at - interval '1 hour'"))
    return uid


@pytest.fixture
def sign_in(monkeypatch):
    def made(roles=(Role.MINISTRY_VIEWER,), office="MINISTRY") -> None:
        at = now()
        session = Session(uuid4(), Stage.OPEN, at, at, at + timedelta(hours=1), "127.0.0.1", "")
        held = SignedIn(1, "lan", "Lan", "MAE", office, frozenset(roles), session, at, by_issuer=False)
        monkeypatch.setattr("landdata.flows.sessions.find", lambda _entrance, _token: held)

    return made


def test_the_journal_is_read_page_by_page(api, journal, sign_in):
    sign_in([Role.ADMINISTRATOR])
    first = api.http.get(f"{PATH}?limit=3", headers=SID)
    assert first.headers["cache-control"] == "no-store"
    body = first.json()
    rest = api.http.get(f"{PATH}?limit=3&cursor={body['next_cursor']}", headers=SID).json()
    assert [one["job"] for one in body["runs"] + rest["runs"]] == ["deliver", "seal", "seal", "seal"]
    assert rest["next_cursor"] is None
    newest = body["runs"][0]
    assert (newest["outcome"], newest["failure"], newest["attempt"], newest["subject"]) == (
        "RETRY", "OSError", 2, str(journal),
    )  # fmt: skip
    assert rest["runs"][0]["caught_up"], "its slot was long ago"
    assert "words" not in first.text
    assert [one["job"] for one in api.http.get(f"{PATH}?outcome=RETRY", headers=SID).json()["runs"]] == ["deliver"]
    assert len(api.http.get(f"{PATH}?job=seal&since=2026-01-01T00:00:00Z", headers=SID).json()["runs"]) == 3
    assert api.http.get(f"{PATH}?since=2099-01-01T00:00:00Z", headers=SID).json()["runs"] == []


def test_the_schedule_says_which_promise_is_broken(api, journal, sign_in):
    sign_in()
    body = api.http.get(f"{PATH}/schedule", headers=SID).json()
    found = {one["job"]: one for one in body["jobs"]}
    assert {name: one["promise"]["kept"] for name, one in found.items()} == {
        "seal": True, "quality": False, "deliver": True,
    }  # fmt: skip
    assert found["quality"]["promise"]["broken_since"] < body["at"] < found["quality"]["next_at"]
    assert (found["quality"]["waiting"], found["quality"]["done_at"]) == (1, None)
    assert found["seal"]["done_at"] is not None
    assert (found["deliver"]["next_at"], found["deliver"]["failures"]) == (None, 1)
    lines = api.http.get("/metrics").text.splitlines()
    figures = dict(line.rsplit(" ", 1) for line in lines if line.startswith("landdata_job_"))
    assert figures['landdata_job_promise_broken{job="quality"}'] == "1.0"
    assert figures['landdata_job_promise_broken{job="seal"}'] == "0.0"
    assert figures['landdata_job_failures{job="deliver"}'] == "1.0"
    assert figures['landdata_job_waiting{job="quality"}'] == "1.0"
    assert 3600 <= float(figures['landdata_job_oldest_waiting_seconds{job="quality"}']) < 4200
    assert float(figures['landdata_job_last_done_seconds{job="seal"}']) < 600
    assert 'landdata_job_last_done_seconds{job="quality"}' not in figures


def test_only_people_of_the_ministry_see_them(api, journal, sign_in, make_machine):
    paths = (PATH, f"{PATH}/schedule")
    reader = make_machine("CONSUMER", frozenset({STATISTICS_SCOPE})).bearer(STATISTICS_SCOPE)
    for path in paths:
        assert [api.http.get(path, headers=one).status_code for one in ({}, reader)] == [401, 401]
    for roles, office in (([Role.SECOND_APPROVER], "LAND_OFFICE"), ([], "MINISTRY")):
        sign_in(roles, office)
        for path in paths:
            assert api.http.get(path, headers=SID).json()["code"] == "ROLE_MISSING"


WRONG = {
    "job=nobody": (404, "JOB_UNKNOWN"),
    "cursor=%3F%3F": (422, "CURSOR_INVALID"),
    "cursor=OTIyMzM3MjAzNjg1NDc3NTgwOA": (422, "CURSOR_INVALID"),  # 2^63
    "outcome=LOST": (422, "REQUEST_INVALID"),
    "since=1679961600": (422, "REQUEST_INVALID"),
    "job=seal&job=feed": (400, "PARAMETER_REPEATED"),
}


def test_what_is_asked_wrongly_is_refused(api, journal, sign_in):
    sign_in()
    answers = {query: api.http.get(f"{PATH}?{query}", headers=SID) for query in WRONG}
    assert {query: (one.status_code, one.json()["code"]) for query, one in answers.items()} == WRONG

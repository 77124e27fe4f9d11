"""Indicators over HTTP: figures for anyone, tables from the ministry, versions with who made them for its own people."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.services import Services
from fixtures.demo import indicators as demo
from landdata.model.people import Role

ROOT = Path(__file__).resolve().parents[2]
BASE = "/v1/indicators"
DAY = "effective_on=2021-06-16"
TABLE = "Đối tượng,Cấp,Đã làm,Tổng số\nBắc Ninh,cấp xã,30,100\nHuế,cấp xã,40,90\n".encode()


@pytest.fixture
def database(country):
    return country


@pytest.fixture
def api(api, clock):
    held: Services = api.app.state.services
    api.app.state.services = replace(held, entrance=replace(held.entrance, clock=clock))
    return api


def send(person, method, path, **given: Any):
    headers = {**person.here, "X-CSRF-Token": person.csrf, **given.pop("headers", {})}
    return person.http.request(method, path, headers=headers, **given)


def test_anyone_sees_figures_as_json_and_as_a_table(api):
    names = [one["code"] for one in api.http.get(BASE).json()["indicators"]]
    assert names[0] == "RESULT_SYNC"
    assert len(names) == 6
    body = api.http.get(f"{BASE}/ONLINE_PAYMENT/values?{DAY}&level=all&subject=95").json()
    [one] = body["values"]
    assert (one["subject"], one["total"], one["done"], one["basis"]) == (
        "Bạc Liêu", {"at_least": 601, "at_most": 601}, None, "WHOLE",
    )  # fmt: skip
    assert (one["flags"][0]["code"], body["indicator"]["target_share"]) == ("INDICATOR_LEVELS_DIFFER", 0.5)
    text = api.http.get(f"{BASE}/RESULT_SYNC/values.csv?{DAY}&level=commune&division=2025")
    rows = list(csv.DictReader(io.StringIO(text.content.decode("utf-8-sig"))))
    assert (len(rows), sum(int(one["done_at_least"]) for one in rows)) == (34, 1462)
    totals = api.http.get(f"{BASE}/RESULT_SYNC/summary?{DAY}").json()
    assert (totals["exact"], [one["total"]["at_least"] for one in totals["totals"]]) == (
        False,
        [88151, 18131, 9513, 4040],
    )
    late = api.http.get(f"{BASE}/SERVICE_DUE/values?{DAY}&timing=UNREPORTED").json()["values"]
    assert [(one["due"], one["due_on"]) for one in late] == [("2021-Q1", "2021-03-31")]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("X/values", 404, "INDICATOR_UNKNOWN"),
        ("RESULT_SYNC/values?level=thon", 422, "REQUEST_INVALID"),
        ("RESULT_SYNC/values?day=2021-06-16", 422, "REQUEST_INVALID"),
        ("RESULT_SYNC/summary?division=1945", 404, "DIVISION_UNKNOWN"),
        ("uploads/0f9f5e0c-6a1c-4f0e-9f2f-6f7c2f1b8a10", 401, "SIGN_IN_NEEDED"),
    ],
)
def test_what_is_asked_wrongly_says_why(api, path, status, code):
    answer = api.http.get(f"{BASE}/{path}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_table_is_checked_recorded_and_corrected(api, member):
    _, lan = member(Role.MINISTRY_BACKFILL)
    _, viewer = member(Role.MINISTRY_VIEWER)
    path = f"{BASE}/RESULT_SYNC/uploads?file_name=a.csv&source=B%C3%A1o%20c%C3%A1o%20qu%C3%BD&on=2026-09-30"
    binary = {"Content-Type": "application/octet-stream"}
    assert send(viewer, "POST", path, content=TABLE, headers=binary).status_code == 403
    wrong = send(lan, "POST", path, content=TABLE.replace(b"40", b"-4"), headers=binary)
    assert wrong.status_code == 201, wrong.text
    assert (wrong.json()["recordable"], wrong.json()["counts"]["REFUSED"]) == (False, 1)
    [row] = [one for one in wrong.json()["rows"] if one["change"] == "REFUSED"]
    assert (row["row"], row["findings"][0]["code"]) == (2, "INDICATOR_NUMBER_UNREADABLE")
    assert "“-4”" in row["findings"][0]["vi"]
    assert send(lan, "POST", path, content=b"\x00", headers=binary).json()["code"] == "INDICATOR_TABLE_UNREADABLE"
    assert send(lan, "POST", path, content=b"x" * 1_200_000, headers=binary).status_code == 413

    def recorded(content, reason="") -> httpx.Response:
        draft = send(lan, "POST", path, content=content, headers=binary).json()["upload"]
        assert send(viewer, "GET", f"{BASE}/uploads/{draft}").status_code == 403
        assert send(lan, "GET", f"{BASE}/uploads/{draft}").json()["upload"] == draft
        return send(lan, "POST", f"{BASE}/uploads/{draft}/records", json={"reason": reason})

    first = recorded(TABLE)
    assert (first.status_code, first.json()["new"]) == (201, 2)
    assert recorded(TABLE).json() == {"upload": None, "new": 0, "changed": 0, "unchanged": 2}
    changed = TABLE.replace(b"30", b"31")
    assert recorded(changed).json()["code"] == "INDICATOR_REASON_MISSING"
    assert recorded(changed, "Đính chính").json()["changed"] == 1
    figures = api.http.get(f"{BASE}/RESULT_SYNC/values?level=commune&subject=24").json()["values"]
    assert [(one["done"]["at_least"], one["version"]) for one in figures] == [(31, 2)]
    told = send(viewer, "GET", f"{BASE}/RESULT_SYNC/versions").json()["versions"]
    assert [(one["done"], one["version"], one["reason"], bool(one["by"])) for one in told] == [
        (31, 2, "Đính chính", True), (30, 1, "", True),
    ]  # fmt: skip
    assert {one["by"] for one in api.http.get(f"{BASE}/RESULT_SYNC/versions").json()["versions"]} == {None}


def test_the_demo_checks_what_it_shows(api, capsys):
    found = demo.ask(api.http)
    demo.show(found)
    assert "601 so với 504+77+27 = 608" in capsys.readouterr().out
    for name, told, wanted in demo.checks(found, ROOT / "fixtures/reference/seed_tables"):
        assert told == wanted, name

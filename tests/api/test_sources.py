"""Sources and alerts over HTTP: who sees what, the same as a table, and what the ministry says about a source."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date, timedelta

import pytest

from api.services import Services
from landdata.flows import alerts, offices, sources
from landdata.model.clients import DELIVER_SCOPE, STATISTICS_SCOPE
from landdata.model.people import Role
from landdata.model.sources import Promise

BASE = "/v1/sources"
DAY = date(2026, 11, 1)
WHY = "theo công văn của văn phòng"


@pytest.fixture
def database(country):
    return country


@pytest.fixture
def api(api, clock):
    held: Services = api.app.state.services
    api.app.state.services = replace(held, entrance=replace(held.entrance, clock=clock))
    return api


@pytest.fixture
def two(database, invite, make_machine):
    """The office of Bắc Ninh (24) and that of Hà Nội (01), whose first delivery is late, with its client."""
    machine = make_machine("LAND_OFFICE", frozenset({DELIVER_SCOPE}))
    for code, province in (("LO-24", "24"), (machine.client_id, "01")):
        offices.register_land_office(database, code=code, name_vi=code, name_en=code, provinces=[(province, DAY)])
    offices.register_person(database, login="lan", full_name="Lan", office_code="MAE")
    promised = Promise(first_due_on=date.today() - timedelta(days=5))  # noqa: DTZ011 - days apart
    sources.promise(database, office_code=machine.client_id, promised=promised, login="lan", reason="thử")
    sources.sweep(database)
    alerts.look(database, targets=())
    return machine


def send(person, method, path, said=None):
    headers = {**person.here, "X-CSRF-Token": person.csrf}
    return person.http.request(method, path, json=said, headers=headers)


def test_the_ministry_sees_all_and_an_office_its_own(api, two, member):
    _, ministry = member(Role.MINISTRY_VIEWER)
    body = send(ministry, "GET", BASE).json()
    assert [(one["office"], one["state"]) for one in body["sources"]] == [
        (two.client_id, "LATE"), ("LO-24", "NEVER_CONNECTED"),
    ]  # fmt: skip
    assert (len(body["without"]), body["division"]) == (32, "2025")
    [late] = send(ministry, "GET", f"{BASE}/01").json()["sources"]
    assert [(one["cause"], one["after"], one["person"]) for one in late["events"]] == [
        ("REGISTERED", "NEVER_CONNECTED", None), ("PROMISED", "NEVER_CONNECTED", "lan"), ("MISSED", "LATE", None),
    ]  # fmt: skip
    [told] = send(ministry, "GET", "/v1/alerts?province=01").json()["alerts"]
    assert (told["rule"], told["office"]) == ("SOURCE_OVERDUE", two.client_id)
    assert send(ministry, "GET", "/v1/alerts?province=24").json()["alerts"] == []
    figures = api.http.get("/metrics").text.splitlines()
    assert 'landdata_alerts_open{rule="SOURCE_OVERDUE"} 1.0' in figures
    assert 'landdata_alerts_open{rule="SOURCE_FAILING"} 0.0' in figures
    assert send(ministry, "GET", "/v1/alerts?state=CLOSED").json()["alerts"] == []

    _, clerk = member(Role.LAND_OFFICER, office="LO-24")
    for ask, own, alerts_ in (
        (lambda path: send(clerk, "GET", path), "LO-24", 0),
        (lambda path: api.http.get(path, headers=two.bearer(DELIVER_SCOPE)), two.client_id, 1),
    ):
        body = ask(BASE).json()
        assert ([one["office"] for one in body["sources"]], body["without"]) == ([own], [])
        theirs = "01" if own == "LO-24" else "24"
        assert ask(f"{BASE}/{theirs}").json()["code"] == ask(f"{BASE}/99").json()["code"] == "SOURCE_UNKNOWN"
        assert len(ask("/v1/alerts").json()["alerts"]) == alerts_


def test_the_same_as_a_table(api, two, member):
    _, ministry = member(Role.MINISTRY_VIEWER)
    answer = send(ministry, "GET", f"{BASE}.csv")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    plain = send(ministry, "GET", BASE).json()
    assert {(one["province"], one["state"]) for one in rows} == {
        *((where["code"], one["state"]) for one in plain["sources"] for where in one["provinces"]),
        *((one["code"], "NEVER_CONNECTED") for one in plain["without"]),
    }
    assert (rows[0]["days_late"], rows[0]["first_due_on"]) == (
        str(plain["sources"][0]["days_late"]), plain["sources"][0]["promise"]["first_due_on"],
    )  # fmt: skip


def test_nobody_else_comes_in(api, two, member, make_machine):
    reader = make_machine("CONSUMER", frozenset({STATISTICS_SCOPE})).bearer(STATISTICS_SCOPE)
    for path in (BASE, f"{BASE}.csv", f"{BASE}/24", "/v1/alerts"):
        assert api.http.get(path).json()["code"] == "SIGN_IN_NEEDED"
        assert api.http.get(path, headers=reader).json()["code"] == "SCOPE_INSUFFICIENT"
    step = {"office": "LO-24", "step": "PAUSE", "reason": WHY}
    for who in (member(Role.MINISTRY_VIEWER), member(Role.LAND_OFFICER, office="LO-24")):
        assert send(who[1], "POST", f"{BASE}/24/steps", step).json()["code"] == "ROLE_MISSING"
    assert api.http.post(f"{BASE}/24/steps", json=step, headers=two.bearer(DELIVER_SCOPE)).status_code == 401


def test_the_ministry_pauses_resumes_and_notes_promises(api, two, member):
    login, manager = member(Role.MINISTRY_BACKFILL)
    step = {"office": "LO-24", "step": "PAUSE", "reason": WHY}
    paused = send(manager, "POST", f"{BASE}/24/steps", step)
    assert (paused.status_code, paused.json()["state"]) == (200, "PAUSED")
    last = paused.json()["events"][-1]
    assert (last["cause"], last["person"], last["reason"]) == ("PAUSED", login, WHY)
    assert send(manager, "POST", f"{BASE}/24/steps", step).json()["code"] == "SOURCE_STEP_UNFIT"
    assert send(manager, "POST", f"{BASE}/01/steps", step).json()["code"] == "SOURCE_UNKNOWN", "it is not in Hà Nội"
    assert send(manager, "POST", f"{BASE}/24/steps", {**step, "step": "RESUME"}).json()["state"] == "NEVER_CONNECTED"
    said = {"office": "LO-24", "cadence_days": 30, "communes": 99, "contact": "Phòng Kỹ thuật", "reason": WHY}
    noted = send(manager, "POST", f"{BASE}/24/promises", said)
    assert (noted.status_code, noted.json()["promise"]) == (
        201, {"cadence_days": 30, "first_due_on": None, "communes": 99, "contact": "Phòng Kỹ thuật"},
    )  # fmt: skip
    assert noted.json()["due_on"] is not None
    assert (
        send(manager, "POST", f"{BASE}/24/promises", {"office": "LO-24", "reason": WHY}).json()["code"]
        == "PROMISE_UNFIT"
    )


@pytest.mark.parametrize("path", [f"{BASE}?on=1", f"{BASE}?person=1", "/v1/alerts?state=open", f"{BASE}/2x"])
def test_another_spelling_is_refused(api, two, path):
    assert api.http.get(path, headers=two.bearer(DELIVER_SCOPE)).json()["code"] == "REQUEST_INVALID"

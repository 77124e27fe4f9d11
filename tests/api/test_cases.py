"""The clerks' doors: who comes in, whose cases they see, and a case cleared from the list to the residency desk."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from browsing import Browser
from caseworld import A, Clerks, Desk

from api.schemas.cursors import cursor_of, place_of
from api.services import Services
from landdata.errors import CursorInvalid
from landdata.flows import offices
from landdata.model.cases import Place
from landdata.model.clients import DELIVER_SCOPE, MATCHING_SCOPE
from landdata.model.people import Role, now

BASE = "/v1/matching/cases"
SAID = {"reason": "đã xem bản gốc", "evidence": "Biên bản 15/BB-VPĐK"}


@pytest.fixture
def database(country):
    return country


@pytest.fixture
def api(api, clock):
    held: Services = api.app.state.services
    api.app.state.services = replace(held, entrance=replace(held.entrance, clock=clock))
    return api


@pytest.fixture
def clerks(api, database, invite, tmp_path, monkeypatch):
    """An office with two certificates of a holder whose name differs, on the API's own database and keys."""
    monkeypatch.setattr("landdata.flows.check.open_layer", Desk.open_layer)
    with closing(Desk(database, tmp_path)) as desk:
        made = Clerks(desk)
        made.begin()
        yield made


def send(person: Browser, method: str, path: str = "", said: Any = None) -> Any:
    headers = {**person.here, "X-CSRF-Token": person.csrf}
    return person.http.request(method, BASE + path, json=said, headers=headers)


def said(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_case_is_cleared_and_the_residency_desk_gets_the_record(clerks, member):
    (_, clerk), (_, second) = (
        member(Role.MATCHING_CLERK, office="LO-24"),
        member(Role.SECOND_APPROVER, office="LO-24"),
    )
    listed = send(clerk, "GET").json()["cases"]
    [one] = listed
    assert (one["status"], one["certificates"], one["id_number"], one["id_number_whole"]) == (
        "MISMATCH", 2, "024•••••••01", False,
    )  # fmt: skip
    assert one["reasons"] == [
        {"code": "NAME_DIFFERS", "detail": "Họ tên khác.", "detail_en": "The name is another.", "evidence": None,
         "evidence_is": None},
        {"code": "BIRTH_YEAR_ONLY", "detail": "Chỉ so được năm, hoặc tháng và năm sinh.",
         "detail_en": "Only the year, or month and year, of birth can be compared.", "evidence": None, "evidence_is": None},
    ]  # fmt: skip
    assert (0 < one["name_share"] < 100, one["years_apart"]) == (True, 0)
    assert send(clerk, "GET", "/counts").json()["statuses"][0]["certificates"] == 2
    path = f"/{one['case']}"
    whole = send(clerk, "GET", path).json()
    assert (whole["id_number"], len(whole["records"]), whole["decisions"]) == (A, 2, [])
    assert clerks.asked() != "FOUND"
    decided = send(clerk, "POST", f"{path}/decisions", {"kind": "CONFIRM", **SAID})
    assert (decided.status_code, decided.json()["state"]) == (201, "WAITING")
    steps = f"{path}/decisions/{decided.json()['number']}"
    assert said(send(clerk, "POST", f"{steps}/approval", SAID)) == (403, "ROLE_MISSING")
    assert [each["mark"] for each in send(second, "GET", "?mark=WAITING").json()["cases"]] == ["WAITING"]
    assert send(second, "POST", f"{steps}/approval", SAID).status_code == 204
    assert (
        clerks.desk.scalar("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'cases' AND status = 'todo'") == 1
    )
    clerks.work()
    assert clerks.asked() == "FOUND"
    assert send(clerk, "GET").json()["cases"] == []
    assert send(second, "POST", f"{steps}/withdrawal", {"reason": "nhầm người"}).status_code == 204
    clerks.work()
    assert clerks.asked() != "FOUND"
    assert said(send(second, "POST", f"{steps}/withdrawal", SAID)) == (409, "CASE_STEP_UNFIT")


def test_who_comes_in(clerks, clock, member, api, make_machine):
    roles = {
        Role.LAND_OFFICER: "LO-24", Role.MATCHING_CLERK: "LO-24", Role.SECOND_APPROVER: "LO-24",
        Role.MINISTRY_VIEWER: "MAE", Role.INSPECTOR: "MAE",
    }  # fmt: skip
    [case] = clerks.listed()
    got = {}
    for role, office in roles.items():
        _, person = member(role, office=office)
        steps = f"/{case.case}/decisions"
        bad = {**SAID, "kind": "CORRECT"}
        got[role] = [
            send(person, "GET").status_code, send(person, "POST", steps, bad).status_code,
            send(person, "POST", f"{steps}/1/approval", SAID).status_code,
            send(person, "POST", f"{steps}/1/withdrawal", SAID).status_code,
        ]  # fmt: skip
    assert got == {
        Role.LAND_OFFICER: [403, 403, 403, 403], Role.MATCHING_CLERK: [200, 422, 403, 404],
        Role.SECOND_APPROVER: [200, 403, 404, 404], Role.MINISTRY_VIEWER: [403, 403, 403, 403],
        Role.INSPECTOR: [403, 403, 403, 403],
    }  # fmt: skip
    _, person = member(Role.MATCHING_CLERK, office="LO-24")
    assert said(person.http.post(f"{BASE}/{case.case}/decisions", json={**SAID, "kind": "REJECT"})) == (
        403,
        "CROSS_SITE",
    )
    assert api.http.get(BASE).status_code == 401
    other = make_machine("LAND_OFFICE", frozenset({DELIVER_SCOPE, MATCHING_SCOPE}))
    assert api.http.get(BASE, headers=other.bearer(DELIVER_SCOPE)).status_code == 403
    answer = api.http.get(BASE, headers=other.bearer(MATCHING_SCOPE))
    assert (answer.status_code, answer.json()["cases"]) == (200, []), "an office without units"


def test_anothers_case_is_as_unknown_as_one_that_is_not_there(clerks, database, member):
    offices.register_land_office(database, code="LO-27", name_vi="A", name_en="A", provinces=[("27", date(2023, 1, 1))])
    [case] = clerks.listed()
    _, stranger = member(Role.MATCHING_CLERK, office="LO-27")
    heard = []
    for one in (case.case, uuid4()):
        steps = f"/{one}/decisions"
        heard.append([
            said(send(stranger, "GET", f"/{one}")),
            said(send(stranger, "POST", steps, {**SAID, "kind": "REJECT"})),
            said(send(stranger, "POST", f"{steps}/1/withdrawal", SAID)),
        ])  # fmt: skip
    assert heard[0] == heard[1] == [(404, "CASE_UNKNOWN")] * 3
    assert said(send(stranger, "GET", "?office=LO-24")) == (404, "OFFICE_UNKNOWN")
    _, ministry = member(Role.SECOND_APPROVER, office="MAE")
    assert len(send(ministry, "GET", "?office=LO-24").json()["cases"]) == 1
    assert said(send(ministry, "GET")) == (404, "OFFICE_UNKNOWN")


def test_the_number_is_whole_only_for_a_fresh_proof(clerks, clock, member):
    _, clerk = member(Role.MATCHING_CLERK, office="LO-24")
    [case] = clerks.listed()
    assert send(clerk, "GET", f"/{case.case}").json()["id_number"] == A
    clock.moment += timedelta(minutes=11)
    assert send(clerk, "GET", f"/{case.case}").json()["id_number"] == "024•••••••01"


def test_the_file_and_bad_questions(clerks, member, caplog):
    _, clerk = member(Role.MATCHING_CLERK, office="LO-24")
    answer = send(clerk, "GET", "/file?format=csv")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert "Trần Văn Ân" in answer.text
    assert A not in answer.text
    for bad in ("?cursor=x", "?limit=0", "?status=NOBODY", "?unit=abc", "?mark=x", "?reason=a b"):
        assert send(clerk, "GET", bad).status_code == 422, bad
    assert said(send(clerk, "GET", "?unit=99&level=province")) == (404, "UNIT_UNKNOWN")
    assert A not in caplog.text


def test_a_place_in_the_list_is_one_word():
    place = Place(3, 4, now(), uuid4())
    assert place_of(cursor_of(place)) == place
    for bad in ("", "a", "é", "MS4yLjMuNA", cursor_of(place)[:-4]):
        with pytest.raises(CursorInvalid):
            place_of(bad)

"""Figures of matching over HTTP: who may see them, and the same figures as JSON and as a table."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from uuid import uuid4

import pytest

from landdata.model.clients import DELIVER_SCOPE, STATISTICS_SCOPE
from landdata.model.matching_quality import Quality, QualityList, Seen, UnitQuality
from landdata.model.people import Role, Session, SignedIn, Stage, now
from landdata.model.units import Level

PATH = "/v1/matching/quality"
NOW = Quality(
    claims=1000, verified=500, mismatch=490, pending=10, reasons={"NAME_DIFFERS": 490},
    signs={"NUMBER_SHARED": Seen(3, 12)},
)  # fmt: skip


@pytest.fixture
def asked(monkeypatch):
    calls = []

    def units(_db, **given: object) -> QualityList:
        calls.append(given)
        before = Quality(claims=1000, verified=600, mismatch=400) if given["since"] else None
        row = UnitQuality(Level.PROVINCE, "24", "Bắc Giang", "Tỉnh Bắc Giang", NOW, before)
        on = given["on"] or date(2026, 11, 22)
        return QualityList(on, given["since"], "2023", on, given["level"], (row,))

    monkeypatch.setattr("landdata.flows.matching_quality.units", units)
    return calls


@pytest.fixture
def reader(make_machine):
    return make_machine("CONSUMER", frozenset({STATISTICS_SCOPE})).bearer(STATISTICS_SCOPE)


def test_figures_of_a_unit_and_what_changed(api, asked, reader):
    body = api.http.get(f"{PATH}?on=2026-11-22&since=2026-10-22&parent=24", headers=reader).json()
    assert (asked[0]["parent"], asked[0]["level"]) == ("24", Level.PROVINCE)
    [unit] = body["units"]
    assert unit["now"]["match_rate"] == pytest.approx(500 / 990)
    assert unit["now"]["reasons"] == {"NAME_DIFFERS": 490}
    [sign] = unit["now"]["signs"]
    assert (sign["code"], sign["found"], sign["of"], sign["share"]) == ("NUMBER_SHARED", 3, 12, 0.25)
    assert unit["change"]["drift"] == "DOWN"
    assert api.http.get(PATH, headers=reader).json()["units"][0]["change"] is None


def test_the_same_as_a_table(api, asked, reader):
    answer = api.http.get(f"{PATH}.csv?on=2026-11-22", headers=reader)
    assert answer.headers["content-disposition"] == 'attachment; filename="matching_2023_2026-11-22.csv"'
    assert answer.content.startswith(b"\xef\xbb\xbf")
    [row] = csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert (row["unit"], row["match_rate"], row["signs"]) == ("Tỉnh Bắc Giang", "0.5051", "NUMBER_SHARED=3/12")


def session(monkeypatch, roles, office="MINISTRY", stage=Stage.OPEN):
    at = now()
    held = SignedIn(
        1,
        "lan",
        "Lan",
        "MAE",
        office,
        frozenset(roles),
        Session(uuid4(), stage, at, at, at + timedelta(hours=1), "127.0.0.1", ""),
        at,
        by_issuer=False,
    )
    monkeypatch.setattr("landdata.flows.sessions.find", lambda _entrance, _token: held)


@pytest.mark.parametrize(
    ("roles", "office", "status", "code"),
    [
        ([Role.MINISTRY_VIEWER], "MINISTRY", 200, None),
        ([Role.LAND_OFFICER], "LAND_OFFICE", 403, "ROLE_MISSING"),
        ([], "MINISTRY", 403, "ROLE_MISSING"),
    ],
)
def test_people_of_the_ministry_see_them(api, asked, monkeypatch, roles, office, status, code):
    session(monkeypatch, roles, office=office)
    answer = api.http.get(PATH, headers={"Cookie": "sid=x"})
    assert (answer.status_code, answer.json().get("code")) == (status, code)
    assert len(asked) == (status == 200)


def test_nobody_else_does(api, asked, make_machine):
    assert api.http.get(PATH).status_code == 401
    office = make_machine("LAND_OFFICE", frozenset({DELIVER_SCOPE})).bearer(DELIVER_SCOPE)
    assert api.http.get(PATH, headers=office).json()["code"] == "SCOPE_INSUFFICIENT"
    assert api.http.get(f"{PATH}.csv").status_code == 401
    assert asked == []


@pytest.mark.parametrize("query", ["on=1679961600", "since=2023-3-28", "level=ward", "person=1"])
def test_another_spelling_is_refused(api, asked, reader, query):
    answer = api.http.get(f"{PATH}?{query}", headers=reader)
    assert (answer.status_code, answer.json()["code"], asked) == (422, "REQUEST_INVALID", [])

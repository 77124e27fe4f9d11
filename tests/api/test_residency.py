"""The look-up over HTTP: strict words in, the flow's own bytes out, refusals with their access id."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from landdata.model.agreements import Answer, AnswerStatus, LookupRequest, PopulationReader, Refusal, UnitScope
from landdata.model.clients import RESIDENCY_SCOPES

PATH = "/v1/residency/land-records:lookup"
PLANTED = "024090000017"


def words(**changed: Any) -> dict[str, Any]:
    honest = {
        "request_id": str(uuid4()),
        "agency_code": "CA-24",
        "officer_code": "CB-1",
        "service_code": "1.004222",
        "case_file_no": "H24/0007",
        "id_number": PLANTED,
        "full_name": "Nguyễn Thị Thúy",
        "birth_year": 1990,
    }
    return {name: value for name, value in {**honest, **changed}.items() if value is not ...}


@pytest.fixture
def asked(monkeypatch):
    """Stands for the flow: answers, or refuses the procedure `closed`; notes what it was asked."""
    calls: list[dict[str, Any]] = []

    async def answer(_self, caller: PopulationReader, request: LookupRequest) -> Answer:
        calls.append({"request": request, "caller": caller})
        if request.service_code == "closed":
            return Answer(8, AnswerStatus.REFUSED, Refusal("PROCEDURE_NOT_AGREED", "forbidden"), "{}")
        if request.service_code == "again":
            return Answer(9, AnswerStatus.REFUSED, Refusal("REQUEST_ID_REUSED", "conflict"), "{}")
        return Answer(7, AnswerStatus.FOUND, None, '{"status": "FOUND",  "tên": "Thúy"}')

    monkeypatch.setattr("landdata.flows.gather.Gatherer.answer", answer)
    return calls


def test_the_answer_is_sent_as_it_is(api, consumer, asked):
    answer = api.http.post(PATH, json=words(), headers=consumer.bearer())
    assert (answer.status_code, answer.text) == (200, '{"status": "FOUND",  "tên": "Thúy"}')
    assert answer.headers["content-type"] == "application/json"
    assert (answer.headers["x-access-id"], answer.headers["cache-control"]) == ("7", "no-store")


def test_what_was_asked_reaches_the_flow(api, consumer, asked):
    unit = {"code": "24", "level": "province", "division": "2023"}
    sent = words(birth_year=..., date_of_birth="1990-02-28", unit=unit, fields=["area_m2", "rights_holders"])
    sent["full_name"] = " Nguye\u0302\u0303n  Thị Thúy "
    assert api.http.post(PATH, json=sent, headers=consumer.bearer()).status_code == 200
    request = asked[0]["request"]
    assert (request.date_of_birth, request.birth_year) == (date(1990, 2, 28), None)
    assert (request.unit, request.fields) == (
        UnitScope("24", "province", "2023"),
        ("area_m2", "rights_holders"),
    )
    assert request.full_name == "Nguyễn  Thị Thúy"
    caller = asked[0]["caller"]
    assert (caller.client_id, caller.scopes, caller.address) == (
        consumer.client_id,
        RESIDENCY_SCOPES,
        "127.0.0.1",
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"request_id": "x"},
        {"request_id": ...},
        {"request_id": 7},
        {"agency_code": ""},
        {"agency_code": " "},
        {"officer_code": "a" * 65},
        {"service_code": 7},
        {"case_file_no": ...},
        {"id_number": "1234567890"},
        {"id_number": int(PLANTED)},
        {"id_number": PLANTED + "0"},
        {"id_number": " " + PLANTED},
        {"id_number": "٠٢٤٠٩٠٠٠٠٠١٧"},
        {"full_name": ""},
        {"full_name": "   "},
        {"full_name": "a" * 201},
        {"full_name": ["a"]},
        {"birth_year": ...},
        {"birth_year": "1990"},
        {"birth_year": 1990.5},
        {"birth_year": True},
        {"birth_year": 90},
        {"date_of_birth": "1990-02-28"},
        {"birth_year": ..., "date_of_birth": "1990-02-30"},
        {"birth_year": ..., "date_of_birth": "28/02/1990"},
        {"birth_year": ..., "date_of_birth": 635_990_400},
        {"birth_year": ..., "date_of_birth": "635990400"},
        {"unit": {"code": "24", "level": "province"}},
        {"unit": {"code": "24", "level": "ward", "division": "2023"}},
        {"unit": {"code": "2;", "level": "province", "division": "2023"}},
        {"unit": {"code": "24", "level": "province", "division": "2023", "more": 1}},
        {"fields": []},
        {"fields": ["password"]},
        {"fields": ["area_m2", "area_m2"]},
        {"fields": "area_m2"},
        {PLANTED: 1},
        {"more": PLANTED},
    ],
)
def test_wrong_words_are_refused_without_repeating_them(api, consumer, asked, changed):
    answer = api.http.post(PATH, json=words(**changed), headers=consumer.bearer())
    assert (answer.status_code, answer.json()["code"]) == (422, "REQUEST_INVALID"), answer.text
    assert answer.json()["errors"]
    assert PLANTED not in answer.text
    assert "Thúy" not in answer.text
    assert asked == []


def test_a_refusal_carries_its_access_id_and_the_callers_request_id(api, consumer, asked):
    for procedure, status, code, access_id in (
        ("closed", 403, "PROCEDURE_NOT_AGREED", 8),
        ("again", 409, "REQUEST_ID_REUSED", 9),
    ):
        sent = words(service_code=procedure)
        answer = api.http.post(PATH, json=sent, headers=consumer.bearer())
        body = answer.json()
        assert (answer.status_code, body["code"], body["access_id"]) == (status, code, access_id)
        assert (body["request_id"], answer.headers["x-access-id"]) == (sent["request_id"], str(access_id))
        assert answer.headers["content-type"] == "application/problem+json"
        assert PLANTED not in answer.text


def test_nobody_is_asked_about_without_a_token(api, asked):
    assert api.http.post(PATH, json=words()).status_code == 401
    assert asked == []

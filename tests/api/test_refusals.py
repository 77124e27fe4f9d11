"""Which refused look-ups are put down for the access log: those of whoever proved who it is, and could have been answered."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest

from landdata.errors import DatabaseUnavailable
from landdata.model.refusals import LateRefusal
from landdata.store import spool

BATCH, LOOKUP = "/v1/residency/land-records:batch", "/v1/residency/land-records:lookup"


def question(**changed: Any) -> dict[str, Any]:
    return {
        "request_id": str(uuid4()), "agency_code": "CA-24", "officer_code": "CB-1", "service_code": "1.004222",
        "case_file_no": "H24/0007", "id_number": "024090000001", "full_name": "Nguyễn Thị Thúy", "birth_year": 1990,
    } | changed  # fmt: skip


def waiting(api) -> list[LateRefusal]:
    keys = api.app.state.services.number_keys
    return [
        LateRefusal.of_text(keys.open_line(line))
        for path in spool.files(api.settings.data_dir)
        for line in path.read_bytes().splitlines()
    ]


def figure(api, name: str) -> float:
    lines = api.http.get("/metrics").text.splitlines()
    return float(next((line.split()[-1] for line in lines if line.startswith(name)), "0"))


def test_every_piece_of_a_list_and_nothing_that_could_not_be_asked(api, consumer, monkeypatch):
    lookups, asked = api.app.state.services.lookups, [question() for _ in range(250)]
    asked[150], asked[160] = question(birth_year=None), "nonsense"
    answer, pieces = lookups.answer_list, []

    async def away(caller: Any, requests: Any) -> Any:
        pieces.append(len(requests))
        if len(pieces) > 1:
            raise DatabaseUnavailable
        return await answer(caller, requests)

    monkeypatch.setattr(lookups, "answer_list", away)
    said = [
        json.loads(line)
        for line in api.http.post(BATCH, json={"requests": asked}, headers=consumer.bearer()).iter_lines()
    ]
    assert {one["code"] for one in said[100:]} == {"DATABASE_UNAVAILABLE"}
    found = waiting(api)
    wanted = [one["request_id"] for place, one in enumerate(asked[100:], 100) if place not in {150, 160}]
    assert sorted(str(one.request_id) for one in found) == sorted(wanted)
    assert {(one.client_id, one.address, one.reason) for one in found} == {
        (consumer.client_id, "127.0.0.1", "DATABASE_UNAVAILABLE")
    }
    assert figure(api, 'landdata_unlogged_refusals_total{outcome="kept"}') == 148
    assert figure(api, "landdata_spool_bytes") > 148 * 400


def test_of_nobody_whose_token_could_not_be_checked(api, consumer, monkeypatch, caplog):
    services, bearer = api.app.state.services, consumer.bearer()

    def away(*_: Any) -> Any:
        raise DatabaseUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(type(services.book._clients), "believe", away)
        assert api.http.post(LOOKUP, json=question(), headers=bearer).status_code == 503
    assert waiting(api) == []
    assert "cause=could not be checked" in caplog.text
    # Believed for a while, and then the terms of its agreement cannot be asked for.
    assert api.http.get("/v1/residency/changes", headers=bearer).status_code == 200
    services.fairness._accounts.clear()
    monkeypatch.setattr(services.fairness, "_ask", away)
    one = question()
    assert api.http.post(LOOKUP, json=one, headers=bearer).json()["code"] == "DATABASE_UNAVAILABLE"
    assert api.http.post(LOOKUP, json=question(birth_year=None), headers=bearer).status_code == 503
    assert api.http.post(BATCH, json={"requests": [question()]}, headers=bearer).status_code == 503
    assert len(waiting(api)) == 2
    assert str(waiting(api)[0].request_id) == one["request_id"]


@pytest.mark.parametrize("room", [0, 1 << 20])
def test_a_full_spool_changes_no_answer(api, consumer, monkeypatch, room):
    services = api.app.state.services
    monkeypatch.setattr(services.refusals._spool, "_most", room)

    async def away(*_: Any) -> Any:
        raise DatabaseUnavailable

    monkeypatch.setattr(services.lookups, "answer", away)
    refused = api.http.post(LOOKUP, json=question(), headers=consumer.bearer())
    assert (refused.status_code, refused.json()["code"]) == (503, "DATABASE_UNAVAILABLE")
    assert len(waiting(api)) == bool(room)
    assert figure(api, f'landdata_unlogged_refusals_total{{outcome="{"kept" if room else "lost"}"}}') == 1

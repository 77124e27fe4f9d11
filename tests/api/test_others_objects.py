"""Objects of other offices: every route that names a delivery, asked by whom it is not (OWASP API1, security.md A6)."""

from __future__ import annotations

import time
from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from landdata.flows import offices
from landdata.model.clients import DECIDE_SCOPE, DELIVER_SCOPE

SCOPES = frozenset({DELIVER_SCOPE, DECIDE_SCOPE})


@pytest.fixture
def database(country):
    """With the registers: an office is in charge of units."""
    return country


@pytest.fixture
def theirs(api, database, make_machine) -> str:
    """A delivery of another office."""
    owner = make_machine("LAND_OFFICE", SCOPES)
    offices.register_land_office(
        database, code=owner.client_id, name_vi="A", name_en="A", provinces=[("24", date(2026, 1, 1))]
    )
    answer = api.http.post(
        "/v1/deliveries?file_name=a.geojson",
        content=b'{"type": "FeatureCollection", "features": []}',
        headers={**owner.bearer(DELIVER_SCOPE), "Idempotency-Key": "key-1", "Content-Type": "application/octet-stream"},
    )
    assert answer.status_code == 202, answer.text
    uid = str(answer.json()["delivery_uid"])
    # The control: to its own office it is there.
    assert api.http.get(f"/v1/deliveries/{uid}", headers=owner.bearer(DELIVER_SCOPE)).status_code == 200
    return uid


def matrix(api: Any) -> list[tuple[str, str, Any]]:
    """Method, path and an honest body of every operation on a delivery, as the service describes them."""
    described = api.app.openapi()["paths"]
    found = []
    for path, operations in described.items():
        for method, operation in operations.items():
            if "{delivery_uid}" in path:
                content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
                examples = content.get("examples", {})
                body = next((one["value"] for one in examples.values()), content.get("example"))
                found.append((method.upper(), path, body))
    return found


def refusals(api: Any) -> float:
    """How many objects were refused; what the log says of each is limited in lines a second."""
    lines = api.http.get("/metrics").text.splitlines()
    return sum(
        float(line.split()[-1]) for line in lines if line.startswith('landdata_refused_tokens_total{cause="object"')
    )


def said(answer: Any) -> tuple[Any, ...]:
    """All of an answer but the id of its request."""
    body = answer.json()
    return answer.status_code, {name: value for name, value in body.items() if name != "request_id"}


def test_whatever_is_anothers_is_as_unknown_as_what_is_not_there(api, database, make_machine, theirs):
    stranger = make_machine("LAND_OFFICE", SCOPES)
    offices.register_person(database, login="la", full_name="Là", office_code=stranger.client_id)
    operations = matrix(api)
    assert len(operations) >= 7, operations
    noted = refusals(api)
    for method, path, body in operations:
        heard = []
        for uid in (theirs, str(uuid4())):
            sent = None if body is None else {**body, "person": "la"}
            url = path.replace("{delivery_uid}", uid)
            headers = stranger.bearer(f"{DELIVER_SCOPE} {DECIDE_SCOPE}")
            heard.append(said(api.http.request(method, url, json=sent, headers=headers)))
        assert heard[0] == heard[1], (method, path)
        assert heard[0][0] == 404, (method, path, heard[0])
        assert heard[0][1]["code"] == "DELIVERY_UNKNOWN"
    assert refusals(api) == noted + 2 * len(operations), "each one is on record"


def test_it_takes_no_longer_to_refuse_anothers_than_what_is_not_there(api, database, make_machine, theirs):
    """Asked in turn, the quickest of many: what is seen of a row that is there would show in every one of them."""
    stranger = make_machine("LAND_OFFICE", SCOPES)
    headers = stranger.bearer(f"{DELIVER_SCOPE} {DECIDE_SCOPE}")
    for path in (path for method, path, _ in matrix(api) if method == "GET"):
        took: dict[str, list[float]] = {theirs: [], str(uuid4()): []}
        for _ in range(20):
            for uid, seconds in took.items():
                start = time.perf_counter()
                assert api.http.get(path.replace("{delivery_uid}", uid), headers=headers).status_code == 404
                seconds.append(time.perf_counter() - start)
        there, missing = map(min, took.values())
        assert abs(there - missing) < max(0.003, 0.25 * missing), (path, there, missing)


def test_nobody_gets_there_without_the_scope(api, make_machine, theirs):
    """Function level (API5): a consumer's token, and none at all."""
    reader = make_machine("CONSUMER", frozenset({"land.statistics.read"}))
    for method, path, body in matrix(api):
        url = path.replace("{delivery_uid}", theirs)
        assert api.http.request(method, url, json=body).status_code == 401, (method, path)
        assert api.http.request(method, url, json=body, headers=reader.bearer()).status_code == 403, (method, path)

"""Rates, quotas and places over HTTP on a running API: who asks too much is refused alone, and told what is left."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from fastapi import Depends
from sqlalchemy import text

from api.limits import fair
from landdata.flows import agreements
from landdata.model.clients import RESIDENCY_SCOPES
from landdata.settings import Settings

PATH = "/v1/residency/land-records:lookup"


def ask(api, headers: dict[str, str], number: int = 1, path: str = PATH, **changed: Any):
    words = {
        "request_id": str(uuid4()), "agency_code": "CA-24", "officer_code": "CB-1", "service_code": "1.004222",
        "case_file_no": "H24/0007", "id_number": f"{24_090_000_000 + number:012d}", "full_name": "Nguyễn Văn A",
        "birth_year": 1990,
    }  # fmt: skip
    asked = words | changed
    return api.http.post(path, json=asked if path == PATH else {"requests": [asked]}, headers=headers)


def told(answer, field: str = "ratelimit") -> dict[str, dict[str, str]]:
    """A List of Items with parameters (RFC 9651), as far as ours goes."""
    items = [one.strip().split(";") for one in answer.headers[field].split(",")]
    return {name.strip('"'): dict(one.split("=", 1) for one in rest) for name, *rest in items}


@pytest.fixture
def second(make_machine, agree):
    machine = make_machine("CONSUMER", RESIDENCY_SCOPES)
    agree(machine.client_id)
    return machine


def test_every_answer_says_what_is_left(api, consumer, agree):
    agree(consumer.client_id, rate_per_second=0.01, burst=3, daily_quota=50)
    bearer = consumer.bearer()
    first = ask(api, bearer)
    assert first.status_code == 200
    assert told(first, "ratelimit-policy") == {
        "requests": {"q": "3", "w": "300"}, "concurrency": {"q": "32", "qu": '"concurrent-requests"'},
        "citizens": {"q": "50", "w": "86400", "landdata-unit": '"citizens"'},
    }  # fmt: skip
    assert (told(first)["requests"]["r"], told(first)["citizens"]["r"]) == ("2", "49")
    assert 0 < int(told(first)["citizens"]["t"]) <= 86_400
    refused_by_the_gate = ask(api, bearer, 2, service_code="THUE")
    assert (refused_by_the_gate.status_code, told(refused_by_the_gate)["requests"]["r"]) == (403, "1")
    malformed = api.http.post(PATH, json={}, headers=bearer)
    assert (malformed.status_code, told(malformed)["requests"]["r"]) == (422, "0")
    full = ask(api, bearer, 3)
    assert (full.status_code, full.json()["code"]) == (429, "RATE_EXCEEDED")
    assert full.headers["content-type"] == "application/problem+json"
    assert int(full.headers["retry-after"]) == int(told(full)["requests"]["t"]) > 1
    assert "ratelimit" not in ask(api, {}).headers
    assert 'landdata_limited_requests_total{limit="requests"} 1.0' in api.http.get("/metrics").text


def test_an_agreement_without_a_rate_has_the_services_own(api, consumer):
    answer = ask(api, consumer.bearer())
    default = Settings.model_fields["client_burst"].default
    assert told(answer, "ratelimit-policy")["requests"]["q"] == str(default)


def test_a_flood_leaves_others_their_answers(api, consumer, second, agree):
    """One client sends as fast as it can from many connections; the other's every question is answered meanwhile."""
    agree(consumer.client_id, rate_per_second=1, burst=5)
    flood, calm = consumer.bearer(), second.bearer()
    over = threading.Event()

    def pour() -> list[int]:
        seen = []
        while not over.is_set():
            seen.append(ask(api, flood).status_code)
        return seen

    with ThreadPoolExecutor(12) as pool:
        floods = [pool.submit(pour) for _ in range(12)]
        try:
            answers = [ask(api, calm, number) for number in range(40)]
        finally:
            over.set()
        statuses = [status for one in floods for status in one.result()]
    assert [one.status_code for one in answers] == [200] * 40
    assert set(statuses) == {200, 429}
    # A flood gets no more than its own: what is in the bucket, and what it is refilled with.
    assert statuses.count(200) < statuses.count(429)
    assert all(int(told(one)["concurrency"]["r"]) >= 30 for one in answers)


def test_slow_requests_of_one_client_take_only_its_own_places(api, consumer, second):
    """All places of one client are held by requests that hang; one more of it is refused, the other's are answered."""
    places, inside, go_on = api.settings.client_places, threading.Semaphore(0), threading.Event()

    def hang() -> dict[str, str]:
        inside.release()
        assert go_on.wait(30)
        return {}

    api.app.add_api_route("/hang", hang, methods=["POST"], dependencies=[Depends(fair)])
    slow, calm = consumer.bearer(), second.bearer()
    with ThreadPoolExecutor(places) as pool:
        held = [pool.submit(api.http.post, "/hang", headers=slow) for _ in range(places)]
        try:
            for _ in range(places):
                assert inside.acquire(timeout=20)
            refused = ask(api, slow)
            answered = [ask(api, calm, number) for number in range(5)]
        finally:
            go_on.set()
        assert [one.result().status_code for one in held] == [200] * places
    assert (refused.status_code, refused.json()["code"]) == (429, "TOO_MANY_AT_ONCE")
    assert (refused.headers["retry-after"], told(refused)["concurrency"]["r"]) == ("1", "0")
    assert [one.status_code for one in answered] == [200] * 5
    assert ask(api, slow).status_code == 200  # every place was given back


def test_twenty_sequential_numbers_end_at_the_quota_with_an_alarm(api, consumer, agree, database):
    _copy(api, consumer, agree, database, numbers=20, quota=15)


@pytest.mark.full
def test_a_thousand_sequential_numbers_end_at_the_quota_with_an_alarm(api, consumer, agree, database):
    """A12 of security.md: 1,000 sequential numbers by one client."""
    _copy(api, consumer, agree, database, numbers=1000, quota=400)


def _copy(api, consumer, agree, database, *, numbers: int, quota: int) -> None:
    agree(consumer.client_id, daily_quota=quota, rate_per_second=1000, burst=1000)
    bearer, answers = {}, []
    for number in range(numbers):
        if number % 200 == 0:  # a token lives five minutes
            bearer = consumer.bearer()
        answers.append(ask(api, bearer, number))
    assert [one.status_code for one in answers] == [200] * quota + [429] * (numbers - quota)
    last = answers[-1]
    assert (last.json()["code"], told(last)["citizens"]["r"]) == ("QUOTA_USED_UP", "0")
    assert int(last.headers["retry-after"]) > 0
    assert abs(int(last.headers["retry-after"]) - int(told(last)["citizens"]["t"])) <= 1
    assert re.fullmatch(r"\d+", last.headers["x-access-id"])
    [alarm] = agreements.alarms(database)
    assert (alarm.kind, alarm.client_id) == ("QUOTA_USED_UP", consumer.client_id)
    assert alarm.access_id == int(answers[quota].headers["x-access-id"])
    with database.read() as tx:
        sql = "SELECT count(DISTINCT subject) FROM audit.access_event WHERE status <> 'REFUSED'"
        assert tx.connection.scalar(text(sql)) == quota


def test_a_suspended_agreement_answers_no_more_at_once(api, consumer, database):
    """The very token that was just believed, and is remembered, gets a refusal that is logged."""
    bearer, code = consumer.bearer(), f"TT-{consumer.client_id}"
    assert ask(api, bearer).status_code == 200
    agreements.suspend(database, code=code, by="lan", reason="nghi sao chép")
    refused = ask(api, bearer)
    assert (refused.status_code, refused.json()["code"]) == (403, "AGREEMENT_MISSING")
    assert refused.json()["access_id"]
    # The same when the token is asked about anew, as after half a minute: the refusal still names the rule.
    api.app.state.services.book._book.clear()
    again = ask(api, bearer)
    assert (again.status_code, again.json()["code"]) == (403, "AGREEMENT_MISSING")
    agreements.resume(database, code=code, by="minh", reason="đã rõ")
    api.app.state.services.book._book.clear()
    assert ask(api, bearer).status_code == 200

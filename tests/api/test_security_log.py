"""The security log: every request without a row in the access log stands there, a flood of them once in a while."""

from __future__ import annotations

import logging
from uuid import uuid4

import pytest
from sqlalchemy import text

from api.metrics import Metrics
from api.security_log import LINES_A_SECOND, SecurityLog
from landdata.errors import TooManyLookups
from tests.api.test_limits import PATH, ask

BATCH, CHANGES, HEADS = "/v1/residency/land-records:batch", "/v1/residency/changes", "/v1/residency/access-log/heads"


@pytest.fixture
def written(caplog):
    """The lines since it was asked last."""
    caplog.set_level(logging.WARNING, "api.security")

    def read() -> list[str]:
        lines = [one.getMessage() for one in caplog.records if one.name == "api.security"]
        caplog.clear()
        return lines

    return read


def test_no_attacker_fills_the_disk(written):
    now, metrics = [7.0], Metrics()
    log = SecurityLog(metrics, clock=lambda: now[0])
    for _ in range(LINES_A_SECOND + 5):
        log.refused("token", "missing", "::1")
    now[0] = 8.0
    log.turned_away("REQUEST_INVALID", "desk", "::1", 3)
    lines = written()
    assert (len(lines), lines[-2]) == (LINES_A_SECOND + 2, "left_out lines=5")
    assert lines[-1] == "turned_away code=REQUEST_INVALID client=desk address=::1 times=3"
    assert b'landdata_turned_away_total{code="REQUEST_INVALID"} 3.0' in metrics.text()


def test_whoever_is_refused_before_the_gate_is_noted(api, consumer, office, agree, database, written, monkeypatch):
    monkeypatch.setattr("api.security_log.LINES_A_SECOND", 1000)
    agree(consumer.client_id, rate_per_second=1000, burst=1000)
    bearer, deliverer = consumer.bearer(), office.bearer()
    written()

    def noted(answer, code: str, who: str = consumer.client_id, times: int = 1) -> None:
        assert answer.json()["code"] == code, answer.text
        assert "access_id" not in answer.json()
        assert written() == [f"turned_away code={code} client={who} address=127.0.0.1 times={times}"], code

    for path in (PATH, BATCH, CHANGES, HEADS):
        method = "POST" if path in (PATH, BATCH) else "GET"
        assert api.http.request(method, path).status_code == 401
        assert written() == ["refused what=token cause=missing address=127.0.0.1"]
        noted(api.http.request(method, path, headers=deliverer), "SCOPE_INSUFFICIENT", office.client_id)
        noted(api.http.request(method, path, headers=bearer, params=[("a", "1"), ("a", "2")]), "PARAMETER_REPEATED")
    for path in (PATH, BATCH):
        noted(api.http.post(path, headers=bearer, json={}), "REQUEST_INVALID")
        noted(api.http.post(path, headers=bearer, content="x"), "MEDIA_TYPE_UNSUPPORTED")
        noted(api.http.post(path, headers=bearer, json={"a": "\u202e"}), "REQUEST_MALFORMED")
    noted(api.http.get(f"{CHANGES}?limit=0", headers=bearer), "REQUEST_INVALID")
    noted(api.http.get(f"{CHANGES}?cursor={'A' * 32}", headers=bearer), "CURSOR_INVALID")
    list_ = api.http.post(BATCH, headers=bearer, json={"requests": [{}, {"request_id": str(uuid4())}]})
    assert list_.status_code == 200
    assert written() == [f"turned_away code=REQUEST_INVALID client={consumer.client_id} address=127.0.0.1 times=2"]
    with database.read() as tx:
        assert tx.connection.scalar(text("SELECT count(*) FROM audit.access_event")) == 0
    # What has a row there is not noted here, too.
    assert ask(api, bearer, service_code="THUE").json()["access_id"]
    assert written() == []


def test_those_who_would_wait_too_long_are_noted(api, consumer, written, monkeypatch):
    async def full(*_: object) -> None:
        raise TooManyLookups

    bearer = consumer.bearer()
    for name, path in (("answer", PATH), ("answer_list", BATCH)):
        monkeypatch.setattr(f"landdata.flows.gather.Gatherer.{name}", full)
        written()
        answer = ask(api, bearer, path=path)
        assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (
            503,
            "TOO_MANY_LOOKUPS",
            "1",
        )
        assert written() == [f"turned_away code=TOO_MANY_LOOKUPS client={consumer.client_id} address=127.0.0.1 times=1"]


def test_a_flood_is_told_once(api, consumer, agree, written):
    agree(consumer.client_id, rate_per_second=0.01, burst=4)
    bearer = consumer.bearer()
    written()
    described = api.http.get("/openapi.json").json()["paths"]
    answers = {}
    for _ in range(4):
        api.http.get(HEADS, headers=bearer)
    for path, operations in described.items():
        if path.startswith("/v1/residency/"):
            [(method, operation)] = operations.items()
            answers[path] = api.http.request(method, path, headers=bearer)
            assert answers[path].json()["code"] == "RATE_EXCEEDED", path
            assert "Retry-After" in operation["responses"]["429"]["headers"], path
    assert set(answers) == {PATH, BATCH, CHANGES, HEADS}
    assert written() == [f"limited client={consumer.client_id} limit=requests times=1"]
    # A minute later: how many more there were.
    account = api.app.state.services.fairness._accounts[consumer.client_id]
    account.told_until = 0
    api.http.get(CHANGES, headers=bearer)
    assert written() == [f"limited client={consumer.client_id} limit=requests times=4"]

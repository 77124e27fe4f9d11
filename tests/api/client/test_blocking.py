"""The blocking client against a service that errs: tokens, proofs, repetitions, batches and the feed."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from itertools import islice
from typing import Any

import httpx
import pytest

from api.client import (
    AddressUnsafe,
    AnswerUnreadable,
    LandClient,
    Problem,
    Question,
    Refused,
    Retries,
    Status,
    TokenRefused,
    Unreachable,
)

ISSUER = "https://land.example"
BUSY = {
    "code": "BUSY", "detail": "Bận", "detail_en": "Busy", "mend": "Chờ", "mend_en": "Wait", "request_id": "x",
}  # fmt: skip


def client_of(land, key, *, sleep=lambda _: None, **more: Any):
    http = httpx.Client(transport=httpx.MockTransport(land))
    more.setdefault("dpop", land.dpop)
    return LandClient(ISSUER, client_id="desk", key=key, http=http, sleep=sleep, **more)


def test_an_answer_is_typed_and_one_token_serves_many(land, key, ask):
    client = client_of(land, key)
    asked = ask()
    answer = client.lookup(asked)
    assert (answer.status, answer.request_id, answer.access_id) == (Status.NO_RECORD, asked.request_id, 7)
    assert answer.coverage_as_of.isoformat() == "2026-11-21T08:00:00+07:00"
    assert [(one.field, one.why) for one in answer.withheld] == [("house_type", "SCOPE")]
    assert answer.certificates == ()
    assert not answer.status.needs_papers
    client.lookup(ask(2))
    assert land.tokens == 1
    assert land.asked[0] == asked.body()
    assert land.asked[0]["date_of_birth"] == "1990-02-03"


def test_a_question_never_shows_the_citizen(ask):
    assert "Nguyễn" not in repr(ask())
    assert "000000000001" not in repr(ask())


def test_an_unsafe_address_is_refused(key):
    with pytest.raises(AddressUnsafe):
        LandClient("http://land.example", client_id="desk", key=key)
    LandClient("http://127.0.0.1:1", client_id="desk", key=key).close()


def test_a_token_is_renewed_before_its_end(land, key, ask, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr("api.client.tokens.time.monotonic", lambda: now[0])
    client = client_of(land, key)
    client.lookup(ask())
    now[0] += 200
    client.lookup(ask())
    assert land.tokens == 1
    now[0] += 40  # 60 s before its end: due, though it would still do
    client.lookup(ask())
    assert land.tokens == 2
    now[0] += 240
    land.token_errs = [httpx.Response(500)]  # a renewal that fails costs nothing while the old one lives
    client.lookup(ask())
    assert land.tokens == 2
    client.lookup(ask())
    assert land.tokens == 2
    now[0] += 6
    client.lookup(ask())
    assert land.tokens == 3


def test_many_threads_fetch_one_token(land, key, ask):
    client = client_of(land, key)
    threads = [threading.Thread(target=client.lookup, args=(ask(n),)) for n in range(1, 17)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert (len(land.asked), land.tokens) == (16, 1)


def test_a_revoked_token_is_replaced_once(land, key, ask):
    client = client_of(land, key)
    client.lookup(ask())
    land.good.clear()
    client.lookup(ask())
    assert land.tokens == 2
    land.good = frozenset()  # nothing is ever good again

    def token(request: Any, jkt: Any, honest: Any = land._token) -> Any:
        land.good = set()
        answer = honest(request, jkt)
        land.good = set()
        return answer

    land._token = token
    with pytest.raises(Problem) as caught:
        client.lookup(ask())
    assert caught.value.status == 401
    assert land.tokens == 3


def test_it_asks_again_with_the_same_request_id(land, key, ask):
    waited = []
    land.errs = [
        httpx.ConnectError,
        httpx.Response(503, json=BUSY, headers={"Retry-After": "3"}),
        httpx.ReadTimeout,
        httpx.Response(429, json=BUSY),
    ]
    client = client_of(land, key, sleep=waited.append, retries=Retries(chance=lambda: 1.0))
    assert client.lookup(ask()).status is Status.NO_RECORD
    assert len(land.asked) == 5
    assert len({one["request_id"] for one in land.asked}) == 1
    assert waited == [0.25, 3.125, 1.0, 2.0]


def test_it_gives_up(land, key, ask):
    waited = []
    client = client_of(land, key, sleep=waited.append, retries=Retries(attempts=3))
    land.errs = [httpx.ConnectError] * 3
    with pytest.raises(Unreachable, match="ConnectError"):
        client.lookup(ask())
    assert len(waited) == 2
    land.errs = [httpx.Response(503, json=BUSY)] * 3
    with pytest.raises(Problem) as caught:
        client.lookup(ask())
    problem = caught.value
    assert (problem.code, problem.status) == ("BUSY", 503)
    assert (problem.detail.vi, problem.detail.en, problem.mend.vi, problem.mend.en) == ("Bận", "Busy", "Chờ", "Wait")


def test_what_lasts_is_not_asked_again(land, key, ask):
    client = client_of(land, key)
    for code, status in (("QUOTA_USED_UP", 429), ("UNIT_NOT_AGREED", 403), ("INTERNAL", 500)):
        land.asked.clear()
        land.errs = [httpx.Response(status, json={**BUSY, "code": code, "access_id": 5})]
        with pytest.raises(Problem) as caught:
            client.lookup(ask())
        assert (caught.value.code, caught.value.access_id, len(land.asked)) == (code, 5, 1)
    land.errs = [httpx.Response(503, json=BUSY, headers={"Retry-After": "3600"})]
    with pytest.raises(Problem, match="BUSY"):
        client.lookup(ask())


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, content=b"<html>"),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={"status": "FOUND"}),
        httpx.Response(200, content=b"[" * 100_000),
    ],
)
def test_what_cannot_be_read_is_not_guessed_at(land, key, ask, answer):
    land.errs = [answer]
    with pytest.raises(AnswerUnreadable) as caught:
        client_of(land, key).lookup(ask())
    assert caught.value.__cause__ is None


def test_an_answer_to_another_question_is_none(land, key, ask):
    client = client_of(land, key)
    asked = ask()
    land.errs = [httpx.Response(200, json=dict.fromkeys(("status",), "NO_RECORD") | {
        "request_id": str(ask().request_id), "access_id": 1, "coverage_as_of": "2026-11-21T00:00:00Z"})]  # fmt: skip
    with pytest.raises(AnswerUnreadable, match="another request_id"):
        client.lookup(asked)


def test_redirects_are_not_followed(land, key, ask):
    land.errs = [httpx.Response(307, headers={"Location": "https://evil.example/"})]
    with pytest.raises(Problem, match="HTTP_307"):
        client_of(land, key).lookup(ask())


def test_tokens_that_are_refused_say_why(land, key, ask):
    land.token_errs = [httpx.Response(401, json={"error": "invalid_client", "error_description": "no"})]
    with pytest.raises(TokenRefused, match="invalid_client: no"):
        client_of(land, key).lookup(ask())


def test_proofs_bind_the_token_and_nonces_are_learnt(bound_land, key, ask):
    bound_land.nonces = {"token": "n1", "api": "n2"}
    client = client_of(bound_land, key)
    assert client.lookup(ask()).status is Status.NO_RECORD
    bound_land.nonces["api"] = "n3"  # they change at will
    client.lookup(ask())
    assert (bound_land.tokens, len(bound_land.asked)) == (1, 2)
    assert len(bound_land.seen) == 7  # an assertion, and proofs: two for the token, two and two for the questions


def test_a_service_that_is_never_content_with_a_nonce_is_left(bound_land, key, ask):
    client = client_of(bound_land, key)
    client.lookup(ask())

    class Never(dict):
        turn = 0

        def get(self, _realm: str) -> str:
            Never.turn += 1
            return f"n{Never.turn}"

    bound_land.nonces = Never()
    with pytest.raises((Problem, TokenRefused)):
        client.lookup(ask())


def test_a_bearer_token_is_not_taken_for_a_bound_one(land, key, ask):
    land._proof = lambda *_: None
    with pytest.raises(TokenRefused, match="Bearer"):
        client_of(land, key, dpop=True).lookup(ask())


def test_a_batch_comes_in_order_call_by_call(land, key, ask):
    client = client_of(land, key)
    taken = []

    def questions() -> Iterator[Question]:
        for number in range(2500):
            taken.append(number)
            yield ask(number)

    answers = client.batch(questions(), size=1000)
    first = next(answers)
    assert isinstance(first, Refused)
    assert (first.problem.code, first.problem.access_id) == ("UNIT_NOT_AGREED", 9)
    assert len(taken) == 1000  # no more than one call's in memory
    rest = list(answers)
    assert [len(one["requests"]) for one in land.asked] == [1000, 1000, 500]
    sent = [one["request_id"] for call in land.asked for one in call["requests"]]
    assert [str(one.request_id) for one in (first, *rest)] == sent


def test_a_batch_that_lacks_a_line_is_not_yielded(land, key, ask):
    client = client_of(land, key)
    land.errs = [httpx.ReadError, httpx.Response(200, content=b"{}\n")]
    with pytest.raises(AnswerUnreadable, match="1 lines for 3 questions"):
        list(client.batch(ask(n) for n in (1, 2, 3)))
    assert land.asked[0] == land.asked[1]
    with pytest.raises(ValueError, match="1000"):
        next(client.batch([], size=1001))


def test_those_put_off_are_asked_again_by_themselves(land, key, ask):
    honest, calls = land._answer, []

    def answer(request: httpx.Request) -> httpx.Response:
        calls.append(len(land.asked[-1]["requests"]))
        lines = [json.loads(line) for line in honest(request).content.splitlines()]
        if len(calls) < 3:
            lines[1:] = [{**BUSY, "status": 503, "position": one["position"], "request_id": one["request_id"]}
                         for one in lines[1:]]  # fmt: skip
        return httpx.Response(200, content="\n".join(json.dumps(line) for line in lines))

    land._answer = answer
    questions = [ask(n) for n in (1, 2, 3, 4)]
    answers = list(client_of(land, key).batch(questions))
    assert calls == [4, 3, 2]
    assert [one.request_id for one in answers] == [one.request_id for one in questions]
    assert {one.status for one in answers} == {Status.NO_RECORD}
    calls.clear()
    *_, last = client_of(land, key, retries=Retries(attempts=2)).batch(questions)
    assert (last.problem.code, calls) == ("BUSY", [4, 3])


def test_the_feed_goes_on_to_its_end(land, key):
    def page(after: str, *names: str, more: bool) -> dict[str, Any]:
        changes = [
            {"record_ref": name, "record_version": "v1", "changed_at": "2026-11-21T00:00:00Z", "kind": "CHANGED"}
            for name in names
        ]
        return {"changes": changes, "next_cursor": after, "has_more": more}

    land.pages = {None: page("c1", "a", "b", more=True), "c1": page("c2", "c", more=False)}
    client = client_of(land, key)
    pages = list(client.changes())
    assert [one.record_ref for each in pages for one in each] == ["a", "b", "c"]
    assert pages[-1].next_cursor == "c2"
    land.pages["c2"] = page("c2", more=True)
    with pytest.raises(AnswerUnreadable, match="go on"):
        list(islice(client.changes("c2"), 5))

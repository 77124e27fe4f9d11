"""Every error leaves as a problem document with a stable code, and none repeats what the caller sent."""

from __future__ import annotations

import logging
from typing import Any

import anyio
import httpx
import pytest

from api import errors, problems
from api.metrics import Metrics
from api.requests import Envelope
from api.statuses import STATUS
from landdata.errors import DatabaseUnavailable, all_errors

MEMBERS = {"type", "title", "status", "code", "detail", "detail_en", "mend", "mend_en", "request_id"}
PLANTED = "024090000017"


def check_problem(answer: httpx.Response, status: int, code: str) -> dict:
    body = answer.json()
    assert (answer.status_code, body["code"], body["status"]) == (status, code, status)
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(body) >= MEMBERS
    assert all(body[name] for name in MEMBERS)
    assert body["request_id"] == answer.headers["x-request-id"]
    return body


def test_every_domain_error_has_a_status():
    domain = {kind.code for kind in all_errors()}
    assert domain == set(STATUS)
    assert {STATUS[code] for code in domain} <= set(errors.TITLES)


def test_codes_are_unique_and_titled():
    codes = [kind.code for kind in problems.KINDS] + [kind.code for kind in all_errors()]
    assert len(codes) == len(set(codes))
    assert {kind.status for kind in problems.KINDS} <= set(errors.TITLES)


def test_addresses_and_methods_that_are_not_there(api):
    check_problem(api.http.get(f"/v1/{PLANTED}"), 404, "NOT_FOUND")
    answer = api.http.delete("/v1/coverage")
    check_problem(answer, 405, "METHOD_NOT_ALLOWED")
    assert answer.headers["allow"] == "GET"
    check_problem(api.http.get("/v1/coverage/"), 404, "NOT_FOUND")
    assert api.http.get("/docs").status_code == api.http.get("/redoc").status_code == 404


def test_input_is_never_repeated(api):
    for address in (
        f"/v1/coverage?{PLANTED}=1",
        f"/v1/coverage?on={PLANTED}",
        f"/v1/coverage?known_at={PLANTED}",
        f"/v1/units/{PLANTED}/24",
        f"/v1/units/province/{PLANTED}",
        "/v1/units/province/24?on=2023-02-30",
    ):
        answer = api.http.get(address)
        body = check_problem(answer, 422, "REQUEST_INVALID")
        assert body["errors"]
        assert PLANTED not in answer.text


def test_a_parameter_twice_is_refused(api):
    check_problem(api.http.get("/v1/coverage?on=2023-03-28&on=2023-03-29"), 400, "PARAMETER_REPEATED")


def test_a_large_body_is_refused_whether_declared_or_not(api):
    check_problem(api.http.post("/v1/residency/land-records:lookup", content=b"x" * 70_000), 413, "BODY_TOO_LARGE")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for route, chunks in (("/oauth2/token", 2), ("/oauth2/introspect", 10)):  # read before anybody has proven anything
        answer = api.http.post(route, content=(b"x" * 10_000 for _ in range(chunks)), headers=form)
        check_problem(answer, 413, "BODY_TOO_LARGE")


def test_a_request_id_is_kept_when_plain_and_made_otherwise(api):
    assert api.http.get("/health", headers={"X-Request-Id": "case-0001"}).headers["x-request-id"] == "case-0001"
    for odd in ("short", "a b c d e f", "x" * 65, "<script>alert(1)</script>"):
        made = api.http.get("/health", headers={"X-Request-Id": odd}).headers["x-request-id"]
        assert len(made) == 32
        assert made != odd


def test_without_a_database_there_is_no_data(api, consumer, monkeypatch):
    token = consumer.bearer()

    def down(*_args: Any, **_kwargs: Any) -> None:
        raise DatabaseUnavailable

    monkeypatch.setattr("landdata.store.engine.Database.read", down)
    monkeypatch.setattr("landdata.store.engine.Database.write", down)
    for answer in (
        api.http.get("/ready"),
        api.http.get("/v1/coverage"),
        consumer.ask(),
        api.http.post("/v1/residency/land-records:lookup", headers=token, json={}),
    ):
        check_problem(answer, 503, "DATABASE_UNAVAILABLE")
        assert answer.headers["retry-after"]
    assert api.http.get("/health").status_code == 200


@pytest.mark.parametrize("begun", [False, True])
def test_an_unforeseen_error_tells_and_logs_nothing_of_its_message(begun, caplog):
    async def broken(scope, receive, send) -> None:
        if begun:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError(f"Key (id_number)=({PLANTED}) already exists")

    app = Envelope(broken, metrics=Metrics(), delivery_bytes=10)

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as http:
            return await http.get("/")

    with caplog.at_level(logging.DEBUG):
        if begun:
            with pytest.raises(Exception, match=r"^$") as caught:
                anyio.run(ask)
            assert caught.value.__cause__ is None
        else:
            check_problem(anyio.run(ask), 500, "INTERNAL")
    assert "kind=RuntimeError" in caplog.text
    assert PLANTED not in "\n".join(record.getMessage() for record in caplog.records)


BROWSER = {"Accept": "text/html,application/xhtml+xml"}


@pytest.mark.parametrize(("path", "words"), [("/khong-co", "Không tìm thấy"), ("/en/none", "Not found")])
def test_a_person_at_an_address_that_is_not_there_gets_a_page(api, path, words):
    answer = api.http.get(path, headers=BROWSER)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert f"<h1>{words}</h1>" in answer.text
    assert "openapi" not in answer.text.split("<main")[1].split("</main>")[0], "nothing that only a program can use"
    assert answer.headers["content-security-policy"] == api.http.get("/dang-nhap").headers["content-security-policy"]
    assert api.http.get(path).headers["content-type"] == "application/problem+json"
    assert api.http.get("/v1/none", headers=BROWSER).headers["content-type"] == "application/problem+json"


def test_an_address_that_only_takes_a_form_leads_to_the_page_with_the_form(api):
    """As when the address bar is entered again after a form; what was sent is not sent again."""
    for path, led in (
        ("/nhat-ky-truy-cap/bat-thuong", "/nhat-ky-truy-cap/tim"),
        ("/en/administration/agreements/decision?so=TT%2F1", "/en/administration/agreements/show?so=TT%2F1"),
        (
            "/cho-duyet/LO-24/8003e0e7-abe0-4220-a8b2-0d8075b531d9/quyet-dinh",
            "/cho-duyet/LO-24/8003e0e7-abe0-4220-a8b2-0d8075b531d9",
        ),
    ):
        answer = api.http.get(path, headers=BROWSER)
        assert (answer.status_code, answer.headers["location"]) == (303, led)
        assert api.http.get(path).status_code == 405
    assert api.http.delete("/nhat-ky-truy-cap/bat-thuong", headers=BROWSER).status_code == 405


@pytest.mark.parametrize(
    ("broken", "kind"),
    [("api.web.entry._way_back", "text/html; charset=utf-8"), ("api.web.house.House.page", "application/problem+json")],
)
def test_a_crash_is_told_to_a_person_on_a_page_while_there_are_pages(api, monkeypatch, broken, kind):
    def raises(*_: object, **__: object) -> None:
        raise RuntimeError(PLANTED)

    monkeypatch.setattr(broken, raises)
    answer = api.http.get("/dang-nhap", headers=BROWSER)
    assert (answer.status_code, answer.headers["content-type"]) == (500, kind)
    assert ("Lỗi máy chủ" in answer.text, PLANTED in answer.text) == (True, False)
    assert answer.headers["x-request-id"] in answer.text
    assert api.http.get("/dang-nhap").headers["content-type"] == "application/problem+json"

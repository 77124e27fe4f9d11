"""People at the door (security.md, A13): cookies, other sites' requests, fixation, roles, and one answer for every refusal."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from browsing import BASE, PASSWORD
from fastapi import Depends

from api.main import create_app
from api.people import person_who_may
from api.services import Services
from landdata.flows import people
from landdata.model.people import ROLES, Act, Role, SignedIn
from landdata.settings import Settings


@pytest.fixture
def api(api, clock):
    held: Services = api.app.state.services
    api.app.state.services = replace(held, entrance=replace(held.entrance, clock=clock))
    return api


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_from_the_first_code_to_signing_out(api, invite, window):
    login, code = invite(Role.INSPECTOR)
    person = window()
    answer = person.begin(login, code)
    assert (answer.status_code, answer.json()["stage"], answer.json()["acts"]) == (200, "NEW_PASSWORD", [])
    assert answer.headers["cache-control"] == "no-store"
    done = person.finish(answer)
    assert (done["login"], done["roles"], done["acts"]) == (login, ["INSPECTOR"], ["search-access-log", "see-coverage"])
    assert person.send("GET", "/current").json()["stage"] == "OPEN"
    assert [one["current"] for one in person.send("GET").json()["sessions"]] == [True]
    answer = person.send("DELETE", "/current")
    assert (answer.status_code, answer.content) == (204, b"")
    assert person.http.cookies.get("sid") is None
    assert said(person.send("GET", "/current")) == (401, "SIGN_IN_NEEDED")


def test_the_cookie_is_locked_down(api, invite, window):
    answer = window().begin(*invite())
    [cookie] = answer.headers.get_list("set-cookie")
    name, _, rest = cookie.partition("=")
    value, *parts = (part.strip().lower() for part in rest.split(";"))
    assert name == "sid"  # plain http on loopback
    assert len(value) == 43
    assert set(parts) == {"httponly", "path=/", "samesite=lax"}


def test_over_tls_the_browser_guards_it_too(database, tmp_path):
    app = create_app(Settings(database_url="postgresql://x@127.0.0.1:1/x", public_url="https://land.example"))
    assert app.openapi()["components"]["securitySchemes"]["session"]["name"] == "__Host-sid"
    from types import SimpleNamespace

    from starlette.responses import Response

    from api.people import set_cookie

    answer = Response()
    set_cookie(SimpleNamespace(issuer="https://land.example"), answer, "x")  # type: ignore[arg-type]
    parts = {part.strip() for part in answer.headers["set-cookie"].split(";")}
    assert parts == {"__Host-sid=x", "HttpOnly", "Path=/", "SameSite=lax", "Secure"}


def test_a_planted_session_is_worth_nothing(api, invite, member, window):
    _, attacker = member()
    planted = attacker.http.cookies["sid"]
    login, code = invite()
    victim = window()
    for value in (planted, "x" * 43):
        victim.http.cookies.clear()
        victim.http.cookies.set("sid", value, domain="127.0.0.1", path="/")
        answer = victim.begin(login, code)
        assert answer.status_code == 200
        assert victim.http.cookies["sid"] not in {planted, "x" * 43}
    assert said(attacker.send("GET", "/current")) == (401, "SIGN_IN_NEEDED")


def test_the_secret_changes_with_every_step(api, invite, window):
    login, code = invite(Role.INSPECTOR)
    person, seen = window(), []
    answer = person.begin(login, code)
    while True:
        seen.append(person.http.cookies["sid"])
        stage = answer.json()["stage"]
        if stage == "OPEN":
            break
        answer = person.step(stage)
    assert len(set(seen)) == len(seen) == 3
    for old in seen[:-1]:
        person.http.cookies.clear()
        person.http.cookies.set("sid", old, domain="127.0.0.1", path="/")
        assert said(person.send("GET", "/current")) == (401, "SIGN_IN_NEEDED")


ELSEWHERE: list[dict[str, str | None]] = [
    {"Sec_Fetch_Site": "cross-site"}, {"Sec_Fetch_Site": "same-site"}, {"Sec_Fetch_Site": "none"},
    {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://127.0.0.1"},
]  # fmt: skip


@pytest.mark.parametrize("headers", [*ELSEWHERE, {"X_CSRF_Token": None}, {"X_CSRF_Token": "x"}, {"X_CSRF_Token": ""}])
def test_another_site_changes_nothing(api, member, headers):
    _, person = member()
    for method, path, body in (
        ("DELETE", "/current", None), ("POST", "/current/second-factor", None),
        ("PUT", "/current/password", {"new": "một câu khác hẳn", "current": PASSWORD}),
        ("POST", "/current/proof", {"password": PASSWORD}),
        ("DELETE", "/0b6f3a0e-8f0a-4c53-9a55-6f2f8a1f5a20", None),
    ):  # fmt: skip
        assert said(person.send(method, path, body, **headers)) == (403, "CROSS_SITE")
    assert person.send("GET", "/current").status_code == 200


def test_a_token_of_another_session_is_none(api, member):
    (_, one), (_, other) = member(), member()
    assert said(one.send("DELETE", "/current", X_CSRF_Token=other.csrf)) == (403, "CROSS_SITE")


@pytest.mark.parametrize("headers", ELSEWHERE)
def test_another_site_signs_nobody_in(api, invite, window, headers):
    assert said(window().begin(*invite(), **headers)) == (403, "CROSS_SITE")


def test_a_form_signs_nobody_in(api, invite, window):
    login, code = invite()
    here = window()
    for kind in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"):
        body = f'{{"login": "{login}", "password": "{code}"}}'
        answer = here.http.post(BASE, content=body, headers={"Content-Type": kind})
        assert said(answer) == (415, "MEDIA_TYPE_UNSUPPORTED")


def test_every_reason_why_not_has_one_answer(api, database, invite, member, window):
    known, _ = member()
    closed, _ = member()
    people.disable(database, login=closed, by="quan.tri", reason="x")
    tries = [(known, "sai rồi"), ("khong.co.ai", PASSWORD), (closed, PASSWORD), (invite()[0], PASSWORD)]
    answers = []
    for login, password in tries:
        body = dict(window().begin(login, password).json())
        body.pop("request_id")
        answers.append(body)
    assert answers[0]["code"] == "SIGN_IN_REFUSED"
    assert answers == answers[:1] * 4


def test_too_many_tries_say_when_to_come_again(api, clock, invite, window, caplog):
    here = window()
    for _ in range(4):
        assert said(here.begin("nan.nhan", "sai")) == (401, "SIGN_IN_REFUSED")
    answer = here.begin("nan.nhan", "sai")
    assert said(answer) == (429, "TOO_MANY_TRIES")
    assert answer.headers["retry-after"] == "1"
    assert "what=person cause=too_many_tries" in caplog.text
    assert "nan.nhan" not in caplog.text
    clock.moment += timedelta(seconds=1)
    assert said(here.begin("nan.nhan", "sai")) == (401, "SIGN_IN_REFUSED")


def test_an_unfinished_sign_in_opens_nothing(api, invite, window):
    login, code = invite(Role.INSPECTOR)
    here = window()
    here.begin(login, code)
    uid = "0b6f3a0e-8f0a-4c53-9a55-6f2f8a1f5a20"
    for method, path, body in (
        ("GET", "", None), ("DELETE", f"/{uid}", None), ("POST", "/current/proof", {"code": "123456"}),
        ("POST", "/current/second-factor", None), ("PUT", "/current/second-factor", {"code": "123456"}),
    ):  # fmt: skip
        assert said(here.send(method, path, body)) == (403, "STEP_NEEDED"), path


def test_idle_and_long_sessions_end(api, clock, member):
    _, person = member()
    clock.moment += timedelta(minutes=29)
    assert person.send("GET", "/current").status_code == 200
    clock.moment += timedelta(minutes=31)
    assert said(person.send("GET", "/current")) == (401, "SIGN_IN_NEEDED")


def test_own_sessions_are_ended_from_elsewhere(api, clock, member, window):
    login, first = member()
    clock.moment += timedelta(seconds=1)
    second = window()
    second.finish(second.begin(login))
    [here, there] = second.send("GET").json()["sessions"]
    assert (here["current"], there["current"], here["address"]) == (True, False, "127.0.0.1")
    assert second.send("DELETE", f"/{there['session_uid']}").status_code == 204
    assert said(first.send("GET", "/current")) == (401, "SIGN_IN_NEEDED")
    _, stranger = member()
    assert said(stranger.send("DELETE", f"/{here['session_uid']}")) == (404, "SESSION_UNKNOWN")


def test_one_code_serves_once(api, member, window):
    login, first = member(Role.INSPECTOR)
    code = first.code()
    for expected in (200, 401):
        other = window()
        other.begin(login)
        assert other.send("POST", "/current/proof", {"code": code}).status_code == expected


def test_passwords_are_in_no_answer_and_no_log(api, invite, window, caplog):
    login, code = invite()
    here = window()
    shown = [here.begin(login, code).text, here.send("PUT", "/current/password", {"new": "matkhau123456"}).text]
    shown += [here.send("POST", "", {"login": login, "password": "bimat-trong-than" + "x" * 300}).text, caplog.text]
    assert not [one for one in (code, "matkhau123456", "bimat-trong-than") if one in "".join(shown)]


OFFICE_OF = {role: "MAE" if "MINISTRY" in terms.kinds else "LO-24" for role, terms in ROLES.items()}


def test_every_role_opens_its_acts_and_no_other(api, clock, member, window):
    """The matrix: every role, and none, at an address for every act, also at one that wants a fresh proof."""

    def address(act: Act, *, fresh: bool) -> None:
        def answer(caller: SignedIn = Depends(person_who_may(act, fresh=fresh))) -> dict[str, str]:  # noqa: B008
            return {"login": caller.login}

        api.app.add_api_route(f"/try/{act.value}{'/fresh' * fresh}", answer, methods=["GET"])

    for act in Act:
        address(act, fresh=False)
        address(act, fresh=True)
    opened: dict[Any, set[Act]] = {}
    for role in (None, *Role):
        _, person = member(*([role] if role else []), office=OFFICE_OF.get(role, "MAE"))
        answers = {act: person.http.get(f"/try/{act.value}") for act in Act}
        opened[role] = {act for act, answer in answers.items() if answer.status_code == 200}
        assert {said(one) for one in answers.values() if one.status_code != 200} <= {(403, "ROLE_MISSING")}
        clock.moment += timedelta(minutes=11)
        stale = {said(person.http.get(f"/try/{act.value}/fresh")) for act in Act}
        assert (403, "FRESH_PROOF_NEEDED") in stale or not opened[role]
        assert stale <= {(403, "FRESH_PROOF_NEEDED"), (403, "ROLE_MISSING")}
    assert opened == {None: set(), **{role: set(terms.acts) for role, terms in ROLES.items()}}
    _, approver = member(Role.SECOND_APPROVER, office="LO-24")  # of a land office: no agreements
    assert {act for act in Act if approver.http.get(f"/try/{act.value}").status_code == 200} == {
        Act.SEE_COVERAGE, Act.SEE_DELIVERIES, Act.DECIDE, Act.SEE_CASES, Act.SEE_PARCELS,
    }  # fmt: skip
    stranger = window()
    assert {said(stranger.http.get(f"/try/{act.value}")) for act in Act} == {(401, "SIGN_IN_NEEDED")}


def test_without_the_setting_there_is_no_issuer(api):
    for path in ("/by-issuer", "/by-issuer/return?code=x&state=y"):
        assert said(api.http.get(BASE + path)) == (404, "NOT_FOUND")

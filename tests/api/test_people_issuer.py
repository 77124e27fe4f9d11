"""Signing in through an issuer of OpenID Connect: what it says is believed once, in this browser, and only if it is true."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from api.oidc import people_issuer
from landdata.errors import IdentityRefused, IdentitySettingUnfit
from landdata.flows import offices, people
from landdata.model.people import Kind
from landdata.settings import Settings

BEGIN, RETURN = "/v1/sessions/by-issuer", "/v1/sessions/by-issuer/return"


@pytest.fixture(scope="module")
def realm():
    """A running issuer."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, Path(__file__).with_name("mock_people_issuer.py"), str(port)])
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=20) as http:
            deadline = time.monotonic() + 30
            while True:
                try:
                    http.get("/")
                    break
                except httpx.ConnectError:
                    assert time.monotonic() < deadline
                    time.sleep(0.05)
            yield http
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def issuer(realm):
    realm.post("/set", json={})
    return f"{str(realm.base_url).rstrip('/')}/realms/staff"


@pytest.fixture
def settings(settings, issuer, tmp_path):
    secret = tmp_path / "oidc.secret"
    secret.write_text("secret-there\n")
    secret.chmod(0o400)
    return settings.model_copy(update={"oidc_issuer": issuer, "oidc_client_id": "land-web", "oidc_secret_file": secret})


@pytest.fixture
def linked(database, issuer):
    """An official, whom an administrator linked to the identity."""
    offices.register_office(database, code="MAE", kind="MINISTRY", name_vi="Bộ", name_en="Ministry")
    for login in ("nguyen.thi.lan", "lan.khac"):
        people.add(database, login=login, full_name="Lan", office_code="MAE", by=None)
    people.link(database, login="nguyen.thi.lan", issuer=issuer, subject="u-77", by=None)
    return "nguyen.thi.lan"


@pytest.fixture
def window(api):
    with httpx.Client(base_url=api.url, timeout=30, trust_env=False) as http:
        yield http


def there(window) -> str:
    """To the issuer and back to our door; the address there."""
    begun = window.get(BEGIN)
    assert begun.status_code == 303
    return httpx.get(begun.headers["location"], trust_env=False).headers["location"]


def test_a_linked_identity_gets_in_by_code_and_challenge(window, linked):
    begun = window.get(BEGIN)
    asked = {name: value[0] for name, value in parse_qs(urlsplit(begun.headers["location"]).query).items()}
    assert (asked["code_challenge_method"], asked["response_type"], asked["scope"]) == ("S256", "code", "openid")
    assert asked["redirect_uri"] == str(window.base_url.join(RETURN))
    cookie = begun.headers["set-cookie"]
    assert "Max-Age=600" in cookie
    assert "HttpOnly" in cookie
    assert asked["nonce"] not in cookie
    answer = window.get(there(window))
    assert (answer.status_code, answer.headers["location"]) == (303, "/dang-nhap")
    here = window.get("/v1/sessions/current").json()
    assert (here["login"], here["stage"]) == (linked, "OPEN")
    assert "oidc" not in window.cookies


@pytest.mark.parametrize(
    "lies",
    [
        {"claims": {"nonce": "x"}}, {"claims": {"nonce": None}}, {"claims": {"iss": "http://127.0.0.1:9/realms/staff"}},
        {"claims": {"aud": "another"}}, {"claims": {"aud": ["land-web", "another"]}}, {"claims": {"aud": None}},
        {"claims": {"azp": "another"}}, {"claims": {"exp": 1}}, {"claims": {"exp": None}}, {"claims": {"iat": 1}},
        {"claims": {"iat": 4_000_000_000}}, {"claims": {"sub": None}}, {"claims": {"sub": ["u-77"]}},
        {"claims": {"sub": "u-78"}}, {"claims": {"sub": "lan.khac", "email": "nguyen.thi.lan"}},
        {"header": {"alg": "none"}}, {"header": {"alg": "HS256"}}, {"key": "stranger"}, {"header": {"kid": "x"}},
        {"return": {"state": "x"}}, {"return": {"state": ""}}, {"return": {"iss": "https://evil.example"}},
        {"return": {"code": "x"}}, {"return": {"error": "access_denied", "code": ""}},
    ],
    ids=str,
)  # fmt: skip
def test_a_lie_lets_nobody_in(window, realm, linked, lies):
    realm.post("/set", json=lies)
    answer = window.get(there(window))
    assert (answer.status_code, answer.json()["code"]) == (401, "IDENTITY_REFUSED")
    assert "sid" not in window.cookies


def test_a_person_in_a_browser_is_told_on_the_sign_in_page(window, realm, linked):
    assert f'href="{BEGIN}"' in window.get("/dang-nhap").text
    realm.post("/set", json={"claims": {"sub": "u-78"}})
    answer = window.get(there(window), headers={"Accept": "text/html,*/*"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/dang-nhap?loi=IDENTITY_REFUSED")
    page = window.get(answer.headers["location"])
    assert page.status_code == 200
    assert IdentityRefused().sentence("vi") in page.text


def test_an_answer_is_good_once_and_in_its_own_browser(api, window, linked, database):
    begun = window.get(BEGIN)
    state = dict(window.cookies)
    back = httpx.get(begun.headers["location"], trust_env=False).headers["location"]
    with httpx.Client(trust_env=False) as victim:  # somebody is sent another's answer: no cookie, no way in
        assert victim.get(back).status_code == 401
        victim.get(api.url + BEGIN)
        assert victim.get(back).status_code == 401
    assert window.get(back).status_code == 303
    # The same answer again, with the cookie of that time, also when the issuer would take the code again.
    with httpx.Client(trust_env=False, cookies=state) as thief:
        assert thief.get(back).status_code == 401
    assert len(people.events(database, kind=Kind.SIGNED_IN)) == 1


def test_a_state_is_good_once_even_with_a_new_code(api, window, linked):
    begun = window.get(BEGIN)
    state = dict(window.cookies)
    first, second = (httpx.get(begun.headers["location"], trust_env=False).headers["location"] for _ in range(2))
    assert window.get(first).status_code == 303
    with httpx.Client(trust_env=False, cookies=state) as thief:
        assert thief.get(second).status_code == 401


def test_a_state_ends_after_ten_minutes_and_cannot_be_changed(api, window, realm, linked):
    back, held = there(window), window.cookies["oidc"]
    for value in (held[:-4] + "AAAA", "x", "", held + "A"):
        with httpx.Client(trust_env=False, cookies={"oidc": value}) as other:
            assert other.get(back).status_code == 401
    issuer, began = api.app.state.services.people_issuer, time.time()
    realm.post("/set", json={"claims": {"iat": int(began) + 600, "exp": int(began) + 700}})  # all else is in order
    issuer._clock = lambda: began + 601
    assert window.get(back).status_code == 401


def test_a_closed_account_stays_closed(window, linked, database):
    people.disable(database, login=linked, by=None, reason="x")
    assert window.get(there(window)).status_code == 401
    assert people.events(database, login=linked, kind=Kind.SIGN_IN_FAILED)[0].note == "OIDC"


@pytest.mark.parametrize(
    "lies", [{"told": {"issuer": "https://evil.example"}}, {"told": {"token_endpoint": "http://127.0.0.1:9/token"}}]
)
def test_an_issuer_is_asked_at_its_own_address_only(api, window, realm, linked, lies):
    realm.post("/set", json=lies)
    answer = window.get(BEGIN)
    if answer.status_code == 303:
        answer = window.get(httpx.get(answer.headers["location"], trust_env=False).headers["location"])
    assert (answer.status_code, answer.json()["code"]) == (503, "IDENTITY_UNAVAILABLE")
    if "issuer" in lies["told"]:  # one that is out of order is asked again after some seconds only
        realm.post("/set", json={})
        assert window.get(BEGIN).status_code == 503
        issuer, began = api.app.state.services.people_issuer, time.time()
        issuer._clock = lambda: began + 6
        assert window.get(BEGIN).status_code == 303


@pytest.mark.parametrize(
    "changed",
    [{"oidc_issuer": "http://id.example"}, {"oidc_issuer": "https://id.example/"}, {"oidc_client_id": ""}, {"mode": 0o444}],
)  # fmt: skip
def test_settings_that_cannot_be_are_refused_at_the_start(tmp_path, changed):
    secret = tmp_path / "secret"
    secret.write_text("x")
    secret.chmod(changed.pop("mode", 0o400))
    given = {"oidc_issuer": "https://id.example", "oidc_client_id": "x", "oidc_secret_file": secret, **changed}
    with pytest.raises(IdentitySettingUnfit):
        people_issuer(Settings(**given), "https://land.example", entrance=None)

"""Tokens of an external issuer: believed by its published keys, for its own clients, through our table of scopes."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from api.oauth.external import ExternalIssuer, KeyFetcher, external_issuer
from landdata.errors import ExternalIssuerUnfit
from landdata.flows import clients
from landdata.model.clients import RESIDENCY_SCOPES
from landdata.settings import Settings

LOOKUP = "/v1/residency/land-records:lookup"
SCOPES = {"land_read": sorted(RESIDENCY_SCOPES), "land_count": ["land.statistics.read"]}


@pytest.fixture(scope="module")
def realm():
    """A running issuer."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, Path(__file__).with_name("mock_issuer.py"), str(port)])
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=10) as http:
            deadline = time.monotonic() + 20
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
    """Its name; every test finds it as it was."""
    realm.post("/set", json={"asked": 0, "moved": "", "size": 0})
    return f"{str(realm.base_url).rstrip('/')}/realms/land"


@pytest.fixture
def settings(settings, issuer):
    return settings.model_copy(
        update={"external_issuer": issuer, "external_audience": "land-api", "external_scopes": SCOPES}
    )


@pytest.fixture
def mint(realm):
    def made(*, header: Any = None, key: str = "own", **claims: Any) -> str:
        told = {"claims": {"aud": ["account", "land-api"], **claims}, "header": header or {}, "key": key}
        return str(realm.post("/mint", json=told).json()["token"])

    return made


@pytest.fixture
def desk(consumer, database):
    """A consumer that proves itself to the external issuer, under the name that its tokens carry."""
    clients.register_external(database, client_id="their-desk", office_code=consumer.client_id, scopes=RESIDENCY_SCOPES)
    return consumer


def ask(api, machine, token: str) -> httpx.Response:
    proof = machine.proof("POST", api.url + LOOKUP, token)
    return api.http.post(LOOKUP, headers={"Authorization": f"DPoP {token}", "DPoP": proof})


def cnf(machine) -> dict[str, str]:
    return {"jkt": machine.proof_key.thumbprint()}


@pytest.mark.parametrize("header", [{}, {"typ": "at+jwt"}, {"alg": "PS256"}])
def test_a_bound_token_of_the_realm_is_believed(api, desk, mint, header):
    assert ask(api, desk, mint(header=header, cnf=cnf(desk))).status_code == 415


def test_what_is_no_access_token_for_us_is_not_believed(api, desk, mint):
    bound, now = cnf(desk), int(time.time())
    own = api.url
    forged = {
        "for somebody else": mint(cnf=bound, aud=["account"]),
        "without audience": mint(cnf=bound, aud=None),
        "an ID token": mint(cnf=bound, typ="ID"),
        "a refresh token": mint(cnf=bound, typ="Refresh"),
        "expired": mint(cnf=bound, iat=now - 400, exp=now - 100),
        "for a day": mint(cnf=bound, exp=now + 86_400),
        "another issuer": mint(cnf=bound, iss="http://127.0.0.1:9/realms/land"),
        "our name": mint(cnf=bound, iss=own),
        "a stranger's key": mint(cnf=bound, key="stranger"),
        "a stranger's kid": mint(cnf=bound, key="stranger", header={"kid": "stranger"}),
        "no kid": mint(cnf=bound, header={"kid": None}),
        "HS256 with the public key": mint(cnf=bound, header={"alg": "HS256"}),
        "a key by reference": mint(cnf=bound, header={"jku": "http://127.0.0.1:9/keys"}),
        "typ of a logout token": mint(cnf=bound, header={"typ": "logout+jwt"}),
        "an unknown client": mint(cnf=bound, azp="nobody"),
        "one of our own clients": mint(cnf=bound, azp=desk.client_id),
        "no jti": mint(cnf=bound, jti=None),
        "scope is a list": mint(cnf=bound, scope=["land_read"]),
        "bound to what we cannot check": mint(cnf={"kid": "x"}),
    }
    wrong = {name: answer.text for name, text in forged.items() if (answer := ask(api, desk, text)).status_code != 401}
    assert wrong == {}


def test_its_scopes_open_what_the_table_says_and_no_more(api, desk, mint):
    for scope in ("", "profile", "land.residency.read", "land_count"):
        answer = ask(api, desk, mint(cnf=cnf(desk), scope=scope))
        assert (answer.status_code, answer.json()["code"]) == (403, "SCOPE_INSUFFICIENT"), scope


def test_personal_data_wants_a_bound_token_of_others_too(api, desk, mint):
    token = mint()
    answer = api.http.post(LOOKUP, headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "TOKEN_UNBOUND")
    assert ask(api, desk, mint(cnf={"jkt": "x" * 43})).json()["code"] == "PROOF_INVALID"


def test_an_external_client_gets_no_token_of_ours(api, desk):
    desk.client_id = "their-desk"
    assert desk.ask().status_code == 401


def test_a_disabled_client_is_out_here_whatever_the_realm_says(api, desk, mint, database):
    clients.disable(database, client_id="their-desk")
    assert ask(api, desk, mint(cnf=cnf(desk))).status_code == 401


class Clock:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_keys_are_asked_for_rarely_and_a_new_one_is_found(realm, issuer, mint):
    clock = Clock()
    reader = ExternalIssuer(issuer, "land-api", SCOPES, clock=clock)

    def read(text: str) -> Any:
        return anyio.run(reader.read, text)

    old = mint()
    assert read(old).scopes == RESIDENCY_SCOPES
    for number in range(50):
        assert read(mint(key="stranger", header={"kid": str(number)})) is None
    assert realm.get("/").json()["asked"] == 1
    realm.post("/set", json={"rotate": True})
    new = mint()
    assert read(new) is None  # within 30 s of the last question
    clock.now += 31
    assert read(new) is not None
    assert read(old) is None
    assert realm.get("/").json()["asked"] == 2


def test_keys_are_kept_for_a_day_when_the_issuer_is_down(realm, issuer, mint):
    clock = Clock()
    reader, token = ExternalIssuer(issuer, "land-api", SCOPES, clock=clock), mint()
    assert anyio.run(reader.read, token) is not None
    realm.post("/set", json={"size": 300_000})  # as good as down: too large to be read
    clock.now += 80_000
    assert anyio.run(reader.read, token) is not None
    clock.now += 10_000
    assert anyio.run(reader.read, token) is None


@pytest.mark.parametrize("moved", ["http://127.0.0.1:9/certs", "http://evil.example/certs", "file:///etc/passwd"])
def test_keys_are_never_fetched_elsewhere(realm, issuer, mint, moved):
    realm.post("/set", json={"moved": moved})
    assert anyio.run(KeyFetcher(issuer).keys, "x") is None


@pytest.mark.parametrize(
    "changed",
    [
        {"external_issuer": "http://land.example"},
        {"external_issuer": "https://id.example/"},
        {"external_issuer": "id.example"},
        {"external_issuer": "https://land.example"},
        {"external_issuer": "https://id.example", "external_scopes": {"x": ["land.everything"]}},
    ],
)
def test_settings_that_cannot_be_are_refused_at_the_start(changed):
    with pytest.raises(ExternalIssuerUnfit):
        external_issuer(Settings(**changed), "https://land.example")


def test_without_the_setting_there_is_no_other_issuer():
    assert external_issuer(Settings(), "https://land.example") is None

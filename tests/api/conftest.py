"""A running API on a real database, and clients that sign their own assertions, honest or not."""

from __future__ import annotations

import hashlib
import itertools
import json
import socket
import sys
import threading
import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import pytest
import uvicorn
from joserfc import jwt
from joserfc.jwk import ECKey
from sqlalchemy import text

from api.main import create_app
from landdata.flows import agreements, clients, offices, people
from landdata.model.clients import DELIVER_SCOPE, RESIDENCY_SCOPES
from landdata.model.people import Role
from landdata.model.terms import said, terms_of
from landdata.settings import Settings
from landdata.store import keys as key_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fastapi import FastAPI

from landdata.store.engine import Database

sys.path.insert(0, str(Path(__file__).parent))

from browsing import Browser, Clock  # found by the line above

NUMBERS = itertools.count()
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass
class Running:
    """An API that answers at `url`, and its application; `http` signs the proofs of tokens that its machines hold."""

    url: str
    app: FastAPI
    settings: Settings
    http: httpx.Client
    holders: dict[str, Machine] = field(default_factory=dict)

    def sign(self, request: httpx.Request) -> None:
        """Add the proof that a DPoP-bound token needs, unless the test brings one of its own."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme == "DPoP" and token in self.holders and "dpop" not in request.headers:
            url = str(request.url).partition("?")[0]
            request.headers["DPoP"] = self.holders[token].proof(request.method, url, token)


class Escaped(json.JSONEncoder):
    """Writes every letter beyond ASCII as an escape, as hostile claims with half a letter have to be."""

    def __init__(self, **named: Any) -> None:
        super().__init__(**{**named, "ensure_ascii": True})


@dataclass
class Machine:
    """A client with its private keys, signing what a test tells it to; a `bound` one asks for tokens by DPoP."""

    client_id: str
    issuer: str
    http: httpx.Client
    holders: dict[str, Machine] = field(default_factory=dict)
    bound: bool = False
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", auto_kid=True))
    proof_key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256"))

    @property
    def jwks(self) -> dict[str, Any]:
        return {"keys": [self.key.as_dict(private=False)]}

    def claims(self, **changed: Any) -> dict[str, Any]:
        """Honest claims with some changed; None leaves one out."""
        now = int(time.time())
        honest = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": self.issuer,
            "iat": now,
            "exp": now + 60,
            "jti": uuid4().hex,
        }
        return {name: value for name, value in {**honest, **changed}.items() if value is not None}

    def sign(self, claims: dict[str, Any], key: ECKey | None = None, **header: Any) -> str:
        used = key or self.key
        head = {"alg": "ES256", "kid": used.kid, **header}
        return jwt.encode(head, claims, used, algorithms=["ES256"], encoder_cls=Escaped)

    def proof(
        self,
        method: str,
        url: str,
        token: str | None = None,
        key: ECKey | None = None,
        head: Any = None,
        **changed: Any,
    ) -> str:
        """A DPoP proof (RFC 9449, 4.2) with some claims changed; None leaves one out."""
        used = key or self.proof_key
        header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": used.as_dict(private=False), **(head or {})}
        claims = {"jti": uuid4().hex, "htm": method, "htu": url, "iat": int(time.time())}
        if token is not None:
            claims["ath"] = urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()
        kept = {name: value for name, value in {**claims, **changed}.items() if value is not None}
        head = {name: value for name, value in header.items() if value is not None}
        return jwt.encode(head, kept, used, algorithms=["ES256"], encoder_cls=Escaped, default_type=None)

    def proofs(self) -> dict[str, str]:
        """The header that goes with a token request."""
        return {"DPoP": self.proof("POST", f"{self.issuer}/oauth2/token")} if self.bound else {}

    def form(self, assertion: str | None = None, **more: str) -> dict[str, str]:
        return {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion or self.sign(self.claims()),
            **more,
        }

    def ask(self, assertion: str | None = None, **more: str) -> httpx.Response:
        return self.http.post("/oauth2/token", data=self.form(assertion, **more), headers=self.proofs())

    def token(self, scope: str = "") -> str:
        answer = self.ask(**({"scope": scope} if scope else {}))
        assert answer.status_code == 200, answer.text
        token = str(answer.json()["access_token"])
        self.holders[token] = self
        return token

    def bearer(self, scope: str = "") -> dict[str, str]:
        """The header with a fresh token, whichever scheme it has."""
        return {"Authorization": f"{'DPoP' if self.bound else 'Bearer'} {self.token(scope)}"}


@pytest.fixture
def settings(database: Database, tmp_path: Path) -> Settings:
    key_files.make_all(tmp_path)
    return Settings(
        database_url=database.engine.url.render_as_string(hide_password=False),
        data_dir=tmp_path,
        pool_size=4,
        delivery_max_bytes=1_000_000,
    )


@pytest.fixture(autouse=True)
def _small_book(monkeypatch: pytest.MonkeyPatch) -> None:
    """A book of proofs is 16 MiB, and the folders of tests are kept for a while."""
    monkeypatch.setattr("api.oauth.replays.SLOTS", 1 << 12)


@pytest.fixture
def api(settings: Settings) -> Iterator[Running]:
    """The API on a real server of its own, on a free loopback port that is its public address."""
    listening = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    given = settings.model_copy(update={"public_url": url})
    app = create_app(given)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=2))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        deadline = time.monotonic() + 10
        while not server.started:
            assert time.monotonic() < deadline
            assert thread.is_alive()
            time.sleep(0.01)
        with httpx.Client(base_url=url, timeout=20, trust_env=False) as http:
            running = Running(url, app, given, http)
            http.event_hooks = {"request": [running.sign]}
            yield running
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()


@pytest.fixture
def make_machine(api: Running, database: Database) -> Callable[..., Machine]:
    """Registers a client of a new office of the kind."""

    def make(kind: str, scopes: frozenset[str]) -> Machine:
        name = f"{kind.lower()}-{uuid4().hex[:12]}"
        with database.write() as writer:
            writer.connection.execute(
                text("INSERT INTO org.office (code, kind, name_vi, name_en) VALUES (:code, :kind, :code, :code)"),
                {"code": name, "kind": kind},
            )
        machine = Machine(name, api.url, api.http, api.holders, bound=bool(scopes & RESIDENCY_SCOPES))
        clients.register(database, client_id=name, office_code=name, jwks=machine.jwks, scopes=scopes)
        return machine

    return make


@pytest.fixture
def agree(database: Database) -> Callable[..., str]:
    """Puts an agreement in force for a client, or other terms where there is one; returns its code."""
    words: dict[str, Any] = {
        "purpose": "cư trú", "legal_ground": "Luật Cư trú", "service_codes": ["1.004222"], "agency_codes": ["CA-24"],
        "groups": ["all"], "daily_quota": 1000, "valid_from": "2025-01-01",
    }  # fmt: skip

    def write(client_id: str, **changed: Any) -> str:
        code = f"TT-{client_id}"
        offices.register_office(database, code="MAE", kind="MINISTRY", name_vi="Bộ", name_en="Ministry")
        for login in ("lan", "minh"):
            offices.register_person(database, login=login, full_name=login, office_code="MAE")
        if any(one.code == code for one in agreements.every(database)):
            agreements.amend(database, code=code, said=said(changed), by="lan", reason="thử")
        else:
            terms = terms_of(said({**words, "client_id": client_id, **changed}))
            agreements.draft(database, code=code, terms=terms, by="lan", reason="thử")
        agreements.approve(database, code=code, by="minh", reason="thử")
        return code

    return write


@pytest.fixture
def consumer(make_machine: Callable[..., Machine], agree: Callable[..., str]) -> Machine:
    """A consumer's client with an agreement in force about all fields."""
    machine = make_machine("CONSUMER", RESIDENCY_SCOPES)
    agree(machine.client_id)
    return machine


@pytest.fixture
def office(make_machine: Callable[..., Machine]) -> Machine:
    return make_machine("LAND_OFFICE", frozenset({DELIVER_SCOPE}))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def window(api, clock):
    """Opens browsers, and closes them."""
    opened: list[Browser] = []

    def one() -> Browser:
        opened.append(Browser(api.url, clock))
        return opened[-1]

    yield one
    for each in opened:
        each.http.close()


@pytest.fixture
def invite(api, database, clock):
    """Makes an account; its sign-in name and one-time code."""
    offices.register_office(database, code="MAE", kind="MINISTRY", name_vi="Bộ", name_en="Ministry")
    offices.register_office(database, code="LO-24", kind="LAND_OFFICE", name_vi="VP", name_en="Office")
    people.add(database, login="quan.tri", full_name="Q", office_code="MAE", by=None)
    people.grant(database, login="quan.tri", role=Role.ADMINISTRATOR, by=None, reason="đầu tiên")

    def make(*roles: Role, office: str = "MAE") -> tuple[str, str]:
        login = f"can.bo.{next(NUMBERS)}"
        code = people.add(database, login=login, full_name="Cán bộ", office_code=office, by=None, clock=clock)
        for role in roles:
            people.grant(database, login=login, role=role, by="quan.tri", reason="thử")
        return login, code

    return make


@pytest.fixture
def member(invite, window):
    """A person with a browser in which the sign-in is complete."""

    def make(*roles: Role, office: str = "MAE") -> tuple[str, Browser]:
        login, code = invite(*roles, office=office)
        opened = window()
        opened.finish(opened.begin(login, code))
        return login, opened

    return make

"""A running API on a real database, and clients that sign their own assertions, honest or not."""

from __future__ import annotations

import socket
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import pytest
import uvicorn
from joserfc import jwt
from joserfc.jwk import ECKey
from sqlalchemy import text

from api.main import create_app
from landdata.flows import agreements, clients, offices
from landdata.model.clients import DELIVER_SCOPE, RESIDENCY_SCOPES
from landdata.model.terms import said, terms_of
from landdata.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from fastapi import FastAPI

    from landdata.store.engine import Database

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass
class Running:
    """An API that answers at `url`, and its application."""

    url: str
    app: FastAPI
    settings: Settings
    http: httpx.Client


@dataclass
class Machine:
    """A client with its private key, signing what a test tells it to."""

    client_id: str
    issuer: str
    http: httpx.Client
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", auto_kid=True))

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
        return jwt.encode({"alg": "ES256", "kid": used.kid, **header}, claims, used, algorithms=["ES256"])

    def form(self, assertion: str | None = None, **more: str) -> dict[str, str]:
        return {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion or self.sign(self.claims()),
            **more,
        }

    def ask(self, assertion: str | None = None, **more: str) -> httpx.Response:
        return self.http.post("/oauth2/token", data=self.form(assertion, **more))

    def token(self, scope: str = "") -> str:
        answer = self.ask(**({"scope": scope} if scope else {}))
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def bearer(self, scope: str = "") -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(scope)}"}


@pytest.fixture
def settings(database: Database, tmp_path: Path) -> Settings:
    return Settings(
        database_url=database.engine.url.render_as_string(hide_password=False),
        data_dir=tmp_path,
        pool_size=4,
        delivery_max_bytes=1_000_000,
    )


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
            yield Running(url, app, given, http)
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
        machine = Machine(name, api.url, api.http)
        clients.register(database, client_id=name, office_code=name, jwks=machine.jwks, scopes=scopes)
        return machine

    return make


@pytest.fixture
def agree(database: Database) -> Callable[..., str]:
    """Puts an agreement in force for a client, or other terms where there is one; returns its code."""
    words: dict[str, Any] = {
        "purpose": "cư trú", "legal_ground": "Luật Cư trú", "service_codes": ["1.004222"], "agency_codes": ["CA-24"],
        "groups": ["all"], "daily_quota": 1000, "valid_from": "2025-01-01", "token_binding": "UNBOUND",
        "unbound_reason": "thử",
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

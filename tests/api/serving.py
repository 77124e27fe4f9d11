"""A running API, and clients that sign their own assertions, honest or not."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import json
import socket
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import uvicorn
from joserfc import jwt
from joserfc.jwk import ECKey

from api.main import create_app

if TYPE_CHECKING:
    from fastapi import FastAPI

    from landdata.settings import Settings

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


class _Prompt(uvicorn.Server):
    """Ends at once when nobody is there any more: its own pauses, a fifth of a second, are as long as most tests."""

    async def main_loop(self) -> None:
        for counter in itertools.count():
            if await self.on_tick(counter // 10):
                return
            await asyncio.sleep(0.01)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self.server_state.connections or self.server_state.tasks:
            await super().shutdown(sockets)
            return
        for one in (*self.servers, *(sockets or ())):
            one.close()
        await self.lifespan.shutdown()


@contextmanager
def serving(settings: Settings) -> Iterator[Running]:
    """The API on a real server of its own, on a free loopback port that is its public address."""
    listening = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    given = settings.model_copy(update={"public_url": url})
    app = create_app(given)
    server = _Prompt(uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=2))
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

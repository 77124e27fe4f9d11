"""A browser at a page of the service, for tests of what people do; its clock stands still until a test moves it."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from typing import Any

import httpx

from landdata.model import totp
from landdata.model.people import now

PASSWORD = "con trâu đi trước cái cày"
BASE = "/v1/sessions"


class Clock:
    """The time; it stands still until a test moves it."""

    def __init__(self) -> None:
        self.moment = now()

    def __call__(self) -> datetime:
        return self.moment


class Browser:
    """A browser with its own cookies, at a page of the service; it knows what the page was told."""

    def __init__(self, url: str, clock: Clock) -> None:
        self.http = httpx.Client(base_url=url, timeout=30, trust_env=False)
        self.here = {"Origin": url, "Sec-Fetch-Site": "same-origin"}
        self.clock, self.csrf, self.secret = clock, "", b""

    def send(self, method: str, path: str = "", said: Any = None, **headers: str | None) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {**self.here, "X-CSRF-Token": self.csrf, **named}
        kept = {name: value for name, value in sent.items() if value is not None}
        answer = self.http.request(method, BASE + path, json=said, headers=kept)
        if answer.status_code == 200:
            told = answer.json()
            self.csrf = told.get("session", told).get("csrf_token", self.csrf)
        return answer

    def begin(self, login: str, password: str = PASSWORD, **headers: str | None) -> httpx.Response:
        return self.send("POST", "", {"login": login, "password": password}, **headers)

    def code(self) -> str:
        self.clock.moment += timedelta(seconds=totp.STEP_SECONDS)
        return totp.code_at(self.secret, totp.step_of(self.clock()))

    def finish(self, answer: httpx.Response) -> dict[str, Any]:
        """Take every step that the sign-in waits for."""
        while answer.json()["stage"] != "OPEN":
            answer = self.step(answer.json()["stage"])
            assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def step(self, stage: str) -> httpx.Response:
        if stage == "NEW_PASSWORD":
            return self.send("PUT", "/current/password", {"new": PASSWORD})
        if stage == "ENROL":
            self.secret = base64.b32decode(self.send("POST", "/current/second-factor").json()["secret"])
            assert self.send("PUT", "/current/second-factor", {"code": self.code()}).status_code == 200
            return self.send("GET", "/current")
        return self.send("POST", "/current/proof", {"code": self.code()})

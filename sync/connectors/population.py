"""The population platform over HTTP: OAuth client credentials, one request a batch, answers checked before they count."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import httpx
from pydantic_core import from_json, to_json

from landdata.connectors import retry_after
from landdata.errors import PopulationRefuses, PopulationUnavailable
from landdata.matching.reasons import Reason
from landdata.model.persons import Answer, Changed, Changes, Citizen, Claim

log = logging.getLogger(__name__)

_TIMEOUT = httpx.Timeout(30.0, connect=5.0)
# The question itself is at fault; whatever else goes wrong may go well later.
_REFUSED = frozenset({400, 409, 413, 422})
_T = TypeVar("_T")


class PopulationPlatform:
    """See `model.ports.Population`. Tokens are fetched when needed and used until shortly before they end."""

    def __init__(self, url: str, *, client_id: str, secret_file: Path, officer_code: str = "LANDDATA") -> None:
        self._url = url.rstrip("/")
        self._client_id = client_id
        self._secret_file = secret_file
        self._officer_code = officer_code
        self._client = httpx.Client(timeout=_TIMEOUT, trust_env=False)
        self._token = ""
        self._token_ends = 0.0
        self._lock = threading.Lock()

    def close(self) -> None:
        """End the connection that is kept between requests."""
        self._client.close()

    def verify(self, claims: Sequence[Claim], *, request_id: UUID) -> list[Answer]:
        """See the port; answers come in the order of the claims, whatever order the platform chose."""
        body = {
            "request_id": str(request_id),
            "service_code": "LAND-HOLDER-VERIFICATION",
            "officer_code": self._officer_code,
            "persons": [
                {
                    "ref": str(place),
                    "id_number": claim.id_number,
                    "full_name": claim.name,
                    "date_of_birth": claim.birth_date.isoformat() if claim.birth_date else None,
                    "birth_year": claim.birth_year,
                }
                for place, claim in enumerate(claims)
            ],
        }

        def read(data: Any) -> list[Answer]:
            if data["request_id"] != body["request_id"]:
                raise ValueError("answer to another request")
            return _answers(claims, data.get("answers") or [])

        return self._sent("POST", "/v1/citizens:verify", read, body=to_json(body))

    def changes(self, *, cursor: str, limit: int) -> Changes:
        """See the port."""

        def read(data: Any) -> Changes:
            changed = tuple(Changed(str(one["person_ref"]), str(one["id_number"])) for one in data["changes"])
            return Changes(changed, str(data["cursor"]), bool(data["more"]))

        return self._sent("GET", "/v1/citizens/changes", read, params={"cursor": cursor, "limit": limit})

    def _sent(
        self, method: str, path: str, read: Callable[[Any], _T], *, body: bytes | None = None, **question: Any
    ) -> _T:
        """What `read` makes of the answer to one request. Raises PopulationUnavailable, PopulationRefuses."""
        kind = {} if body is None else {"Content-Type": "application/json"}

        def send() -> httpx.Response:
            return self._client.request(
                method, f"{self._url}{path}", headers=self._bearer() | kind, content=body, **question
            )

        try:
            answer = send()
            if answer.status_code == 401:
                # It forgot our token, as a restarted one does: that is no failure of the question.
                self._token = ""
                answer = send()
            answer.raise_for_status()
            return read(from_json(answer.content))
        except httpx.HTTPStatusError as error:
            status = error.response.status_code
            if status in _REFUSED and error.request.url.path.endswith(path):
                raise PopulationRefuses(reason=str(status)) from error
            wait = retry_after.seconds(error.response.headers.get("retry-after", ""))
            raise PopulationUnavailable(reason=f"HTTP {status}", wait_seconds=wait) from error
        except (httpx.HTTPError, LookupError, ValueError, TypeError, AttributeError, OSError) as error:
            # The kind only: a message may quote what was sent.
            raise PopulationUnavailable(reason=type(error).__name__) from error

    def _bearer(self) -> dict[str, str]:
        with self._lock:
            if time.monotonic() >= self._token_ends or not self._token:
                secret = self._secret_file.read_text(encoding="ascii").strip()
                answer = self._client.post(
                    f"{self._url}/oauth2/token",
                    data={"grant_type": "client_credentials"},
                    auth=httpx.BasicAuth(self._client_id, secret),
                )
                answer.raise_for_status()
                token = answer.json()
                self._token = str(token["access_token"])
                self._token_ends = time.monotonic() + float(token.get("expires_in", 60)) - 10
            return {"Authorization": f"Bearer {self._token}"}


def _answers(claims: Sequence[Claim], lines: Sequence[dict[str, Any]]) -> list[Answer]:
    """Answers in the order of the claims; repeated lines count once, and lines nobody asked for not at all.

    Two lines to one question that differ are a doubt of its own, whatever comes after.
    """
    asked = {str(place): claim for place, claim in enumerate(claims)}
    found: dict[str, dict[str, Any]] = {}
    contradicted: set[str] = set()
    for line in lines:
        ref = str(line.get("ref"))
        if ref in asked and found.setdefault(ref, line) != line:
            contradicted.add(ref)
    if contradicted:
        log.warning("the population platform contradicts itself in %d of %d answers", len(contradicted), len(found))
    return [
        Answer(claim.identity_key, (), Reason.ANSWERS_CONTRADICT.name)
        if ref in contradicted
        else _answer(claim, found[ref])
        for ref, claim in asked.items()
        if ref in found
    ]


def _answer(claim: Claim, line: dict[str, Any]) -> Answer:
    """Who bears the number. The platform's own opinion of name and birth is not asked for: our rules decide."""
    try:
        bearers = tuple(map(_citizen, line["persons"]))
        readable = (line["outcome"] == "NOT_FOUND") != bool(bearers)
    except (LookupError, TypeError, AttributeError):
        readable = False
    return Answer(claim.identity_key, bearers) if readable else _unreadable(claim)


def _unreadable(claim: Claim) -> Answer:
    return Answer(claim.identity_key, (), Reason.ANSWER_UNREADABLE.name)


def _citizen(person: dict[str, Any]) -> Citizen:
    return Citizen(
        person_ref=str(person["person_ref"]),
        id_number=str(person["id_number"]),
        old_id_number=person.get("old_id_number"),
        full_name=str(person["full_name"]),
        date_of_birth=str(person["date_of_birth"]),
        alive=person["status"] == "ALIVE",
    )

"""The population platform over HTTP: OAuth client credentials, one request a batch, answers checked before they count."""

from __future__ import annotations

import logging
import random
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx

from landdata.connectors import retry_after
from landdata.errors import PopulationUnavailable
from landdata.model.persons import Citizen, Claim, ClaimStatus, Verification

log = logging.getLogger(__name__)

_TIMEOUT = httpx.Timeout(30.0, connect=5.0)
# The platform answers a repeated request_id from its book, so that a lost answer may be asked for again.
_RETRIED = frozenset({429, 500, 502, 503, 504})
_ATTEMPTS = 5
_FIRST_PAUSE_S = 0.5
# Longer than this nobody waits inside a job: it fails, and the queue has it again later.
_LONGEST_PAUSE_S = 30.0
_OUTCOMES = {
    "MATCH": ClaimStatus.VERIFIED,
    "MISMATCH": ClaimStatus.MISMATCH,
    "NOT_FOUND": ClaimStatus.NOT_FOUND,
}
_REASONS = {"name": "NAME_DIFFERS", "birth": "BIRTH_DIFFERS"}
_CONTRADICTED = ("PLATFORM_CONTRADICTS_ITSELF",)


class PopulationPlatform:
    """The platform at an address; tokens are fetched when needed and used until shortly before they end."""

    def __init__(
        self,
        url: str,
        *,
        client_id: str,
        secret_file: Path,
        officer_code: str = "LANDDATA",
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._url = url.rstrip("/")
        self._client_id = client_id
        self._secret_file = secret_file
        self._officer_code = officer_code
        self._sleep = sleep
        self._token = ""
        self._token_ends = 0.0

    def verify(self, claims: Sequence[Claim]) -> list[Verification]:
        """See `model.ports.Population`; answers come in the order of the claims, whatever order the platform chose."""
        asked = {str(number): claim for number, claim in enumerate(claims)}
        request_id = str(uuid.uuid4())
        body = {
            "request_id": request_id,
            "service_code": "LAND-HOLDER-VERIFICATION",
            "officer_code": self._officer_code,
            "persons": [
                {
                    "ref": ref,
                    "id_number": claim.id_number,
                    "full_name": claim.name,
                    "date_of_birth": claim.birth_date.isoformat() if claim.birth_date else None,
                    "birth_year": claim.birth_year,
                }
                for ref, claim in asked.items()
            ],
        }
        try:
            with httpx.Client(timeout=_TIMEOUT, trust_env=False) as client:
                data = self._ask(client, body)
            if not isinstance(data, dict) or data.get("request_id") != request_id:
                raise PopulationUnavailable(reason="answer to another request")
            return _verifications(asked, data.get("answers") or [])
        except (httpx.HTTPError, ValueError, TypeError, AttributeError, OSError) as error:
            self._token = ""
            raise PopulationUnavailable(reason=type(error).__name__) from error

    def _ask(self, client: httpx.Client, body: dict[str, Any]) -> Any:
        """The platform's answer. Repeats the same request when it is lost or put off, with pauses that grow."""
        for attempt in range(1, _ATTEMPTS + 1):
            pause = _FIRST_PAUSE_S * 2 ** (attempt - 1) * random.uniform(0.5, 1.0)  # noqa: S311 - spreads, hides nothing
            try:
                headers = {"Authorization": f"Bearer {self._bearer(client)}"}
                answer = client.post(f"{self._url}/v1/citizens:verify", json=body, headers=headers)
                answer.raise_for_status()
                return answer.json()
            except httpx.HTTPStatusError as error:
                refused = error.response
                if refused.status_code == 401 and self._token and attempt == 1:
                    self._token, pause = "", 0.0  # it forgot our token, as a restarted one does
                elif refused.status_code not in _RETRIED or attempt == _ATTEMPTS:
                    raise
                else:
                    pause = max(pause, retry_after.seconds(refused.headers.get("retry-after", "")))
                    if pause > _LONGEST_PAUSE_S:
                        raise
            except httpx.TransportError:
                if attempt == _ATTEMPTS:
                    raise
            self._sleep(pause)
        raise AssertionError

    def _bearer(self, client: httpx.Client) -> str:
        if time.monotonic() >= self._token_ends or not self._token:
            secret = self._secret_file.read_text(encoding="ascii").strip()
            answer = client.post(
                f"{self._url}/oauth2/token",
                data={"grant_type": "client_credentials"},
                auth=httpx.BasicAuth(self._client_id, secret),
            )
            answer.raise_for_status()
            token = answer.json()
            self._token = str(token["access_token"])
            self._token_ends = time.monotonic() + float(token.get("expires_in", 60)) - 10
        return self._token


def _verifications(asked: dict[str, Claim], answers: list[dict[str, Any]]) -> list[Verification]:
    """Answers by claim, in the order of the claims; repeated lines count once, and lines nobody asked for not at all.

    Two answers to one question that differ are no answer, whatever comes after: the claim is AMBIGUOUS.
    """
    found: dict[str, Verification] = {}
    for answer in answers:
        ref = str(answer.get("ref"))
        claim = asked.get(ref)
        if claim is None:
            continue
        one = _verification(claim, answer)
        before = found.get(ref)
        if before is not None and before != one:
            one = Verification(claim.identity_key, ClaimStatus.AMBIGUOUS, _CONTRADICTED, None)
        found[ref] = one if before is None or before.reasons != _CONTRADICTED else before
    contradicted = sum(one.reasons == _CONTRADICTED for one in found.values())
    if contradicted:
        log.warning("the population platform contradicts itself in %d of %d answers", contradicted, len(found))
    return [found[ref] for ref in asked if ref in found]


def _verification(claim: Claim, answer: dict[str, Any]) -> Verification:
    status = _OUTCOMES.get(str(answer.get("outcome")), ClaimStatus.AMBIGUOUS)
    reasons = tuple(_REASONS[part] for part in answer.get("mismatched") or [] if part in _REASONS)
    person: dict[str, Any] = answer.get("person") or {}
    if status is not ClaimStatus.VERIFIED:
        default = {ClaimStatus.NOT_FOUND: ("NUMBER_UNKNOWN",), ClaimStatus.AMBIGUOUS: ("ANSWER_UNREADABLE",)}
        return Verification(claim.identity_key, status, reasons or default.get(status, ()), None)
    try:
        citizen = Citizen(
            person_ref=str(person["person_ref"]),
            id_number=str(person["id_number"]),
            old_id_number=person.get("old_id_number"),
            full_name=str(person["full_name"]),
            date_of_birth=str(person["date_of_birth"]),
            alive=person["status"] == "ALIVE",
        )
    except (KeyError, TypeError):
        return Verification(claim.identity_key, ClaimStatus.AMBIGUOUS, ("ANSWER_UNREADABLE",), None)
    return Verification(claim.identity_key, status, () if citizen.alive else ("DEAD",), citizen)

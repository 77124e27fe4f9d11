"""The population platform over HTTP: OAuth client credentials, one request a batch, answers checked before they count."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx

from landdata.errors import PopulationUnavailable
from landdata.model.persons import Citizen, Claim, ClaimStatus, Verification

_TIMEOUT = httpx.Timeout(30.0, connect=5.0)
_OUTCOMES = {
    "MATCH": ClaimStatus.VERIFIED,
    "MISMATCH": ClaimStatus.MISMATCH,
    "NOT_FOUND": ClaimStatus.NOT_FOUND,
}
_REASONS = {"name": "NAME_DIFFERS", "birth": "BIRTH_DIFFERS"}


class PopulationPlatform:
    """The platform at an address; tokens are fetched when needed and used until shortly before they end."""

    def __init__(self, url: str, *, client_id: str, secret_file: Path, officer_code: str = "LANDDATA") -> None:
        self._url = url.rstrip("/")
        self._client_id = client_id
        self._secret_file = secret_file
        self._officer_code = officer_code
        self._token = ""
        self._token_ends = 0.0

    def verify(self, claims: Sequence[Claim]) -> list[Verification]:
        """See `model.ports.Population`."""
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
                answer = client.post(
                    f"{self._url}/v1/citizens:verify",
                    json=body,
                    headers={"Authorization": f"Bearer {self._bearer(client)}"},
                )
                answer.raise_for_status()
                data = answer.json()
        except (httpx.HTTPError, ValueError, OSError) as error:
            self._token = ""
            raise PopulationUnavailable(reason=type(error).__name__) from error
        if data.get("request_id") != request_id:
            raise PopulationUnavailable(reason="answer to another request")
        return _verifications(asked, data.get("answers", []))

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
    """Answers by claim. Two answers to one question that differ are no answer: the claim is AMBIGUOUS."""
    found: dict[str, Verification] = {}
    for answer in answers:
        claim = asked.get(str(answer.get("ref")))
        if claim is None:
            continue
        one = _verification(claim, answer)
        before = found.get(answer["ref"])
        if before is not None and before != one:
            one = Verification(claim.identity_key, ClaimStatus.AMBIGUOUS, ("PLATFORM_CONTRADICTS_ITSELF",), None)
        found[answer["ref"]] = one
    return list(found.values())


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

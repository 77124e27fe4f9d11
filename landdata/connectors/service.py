"""A land office's own side of the service: a token by its private key, a file streamed in, and how far it is."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from landdata.connectors import proofs, uploads
from landdata.connectors.uploads import Sent, said, unseen
from landdata.errors import ClientKeyUnreadable, ServiceAddressUnsafe, ServiceRefused, ServiceUnavailable
from landdata.model.clients import DELIVER_SCOPE
from landdata.model.deliveries import Declaration

_CHUNK = 1 << 20
# Sending less again takes no longer than asking how much of it is there.
RESUMABLE_BYTES = 8 << 20
# Longer than the longest silence of a stream of events.
_TIMEOUT = httpx.Timeout(60.0, connect=10.0)
_PAUSE_SECONDS = 1.0
# The service may be restarted while someone listens; after so many vain tries in a row it is given up.
_TRIES = 30


@contextmanager
def connect(url: str, *, client_id: str, key_file: Path) -> Iterator[ServiceClient]:
    """The service at its public address. Raises ServiceAddressUnsafe or ClientKeyUnreadable."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in {"127.0.0.1", "::1", "localhost"}):
        raise ServiceAddressUnsafe(url=url[:200])
    with httpx.Client(base_url=url.rstrip("/"), timeout=_TIMEOUT, trust_env=False) as http:
        yield ServiceClient(http, issuer=url.rstrip("/"), client_id=client_id, key_file=key_file)


class ServiceClient:
    """One office's client. Every call raises ServiceUnavailable or ServiceRefused, which holds what the service said."""

    def __init__(self, http: httpx.Client, *, issuer: str, client_id: str, key_file: Path) -> None:
        self._http = http
        self._issuer = issuer
        self._client_id = client_id
        self._key = private_key(key_file)
        self._token = ""
        self._ends = 0.0

    def deliver(self, path: Path, declaration: Declaration, *, report: Sent = unseen) -> tuple[str, bool]:
        """Send a file in; its delivery's uid, and whether the same had come before.

        A large one goes on where it was when the line breaks, or when the program is started again with the same key.
        """
        if path.stat().st_size >= RESUMABLE_BYTES:
            return uploads.send(self._ask, path, declaration, report=report)
        answer = self._ask(
            "POST",
            "/v1/deliveries",
            params=said(declaration),
            content=_chunks(path),
            headers={"Idempotency-Key": declaration.idempotency_key, "Content-Type": "application/octet-stream"},
        )
        return str(answer.json()["delivery_uid"]), answer.status_code == 200

    def view(self, delivery_uid: str) -> dict[str, Any]:
        """A delivery as the service shows it to its office."""
        found: dict[str, Any] = self._ask("GET", f"/v1/deliveries/{delivery_uid}").json()
        return found

    def follow(self, delivery_uid: str) -> Iterator[dict[str, Any]]:
        """What happens to a delivery until its end: `state`; under way also `stage`, `done`, `total`, `seconds_left`, `ahead`.

        A stream that breaks off or ends in between is taken up where it was.
        """
        last, tries = "", 0
        while tries < _TRIES:
            try:
                for name, seen, data in self._events(delivery_uid, last):
                    last, tries = seen, 0
                    yield data
                    if name == "end":
                        return
            except ServiceUnavailable:
                tries += 1
            except ServiceRefused as refused:
                if refused.details["status"] != 503:
                    raise
                tries += 1
            time.sleep(_PAUSE_SECONDS)
        raise ServiceUnavailable(reason="silent")

    def _events(self, delivery_uid: str, last: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
        headers = {**self._authorization(), "Accept": "text/event-stream", **({"Last-Event-ID": last} if last else {})}
        try:
            with self._http.stream("GET", f"/v1/deliveries/{delivery_uid}/events", headers=headers) as answer:
                if answer.status_code != 200:
                    answer.read()
                    raise _refused(answer)
                said: dict[str, str] = {}
                for line in answer.iter_lines():
                    name, _, value = line.partition(": ")
                    if line:
                        said[name] = value
                    elif "data" in said:
                        yield said["event"], said["id"], json.loads(said["data"])
                        said = {}
        except (httpx.HTTPError, ValueError) as error:
            raise ServiceUnavailable(reason=type(error).__name__) from error

    def _ask(self, method: str, path: str, *, headers: dict[str, str] | None = None, **more: Any) -> httpx.Response:
        try:
            answer = self._http.request(method, path, headers={**self._authorization(), **(headers or {})}, **more)
        except httpx.HTTPError as error:
            raise ServiceUnavailable(reason=type(error).__name__) from error
        if not answer.is_success:
            raise _refused(answer)
        return answer

    def _authorization(self) -> dict[str, str]:
        if time.monotonic() > self._ends:
            form = {
                "grant_type": "client_credentials",
                "scope": DELIVER_SCOPE,
                "client_assertion_type": proofs.ASSERTION_TYPE,
                "client_assertion": proofs.assertion(self._key, client_id=self._client_id, issuer=self._issuer),
            }
            try:
                answer = self._http.post("/oauth2/token", data=form)
            except httpx.HTTPError as error:
                raise ServiceUnavailable(reason=type(error).__name__) from error
            if answer.status_code != 200:
                raise _refused(answer)
            token = answer.json()
            self._token, self._ends = token["access_token"], time.monotonic() + token["expires_in"] - 30
        return {"Authorization": f"Bearer {self._token}"}


def make_key(path: Path) -> dict[str, Any]:
    """Make a private P-256 key in a new file that its owner alone may read; returns the JWKS of its public part.

    Raises FileExistsError: a key is never overwritten.
    """
    key = ECKey.generate_key("P-256")
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(key.as_pem(private=True))
    return {"keys": [{**key.as_dict(private=False), "kid": key.thumbprint(), "use": "sig", "alg": "ES256"}]}


def private_key(path: Path) -> ECKey:
    """A P-256 key, as JWK or PEM; never looked at by anyone but the signer. Raises ClientKeyUnreadable."""
    try:
        content = path.read_bytes()
        key = ECKey.import_key(json.loads(content) if content.lstrip().startswith(b"{") else content)
    except (OSError, ValueError, TypeError, JoseError) as error:
        raise ClientKeyUnreadable(file=path.name) from error
    if not key.is_private or key.curve_name != "P-256":
        raise ClientKeyUnreadable(file=path.name)
    return key


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _refused(answer: httpx.Response) -> ServiceRefused:
    """What the service said, by its stable code; a token's refusal speaks OAuth, all others problem+json."""
    try:
        said = answer.json()
    except ValueError:
        said = {}
    code, words = (
        said.get("code") or said.get("error") or "?",
        said.get("detail") or said.get("error_description") or "?",
    )
    return ServiceRefused(status=answer.status_code, answer=str(code)[:60], words=str(words)[:500])

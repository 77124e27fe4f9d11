"""Sends a large file by the tus protocol: what the service has of it is asked, never believed, and the rest is sent."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import httpx

from landdata.errors import ServiceRefused, ServiceUnavailable
from landdata.model.deliveries import Declaration

# Told how many bytes of the file are sent.
Sent = Callable[[int], None]
_PATH = "/v1/uploads"
_CHUNK = 1 << 18
_VERSION = {"Tus-Resumable": "1.0.0"}
# The last piece of a whole province is read once more before it is answered.
_TIMEOUT = httpx.Timeout(120.0, connect=10.0)
# After so many tries in a row that brought nothing it is given up; the next start of the program goes on.
_TRIES = 12
_LONGEST_PAUSE = 15.0
_PAUSE_SECONDS = 1.0
# It may go better in a moment; where the upload is away it has to be begun anew.
_AGAIN = frozenset({408, 423, 429, 460, 500, 502, 503, 504})
_AWAY = frozenset({404, 410})


class Ask(Protocol):
    """Sends a request as the client; raises ServiceUnavailable, and ServiceRefused for all but a success."""

    def __call__(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, **more: Any
    ) -> httpx.Response: ...


def unseen(_: int) -> None:
    """Nobody looks how far it is."""


def said(declaration: Declaration) -> dict[str, str]:
    """What a declaration says, under the names of the service; without the key."""
    words = {
        "file_name": declaration.file_name,
        "kind": declaration.kind.value,
        "profile": declaration.profile.value if declaration.profile else None,
        "effective_on": declaration.effective_on.isoformat() if declaration.effective_on else None,
        "epsg": None if declaration.epsg is None else str(declaration.epsg),
        "communes": None if declaration.communes is None else ",".join(declaration.communes),
    }
    return {name: value for name, value in words.items() if value is not None}


def send(ask: Ask, path: Path, declaration: Declaration, *, report: Sent = unseen) -> tuple[str, bool]:
    """Send a file, from where an upload of the same file and words stands; its delivery's uid, and whether it had come before.

    Raises ServiceUnavailable when the line stays away, ServiceRefused for what another try does not mend.
    """
    size, metadata = path.stat().st_size, _metadata(path, declaration)
    where, furthest, tries = "", -1, 0
    while True:
        try:
            where = where or _found(ask, declaration, size, metadata) or _begun(ask, declaration, size, metadata)
            answer = ask("HEAD", where, headers=_VERSION)
            at = _offset(answer)
            if at > furthest:
                furthest, tries = at, 0
            if at < size:
                report(at)
                headers = {**_VERSION, "Upload-Offset": str(at), "Content-Type": "application/offset+octet-stream"}
                answer = ask("PATCH", where, headers=headers, content=_from(path, at, report), timeout=_TIMEOUT)
            if _offset(answer) == size:
                return _delivery(answer)
        except ServiceUnavailable:
            if not where or tries >= _TRIES:
                raise
        except ServiceRefused as refused:
            if tries >= _TRIES or not _may_mend(refused):
                raise
            if refused.details["status"] in _AWAY:
                where, furthest = "", -1
        tries += 1
        time.sleep(min(_PAUSE_SECONDS * 2 ** (tries - 1), _LONGEST_PAUSE))


def _metadata(path: Path, declaration: Declaration) -> str:
    """Header Upload-Metadata; the service gives it back, so that another file never goes on where this one was left."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").digest()
    words = {name: word.encode() for name, word in said(declaration).items()}
    pairs = {**words, "fingerprint": base64.b64encode(digest)}
    return ",".join(f"{name} {base64.b64encode(word).decode()}" for name, word in pairs.items())


def _found(ask: Ask, declaration: Declaration, size: int, metadata: str) -> str:
    """Where the upload is that an earlier start began; empty: nowhere."""
    for one in ask("GET", _PATH).json()["uploads"]:
        if (one["idempotency_key"], one["size_bytes"]) == (declaration.idempotency_key, size):
            address = str(one["address"])
            if ask("HEAD", address, headers=_VERSION).headers.get("Upload-Metadata") == metadata:
                return address
    return ""


def _begun(ask: Ask, declaration: Declaration, size: int, metadata: str) -> str:
    headers = {
        **_VERSION,
        "Upload-Length": str(size),
        "Upload-Metadata": metadata,
        "Idempotency-Key": declaration.idempotency_key,
    }
    return str(ask("POST", _PATH, headers=headers).headers["Location"])


def _from(path: Path, at: int, report: Sent) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(at)
        while chunk := file.read(_CHUNK):
            yield chunk
            at += len(chunk)
            report(at)


def _offset(answer: httpx.Response) -> int:
    try:
        return int(answer.headers["Upload-Offset"])
    except (KeyError, ValueError) as error:
        raise ServiceUnavailable(reason="no tus") from error


def _delivery(answer: httpx.Response) -> tuple[str, bool]:
    where = answer.headers.get("Delivery-Location", "")
    return where.rpartition("/")[2], answer.headers.get("Delivery-Repeated") == "true"


def _may_mend(refused: ServiceRefused) -> bool:
    """Whether another try may go well; a refusal of HEAD has no code."""
    status, code = refused.details["status"], refused.details["answer"]
    if status == 409:
        return code == "UPLOAD_OFFSET_WRONG"
    return status in _AGAIN | _AWAY and code != "UPLOADS_TOO_MANY"

"""Sends tiles and features as the event loop gets them: private, compressed where it pays, told by ETag."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Awaitable, Callable

from anyio import to_thread
from fastapi import Request, Response

from api import problems
from api.parcel_readers import enter
from api.services import Services
from landdata.model.tiles import ParcelReader

# Whoever comes when so many wait is told at once: a map that is dragged about asks for more than it will show.
MOST_WAITING = 64
# A map keeps what it has for a minute, then asks whether it changed; only its own reader's cache may.
_FRESH = "private, max-age=60"
_WORTH_PACKING = 1024
# From here on packing takes milliseconds, which belong into a thread.
_LONG = 16 * 1024


async def answer(
    request: Request,
    services: Services,
    reader: ParcelReader,
    question: Callable[[], Awaitable[bytes]],
    media_type: str,
    headers: dict[str, str] | None = None,
) -> Response:
    """The bytes that a question has for an answer, or that they are still the same; 204 for none at all.

    The reader has a place for as long as it is worked out. Raises HttpError 429 or 503.
    """
    account = await enter(request, services, reader)
    try:
        if services.windows.waiting >= MOST_WAITING:
            raise problems.HttpError(problems.OVERLOADED)
        body = await question()
        # Weak: the same content in another encoding has the same tag. Nobody gains by forging one; the processor does this sum
        # by itself.
        tag = f'W/"{hashlib.sha1(body, usedforsecurity=False).hexdigest()}"'
        sent = {"Cache-Control": _FRESH, "ETag": tag, "Vary": "Accept-Encoding, Authorization, Cookie"} | (
            headers or {}
        )
        if not body:
            return Response(None, 204, {name: value for name, value in sent.items() if name != "ETag"})
        if tag in [one.strip() for one in request.headers.get("if-none-match", "").split(",")]:
            return Response(None, 304, sent)
        if len(body) < _WORTH_PACKING or "gzip" not in request.headers.get("accept-encoding", ""):
            return Response(body, 200, sent, media_type)
        packed = await to_thread.run_sync(_packed, body) if len(body) >= _LONG else _packed(body)
        return Response(packed, 200, sent | {"Content-Encoding": "gzip"}, media_type)
    finally:
        services.map_fairness.leave(account)


def _packed(body: bytes) -> bytes:
    return gzip.compress(body, 1, mtime=0)

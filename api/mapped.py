"""Asks for tiles and features in threads of their own, and sends them: private, compressed where it pays, told by ETag."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import Request, Response

from api import problems
from api.parcel_readers import enter
from api.services import Services
from landdata.model.tiles import ParcelReader

Answer = TypeVar("Answer")
# Whoever comes when so many wait is told at once: a map that is dragged about asks for more than it will show.
MOST_WAITING = 64
# A map keeps what it has for a minute, then asks whether it changed; only its own reader's cache may.
_FRESH = "private, max-age=60"
_WORTH_PACKING = 1024


async def ask(limiter: CapacityLimiter, question: Callable[[], Answer]) -> Answer:
    """The answer of a blocking call; as many are asked at once as there are connections. Raises HttpError 503."""
    if limiter.statistics().tasks_waiting >= MOST_WAITING:
        raise problems.HttpError(problems.OVERLOADED)
    return await to_thread.run_sync(question, limiter=limiter)


async def answer(
    request: Request,
    services: Services,
    reader: ParcelReader,
    question: Callable[[], bytes],
    media_type: str,
    headers: dict[str, str] | None = None,
) -> Response:
    """The bytes that a question has for an answer, or that they are still the same; 204 for none at all.

    The reader has a place for as long as it is worked out. Raises HttpError 429 or 503.
    """
    account = await enter(request, services, reader)
    try:
        body, packed, tag = await ask(services.mapping, partial(_made, question, _packs(request)))
    finally:
        services.map_fairness.leave(account)
    sent = {"Cache-Control": _FRESH, "ETag": tag, "Vary": "Accept-Encoding, Authorization, Cookie"} | (headers or {})
    if not body:
        return Response(None, 204, {name: value for name, value in sent.items() if name != "ETag"})
    if tag in [one.strip() for one in request.headers.get("if-none-match", "").split(",")]:
        return Response(None, 304, sent)
    if packed is not None:
        return Response(packed, 200, sent | {"Content-Encoding": "gzip"}, media_type)
    return Response(body, 200, sent, media_type)


def _packs(request: Request) -> bool:
    return "gzip" in request.headers.get("accept-encoding", "")


def _made(question: Callable[[], bytes], packs: bool) -> tuple[bytes, bytes | None, str]:
    body = question()
    # Weak: the same content in another encoding has the same tag.
    tag = f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    worth = packs and len(body) >= _WORTH_PACKING
    return body, gzip.compress(body, 1, mtime=0) if worth else None, tag

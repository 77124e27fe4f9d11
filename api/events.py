"""Server-sent events (WHATWG HTML 9.2): a stream that tells of what changes, for a bounded time, without holding anything."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from anyio import CapacityLimiter, WouldBlock, sleep
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from api import problems

# A look costs one short query; a person does not see more often than this.
LOOK_SECONDS = 1.0
# Proxies and routers forget connections on which nothing moves.
HEARTBEAT_SECONDS = 15.0
# A client that still wants to know comes again by itself, with the last id that it saw.
LONGEST_SECONDS = 240.0
RETRY_MS = 3000


@dataclass(frozen=True, slots=True)
class Event:
    """One event; events with one id say the same."""

    name: str
    id: str
    data: dict[str, Any]

    def lines(self) -> str:
        return f"event: {self.name}\nid: {self.id}\ndata: {json.dumps(self.data)}\n\n"


Look = Callable[[], Awaitable[tuple[Event, bool]]]


class EventStream(StreamingResponse):
    """Looks again and again and sends what changed, until a look says that it is the last.

    `seen` is the Last-Event-ID of the client: what it names is not told again. A place in `limiter` is taken when the
    stream is made and given back when it is over, however it ends. Raises HttpError BUSY when there is none.
    """

    media_type = "text/event-stream"

    def __init__(self, look: Look, *, seen: str, limiter: CapacityLimiter) -> None:
        try:
            limiter.acquire_on_behalf_of_nowait(self)
        except WouldBlock:
            raise problems.HttpError(problems.BUSY, headers={"Retry-After": "5"}) from None
        self._limiter = limiter
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(_events(look, seen), headers=headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._limiter.release_on_behalf_of(self)


async def _events(look: Look, seen: str) -> AsyncIterator[str]:
    started = told = time.monotonic()
    yield f"retry: {RETRY_MS}\n\n"
    while True:
        event, last = await look()
        if event.id != seen:
            yield event.lines()
            seen, told = event.id, time.monotonic()
        elif time.monotonic() - told >= HEARTBEAT_SECONDS:
            yield ": \n\n"
            told = time.monotonic()
        if last or time.monotonic() - started >= LONGEST_SECONDS:
            return
        await sleep(LOOK_SECONDS)

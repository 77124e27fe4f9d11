"""The asynchronous client: carries out the steps of the core on an event loop; any task of that loop may use it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable
from typing import Self, TypeVar

import httpx
from joserfc.jwk import ECKey

from api.client.answers import Answer, ChangePage, Refused
from api.client.blocking import TIMEOUT
from api.client.core import BATCH_MOST, Core, Flow, Pause, Send
from api.client.errors import LandClientError
from api.client.heads import LogHeads
from api.client.questions import Question
from api.client.retries import Retries
from api.client.tokens import Token

T = TypeVar("T")


class AsyncLandClient:
    """As LandClient, in every respect, with `async` and `await`."""

    def __init__(
        self,
        issuer: str,
        *,
        client_id: str,
        key: ECKey,
        url: str | None = None,
        token_url: str | None = None,
        scope: str | None = None,
        dpop: bool | ECKey = True,
        retries: Retries | None = None,
        timeout: httpx.Timeout | float = TIMEOUT,
        http: httpx.AsyncClient | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._core = Core(
            issuer, client_id=client_id, key=key, url=url, token_url=token_url, scope=scope, dpop=dpop, retries=retries
        )
        self._own = http is None
        self._http = http or httpx.AsyncClient(timeout=timeout, trust_env=False)
        self._fetching = asyncio.Lock()
        self._sleep = sleep

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections, unless they are the caller's own."""
        if self._own:
            await self._http.aclose()

    async def lookup(self, question: Question) -> Answer:
        """Ask about one citizen; the same question handed in again repeats safely."""
        return await self._run(self._core.lookup(question))

    async def batch(
        self, questions: Iterable[Question] | AsyncIterable[Question], *, size: int = BATCH_MOST
    ) -> AsyncIterator[Answer | Refused]:
        """Ask about any number of citizens, `size` a call (1..1000); answers in the order asked, one call in memory."""
        if not 1 <= size <= BATCH_MOST:
            raise ValueError(f"size is 1..{BATCH_MOST}")
        async for some in _portions(questions, size):
            for answer in await self._run(self._core.batch(some)):
                yield answer

    async def changes(self, cursor: str | None = None) -> AsyncIterator[ChangePage]:
        """Pages of the change feed after `cursor`, until there is no more for now."""
        more = True
        while more:
            page = await self._run(self._core.changes(cursor))
            yield page
            cursor, more = page.next_cursor, page.has_more

    async def heads(self, days: int = 31) -> LogHeads:
        """The newest head of the access log, and signed counts of this client's requests of so many days."""
        return await self._run(self._core.heads(days))

    async def _run(self, flow: Flow[T]) -> T:
        thrown: Exception | None = None
        result: httpx.Response | Token | None = None
        while True:
            try:
                step = flow.throw(thrown) if thrown is not None else flow.send(result)
            except StopIteration as end:
                value: T = end.value
                return value
            thrown = result = None
            if isinstance(step, Send):
                try:
                    result = await self._http.send(step.request, follow_redirects=False)
                except httpx.TransportError as error:
                    thrown = error
            elif isinstance(step, Pause):
                await self._sleep(step.seconds)
            else:
                result = await self._token(step.refused)

    async def _token(self, refused: str | None) -> Token:
        purse = self._core.purse
        held = purse.usable()
        if held is not None and held.value != refused and (not held.due or self._fetching.locked()):
            return held
        async with self._fetching:
            if refused is not None:
                purse.forget(refused)
            now = purse.usable()
            if now is not None and not now.due:
                return now
            try:
                return await self._run(self._core.fetch_token())
            except LandClientError:
                if now is None:
                    raise
                return purse.postpone(now)


async def _portions(
    questions: Iterable[Question] | AsyncIterable[Question], size: int
) -> AsyncIterator[list[Question]]:
    some: list[Question] = []
    async for question in _each(questions):
        some.append(question)
        if len(some) == size:
            yield some
            some = []
    if some:
        yield some


async def _each(questions: Iterable[Question] | AsyncIterable[Question]) -> AsyncIterator[Question]:
    if isinstance(questions, AsyncIterable):
        async for question in questions:
            yield question
    else:
        for question in questions:
            yield question

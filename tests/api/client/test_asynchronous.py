"""The asynchronous client: the same core, on an event loop."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from api.client import AsyncLandClient, Problem, Refused, Status

ISSUER = "https://land.example"


async def _at_once(_seconds: float) -> None:
    await asyncio.sleep(0)


def client_of(land, key):
    async def answer(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)  # as a network does: others get their turn
        return land(request)

    http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return AsyncLandClient(ISSUER, client_id="desk", key=key, http=http, sleep=_at_once, dpop=land.dpop)


def test_many_tasks_fetch_one_token(bound_land, key, ask):
    async def run() -> Any:
        async with client_of(bound_land, key) as client:
            return await asyncio.gather(*(client.lookup(ask(n)) for n in range(1, 20)))

    bound_land.nonces = {"token": "n1", "api": "n2"}
    answers = asyncio.run(run())
    assert {one.status for one in answers} == {Status.NO_RECORD}
    assert bound_land.tokens == 1


def test_it_asks_again_and_gives_up(land, key, ask):
    async def run() -> Any:
        async with client_of(land, key) as client:
            land.errs = [httpx.ConnectError, httpx.Response(503)]
            await client.lookup(ask())
            land.errs = [httpx.Response(403, json={"code": "AGREEMENT_MISSING"})]
            with pytest.raises(Problem, match="AGREEMENT_MISSING"):
                await client.lookup(ask())

    asyncio.run(run())
    assert len(land.asked) == 4


def test_a_batch_from_either_kind_of_source(land, key, ask):
    async def source() -> Any:
        for number in range(25):
            yield ask(number)

    async def run(questions: Any) -> Any:
        async with client_of(land, key) as client:
            return [one async for one in client.batch(questions, size=10)]

    for questions in (source(), [ask(n) for n in range(25)]):
        land.asked.clear()
        answers = asyncio.run(run(questions))
        assert [len(one["requests"]) for one in land.asked] == [10, 10, 5]
        assert isinstance(answers[0], Refused)
        assert [one.status for one in answers[1:]] == [Status.NO_RECORD] * 24


def test_the_feed(land, key):
    async def run() -> Any:
        async with client_of(land, key) as client:
            return [page.next_cursor async for page in client.changes("c0")]

    land.pages = {
        "c0": {"changes": [], "next_cursor": "c1", "has_more": True},
        "c1": {"changes": [], "next_cursor": "c2", "has_more": False},
    }
    assert asyncio.run(run()) == ["c1", "c2"]

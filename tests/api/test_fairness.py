"""The bucket of one client under a clock of the test's own: refills, other rates, places given back."""

from __future__ import annotations

from dataclasses import dataclass, field

import anyio
import anyio.lowlevel
import pytest

from api.fairness import TERMS_SECONDS, Fairness, until_midnight
from api.metrics import Metrics
from api.problems import HttpError
from landdata.errors import DatabaseUnavailable
from landdata.model.terms import Limits


@dataclass
class World:
    """A clock, what the agreement says now, and how often it was asked."""

    now: float = 100.0
    limits: Limits | None = None
    asked: list[str] = field(default_factory=list)
    down: bool = False

    def fairness(self, places: int = 2) -> Fairness:
        async def ask(client_id: str) -> Limits | None:
            self.asked.append(client_id)
            await anyio.lowlevel.checkpoint()
            if self.down:
                raise DatabaseUnavailable
            return self.limits

        return Fairness(Metrics(), ask, rate=2.0, burst=4, places=places, clock=lambda: self.now)


def try_(fairness: Fairness, client: str = "a") -> str:
    """Enter and leave; the code it was refused with, or nothing."""

    async def once() -> str:
        try:
            fairness.leave(await fairness.enter(client, {}))
        except HttpError as error:
            return error.kind.code
        return ""

    return anyio.run(once)


def test_a_bucket_empties_and_refills_for_each_client_alone():
    world = World()
    fairness = world.fairness()
    assert [try_(fairness) for _ in range(6)] == [""] * 4 + ["RATE_EXCEEDED"] * 2
    assert try_(fairness, "b") == ""
    world.now += 0.5
    assert [try_(fairness) for _ in range(2)] == ["", "RATE_EXCEEDED"]
    world.now += 3600
    assert [try_(fairness) for _ in range(5)] == [""] * 4 + ["RATE_EXCEEDED"]


def test_other_terms_hold_within_seconds():
    world = World(limits=Limits(1.0, 1, 10, 0))
    fairness = world.fairness()
    assert [try_(fairness) for _ in range(2)] == ["", "RATE_EXCEEDED"]
    world.limits = Limits(1.0, 3, 10, 0)
    assert try_(fairness) == "RATE_EXCEEDED"
    world.now += TERMS_SECONDS
    assert [try_(fairness) for _ in range(4)] == [""] * 3 + ["RATE_EXCEEDED"]
    assert len(world.asked) == 2


def test_places_are_counted_and_given_back():
    world = World()
    fairness = world.fairness(places=2)

    async def crowd() -> None:
        first, second = await fairness.enter("a", {}), await fairness.enter("a", {})
        with pytest.raises(HttpError, match="TOO_MANY_AT_ONCE"):
            await fairness.enter("a", headers := {})
        assert headers["Retry-After"] == "1"
        fairness.leave(first)
        fairness.leave(await fairness.enter("a", {}))
        fairness.leave(second)

    anyio.run(crowd)
    world.down, world.now = True, world.now + TERMS_SECONDS
    for _ in range(3):  # what cannot be asked holds no place
        with pytest.raises(DatabaseUnavailable):
            try_(fairness)
    world.down = False
    assert try_(fairness) == ""


def test_a_crowd_asks_about_the_terms_once():
    world = World(limits=Limits(1000.0, 1000, 10, 0))
    fairness = world.fairness(places=50)

    async def crowd() -> None:
        async with anyio.create_task_group() as tasks:
            for _ in range(50):
                tasks.start_soon(fairness.enter, "a", {})

    anyio.run(crowd)
    assert world.asked == ["a"]


def test_midnight_is_within_a_day():
    assert 1 <= until_midnight() <= 86_400

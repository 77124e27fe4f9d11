"""Our limits towards the population platform: kept by all workers together, opened and closed by what each of them meets."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from landworld import COMMUNES, Desk, row

from landdata.errors import PopulationQuotaUsed, PopulationRefuses, PopulationUnavailable
from landdata.flows import asking, match
from landdata.flows.asking import Asker
from landdata.model.asking import Breaker, Limits, Refusal
from landdata.model.persons import Answer
from landdata.store import asking as store
from landdata.store import roles
from landdata.store.roles import Role

HOME = COMMUNES[0]


@dataclass
class Fails:
    """A platform that fails so many times, asks to be left alone for so long, and then knows nobody."""

    times: int
    wait: float = 0.0
    asked: Counter[UUID] = field(default_factory=Counter)

    def verify(self, claims: Any, *, request_id: UUID) -> Any:
        self.asked[request_id] += 1
        if self.asked.total() <= self.times:
            raise PopulationUnavailable(reason="HTTP 503", wait_seconds=self.wait)
        return [Answer(one.identity_key, ()) for one in claims]


def later(desk: Desk) -> None:
    """The time for which the breaker is open passes."""
    desk.execute("UPDATE match.platform SET open_until = clock_timestamp() WHERE open_until IS NOT NULL")


def open_seconds(desk: Desk) -> float:
    return float(desk.scalar("SELECT extract(epoch FROM open_until - failed_at) FROM match.platform"))


def admit(desk: Desk, limits: Limits, holders: int = 1) -> Any:
    with desk.worker.write() as tx:
        return store.admit(tx, limits, holders)


def test_the_breaker_opens_tries_once_and_closes(desk, in_process):
    desk.deliver([row(HOME, 1)])
    limits, platform = Limits(failures=3, open_seconds=60, longest_seconds=100), Fails(4)
    asker = desk.asker(platform, limits)
    with pytest.raises(PopulationUnavailable):
        match.match_pending(asker, keys=desk.keys, batch=50)
    assert (platform.asked.total(), asking.health(desk.db).breaker) == (3, Breaker.OPEN)
    assert 59 < open_seconds(desk) < 62
    with pytest.raises(PopulationUnavailable):
        match.match_pending(asker, keys=desk.keys, batch=50)
    assert platform.asked.total() == 3, "nothing is sent while it is open"
    later(desk)
    assert asking.health(desk.db).breaker is Breaker.HALF_OPEN
    with pytest.raises(PopulationUnavailable):
        match.match_pending(asker, keys=desk.keys, batch=50)
    assert (platform.asked.total(), asking.health(desk.db).breaker) == (4, Breaker.OPEN)
    assert 99 < open_seconds(desk) < 102, "twice as long, and no longer than the longest"
    later(desk)
    assert match.match_pending(asker, keys=desk.keys, batch=50) == 1
    assert (asking.health(desk.db).breaker, asking.health(desk.db).failures) == (Breaker.CLOSED, 0)
    assert len(platform.asked) == 1, "one question, under one id"


def test_only_one_worker_tries_a_platform_that_was_down(desk):
    limits = Limits(failures=1)
    with desk.db.write() as tx:
        store.failed(tx, limits, "HTTP 503")
    assert admit(desk, limits).refusal is Refusal.OPEN
    later(desk)
    assert [admit(desk, limits).refusal for _ in range(3)] == [None, Refusal.OPEN, Refusal.OPEN]
    desk.execute("UPDATE match.platform SET trying_until = clock_timestamp()")
    assert admit(desk, limits).refusal is None, "a worker that was killed while it tried is not waited for for ever"


def test_what_the_platform_asks_for_holds_for_all_workers(desk, in_process):
    desk.deliver([row(HOME, 1)])
    waited: list[float] = []
    asker = Asker(desk.worker, Fails(1, wait=7), Limits(), waited.append)
    assert match.match_pending(asker, keys=desk.keys, batch=50) == 1
    assert 6 < max(waited) <= 7
    with desk.db.write() as tx:
        store.failed(tx, Limits(), "HTTP 429", 9)
    assert 8 < admit(desk, Limits()).wait_seconds <= 9


def test_nobody_waits_in_a_job_for_longer_than_half_a_minute(desk, in_process):
    desk.deliver([row(HOME, 1)])
    platform, waited = Fails(1, wait=3600), list[float]()
    with pytest.raises(PopulationUnavailable):
        match.match_pending(Asker(desk.worker, platform, Limits(), waited.append), keys=desk.keys, batch=50)
    assert (platform.asked.total(), waited) == (1, [])


def test_requests_of_all_workers_come_one_behind_the_other(desk):
    limits = Limits(per_second=10)
    waits = [admit(desk, limits).wait_seconds for _ in range(20)]
    assert waits[0] == 0
    assert 1.0 < waits[-1] <= 1.9
    assert waits[1:] == sorted(waits[1:])


def test_two_workers_keep_one_quota_and_ask_about_nobody_twice(desk, in_process):
    desk.deliver([row(HOME, at) for at in range(1, 61)])
    limits = Limits(daily=40)
    settled, wrong = list[int](), list[BaseException]()
    url = desk.db.engine.url.render_as_string(hide_password=False)
    begin = threading.Barrier(2)

    def work() -> None:
        try:
            with closing(roles.connect(url, Role.WORKER, pool_size=2)) as db:
                begin.wait()
                asker = Asker(db, desk.people, limits, lambda _seconds: None)
                settled.append(match.match_pending(asker, keys=desk.keys, batch=7))
        except BaseException as error:  # noqa: BLE001 - told below
            wrong.append(error)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert wrong == []
    assert set(desk.people.asked.values()) == {1}
    assert sum(settled) == desk.people.asked.total() == asking.health(desk.db).asked <= 40
    assert desk.match(Fails(0)) == 60 - sum(settled), "without the limit the rest is asked, too"


def test_a_quota_that_is_used_up_ends_the_round_and_comes_back_the_next_day(desk, in_process):
    desk.deliver([row(HOME, at) for at in range(1, 6)])
    asker = desk.asker(limits=Limits(daily=3))
    assert [match.match_pending(asker, keys=desk.keys, batch=2) for _ in range(2)] == [3, 0]
    with pytest.raises(PopulationQuotaUsed):
        asker.verify(UUID(int=1), [object()])  # type: ignore[list-item]
    desk.execute("UPDATE match.platform SET day = day - 1")
    assert match.match_pending(asker, keys=desk.keys, batch=2) == 2
    assert asking.health(desk.db).asked == 2


def test_one_bad_line_keeps_no_other_from_being_answered(desk, in_process):
    desk.deliver([row(HOME, at, holder_name=f"Nguyễn Văn {chr(64 + at)}") for at in range(1, 12)])

    class Picky:
        def verify(self, claims: Any, *, request_id: UUID) -> Any:
            if any(one.name == "Nguyễn Văn E" for one in claims):
                raise PopulationRefuses(reason="422")
            return desk.people.verify(claims, request_id=request_id)

    desk.match(Picky())
    found = dict(desk.rows("SELECT name, status || ' ' || reasons[1] FROM match.claim"))
    assert found.pop("Nguyễn Văn E") == "INCOMPLETE QUESTION_REFUSED"
    assert set(found.values()) == {"NOT_FOUND NUMBER_UNKNOWN"}
    assert len(found) == 10
    assert asking.health(desk.db).waiting == 0


def test_a_platform_that_takes_nothing_any_more_is_left_alone_and_nobody_is_judged_by_it(desk, in_process):
    desk.deliver([row(HOME, at, holder_name=f"Nguyễn Văn {chr(64 + at)}") for at in range(1, 12)])

    class Changed:
        asked = 0

        def verify(self, claims: Any, *, request_id: UUID) -> Any:  # noqa: ARG002  # the port's own signature
            Changed.asked += 1
            raise PopulationRefuses(reason="400")

    for _ in range(2):
        with pytest.raises(PopulationUnavailable):
            desk.match(Changed())
    assert Changed.asked == 5
    assert desk.scalar("SELECT count(*) FROM match.claim WHERE status = 'PENDING'") == 11
    assert asking.health(desk.db).failed_reason == "HTTP 400"
    later(desk)
    assert desk.match() == 11


def test_a_batch_whose_claims_were_moved_to_another_key_is_made_anew(desk, in_process):
    desk.deliver([row(HOME, 1), row(HOME, 2)])
    with pytest.raises(PopulationUnavailable):
        desk.match(Fails(99))
    desk.execute("DELETE FROM match.claim WHERE identity_key = (SELECT min(identity_key::text)::uuid FROM match.claim)")
    later(desk)
    assert desk.match(Fails(0)) == 1
    assert asking.health(desk.db).waiting == 0

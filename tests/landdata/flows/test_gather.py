"""Look-ups of many callers share a statement and a commit, and nothing else: no error, no waiting, no going away."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from uuid import uuid4

import psycopg2
import pytest
from landworld import COMMUNES, CONSUMER, Desk, row
from sqlalchemy import text

from landdata.errors import DatabaseUnavailable, TooManyLookups
from landdata.flows.gather import Gatherer
from landdata.model.agreements import Answer, LookupRequest, PopulationReader
from landdata.model.clients import RESIDENCY_SCOPES
from landdata.store.engine import Database
from landdata.store.sharing import Gate

A = "024070000001"
CALLER = PopulationReader(CONSUMER, "jti", RESIDENCY_SCOPES, "10.0.0.1")


@pytest.fixture(scope="module")
def desk(shared_country, tmp_path_factory) -> Iterator[Desk]:
    """One citizen with one certificate, and an agreement."""
    patch = pytest.MonkeyPatch()
    patch.setattr("landdata.flows.check.open_layer", Desk.open_layer)
    made = Desk(shared_country, tmp_path_factory.mktemp("data"))
    made.deliver([row(COMMUNES[0], 1, id_number=A)])
    made.people.add(A, "Nguyễn Văn A", "1970")
    made.match()
    made.agree(daily_quota=1_000_000)  # near its end sets of one client wait for each other
    yield made
    patch.undo()


@pytest.fixture
def gather(desk) -> Iterator[Gatherer]:
    with closing(Gatherer(desk.db, desk.keys, simulated=False)) as made:
        yield made


def words(desk: Desk, **changed: object) -> LookupRequest:
    return desk.request(A, "Nguyễn Văn A", "1970", **changed)


def logged(desk: Desk, requests: list[LookupRequest]) -> int:
    ids = [one.request_id for one in requests]
    return int(desk.scalar("SELECT count(*) FROM audit.access_event WHERE request_id = ANY(:ids)", ids=ids))


async def ask(gather: Gatherer, requests: list[LookupRequest]) -> list[Answer | BaseException]:
    return await asyncio.gather(*(gather.answer(CALLER, one) for one in requests), return_exceptions=True)


def test_many_share_few_commits_and_each_has_its_own_answer_and_row(desk, gather):
    requests = [words(desk) for _ in range(40)]
    answers = asyncio.run(ask(gather, requests))
    assert [json.loads(one.body)["request_id"] for one in answers] == [str(one.request_id) for one in requests]
    assert {one.status.value for one in answers} == {"FOUND"}
    rows = desk.rows(
        "SELECT access_id, tx FROM audit.access_event WHERE access_id = ANY(:ids)",
        ids=[one.access_id for one in answers],
    )
    assert len(rows) == 40
    assert len({tx for _, tx in rows}) < 10


def test_the_same_as_one_by_one(desk, gather):
    alone = json.loads(desk.ask_all([words(desk)])[0].body)
    [together, *_] = [json.loads(one.body) for one in asyncio.run(ask(gather, [words(desk) for _ in range(5)]))]
    own = ("request_id", "access_id", "coverage_as_of")
    assert {name: value for name, value in together.items() if name not in own} == {
        name: value for name, value in alone.items() if name not in own
    }


def test_whoever_goes_away_spoils_nothing(desk, gather):
    requests = [words(desk) for _ in range(20)]

    async def leave() -> list[Answer | BaseException]:
        asking = [asyncio.ensure_future(gather.answer(CALLER, one)) for one in requests]
        await asyncio.sleep(0)
        for one in asking[::4]:
            one.cancel()
        return await asyncio.gather(*asking, return_exceptions=True)

    answers = asyncio.run(leave())
    for place, one in enumerate(answers):
        assert isinstance(one, asyncio.CancelledError if place % 4 == 0 else Answer)


def test_a_request_that_the_database_cannot_take_fails_alone(desk, gather):
    requests = [words(desk) for _ in range(6)]
    requests[3] = words(desk, officer_code="CB\x00")
    answers = asyncio.run(ask(gather, requests))
    assert [isinstance(one, Answer) for one in answers] == [True, True, True, False, True, True]
    assert logged(desk, requests) == 5
    listed = asyncio.run(gather.answer_list(CALLER, [words(desk), words(desk, officer_code="CB\x00"), words(desk)]))
    assert [isinstance(one, Answer) for one in listed] == [True, False, True]


def test_a_slow_set_holds_nobody_up(desk, gather):
    stuck = words(desk)
    with closing(psycopg2.connect(desk.db.engine.url.set(drivername="postgresql").render_as_string(False))) as other:
        with other.cursor() as cursor:
            # Somebody else writes the same request id and does not end.
            cursor.execute(
                "INSERT INTO share.request (client_id, request_id, body_hash, snapshot, agreement_id) "
                "VALUES (%s, %s, '', '', 1)",
                (CONSUMER, str(stuck.request_id)),
            )

        async def overtake() -> tuple[float, bool, Answer]:
            waiting = asyncio.ensure_future(gather.answer(CALLER, stuck))
            await asyncio.sleep(0.2)
            started = time.monotonic()
            answers = await ask(gather, [words(desk) for _ in range(20)])
            answers += await gather.answer_list(CALLER, [words(desk)])
            took, still = time.monotonic() - started, not waiting.done()
            assert all(isinstance(one, Answer) for one in answers)
            other.rollback()
            return took, still, await waiting

        took, still, answer = asyncio.run(overtake())
    assert still
    assert took < 5
    assert answer.status.value == "FOUND"


def test_the_queue_ends_somewhere(desk):
    with closing(Gatherer(desk.db, desk.keys, simulated=False, most_waiting=3)) as small:
        answers = asyncio.run(ask(small, [words(desk) for _ in range(10)]))
    assert [type(one) for one in answers].count(TooManyLookups) == 10 - 1 - 3
    assert sum(isinstance(one, Answer) for one in answers) == 4


def test_a_database_that_is_down_is_told_to_all(desk):
    nowhere = Database("postgresql://nobody@127.0.0.1:1/none")
    requests = [words(desk) for _ in range(7)]
    with closing(Gatherer(nowhere, desk.keys, simulated=False)) as lost:
        answers = asyncio.run(ask(lost, requests))
        assert [type(one) for one in answers] == [DatabaseUnavailable] * 7
        with pytest.raises(DatabaseUnavailable):
            asyncio.run(lost.answer_list(CALLER, requests))
        # It goes on as soon as there is one.
    nowhere.close()


def test_a_line_that_broke_is_opened_again(desk, gather):
    assert isinstance(asyncio.run(ask(gather, [words(desk)]))[0], Answer)
    assert desk.scalar(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
        "WHERE datname = current_database() AND query LIKE 'EXECUTE gate%'"
    )
    assert [one.status.value for one in asyncio.run(ask(gather, [words(desk) for _ in range(3)]))] == ["FOUND"] * 3


def test_whatever_the_database_is_set_to_its_commits_are_on_disk(desk):
    name = desk.scalar("SELECT current_database()")
    desk.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    try:
        with (
            closing(Database(desk.db.engine.url.render_as_string(hide_password=False))) as db,
            closing(Gate(db)) as gate,
        ):
            with db.read() as tx:
                assert tx.connection.execute(text("SHOW synchronous_commit")).scalar_one() == "off"
            with gate._open().cursor() as cursor:
                cursor.execute("SHOW synchronous_commit")
                assert cursor.fetchone() == ("on",)
    finally:
        desk.execute(f"ALTER DATABASE {name} RESET synchronous_commit")


def test_two_bodies_under_one_id_in_one_set(desk, gather):
    first = words(desk)
    other = words(desk, request_id=first.request_id, case_file_no="HS-2")
    answers = asyncio.run(gather.answer_list(CALLER, [first, other, first, words(desk, request_id=uuid4())]))
    assert [one.refusal.code if one.refusal else one.status.value for one in answers] == [
        "FOUND",
        "REQUEST_ID_REUSED",
        "FOUND",
        "FOUND",
    ]
    replayed = "SELECT replayed FROM audit.access_event WHERE request_id = :id AND status = 'FOUND' ORDER BY access_id"
    assert desk.rows(replayed, id=first.request_id) == [(0,), (1,)]


def test_a_database_that_never_answers_is_not_waited_for(desk, monkeypatch):
    """Nothing tells that a line swallows what is sent; the callers are told after a while, and the lanes come back."""
    swallowing = threading.Event()

    def ask(_: Gate, questions: list[object]) -> list[Exception]:
        swallowing.wait(60)
        return [TooManyLookups() for _ in questions]  # stands for any answer

    monkeypatch.setattr(Gate, "ask", ask)
    with closing(Gatherer(desk.db, desk.keys, simulated=False, patience=0.5)) as gather:

        async def told() -> set[type]:
            some = [words(desk) for _ in range(3)]
            lists = [gather.answer_list(CALLER, [one]) for one in some]
            every = (*(gather.answer(CALLER, one) for one in some), *lists)
            return {type(one) for one in await asyncio.gather(*every, return_exceptions=True)}

        async def both() -> tuple[set[type], set[type]]:
            first = await told()
            swallowing.set()
            await asyncio.sleep(0.2)
            return first, await told()

        assert asyncio.run(both()) == ({DatabaseUnavailable}, {TooManyLookups})

"""The same request_id again: the same answer, whatever matching said meanwhile, and never another body."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from landworld import COMMUNES, Desk, row

from landdata.flows import agreements, match

HOME = COMMUNES[0]
PENDING, LOST, BORN, OLD = (f"0240700000{at:02d}" for at in range(1, 5))
FORMER = "121212129"
ASKED = {
    "matched since": (PENDING, "1970", "UNAVAILABLE", "FOUND"),
    "no longer confirmed": (LOST, "1970", "FOUND", "UNAVAILABLE"),
    "born on another day": (BORN, "1970-03-02", "FOUND", "IDENTITY_MISMATCH"),
    "a number learnt since": (FORMER, "1970", "NOT_COVERED", "FOUND"),
}


@pytest.fixture(scope="module")
def desk(shared_country, tmp_path_factory) -> Iterator[Desk]:
    """Four citizens, the first of them not matched yet."""
    patch = pytest.MonkeyPatch()
    patch.setattr("landdata.flows.check.open_layer", Desk.open_layer)
    made = Desk(shared_country, tmp_path_factory.mktemp("data"))
    made.deliver([row(HOME, at) for at in range(1, 5)])
    for number in (LOST, BORN, OLD):
        made.people.add(number, "Nguyễn Văn A", "1970-03-02")
    made.match()
    made.agree()
    yield made
    patch.undo()


@pytest.fixture(scope="module")
def told(desk) -> dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]]:
    """Each answer as it was at first, in a repetition, and to a fresh question, after matching said otherwise."""
    asked, later = ([desk.request(one[0], "Nguyễn Văn A", one[1]) for one in ASKED.values()] for _ in range(2))

    def answers(requests: list[Any]) -> list[dict[str, Any]]:
        return [json.loads(one.body) for one in desk.ask_all(requests)]

    first = answers(asked)
    desk.people.add(PENDING, "Nguyễn Văn A", "1970-03-02")
    desk.people.add(LOST, "Nguyễn Văn Khác", "1970-03-02")
    desk.people.add(BORN, "Nguyễn Văn A", "1970-03-05")
    desk.people.add(OLD, "Nguyễn Văn A", "1970-03-02", old=FORMER)
    desk.execute("UPDATE match.claim SET status = 'PENDING', party_id = NULL")
    assert desk.match() == 4
    return dict(zip(ASKED, zip(first, answers(asked), answers(later), strict=True), strict=True))


def age(desk: Desk, asked: Any, hours: int) -> None:
    """Let a request be so many hours old."""
    older = "UPDATE share.request SET first_at = first_at - make_interval(hours => :hours) WHERE request_id = :id"
    desk.execute(older, id=asked.request_id, hours=hours)


@pytest.mark.parametrize("name", ASKED)
def test_what_matching_says_later_changes_no_repetition(told, name):
    first, again, fresh = told[name]
    assert (first["status"], fresh["status"]) == ASKED[name][2:]
    assert again | {"access_id": 0} == first | {"access_id": 0}


def test_a_repetition_is_dated_as_the_first_answer(desk):
    asked = desk.request(OLD, "Nguyễn Văn A", "1970")
    [first] = desk.ask_all([asked])
    form = "'YYYY-MM-DD\"T\"HH24:MI:SS+00:00'"
    at = f"SELECT to_char(first_at AT TIME ZONE 'UTC', {form}) FROM share.request WHERE request_id = :id"
    assert json.loads(first.body)["coverage_as_of"] == desk.scalar(at, id=asked.request_id)
    age(desk, asked, 3)
    [again] = desk.ask_all([asked])
    assert json.loads(again.body)["coverage_as_of"] == desk.scalar(at, id=asked.request_id)


def test_what_was_said_before_is_forgotten_once_nothing_can_be_repeated(desk, told):
    assert told
    kept = "SELECT (SELECT count(*) FROM match.claim_was) + (SELECT count(*) FROM match.party_was)"
    before = desk.scalar(kept)
    assert before > 4
    desk.execute("UPDATE match.claim_was SET at = at - interval '24 hours'")
    assert match.prune(desk.worker) == 0
    for table in ("claim_was", "party_was"):
        desk.execute(f"UPDATE match.{table} SET at = at - interval '27 hours'")
    assert match.prune(desk.worker) == before
    assert desk.scalar(kept) == 0


def codes(desk: Desk, *requests: Any) -> list[str]:
    answers = desk.ask_all(list(requests))
    return [one.refusal.code if one.refusal else one.status.value for one in answers]


def test_an_id_stands_for_its_first_body_though_it_was_refused(desk):
    asked = desk.request(OLD, "Nguyễn Văn A", "1970")
    other = replace(asked, case_file_no="HS-2")
    agreements.suspend(desk.db, code="TT-police", by="lan", reason="thử")
    assert codes(desk, asked) == ["AGREEMENT_MISSING"]
    agreements.resume(desk.db, code="TT-police", by="lan", reason="thử")
    assert codes(desk, other) == ["REQUEST_ID_REUSED"]
    # It was not answered yet: there is nothing to repeat, and no day it has to be asked within.
    age(desk, asked, 25)
    assert codes(desk, other, asked, asked) == ["REQUEST_ID_REUSED", "FOUND", "FOUND"]
    assert codes(desk, asked, other) == ["FOUND", "REQUEST_ID_REUSED"]
    log = "SELECT status, replayed FROM audit.access_event WHERE request_id = :id ORDER BY access_id"
    assert [one[1] for one in desk.rows(log, id=asked.request_id) if one[0] == "FOUND"] == [0, 1, 2]


def test_so_it_does_within_one_set(desk):
    refused = desk.request(OLD, "Nguyễn Văn A", "1970", service_code="THUE")
    assert codes(desk, refused, replace(refused, service_code="CU-TRU-01")) == [
        "PROCEDURE_NOT_AGREED",
        "REQUEST_ID_REUSED",
    ]
    assert codes(desk, refused) == ["PROCEDURE_NOT_AGREED"]

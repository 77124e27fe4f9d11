"""Citizens whom the platform reports as changed: their holders are asked about again, and consumers learn what came of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from feedworld import note, replay
from landworld import COMMUNES, Desk, People, row

from landdata.errors import PopulationUnavailable
from landdata.flows.follow import follow
from landdata.model.persons import Changed

HOME = COMMUNES[0]


def number(at: int) -> str:
    return f"0240700{at:05d}"


@pytest.fixture
def world(desk, in_process) -> Desk:
    """Three citizens who are verified, and a holder whom nobody knows yet."""
    desk.deliver([row(HOME, at) for at in range(1, 5)])
    for at in range(1, 4):
        desk.people.add(number(at), "Nguyễn Văn A", "1970-05-05")
    desk.match()
    desk.agree()
    return desk


def change(desk: Desk, at: int, **what: Any) -> None:
    """Something of a citizen changes, and stands in the platform's list."""
    citizen = replace(desk.people.citizens[number(at)], **what)
    desk.people.citizens |= {number(at): citizen, citizen.id_number: citizen}
    desk.people.changed.append(Changed(citizen.person_ref, citizen.id_number))


def followed(desk: Desk) -> int:
    return follow(desk.asker(), keys=desk.keys)


def asked(desk: Desk) -> dict[int, int]:
    return {at: desk.people.asked[number(at)] for at in range(1, 5)}


def test_a_corrected_name_takes_the_record_away_and_consumers_are_told(world):
    held: dict[str, str | None] = {}
    assert world.ask(number(1))["status"] == "FOUND"
    note(world)
    cursor = replay(world, held)
    change(world, 1, full_name="Trần Thị Sáu")
    assert followed(world) == 1
    assert world.ask(number(1))["status"] == "FOUND", "what was found stands until the platform was asked again"
    assert world.match() == 1
    assert asked(world) == {1: 2, 2: 1, 3: 1, 4: 1}, "nobody else is asked about"
    assert world.ask(number(1))["status"] == "UNAVAILABLE"
    note(world)
    replay(world, held, cursor)
    assert set(held.values()) == {None}
    change(world, 1, full_name="Nguyễn Văn A")
    followed(world)
    world.match()
    assert world.ask(number(1))["status"] == "FOUND"


def test_a_new_number_leads_to_the_same_citizen_and_to_holders_nobody_knew(world):
    change(world, 1, id_number=number(4), old_id_number=None)
    assert followed(world) == 2, "the claim by the former number, and the one by the new one"
    world.match()
    assert world.ask(number(4))["status"] == "FOUND"
    parties = "SELECT count(DISTINCT party_id) FROM match.claim WHERE status = 'VERIFIED'"
    assert (world.scalar(parties), world.scalar("SELECT count(*) FROM match.claim WHERE status = 'VERIFIED'")) == (3, 4)


def test_a_death_is_a_reason_and_takes_nothing_away(world):
    change(world, 1, alive=False)
    followed(world)
    world.match()
    assert world.rows("SELECT status, reasons FROM match.claim WHERE 'PERSON_DEAD' = ANY(reasons)") == [
        ("VERIFIED", ["BIRTH_YEAR_ONLY", "PERSON_DEAD"])
    ]


def test_the_list_is_read_once_page_by_page_from_where_it_was_left(world, monkeypatch):
    monkeypatch.setattr("landdata.flows.follow._PAGE", 2)
    for at in range(1, 4):
        change(world, at, full_name="Trần Thị Sáu")
    pages = world.people.changes

    def cut(*, cursor: str, limit: int) -> Any:
        if cursor == "2":
            raise PopulationUnavailable(reason="ReadError")
        return pages(cursor=cursor, limit=limit)

    monkeypatch.setattr(world.people, "changes", cut)
    with pytest.raises(PopulationUnavailable):
        followed(world)
    due = "SELECT count(*) FROM match.claim WHERE recheck_at IS NOT NULL"
    assert world.scalar(due) == 2
    world.execute("UPDATE match.platform SET open_until = clock_timestamp()")
    monkeypatch.setattr(world.people, "changes", pages)
    assert followed(world) == 1
    assert (world.scalar(due), world.match(), world.scalar(due), followed(world)) == (3, 3, 0, 0)
    assert world.scalar("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'match' AND status = 'todo'") == 1


def test_a_change_that_comes_while_a_question_is_under_way_is_asked_about_again(world):
    world.deliver([row(HOME, 5), *(row(HOME, at) for at in range(1, 5))])
    world.people.add(number(5), "Nguyễn Văn A", "1970-05-05")

    class Meanwhile(People):
        def verify(self, claims: Any, *, request_id: UUID) -> Any:
            before = world.people.verify(claims, request_id=request_id)
            if not world.people.changed:
                change(world, 5, full_name="Trần Thị Sáu")
                followed(world)
            return before

    assert world.match(Meanwhile()) == 2, "the answer of before, and the one of after"
    assert world.rows("SELECT status FROM match.claim WHERE bearer_id IS NOT NULL") == [("MISMATCH",)]


def test_claims_that_say_too_little_are_left_alone(world):
    world.deliver([row(HOME, 6, birth_date=None), *(row(HOME, at) for at in range(1, 5))])
    world.people.add(number(6), "Nguyễn Văn A", "1970-05-05")
    change(world, 6, alive=False)
    assert followed(world) == 0


def test_matching_is_asked_for_by_each_publication(desk, in_process):
    waiting = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'match' AND status = 'todo'"
    assert desk.scalar(waiting) == 0
    desk.deliver([row(HOME, 1)])
    assert desk.scalar(waiting) == 1
    desk.match()
    desk.change([row(HOME, 1, holder_name="Lê Thị B", id_number="024070000077")])
    assert desk.match() == 1, "only what changed is asked about"

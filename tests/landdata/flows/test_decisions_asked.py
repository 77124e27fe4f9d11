"""Decisions beside the ways in which the platform is asked: batches, questions it refuses, its changes, its extracts."""

from __future__ import annotations

import csv
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from caseworld import HOME, A, Clerks
from landworld import People, row

from landdata.errors import PopulationRefuses, PopulationUnavailable
from landdata.flows import cases, extract, follow
from landdata.matching import sides
from landdata.model.asking import Limits
from landdata.model.cases import Kind, Mark, Step
from landdata.model.persons import Answer, Changed


@pytest.fixture
def clerks(desk, in_process):
    made = Clerks(desk)
    made.begin()
    return made


def claim(clerks: Clerks, name: str = "Trần Văn Ân") -> Any:
    [found] = clerks.desk.rows("SELECT status, reasons FROM match.claim WHERE name = :name", name=name)
    return found


def due_again(clerks: Clerks) -> None:
    clerks.desk.execute("UPDATE match.claim SET status = 'PENDING', party_id = NULL, bearer_id = NULL")


def load(clerks: Clerks, path: Any, **said: str) -> extract.Matched:
    """An extract of one citizen, whose number is A."""
    line = {"person_id": People.ref(A), "id_number": A, "full_name": "Trần Văn Ân", "date_of_birth": "1970"} | said
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, sides.PERSON_COLUMNS)
        writer.writeheader()
        writer.writerow(dict.fromkeys(sides.PERSON_COLUMNS, "") | line)
    return extract.match_extract(clerks.desk.worker, path, keys=clerks.desk.keys, whole=False)


def test_a_case_says_how_far_name_and_birth_are(clerks):
    [one] = clerks.listed()
    assert one.years_apart == 0
    assert one.name_share is not None
    assert 0 < one.name_share < 100


def test_an_extract_links_nobody_past_a_rejection(clerks, tmp_path):
    [one] = clerks.listed()
    clerks.decide(one.case, Kind.REJECT)
    due_again(clerks)
    done = load(clerks, tmp_path / "dan_cu.csv")
    assert (done.linked, done.judged) == (0, 1)
    assert claim(clerks) == ("AMBIGUOUS", ["BIRTH_YEAR_ONLY", "DECISION_CONTRADICTED"])
    assert [each.mark for each in clerks.listed(mark=Mark.CONTRADICTED)] == [Mark.CONTRADICTED]
    assert clerks.asked(A, "Trần Văn Ân") != "FOUND"


def test_an_extract_is_read_beside_the_corrected_words_and_clears_the_list(clerks, tmp_path):
    [one] = clerks.listed()
    clerks.decide(one.case, Kind.CORRECT, name="Nguyễn Văn An")
    due_again(clerks)
    load(clerks, tmp_path / "dan_cu.csv", full_name="Nguyễn Văn An")
    assert claim(clerks) == ("VERIFIED", ["BIRTH_YEAR_ONLY"])
    assert clerks.listed() == []


def test_an_extract_takes_whom_nothing_is_decided_about_off_the_list(clerks, tmp_path):
    assert len(clerks.listed()) == 1
    due_again(clerks)
    assert load(clerks, tmp_path / "dan_cu.csv").linked == 1
    assert clerks.listed() == []


def test_a_lost_question_is_asked_under_another_id_when_the_words_are_others_since(clerks):
    desk, ids = clerks.desk, list[UUID]()

    class Lossy:
        def verify(self, claims: Any, *, request_id: UUID) -> list[Answer]:  # noqa: ARG002  # the port's own signature
            ids.append(request_id)
            raise PopulationUnavailable(reason="ReadTimeout")

    [one] = clerks.listed()
    desk.execute("UPDATE match.claim SET recheck_at = clock_timestamp() WHERE identity_key = :key", key=one.case)
    with pytest.raises(PopulationUnavailable):
        desk.match(Lossy())
    [sent] = set(ids)
    clerks.decide(one.case, Kind.CORRECT, name="Nguyễn Văn An")
    desk.execute("UPDATE match.platform SET failures = 0, open_until = NULL")
    seen = list[tuple[UUID, str]]()
    answered = People.verify

    class Noting(People):
        def verify(self, claims: Any, *, request_id: UUID) -> list[Answer]:
            seen.extend((request_id, each.name) for each in claims)
            return answered(self, claims, request_id=request_id)

    desk.people = Noting(citizens=desk.people.citizens)
    desk.match()
    [(request_id, name)] = seen
    assert request_id != sent
    assert name == "Nguyễn Văn An"
    assert claim(clerks)[0] == "VERIFIED"
    assert clerks.work() == 0, "it was put to the platform with the corrected words already"


def test_one_line_that_is_refused_holds_no_other_decision_up(clerks):
    desk = clerks.desk
    desk.deliver([*clerks.rows(), row(HOME, 5, holder_name="Vũ C", id_number="024070000777")], key="k5")
    desk.match()
    clerks.work()
    desk.people.add("024070000555", "Vũ C", "1970")
    for one in clerks.listed():
        said = {"id_number": "024070000555"} if one.name == "Vũ C" else {"name": "Nguyễn \x01"}
        clerks.decide(one.case, Kind.CORRECT, **said)

    class Picky(People):
        def verify(self, claims: Any, *, request_id: UUID) -> list[Answer]:
            if any("\x01" in each.name for each in claims):
                raise PopulationRefuses(reason=422)
            return super().verify(claims, request_id=request_id)

    assert cases.act(desk.asker(Picky(citizens=desk.people.citizens)), keys=desk.keys, batch=50) == 2
    assert claim(clerks, "Vũ C")[0] == "VERIFIED"
    assert claim(clerks) == ("INCOMPLETE", ["QUESTION_REFUSED"])


def test_a_quota_that_is_used_up_leaves_decisions_for_tomorrow(clerks):
    desk = clerks.desk
    [one] = clerks.listed()
    clerks.decide(one.case, Kind.CORRECT, name="Nguyễn Văn An")
    used = desk.scalar("SELECT asked FROM match.platform")
    assert cases.act(desk.asker(limits=Limits(daily=used)), keys=desk.keys, batch=50) == 0
    assert [each.mark for each in clerks.listed()] == [Mark.ASKING]
    assert clerks.work() == 1
    assert claim(clerks)[0] == "VERIFIED"


def test_who_can_be_asked_only_as_corrected_follows_the_citizen(clerks):
    desk, number = clerks.desk, "024070000006"
    desk.deliver([*clerks.rows(), row(HOME, 6, holder_name="Đỗ D", id_number=None)], key="k6")
    clerks.work()
    desk.people.add(number, "Đỗ D", "1970")
    [one] = [each for each in clerks.listed() if each.name == "Đỗ D"]
    clerks.decide(one.case, Kind.CORRECT, id_number=number)
    clerks.work()
    assert clerks.asked(number, "Đỗ D") == "FOUND"
    desk.people.citizens[number] = replace(desk.people.citizens[number], full_name="Hoàng Thị Sáu")
    desk.people.changed.append(Changed(People.ref(number), number))
    assert follow.follow(desk.asker(), keys=desk.keys) == 1
    clerks.work()
    assert claim(clerks, "Đỗ D")[0] == "MISMATCH"
    assert clerks.asked(number, "Hoàng Thị Sáu") != "FOUND"
    assert [each.mark for each in clerks.listed() if each.name == "Đỗ D"] == [Mark.CONTRADICTED]


def test_a_number_that_became_a_former_one_contradicts_no_decision(clerks):
    people, (one,) = clerks.desk.people, clerks.listed()
    clerks.decide(one.case, Kind.REJECT)
    people.citizens[A] = replace(people.citizens[A], id_number="024070000999", old_id_number=A)
    due_again(clerks)
    clerks.desk.match()
    assert "NUMBER_OLD" in claim(clerks)[1]
    assert clerks.listed() == []
    assert [each.step for each in clerks.show(one.case).decisions[0].steps] == [Step.ASKED]

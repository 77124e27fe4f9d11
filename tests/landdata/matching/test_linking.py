"""Holders linked with a small register: every status, and above all whom nobody may be taken for."""

from __future__ import annotations

import random
from datetime import date

import pyarrow as pa
import pytest

from landdata.matching import answers, linking, sides
from landdata.matching.answered import judge
from landdata.model.persons import Citizen, Claim

PEOPLE = [
    # id, number, old number, name, former name, birth, gender, commune, status, died
    ("hung", "024060000001", "121000001", "Nguyễn Văn Hùng", None, "1960-03-05", "1", "07201", "ALIVE", None),
    ("hung2", "024062000002", "121000001", "Trần Văn Dũng", None, "1962-07-09", "1", "07201", "ALIVE", None),
    ("twin", "024060000003", None, "Nguyễn Văn Hưng", None, "1960-03-05", "1", "07201", "ALIVE", None),
    ("away", "001060000004", None, "Nguyễn Văn Hùng", None, "1960-11-30", "1", "00001", "ALIVE", None),
    ("hoa", "024165000005", "121000005", "Lê Thị Hòa", "Lê Thị Hoa Mai", "1965", "0", "07201", "ALIVE", None),
    ("dead", "024040000006", None, "Phạm Quang Thọ", None, "1940-01-01", "1", "07201", "DEAD", "2001-02-03"),
    ("same1", "024170000007", "121000007", "Bùi Thị Mỹ", None, "1970-05-06", "0", "07201", "ALIVE", None),
    ("same2", "001170000008", "121000007", "Bùi Thị Mỹ", None, "1970-09-01", "0", "00001", "ALIVE", None),
]


def register(rows=PEOPLE):
    ids, numbers, old, names, former, births, genders, communes, statuses, died = zip(*rows, strict=True)
    columns = (
        ids,
        numbers,
        old,
        names,
        former,
        births,
        genders,
        [one[:3] for one in numbers],
        communes,
        statuses,
        died,
    )
    return pa.table({name: pa.array(one, pa.string()) for name, one in zip(sides.PERSON_COLUMNS, columns, strict=True)})


def told(holders, rows=PEOPLE):
    """Status, person and reasons of holders: name, number, birth, then gender, commune and certificate."""
    filled = [(f"h{at}", one[0], None, *one[1:], *(None,) * (6 - len(one))) for at, one in enumerate(holders)]
    columns = zip(*filled, strict=True)
    table = pa.table(
        {name: pa.array(one, pa.string()) for name, one in zip(sides.HOLDER_COLUMNS, columns, strict=True)}
    )
    mine, theirs = sides.holders(table), sides.people(register(rows))
    links = linking.link(mine, theirs)
    found = answers.answers(
        table["holder_id"].combine_chunks(), mine, theirs, links, answers.masks(mine, theirs, links)
    )
    return [(one["status"], one["person_id"], one["reasons"]) for one in found.to_pylist()]


VERIFIED = [
    (("nguyễn văn hùng", "024060000001", "05/03/1960"), "hung", ""),
    (("Hộ ông Nguyễn Văn Hùng", "024 060 000 001", "1960"), "hung", "NAME_TIDIED;BIRTH_YEAR_ONLY"),
    (("NGUYEN VAN HUNG", "24060000001", "1960", "1", "07201"), "hung", "NUMBER_PADDED;NAME_MARKS_LOST;BIRTH_YEAR_ONLY"),
    (("NguyÔn V¨n Hïng", "024060000001", "1960"), "hung", "NAME_TIDIED;BIRTH_YEAR_ONLY"),
    (("Ng. V. Hùng", "024060000001", "1960"), "hung", "NAME_ABBREVIATED;BIRTH_YEAR_ONLY"),
    (
        ("Ông Đỗ Văn A và bà Lê Thị Hoà", "121000005", "1965", "0"),
        "hoa",
        "NUMBER_OLD;NAME_TIDIED;NAME_ONE_OF;BIRTH_YEAR_ONLY",
    ),
    (("Lê Thị Hoa Mai", "024165000005", "1965"), "hoa", "NAME_FORMER;BIRTH_YEAR_ONLY"),
    (("Nguyễn Văn Hùng", "121000001", "1960"), "hung", "NUMBER_OLD;NUMBER_SHARED;BIRTH_YEAR_ONLY"),
    (("Nguyễn Văn Hùng", "024060000001", None, "1", "07201"), "hung", "BIRTH_MISSING"),
    (("Phạm Quang Thọ", "024040000006", "1940", "1", "07201", "01/01/1999"), "dead", "BIRTH_YEAR_ONLY;PERSON_DEAD"),
    (("Nguyễn Văn Hùng", "001060000004", "30/11/1960", "1", "07201"), "away", ""),
]


@pytest.mark.parametrize(("holder", "person", "reasons"), VERIFIED, ids=str)
def test_verified(holder, person, reasons):
    assert told([holder]) == [("VERIFIED", person, reasons)]


REFUSED = [
    # The twin's number: with another given name, and with the year only.
    (("Nguyễn Văn Hùng", "024060000003", "1960"), "MISMATCH", "NAME_NEAR=100"),
    (("Nguyễn Văn Hùng", "024060000003", "1960", "1", "07201"), "AMBIGUOUS", "RIVAL=1"),
    # A namesake's number: the land lies where the other one lives.
    (("Nguyễn Văn Hùng", "001060000004", "1960", "1", "07201"), "AMBIGUOUS", "RIVAL=1"),
    (("Nguyễn Văn Hùng", "001060000004", "1971", "1", "07201"), "MISMATCH", "BIRTH_DIFFERS=11"),
    # The wife's number.
    (("Nguyễn Văn Hùng", "024165000005", "1960", "1", "07201"), "MISMATCH", "CANDIDATE=hung"),
    # Two people were given one number of nine digits, and both would do.
    (("Bùi Thị Mỹ", "121000007", "1970", "0"), "AMBIGUOUS", "NUMBER_SHARED=2"),
    (("Nguyễn Văn Hùng", "024060999999", "1960", "1", "07201"), "NOT_FOUND", "CANDIDATE=hung"),
    (("Nguyễn Văn Hùng", None, "05/03/1960"), "INCOMPLETE", "CANDIDATE=hung"),
    (("Nguyễn Văn Hùng", "B1234567", "1960"), "INCOMPLETE", "NUMBER_SHAPE"),
    ((None, "024060000001", "1960"), "INCOMPLETE", "NAME_MISSING"),
    (("Công ty TNHH Hùng", "024060000001", "1960"), "INCOMPLETE", "NAME_NOT_A_PERSON"),
    (("Nguyễn Văn Hùng", "024060000001", None), "INCOMPLETE", "BIRTH_MISSING"),
    (("Phạm Quang Thọ", "024040000006", "1940", "1", "07201", "01/01/2005"), "MISMATCH", "DIED_BEFORE_CERTIFICATE"),
    (("Nguyễn Văn Hùng", "024060000001", "1960", "1", "07201", "01/01/1959"), "MISMATCH", "BORN_AFTER_CERTIFICATE"),
    (("Nguyễn Thị Hùng", "024060000001", "1960", "0"), "MISMATCH", "GENDER_DIFFERS"),
]


@pytest.mark.parametrize(("holder", "status", "reason"), REFUSED, ids=str)
def test_not_verified(holder, status, reason):
    [(found, person, reasons)] = told([holder])
    assert (found, person) == (status, None)
    assert reason in reasons.split(";")


def test_the_order_of_rows_changes_nothing():
    asked = [one[0] for one in (*VERIFIED, *REFUSED)]
    wanted, chance = told(asked), random.Random(6)
    for _ in range(5):
        order = chance.sample(range(len(asked)), len(asked))
        found = told([asked[at] for at in order], chance.sample(PEOPLE, len(PEOPLE)))
        assert [found[order.index(at)] for at in range(len(asked))] == wanted


def test_nothing_beside_nothing():
    assert told([("Nguyễn Văn A", "024060000001", "1960")], PEOPLE[1:2])[0][0] == "NOT_FOUND"
    assert told([(None, None, None)]) == [("INCOMPLETE", None, "NUMBER_MISSING;NAME_MISSING;BIRTH_MISSING")]


def test_ids_cannot_be_taken_for_reasons():
    strange = [("a;b=c,d", *PEOPLE[0][1:])]
    [(_, _, reasons)] = told([("Trần Văn Bình", "024060000001", "1980")], strange)
    assert reasons.endswith("BEARER=a%3Bb%3Dc%2Cd")


def test_one_by_one_says_the_same_as_all_together():
    """Without a place, which the platform does not say, and for bearers of one number only."""
    by_number = {one[1]: one for one in PEOPLE}
    asked = [one[0][:3] for one in (*VERIFIED, *REFUSED) if one[0][0] and one[0][1] in by_number and one[0][2]]
    claims, citizens = [], []
    for name, number, birth in asked:
        day, month, year = ([None, None, *birth.split("/")])[-3:]
        born = f"{year}-{month}-{day}" if day else None
        claims.append(Claim(None, name, number, None if born is None else date.fromisoformat(born), int(year)))
        ref, own, old, full, _, date_of_birth, _, _, status, _ = by_number[number]
        citizens.append(Citizen(ref, own, old, full, date_of_birth, status == "ALIVE"))
    set_wise = [status for status, _, _ in told(asked, [(*one[:4], None, *one[5:]) for one in PEOPLE])]
    assert [one.status for one in judge(claims, citizens)] == set_wise
    assert len(asked) > 10


def test_who_lives_nowhere_is_doubted_less_than_who_lives_elsewhere():
    asked = ("Nguyễn Văn Hùng", "001060000004", "1960", "1", "07201")
    elsewhere, namesake = PEOPLE[3], PEOPLE[0]
    assert told([asked], [elsewhere, namesake])[0][0] == "AMBIGUOUS"
    nowhere = (*elsewhere[:7], None, *elsewhere[8:])
    assert told([asked], [nowhere, (*namesake[:7], None, *namesake[8:])])[0][0] == "VERIFIED"


def test_a_namesake_who_was_to_be_expected_is_no_rival():
    """Where a name is so common that the commune has one by its size alone, finding one says nothing; else it does."""
    here = [
        (f"h{at}", f"0240{at:02d}000{at:03d}", None, f"Trần Văn {at}", None, "1950", "1", "07201", "ALIVE", None)
        for at in range(20, 60)
    ]
    there = [(*one[:7], "00001", *one[8:]) for one in here]
    namesakes = [(*PEOPLE[3][:1], f"00106000{at:04d}", *PEOPLE[3][2:]) for at in range(100, 140)]
    asked = ("Nguyễn Văn Hùng", "001060000004", "1960", "1", "07201")
    register = [PEOPLE[3], PEOPLE[0], *here]
    assert told([asked], register)[0][0] == "AMBIGUOUS"
    assert told([asked], [*register, *there])[0][0] == "AMBIGUOUS"
    assert told([asked], [*register, *there, *namesakes])[0][0] == "VERIFIED"

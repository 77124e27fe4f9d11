"""Holders against the population platform: who is asked, which answers count, and that no number is ever readable."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from landworld import COMMUNES, row
from sqlalchemy import make_url

from landdata.errors import PopulationUnavailable
from landdata.model.persons import Answer, Citizen, missing
from landdata.store import roles
from landdata.store.roles import Role

HOME = COMMUNES[0]
PG_DUMP = Path("/usr/lib/postgresql/15/bin/pg_dump")
A, B = "024070000001", "024070000002"


def claims(desk) -> dict[str, tuple[str, list[str]]]:
    return {
        name: (status, reasons) for name, status, reasons in desk.rows("SELECT name, status, reasons FROM match.claim")
    }


def test_who_can_be_asked_and_who_cannot(desk, in_process):
    desk.deliver(
        [
            row(HOME, 1, holder_name="Có đủ"), row(HOME, 2, holder_name="Không số", id_number=None),
            row(HOME, 3, holder_name="Số lạ", id_number="12345"), row(HOME, 4, holder_name="Không năm", birth_date=None),
            row(HOME, 5, holder_name="Năm lạ", birth_date="1017"), row(HOME, 6, holder_name="Công ty", holder_kind=3),
            row(HOME, 7, holder_name="Chứng minh", id_number="121212121"),
            row(HOME, 8, holder_name="Trống", id_number=None, birth_date=None),
        ]
    )  # fmt: skip
    assert claims(desk) == {
        "Có đủ": ("PENDING", []), "Chứng minh": ("PENDING", []), "Không số": ("INCOMPLETE", ["NUMBER_MISSING"]),
        "Số lạ": ("INCOMPLETE", ["NUMBER_SHAPE"]), "Không năm": ("INCOMPLETE", ["BIRTH_MISSING"]),
        "Năm lạ": ("INCOMPLETE", ["BIRTH_UNREADABLE"]), "Trống": ("INCOMPLETE", ["NUMBER_MISSING", "BIRTH_MISSING"]),
    }  # fmt: skip
    assert desk.match() == 2
    assert set(desk.people.asked) == {"024070000001", "121212121"}
    assert missing("٠٢٤٠٧٠٠٠٠٠٠١", 1970) == ("NUMBER_SHAPE",)  # digits, but not of our script


def test_each_outcome_is_kept_and_nobody_is_asked_twice(desk, in_process):
    desk.deliver(
        [
            row(HOME, 1, holder_name="Đúng"),
            row(HOME, 2, holder_name="Sai tên"),
            row(HOME, 3, holder_name="Lạ"),
            row(HOME, 4, holder_name="Mất"),
        ]
    )
    desk.people.add(A, "Đúng", "1970-05-05", old="121212121")
    desk.people.add(B, "Tên khác", "1973")
    desk.people.add("024070000004", "Mất", "1970", alive=False)
    assert desk.match() == 4
    assert {name: status for name, (status, _) in claims(desk).items()} == {
        "Đúng": "VERIFIED", "Sai tên": "MISMATCH", "Lạ": "NOT_FOUND", "Mất": "VERIFIED",
    }  # fmt: skip
    assert claims(desk)["Sai tên"][1] == ["NAME_DIFFERS", "BIRTH_DIFFERS"]
    assert claims(desk)["Mất"][1] == ["BIRTH_YEAR_ONLY", "PERSON_DEAD"]
    evidence = (
        "SELECT name, party_id IS NULL, bearer_id IS NULL, name_share, years_apart FROM match.claim ORDER BY name"
    )
    assert desk.rows(evidence) == [
        ("Lạ", True, True, None, None), ("Mất", False, True, 100, 0), ("Sai tên", True, False, 40, 3),
        ("Đúng", False, True, 100, 0),
    ]  # fmt: skip
    bearer = "SELECT p.person_ref FROM match.claim c JOIN match.party p ON p.party_id = c.bearer_id"
    assert desk.rows(bearer) == [(desk.people.ref(B),)]
    assert desk.rows("SELECT life_status, count(*) FROM match.party GROUP BY 1 ORDER BY 1") == [
        ("ALIVE", 2),
        ("DEAD", 1),
    ]
    assert desk.scalar("SELECT count(*) FROM match.party_number WHERE kind = 'OLD'") == 1
    # The same holder on another certificate is the same claim; the same delivery again asks nobody.
    desk.deliver([row(COMMUNES[1], 1, holder_name="Đúng", id_number=A)])
    assert desk.match() == 0
    assert set(desk.people.asked.values()) == {1}


def test_answers_to_unasked_questions_and_no_answer(desk, in_process):
    desk.deliver([row(HOME, 1), row(HOME, 2)])

    class Odd:
        def verify(self, asked: Any, *, request_id: UUID) -> Any:  # noqa: ARG002  # the port's own signature
            citizen = Citizen("ref", A, None, "Ai Đó", "1970", alive=True)
            return [Answer(uuid4(), (citizen,)), Answer(asked[0].identity_key, ())]

    assert desk.match(Odd()) == 1
    assert desk.rows("SELECT status, count(*) FROM match.claim GROUP BY 1 ORDER BY 1") == [
        ("NOT_FOUND", 1),
        ("PENDING", 1),
    ]
    assert desk.sizes("match")["party"] == 0


def test_a_platform_that_is_away_leaves_everything_pending(desk, in_process):
    desk.deliver([row(HOME, 1)])

    class Away:
        def verify(self, asked: Any, *, request_id: UUID) -> Any:  # noqa: ARG002  # the port's own signature
            raise PopulationUnavailable(reason="ConnectError")

    with pytest.raises(PopulationUnavailable):
        desk.match(Away())
    assert claims(desk) == {"Nguyễn Văn A": ("PENDING", [])}


def citizen(ref: str = "r", name: str = "Nguyễn Văn A", born: str = "1970", number: str = A) -> Citizen:
    return Citizen(ref, number, None, name, born, alive=True)


@pytest.mark.parametrize(
    ("bearers", "status", "reasons", "known"),
    [
        ((citizen(),), "VERIFIED", ["BIRTH_YEAR_ONLY"], "r"),
        ((citizen(),) * 2, "VERIFIED", ["BIRTH_YEAR_ONLY"], "r"),
        ((citizen(name="Nguyen Van A"),), "VERIFIED", ["NAME_MARKS_LOST", "BIRTH_YEAR_ONLY"], "r"),
        ((citizen(number=B),), "VERIFIED", ["NUMBER_OLD", "BIRTH_YEAR_ONLY"], "r"),
        ((citizen(born="1971"),), "MISMATCH", ["BIRTH_NEXT_YEAR"], "r"),
        ((citizen(name="Trần Thị Sáu"),), "MISMATCH", ["NAME_DIFFERS", "BIRTH_YEAR_ONLY"], "r"),
        ((citizen(), citizen("s", "Trần Thị Sáu")), "VERIFIED", ["NUMBER_SHARED", "BIRTH_YEAR_ONLY"], "r"),
        ((citizen("s", "Trần Thị Sáu"), citizen()), "VERIFIED", ["NUMBER_SHARED", "BIRTH_YEAR_ONLY"], "r"),
        ((citizen(), citizen("s")), "AMBIGUOUS", ["NUMBER_SHARED", "BIRTH_YEAR_ONLY"], None),
        ((), "NOT_FOUND", ["NUMBER_UNKNOWN"], None),
    ],
)
def test_our_own_rules_decide_about_who_bears_the_number(desk, in_process, bearers, status, reasons, known):
    desk.deliver([row(HOME, 1, holder_name="Nguyen Van A" if "NAME_MARKS_LOST" in reasons else "Nguyễn Văn A")])
    bearers = tuple(
        replace(one, full_name="Nguyễn Văn A") if one.full_name == "Nguyen Van A" else one for one in bearers
    )

    class Says:
        def verify(self, asked: Any, *, request_id: UUID) -> Any:  # noqa: ARG002  # the port's own signature
            return [Answer(one.identity_key, bearers) for one in asked]

    assert desk.match(Says()) == 1
    found = (
        "SELECT c.status, c.reasons, p.person_ref, c.party_id IS NOT NULL FROM match.claim c "
        "LEFT JOIN match.party p ON p.party_id = coalesce(c.party_id, c.bearer_id)"
    )
    assert desk.rows(found) == [(status, reasons, known, status == "VERIFIED")]


def test_a_doubtful_answer_is_an_outcome_of_its_own(desk, in_process):
    desk.deliver([row(HOME, 1)])

    class Says:
        def verify(self, asked: Any, *, request_id: UUID) -> Any:  # noqa: ARG002  # the port's own signature
            return [Answer(asked[0].identity_key, (), "ANSWERS_CONTRADICT")]

    desk.match(Says())
    assert claims(desk) == {"Nguyễn Văn A": ("AMBIGUOUS", ["ANSWERS_CONTRADICT"])}


def test_no_number_is_readable_anywhere(desk, in_process, country_url):
    planted = ["024070998877", "121998877"]
    desk.deliver(
        [
            row(HOME, 1, id_number=planted[0], holder_name="A"),
            row(HOME, 2, id_number=planted[1], holder_name="B"),
            row(HOME, 3, id_number="0240709988777"),
        ]
    )
    desk.people.add(planted[0], "A", "1970", old=planted[1])
    desk.match()
    desk.agree()
    assert desk.ask(planted[0], "A")["status"] == "FOUND"
    desk.ask(planted[0], "A", service_code="THUE")
    desk.deliver([row(HOME, 1, id_number=planted[0], holder_name="A", ring=None), row(HOME, 9)])  # refused rows too
    columns = """SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns JOIN pg_tables
      ON schemaname = table_schema AND tablename = table_name WHERE table_schema NOT IN ('pg_catalog', 'information_schema')
      AND data_type IN ('text', 'character varying', 'bytea', 'jsonb', 'json', 'uuid', 'ARRAY', 'bigint', 'numeric')"""
    looked = 0
    for schema, table, column, kind in desk.rows(columns):
        shown = f"encode(\"{column}\", 'escape')" if kind == "bytea" else f'"{column}"::text'
        for number in planted:
            looked += 1
            assert (
                desk.scalar(f'SELECT count(*) FROM "{schema}"."{table}" WHERE {shown} LIKE :n', n=f"%{number}%") == 0
            ), (schema, table, column)
    assert looked > 200
    if PG_DUMP.exists():
        url = make_url(country_url)
        role = roles.name(
            str(url.username), Role.BACKUP
        )  # anybody else's dump fails at the first row that a policy hides
        command = [PG_DUMP, "-h", str(url.query["host"]), "-U", role, "--inserts", str(url.database)]
        dump = subprocess.run(command, check=True, capture_output=True, env={**os.environ, "PGTZ": "UTC"}).stdout
        assert b"INSERT INTO land.holder" in dump
        for number in planted:
            assert number.encode() not in dump
            assert number.encode().hex().encode() not in dump

"""A case from the list to the record at the command line; no number is ever printed whole or typed into a command."""

from __future__ import annotations

import json

import pytest
from caseworld import OFFICE, PAPER, A, Clerks

from landdata.commands import console
from landdata.settings import Settings

NAMED = ("--office", OFFICE)


@pytest.fixture
def clerks(desk, in_process):
    made = Clerks(desk)
    made.begin()
    return made


@pytest.fixture
def run(clerks, country_url, command, monkeypatch):
    given = Settings(database_url=country_url, data_dir=clerks.desk.data_dir)
    monkeypatch.setattr(console, "settings", lambda: given)
    return lambda *said: command("matching", *said, *NAMED)


def why(login: str) -> tuple[str, ...]:
    return "--by", login, "--reason", "đã xem bản gốc", "--evidence", PAPER


def test_from_the_list_to_the_record(clerks, run, tmp_path):
    code, listed, _ = run("list", "--json")
    [one] = json.loads(listed)
    assert (code, one["certificates"], one["reasons"][0]["vi"]) == (0, 2, "Họ tên khác.")
    assert "MISMATCH" in run("list", "--unit", "2023:province:24")[1]
    code, said, _ = run("confirm", one["case"], *why("doi"))
    assert code == 0
    number = said.split()[-1]
    assert run("approve", one["case"], number, *why("doi"))[2].startswith("SECOND_PERSON_NEEDED")
    assert run("approve", one["case"], number, *why("duyet"))[0] == 0
    clerks.work()
    assert clerks.asked() == "FOUND"
    code, shown, _ = run("show", one["case"])
    assert [each["state"] for each in json.loads(shown)["decisions"]] == ["IN_FORCE"]
    assert run("withdraw", one["case"], number, *why("doi"))[0] == 0
    clerks.work()
    assert clerks.asked() != "FOUND"
    target = tmp_path / "list.csv"
    assert run("list", "-o", target)[0] == 0
    assert A not in listed + shown + target.read_text(encoding="utf-8")


def test_what_is_wrong_says_so(run):
    assert run("show", "6f0e2f4e-3a0b-4f64-9a60-0d7b5f1e2c11")[2].startswith("CASE_UNKNOWN")
    [one] = json.loads(run("list", "--json")[1])
    assert run("correct", one["case"], *why("doi"))[2].startswith("DECISION_UNFIT")
    assert run("list", "--unit", "24")[0] == 2

"""Two files matched at a desk: whatever may be wrong with them is said with its row, and then nothing is written."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from fixtures.generators.register import REFERENCE
from landdata.errors import (
    MatchAnswerUnwritable,
    MatchColumnsMissing,
    MatchColumnTwice,
    MatchFileUnreadable,
    MatchRowUneven,
    MatchTextNotUtf8,
)
from landdata.flows.linkage import match_files
from landdata.matching import sides
from landdata.model.persons import ClaimStatus

HOLDERS = [
    ["H1", "Hộ ông Nguyễn Văn Hùng", "CCCD", "024060000001", "1960", "1", "07201", "01/02/2005"],
    ["H2", "Trần, Văn \n Bình", "", "024060000001", "05/03/1960", "", "", ""],
    ["H3", "", "", "", "", "", "", ""],
]
PEOPLE = [
    ["P1", "024060000001", "121000001", "Nguyễn Văn Hùng", "", "1960-03-05", "1", "024", "07201", "ALIVE", ""],
    ["P2", "024061000002", "", "Lê Thị Mai", "", "1961", "0", "024", "07201", "DEAD", "2001-01-01"],
]


@pytest.fixture
def desk(tmp_path):
    def write(name, header, rows, *, delimiter=",", encoding="utf-8") -> Path:
        with (tmp_path / name).open("w", newline="", encoding=encoding) as file:
            csv.writer(file, delimiter=delimiter).writerows([header, *rows])
        return tmp_path / name

    write("HOLDERS.csv", sides.HOLDER_COLUMNS, HOLDERS)
    write("PEOPLE.csv", sides.PERSON_COLUMNS, PEOPLE)
    write.folder = tmp_path
    return write


def match(folder, holders="HOLDERS.csv", people="PEOPLE.csv", answer="ANSWER.csv"):
    return match_files(folder / holders, folder / people, folder / answer, reference=REFERENCE)


def answer(folder):
    with (folder / "ANSWER.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_an_answer_for_every_holder(desk):
    found = match(desk.folder)
    head, first, second, third = answer(desk.folder)
    assert head == ["holder_id", "status", "person_id", "reasons"]
    assert first == ["H1", "VERIFIED", "P1", "NAME_TIDIED;BIRTH_YEAR_ONLY"]
    assert second[:3] == ["H2", "MISMATCH", ""]
    assert third == ["H3", "INCOMPLETE", "", "NUMBER_MISSING;NAME_MISSING;BIRTH_MISSING"]
    assert (found.holders, found.people, found.statuses[ClaimStatus.VERIFIED]) == (3, 2, 1)
    assert (desk.folder / "ANSWER.csv").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(("delimiter", "encoding"), [(";", "utf-8"), ("\t", "utf-8-sig")])
def test_tables_as_programs_write_them(desk, delimiter, encoding):
    columns = [*reversed(sides.HOLDER_COLUMNS), "ghi chú"]
    desk("HOLDERS.csv", columns, [[*reversed(row), "x"] for row in HOLDERS], delimiter=delimiter, encoding=encoding)
    match(desk.folder)
    assert answer(desk.folder)[1][:3] == ["H1", "VERIFIED", "P1"]


def test_no_holder_and_nobody(desk):
    desk("HOLDERS.csv", sides.HOLDER_COLUMNS, [])
    desk("PEOPLE.csv", sides.PERSON_COLUMNS, [])
    assert match(desk.folder).holders == 0
    assert answer(desk.folder) == [["holder_id", "status", "person_id", "reasons"]]
    desk("HOLDERS.csv", sides.HOLDER_COLUMNS, HOLDERS)
    match(desk.folder)
    assert [row[1] for row in answer(desk.folder)[1:]] == ["NOT_FOUND", "NOT_FOUND", "INCOMPLETE"]


def wrong_columns(desk):
    desk("HOLDERS.csv", sides.HOLDER_COLUMNS[1:], [])


def double_column(desk):
    desk("HOLDERS.csv", [*sides.HOLDER_COLUMNS, "gender"], [])


def short_row(desk):
    desk("PEOPLE.csv", sides.PERSON_COLUMNS, [*PEOPLE, PEOPLE[0][:5]])


def open_quote(desk):
    with (desk.folder / "HOLDERS.csv").open("a", encoding="utf-8") as file:
        file.write('H4,"Nguyễn\n')


def utf_16(desk):
    desk("HOLDERS.csv", sides.HOLDER_COLUMNS, HOLDERS, encoding="utf-16")


def empty(desk):
    (desk.folder / "HOLDERS.csv").write_bytes(b"")


@pytest.mark.parametrize(
    ("damage", "error", "details"),
    [
        (wrong_columns, MatchColumnsMissing, {"columns": "holder_id"}),
        (double_column, MatchColumnTwice, {"column": "gender"}),
        (short_row, MatchRowUneven, {"row": 3, "values": 5, "columns": 11}),
        (open_quote, MatchFileUnreadable, {"reason": "the quotation marks are wrong after row 3"}),
        (utf_16, MatchFileUnreadable, {"reason": "it is no text, or UTF-16"}),
        (empty, MatchFileUnreadable, {"reason": "it is empty"}),
    ],
)
def test_what_is_wrong_is_said_and_nothing_written(desk, damage, error, details):
    (desk.folder / "ANSWER.csv").write_text("as it was", encoding="utf-8")
    damage(desk)
    with pytest.raises(error) as caught:
        match(desk.folder)
    assert details.items() <= caught.value.details.items()
    assert (desk.folder / "ANSWER.csv").read_text(encoding="utf-8") == "as it was"
    assert not [one for one in desk.folder.iterdir() if one.name.startswith(".")]


def test_text_of_another_code_page(desk):
    desk("HOLDERS.csv", sides.HOLDER_COLUMNS, [["H1", "Mai", *[""] * 6], ["H2", "Hà", *[""] * 6]], encoding="latin-1")
    with pytest.raises(MatchTextNotUtf8) as caught:
        match(desk.folder)
    assert caught.value.details["row"] == 2


@pytest.mark.parametrize("target", ["HOLDERS.csv", "PEOPLE.csv", "nowhere/ANSWER.csv"])
def test_the_answer_has_a_place_of_its_own(desk, target):
    before = (desk.folder / "HOLDERS.csv").read_bytes()
    with pytest.raises(MatchAnswerUnwritable):
        match(desk.folder, answer=target)
    assert (desk.folder / "HOLDERS.csv").read_bytes() == before


def test_the_command(desk):
    def run(arguments: str) -> subprocess.CompletedProcess[str]:
        start = "from landdata.start import main; main()"
        command = [sys.executable, "-c", start, "match", *arguments.split()]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=desk.folder)

    done = run("HOLDERS.csv --register PEOPLE.csv --out ANSWER.csv")
    assert (done.returncode, done.stderr) == (0, "")
    assert "VERIFIED" in done.stdout
    assert "Nguyễn" not in done.stdout
    refused = run("PEOPLE.csv --register PEOPLE.csv --out OTHER.csv")
    assert refused.returncode == 2
    assert refused.stderr.startswith("MATCH_COLUMNS_MISSING\nTệp PEOPLE.csv thiếu cột: holder_id, ")
    assert not (desk.folder / "OTHER.csv").exists()

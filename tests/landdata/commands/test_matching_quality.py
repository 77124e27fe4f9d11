"""The operator's command about matching: the same figures as text, as a table and as JSON."""

from __future__ import annotations

import csv
import io
import json

import pytest
from landworld import COMMUNES, row
from rich.console import Console

from landdata.commands import console
from landdata.settings import Settings


@pytest.fixture
def operator(command, desk, country_url, in_process, monkeypatch):
    """`landdata matching quality ARGUMENTS` where one of three holders is known to the platform."""
    monkeypatch.setattr(console, "settings", lambda: Settings(database_url=country_url, data_dir=desk.data_dir))
    monkeypatch.setattr(console, "out", Console(soft_wrap=True, highlight=False, markup=False, width=200))
    names = ("Đúng", "Lạ", "Không số")
    desk.deliver(
        [
            row(COMMUNES[0], at, holder_name=name, **({"id_number": None} if at == 3 else {}))
            for at, name in enumerate(names, 1)
        ]
    )
    desk.people.add("024070000001", "Đúng", "1970")
    desk.match()
    return lambda *arguments: command("matching", "quality", *arguments)


def test_the_same_figures_in_three_forms(operator):
    code, printed, error = operator("--format", "csv", "--division", "2023")
    assert (code, error, len(printed.splitlines())) == (0, "", 1)  # nobody has counted yet
    code, printed, error = operator("--count", "--division", "2023")
    assert (code, error) == (0, "")
    [line] = [one for one in printed.splitlines() if "Bắc Giang" in one]
    for words in ("33.3 %", "NUMBER_MISSING 1", "NUMBER_UNKNOWN 1"):
        assert words in line
    assert "Đúng" not in printed
    [told] = csv.DictReader(io.StringIO(operator("--format", "csv", "--division", "2023")[1]))
    assert (told["code"], told["claims"], told["verified"], told["match_rate"]) == ("24", "3", "1", "0.3333")
    said = json.loads(operator("--format", "json", "--level", "commune", "--parent", "24", "--division", "2023")[1])
    assert [(one["code"], one["now"]["verified"]) for one in said["units"]] == [(COMMUNES[0], 1)]


def test_what_is_unknown_is_said(operator):
    assert operator("--division", "1900")[2].splitlines()[0] == "DIVISION_UNKNOWN"
    assert operator("--level", "commune", "--parent", "999", "--division", "2023")[2].splitlines()[0] == "UNIT_UNKNOWN"

"""The operator's commands about movements and recounts, on real deliveries."""

from __future__ import annotations

import csv
import io
import json
from datetime import date

import pytest
from landworld import COMMUNES, Desk, row
from rich.console import Console

from landdata.commands import console
from landdata.settings import Settings

LATER = date(2023, 6, 1)


@pytest.fixture(scope="module")
def delivered(shared_desk):
    """Two communes on 28 March, a third in June."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("landdata.flows.check.open_layer", Desk.open_layer)
        shared_desk.deliver([row(COMMUNES[0], 1), row(COMMUNES[0], 2), row(COMMUNES[1], 1)])
        shared_desk.deliver([row(COMMUNES[2], 1)], effective_on=LATER)
    return shared_desk


@pytest.fixture
def operator(command, delivered, shared_country_url, monkeypatch):
    """`landdata coverage ARGUMENTS`."""
    settings = Settings(database_url=shared_country_url, data_dir=delivered.data_dir)
    monkeypatch.setattr(console, "settings", lambda: settings)
    monkeypatch.setattr(console, "out", Console(soft_wrap=True, highlight=False, markup=False, width=250))
    return lambda *arguments: command("coverage", *arguments)


def test_causes_in_three_forms(operator):
    asked = ("changes", "--from", "2023-03-01", "--to", "2023-07-01", "--division", "2023")
    code, printed, error = operator(*asked)
    assert (code, error) == (0, "")
    assert "giao nộp / delivery · LO-24 · lùi ngày / back-dated" in printed
    rows = list(csv.DictReader(io.StringIO(operator(*asked, "--format", "csv")[1])))
    assert [(one["kind"], one["communes_at_least"], one["provinces_at_most"]) for one in rows] == [
        ("BEFORE", "0", "0"), ("DELIVERY", "2", "1"), ("DELIVERY", "1", "0"), ("AFTER", "3", "1"),
    ]  # fmt: skip
    said = json.loads(operator(*asked, "--format", "json", "--unit", COMMUNES[2])[1])
    assert [(one["effective_on"], one["moved"]["parcels"]["at_least"]) for one in said["causes"]] == [("2023-06-01", 1)]
    assert "--first 2" in operator(*asked, "--limit", "1")[1]


def test_the_break_of_2025_lists_resolutions_and_units(operator):
    asked = ("changes", "--from", "2025-06-30", "--to", "2025-07-01", "--format", "json")
    said = json.loads(operator(*asked)[1])
    assert {one["kind"] for one in said["causes"]} == {"SUCCESSION"}
    for name in ("provinces", "districts", "communes", "parcels"):
        total = sum(one["moved"][name]["at_least"] for one in said["causes"])
        assert total == said["difference"][name]["at_least"]
    assert said["difference"]["districts"] == {"at_least": -1, "at_most": -1}
    moved = {one["resolution"]: {unit["level"] for unit in one["units"]} for one in said["causes"]}
    assert {"province"} in moved.values()
    assert {"district"} in moved.values()


def test_a_recount(operator):
    code, printed, _ = operator("recount", "--format", "json")
    assert code == 0
    assert [(one["parcels"], one["differences"]) for one in json.loads(printed)] == [(4, 0)]
    assert "4" in operator("recounts")[1]
    assert operator("mend", "999", "--by", "x", "--reason", "thử")[2].splitlines()[0] == "ADMINISTRATOR_NEEDED"

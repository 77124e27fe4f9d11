"""Indicators by command: listed, shown, loaded after a look, corrected, and their versions."""

from __future__ import annotations

import csv
import io
import json

import pytest

from landdata.commands import console
from landdata.settings import Settings

SAID = ("--by", "lan", "--source", "Báo cáo quý III")


@pytest.fixture(scope="module")
def given(shared_desk, shared_country_url):
    return Settings(database_url=shared_country_url, data_dir=shared_desk.data_dir)


@pytest.fixture
def run(given, command, monkeypatch):
    monkeypatch.setattr(console, "settings", lambda: given)
    return command


def test_what_is_measured_and_how_it_stands(run):
    assert "CERTIFIED_COPY" in run("indicators", "list")[1]
    assert len(json.loads(run("indicators", "list", "--format", "json")[1])) == 6
    shown = run("indicators", "show", "ONLINE_PAYMENT", "--on", "2021-06-16", "--level", "all")[1]
    assert "601" in shown
    told = run("indicators", "show", "RESULT_SYNC", "--level", "commune", "--division", "2025", "--csv")[1]
    rows = list(csv.DictReader(io.StringIO(told)))
    assert (len(rows), sum(int(one["total_at_most"]) for one in rows)) == (34, 9513)
    code, _, said = run("indicators", "show", "WEATHER")
    assert (code, said.split()[0]) == (2, "INDICATOR_UNKNOWN")


def test_a_table_is_looked_at_loaded_once_and_corrected(run, tmp_path):
    path = tmp_path / "quy3.csv"
    path.write_text("Đối tượng,Trạng thái\nBắc Ninh,xong\n", encoding="utf-8")
    load = ("indicators", "load", "LAND_TAX_PAYMENT", path, "--on", "2026-09-30", *SAID)
    code, out, said = run(*load)
    assert (code, said.split()[0]) == (2, "INDICATOR_TABLE_REFUSED")
    assert "INDICATOR_STATE_UNKNOWN" in out
    path.write_text("Đối tượng,Trạng thái\nBắc Ninh,TESTING\n", encoding="utf-8")
    assert "NEW 1" in run(*load, "--look")[1]
    assert "new 1" in run(*load)[1]
    assert "new 0" in run(*load)[1]
    correct = (
        "indicators", "correct", "LAND_TAX_PAYMENT", "--subject", "Bắc Ninh", "--on", "2026-09-30",
        "--set", "state=COMPLETED", *SAID,
    )  # fmt: skip
    assert "changed 1" in run(*correct, "--reason", "đính chính")[1]
    assert run(*correct[:-6], "--set", "subject=Huế", *SAID, "--reason", "x")[0] == 2
    lines = run("indicators", "versions", "LAND_TAX_PAYMENT")[1].splitlines()
    assert [("v2" in one, "COMPLETED" in one, "lan: đính chính" in one) for one in lines if "v2" in one] == [
        (True, True, True)
    ]

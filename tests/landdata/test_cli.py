"""The command line as an operator types it: figures as text and JSON, ten decimals, and errors that say what to do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from landworld import COMMUNES, Desk, row
from typer.testing import CliRunner

from landdata import cli
from landdata.commands import console
from landdata.flows import verify
from landdata.settings import Settings


@dataclass
class Done:
    code: int
    out: str
    err: str


@pytest.fixture(scope="module")
def desk(shared_country, tmp_path_factory) -> Iterator[Desk]:
    patch = pytest.MonkeyPatch()
    patch.setattr("landdata.flows.check.open_layer", Desk.open_layer)
    made = Desk(shared_country, tmp_path_factory.mktemp("data"))
    made.deliver([row(COMMUNES[0], 1), row(COMMUNES[1], 1)], simulated=True)
    yield made
    patch.undo()


@pytest.fixture
def run(desk, shared_country_url, monkeypatch, capsys) -> Callable[..., Done]:
    """Calls `landdata ARGS` in this process, with the settings of the test's database."""
    monkeypatch.setattr(console, "settings", lambda: Settings(database_url=shared_country_url, data_dir=desk.data_dir))

    def call(*arguments: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["landdata", *arguments])
        capsys.readouterr()
        try:
            cli.main()
            code = 0
        except SystemExit as left:
            code = int(left.code or 0)
        caught = capsys.readouterr()
        return Done(code, caught.out, caught.err)

    return call


@pytest.fixture
def plain(desk, shared_country_url, monkeypatch) -> Callable[..., str]:
    """The same through Typer's runner, which also catches what goes to rich's console."""
    monkeypatch.setattr(console, "settings", lambda: Settings(database_url=shared_country_url, data_dir=desk.data_dir))

    def call(*arguments: str) -> str:
        result = CliRunner().invoke(cli.app, list(arguments))
        assert result.exit_code == 0, result.output
        return result.output

    return call


def test_coverage_as_json(run):
    done = run("coverage", "--on", "2023-03-28", "--format", "json")
    found = json.loads(done.out)
    assert (done.code, found["division"], found["parcels"], found["simulated"], found["backfilled"]) == (
        0,
        "2023",
        2,
        True,
        True,
    )
    assert {one["level"]: (one["connected"]["at_least"], one["total"]) for one in found["levels"]} == {
        "province": (1, 63), "district": (1, 705), "commune": (2, 10_599),
    }  # fmt: skip


def test_coverage_as_text(plain):
    text = plain("coverage", "--on", "2023-03-28", "--division", "2023")
    assert "10,599" in text
    assert "705" in text
    assert "MÔ PHỎNG" in text
    assert "back-dated" in text
    later = plain("coverage", "--on", "2025-07-01")
    assert "3,321" in later
    assert "districts" not in later
    assert "MÔ PHỎNG" not in plain("coverage", "--on", "2023-03-27")


def test_units(run, plain):
    assert "Tỉnh Bắc Giang" in plain("units", "show", "24", "--level", "province", "--on", "2023-03-28")
    assert "Tỉnh Bắc Ninh" in plain("units", "show", "24", "--level", "province", "--on", "2025-07-01")
    assert (
        json.loads(run("units", "show", "24", "--on", "2023-03-28", "--format", "json").out)["valid_to"] == "2025-07-01"
    )
    assert plain("units", "versions", "24", "--level", "province").count("\n") >= 2
    assert "24 Tỉnh Bắc Giang -> 24 Tỉnh Bắc Ninh  merge (full)" in plain("units", "became", "24", "--on", "2023-03-28")
    assert plain("units", "consisted-of", "24", "--on", "2025-07-01").count("->") == 2


def test_coordinates_with_ten_decimals(run):
    done = run("crs", "to-wgs84", "9210", "603992.97", "1191830.25")
    lon, lat = done.out.split()
    assert (done.code, len(lon.split(".")[1]), len(lat.split(".")[1])) == (0, 10, 10)
    assert (float(lon), float(lat)) == (pytest.approx(106.702686188, abs=1e-9), pytest.approx(10.775881506, abs=1e-9))
    assert run("crs", "from-wgs84", "9210", lon, lat).out == "603992.9700 1191830.2500\n"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["crs", "to-wgs84", "4326", "1", "2"], "ZONE_UNKNOWN"),
        (["crs", "to-wgs84", "9210", "1191830.25", "603992.97"], "COORDINATE_OUT_OF_RANGE"),
        (["units", "show", "999", "--on", "2023-03-28"], "UNIT_UNKNOWN"),
        (["coverage", "--division", "1999"], "DIVISION_UNKNOWN"),
        (["offices", "add-person", "x", "X", "NO"], "OFFICE_UNKNOWN"),
        (["offices", "grant-backfill", "LO-24", "--reason=x", "--requested-by=lan", "--approved-by=lan"],
         "SECOND_PERSON_NEEDED"),
        (["clients", "disable", "nobody"], "CLIENT_UNKNOWN"),
        (["agreements", "end", "no", "--by=lan", "--reason=x"], "AGREEMENT_UNKNOWN"),
        (["reference", "load", "--from", "/nowhere"], "REFERENCE_DATA_DAMAGED"),
    ],
)  # fmt: skip
def test_an_error_says_what_and_what_to_do_in_two_languages(run, arguments, code):
    done = run(*arguments)
    assert (done.code, done.out) == (2, "")
    first, vietnamese, english = done.err.strip().splitlines()
    assert first == code
    assert any(ord(letter) > 127 for letter in vietnamese)
    assert english.isascii() or "VN" in english
    assert "{" not in done.err


def test_without_a_database_it_says_so(tmp_path):
    env = {
        "PATH": os.environ["PATH"],
        "LANDDATA_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        "LANDDATA_DATA_DIR": str(tmp_path),
    }
    command = [sys.executable, "-c", "from landdata.cli import main; main()", "coverage"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, cwd=Path.cwd(), check=False)
    assert (done.returncode, done.stderr.splitlines()[0]) == (2, "DATABASE_UNAVAILABLE")
    assert "Traceback" not in done.stderr


def test_the_access_log(run, desk):
    desk.agree()
    desk.ask("024070000001")
    final = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint > (SELECT max(tx) FROM audit.access_event)"
    while not desk.scalar(final):
        time.sleep(0.01)
    assert "niêm phong / seal 1: 1" in run("access-log", "seal").out.lower().replace("niêm", "niêm")
    assert "nothing new" in run("access-log", "seal").out
    intact = run("access-log", "verify", "--format", "json")
    assert (intact.code, json.loads(intact.out)["sealed"]) == (0, 1)
    (desk.data_dir / "anchors/access-log.jsonl").write_text(json.dumps({"seal_no": 1, "head": "00"}) + "\n")
    tampered = run("access-log", "verify")
    assert tampered.code == 1
    assert "TAMPERED WITH" in tampered.out
    assert not verify.verify(desk.db, settings=desk.settings).intact


def test_status_lists_and_loads(run):
    assert run("db", "status").code == 0
    assert "LO-24" in run("offices", "list").out
    assert "unchanged: 29" in run("reference", "load").out
    assert run("db", "migrate").code == 0

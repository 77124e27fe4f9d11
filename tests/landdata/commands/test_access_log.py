"""The commands over the log: what they print, their exit codes, and that a number is never an argument."""

from __future__ import annotations

import csv
import io
import json

import pytest
from landworld import COMMUNES, CONSUMER, SERVICE, Desk, row
from logworld import add

from landdata.commands import console
from landdata.settings import Settings

WHO = ("--by", "lan", "--reason", "khiếu nại 12", "--file", "TT-1")
NUMBER = "024070000001"


@pytest.fixture
def landdata(country, tmp_path, command, monkeypatch):
    """`landdata access-log ARGUMENTS` on a log with three look-ups, and the desk; `typed` is standard input."""
    desk = Desk(country, tmp_path)
    settings = Settings(data_dir=tmp_path, database_url=country.engine.url.render_as_string(hide_password=False))
    monkeypatch.setattr(console, "settings", lambda: settings)
    monkeypatch.setattr("landdata.flows.check.open_layer", Desk.open_layer)
    desk.deliver([row(COMMUNES[0], 1)])
    desk.agree()
    for number in (NUMBER, "024070000002", NUMBER):
        desk.ask(number, case_file_no="=HYPERLINK(1)")

    def call(*words: object, typed: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        return command("access-log", *words)

    return desk, call


def test_seal_status_verify_and_evidence(landdata, tmp_path):
    desk, call = landdata
    assert "s" in call("status")[1]
    add(desk, 0)
    assert "niêm phong / seal 1: 3" in call("seal")[1].lower()
    assert "nothing new" in call("seal")[1]
    code, said, _ = call("status", "--format", "json")
    assert (code, json.loads(said)["seal_no"], json.loads(said)["stopped"]) == (0, 1, False)
    code, said, _ = call("verify", "--format", "json")
    assert (code, json.loads(said)["sealed"], json.loads(said)["faults"]) == (0, 3, [])
    assert call("verify", "--head", f"1;sha-256={'00' * 32}")[0] == 1
    assert call("verify", "--head", "nonsense")[0] == 2
    out = tmp_path / "evidence.json"
    code, said, _ = call("evidence", 2, "--out", out, *WHO)
    assert (code, "access_id 2" in said) == (0, True)
    assert json.loads(out.read_text())["entry"]["access_id"] == 2
    assert call("keys", "rotate")[0] == 0
    assert len(call("keys", "list")[1].splitlines()) == 2
    # A fault is named, a doubt has an exit code of its own.
    desk.execute("ALTER TABLE audit.access_event DISABLE TRIGGER append_only")
    desk.execute("UPDATE audit.access_event SET at = at - interval '2 days' WHERE access_id = 4")
    add(desk, 0)
    call("seal")
    code, said, _ = call("verify")
    assert (code, "CẦN XEM / LOOK: access_id 4" in said) == (3, True)
    desk.execute("UPDATE audit.access_event SET officer_code = 'X' WHERE access_id = 2")
    code, said, _ = call("verify")
    assert (code, "seal 1, access_id 2: dòng này đã bị sửa / this entry was changed" in said) == (1, True)


def test_search_by_a_number_that_is_typed(landdata):
    _, call = landdata
    code, said, _ = call("search", *WHO, "--client", CONSUMER, "--format", "json", "--limit", 2)
    found = json.loads(said)
    assert (code, [one["access_id"] for one in found["entries"]], found["before"]) == (0, [3, 2], 2)
    code, said, _ = call("search", *WHO, "--citizen", typed=f"{NUMBER}\n")
    assert (code, said.count(SERVICE), "2 dòng / entries" in said) == (0, 2, True)
    assert NUMBER not in said
    assert call("search", *WHO, "--citizen", typed="12\n")[0] == 2
    assert call("search", *WHO, "--citizen", NUMBER)[0] == 2
    _, said, _ = call("search", *WHO, "--procedure", SERVICE, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(said)))
    assert [one["case_file_no"] for one in rows] == ["'=HYPERLINK(1)"] * 3


def test_a_citizens_view_and_its_delay(landdata):
    _, call = landdata
    code, said, _ = call("citizen", *WHO, typed=NUMBER)
    assert (code, said.count(SERVICE), "CB-1" in said) == (0, 2, False)
    asked = ("--by", "lan", "--reason", "x")
    code, said, _ = call("delay", "--client", CONSUMER, "--legal-ground", "Điều 1", "--days", 9, *asked)
    assert (code, said.split()) == (0, ["1", "ASKED"])
    assert call("delay-step", 1, "APPROVED", *asked)[0] == 2
    assert call("delay-step", 1, "APPROVED", "--by", "minh", "--reason", "x")[0] == 0
    assert "1 APPROVED police: 9 ngày / days; Điều 1 (lan, minh)" in call("delays")[1]
    assert SERVICE not in call("citizen", *WHO, typed=NUMBER)[1]

"""Sources and alerts by command: noted, paused, shown and listed, and what cannot be done says why."""

from __future__ import annotations

import csv
import io
import json

import pytest
from standardwebhooks import Webhook as Verifier

from landdata.commands import console
from landdata.settings import Settings

BY = ("--by", "lan", "--reason", "công văn 12")


@pytest.fixture(scope="module")
def given(shared_desk, shared_country_url):
    return Settings(database_url=shared_country_url, data_dir=shared_desk.data_dir)


@pytest.fixture
def run(given, command, monkeypatch):
    monkeypatch.setattr(console, "settings", lambda: given)
    return command


def test_a_promise_that_is_missed_and_a_pause(run):
    code, said, _ = run("sources", "promise", "LO-24", "--first-due-on", "2026-01-31", "--communes", "9", *BY)
    assert code == 0
    assert "PROMISED" in said
    assert "lan: công văn 12" in said
    assert "opened" in run("alerts", "look")[1]
    [alert] = json.loads(run("alerts", "list", "--format", "json")[1])
    assert (alert["rule"]["code"], alert["subject"]) == ("SOURCE_OVERDUE", "LO-24")
    assert "SOURCE_OVERDUE" in run("alerts", "list")[1]
    assert "PAUSED" in run("sources", "pause", "LO-24", *BY)[1]
    assert run("sources", "pause", "LO-24", *BY)[2].startswith("SOURCE_STEP_UNFIT")
    run("alerts", "look")
    assert run("alerts", "list")[1] == ""
    assert "SOURCE_OVERDUE" in run("alerts", "list", "--closed")[1]
    assert "RESUMED" in run("sources", "resume", "LO-24", *BY)[1]
    assert "ENDED" in run("sources", "end", "LO-24", *BY)[1]
    shown = json.loads(run("sources", "show", "LO-24", "--format", "json")[1])
    assert [one["step"] for one in shown["events"]] == list(range(1, len(shown["events"]) + 1))


def test_lists_in_three_forms(run):
    assert "LO-24" in run("sources", "list")[1]
    listed = json.loads(run("sources", "list", "--format", "json", "--division", "2025")[1])
    rows = list(csv.DictReader(io.StringIO(run("sources", "list", "--csv", "--division", "2025")[1])))
    assert len(rows) == len(listed["without"]) + 1 == 34
    assert [one["province_name"] for one in rows if one["office"] == "LO-24"] == ["Tỉnh Bắc Ninh"]


def test_rules_are_changed_with_a_reason(run):
    assert "SOURCE_SILENT" in run("alerts", "rules")[1]
    assert run("alerts", "set", "SOURCE_SILENT", "--threshold", "4", "--off", *BY)[1].startswith(
        "SOURCE_SILENT >= 4 TIMES"
    )
    assert "lan: công văn 12" in run("alerts", "rules", "--history")[1]
    assert run("alerts", "set", "NONE", *BY)[2].startswith("ALERT_RULE_UNKNOWN")
    assert run("alerts", "set", "SOURCE_SILENT", "--threshold", "-1", *BY)[2].startswith("ALERT_RULE_UNFIT")
    assert run("sources", "promise", "LO-24", *BY)[2].startswith("PROMISE_UNFIT")
    assert run("sources", "show", "NOBODY")[2].startswith("SOURCE_UNKNOWN")


def test_the_secret_verifies_and_is_of_its_address(run):
    first, other = (run("alerts", "webhook-secret", f"https://{name}.example/")[1].strip() for name in "ab")
    assert first != other
    assert len(Verifier(first)._whsecret) == 32

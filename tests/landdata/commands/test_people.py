"""Accounts at the command line: a code is printed once, secrets are never arguments, and everything is on record."""

from __future__ import annotations

import inspect
import json

import pytest

from landdata.commands import people as commands
from landdata.flows import offices, people
from landdata.flows.entrance import Entrance, Visitor, sign_in
from landdata.flows.passwords import Passwords
from landdata.model.people import Stage
from landdata.settings import Settings
from landdata.store.keys import make_all


@pytest.fixture
def run(command, database, monkeypatch):
    """`landdata people ARGUMENTS` on this database."""
    url = database.engine.url.render_as_string(hide_password=False)
    monkeypatch.setattr("landdata.commands.console.settings", lambda: Settings(database_url=url))
    offices.register_office(database, code="MAE", kind="MINISTRY", name_vi="Bộ", name_en="Ministry")
    offices.register_office(database, code="LO-24", kind="LAND_OFFICE", name_vi="VP", name_en="Office")
    return lambda *arguments: command("people", *arguments)


def test_from_the_first_administrator_to_a_closed_account(run, database, tmp_path):
    assert run("add", "lan", "Nguyễn Thị Lan", "MAE")[0] == 0
    status, out, err = run("add", "minh", "Trần Văn Minh", "LO-24")
    assert (status, len(out.strip()), "once" in err) == (0, 19, True)
    entered = sign_in(
        Entrance(database, Passwords(memory_kib=64, passes=1), make_all(tmp_path)), login="minh", password=out.strip(),
        visitor=Visitor("10.0.0.1"),
    )  # fmt: skip
    assert entered.stage is Stage.NEW_PASSWORD
    assert run("grant", "minh", "land_officer", "--reason", "x")[2].startswith("ADMINISTRATOR_NEEDED")
    assert run("grant", "lan", "administrator", "--reason", "đầu tiên")[0] == 0
    assert run("grant", "minh", "LAND_OFFICER", "--reason", "x", "--by", "lan")[0] == 0
    assert run("revoke", "lan", "ADMINISTRATOR", "--reason", "x", "--by", "minh")[2].startswith("LAST_ADMINISTRATOR")
    for act in ("reset-password", "reset-second-factor"):
        assert run(act, "minh", "--by", "lan")[0] == 0
    assert run("link", "minh", "https://id.example", "u-77", "--by", "lan")[0] == 0
    assert run("sessions", "minh")[:2] == (0, "")
    assert run("sessions", "minh", "--end", "--by", "lan")[:2] == (0, "0\n")
    assert run("disable", "minh", "--reason", "nghỉ", "--by", "lan")[0] == 0
    [lan, minh] = json.loads(run("list", "--format", "json")[1])
    assert (lan["roles"], minh["roles"], minh["disabled"], minh["linked"]) == (
        ["ADMINISTRATOR"],
        ["LAND_OFFICER"],
        True,
        1,
    )
    assert "đóng / closed" in run("list")[1]
    assert run("enable", "minh", "--reason", "về", "--by", "lan")[0] == 0
    kinds = [line.split()[2] for line in run("events", "--login", "minh")[1].splitlines()]
    assert kinds == [
        "ENABLED", "DISABLED", "SESSION_ENDED", "LINKED", "FACTOR_RESET", "PASSWORD_RESET", "GRANTED", "ADDED",
    ]  # fmt: skip
    assert out.strip() not in run("events", "--format", "json")[1]
    assert len(json.loads(run("events", "--kind", "added", "--format", "json")[1])) == 2
    assert run("roles")[1].count("\n") == 18


def test_no_command_takes_a_secret_as_an_argument():
    for name, act in inspect.getmembers(commands, inspect.isfunction):
        if name.startswith("people_"):
            assert not {"password", "code", "secret"} & set(inspect.signature(act).parameters), name


def test_an_official_who_was_registered_before_gets_an_account(run, database):
    offices.register_person(database, login="lan", full_name="Lan", office_code="MAE")
    assert run("add", "lan", "Nguyễn Thị Lan", "MAE")[0] == 0
    assert [(one.login, one.full_name) for one in people.every(database)] == [("lan", "Nguyễn Thị Lan")]

"""Pulls from OpenSSH's SFTP: complete files only, each once however often the worker is killed, a pinned host key."""

from __future__ import annotations

import json
import shutil

import pytest
from landworld import COMMUNES, DAY, geojson, row
from provinceworld import openssh
from pullworld import connect, last, parcels, pulled, work

from landdata.connectors import sftp
from landdata.model.connections import Outcome
from landdata.store import connections

SAID = json.dumps({"effective_on": DAY.isoformat(), "epsg": 9214}).encode()


class Killed(BaseException):
    """As SIGKILL: nothing of ours catches it."""


@pytest.fixture(scope="module")
def served():
    with openssh() as made:
        yield made


@pytest.fixture
def area(served, desk):
    for one in served.root.iterdir():
        shutil.rmtree(one) if one.is_dir() else one.unlink()
    folder = desk.keys.folder / "connections"
    folder.mkdir()
    (folder / "drop.key").write_bytes(served.key)
    (folder / "drop.key").chmod(0o600)
    return served


def put(area, name, *numbers: int, done=True):
    area.put(f"{name}.json", SAID, done=False)
    area.put(name, geojson([row(COMMUNES[0], number) for number in numbers]), done=done)


def test_complete_files_become_deliveries_and_are_put_away(desk, area, in_process):
    put(area, "a.geojson", 1, 2)
    put(area, "b.geojson", 3, done=False)
    area.put("c.geojson.part", b"half")
    uid = connect(desk, area.terms())
    assert pulled(desk, uid) is Outcome.DELIVERED
    [delivery] = last(desk, uid).deliveries
    mark = str(delivery)[:8]
    assert [one for one in area.below() if "taken" in one] == [
        f"taken/{mark}-a.geojson", f"taken/{mark}-a.geojson.done", f"taken/{mark}-a.geojson.json"
    ]  # fmt: skip
    # Its size and time are what they were at the last look: it is complete.
    assert pulled(desk, uid) is Outcome.DELIVERED
    assert pulled(desk, uid) is Outcome.UNCHANGED
    assert desk.rows("SELECT file_name FROM intake.delivery ORDER BY 1") == [("a.geojson",), ("b.geojson",)]
    work(desk)
    assert desk.rows("SELECT DISTINCT state, effective_on FROM intake.delivery") == [("PUBLISHED", DAY)]
    assert parcels(desk) == 1  # b speaks for the commune as a whole
    assert "c.geojson.part" in area.below()


def test_killed_at_any_moment(desk, area, in_process, monkeypatch):
    """Before the file is taken in, after that, before it is put away, in the midst of that and before the pull is noted."""
    uid = connect(desk, area.terms())
    for number, (place, name) in enumerate(
        [(sftp.Drop, "fetch"), (connections, "go_on"), (sftp.Drop, "put_away"), (connections, "end")], 1
    ):
        put(area, f"{name}.geojson", number)

        def killed(*_: object, **__: object) -> None:
            raise Killed

        with monkeypatch.context() as patch:
            patch.setattr(place, name, killed)
            with pytest.raises(Killed):
                pulled(desk, uid)
        for _ in range(2):
            pulled(desk, uid)
        assert desk.sizes("intake")["delivery"] == number, name
        assert [one for one in area.below() if not one.startswith("taken/")] == []
    outcomes = [one for (one,) in desk.rows("SELECT outcome FROM sync.pull ORDER BY pull_no")]
    assert outcomes.count("KILLED") == 4


def test_what_an_office_does_not_let_us_move_is_taken_once(desk, area, in_process):
    put(area, "a.geojson", 1)
    (area.root / "taken").write_bytes(b"a file in the folder's place")
    uid = connect(desk, area.terms())
    assert [pulled(desk, uid) for _ in range(3)] == [Outcome.DELIVERED, Outcome.UNCHANGED, Outcome.UNCHANGED]
    assert desk.sizes("intake")["delivery"] == 1


def test_one_file_that_is_refused_at_the_door_keeps_no_other_waiting(desk, area, in_process):
    area.put("a.geojson.json", b'{"kind": "everything"}', done=False)
    area.put("a.geojson", b"{}")
    put(area, "b.geojson", 1)
    uid = connect(desk, area.terms())
    assert pulled(desk, uid) is Outcome.DELIVERED
    assert "taken/refused-a.geojson" in area.below()
    assert desk.rows("SELECT file_name FROM intake.delivery") == [("b.geojson",)]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        (
            {"host_key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ3Z8mWn0vVxkNXzWc0Zt4tW2xkq1w5b7mJ8p2yQ0Xk7"},
            "PULL_HOST_KEY",
        ),
        ({"user_name": "somebody"}, "PULL_DENIED"),
        ({"collection": "/nowhere"}, "PULL_ABSENT"),
        ({"secret_file": "other.key"}, "CONNECTION_SECRET_UNREADABLE"),
    ],
)
def test_what_goes_wrong_is_named(desk, area, changed, code):
    uid = connect(desk, area.terms(**changed))
    assert pulled(desk, uid) is Outcome.FAILED
    assert last(desk, uid).code == code

"""The drop folder: complete files only, each once however often the worker is killed, and a report for every one."""

from __future__ import annotations

import json
import os

import pytest
from landworld import COMMUNES, DAY, geojson, row

from landdata.flows.drop import Drop
from landdata.settings import Settings
from landdata.store import drop as folders

DATA = geojson([row(COMMUNES[0], 1), row(COMMUNES[0], 2), row(COMMUNES[0], 3, ring=None)])
SAID = json.dumps({"effective_on": DAY.isoformat(), "kind": "full", "epsg": 9214})


class Killed(BaseException):
    """As SIGKILL: nothing of ours catches it."""


@pytest.fixture
def place(desk, tmp_path, in_process):
    root = tmp_path / "drop"
    (root / "LO-24" / "incoming").mkdir(parents=True)
    return root / "LO-24"


@pytest.fixture
def fresh(desk, place):
    """A worker that has just started."""
    settings = Settings(data_dir=desk.data_dir, drop_dir=str(place.parent), delivery_max_bytes=1_000_000)
    return lambda: Drop(desk.db, desk.keys, settings)


def put(place, name, data=DATA, said=SAID):
    if said is not None:
        (place / "incoming" / f"{name}.json").write_text(said)
    (place / "incoming" / name).write_bytes(data)


def work(desk):
    for (uid,) in desk.rows("SELECT delivery_uid FROM intake.delivery WHERE state = 'RECEIVED'"):
        desk.work(uid)


def below(place):
    return sorted(str(path.relative_to(place)) for path in place.rglob("*") if not path.is_dir())


def report(place, folder, name):
    return json.loads((place / folder / f"{name}.report.json").read_text(encoding="utf-8"))


def test_a_file_is_taken_in_worked_off_and_reported(desk, place, fresh):
    drop = fresh()
    put(place, "thua.gpkg")
    assert drop.look() == 0
    assert desk.sizes("intake")["delivery"] == 0  # seen once: may still be written
    assert drop.look() == 0
    assert desk.sizes("intake")["delivery"] == 1
    assert drop.look() == 0  # under way
    work(desk)
    assert drop.look() == 1
    assert below(place) == ["done/thua.gpkg", "done/thua.gpkg.json", "done/thua.gpkg.report.json"]
    said = report(place, "done", "thua.gpkg")
    assert said["state"] == "PUBLISHED"
    assert (said["ledger"][0]["rows_new"], said["ledger"][0]["rows_refused"]) == (2, 1)
    assert [(one["row"], one["code"]) for one in said["findings"]] == [(3, "GEOMETRY_MISSING")]
    assert said["findings"][0]["mend_en"]
    assert desk.rows("SELECT file_name, declared_epsg, effective_on FROM intake.delivery") == [("thua.gpkg", 9214, DAY)]
    # Another file of the name, another day: nothing that was put away is overwritten.
    put(place, "thua.gpkg", b"no map")
    drop.look(), drop.look()
    work(desk)
    drop.look()
    assert report(place, "refused", "thua.gpkg")["refusal"]["code"] == "FORMAT_UNKNOWN"
    put(place, "thua.gpkg", DATA + b" ")
    drop.look(), drop.look()
    work(desk)
    drop.look()
    assert (place / "done" / "thua.2.gpkg").exists()
    assert (place / "done" / "thua.2.gpkg.report.json").exists()


def test_killed_at_any_moment(desk, place, fresh, monkeypatch):
    """A kill before the first rename and after each of the six; the last round is left in peace."""
    move = folders._move
    for moment in range(8):
        name, left = f"thua-{moment}.geojson", [moment]
        put(place, name)

        def counted(*given: object, left: list[int] = left) -> None:
            if left[0] == 0:
                raise Killed
            left[0] -= 1
            move(*given)
            if left[0] == 0:
                raise Killed

        with monkeypatch.context() as patch:
            patch.setattr(folders, "_move", counted)
            drop, killed = fresh(), False
            try:
                for _ in range(4):
                    drop.look()
                    work(desk)
            except Killed:
                killed = True
        assert killed == (moment < 7)
        drop = fresh()
        for _ in range(4):
            drop.look()
            work(desk)
        assert [one for one in below(place) if name in one] == [
            f"done/{name}", f"done/{name}.json", f"done/{name}.report.json"
        ]  # fmt: skip
        assert list((place / ".working").iterdir()) == []
        assert desk.sizes("intake")["delivery"] == moment + 1
        assert report(place, "done", name)["state"] == "PUBLISHED"
        assert (place / "done" / name).read_bytes() == DATA


def test_what_waits_for_a_second_person_is_reported_as_waiting(desk, place, fresh):
    drop = fresh()
    for name, many in (("all.geojson", 30), ("few.geojson", 1)):
        put(place, name, geojson([row(COMMUNES[0], number + 1) for number in range(many)]))
        drop.look(), drop.look()
        work(desk)
        assert drop.look() == 1
    assert report(place, "done", "all.geojson")["state"] == "PUBLISHED"
    assert report(place, "done", "few.geojson")["state"] == "WAITING"


def test_what_is_half_hidden_or_no_file_is_left(desk, place, fresh, tmp_path):
    incoming, drop = place / "incoming", fresh()
    secret = tmp_path / "secret.geojson"
    secret.write_bytes(DATA)
    (incoming / "link.geojson").symlink_to(secret)
    os.mkfifo(incoming / "pipe.geojson")
    (incoming / ".hidden.geojson").write_bytes(DATA)
    (incoming / "half.geojson.part").write_bytes(DATA)
    (incoming / "later.gpkg.json").write_text(SAID)  # declarations that came before their file
    (incoming / "folder").mkdir()
    before = below(place)
    (place.parent / "LO-99").symlink_to(place)
    (place.parent / "note.txt").write_text("x")
    (place.parent / "LO-26").mkdir()
    (place.parent / "LO-26" / "incoming").symlink_to(incoming)
    for _ in range(3):
        assert drop.look() == 0
    assert below(place) == before
    assert desk.sizes("intake")["delivery"] == 0
    # A link put in a file's place after it was seen is not followed either.
    put(place, "swapped.geojson", said=None)
    drop.look()
    tray = folders.Tray
    claim = tray.claim

    def swapping(self, name: str) -> None:
        (incoming / name).unlink()
        (incoming / name).symlink_to(secret)
        claim(self, name)

    tray.claim = swapping
    try:
        assert drop.look() == 0
    finally:
        tray.claim = claim
    assert desk.sizes("intake")["delivery"] == 0


def test_a_file_that_grows_waits(desk, place, fresh):
    drop = fresh()
    for size in (100, 200, len(DATA)):
        put(place, "thua.geojson", DATA[:size])
        drop.look()
    assert desk.sizes("intake")["delivery"] == 0
    drop.look()
    work(desk)
    assert drop.look() == 1
    assert report(place, "done", "thua.geojson")["state"] == "PUBLISHED"


REFUSED = [
    (DATA, '{"epsg": 4326}', "ZONE_UNKNOWN"),
    (DATA, "{", "DECLARATIONS_UNREADABLE"),
    (DATA, "[]", "DECLARATIONS_UNREADABLE"),
    (DATA, "7", "DECLARATIONS_UNREADABLE"),
    (DATA, '{"office": "LO-01"}', "DECLARATIONS_UNREADABLE"),
    (DATA, '{"communes": "07201"}', "DECLARATIONS_UNREADABLE"),
    (DATA, '{"effective_on": "2023-03-28", "communes": ["99999"]}', "COMMUNES_UNFIT"),
    (DATA, '{"kind": "half"}', "DECLARATIONS_UNREADABLE"),
    (b"", None, "DELIVERY_EMPTY"),
    (b" " * 1_000_001, None, "DELIVERY_TOO_LARGE"),
]


def test_refused_at_the_door(desk, place, fresh):
    drop = fresh()
    for number, (data, said, _) in enumerate(REFUSED):
        put(place, f"thua-{number}.geojson", data, said)
    drop.look()
    assert drop.look() == len(REFUSED)
    for number, (_, _, code) in enumerate(REFUSED):
        found = report(place, "refused", f"thua-{number}.geojson")
        assert (found["state"], found["delivery_uid"], found["refusal"]["code"]) == ("REFUSED", None, code)
        assert found["refusal"]["mend_vi"]
    assert desk.sizes("intake")["delivery"] == 0


def test_an_office_that_is_not_known_and_a_key_of_ones_own(desk, place, fresh, caplog):
    drop = fresh()
    (place.parent / "LO-77" / "incoming").mkdir(parents=True)
    put(place.parent / "LO-77", "thua.geojson")
    put(place, "one.geojson", said=json.dumps({"effective_on": DAY.isoformat(), "key": "mine"}))
    drop.look()
    assert drop.look() == 1
    assert "LO-77" in caplog.text
    assert report(place.parent / "LO-77", "refused", "thua.geojson")["refusal"]["code"] == "OFFICE_UNKNOWN"
    assert desk.rows("SELECT idempotency_key FROM intake.delivery") == [("mine",)]
    # The same key for another file is refused at the door.
    put(place, "two.geojson", said=json.dumps({"effective_on": DAY.isoformat(), "key": "mine"}))
    drop.look(), drop.look()
    assert report(place, "refused", "two.geojson")["refusal"]["code"] == "DELIVERY_KEY_REUSED"


def test_no_folder_and_none_wanted(desk, place, fresh, caplog):
    drop = fresh()
    drop.settings = replace_settings(drop.settings, "")
    assert drop.look() == 0
    assert caplog.text == ""
    # What is amiss is said once, until it changes.
    nowhere = place / "nowhere"
    drop.settings = replace_settings(drop.settings, str(nowhere))
    for _ in range(3):
        assert drop.look() == 0
    assert [one.getMessage() for one in caplog.records] == ["the drop folder is not there"]
    (nowhere / "LO-24").mkdir(parents=True)
    drop.look(), drop.look()
    nowhere.rename(place / "elsewhere")
    drop.look(), drop.look()
    said = ["not there" in one.getMessage() for one in caplog.records]
    assert (said, "LO-24" in caplog.records[1].getMessage()) == ([True, False, True], True)


def replace_settings(settings, drop_dir):
    return settings.model_copy(update={"drop_dir": drop_dir})

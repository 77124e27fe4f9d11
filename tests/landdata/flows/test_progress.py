"""How far a delivery is: seen from outside while it is worked on, and never more often written than needed."""

from __future__ import annotations

from uuid import uuid4

import pytest
from landworld import COMMUNES, geojson, row
from sqlalchemy import text

from landdata.errors import DeliveryUnknown
from landdata.flows import check, progress, receive
from landdata.model.clients import ProvinceOffice
from landdata.model.deliveries import Glance, State
from landdata.model.progress import Stage
from landdata.store import runs

OFFICE = ProvinceOffice("", "LO-24", "", "")
DATA = geojson([row(COMMUNES[0], 1), row(COMMUNES[0], 2), row(COMMUNES[1], 1), row(COMMUNES[1], 2, ring=None)])


def glance(desk, uid):
    return receive.glance(desk.db, caller=OFFICE, delivery_uid=uid)


def test_stages_are_seen_while_the_work_goes_on(desk, in_process, monkeypatch):
    uid = desk.send(DATA).delivery_uid
    assert glance(desk, uid) == Glance(State.RECEIVED, Stage.RECEIVED, 0, 0, ahead=0)
    monkeypatch.setattr(check, "ROWS_AT_ONCE", 1)
    monkeypatch.setattr(progress, "_EVERY_SECONDS", 0.0)
    seen = []
    report = progress.Reporter.__call__

    def watched(self, *given: object) -> None:
        report(self, *given)
        seen.append(glance(desk, uid))  # by a connection of its own, like the office's

    monkeypatch.setattr(progress.Reporter, "__call__", watched)
    assert desk.work(uid) is State.PUBLISHED
    assert [(one.stage, one.done, one.total) for one in seen] == [
        (Stage.READING, 0, 0),
        (Stage.CHECKING, 0, 0),
        (Stage.CHECKING, 4, 0),
        (Stage.CHECKING, 4, 4),
        (Stage.PUBLISHING, 1, 4),
        (Stage.PUBLISHING, 3, 4),
        (Stage.PUBLISHING, 4, 4),
    ]
    assert [one.state for one in seen] == [State.RECEIVED] * 3 + [State.READ] + [State.CHECKED] * 3
    assert glance(desk, uid) == Glance(State.PUBLISHED, Stage.DONE, 4, 4)
    view = desk.view(uid)
    assert (view.stage, view.stage_done, view.stage_total) == (Stage.DONE, 4, 4)
    with pytest.raises(DeliveryUnknown):
        receive.glance(desk.db, caller=OFFICE, delivery_uid=uuid4())


def test_another_offices_delivery_is_unknown(desk):
    uid = desk.send(DATA).delivery_uid
    desk.office("LO-26", "26")
    with pytest.raises(DeliveryUnknown):
        receive.glance(desk.db, caller=ProvinceOffice("", "LO-26", "", ""), delivery_uid=uid)


def test_a_refused_delivery_is_done(desk):
    uid = desk.send(b"no map").delivery_uid
    assert desk.work(uid) is State.REFUSED
    assert glance(desk, uid) == Glance(State.REFUSED, Stage.DONE, 0, 0)


def test_what_waits_knows_how_many_wait_before_it(desk):
    uids = [desk.send(geojson([row(COMMUNES[0], number)])).delivery_uid for number in (1, 2, 3)]
    assert [glance(desk, uid).ahead for uid in uids] == [0, 1, 2]
    assert desk.view(uids[2]).ahead == 2
    assert desk.work(uids[0]) is State.PUBLISHED
    assert glance(desk, uids[0]).ahead is None


def test_how_long_it_still_takes_is_known_once_something_is_published(desk):
    uid = desk.send(DATA).delivery_uid
    with desk.db.write() as tx:
        run_id = runs.begin(tx, job="deliver", subject=str(uid))
    seen = []
    for left in (None, 90.0, -1.0):  # the last: that moment passed, and it goes on all the same
        with desk.db.write() as tx:
            runs.note_progress(tx, run_id, stage=Stage.PUBLISHING, done=10, total=40, left=left)
        seen.append(glance(desk, uid).seconds_left)
    assert seen[0] is None
    assert 85 <= seen[1] <= 90
    assert seen[2] is None
    with desk.db.write() as tx:
        runs.note_progress(tx, run_id, stage=Stage.PUBLISHING, done=10, total=40, left=90.0)
        runs.end(tx, run_id, outcome="DONE")
        assert tx.connection.scalar(text("SELECT expected_at FROM sync.run WHERE run_id = :id"), {"id": run_id}) is None


def test_only_publishing_is_foretold(desk, monkeypatch):
    said = []
    monkeypatch.setattr(
        progress.runs, "note_progress", lambda _tx, _run, *, stage, left, **_: said.append((stage, left))
    )
    now = iter([0.0, 10.0, 20.0, 30.0, 40.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(now))
    report = progress.Reporter(desk.db, 1)
    for stage, done in ((Stage.CHECKING, 0), (Stage.CHECKING, 50), (Stage.PUBLISHING, 5), (Stage.PUBLISHING, 30)):
        report(stage, done, 100)
    report(Stage.PUBLISHING, 55, 100)
    # 25 rows in 10 seconds; the five of the beginning were there.
    assert said == [
        (Stage.CHECKING, None), (Stage.CHECKING, None), (Stage.PUBLISHING, None), (Stage.PUBLISHING, 28.0),
        (Stage.PUBLISHING, 18.0),
    ]  # fmt: skip


def test_written_twice_a_second_at_most(desk, monkeypatch):
    written = []
    monkeypatch.setattr(progress.runs, "note_progress", lambda _tx, _run, **said: written.append(said["done"]))
    now = iter([100.0, 100.1, 100.2, 100.6, 100.7, 100.8])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(now))
    report = progress.Reporter(desk.db, 1)
    for done in range(5):
        report(Stage.PUBLISHING, done, 10)
    report(Stage.DONE, 10, 10)  # a new stage does not wait
    assert written == [0, 3, 10]

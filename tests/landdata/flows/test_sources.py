"""The life of a source in a real database: moved by deliveries in their own transaction, by missed days and by people."""

from __future__ import annotations

from datetime import timedelta

import pytest
from landworld import COMMUNES, row
from sourceworld import BAD, SAID, long_ago
from sqlalchemy.exc import DBAPIError, ProgrammingError

from landdata.errors import PersonUnknown, PromiseUnfit, SourceStepUnfit, SourceUnknown
from landdata.flows import sources
from landdata.model.sources import Cause, Promise, State
from landdata.store import offices as stored_offices

A = COMMUNES[0]


def life(desk, office: str = "LO-24") -> list[tuple[Cause, State]]:
    """Cause and end of every event; the state on record is the last one's, and the chain has no break."""
    view = sources.of_office(desk.db, office_code=office)
    for before, after in zip(view.events, view.events[1:], strict=False):
        assert (after.step, after.before) == (before.step + 1, before.after)
    assert (view.source.state, view.events[0].before) == (view.events[-1].after, None)
    return [(one.cause, one.after) for one in view.events]


def test_deliveries_move_it_each_with_its_event(desk, in_process):
    assert life(desk) == [(Cause.REGISTERED, State.NEVER_CONNECTED)]
    refused = desk.deliver(BAD)
    assert life(desk)[1:] == [(Cause.RECEIVED, State.CONNECTING), (Cause.REFUSED, State.FAILING)]
    good = desk.deliver([row(A, 1)])
    assert life(desk)[3:] == [(Cause.PUBLISHED, State.CONNECTED)]
    desk.deliver([row(A, 1), row(A, 2)])
    assert len(life(desk)) == 4, "what changes nothing is no event"
    desk.deliver(BAD)
    third = desk.deliver([row(A, 1), row(A, 2), row(A, 3)])
    assert life(desk)[4:] == [(Cause.REFUSED, State.FAILING), (Cause.PUBLISHED, State.CONNECTED)]
    view = sources.of_office(desk.uploader, office_code="LO-24")
    assert [one.delivery_uid for one in view.events][2:4] == [refused.delivery_uid, good.delivery_uid]
    assert view.events[5].delivery_uid == third.delivery_uid
    assert (view.source.communes, [one.code for one in view.source.provinces]) == (1, ["24"])


def test_taking_the_last_one_back_leaves_it_connecting(desk, in_process):
    view = desk.deliver([row(A, 1)])
    desk.withdraw(view.delivery_uid)
    assert life(desk)[2:] == [(Cause.PUBLISHED, State.CONNECTED), (Cause.WITHDRAWN, State.CONNECTING)]


def test_a_cut_off_transaction_leaves_no_event(desk, in_process, monkeypatch):
    """The event and what it came from stand or fall together."""

    def cut(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("landdata.flows.receive.enqueue_for", cut)
    with pytest.raises(KeyboardInterrupt):
        desk.send(BAD)
    assert life(desk) == [(Cause.REGISTERED, State.NEVER_CONNECTED)]


def test_a_missed_day_makes_it_late_once_and_a_delivery_mends_it(desk, in_process):
    due = desk.scalar("SELECT (now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date") + timedelta(days=3)
    sources.promise(
        desk.uploader, promised=Promise(cadence_days=30, first_due_on=due, communes=9, contact="P. 1"), **SAID
    )
    assert sources.sweep(desk.worker) == 0
    long_ago(desk, 3)
    assert sources.sweep(desk.worker) == 0, "the day itself still keeps the promise"
    long_ago(desk, 1)
    assert sources.sweep(desk.worker) == 1
    assert sources.sweep(desk.worker) == 0
    assert life(desk)[1:] == [(Cause.PROMISED, State.NEVER_CONNECTED), (Cause.MISSED, State.LATE)]
    late = sources.of_office(desk.db, office_code="LO-24")
    assert late.events[-1].due_on == due - timedelta(days=4)
    assert (late.source.facts.days_late, late.source.promise.communes, late.source.promise.contact) == (1, 9, "P. 1")
    desk.deliver([row(A, 1)])
    assert life(desk)[3:] == [(Cause.RECEIVED, State.CONNECTING), (Cause.PUBLISHED, State.CONNECTED)]
    long_ago(desk, 31)
    assert sources.sweep(desk.worker) == 1
    sources.promise(desk.uploader, promised=Promise(cadence_days=60), **SAID)
    assert life(desk)[5:] == [(Cause.MISSED, State.LATE), (Cause.PROMISED, State.CONNECTED)]
    assert desk.scalar("SELECT count(*) FROM sync.source_promise") == 2, "what was promised before stays on record"


def test_what_people_say_holds_whatever_comes(desk, in_process):
    sources.promise(desk.uploader, promised=Promise(cadence_days=1), **SAID)
    sources.pause(desk.uploader, **SAID)
    long_ago(desk, 5)
    assert sources.sweep(desk.worker) == 0
    desk.deliver([row(A, 1)])
    long_ago(desk, 5)
    with pytest.raises(SourceStepUnfit):
        sources.pause(desk.uploader, **SAID)
    sources.resume(desk.uploader, **SAID)
    assert sources.sweep(desk.worker) == 0, "silence while it was paused is not held against it"
    sources.end(desk.uploader, **SAID)
    assert life(desk)[2:] == [
        (Cause.PAUSED, State.PAUSED), (Cause.RESUMED, State.CONNECTED), (Cause.ENDED, State.ENDED),
    ]  # fmt: skip
    event = sources.of_office(desk.db, office_code="LO-24").events[-1]
    assert (event.login, event.reason) == ("lan", "thử")


def test_what_cannot_be_said(shared_desk):
    for changed, error in (
        ({"office_code": "MAE"}, SourceUnknown), ({"office_code": "x"}, SourceUnknown), ({"login": "x"}, PersonUnknown),
    ):  # fmt: skip
        with pytest.raises(error):
            sources.pause(shared_desk.uploader, **SAID | changed)
    for promised in (Promise(), Promise(cadence_days=0), Promise(cadence_days=4000), Promise(communes=0)):
        with pytest.raises(PromiseUnfit):
            sources.promise(shared_desk.uploader, promised=promised, **SAID)
    with pytest.raises(SourceStepUnfit):
        sources.resume(shared_desk.uploader, **SAID)


def test_by_province_of_any_division(shared_desk):
    """Bắc Giang (24) went into Bắc Ninh, whose code is 24 too; the office of 2023 delivers for it."""
    then = sources.listed(shared_desk.db, division="2023")
    [source] = then.sources
    assert [one.full_name_vi for one in source.provinces] == ["Tỉnh Bắc Giang"]
    assert len(then.without) == 62
    now = sources.listed(shared_desk.db, division="2025")
    assert [one.full_name_vi for one in now.sources[0].provinces] == ["Tỉnh Bắc Ninh"]
    assert len(now.without) == 33
    [view] = sources.shown(shared_desk.db, province="24", division="2025")
    assert view.source.office_code == "LO-24"
    assert sources.shown(shared_desk.db, province="01") == ()
    with pytest.raises(SourceUnknown):
        sources.shown(shared_desk.db, province="99")


def test_an_office_sees_its_own_alone(shared_desk):
    shared_desk.office("LO-27", "27")
    own = sources.listed(shared_desk.uploader, office_code="LO-27", division="2023")
    assert ([one.office_code for one in own.sources], own.without) == (["LO-27"], ())
    with pytest.raises(SourceUnknown):
        sources.shown(shared_desk.uploader, province="24", division="2023", office_code="LO-27")
    # Since 1 July 2025 both deliver for one province: the other one's life is still not shown.
    views = sources.shown(shared_desk.uploader, province="24", division="2025", office_code="LO-27")
    assert [one.source.office_code for one in views] == ["LO-27"]
    assert len(sources.shown(shared_desk.db, province="24", division="2025")) == 2


def test_the_database_lets_an_office_touch_its_own_alone(shared_desk):
    with shared_desk.uploader.write() as tx:
        office = stored_offices.enter(tx, "LO-24")
        assert tx.connection.exec_driver_sql("UPDATE sync.source SET state = 'ENDED'").rowcount == 1
        other = tx.connection.exec_driver_sql("SELECT count(*) FROM sync.source").scalar()
        assert other == 1
        tx.connection.rollback()
    assert office is not None
    theirs = "(SELECT source_id FROM sync.source JOIN org.office USING (office_id) WHERE code <> 'LO-24' LIMIT 1)"
    source_id = shared_desk.scalar(f"SELECT {theirs}")
    insert = "INSERT INTO sync.source_event (source_id, step, cause, before, after) VALUES "
    with shared_desk.uploader.write() as tx:
        stored_offices.enter(tx, "LO-24")
        with pytest.raises(ProgrammingError):
            tx.connection.exec_driver_sql(f"{insert} ({source_id}, 2, 'RECEIVED', 'NEVER_CONNECTED', 'CONNECTING')")
        tx.connection.rollback()


@pytest.mark.parametrize("table", ["source_event", "source_promise", "alert_rule_change"])
def test_what_was_is_never_changed(shared_desk, table):
    for statement in (f"DELETE FROM sync.{table}", f"TRUNCATE sync.{table} CASCADE"):
        if statement.startswith("DELETE") and not shared_desk.scalar(f"SELECT count(*) FROM sync.{table}"):
            continue
        with pytest.raises(DBAPIError):
            shared_desk.execute(statement)

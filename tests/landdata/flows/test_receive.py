"""Taking a delivery in: once for a key, back-dated only by right, and nothing kept that was refused at the door."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest
from landworld import COMMUNES, DAY, Desk, geojson, row

from landdata.errors import (
    BackfillNotAllowed,
    DeliveryEmpty,
    DeliveryKeyReused,
    DeliveryTooLarge,
    DeliveryUnknown,
    OfficeUnknown,
    OfficeWithoutUnits,
    PersonUnknown,
    SecondPersonNeeded,
    UnknownZone,
)
from landdata.flows import offices, receive
from landdata.model.clients import ProvinceOffice
from landdata.model.deliveries import Declaration, State
from landdata.store import deliveries

DATA = geojson([row(COMMUNES[0], 1)])


@pytest.fixture
def plain(country, tmp_path):
    """Offices without the right to back-date."""
    desk = Desk(country, tmp_path, backfill=False)
    desk.office("LO-01", "01", backfill=False)
    return desk


def test_the_same_key_bytes_and_words_get_the_stored_answer(desk):
    first = desk.send(DATA, key="a")
    assert (first.state, first.repeated) == (State.RECEIVED, False)
    again = desk.send(DATA, key="a")
    assert again == type(first)(first.delivery_uid, State.RECEIVED, first.sha256, len(DATA), repeated=True)
    desk.work(first.delivery_uid)
    assert desk.send(DATA, key="a").state is State.PUBLISHED
    assert desk.sizes("intake")["delivery"] == 1
    assert desk.scalar("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'deliver'") == 1


@pytest.mark.parametrize(
    "said",
    [{"data": geojson([row(COMMUNES[0], 2)])}, {"file_name": "b"}, {"epsg": 9214}, {"effective_on": date(2023, 3, 29)}],
)
def test_the_same_key_with_anything_else_is_refused(shared_desk, said):
    key = uuid4().hex
    shared_desk.send(DATA, key=key)
    with pytest.raises(DeliveryKeyReused):
        shared_desk.send(**{"data": DATA, **said}, key=key)


def test_another_key_is_another_delivery_and_another_offices_key_is_its_own(shared_desk):
    shared_desk.office("LO-27", "27")
    first, second = shared_desk.send(DATA, key="k1"), shared_desk.send(DATA, key="k2")
    assert first.delivery_uid != second.delivery_uid
    third = shared_desk.send(DATA, key="k1", office="LO-27")
    assert not third.repeated
    with pytest.raises(DeliveryUnknown):
        shared_desk.view(first.delivery_uid, office="LO-27")
    with pytest.raises(DeliveryUnknown):
        shared_desk.view(uuid4())


def test_an_earlier_day_needs_the_right_and_the_right_needs_two(plain):
    with pytest.raises(BackfillNotAllowed) as caught:
        plain.send(DATA)
    assert "2023-03-28" in caught.value.sentence("vi")
    said = {"office_code": "LO-24", "reason": "thử"}
    with pytest.raises(SecondPersonNeeded):
        offices.grant_backfill(plain.db, **said, requested_by="lan", approved_by="lan")
    with pytest.raises(PersonUnknown):
        offices.grant_backfill(plain.db, **said, requested_by="lan", approved_by="nobody")
    offices.register_person(plain.db, login="tay", full_name="Tây", office_code="LO-24")
    with pytest.raises(PersonUnknown):  # a land office's own person approves nothing
        offices.grant_backfill(plain.db, **said, requested_by="lan", approved_by="tay")
    with pytest.raises(BackfillNotAllowed):
        plain.send(DATA)
    plain.grant()
    plain.grant()  # again is no error and no second grant
    assert plain.scalar("SELECT count(*) FROM org.role_grant") == 1
    assert plain.view(plain.send(DATA).delivery_uid).backfilled
    with pytest.raises(BackfillNotAllowed):  # another office's right is its own
        plain.send(DATA, office="LO-01")
    plain.execute("UPDATE org.role_grant SET revoked_at = clock_timestamp()")
    with pytest.raises(BackfillNotAllowed):
        plain.send(DATA)


def test_today_needs_no_right_and_no_day_means_today(plain):
    today = plain.scalar("SELECT (clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date")
    for said in (None, today):
        view = plain.view(plain.send(DATA, office="LO-01", effective_on=said).delivery_uid, office="LO-01")
        assert (view.effective_on, view.backfilled) == (today, False)


def test_a_repetition_after_midnight_is_still_a_repetition(plain, monkeypatch):
    today = plain.scalar("SELECT (clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date")
    first = plain.send(DATA, key="night", office="LO-01", effective_on=today)
    monkeypatch.setattr(deliveries, "today", lambda _tx: today + timedelta(days=1))
    again = plain.send(DATA, key="night", office="LO-01", effective_on=today)
    assert (again.delivery_uid, again.repeated) == (first.delivery_uid, True)


def test_what_is_refused_at_the_door_leaves_nothing(shared_desk):
    before = shared_desk.sizes("intake")
    with pytest.raises(UnknownZone):
        shared_desk.send(DATA, epsg=4326)
    with pytest.raises(OfficeUnknown):
        shared_desk.send(DATA, office="NO")
    with pytest.raises(DeliveryEmpty):
        shared_desk.send(b"")
    shared_desk.office("LO-02", "02")  # Hà Giang, which ended on 30 June 2025
    with pytest.raises(OfficeWithoutUnits):
        shared_desk.send(DATA, office="LO-02", effective_on=date(2025, 7, 1))
    said = Declaration("x", "x", effective_on=DAY)
    with pytest.raises(DeliveryTooLarge):
        receive.receive(
            shared_desk.db, data_dir=shared_desk.data_dir, keys=shared_desk.keys, caller=ProvinceOffice("", "LO-24", "", ""),
            chunks=iter([b"a" * 600, b"b" * 600]), declaration=said, max_bytes=1000,
        )  # fmt: skip
    assert shared_desk.sizes("intake") == before
    assert not list((shared_desk.data_dir / "raw").glob(".*"))

"""A withdrawal restores exactly what was there, and is refused where later deliveries build on what would go."""

from __future__ import annotations

import json

import pytest
from landworld import COMMUNES, row

from landdata.errors import NotWithdrawable, PersonUnknown, WithdrawalBlocked
from landdata.flows import withdraw
from landdata.model.deliveries import CommuneState, State
from landdata.store import withdrawals
from landdata.store.tables import metadata

A, B = COMMUNES[:2]
PAPER = {"certificate_serial": "DB 777777", "registry_number": "CH7"}
# Numbers of versions; and a number is sealed anew for each version delivered, so its blind index stands for it.
LEFT_OUT = {"record_id", "since_pub", "until_pub", "restores_record_id", "id_number_sealed"}


def gone(commune: str, number: int) -> dict[str, object]:
    return {"commune_code": commune, "map_sheet_number": 1, "parcel_number": number, "operation": "retire"}


def standing(desk) -> dict[str, list[str]]:
    """All that stands, table by table, but for the numbers of versions."""
    found = {}
    for name in ("record", *withdrawals.children()):
        rows = desk.rows(
            f'SELECT to_jsonb(t) FROM land."{name}" t JOIN land.record r USING (commune_id, record_id) '
            "WHERE r.until_pub IS NULL"
        )
        found[name] = sorted(
            json.dumps({k: v for k, v in one[0].items() if k not in LEFT_OUT}, sort_keys=True) for one in rows
        )
    found["counter"] = sorted(
        str(one) for one in desk.rows("SELECT * FROM stats.coverage_counter WHERE parcels + certificates + holders > 0")
    )
    return found


def test_every_column_is_copied():
    for name, copied in withdrawals.children().items():
        columns = {one.name for one in metadata.tables[f"land.{name}"].columns}
        assert set(copied) == columns - {"commune_id", "record_id", "is_current"}
    tables = {name for name in metadata.tables if name.startswith("land.")}
    versions = {"land.publication", "land.record", "land.assertion"}
    assert tables - versions == {f"land.{name}" for name in withdrawals.children()}


def test_what_was_there_is_there_again(desk, in_process):
    full = {"asset_kind": 7, "floor_area_m2": 80.5, "parent_parcels": f"{A}.1.9", "common_items": "Sân:15"}
    desk.deliver([row(A, 1, **full), row(A, 2, **PAPER), row(A, 3, **PAPER), row(B, 1)])
    before = standing(desk)
    view = desk.deliver([row(A, 1, area_m2=100.4), row(A, 2, **PAPER), row(A, 4), row(B, 1), row(B, 2)])
    changed = standing(desk)
    assert changed != before
    assert desk.withdraw(view.delivery_uid) is State.WITHDRAWN
    assert standing(desk) == before
    view = desk.view(view.delivery_uid)
    assert view.state is State.WITHDRAWN
    assert {one.state for one in view.communes} == {CommuneState.WITHDRAWN}
    assert [(one.verdict, one.communes) for one in view.decisions] == [("WITHDRAW", (A, B))]
    # Delivered again it is a new delivery, with the same end.
    again = desk.deliver([row(A, 1, area_m2=100.4), row(A, 2, **PAPER), row(A, 4), row(B, 1), row(B, 2)])
    assert standing(desk) == changed
    desk.withdraw(again.delivery_uid)
    assert standing(desk) == before


def test_events_say_from_when_it_is_gone(desk, in_process):
    view = desk.deliver([row(A, 1), row(A, 2)])
    desk.withdraw(view.delivery_uid)
    events = desk.rows("SELECT parcels, effective_on FROM stats.coverage_event ORDER BY event_id")
    today = desk.scalar("SELECT (clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date")
    assert events == [(2, view.effective_on), (-2, today)]


def test_one_after_the_other_from_the_last(desk, in_process):
    states, uids = [standing(desk)], []
    for rows in (
        [row(A, 1), row(A, 2), row(B, 1)],
        [row(A, 1), row(A, 2, area_m2=100.2), row(A, 3), row(B, 1)],
        [row(A, 1), row(A, 3)],
    ):
        uids.append(desk.deliver(rows).delivery_uid)
        states.append(standing(desk))
    uids.append(desk.change([row(A, 9), gone(A, 1)]).delivery_uid)
    shown = [desk.view(uid).state for uid in uids]
    # The second still speaks for commune B, and changes take nobody's place.
    assert shown == [State.SUPERSEDED, State.PUBLISHED, State.PUBLISHED, State.PUBLISHED]
    # The third only ended a parcel, and nothing has taken its place: what it says stands in nobody's way.
    for uid in uids[:2]:
        with pytest.raises(WithdrawalBlocked) as blocked:
            withdraw.ask(desk.db, delivery_uid=uid, office_code=None, login="lan", reason="x")
        assert blocked.value.details["later"] in {str(one) for one in uids[uids.index(uid) + 1 :]}
    for uid, wanted in zip(reversed(uids), reversed(states), strict=True):
        desk.withdraw(uid)
        assert standing(desk) == wanted


def test_later_changes_stand_in_the_way_only_where_they_touch(desk, in_process):
    first = desk.deliver([row(A, 1), row(A, 2)]).delivery_uid
    unchanged = desk.change([row(A, 1)]).delivery_uid  # repeated letter by letter: asserted
    with pytest.raises(WithdrawalBlocked):
        desk.withdraw(first)
    desk.withdraw(unchanged)
    desk.change([row(A, 3)])
    assert desk.withdraw(first) is State.WITHDRAWN
    assert desk.rows("SELECT parcel_number FROM land.parcel WHERE is_current") == [(3,)]


def test_a_retirement_said_again_stands_in_the_way(desk, in_process):
    desk.deliver([row(A, 1), row(A, 2)])
    retired = desk.change([gone(A, 1)]).delivery_uid
    again = desk.change([gone(A, 1)])
    assert (again.state, again.ledger[0].rows_unchanged) == (State.PUBLISHED, 1)
    with pytest.raises(WithdrawalBlocked) as blocked:
        desk.withdraw(retired)
    assert blocked.value.details["later"] == str(again.delivery_uid)
    desk.withdraw(again.delivery_uid)
    desk.withdraw(retired)
    assert desk.scalar("SELECT count(*) FROM land.parcel WHERE is_current") == 2


def test_a_taken_place_stands_in_the_way(desk, in_process):
    desk.deliver([row(A, 1), row(A, 2)])
    retired = desk.change([gone(A, 1)]).delivery_uid
    desk.change([row(A, 1, holder_name="Trần Thị B", certificate_serial="DB 999999")])
    with pytest.raises(WithdrawalBlocked):
        desk.withdraw(retired)


def test_an_assertion_of_the_whole_stands_in_the_way(desk, in_process):
    first = desk.deliver([row(A, 1)]).delivery_uid
    desk.deliver([row(A, 1)])
    assert desk.view(first).state is State.SUPERSEDED
    with pytest.raises(WithdrawalBlocked):
        desk.withdraw(first)


def test_only_a_published_one_and_only_by_somebody(desk, in_process):
    refused = desk.deliver([row(A, 1, ring=None)]).delivery_uid
    with pytest.raises(NotWithdrawable):
        desk.withdraw(refused)
    desk.deliver([row(A, number) for number in range(1, 41)])
    waiting = desk.deliver([row(A, 1)]).delivery_uid
    with pytest.raises(NotWithdrawable):
        desk.withdraw(waiting)
    uid = desk.deliver([row(B, 1)]).delivery_uid
    with pytest.raises(PersonUnknown):
        withdraw.ask(desk.db, delivery_uid=uid, office_code=None, login="nobody", reason="x")
    assert desk.withdraw(uid) is State.WITHDRAWN
    assert withdraw.carry_out(desk.db, delivery_uid=uid) is State.WITHDRAWN
    with pytest.raises(NotWithdrawable):
        desk.withdraw(uid)

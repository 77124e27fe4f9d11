"""Deliveries over 1 July 2025: a commune takes over what was merged into it, and of a split one only what is claimed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from landworld import codes, geojson, row, square

from landdata.errors import DeliveryOvertaken, WithdrawalBlocked
from landdata.flows import decide
from landdata.model.deliveries import Decision, State

NEW_DAY = date(2025, 7, 1)
# Hà Nội: Đức Giang was split between Bồ Đề and Việt Hưng.
SPLIT, LEFT, RIGHT = "00124", "00118", "00127"
# Bắc Giang: Thọ Xương went into the ward of Bắc Giang as a whole, among others; the province went into Bắc Ninh, 24.
MERGED, WARD = "07201", "07210"


def uid(number: int) -> str:
    return f"hn{number:010d}"


def hanoi(commune: str, number: int, **changed: Any) -> dict:
    place = changed.pop("place", number)
    return row(commune, number, ring=square(commune, place, province="01"), **changed)


def claimed(commune: str, number: int, old: int, **changed: Any) -> dict:
    return hanoi(commune, number, commune_old=SPLIT, map_sheet_old="1", parcel_old=str(old), **changed)


def standing(desk) -> set[tuple[str, str, int]]:
    """(code, ended or not, number) of the parcels that stand."""
    sql = """SELECT u.code, u.valid_to IS NULL, parcel_number FROM land.parcel p JOIN ref.unit u ON u.unit_id = p.commune_id
             WHERE is_current"""
    return {(code, "now" if now else "old", number) for code, now, number in desk.rows(sql)}


def old(*numbers: int) -> set[tuple[str, str, int]]:
    return {(SPLIT, "old", number) for number in numbers}


def now(commune: str, *numbers: int) -> set[tuple[str, str, int]]:
    return {(commune, "now", number) for number in numbers}


class Office:
    """The land office of Hà Nội at its desk; the zone is the province's own."""

    def __init__(self, desk) -> None:
        self.desk = desk
        desk.office("LO-01", "01")

    def deliver(self, rows, *, on=NEW_DAY, **said: Any):
        return self.desk.deliver(geojson(rows, epsg=5897), office="LO-01", effective_on=on, **said)


@pytest.fixture
def office(desk, in_process):
    return Office(desk)


def test_claims(office):
    view = office.deliver([hanoi(SPLIT, n, parcel_uid=uid(n)) for n in (1, 2, 3)], on=date(2025, 6, 30))
    assert (view.state, codes(view)) == (State.PUBLISHED, {})
    view = office.deliver([claimed(LEFT, 11, 1), hanoi(RIGHT, 12, parcel_uid=uid(2))])
    assert view.state is State.PUBLISHED, view
    assert standing(office.desk) == old(3) | now(LEFT, 11) | now(RIGHT, 12)
    assert {one.code: one.unclaimed for one in view.communes if one.code != SPLIT} == {LEFT: 1, RIGHT: 1}
    office.desk.withdraw(view.delivery_uid)
    assert standing(office.desk) == old(1, 2, 3)


def test_a_claim_speaks_for_its_parcels_and_not_for_the_commune_that_was_split(office):
    first = office.deliver([hanoi(SPLIT, n) for n in (1, 2, 3)], on=date(2025, 6, 30))
    left = office.deliver([claimed(LEFT, 11, 1)])
    right = office.deliver([claimed(RIGHT, 12, 2)])
    states = [office.desk.view(one.delivery_uid, "LO-01").state for one in (first, left, right)]
    assert states == [State.PUBLISHED] * 3  # parcel 3 is still the first one's
    office.desk.withdraw(left.delivery_uid)
    assert standing(office.desk) == old(1, 3) | now(RIGHT, 12)
    # A full delivery of the new commune itself does take the place of the claim.
    again = office.deliver([hanoi(RIGHT, 12, place=12)])
    assert office.desk.view(right.delivery_uid, "LO-01").state is State.SUPERSEDED
    with pytest.raises(WithdrawalBlocked) as blocked:
        office.desk.withdraw(right.delivery_uid)
    assert blocked.value.details["later"] == str(again.delivery_uid)


def test_a_full_delivery_speaks_for_what_was_merged_even_where_nothing_stood(desk, in_process):
    desk.office("LO-BN", "24", on=NEW_DAY)
    desk.deliver([row(MERGED, 1)])
    gone = {"commune_code": MERGED, "map_sheet_number": 1, "parcel_number": 1, "operation": "retire"}
    retired = desk.change([gone])
    desk.deliver([row(WARD, 1)], office="LO-BN", effective_on=NEW_DAY)
    with pytest.raises(WithdrawalBlocked):
        desk.withdraw(retired.delivery_uid)


@pytest.mark.parametrize("at_once", [1, 20_000])
def test_a_record_claimed_from_two_communes_goes_whole_however_the_delivery_is_cut(office, monkeypatch, at_once):
    monkeypatch.setattr("landdata.flows.check.ROWS_AT_ONCE", at_once)
    paper = {"certificate_serial": "DB 777777", "registry_number": "CH7"}
    office.deliver([hanoi(SPLIT, n, **paper) for n in (1, 2)], on=date(2025, 6, 30))
    view = office.deliver([claimed(LEFT, 11, 1), claimed(RIGHT, 12, 2)])
    assert (view.state, codes(view)) == (State.PUBLISHED, {})
    assert standing(office.desk) == now(LEFT, 11) | now(RIGHT, 12)


@pytest.fixture
def split(office):
    """35 parcels of the commune that was split, and 12 of one that took part of it."""
    office.deliver([hanoi(SPLIT, n) for n in range(1, 36)], on=date(2025, 6, 30))
    office.deliver([hanoi(RIGHT, n, place=40 + n) for n in range(101, 113)])
    return office


@pytest.mark.parametrize("waits", [LEFT, RIGHT])
def test_one_successor_waits_and_the_other_takes_its_own(split, waits):
    """Neither may end what the other claims: land would be lost, or be there twice."""
    other = LEFT if waits == RIGHT else RIGHT
    if waits == LEFT:
        split.deliver([hanoi(LEFT, n, place=60 + n) for n in range(101, 113)])
    rows = [claimed(waits, 1, 1), claimed(other, 2, 2)]
    if other == RIGHT:
        rows += [hanoi(RIGHT, n, place=40 + n) for n in range(101, 113)]
    view = split.deliver(rows)
    assert view.state is State.WAITING
    assert {one.code for one in view.communes if one.state == "WAITING"} == {waits}
    stands = standing(split.desk)
    assert (SPLIT, "old", 1) in stands
    assert (SPLIT, "old", 2) not in stands
    assert (other, "now", 2) in stands
    word = {"office_code": None, "login": "minh", "reason": "x", "decision": Decision.APPROVE}
    decide.decide(split.desk.db, delivery_uid=view.delivery_uid, **word)
    assert split.desk.work(view.delivery_uid) is State.PUBLISHED
    stands = standing(split.desk)
    assert (SPLIT, "old", 1) not in stands
    assert (waits, "now", 1) in stands


def test_what_was_merged_goes_with_its_commune(desk, in_process):
    """All of it is in scope; a word about the new commune is overtaken by newer data of the one merged into it."""
    desk.office("LO-BN", "24", on=NEW_DAY)
    first = desk.deliver([row(MERGED, n) for n in range(1, 21)])
    view = desk.deliver([row(WARD, 1)], office="LO-BN", effective_on=NEW_DAY)
    assert (view.state, [one.code for one in view.communes[0].reasons]) == (State.WAITING, ["RETIRES_MANY"])
    desk.change([row(MERGED, 21)])
    with pytest.raises(DeliveryOvertaken):
        desk.decide(view.delivery_uid, "approve")
    assert len(standing(desk)) == 21
    rows = [row(WARD, n, commune_old=MERGED, map_sheet_old="1", parcel_old=str(n)) for n in range(1, 22)]
    view = desk.deliver(rows, office="LO-BN", effective_on=NEW_DAY)
    assert (view.state, view.ledger[0].rows_changed) == (State.PUBLISHED, 21)
    assert standing(desk) == now(WARD, *range(1, 22))
    with pytest.raises(WithdrawalBlocked):
        desk.withdraw(first.delivery_uid)
    desk.withdraw(view.delivery_uid)
    assert standing(desk) == {(MERGED, "old", n) for n in range(1, 22)}

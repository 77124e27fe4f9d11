"""What an office sees of its deliveries: findings counted by code, who handed it in, what stands in a withdrawal's way."""

from __future__ import annotations

from uuid import uuid4

import pytest
from landworld import COMMUNES, DAY, geojson, row, square

from landdata.errors import DeliveryUnknown, OfficeUnknown
from landdata.flows import outcome
from landdata.flows.territory import territory
from landdata.model.deliveries import Severity, State
from landdata.model.outcomes import person_of, through_person

OFFICE = "LO-24"


def test_findings_are_counted_by_code_the_gravest_first(shared_desk):
    here = COMMUNES[20]
    rows = [row(here, number) for number in range(1, 13)]
    for at in range(10):
        rows[at] = row(here, at + 1, parcel_address=None)
    rows[10] = row(here, 11, ring=square(here, 12))
    view = shared_desk.deliver(rows, file_name="lỗi.geojson")
    found = outcome.show(shared_desk.uploader, office_code=OFFICE, delivery_uid=view.delivery_uid)
    assert found.view == view
    first = found.codes[0]
    assert (first.code, first.severity, first.many) == ("VALUE_MISSING", Severity.REFUSES_RECORD, 10)
    assert first.rows == tuple(range(1, 9))
    assert first.first.details["column"] == "parcel_address"
    assert sum(one.many for one in found.codes) == view.findings_total
    assert list(found.codes) == sorted(found.codes, key=lambda one: list(Severity).index(one.severity))
    assert (found.blocked, found.delivered_by) == (None, None)


def test_a_later_delivery_stands_in_the_way_of_a_withdrawal(shared_desk):
    here = COMMUNES[21]
    first = shared_desk.deliver([row(here, 1)])
    later = shared_desk.deliver([row(here, 1), row(here, 2)])
    blocked = outcome.show(shared_desk.uploader, office_code=OFFICE, delivery_uid=later.delivery_uid).blocked
    assert blocked is None
    shown = outcome.show(shared_desk.uploader, office_code=OFFICE, delivery_uid=first.delivery_uid)
    assert (shown.view.state, shown.blocked) == (State.SUPERSEDED, None)
    change = shared_desk.change([row(here, 2, parcel_address="Thôn 9")])
    found = outcome.show(shared_desk.uploader, office_code=OFFICE, delivery_uid=later.delivery_uid).blocked
    assert found is not None
    assert (found.delivery_uid, found.communes) == (change.delivery_uid, (here,))


def test_the_list_goes_page_by_page_and_never_into_another_office(shared_desk):
    shared_desk.office("LO-27", "27")
    sent = [shared_desk.send(geojson([row(COMMUNES[22], at)]), effective_on=DAY).delivery_uid for at in (1, 2, 3)]
    lines = outcome.history(shared_desk.uploader, office_code=OFFICE, most=2)
    assert [one.delivery_uid for one in lines] == [sent[2], sent[1]]
    older = outcome.history(shared_desk.uploader, office_code=OFFICE, before=sent[1], most=1)
    assert [one.delivery_uid for one in older] == [sent[0]]
    received = outcome.history(shared_desk.uploader, office_code=OFFICE, state=State.RECEIVED)
    assert {one.state for one in received} == {State.RECEIVED}
    assert outcome.history(shared_desk.uploader, office_code="LO-27") == ()
    for office, uid, error in (("LO-27", sent[0], DeliveryUnknown), (OFFICE, uuid4(), DeliveryUnknown),
                               ("LO-99", sent[0], OfficeUnknown)):  # fmt: skip
        with pytest.raises(error):
            outcome.show(shared_desk.uploader, office_code=office, delivery_uid=uid)


def test_the_word_for_a_person_is_no_client_id():
    assert person_of(through_person("bui.thi.doi")) == "bui.thi.doi"
    assert person_of("office-24") is None
    assert person_of(None) is None


def test_an_office_sees_its_own_communes(shared_desk):
    here = COMMUNES[23]
    shared_desk.deliver([row(here, 1), row(here, 2)])
    found = territory(shared_desk.uploader, shared_desk.db, office_code=OFFICE, on=DAY)
    [(province, communes)] = found.provinces
    assert (province.code, len(communes)) == ("24", province.communes_total)
    assert {one.code: one.parcels.at_least for one in communes}[here] == 2
    # Today there are 34 provinces, and none of them is this office's: the last day with data is shown.
    assert territory(shared_desk.uploader, shared_desk.db, office_code=OFFICE).on == DAY

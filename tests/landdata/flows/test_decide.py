"""What rules find odd waits for a second person: agreed to it is published, rejected it comes back, overtaken it stays."""

from __future__ import annotations

import pytest
from landworld import COMMUNES, codes, geojson, row

from landdata.errors import (
    CommunesUnfit,
    DeciderDelivered,
    DeliveryKeyReused,
    DeliveryOvertaken,
    DeliveryUnknown,
    NothingWaits,
    PersonUnknown,
)
from landdata.flows import decide
from landdata.model.deliveries import CommuneState, Decision, State

A, B = COMMUNES[:2]


def current(desk) -> int:
    return desk.scalar("SELECT count(*) FROM land.parcel WHERE is_current")


def ledger(view) -> tuple[int, int, int, int, int]:
    [line] = view.ledger
    parts = line.rows_new, line.rows_changed, line.rows_unchanged, line.rows_refused, line.rows_waiting
    assert line.rows_read == sum(parts)
    return parts


@pytest.fixture
def waiting(desk, in_process):
    """40 parcels of one commune, and a full delivery that brings only two of them, besides another commune."""
    desk.deliver([*(row(A, number) for number in range(1, 41)), row(B, 1)])
    view = desk.deliver([row(A, 1), row(A, 2, area_m2=100.3), row(B, 1), row(B, 2)])
    assert view.state is State.WAITING
    return desk, view.delivery_uid


def test_it_waits_and_says_why(waiting):
    desk, uid = waiting
    view = desk.view(uid)
    assert ledger(view) == (1, 0, 1, 0, 2)
    of_a, of_b = view.communes
    assert (of_a.state, of_b.state) == (CommuneState.WAITING, CommuneState.PUBLISHED)
    assert [(one.code, one.details) for one in of_a.reasons] == [("RETIRES_MANY", {"lost": 38, "before": 40})]
    assert (of_a.parcels_before, of_a.parcels_new, of_a.parcels_retired, of_a.parcels_after) == (40, 1, 39, 2)
    assert of_a.rows_waiting == 2
    assert current(desk) == 42
    # Nothing happens by itself, however often the worker looks.
    assert desk.work(uid) is State.WAITING


def test_agreed_to_it_is_published(waiting):
    desk, uid = waiting
    view = desk.decide(uid, "approve")
    assert (view.state, ledger(view)) == (State.PUBLISHED, (1, 1, 2, 0, 0))
    assert current(desk) == 4
    assert [(one.verdict, one.communes, one.decided_by) for one in view.decisions] == [("APPROVE", (A,), "Minh")]


def test_rejected_its_rows_come_back(waiting):
    desk, uid = waiting
    view = desk.decide(uid, "reject", A)
    assert (view.state, ledger(view), codes(view)) == (State.PUBLISHED, (1, 0, 1, 2, 0), {"COMMUNE_REJECTED": 2})
    assert {one.code: one.state for one in view.communes} == {A: CommuneState.LEFT, B: CommuneState.PUBLISHED}
    assert current(desk) == 42


def test_a_delivery_of_which_nothing_is_agreed_to_is_refused(desk, in_process):
    desk.deliver([row(A, number) for number in range(1, 41)])
    uid = desk.deliver([row(A, 1)]).delivery_uid
    view = desk.decide(uid, "reject")
    assert (view.state, view.refusal) == (State.REFUSED, {"code": "NOTHING_PUBLISHED", "details": {"communes": 1}})
    assert codes(view)["COMMUNE_REJECTED"] == 1
    assert ledger(view) == (0, 0, 0, 1, 0)
    assert current(desk) == 40


def test_what_changed_meanwhile_is_looked_at_again(waiting):
    desk, uid = waiting
    desk.change([row(A, 50)])
    with pytest.raises(DeliveryOvertaken):
        desk.decide(uid, "approve")
    assert desk.decide(uid, "reject").state is State.PUBLISHED
    assert current(desk) == 43


def test_an_approval_covers_only_the_figures_that_were_shown(waiting):
    desk, uid = waiting
    decide.decide(desk.db, delivery_uid=uid, office_code=None, decision=Decision.APPROVE, login="lan", reason="x")
    # Between the word and the deed one of the parcels that were to go is gone already.
    desk.execute(
        "WITH r AS (UPDATE land.record SET until_pub = since_pub + 9 WHERE record_id = (SELECT record_id FROM land.parcel "
        "WHERE parcel_number = 40) RETURNING record_id) UPDATE land.parcel SET is_current = false "
        "WHERE record_id = (SELECT record_id FROM r)"
    )
    assert desk.work(uid) is State.WAITING
    [of_a, _] = desk.view(uid).communes
    assert of_a.parcels_retired == 38
    assert desk.decide(uid, "approve").state is State.PUBLISHED


def test_who_may_decide(waiting):
    desk, uid = waiting
    desk.office("LO-27", "27")
    said = {"delivery_uid": uid, "decision": Decision.APPROVE, "reason": "x"}
    with pytest.raises(PersonUnknown):
        decide.decide(desk.db, office_code="LO-24", login="nobody", **said)
    with pytest.raises(DeliveryUnknown):
        decide.decide(desk.db, office_code="LO-27", login="lan", **said)
    with pytest.raises(NothingWaits):
        decide.decide(desk.db, office_code="LO-24", login="lan", communes=[A, B], **said)
    desk.execute("UPDATE intake.delivery SET client_id = 'machine' WHERE delivery_uid = :uid", uid=uid)
    with pytest.raises(DeciderDelivered):
        decide.decide(desk.db, office_code="LO-24", login="lan", client_id="machine", **said)
    assert decide.decide(desk.db, office_code="LO-24", login="lan", client_id="other", **said) == 1
    with pytest.raises(NothingWaits):
        decide.decide(desk.db, office_code="LO-24", login="minh", **said)


def test_a_named_commune_without_an_accepted_row_waits(desk, in_process):
    desk.deliver([row(A, 1), row(B, 1)])
    view = desk.deliver([row(A, 1), row(B, 1, ring=None)], communes=(A, B))
    assert (view.state, ledger(view)) == (State.WAITING, (0, 0, 1, 1, 0))
    of_b = next(one for one in view.communes if one.code == B)
    assert [one.code for one in of_b.reasons] == ["COMMUNE_EMPTY"]
    # Its refused record keeps its version, so nothing would go.
    assert of_b.parcels_after == 1
    view = desk.deliver([row(A, 1)], communes=(A, B))
    view = desk.decide(view.delivery_uid, "approve")
    assert (view.state, current(desk)) == (State.PUBLISHED, 1)


def test_a_jump_in_counts_waits(desk, in_process):
    desk.deliver([row(A, number) for number in range(1, 12)])
    view = desk.deliver([row(A, number) for number in range(1, 25)])
    [line] = view.communes
    assert [(one.code, one.details) for one in line.reasons] == [("COUNT_JUMPS", {"before": 11, "after": 24})]
    assert desk.decide(view.delivery_uid, "approve").communes[0].parcels_after == 24


def test_communes_are_named_for_ones_own(desk, in_process):
    for named in (("99999",), ("00001",), ()):
        with pytest.raises(CommunesUnfit):
            desk.deliver([row(A, 1)], communes=named)
    first = desk.send(b"x", key="k", communes=(A, B))
    assert desk.send(b"x", key="k", communes=(B, A)).delivery_uid == first.delivery_uid
    with pytest.raises(DeliveryKeyReused):
        desk.send(b"x", key="k", communes=(A,))


@pytest.mark.parametrize("later", ["full", "changes"])
def test_what_is_taken_up_after_a_later_delivery_overwrites_nothing(desk, in_process, later):
    """A delivery that was given up and is tried again: newer data stands, and a person sends the old back."""
    desk.deliver([row(A, 1), row(B, 1)])
    old = desk.send(geojson([row(A, 1, area_m2=100.1), row(B, 1, area_m2=100.1)]), key="left undone").delivery_uid
    newer = [row(A, 1, area_m2=100.3)]
    desk.deliver(newer) if later == "full" else desk.change(newer)
    assert desk.work(old) is State.WAITING
    of_a, of_b = desk.view(old).communes
    assert ([one.code for one in of_a.reasons], of_a.state) == (["OVERTAKEN"], CommuneState.WAITING)
    assert of_b.state is CommuneState.PUBLISHED
    stands = "SELECT legal_area_m2::float8 FROM land.parcel WHERE is_current ORDER BY commune_id"
    assert sorted(desk.rows(stands)) == [(100.1,), (100.3,)]
    with pytest.raises(DeliveryOvertaken):
        desk.decide(old, "approve", A)
    view = desk.decide(old, "reject", A)
    assert (view.state, codes(view)) == (State.PUBLISHED, {"COMMUNE_REJECTED": 1})
    assert sorted(desk.rows(stands)) == [(100.1,), (100.3,)]


def test_an_approval_does_not_outlive_a_later_delivery(waiting):
    desk, uid = waiting
    decide.decide(desk.db, delivery_uid=uid, office_code=None, decision=Decision.APPROVE, login="lan", reason="x")
    desk.change([row(A, 1, area_m2=100.5)])
    assert desk.work(uid) is State.WAITING
    assert "OVERTAKEN" in [one.code for one in desk.view(uid).communes[0].reasons]
    assert current(desk) == 42

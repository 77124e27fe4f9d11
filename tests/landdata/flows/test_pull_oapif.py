"""Pulls from pygeoapi, a server of OGC API - Features that we did not write: whole, changed, unchanged, refused."""

from __future__ import annotations

import pytest
from landworld import COMMUNES, DAY, EPSG, row
from provinceworld import feature, pygeoapi

from landdata.flows import connections, pull
from landdata.model.connections import Outcome


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with pygeoapi(tmp_path_factory.mktemp("pygeoapi")) as served:
        yield served


@pytest.fixture
def emptied(service):
    service.rows.clear()
    return service


def connect(desk, terms, office="LO-24"):
    uid = connections.add(desk.db, office_code=office, terms=terms, login="lan", reason="thử")
    connections.approve(desk.db, connection_uid=uid, login="minh", reason="thử")
    return uid


def pulled(desk, uid):
    settings = desk.settings.model_copy(update={"pull_networks": "127.0.0.0/8"})
    return pull.run(desk.worker, desk.keys, settings, connection_uid=uid)


def work(desk):
    for (uid,) in desk.rows("SELECT delivery_uid FROM intake.delivery WHERE state = 'RECEIVED'"):
        desk.work(uid)


def last(desk, uid):
    return connections.shown(desk.db, connection_uid=uid).pulls[0]


def test_a_province_is_pulled_whole_and_then_costs_nothing(desk, emptied, in_process):
    emptied.put(*(feature(f"p{n}", row(COMMUNES[0], n)) for n in range(1, 8)))
    uid = connect(desk, emptied.terms(effective_on=DAY))
    assert pulled(desk, uid) is Outcome.DELIVERED
    work(desk)
    seen = last(desk, uid)
    assert (seen.outcome, seen.rows, seen.full) == (Outcome.DELIVERED, 7, True)
    view = desk.view(seen.deliveries[0])
    assert view.state == "PUBLISHED", view
    assert view.ledger[0].rows_new == 7
    assert desk.rows("SELECT kind, declared_epsg FROM intake.delivery") == [("full", EPSG)]
    # The same rows again: no second delivery, and the source is on time.
    assert pulled(desk, uid) is Outcome.UNCHANGED
    assert desk.sizes("intake")["delivery"] == 1
    # One row more, one less.
    emptied.put(feature("p8", row(COMMUNES[0], 8)))
    emptied.remove("p1")
    assert pulled(desk, uid) is Outcome.DELIVERED
    work(desk)
    ledger = desk.view(last(desk, uid).deliveries[0]).ledger[0]
    assert (ledger.rows_new, ledger.rows_unchanged) == (1, 6)
    assert desk.scalar("SELECT count(*) FROM land.parcel WHERE is_current") == 7

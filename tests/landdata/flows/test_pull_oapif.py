"""Pulls from pygeoapi, a server of OGC API - Features that we did not write: whole, changed, unchanged, refused."""

from __future__ import annotations

import pytest
from landworld import COMMUNES, DAY, EPSG, row
from provinceworld import feature, pygeoapi
from pullworld import connect, last, ledger, parcels, pulled, work

from landdata.flows import trial
from landdata.model.connections import Outcome

EARLY, LATE = "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with pygeoapi(tmp_path_factory.mktemp("pygeoapi")) as made:
        yield made


@pytest.fixture
def service(served):
    served.rows.clear()
    return served


def one(number, **changed: object):
    """A row with numbers as text: pygeoapi finds no number by what stands in an address."""
    said = {"changed_at": EARLY} | changed
    values = row(COMMUNES[0], number, map_sheet_number="1", parcel_number=str(number), **said)
    return feature(values.pop("uid", f"p{number}"), values)


def test_a_province_is_pulled_whole_and_then_costs_nothing(desk, service, in_process):
    service.put(*map(one, range(1, 8)))
    uid = connect(desk, service.terms(effective_on=DAY))
    assert pulled(desk, uid) is Outcome.DELIVERED
    work(desk)
    seen = last(desk, uid)
    assert (seen.outcome, seen.rows, seen.full) == (Outcome.DELIVERED, 7, True)
    assert seen.pages >= 3
    assert ledger(desk, uid) == ("full", (7, 0, 0, 0))
    assert desk.rows("SELECT declared_epsg, effective_on FROM intake.delivery") == [(EPSG, DAY)]
    assert desk.rows("SELECT state, method FROM sync.source") == [("CONNECTED", "OAPIF")]
    # The same rows again: no second delivery, and the source is on time.
    assert pulled(desk, uid) is Outcome.UNCHANGED
    assert desk.sizes("intake")["delivery"] == 1
    # One row more, one less.
    service.put(one(8))
    service.remove("p1")
    assert pulled(desk, uid) is Outcome.DELIVERED
    work(desk)
    assert ledger(desk, uid) == ("full", (1, 0, 6, 0))
    assert parcels(desk) == 7
    # Back to what it was first: the bytes were delivered before, and are news nevertheless.
    service.rows.clear()
    service.put(*map(one, range(1, 8)))
    assert pulled(desk, uid) is Outcome.DELIVERED
    work(desk)
    assert ledger(desk, uid) == ("full", (1, 0, 6, 0))


def test_only_what_changed_is_asked_for_with_the_whole_of_its_record(desk, service, in_process):
    """Two holders share parcel 1; one row of them changes: the other one must not be lost."""
    couple = {"certificate_serial": "DB 999999", "holder_role": "VO"}
    old = {"changed_at": "2026-10-01T00:00:00Z"}
    service.put(*(one(number, **old) for number in range(2, 7)), one(7))
    service.put(one(1, **old, **couple), one(1, uid="p1b", id_number="024070099999", **old, **couple))
    uid = connect(desk, service.terms(effective_on=DAY, changed_by="changed_at"))
    assert pulled(desk, uid) is Outcome.DELIVERED
    work(desk)
    assert ledger(desk, uid) == ("full", (8, 0, 0, 0))
    assert pulled(desk, uid) is Outcome.UNCHANGED
    assert not last(desk, uid).full
    service.put(one(1, changed_at=LATE, parcel_address="Thôn 2", **couple), one(9, changed_at=LATE))
    service.put(one(1, uid="p1b", id_number="024070099999", parcel_address="Thôn 2", **old, **couple))
    assert pulled(desk, uid) is Outcome.DELIVERED
    work(desk)
    kind, (new, changed, unchanged, refused) = ledger(desk, uid)
    assert (kind, new, changed, unchanged, refused) == ("changes", 1, 2, 1, 0)
    assert parcels(desk) == 8
    assert desk.scalar("SELECT count(*) FROM land.holder WHERE is_current") == 9
    assert pulled(desk, uid) is Outcome.UNCHANGED
    # What was removed there only shows when all of it is asked for, which is done every so many days.
    service.remove("p6")
    assert pulled(desk, uid) is Outcome.UNCHANGED
    desk.execute("UPDATE sync.connection SET full_at = full_at - interval '8 days'")
    assert pulled(desk, uid) is Outcome.DELIVERED
    work(desk)
    assert last(desk, uid).full
    assert parcels(desk) == 7


def test_columns_of_another_name_are_named_anew(desk, service, in_process):
    rows = [one(number) for number in (1, 2)]
    for each in rows:
        each["properties"]["NoiO"] = each["properties"].pop("parcel_address")
    service.put(*rows)
    terms = service.terms(effective_on=DAY, columns={"NoiO": "parcel_address"})
    uid = connect(desk, terms)
    settings = desk.settings.model_copy(update={"pull_networks": "127.0.0.1/32"})
    found = trial.look(settings, terms)
    assert (found.matched, found.looked_at, found.missing, found.unknown) == (2, 2, (), ("changed_at",))
    assert "NoiO -> parcel_address" in found.known
    assert trial.look(settings, service.terms()).missing == ("parcel_address",)
    assert pulled(desk, uid) is Outcome.DELIVERED
    work(desk)
    assert ledger(desk, uid) == ("full", (2, 0, 0, 0))


def test_a_zone_that_is_not_offered_is_refused(desk, service, in_process):
    service.put(one(1))
    uid = connect(desk, service.terms(epsg=9210))
    assert pulled(desk, uid) is Outcome.FAILED
    assert last(desk, uid).code == "PULL_CRS"
    assert desk.sizes("intake")["delivery"] == 0


def test_what_is_not_there_is_named(desk, service):
    service.put(one(1))
    uid = connect(desk, service.terms(collection="nowhere"))
    assert pulled(desk, uid) is Outcome.FAILED
    assert (last(desk, uid).code, last(desk, uid).deliveries) == ("PULL_ABSENT", ())

"""Pulls from MapServer by WFS 2.0, a server that we did not write: whole, changed, and in another zone."""

from __future__ import annotations

import pyogrio
import pytest
from landworld import COMMUNES, DAY, EPSG, PROVINCE, row
from provinceworld import mapserver
from pullworld import connect, last, ledger, parcels, pulled, work

from fixtures.generators.deliveries import write_deliveries
from fixtures.generators.people import make_people
from fixtures.province.mapserver import COLLECTION, serving
from landdata.model.connections import Outcome, Terms, Way


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with mapserver(tmp_path_factory.mktemp("mapserver")) as made:
        yield made


def rows(*numbers: int, at="2026-11-01T00:00:00Z"):
    return {f"u{number}": row(COMMUNES[0], number, changed_at=at) for number in numbers}


def test_a_province_is_pulled_page_by_page(desk, service, in_process):
    service.put(rows(1, 2, 3, 4, 5, 6, 7))
    uid = connect(desk, service.terms(effective_on=DAY))
    assert pulled(desk, uid) is Outcome.DELIVERED
    work(desk)
    assert (last(desk, uid).rows, ledger(desk, uid)) == (7, ("full", (7, 0, 0, 0)))
    assert pulled(desk, uid) is Outcome.UNCHANGED
    service.put(rows(2, 3, 4, 5, 6, 7))
    assert pulled(desk, uid) is Outcome.DELIVERED
    work(desk)
    assert (ledger(desk, uid), parcels(desk)) == (("full", (0, 0, 6, 0)), 6)


def test_only_what_changed_is_asked_for(desk, service, in_process):
    old = rows(1, 2, 3, at="2026-10-01T00:00:00Z") | rows(4)
    service.put(old)
    uid = connect(desk, service.terms(effective_on=DAY, changed_by="changed_at"))
    assert pulled(desk, uid) is Outcome.DELIVERED
    work(desk)
    assert pulled(desk, uid) is Outcome.UNCHANGED
    service.put(old | rows(5, at="2026-11-03T00:00:00Z"))
    assert pulled(desk, uid) is Outcome.DELIVERED
    work(desk)
    assert (ledger(desk, uid), parcels(desk)) == (("changes", (1, 0, 1, 0)), 5)


@pytest.mark.parametrize(
    ("said", "code"), [({"epsg": 9210}, "PULL_REFUSED"), ({"collection": "ms:nothing"}, "PULL_REFUSED")]
)
def test_what_it_says_no_to_is_a_refusal(desk, service, said, code):
    service.put(rows(1))
    uid = connect(desk, service.terms(**said))
    assert pulled(desk, uid) is Outcome.FAILED
    assert last(desk, uid).code == code


def test_a_file_that_is_served_is_the_same_as_delivered(desk, tmp_path, in_process):
    """What MapServer writes of numbers, empty values and outlines is read as what stands in its file: nothing is news."""
    people = make_people(provinces=[PROVINCE], scale=0.05)
    [file] = write_deliveries(tmp_path / "files", people, provinces=[PROVINCE], scale=0.05).files
    before = desk.deliver(file.path.read_bytes()).ledger[0]
    [[layer, _]] = pyogrio.list_layers(file.path)
    with serving(tmp_path, file.path, layer=layer, epsg=EPSG) as address:
        terms = Terms(Way.WFS, address, COLLECTION, epsg=EPSG, page_rows=50, effective_on=DAY)
        uid = connect(desk, terms)
        assert pulled(desk, uid) is Outcome.DELIVERED
    work(desk)
    kind, (new, changed, unchanged, _) = ledger(desk, uid)
    assert (kind, new, changed) == ("full", 0, 0)
    assert unchanged == before.rows_new > 20

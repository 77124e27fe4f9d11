"""A delivery is judged against what stands on record: where its parcels were, and what lies beside them."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
import shapely
from landworld import COMMUNES, DAY, EPSG, codes, geojson, row, square
from pyproj import Proj

from landdata.checking.beside import Delivered, beside, cells
from landdata.checking.geometry import to_wgs84
from landdata.checking.topology import Neighbours
from landdata.flows.check import judge
from landdata.model.crs import from_wgs84_arrays, zone
from landdata.model.deliveries import CommuneState, State
from landdata.model.parcels import Doubt
from landdata.store import deliveries, registers
from landdata.store.standing import Standing

HOME, OTHER, THIRD = COMMUNES[:3]
MANY = 30


def moved(ring, east, north):
    return [(round(x + east, 3), round(y + north, 3)) for x, y in ring]


@pytest.fixture(scope="module")
def settled(shared_desk):
    """Two communes on record: thirty parcels each, and a square of 60 m that the third commune will run into."""
    patch = pytest.MonkeyPatch()
    patch.setattr("landdata.flows.check.open_layer", shared_desk.open_layer)
    rows = [row(unit, number) for unit in (HOME, OTHER) for number in range(1, MANY + 1)]
    view = shared_desk.deliver([*rows, row(OTHER, 99, ring=square(THIRD, 0, side=60.0), area_m2=3600, purposes="ONT")])
    assert view.state is State.PUBLISHED
    yield shared_desk
    patch.undo()


def judged(desk, rows, known=None):
    """Doubts, and the codes of what was found."""
    receipt = desk.send(geojson(rows))
    with desk.db.read() as tx:
        work = deliveries.work(tx, receipt.delivery_uid)
    with judge(desk.db, work, settings=desk.settings, keys=desk.keys, doubts=known) as found:
        return found.doubts, [one.code for one in found.findings()]


def test_parcels_on_record_are_found_by_their_numbers_and_where_they_were_drawn(settled):
    unit = settled.scalar(
        "SELECT commune_id FROM land.parcel JOIN ref.unit ON unit_id = commune_id WHERE code = :c LIMIT 1", c=HOME
    )
    keys = np.array([[unit, 1, 5], [unit, 1, 777], [unit, 9, 5], [unit, 1, 1], [0, 0, 0]])
    points = Standing(settled.db, on=DAY).points(keys)
    assert points.at.tolist() == [0, 3]
    east, north = from_wgs84_arrays(EPSG, points.lon, points.lat)
    middle = np.array(square(HOME, 5)[:4]).mean(axis=0)
    assert (east[0], north[0]) == pytest.approx(middle, abs=1e-3)


def test_parcels_of_the_commune_s_earlier_version_are_found_under_its_new_one(desk, in_process):
    day = date(2025, 7, 1)
    with desk.db.read() as tx:
        now = registers.communes_on(tx, on=day)
        units = [now[code][0] for code in COMMUNES if code in now]
        same = next(one for one in registers.predecessors(tx, units, on=day) if one.same)
    desk.deliver([row(same.old_code, 1), row(same.old_code, 2)])
    points = Standing(desk.db, on=day).points(np.array([[same.unit_id, 1, 9], [same.unit_id, 1, 2]]))
    assert points.at.tolist() == [1]
    east, north = from_wgs84_arrays(EPSG, points.lon, points.lat)
    assert (east[0], north[0]) == pytest.approx(np.array(square(same.old_code, 2)[:4]).mean(axis=0), abs=1e-3)


def test_what_is_near_comes_back_to_the_very_same_corners(settled):
    shape = np.array([shapely.Polygon(square(HOME, 5))])
    boxes = cells(shapely.bounds(to_wgs84(shape, EPSG)))
    standing, none = Standing(settled.db, on=DAY), np.zeros(0, dtype=np.int64)
    found = standing.near(boxes, none, whole=True, most=1000)
    assert f"{HOME}.1.5" in found.name
    assert len(set(found.name)) == len(found.name) == len(found.key)
    assert len(standing.near(boxes, none, whole=True, most=2).name) == 2

    def at(communes, whole, key) -> Neighbours:
        delivered = Delivered(communes, lambda _: np.array([key]), whole)
        return beside(shape, delivered, EPSG, standing)[0]

    near = at(none, False, [0, 1, 1])
    assert [name for name in near.name if name.endswith(".1.5")] == [f"{HOME}.1.5"]
    assert shapely.equals(near.shapes[list(near.name).index(f"{HOME}.1.5")], shape[0])
    assert set(map(tuple, shapely.get_coordinates(near.shapes[0]))) == set(square(HOME, 5))
    unit = near.commune[:1]
    assert len(at(unit, False, [unit[0], 9, 9]).name) == len(near.name)
    assert f"{HOME}.1.5" not in at(unit, False, [unit[0], 1, 5]).name
    assert not len(at(unit, True, [unit[0], 9, 9]).name)


def test_boxes_cover_what_they_are_asked_for():
    rng = np.random.default_rng(1)
    corner = rng.uniform((106.0, 21.0), (106.1, 21.1), (500, 2))
    size = np.where(rng.random((500, 1)) < 0.05, rng.uniform(0, 0.2, (500, 2)), rng.uniform(0, 0.001, (500, 2)))
    bounds = np.column_stack([corner, corner + size])
    covered = shapely.union_all(shapely.box(*cells(bounds).T))
    assert shapely.covers(shapely.buffer(covered, 1e-12), shapely.box(*bounds.T)).all()


def test_an_overlap_with_another_commune_s_parcel_on_record_is_told_at_the_delivered_row(settled):
    view = settled.deliver([row(THIRD, 1), row(THIRD, 2, ring=moved(square(THIRD), 0, 5000))])
    told = [one for one in view.findings if one.code == "OVERLAP"]
    assert [(one.row_no, one.details["area_m2"]) for one in told] == [(1, 100.0)]
    assert told[0].details["other"] == f"{OTHER}.1.99 (đang trong hồ sơ / on record)"


def test_what_the_delivery_replaces_is_no_neighbour(settled):
    rows = [row(HOME, number, ring=moved(square(HOME, number), 0.1, 0.0)) for number in range(1, MANY + 1)]
    assert not {"OVERLAP", "SLIVER", "GAP"} & set(judged(settled, rows)[1])


def of_wgs84():
    """The parcels of a commune once more, but made of WGS 84 without a change of datum."""
    plane = np.array([shapely.Polygon(square(HOME, number)) for number in range(1, MANY + 1)])
    degrees = shapely.get_coordinates(to_wgs84(plane, EPSG))
    east, north = Proj(f"{zone(EPSG).projection} +units=m")(*degrees.T)
    false = np.column_stack([east, north]).reshape(-1, 5, 2).round(3)
    return [row(HOME, number + 1, ring=false[number].tolist()) for number in range(MANY)]


def test_a_shift_against_the_record_refuses_the_delivery(settled):
    rows = of_wgs84()
    view = settled.deliver(rows)
    assert view.state is State.REFUSED
    assert view.refusal["code"] == "CRS_SHIFTED"
    assert view.refusal["details"]["likely"].startswith("WGS 84, múi")
    assert float(view.refusal["details"]["shift_m"]) == pytest.approx(224.5, abs=1)
    assert codes(view) == {"CRS_SHIFTED": 1}


def test_a_new_survey_is_no_fault_and_a_shift_of_two_metres_is_a_doubt(settled):
    rng = np.random.default_rng(2)
    survey = [row(HOME, n, ring=moved(square(HOME, n), *rng.normal(0, 0.1, 2))) for n in range(1, MANY + 1)]
    assert judged(settled, survey)[0] == ()
    [doubt] = judged(settled, [row(HOME, n, ring=moved(square(HOME, n), 2, 0)) for n in range(1, MANY + 1)])[0]
    assert (doubt.code, doubt.details["shift_m"], doubt.details["matched"]) == ("CRS_SHIFT_UNEXPLAINED", 2.0, MANY)


def test_who_was_judged_before_is_not_held_against_the_record_again(settled):
    """By the second time, part of the delivery may stand on record itself."""
    before = (Doubt("CRS_DATUM_UNDECIDED", {"epsg": EPSG}),)
    assert judged(settled, of_wgs84(), before)[0] == before


def test_a_doubt_agreed_to_is_raised_no_more(desk, in_process):
    """All of it waits; each commune that is agreed to is published, though it is judged anew every time."""
    moved_by = {0: 0.0, 1: 2.0}
    for turn, east in moved_by.items():
        rings = {unit: [moved(square(unit, n), east, 0) for n in range(1, MANY + 1)] for unit in (HOME, OTHER)}
        rows = [row(unit, n + 1, ring=rings[unit][n]) for unit in rings for n in range(MANY)]
        view = desk.deliver(rows)
        assert view.state is (State.WAITING if turn else State.PUBLISHED)
    assert [one.code for one in view.doubts] == ["CRS_SHIFT_UNEXPLAINED"]
    assert [[why.code for why in one.reasons] for one in view.communes] == [["CRS_SHIFT_UNEXPLAINED"]] * 2
    first = desk.decide(view.delivery_uid, "approve", HOME)
    assert {one.code: one.state for one in first.communes} == {
        HOME: CommuneState.PUBLISHED,
        OTHER: CommuneState.WAITING,
    }
    second = desk.decide(view.delivery_uid, "approve", OTHER)
    assert (second.state, second.doubts) == (State.PUBLISHED, view.doubts)
    assert second.ledger[0].rows_changed == 2 * MANY

"""Coverage by day, by division and by what was known, of a small province with a split and a wholly merged commune."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from landworld import COMMUNES, DAY, Desk, geojson, register, row, square

from landdata.errors import UnknownDivision, UnknownUnit
from landdata.flows import observe
from landdata.model.coverage import Bounded
from landdata.model.units import Level

BEFORE, LATER = DAY - timedelta(days=1), date(2023, 6, 1)
SPLIT = """SELECT o.code FROM ref.projection p JOIN ref.unit o ON o.unit_id = p.from_unit_id AND o.validity @> date '2023-03-28'
  JOIN ref.epoch e USING (epoch_id) JOIN ref.register r ON r.unit_id = o.unit_id AND r.epoch_id = 0
  JOIN ref.unit v ON v.unit_id = r.province_id AND v.code = :province
  WHERE e.valid_from = '2025-07-01' GROUP BY o.code HAVING bool_and(extent = 'part') AND count(*) > 1 ORDER BY 1"""
# Hà Nội: many wards were split between new ones.
PROVINCE = "01"


@pytest.fixture(scope="module")
def desk(shared_country, tmp_path_factory) -> Iterator[Desk]:
    """Bắc Giang: two communes on 28 March, one of them with less and another with more from June. Hà Nội: a split ward."""
    patch = pytest.MonkeyPatch()
    patch.setattr("landdata.flows.check.open_layer", Desk.open_layer)
    made = Desk(shared_country, tmp_path_factory.mktemp("data"))
    a, b, c = COMMUNES[:3]
    made.deliver([row(a, 1), row(a, 2), row(b, 1), row(b, 2, ring=None)])
    made.between = datetime.now(UTC)
    made.deliver([row(a, 1), row(c, 1), row(c, 2)], effective_on=LATER)
    yield made
    patch.undo()


def connected(found) -> dict[str, tuple[int, int, int]]:
    return {one.level.value: (one.connected.at_least, one.connected.at_most, one.total) for one in found.levels}


def test_before_on_and_after(desk):
    days = {day: observe.national(desk.db, on=day) for day in (BEFORE, DAY, LATER - timedelta(days=1), LATER)}
    assert [connected(found)["commune"][0] for found in days.values()] == [0, 2, 2, 3]
    assert [(found.parcels, found.certificates, found.holders) for found in days.values()] == [
        (0, 0, 0),
        (3, 3, 3),
        (3, 3, 3),
        (4, 4, 4),
    ]
    assert connected(days[DAY]) == {"province": (1, 1, 63), "district": (1, 1, 705), "commune": (2, 2, 10_599)}
    assert days[DAY].backfilled
    assert not days[BEFORE].backfilled
    assert {found.simulated for found in days.values()} == {False}


def test_as_known_then(desk):
    """What stood on the day may have been learnt later."""
    before = observe.national(desk.db, on=LATER, known_at=datetime(2023, 4, 1, tzinfo=UTC))
    between = observe.national(desk.db, on=LATER, known_at=desk.between)
    assert (before.parcels, between.parcels, observe.national(desk.db, on=LATER).parcels) == (0, 3, 4)
    assert [
        one.parcels.at_least
        for one in observe.units(desk.db, on=LATER, level=Level.PROVINCE, known_at=desk.between)
        if one.code == "24"
    ] == [3]


@pytest.mark.parametrize("division", ["2023", "2025"])
@pytest.mark.parametrize("level", list(Level))
def test_units_add_up_to_the_country(desk, division, level):
    for day in (BEFORE, DAY, LATER):
        country = observe.national(desk.db, on=day, division=division)
        rows = observe.units(desk.db, on=day, level=level, division=division)
        own = country.level(level)
        if own is None:
            assert (level, division, rows) == (Level.DISTRICT, "2025", ())
            continue
        assert sum(one.parcels.at_least for one in rows) <= country.parcels <= sum(one.parcels.at_most for one in rows)
        assert len(rows) == own.total
        assert (
            Bounded(sum(one.connected.at_least for one in rows), sum(one.connected.at_most for one in rows))
            == own.connected
        )
        if level is Level.PROVINCE:
            communes = country.level(Level.COMMUNE)
            assert sum(one.communes_total for one in rows) == communes.total
            assert sum(one.communes_connected.at_least for one in rows) == communes.connected.at_least
            assert sum(one.holders.at_least for one in rows) == country.holders


def test_below_a_parent(desk):
    [province] = [one for one in observe.units(desk.db, on=DAY, level=Level.PROVINCE) if one.code == "24"]
    assert (province.communes_connected, province.communes_total) == (Bounded(2, 2), len(COMMUNES))
    assert (province.districts_connected, province.districts_total) == (Bounded(1, 1), 10)
    assert province.refused_share == pytest.approx(0.25)
    assert province.last_effective_on == DAY
    below = observe.units(desk.db, on=DAY, level=Level.COMMUNE, parent="24")
    assert [one.code for one in below] == sorted(COMMUNES)
    assert {one.code: one.parcels for one in below if one.connected.at_most} == {
        COMMUNES[0]: Bounded(2, 2),
        COMMUNES[1]: Bounded(1, 1),
    }
    with pytest.raises(UnknownUnit):
        observe.units(desk.db, on=DAY, level=Level.COMMUNE, parent="999")


def test_the_series_ends_where_it_is_asked_and_breaks_with_the_division(desk):
    points = observe.series(desk.db, through=date(2025, 7, 15), months=30)
    assert len(points) == 31
    assert points[-1].on == date(2025, 7, 15)
    by_day = {one.on: one for one in points}
    assert [by_day[day].parcels for day in (date(2023, 2, 28), date(2023, 3, 31), date(2023, 6, 30))] == [0, 3, 4]
    assert (by_day[date(2025, 6, 30)].communes_total, points[-1].communes_total) == (10_035, 3_321)
    assert by_day[date(2025, 6, 30)].register_on < points[-1].register_on == date(2025, 7, 1)
    for point in points:
        assert observe.national(desk.db, on=point.on).parcels == point.parcels


def test_a_division_nobody_knows(desk):
    with pytest.raises(UnknownDivision) as caught:
        observe.national(desk.db, on=DAY, division="1999")
    assert "2023, 2025" in caught.value.mend("en")
    assert [one.code for one in observe.divisions(desk.db)] == ["2023", "2025"]
    assert len(observe.boundaries(desk.db, division="2025")) == 34


def test_a_split_commune_reads_at_least_and_at_most(country, tmp_path, in_process):
    desk = Desk(country, tmp_path)
    desk.office("LO-01", PROVINCE)
    split = desk.rows(SPLIT, province=PROVINCE)[0][0]
    where = register.province(PROVINCE)
    whole = next(one.code for one in where.communes if (one.code,) not in desk.rows(SPLIT, province=PROVINCE))
    rows = [
        row(code, number, ring=square(code, number, province=PROVINCE))
        for code, numbers in ((split, (1, 2)), (whole, (1,)))
        for number in numbers
    ]
    assert desk.deliver(geojson(rows, epsg=where.epsg), office="LO-01", simulated=True).state.value == "PUBLISHED"
    old, new = (observe.national(desk.db, on=DAY, division=division) for division in ("2023", "2025"))
    assert connected(old)["commune"] == (2, 2, 10_599)
    least, most, total = connected(new)["commune"]
    assert (least, total) == (1, 3_321)
    assert most >= 3
    assert connected(new)["province"] == (1, 1, 34)  # whichever ward it is, it lies in Hà Nội
    assert old.parcels == new.parcels == 3
    assert (old.simulated, old.backfilled) == (True, True)
    found = {
        one.code: one
        for one in observe.units(desk.db, on=DAY, level=Level.COMMUNE, division="2025", parent=PROVINCE)
        if one.connected.at_most
    }
    certain = [one for one in found.values() if one.connected.at_least]
    assert [one.parcels.at_least for one in certain] == [1]
    assert sorted(
        {(one.parcels.at_least, one.parcels.at_most) for one in found.values() if not one.connected.at_least}
    ) == [(0, 2)]
    assert len(found) == most

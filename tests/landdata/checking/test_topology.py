"""Overlaps, slivers and gaps: pair by pair what PostGIS finds, and nothing below what a surveyor can measure."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from contextlib import closing

import numpy as np
import psycopg2
import pytest
import shapely
from landmaps import EAST, NORTH, sheet, spoiled

from landdata.checking import overlaps as overlaps_module
from landdata.checking.edges import edges_of
from landdata.checking.overlaps import overlaps
from landdata.checking.topology import Neighbours, Parcels, check
from landdata.model.parcels import Found

JOIN = """
    SELECT a.id, b.id, ST_Overlaps(a.geom, b.geom) FROM one a JOIN one b ON a.id < b.id AND a.geom && b.geom
    WHERE ST_Overlaps(a.geom, b.geom) OR ST_Contains(a.geom, b.geom) OR ST_Within(a.geom, b.geom)
       OR ST_Equals(a.geom, b.geom)
"""


def array(shapes):
    found = np.empty(len(shapes), dtype=object)
    found[:] = list(shapes)
    return found


def box(x0, y0, x1, y1):
    return shapely.box(EAST + x0, NORTH + y0, EAST + x1, NORTH + y1)


def pairs(shapes):
    found = overlaps(array(shapes))
    assert not len(found.untested)
    return set(zip(found.first.tolist(), found.second.tolist(), strict=True))


def pair_by_pair(shapes):
    """Every two whose boxes meet, one by one."""
    one, other = shapely.STRtree(shapes).query(shapes)
    one, other = one[one < other], other[one < other]
    meet = shapely.relate_pattern(shapes[one], shapes[other], "T********")
    return set(zip(one[meet].tolist(), other[meet].tolist(), strict=True))


def found_in(shapes, communes=None):
    """Findings as (code, row, details)."""
    shapes = array(shapes)
    of = np.array(communes or [1] * len(shapes), dtype=np.int64)
    parcels = Parcels(shapes, np.arange(len(shapes)) + 10, of, lambda at: f"07000.1.{at}")
    return [
        (one.code, int(row), one.details[at] if one.details else {})
        for one in check(parcels)
        for at, row in enumerate(one.rows)
    ]


# The same pairs


@pytest.mark.parametrize(
    ("size", "seed"),
    [(5000, 1), (5000, 2), pytest.param(100_000, 3, marks=pytest.mark.full)],
)
def test_the_same_pairs_as_postgis(country_url, size, seed):
    shapes = spoiled(np.random.default_rng(seed), size)
    assert len(shapes) >= size
    with closing(psycopg2.connect(country_url)) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE one (id integer, geom geometry)")
        lines = "".join(f"{at}\t{wkb}\n" for at, wkb in enumerate(shapely.to_wkb(shapes, hex=True)))
        cursor.copy_expert("COPY one FROM STDIN", io.StringIO(lines))
        cursor.execute("CREATE INDEX ON one USING gist (geom)")
        cursor.execute("ANALYZE one")
        cursor.execute(JOIN)
        theirs = cursor.fetchall()
    assert len(theirs) > size / 10
    ours = pairs(shapes)
    assert ours == {(one, other) for one, other, _ in theirs}
    one, other = np.array(sorted(ours)).T
    partly = shapely.overlaps(shapes[one], shapes[other])
    assert set(zip(one[partly], other[partly], strict=True)) == {(a, b) for a, b, only_partly in theirs if only_partly}


@pytest.mark.parametrize("count", [60, pytest.param(3000, marks=pytest.mark.full)])
def test_the_same_pairs_as_one_by_one(count):
    """Many small maps: the fewer parcels, the more often a case stands alone that others would cover for."""
    found = 0
    for seed in range(count):
        rng = np.random.default_rng(seed)
        shapes = spoiled(rng, int(rng.integers(2, 40)))
        rng.shuffle(shapes)
        expected = pair_by_pair(shapes)
        assert pairs(shapes) == expected, seed
        found += len(expected)
    assert found > 10 * count


def test_two_surveys_of_the_same_land():
    """Inside both sheets every edge has its mate, so only walking on from the rim finds the middle."""
    rng = np.random.default_rng(5)
    shapes = array(sheet(rng, 12, 12) + sheet(rng, 12, 12, at=(3.0, 4.0)))
    matched = ~edges_of(shapes).loose
    assert matched.mean() > 0.8
    assert pairs(shapes) == pair_by_pair(shapes)
    # The same lines once more, with corners the first survey did not take: edges lie on edges and none crosses.
    plain = [box(10 * x, 10 * y, 10 * x + 10, 10 * y + 10) for x in range(6) for y in range(6)]
    dense = list(shapely.segmentize(array(plain), 5.0))
    assert pairs(plain + dense) == {(at, at + 36) for at in range(36)}


def test_neighbours_in_order_overlap_nowhere():
    outer = shapely.Polygon(box(0, 0, 20, 20).exterior, [box(5, 5, 10, 10).exterior])
    two = shapely.MultiPolygon([box(20, 0, 30, 10), box(40, 0, 50, 10)])
    shapes = [outer, box(5, 5, 10, 10), two, box(30, 0, 40, 10), box(20, 10, 50, 20), shapely.box(0, 0, 1, 1)]
    assert pairs(shapes) == set()
    assert pairs(shapely.reverse(array(shapes))) == set()


def test_nothing_and_little():
    assert pairs([]) == pairs([box(0, 0, 1, 1)]) == set()
    assert found_in([]) == found_in([box(0, 0, 1, 1)]) == []
    assert pairs([box(0, 0, 1, 1)] * 3) == {(0, 1), (0, 2), (1, 2)}


def test_signs_of_zero_and_points_that_repeat_do_not_hide_a_shared_edge():
    left = shapely.Polygon([(-5, -0.0), (0.0, -0.0), (0.0, -0.0), (-0.0, 5), (-5, 5)])
    right = shapely.Polygon([(0.0, 0.0), (5, 0), (5, 5), (0.0, 5), (0.0, 5)])
    edges = edges_of(array([left, right]))
    assert len(edges.owner) == 8
    assert (~edges.loose).sum() == 2


# What is worth reporting


@pytest.mark.parametrize(
    ("other", "code", "area", "relation"),
    [
        (box(9, 0, 19, 10), "OVERLAP", 10.0, "partly"),
        (box(0, 0, 10, 10), "OVERLAP", 100.0, "the same"),
        (box(2, 2, 4, 4), "OVERLAP", 4.0, "contains it"),
        (box(-2, -2, 14, 14), "OVERLAP", 100.0, "lies within"),
        (box(9.95, 0, 19, 10), "SLIVER", 0.5, "partly"),
        (box(9.97, 0, 19, 10), "SLIVER", 0.3, "partly"),
        (box(9.985, 0, 19, 10), None, None, None),  # 1.5 cm deep: within the tolerance of a survey
        (box(9.92, 9.9, 19, 19), None, None, None),  # 0.008 m2
        (box(10, 0, 20, 10), None, None, None),
        (box(10, 10, 20, 20), None, None, None),
    ],
)
def test_an_overlap_is_named_on_both_sides(other, code, area, relation):
    result = found_in([box(0, 0, 10, 10), other])
    if code is None:
        assert result == []
        return
    assert [(found, row) for found, row, _ in result] == [(code, 10), (code, 11)]
    first, second = (details for _, _, details in result)
    assert (first["other"], second["other"]) == ("07000.1.1", "07000.1.0")
    assert first["area_m2"] == second["area_m2"] == pytest.approx(area)
    assert relation in first["relation"]


def test_a_pond_in_a_hole_overlaps_only_where_it_is_too_large():
    holed = shapely.Polygon(box(0, 0, 20, 20).exterior, [box(5, 5, 10, 10).exterior])
    assert found_in([holed, box(5, 5, 10, 10)]) == []
    [first, second] = found_in([holed, box(5, 5, 10, 11)])
    assert first[0] == second[0] == "OVERLAP"
    assert first[2]["area_m2"] == pytest.approx(5.0)


def hole(bounds):
    """Four parcels around an empty place in the middle of 20 by 20 m."""
    x0, y0, x1, y1 = bounds
    return [box(0, 0, x1, y0), box(x1, 0, 20, y1), box(x0, y1, 20, 20), box(0, y0, x0, 20)]


@pytest.mark.parametrize(
    ("bounds", "area"),
    [
        ((10, 10, 10.9, 10.9), 0.81),
        ((5, 10, 15, 10.09), 0.9),
        ((5, 10, 18, 10.08), 1.04),  # more than 1 m2, but nowhere 10 cm wide
        ((5, 10, 15, 10.015), None),  # nowhere 2 cm wide
        ((10, 10, 10.09, 10.09), None),  # 0.0081 m2
        ((10, 10, 12, 12), None),  # a lane or a grave
    ],
)
def test_a_gap_is_small_or_thin_and_between_parcels(bounds, area):
    result = found_in(hole(bounds))
    if area is None:
        assert result == []
        return
    [(code, row, details)] = result
    assert (code, row, details["others"]) == ("GAP", 10, "07000.1.1, 07000.1.2, 07000.1.3")
    assert details["area_m2"] == pytest.approx(area)
    assert shapely.box(*(np.array(bounds) + (EAST, NORTH) * 2)).contains(
        shapely.Point(details["east"], details["north"])
    )


def test_what_is_no_gap():
    around = hole((10, 10, 10.9, 10.9))
    assert found_in([*around, box(10, 10, 10.9, 10.9)]) == []  # claimed
    assert found_in([*around, box(10, 10, 10.9, 10.9)], [1, 1, 1, 1, 2]) == []  # by a parcel of the next commune
    assert found_in(around, [1, 1, 1, 2]) == []  # open towards the next commune
    assert found_in([shapely.Polygon(box(0, 0, 9, 9).exterior, [box(5, 5, 5.5, 5.5).exterior])]) == []  # one parcel's
    # A thin hole with a T-junction instead of common corners is found all the same.
    whole = [box(0, 0, 20, 10), box(0, 10.05, 11, 20), box(11, 10.05, 20, 20), box(-5, 0, 0, 20), box(20, 0, 25, 20)]
    assert [code for code, _, _ in found_in(whole)] == ["GAP"]


def test_one_parcel_over_very_many_is_told_by_its_count():
    strip = [box(10 * at, 0, 10 * at + 10, 20) for at in range(40)]
    result = found_in([*strip, box(0, 5, 400, 15)])
    assert sum(code == "OVERLAP" for code, row, _ in result if row < 50) == 40
    assert sum(code == "OVERLAP" for code, row, _ in result if row == 50) == 10
    assert [(row, details) for code, row, details in result if code == "OVERLAPS_MANY"] == [
        (50, {"count": 40, "listed": 10})
    ]


# What stands beside


@pytest.mark.parametrize("size", [400, pytest.param(20_000, marks=pytest.mark.full)])
def test_a_part_with_the_rest_on_record_is_told_what_the_whole_is_told(size):
    """A map cut in two at random: what the delivered part is told does not depend on where its neighbours come from."""
    rng = np.random.default_rng(size)
    shapes = array(shapely.set_precision(spoiled(rng, size), 0.001))
    shapes = shapes[np.isin(shapely.get_type_id(shapes), (3, 6)) & ~shapely.is_empty(shapes)]
    parts = rng.permutation(len(shapes)) < len(shapes) / 3
    own, other = np.flatnonzero(parts), np.flatnonzero(~parts)
    unit = np.ones(len(shapes), dtype=np.int64)

    def told(found: list[Found], number: Callable[[int], int]) -> set[tuple[str, int, str]]:
        return {
            (one.code, number(int(row)), repr(one.details[at]).replace(" (đang trong hồ sơ / on record)", ""))
            for one in found
            for at, row in enumerate(one.rows)
            if one.code in {"OVERLAP", "SLIVER"}
        }

    whole = check(Parcels(shapes, np.arange(len(shapes)), unit, lambda at: f"1.1.{at}"))
    beside = Neighbours(shapes[other], unit[other], tuple(f"1.1.{at}" for at in other))
    part = check(Parcels(shapes[own], np.arange(len(own)), unit[own], lambda at: f"1.1.{own[at]}"), beside)
    expected = {one for one in told(whole, int) if parts[one[1]]}
    assert len(expected) > size / 20
    assert told(part, lambda row: int(own[row])) == expected


def test_a_gap_towards_what_stands_on_record_is_told_at_the_delivered_parcel():
    around = hole((10, 10, 10.9, 10.9))
    unit = np.ones(4, dtype=np.int64)
    delivered = Parcels(array(around[3:]), np.array([7]), unit[:1], lambda at: f"1.1.{at}")
    beside = Neighbours(array(around[:3]), unit[:3], ("1.1.7", "1.1.8", "1.1.9"))
    [found] = [one for one in check(delivered, beside) if len(one.rows)]
    assert (found.code, found.rows.tolist()) == ("GAP", [7])
    assert found.details[0]["others"].startswith("1.1.7 (đang trong hồ sơ / on record), 1.1.8")
    # Between parcels that all stand on record already nothing is said again.
    away = Parcels(array([box(500, 0, 510, 10)]), np.array([7]), unit[:1], "1.1.{}".format)
    assert not any(len(one.rows) for one in check(away, Neighbours(array(around), unit, ("1", "2", "3", "4"))))


# Hostile maps


def test_a_heap_of_parcels_takes_bounded_work_and_says_so(monkeypatch):
    monkeypatch.setattr(overlaps_module, "_AT_LEAST", 500)
    start = time.perf_counter()
    shapes = array([box(at / 1000, 0, 10 + at / 1000, 10) for at in range(2000)])
    result = found_in(shapes)
    assert time.perf_counter() - start < 30
    told = {code: {row for one, row, _ in result if one == code} for code in ("OVERLAP", "OVERLAPS_UNTESTED")}
    # Every parcel of the heap is either named with an overlap or said not to have been tested to the end.
    assert told["OVERLAP"] | told["OVERLAPS_UNTESTED"] == set(range(10, 2010))
    assert sum(code == "GAPS_UNTESTED" for code, _, _ in result) == 1
    assert not [code for code, _, _ in result if code == "GAP"]


def test_a_full_search_leaves_nothing_untested():
    shapes = array([box(0, 0, 10, 10)] * 300)
    assert len(pairs(shapes)) == 300 * 299 // 2

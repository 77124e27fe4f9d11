"""Safe mendings of outlines: what comes out is valid and as large as before, and everything else is left alone."""

from __future__ import annotations

import struct

import numpy as np
import pytest
import shapely
from landworld import COMMUNES, row, square

from landdata.checking.geometry import accepted, shapes

Ring = list[tuple[float, float]]
EAST, NORTH = 588_788.23, 2_326_237.19


def wkb(*rings: Ring, close: bool = True) -> bytes:
    """A polygon's bytes by hand, so that nobody closes or orders anything."""
    made = struct.pack("<BII", 1, 3, len(rings))
    for ring in rings:
        points = [(EAST + x, NORTH + y) for x, y in ring] + ([(EAST + ring[0][0], NORTH + ring[0][1])] if close else [])
        made += struct.pack("<I", len(points)) + b"".join(struct.pack("<dd", *point) for point in points)
    return made


def multi(*parts: bytes) -> bytes:
    return struct.pack("<BII", 1, 6, len(parts)) + b"".join(parts)


def judged(*made: bytes | None):
    column = np.empty(len(made), dtype=object)
    column[:] = made
    found = shapes(column, max_vertices=1000)
    told = {int(at): one.code for one in found.findings for at in one.rows}
    return found, told


SQUARE = [(0, 0), (10, 0), (10, 10), (0, 10)]
HOLE = [(2, 2), (4, 2), (4, 4), (2, 4)]
GOOD = wkb(SQUARE)
MENDED = {
    "RING_CLOSED": [wkb(SQUARE, close=False), wkb([*SQUARE, (0, 5)], close=False)],
    "POINT_TWICE": [wkb([(0, 0), (10, 0), (10, 0), (10, 10), (10, 10), (0, 10)]), wkb(SQUARE, [*HOLE, (2, 4)])],
    "SPIKE_REMOVED": [
        wkb([(0, 0), (10, 0), (10, 5), (25, 5), (10, 5), (10, 10), (0, 10)]),
        wkb([(0, 0), (10, 0), (10, 5), (25, 5), (40, 9), (25, 5), (10, 5), (10, 10), (0, 10)]),
        wkb([(0, 0), (10, 0), (10, 5), (5, 5), (10, 5), (10, 10), (0, 10)]),  # inward
        wkb([(-5, 0), (0, 0), (10, 0), (10, 10), (0, 10), (0, 0)]),  # at the very start
        multi(wkb(SQUARE), wkb([(20, 0), (30, 0), (30, 5), (35, 5), (30, 5), (30, 10), (20, 10)])),
        wkb([(0, 0), (10, 0), (10, 5), (25, 5), (10, 5), (10, 10), (0, 10)], HOLE),
    ],
    "RINGS_REORDERED": [wkb(HOLE, SQUARE), multi(wkb(HOLE, SQUARE), wkb([(20, 0), (30, 0), (30, 10)]))],
}
AREA = {"RING_CLOSED": (100, 100), "POINT_TWICE": (100, 96), "SPIKE_REMOVED": (100, 100, 100, 100, 200, 96),
        "RINGS_REORDERED": (96, 146)}  # fmt: skip


@pytest.mark.parametrize("code", MENDED)
def test_what_is_safe_is_mended_and_told(code):
    found, told = judged(GOOD, *MENDED[code], None, GOOD)
    made = len(MENDED[code])
    assert told == {**dict.fromkeys(range(1, made + 1), code), made + 1: "GEOMETRY_MISSING"}
    assert found.usable.tolist() == [True, *[True] * made, False, True]
    assert shapely.is_valid(found.plane[1 : made + 1]).all()
    assert shapely.area(found.plane[1 : made + 1]) == pytest.approx(AREA[code], rel=1e-9)


def test_what_is_read_again_is_mended_again():
    """Neighbours and records are made of shapes that are read once more, after they were judged."""
    column = np.array([GOOD, *(one for some in MENDED.values() for one in some)], dtype=object)
    again = accepted(column)
    assert shapely.is_valid(again).all()
    assert shapely.equals_exact(again, shapes(column, max_vertices=1000).plane).all()


def test_a_corner_that_neighbours_may_share_stays():
    """A point in the middle of a side is no spike, though it lies just as straight."""
    found, _ = judged(wkb([(0, 0), (5, 0), (10, 0), (10, 5), (25, 5), (10, 5), (10, 10), (0, 10)]))
    [told] = [one for one in found.findings if len(one.rows)]
    assert list(told.details) == [{"value": 2}]
    left = {tuple(point) for point in shapely.get_coordinates(found.plane[0]) - (EAST, NORTH)}
    assert {(round(x), round(y)) for x, y in left} == {(0, 0), (5, 0), (10, 0), (10, 5), (10, 10), (0, 10)}


@pytest.mark.parametrize(
    "made",
    [
        wkb([(0, 0), (10, 10), (10, 0), (0, 10)]),  # a bow tie: which half is meant?
        wkb([(0, 0), (10, 0), (10, 5), (25, 5.01), (9.99, 5.02), (10, 4), (0, 10)]),
        wkb(SQUARE, [(5, 5), (15, 5), (15, 7), (5, 7)]),  # a hole that leaves its parcel
        wkb(SQUARE, [(20, 20), (25, 20), (25, 25)]),  # a hole elsewhere, smaller than the parcel
        multi(wkb(SQUARE), wkb([(5, 0), (15, 0), (15, 10), (5, 10)])),  # parts that overlap
        wkb([(0, 0), (10, 0), (0, 0), (10, 0)]),  # nothing but a spike
    ],
)
def test_what_would_be_a_guess_is_left_to_the_office(made):
    found, told = judged(made, GOOD)
    assert told == {0: "GEOMETRY_INVALID"}
    assert found.usable.tolist() == [False, True]


def test_bytes_that_are_no_shape_stay_lost():
    for made in (b"", b"\x01\x03\x00", b"\x01\x63\x00\x00\x00", wkb(SQUARE)[:40]):
        assert judged(made, GOOD)[1] == {0: "GEOMETRY_MISSING"}
    assert judged()[1] == {}


def test_neither_start_nor_direction_of_a_ring_is_a_fault():
    turned = wkb(SQUARE[::-1])
    assert judged(turned)[1] == {}
    assert shapely.to_wkb(judged(turned)[0].plane[0], byte_order=1) == turned


def test_the_hash_covers_what_was_delivered_not_what_was_mended(flat_rules):
    ring = square(COMMUNES[0], 1)
    double = shapely.Polygon([ring[0], *ring])
    one = flat_rules([row(COMMUNES[0], 1), row(COMMUNES[0], 2)])
    other = flat_rules([row(COMMUNES[0], 1, shape=double), row(COMMUNES[0], 2)])
    assert [finding.code for finding in other.findings] == ["POINT_TWICE"]
    assert one.kept.row_hash[1].tolist() == other.kept.row_hash[1].tolist()
    assert one.kept.row_hash[0].tolist() != other.kept.row_hash[0].tolist()

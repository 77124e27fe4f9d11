"""Outlines nested deep enough to end the process are never read; all others are handed on as they came."""

from __future__ import annotations

import struct

import numpy as np
import pytest
import shapely

from landdata.reading.nesting import readable

_POINT = struct.pack("<BIdd", 1, 1, 1, 1)
BOX = shapely.box(0, 0, 1, 1)


def nested(kind: int, depth: int, order: str = "<") -> bytes:
    return struct.pack(f"{order}BII", order == "<", kind, 1) * depth + _POINT


def read(*wkb: bytes | None) -> list[bytes | None]:
    return readable(np.array([*wkb, None], dtype=object)).tolist()[:-1]


@pytest.mark.parametrize("kind", [4, 5, 6, 7, 1007, 3006, 0x80000007, 0xC0000006])
@pytest.mark.parametrize("order", "<>")
def test_what_would_end_the_process_becomes_a_point(kind, order):
    [made] = read(nested(kind, 100_000, order))
    assert shapely.get_type_id(shapely.from_wkb(made)) == 0


def test_behind_a_sound_part_too():
    bomb = struct.pack("<BII", 1, 6, 2) + shapely.to_wkb(BOX) + nested(6, 50_000)
    assert shapely.get_type_id(shapely.from_wkb(read(bomb)[0])) == 0
    spatial = struct.pack("<BIII", 1, 7 | 0x20000000, 9214, 1) + nested(7, 50_000)
    assert read(spatial) != [spatial]


@pytest.mark.parametrize("kind", range(8, 13))
def test_curves_are_no_polygons(kind):
    assert read(struct.pack("<BII", 1, kind, 0)) != [struct.pack("<BII", 1, kind, 0)]
    within = struct.pack("<BII", 1, 7, 1) + struct.pack("<BII", 1, kind, 0)
    assert read(within) != [within]


@pytest.mark.parametrize("flavour", ["extended", "iso"])
@pytest.mark.parametrize("order", [0, 1])
def test_the_shapes_of_maps_stay_as_they_are(flavour, order):
    shapes = [
        BOX, shapely.MultiPolygon([BOX]), shapely.MultiPolygon([BOX, shapely.box(2, 2, 3, 3)]), shapely.Point(1, 2),
        shapely.force_3d(shapely.MultiPolygon([BOX, shapely.box(2, 2, 3, 3)])), shapely.LineString([(0, 0), (1, 1)]),
        shapely.GeometryCollection([shapely.GeometryCollection([BOX]), shapely.Point(1, 1)]), shapely.Polygon(),
    ]  # fmt: skip
    made = [shapely.to_wkb(one, byte_order=order, flavor=flavour, output_dimension=3) for one in shapes]
    assert read(*made, None, b"", b"\1", b"\1\6\0\0\0", nested(7, 30)[:200]) == [
        *made, None, b"", b"\1", b"\1\6\0\0\0", nested(7, 30)[:200]
    ]  # fmt: skip

"""Pictures of faulty parcels for pages: bounded, the gravest on top, with neighbours, and what has no shape is counted."""

from __future__ import annotations

import re

import numpy as np
import shapely

from landdata.model.faults import Fault, FaultMap, Faulty
from landdata.writing.pictures import HEIGHT, MOST_DRAWN, WIDTH, pictures


def fault_map(worst: list[int], *, missing: tuple[int, ...] = ()) -> FaultMap:
    """Squares of ten metres in rows of thirty; those with findings are numbered by their place."""
    shapes = np.array(
        [
            None if at in missing else shapely.box(400_000 + at % 30 * 12, 2_300_000 + at // 30 * 12,
                                                   400_010 + at % 30 * 12, 2_300_010 + at // 30 * 12)
            for at in range(len(worst))
        ],
        dtype=object,
    )  # fmt: skip
    faulty = tuple(
        Faulty(at, Fault(one), "07201", "1", str(at), (at + 1,), ("X",), ("vì", "why"))
        for at, one in enumerate(worst)
        if one
    )
    return FaultMap(9214, shapes, np.array(worst), np.zeros(len(worst), np.int64), faulty, ((400_005.0, 2_300_005.0),))


def test_a_parcel_stands_among_its_neighbours_the_gravest_on_top():
    worst = [0] * 90
    worst[31], worst[32] = Fault.REFUSED, Fault.WARNED
    found = pictures(fault_map(worst))
    assert (found.faulty, found.drawn, found.shapeless) == (2, 2, 0)
    [place] = found.pictures
    assert [one.refused for one in place.drawn] == [False, True]
    assert place.neighbours.count("M") >= 8
    numbers = [float(one) for one in re.findall(r"[\d.]+", place.drawn[0].path)]
    assert all(0 <= one <= max(WIDTH, HEIGHT) for one in numbers)
    x, y = place.drawn[1].at
    assert (0 < x < WIDTH, 0 < y < HEIGHT) == (True, True)
    assert 0 < place.bar <= 100


def test_what_has_no_shape_is_counted_and_much_is_bounded():
    worst = [int(Fault.WARNED)] * 400
    found = pictures(fault_map(worst, missing=(0, 1)))
    assert (found.faulty, found.shapeless) == (400, 2)
    assert found.drawn <= MOST_DRAWN

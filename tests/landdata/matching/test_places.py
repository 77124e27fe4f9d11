"""Land in the communes of its day, people in those of theirs: the same place through the succession of the real country."""

from __future__ import annotations

import numpy as np
import pytest

from fixtures.generators.register import REFERENCE
from landdata.flows.linkage import _succession
from landdata.matching.places import NOWHERE, Places, Succession

# 24001 and 24002 became 24001; of 24003 one part lies in 24001, the other in 24009; all were in province 6, now in 4.
SMALL = Succession(
    former=np.array([24001, 24002, 24003, 24003]),
    current=np.array([24001, 24001, 24001, 24009]),
    province=np.array([4, 4, 4, 4]),
    birth=np.array([6]),
    birth_province=np.array([4]),
)
FORMER, TODAY = [24002, 24003], [24001, 24009]


def same(land, lives, born, land_column, residence_column):
    places = Places(SMALL, np.array([land, *land_column]), np.array([lives, *residence_column]), np.array([born, 6, 6]))
    [found] = places.same(np.array([land]), np.array([0]))
    sought = places.around(np.array([land]))[1]
    assert found == (places.residence[0] in sought.tolist())  # rivals are sought where the bearer is believed to live
    return bool(found)


@pytest.mark.parametrize(
    ("land", "lives", "born", "land_column", "residence_column", "here"),
    [
        (24002, 24001, 6, FORMER, TODAY, True),
        (24003, 24009, 6, FORMER, TODAY, True),
        (24002, 24009, 6, FORMER, TODAY, False),
        (24002, 24002, 6, FORMER, FORMER, True),
        (24001, 24002, 6, FORMER, FORMER, False),  # two communes of those days, which are one now
        (24001, 24002, 6, TODAY, FORMER, True),  # a certificate of today, an older register
        (24002, NOWHERE, 6, FORMER, TODAY, True),  # no residence: the province of birth stands in for it
        (24002, NOWHERE, 1, FORMER, TODAY, False),
        (NOWHERE, 24001, 6, FORMER, TODAY, False),
        (99999, 99999, 6, FORMER, TODAY, True),  # in no list, and yet one code
    ],
)
def test_one_place_through_the_succession(land, lives, born, land_column, residence_column, here):
    assert same(land, lives, born, land_column, residence_column) is here


def test_the_country():
    known = _succession(REFERENCE)
    assert len(np.unique(known.former)) > 10_590
    assert len(np.unique(known.current)) > 3_300
    assert len(np.unique(known.province)) == 34
    assert len(known.birth) == 63
    assert (
        dict(zip(known.birth.tolist(), known.birth_province.tolist(), strict=True))[2] == 8
    )  # Hà Giang is in Tuyên Quang

"""Topology commune by commune finds what it finds in the file as a whole, over the borders too, and each thing once."""

from __future__ import annotations

import numpy as np
import pytest
from landworld import COMMUNES, row, square

from landdata.checking import neighbours

HOME, OTHER = COMMUNES[:2]
X, Y = square(HOME)[0]


def ring(east: float, north: float, width: float = 10.0, height: float = 10.0) -> list[tuple[float, float]]:
    west, south = X + east, Y + north
    return [(west, south), (west + width, south), (west + width, south + height), (west, south + height), (west, south)]


def mixed(seed: int, size: int = 120):
    """Two communes in one place, cell by cell, corners pushed about: overlaps, slivers and gaps within and over the border."""
    rng = np.random.default_rng(seed)
    push = rng.choice([0.0, 0.0, 0.05, 0.6], (size, 2))
    at = np.arange(size)
    return [
        row(
            HOME if number % 3 else OTHER,
            number + 1,
            ring=ring(10.0 * (number % 12) + push[number, 0], 10.0 * (number // 12), 10.0 + push[number, 1]),
        )
        for number in rng.permutation(at).tolist()
    ]


def told(checked) -> list[tuple[object, ...]]:
    codes = {"OVERLAP", "SLIVER", "GAP", "OVERLAPS_MANY", "OVERLAPS_UNTESTED", "GAPS_UNTESTED"}
    return sorted(
        (one.code, int(at), str(one.details[place] if one.details else None))
        for one in checked.findings
        if one.code in codes
        for place, at in enumerate(one.rows)
    )


@pytest.mark.parametrize("seed", range(4))
def test_in_parts_as_in_one(flat_rules, monkeypatch, seed):
    rows = mixed(seed)
    at_once = told(flat_rules(rows))
    monkeypatch.setattr(neighbours, "_AT_ONCE", 1)
    assert told(flat_rules(rows)) == at_once
    assert {code for code, *_ in at_once} >= {"OVERLAP", "SLIVER"}
    assert len(set(at_once)) == len(at_once)


def test_a_gap_that_a_parcel_of_another_commune_fills_is_none(flat_rules, monkeypatch):
    """The hole is 0.8 m wide; who lies in it touches nobody of the commune around."""
    monkeypatch.setattr(neighbours, "_AT_ONCE", 1)
    around = [ring(0, 0, 10, 20.8), ring(10.8, 0, 10, 20.8), ring(10, 0, 0.8, 10), ring(10, 10.8, 0.8, 10)]
    rows = [row(HOME, number + 1, ring=one) for number, one in enumerate(around)]
    assert [code for code, *_ in told(flat_rules(rows))] == ["GAP"]
    filled = [*rows, row(OTHER, 1, ring=ring(10.2, 10.2, 0.4, 0.4))]
    assert told(flat_rules(filled)) == []


def test_a_parcel_over_very_many_of_others_is_told_untested(flat_rules, monkeypatch):
    monkeypatch.setattr(neighbours, "_AT_ONCE", 1)
    monkeypatch.setattr(neighbours, "_MOST_BESIDE", 5)
    rows = [row(HOME, number + 1, ring=ring(12.0 * number, 0)) for number in range(9)]
    found = told(flat_rules([*rows, row(OTHER, 1, ring=ring(-5, -5, 300, 30))]))
    assert ("OVERLAPS_UNTESTED", 9, "None") in found
    assert sum(code == "OVERLAP" and at == 9 for code, at, _ in found) == 5

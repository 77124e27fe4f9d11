"""The plan of the bench that delivers a country: every commune once, and nothing begun that the disk cannot hold."""

from __future__ import annotations

import argparse
from collections import Counter, namedtuple
from itertools import pairwise

import pytest

from tests.bench.ground import CannotRun
from tests.bench.scale import meter, run, shares
from tests.bench.scale.point import Cost


@pytest.fixture(scope="module")
def plan():
    return shares.plan(points=3, rounds=3, sample=50_000, file=100_000, races=2)


def test_every_commune_is_delivered_once_and_24_million_fit(plan):
    pieces = [
        piece for many in (*plan.samples, *(side for one in plan.races for side in one), plan.others) for piece in many
    ]
    communes = Counter(code for piece in pieces for code in piece.communes)
    assert set(communes.values()) == {1}
    assert sum(piece.parcels for piece in pieces) == shares.room() >= 24_000_000
    assert len({piece.key for piece in pieces}) == len(pieces)
    # Certificates and citizens of one file are none of another's.
    spans = sorted((piece.first, piece.first + piece.parcels) for piece in pieces)
    assert all(end == begin for (_, end), (begin, _) in pairwise(spans))


def test_all_provinces_deliver_at_the_same_time(plan):
    assert len({piece.province for piece in plan.others[:63]}) == 63
    assert {len({piece.province for piece in side}) for side in plan.races[0]} == {1, 2}
    assert all(len(many) == 3 and {piece.parcels for piece in many} == {49_940} for many in plan.samples)


def test_more_samples_than_there_is_room_for_are_refused():
    with pytest.raises(ValueError, match="too few communes"):
        shares.plan(points=3, rounds=3, sample=1_000_000, file=100_000, races=0)


def test_a_disk_that_is_too_small_is_told_before_anything_is_written(tmp_path, monkeypatch):
    usage = namedtuple("usage", "free")  # noqa: PYI024 - what shutil gives
    monkeypatch.setattr(run.shutil, "disk_usage", lambda _: usage(75 * 10**9))
    with pytest.raises(CannotRun, match=r"72 GB: 52 GB of tables .* 14 GB of sealed files,.*--drop-raw"):
        run._require_disk(tmp_path, 24_000_000, 15 * 10**9, drop_raw=False)
    run._require_disk(tmp_path, 24_000_000, 15 * 10**9, drop_raw=True)
    with pytest.raises(CannotRun, match="at most 24,014,330 parcels"):
        run._points(argparse.Namespace(points=None, millions=25.0))
    assert run._points(argparse.Namespace(points=None, millions=5.0)) == (500_000, 5_000_000)


def test_cost_is_the_middle_round_and_survives_a_cut():
    cost = Cost.of({"parcels": 5, "sample": 2, "rows": 9, "wal": [4], "new": [2.0, 9.0, 4.0], "copied": [1.0, 3.0, 1.0],
                    "land": [1.0, 1.0, 1.0], "again": [1.0]})  # fmt: skip
    assert cost.ratio() == 3.0
    assert Cost.of(cost.noted()).ratio() == 3.0


def test_remaining_time_is_by_the_last_minutes_and_unknown_at_first(monkeypatch, capsys):
    now = iter([1000.0, 1100.0, 1700.0, 1800.0])
    monkeypatch.setattr(meter.time, "monotonic", lambda: next(now))
    shown = meter.Meter(24_000_000)
    for parcels in (0, 1_000_000, 1_060_000, 1_660_000):
        shown.show(parcels)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("remaining time not known yet")
    assert lines[1].endswith("10,000/s over the last minutes, 38 min left")
    assert lines[3].endswith("6,000/s over the last minutes, 1 h 02 min left")

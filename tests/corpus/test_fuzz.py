"""Our parsers under changed input: a value or an error of ours, in bounded time; what once broke one is tried for ever."""

from __future__ import annotations

import pytest
import shapely

from tests.corpus.fuzz import attempt, fuzz
from tests.corpus.parsers import Parser, parsers

PARSERS = {one.name: one for one in parsers()}
FEW, MANY = 200, 100_000
# Inputs that once ended in something else, by parser.
FOUND: list[tuple[str, bytes]] = [
    ("markup", b'<?xml version="1.0" encoding="UTD-8"?><a/>'),
    ("sniff", b'<?xml version="1.0" encoding="UTD-8"?><a/>'),
    ("outline", shapely.to_wkb(shapely.from_wkt("POLYGON ((1 1, 1 1, 1 1, 1 1))"))),
    ("outline", shapely.to_wkb(shapely.from_wkt("POLYGON ((0 0, 9 0, 0 9, 0 0), (1 1, 1 1, 1 1, 1 1))"))),
    ("outline", shapely.to_wkb(shapely.from_wkt("POLYGON ((0 0, 1e-200 0, 0 1e-200, 0 0, 0 0))"))),
    ("system", b'PROJCS["TOWGS84[--,e,.]",GEOGCS["b",DATUM["c",SPHEROID["d",6378137,298.25],TOWGS84[1,2,3]]]]'),
]


@pytest.mark.parametrize("name", PARSERS)
def test_a_parser(tmp_path, name):
    assert fuzz(PARSERS[name], tmp_path, rounds=FEW, seed=1) > 0


@pytest.mark.full
@pytest.mark.parametrize("name", PARSERS)
def test_a_parser_for_long(tmp_path, name):
    print(name, fuzz(PARSERS[name], tmp_path, rounds=MANY // PARSERS[name].cost, seed=2), "lines")


@pytest.mark.parametrize(("name", "data"), FOUND)
def test_what_was_found_stays_found(tmp_path, name, data):
    attempt(PARSERS[name], data, tmp_path)


def test_the_fuzzer_finds_a_planted_fault(tmp_path):
    def planted(data: bytes, _folder: object) -> None:
        if b"=" in data and data.count(b"\n") > 1:
            raise KeyError

    with pytest.raises(AssertionError, match="planted met KeyError"):
        fuzz(Parser("planted", planted, (b"a\nb",), (b"=", b"\n")), tmp_path, rounds=1_000, seed=1)

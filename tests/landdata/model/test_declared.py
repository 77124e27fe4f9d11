"""What files say of their coordinates, in the spellings programs write, and how far the readings lie apart."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest

from landdata.errors import CrsNotAZone
from landdata.model.crs import ZONES, to_wgs84_arrays, zone
from landdata.model.declared import NOTHING, declared
from landdata.model.readings import by_place, by_shift, metres, of_parameters, of_zone

RIGHT = (-191.90441429, -39.30318279, -111.45032835, 0.00928836, -0.01975479, 0.00427372, 0.252906278)
PRINTED = (*RIGHT[:3], *(-one for one in RIGHT[3:6]), RIGHT[6])
# domain.md 4.3: zone, point, metres without any shift, metres with the signs as printed.
POINTS = [
    (9210, 603992.97, 1191830.25, 225.5, 0.545),
    (5897, 588788.23, 2326237.19, 224.1, 0.754),
    (9207, 571695.72, 1014768.33, 225.4, 0.527),
    (5899, 548383.42, 1775538.32, 225.4, 0.644),
    (9205, 501659.05, 2365578.12, 222.7, 0.778),
]


@pytest.mark.parametrize("one", ZONES, ids=lambda one: str(one.epsg))
@pytest.mark.parametrize("version", ["WKT1_GDAL", "WKT1_ESRI", "WKT2_2019"])
def test_a_zone_is_known_by_code_and_by_parameters(one, version):
    assert declared(f"EPSG:{one.epsg}").epsg == one.epsg
    assert declared(pyproj.CRS.from_epsg(one.epsg).to_wkt(version)).epsg == one.epsg
    bare = declared(pyproj.CRS(one.projection).to_wkt(version))
    assert (bare.epsg, bare.wgs84, bare.towgs84) == (one.epsg, False, None)
    false = declared(pyproj.CRS(f"{one.projection} +datum=WGS84").to_wkt(version))
    assert (false.epsg, false.wgs84) == (one.epsg, True)


@pytest.mark.parametrize("said", [RIGHT, PRINTED])
def test_the_parameters_of_a_file_are_read_as_written(said):
    text = pyproj.CRS(f"{zone(5897).projection} +towgs84={','.join(map(str, said))}").to_wkt("WKT1_GDAL")
    found = declared(text)
    assert found.epsg == 5897
    assert found.towgs84 == pytest.approx(said)


def test_nothing_and_no_zone():
    assert declared(None) is declared("") is declared("no system at all") is NOTHING
    for text in ("EPSG:4326", "EPSG:32648", "EPSG:3405", f"{ZONES[0].projection.replace('0.9999', '0.9996')}"):
        with pytest.raises(CrsNotAZone):
            declared(text)


@pytest.mark.parametrize(("epsg", "east", "north", "unshifted", "printed"), POINTS)
def test_readings_lie_as_far_apart_as_was_measured(epsg, east, north, unshifted, printed):
    x, y = np.array([east]), np.array([north])
    own = zone(epsg)
    here = to_wgs84_arrays(epsg, x, y)
    assert np.hypot(*metres(*of_zone(own).degrees(x, y), *here)[0]) == 0
    away = {(one.name, one.turns_back): float(np.hypot(*metres(*one.degrees(x, y), *here)[0])) for one in by_shift(own)}
    for back in (False, True):
        assert away[f"WGS 84, múi / zone EPSG:{epsg}", back] == pytest.approx(unshifted, abs=0.5)
        signs = away[f"EPSG:{epsg}, sai dấu góc xoay / rotation signs wrong", back]
        assert signs == pytest.approx(printed, abs=0.002)
    assert np.hypot(*metres(*of_parameters(own, RIGHT).degrees(x, y), *here)[0]) < 1e-6
    assert np.hypot(*metres(*of_parameters(own, PRINTED).degrees(x, y), *here)[0]) == pytest.approx(printed, abs=0.002)


def test_names_of_readings_are_their_own():
    names = [(one.name, one.turns_back) for one in by_shift(ZONES[0])]
    assert len(set(names)) == len(names) > len(list(by_place(ZONES[0]))) > len(ZONES)


@pytest.mark.parametrize(
    "text",
    [
        "+init=/etc/passwd:x +type=crs",
        "/etc/passwd",
        "+proj=utm +zone=48 +nadgrids=/etc/passwd",
        "file:///a",
        '{"a":1}',
        "EPSG:1" * 9_000,
    ],
)
def test_no_system_makes_proj_open_a_file(monkeypatch, text):
    def refuse(*_: object) -> None:
        raise AssertionError(text)

    monkeypatch.setattr(pyproj.CRS, "from_user_input", refuse)
    assert declared(text) is NOTHING


def test_parameters_that_are_no_numbers_are_none():
    text = pyproj.CRS(f"{zone(5897).projection} +towgs84=1,2,3").to_wkt("WKT1_GDAL")
    for odd in ("--,e,.", "1e999,0,0", "1,2"):
        named = text.replace('PROJCS["', f'PROJCS["TOWGS84[{odd}] ', 1)
        assert named != text
        assert declared(named).towgs84 is None

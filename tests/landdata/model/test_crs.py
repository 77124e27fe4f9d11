"""The national transformation, by two roads to the same millimetre, and what is no VN-2000 coordinate."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from sqlalchemy import text

from landdata.errors import CoordinateOutOfRange, UnknownZone
from landdata.model.crs import ZONES, from_wgs84, to_wgs84, to_wgs84_arrays, zone

# reference/domain.md 4.3: zone, easting, northing -> latitude, longitude by EPSG:6960.
POINTS = {
    "Hồ Chí Minh": (9210, 603992.97, 1191830.25, 10.775881506, 106.702686188),
    "Hà Nội": (5897, 588788.23, 2326237.19, 21.027513952, 105.856082677),
    "Cần Thơ": (5897, 581872.30, 1110836.31, 10.044186340, 105.748684373),
    "Cà Mau": (9207, 571695.72, 1014768.33, 9.175788667, 105.154181024),
    "Đà Nẵng": (5899, 548383.42, 1775538.32, 16.053376358, 108.204021290),
    "Long An": (9210, 572563.11, 1164991.21, 10.533982969, 106.414785581),
    "Điện Biên": (9205, 501659.05, 2365578.12, 21.385047758, 103.017891904),
}
MILLIMETRE = 0.001


def metres(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """Distance of two near points on the ellipsoid, good to a thousandth of itself."""
    return math.hypot((lon - other_lon) * 111_320 * math.cos(math.radians(lat)), (lat - other_lat) * 110_600)


@pytest.mark.parametrize("place", POINTS)
def test_regression_points_through_pyproj(place):
    epsg, east, north, lat, lon = POINTS[place]
    assert metres(*to_wgs84(epsg, east, north), lon, lat) < MILLIMETRE
    lons, lats = to_wgs84_arrays(epsg, np.array([east]), np.array([north]))
    assert metres(lons[0], lats[0], lon, lat) < MILLIMETRE


@pytest.mark.parametrize("place", POINTS)
def test_regression_points_through_postgis(shared_country, place):
    epsg, east, north, lat, lon = POINTS[place]
    sql = "SELECT ST_X(g), ST_Y(g) FROM ST_Transform(ST_SetSRID(ST_MakePoint(:e, :n), :srid), 4326) g"
    with shared_country.read() as tx:
        row = tx.connection.execute(text(sql), {"e": east, "n": north, "srid": 900_000 + epsg}).one()
    assert metres(row[0], row[1], lon, lat) < MILLIMETRE


@pytest.mark.parametrize("place", POINTS)
def test_the_way_back(place):
    epsg, east, north, lat, lon = POINTS[place]
    assert np.hypot(*np.subtract(from_wgs84(epsg, lon, lat), (east, north))) < MILLIMETRE
    again = from_wgs84(epsg, *to_wgs84(epsg, east, north))
    assert np.hypot(*np.subtract(again, (east, north))) < MILLIMETRE / 10


def test_the_mistakes_others_make_would_be_seen():
    """Signs copied as printed and the operation PROJ prefers in the delta are off by more than this file allows."""
    epsg, east, north, lat, lon = POINTS["Cần Thơ"]
    from pyproj import Transformer

    careless = Transformer.from_crs(f"EPSG:{epsg}", "EPSG:4326", always_xy=True).transform(east, north)
    assert 0.7 < metres(*careless, lon, lat) < 0.9
    # towgs84 is a position vector: the printed rotations change their sign in it.
    wrong = zone(epsg).proj4text.replace("0.00928836", "-0.00928836", 1)
    printed = Transformer.from_pipeline(
        f"+proj=pipeline +step +inv {wrong} +step +proj=unitconvert +xy_in=rad +xy_out=deg"
    ).transform(east, north)
    assert metres(*printed, lon, lat) > 0.1


def test_eighteen_zones_agree_on_one_country():
    """A point of the grid comes out the same by whichever zone it is carried through, to 0.1 mm."""
    assert len({one.epsg for one in ZONES}) == len({one.central_meridian for one in ZONES}) == 18
    for lon in np.arange(102.5, 109.6, 0.9):
        for lat in np.arange(8.5, 23.4, 1.7):
            near = [one for one in ZONES if abs(one.central_meridian - lon) <= 3]
            found = [to_wgs84(one.epsg, *from_wgs84(one.epsg, lon, lat)) for one in near]
            for first, second in pairwise([(lon, lat), *found]):
                assert metres(*first, *second) < 0.0001


def test_postgis_and_pyproj_agree_in_every_zone(shared_country):
    east, north = np.meshgrid(np.linspace(350_000, 650_000, 5), np.linspace(950_000, 2_550_000, 7))
    east, north = east.ravel(), north.ravel()
    sql = text(
        "SELECT ST_X(g), ST_Y(g) FROM unnest(CAST(:e AS float8[]), CAST(:n AS float8[])) WITH ORDINALITY AS p (e, n, place), "
        "ST_Transform(ST_SetSRID(ST_MakePoint(e, n), :srid), 4326) g ORDER BY place"
    )
    with shared_country.read() as tx:
        for one in ZONES:
            rows = tx.connection.execute(sql, {"e": east.tolist(), "n": north.tolist(), "srid": one.srid}).all()
            lon, lat = to_wgs84_arrays(one.epsg, east, north)
            # PostGIS keeps the towgs84 step in its own order of operations: 0.1 mm is what is left.
            off = [metres(*row, x, y) for row, x, y in zip(rows, lon, lat, strict=True)]
            assert max(off) < 0.0001, one.name


def test_what_is_no_zone_is_named():
    for epsg in (4326, 3405, 6956, 0):
        with pytest.raises(UnknownZone) as caught:
            to_wgs84(epsg, 500_000, 1_000_000)
        assert str(epsg) in caught.value.sentence("vi")
        assert "9210" in caught.value.mend("en")


@pytest.mark.parametrize(
    ("east", "north"),
    [
        (1_191_830.25, 603_992.97),
        (106.7, 10.7),
        (500_000, 3_000_001),
        (99_999, 2_000_000),
        (math.nan, 1e6),
        (5e5, math.inf),
    ],
)
def test_what_lies_in_no_zone_is_refused(east, north):
    """Swapped axes, degrees, another hemisphere, and what is no number at all."""
    with pytest.raises(CoordinateOutOfRange):
        to_wgs84(9210, east, north)


@pytest.mark.parametrize(("lon", "lat"), [(10.7, 106.7), (0, 0), (99.9, 10), (106, 25.1), (math.nan, 10)])
def test_what_is_far_from_vietnam_has_no_way_back(lon, lat):
    with pytest.raises(CoordinateOutOfRange):
        from_wgs84(9210, lon, lat)

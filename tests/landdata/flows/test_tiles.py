"""Tiles show what their reader may see, where it lies, and nobody's name."""

from __future__ import annotations

from contextlib import closing

import pytest
import shapely
from copies import run
from landworld import COMMUNES, row, square
from mapworld import (
    COMMUNE_HERE,
    COMMUNE_THERE,
    EPSG_HERE,
    EPSG_THERE,
    HERE,
    MINISTRY,
    NOBODY,
    OFFICE,
    OTHER,
    PARCELS,
    THERE,
    MapWorld,
    corner,
    layers,
    tile_at,
)
from pyproj import Transformer
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from landdata.errors import TileUnknown
from landdata.flows import extents
from landdata.model.crs import to_wgs84
from landdata.model.tiles import Tile

PLACES = {HERE: (COMMUNE_HERE, EPSG_HERE), THERE: (COMMUNE_THERE, EPSG_THERE)}


@pytest.fixture(scope="module")
def world(shared_desk, monkeypatch_module):
    monkeypatch_module.setattr("landdata.flows.check.open_layer", shared_desk.open_layer)
    with closing(MapWorld(shared_desk)) as made:
        yield made


@pytest.fixture(scope="module")
def monkeypatch_module():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


def parcel_tile(province: str, z: int = 15) -> Tile:
    commune, epsg = PLACES[province]
    return tile_at(*corner(commune, 10, province, epsg), z)


@pytest.mark.parametrize("z", [15, 17, 20])
def test_a_parcel_lies_where_it_was_surveyed(world, tmp_path, z):
    """To less than a unit of the tile, against the projection itself."""
    wanted = parcel_tile(HERE, z)
    _, rows, shapes = layers(world.tile(MINISTRY, wanted), wanted, tmp_path)["parcels"]
    at = {one["parcel_number"]: shape for one, shape in zip(rows, shapes, strict=True)}
    ring = [to_wgs84(EPSG_HERE, *point) for point in square(COMMUNE_HERE, 10)]
    mercator = Transformer.from_crs(4326, 3857, always_xy=True)
    true = shapely.Polygon([mercator.transform(*point) for point in ring])
    unit = 40_075_016.7 / 2**z / 4096
    assert shapely.hausdorff_distance(shapely.from_wkb(at[10]).convex_hull, true) < 1.5 * unit or z == 20
    assert shapely.from_wkb(at[10]).intersection(true).area > 0.5 * true.area or z == 20


def test_properties_are_those_agreed_and_of_nobody(world, tmp_path):
    wanted = parcel_tile(HERE)
    fields, rows, _ = layers(world.tile(MINISTRY, wanted), wanted, tmp_path)["parcels"]
    told = {"id", "commune_code", "map_sheet_number", "parcel_number", "area_m2", "purpose"}
    assert fields - {"mvt_id", "fid"} == told
    ten = next(one for one in rows if one["parcel_number"] == 10)
    assert (ten["commune_code"], ten["map_sheet_number"], ten["area_m2"], ten["purpose"]) == (
        COMMUNE_HERE,
        1,
        100.0,
        "LUC",
    )
    assert ten["id"].split(".")[1:] == ["1", "10"]
    whole = b"".join(world.tile(MINISTRY, parcel_tile(HERE, z)) for z in (5, 8, 10, 13, 15, 17))
    for word in ("Nguyễn", "0240700", "CH000", "DB "):
        assert word.encode() not in whole


@pytest.mark.parametrize(
    ("reader", "sees"), [(MINISTRY, {HERE, THERE}), (OFFICE, {HERE}), (OTHER, {THERE}), (NOBODY, set())]
)
@pytest.mark.parametrize("z", [12, 15])
def test_an_office_sees_its_own_provinces(world, reader, sees, z):
    assert {one for one in PLACES if world.tile(reader, parcel_tile(one, z))} == sees


def test_nothing_of_one_caller_is_left_for_the_next(world):
    wanted = parcel_tile(THERE)
    for _ in range(3):  # the same connection serves both
        assert world.tile(MINISTRY, wanted)
        assert not world.tile(OFFICE, wanted)
        assert not world.tile(NOBODY, wanted)


def test_below_zoom_15_communes_and_provinces_stand_for_parcels(world, tmp_path):
    wanted = parcel_tile(HERE, 8)
    found = layers(world.tile(MINISTRY, wanted), wanted, tmp_path)
    assert set(found) == {"provinces", "communes", "commune_places"}
    _, communes, hulls = found["communes"]
    (here,) = [one for one in communes if one["code"] == COMMUNE_HERE]
    assert (here["parcels"], here["province_code"]) == (PARCELS, HERE)
    assert len(hulls) == len(found["commune_places"][1])
    names = {one["name"]: one for one in found["provinces"][1]}
    assert names["Tỉnh Bắc Ninh"]["connected"] >= 1, "today's register has Bắc Giang in it"
    assert set(layers(world.tile(MINISTRY, parcel_tile(HERE, 14)), wanted, tmp_path)) <= {"communes", "commune_places"}


def test_a_name_is_in_one_tile_alone(world, tmp_path):
    middle = parcel_tile(HERE, 13)
    found = 0
    for x in range(middle.x - 2, middle.x + 3):
        for y in range(middle.y - 2, middle.y + 3):
            wanted = Tile(13, x, y)
            here = layers(world.tile(MINISTRY, wanted), wanted, tmp_path) if world.tile(MINISTRY, wanted) else {}
            found += len(here["commune_places"][1]) if "commune_places" in here else 0
    assert found == 1


@pytest.mark.parametrize("z", [17, 18, 19])
def test_a_parcels_number_is_at_one_place_within_it(world, tmp_path, z):
    """However many tiles cut the parcel."""
    mercator = Transformer.from_crs(4326, 3857, always_xy=True)
    true = {
        number: shapely.Polygon([mercator.transform(*to_wgs84(EPSG_HERE, *at)) for at in square(COMMUNE_HERE, number)])
        for number in range(1, PARCELS + 1)
    }
    west, south, east, north = shapely.total_bounds(list(true.values()))
    low, high = (tile_at(*mercator.transform(*at, direction="INVERSE"), z) for at in ((west, south), (east, north)))
    drawn, placed = list[int](), dict[int, list[shapely.Geometry]]()
    for x in range(low.x, high.x + 1):
        for y in range(high.y, low.y + 1):
            wanted = Tile(z, x, y)
            data = world.tile(MINISTRY, wanted)
            found = layers(data, wanted, tmp_path) if data else {}
            drawn += [one["parcel_number"] for one in found["parcels"][1]] if data else []
            fields, rows, shapes = found.get("parcel_places", (set(), [], []))
            assert fields <= {"mvt_id", "map_sheet_number", "parcel_number"}, "nothing but numbers"
            for one, at in zip(rows, shapes, strict=True):
                placed.setdefault(one["parcel_number"], []).append(shapely.from_wkb(at))
    assert len(drawn) > len(set(drawn)) == PARCELS, "no parcel is cut by an edge"
    unit = 40_075_016.7 / 2**z / 4096
    assert {number: len(places) for number, places in placed.items()} == dict.fromkeys(true, 1)
    assert all(true[number].buffer(unit).contains(places[0]) for number, places in placed.items())


def test_numbers_are_left_out_where_they_would_hide_each_other(world, tmp_path):
    wanted = parcel_tile(HERE, 16)
    assert set(layers(world.tile(MINISTRY, wanted), wanted, tmp_path)) == {"parcels"}


@pytest.mark.parametrize("wanted", [Tile(3, 8, 0), Tile(3, 0, 8), Tile(21, 0, 0), Tile(-1, 0, 0), Tile(0, -1, 0)])
def test_there_are_no_other_tiles(world, wanted):
    with pytest.raises(TileUnknown):
        world.tile(MINISTRY, wanted)


def test_the_place_of_a_commune_follows_its_parcels(world):
    """What was withdrawn is on no map; what comes later, and nothing else, is looked at again."""
    commune = COMMUNES[5]
    view = world.desk.deliver([row(commune, n) for n in range(1, 6)])
    wanted = tile_at(*corner(commune, 3), 12)
    assert extents.keep(world.desk.worker) == 1
    assert extents.keep(world.desk.worker) == 0
    before = world.tile(MINISTRY, wanted)
    world.desk.withdraw(view.delivery_uid)
    assert extents.keep(world.desk.worker) == 1
    assert commune.encode() in before
    assert commune.encode() not in world.tile(MINISTRY, wanted)


def test_what_is_published_beside_a_long_transaction_is_not_waited_for(world):
    """And drawn once: everything after the oldest open transaction is looked at every time."""
    with world.desk.db.engine.connect() as long:
        long.execute(text("CREATE TEMPORARY TABLE held (x int)"))
        commune = COMMUNES[6]
        world.desk.deliver([row(commune, 1)])
        assert extents.keep(world.desk.worker) == 1
        assert extents.keep(world.desk.worker) == 0
        long.rollback()


def test_a_database_restored_elsewhere_is_looked_at_again(world):
    """Transactions are counted anew there; what was noted before lies in its future."""
    with world.desk.db.write() as tx:
        tx.connection.execute(text("UPDATE stats.extent_reach SET tx = 9000000000000"))
        tx.connection.execute(text("DELETE FROM stats.commune_extent"))
    assert extents.keep(world.desk.worker) >= 2
    assert extents.keep(world.desk.worker) == 0


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM land.parcel", "SELECT geom FROM land.parcel", "SELECT * FROM land.holder",
        "SELECT * FROM land.certificate", "SELECT * FROM land.land_right", "SELECT * FROM match.party",
        "SELECT full_name FROM org.person", "CREATE TABLE public.mine (x int)",
        "UPDATE stats.commune_extent SET is_stale = true", "SELECT * FROM people.gis_key",
    ],
)  # fmt: skip
def test_the_maps_role_reads_no_more_than_the_views(world, sql):
    with pytest.raises(DBAPIError, match=r"permission denied|read-only"), world.db.write() as tx:
        tx.connection.execute(text(sql))


def test_without_a_sight_there_is_nothing(world):
    with world.db.read() as tx:
        assert tx.connection.scalar(text("SELECT count(*) FROM land.shown_parcel")) == 0
        assert tx.connection.scalar(text("SELECT count(*) FROM stats.shown_commune")) == 0


def test_dead_connections_are_replaced(world, admin_url):
    wanted = parcel_tile(HERE)
    before = world.tile(MINISTRY, wanted)
    name = world.desk.db.engine.url.database
    run(
        admin_url,
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}' AND usename LIKE '%_map'",
    )
    assert world.tile(MINISTRY, wanted) == before

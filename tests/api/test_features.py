"""Parcels and units as OGC API features and tiles: over HTTP, by GDAL's own reader, and for nobody who may not see them."""

from __future__ import annotations

import base64
import itertools
import json
import random
import re
import subprocess
import sys
import time
from contextlib import closing, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit
from uuid import uuid4

import httpx
import pyogrio
import pytest
import shapely
from jsonschema import Draft202012Validator
from sqlalchemy import text

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "landdata"))

from landworld import COMMUNES, DAY, Desk, row, square  # found by the line above
from mapworld import (
    COMMUNE_HERE,
    COMMUNE_THERE,
    EPSG_HERE,
    EPSG_THERE,
    HERE,
    MINISTRY,
    PARCELS,
    THERE,
    MapWorld,
    corner,
    tile_at,
)
from serving import serving

from landdata.errors import DatabaseUnavailable, FeaturesAskedWrongly
from landdata.flows import gis_keys, people
from landdata.model import conditions
from landdata.model.clients import PARCELS_SCOPE, STATISTICS_SCOPE
from landdata.model.crs import from_wgs84, to_wgs84
from landdata.model.features import PARCELS as COLLECTION
from landdata.model.features import system
from landdata.model.people import Role, Session, SignedIn, Stage, now
from landdata.settings import Settings
from landdata.store import keys as key_files
from landdata.store.features import _shape

NUMBERS = itertools.count()
BASE = "/v1/features"
ITEMS = f"{BASE}/collections/parcels/items"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"


@pytest.fixture(scope="module")
def world(shared_country, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch, closing(Desk(shared_country, tmp_path_factory.mktemp("map"))) as desk:
        patch.setattr("landdata.flows.check.open_layer", desk.open_layer)
        with closing(MapWorld(desk)) as made:
            yield made


@pytest.fixture(scope="module")
def database(world):
    return world.desk.db


@pytest.fixture(scope="module")
def api(database, tmp_path_factory):
    """One service for all of these: they only read."""
    folder = tmp_path_factory.mktemp("service")
    key_files.make_all(folder)
    url = database.engine.url.render_as_string(hide_password=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("api.oauth.replays.SLOTS", 1 << 12)
        with serving(Settings(database_url=url, data_dir=folder, pool_size=4)) as running:
            yield running


class Reader:
    """A GIS program with a key: what it asks as the person whose key it is."""

    def __init__(self, api, key: str, login: str) -> None:
        self.api, self.key, self.login = api, key, login
        self.headers = {"Authorization": "Basic " + base64.b64encode(f"{login}:{key}".encode()).decode()}

    def get(self, path: str, **params: object) -> httpx.Response:
        return self.api.http.get(path, params=params or None, headers=self.headers)

    def json(self, path: str, **params: object) -> dict:
        answer = self.get(path, **params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def numbers(self, **params: object) -> list[int]:
        return [one["properties"]["parcel_number"] for one in self.json(ITEMS, **params)["features"]]


def person(database, role: Role, office: str) -> SignedIn:
    """A person with an account and one role, as one who signed in just now."""
    login, at = f"can.bo.{next(NUMBERS)}", now()
    if all(one.login != "quan.tri" for one in people.every(database)):
        people.add(database, login="quan.tri", full_name="Q", office_code="MAE", by=None)
        people.grant(database, login="quan.tri", role=Role.ADMINISTRATOR, by=None, reason="đầu tiên")
    people.add(database, login=login, full_name="Cán bộ", office_code=office, by=None)
    people.grant(database, login=login, role=role, by="quan.tri", reason="thử")
    with database.read() as tx:
        number = tx.connection.scalar(text("SELECT person_id FROM org.person WHERE login = :login"), {"login": login})
    opened = Session(uuid4(), Stage.OPEN, at, at, at + timedelta(hours=1), "127.0.0.1", "")
    kind = "MINISTRY" if office == "MAE" else "LAND_OFFICE"
    return SignedIn(number, login, "Cán bộ", office, kind, frozenset({role}), opened, at, by_issuer=False)


@pytest.fixture(scope="module")
def key_of(api, database):
    def make(office: str = "MAE") -> Reader:
        who = person(database, Role.GIS_USER, office)
        made = gis_keys.make(api.app.state.services.entrance, who, name="QGIS", days=7, address="127.0.0.1")
        return Reader(api, made, who.login)

    return make


@pytest.fixture(scope="module")
def ministry(key_of):
    return key_of()


@pytest.fixture(scope="module")
def office(key_of):
    return key_of("LO-24")


@pytest.fixture
def signed_in(api, database, monkeypatch):
    """Asks as a person with a session and this role."""

    def ask(role: Role, path: str, office: str = "MAE") -> httpx.Response:
        who = person(database, role, office)
        monkeypatch.setattr("landdata.flows.sessions.find", lambda _entrance, _token: who)
        return api.http.get(path, headers={"Cookie": "sid=x"})

    return ask


def test_where_it_begins(ministry):
    """Every address that is told is there, and describes itself."""
    landing = ministry.json(BASE)
    assert {"self", "service-desc", "conformance", "data"} <= {one["rel"] for one in landing["links"]}
    for one in landing["links"]:
        assert ministry.get(urlsplit(one["href"]).path).status_code == 200
    told = ministry.json(f"{BASE}/conformance")["conformsTo"]
    assert {one.rpartition("/")[2] for one in told} >= {"core", "geojson", "crs", "cql2-text", "basic-cql2"}
    listed = ministry.json(f"{BASE}/collections")["collections"]
    assert [one["id"] for one in listed] == ["parcels", "provinces", "districts", "communes"]
    for one in listed:
        assert ministry.json(f"{BASE}/collections/{one['id']}") == one
        assert (one["itemType"], one["storageCrs"]) == ("feature", one["crs"][0])
        schema = ministry.get(f"{BASE}/collections/{one['id']}/queryables")
        assert schema.headers["content-type"].startswith("application/schema+json")
        Draft202012Validator.check_schema(schema.json())
        first = ministry.json(f"{BASE}/collections/{one['id']}/items", limit=1, datetime="2023-04-01")["features"][0]
        assert set(schema.json()["properties"]) - {"geometry"} <= set(first["properties"])
        again = ministry.json(f"{BASE}/collections/{one['id']}/items/{first['id']}", datetime="2023-04-01")
        assert {name: again[name] for name in first} == first
    assert ministry.get(f"{BASE}/collections/holders").status_code == 404


def test_a_parcel_is_told_without_its_holder(ministry):
    answer = ministry.get(ITEMS, commune_code=COMMUNE_HERE, parcel_number=7)
    assert answer.headers["content-type"] == "application/geo+json"
    assert answer.headers["content-crs"] == "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>"
    assert answer.headers["cache-control"] == "private, max-age=60"
    assert "numberMatched" not in answer.json()
    (one,) = answer.json()["features"]
    assert one["properties"] == {
        "commune_code": COMMUNE_HERE, "commune_name": one["properties"]["commune_name"], "province_code": HERE,
        "map_sheet_number": 1, "parcel_number": 7, "parcel_uid": one["properties"]["parcel_uid"], "legal_area_m2": 100.0,
        "map_area_m2": 100.0, "purpose": "ONT", "purposes": "ONT+CLN", "status": "current",
        "effective_from": DAY.isoformat(), "effective_to": None,
    }  # fmt: skip
    true = shapely.Polygon([to_wgs84(EPSG_HERE, *point) for point in square(COMMUNE_HERE, 7)])
    found = shapely.from_geojson(json.dumps(one["geometry"]))
    assert shapely.hausdorff_distance(found, true) < 2e-8, "two millimetres"
    for word in ("Nguyễn", "0240700", "CH000", "DB "):
        assert word not in answer.text


def test_pages_follow_each_other_without_a_gap(ministry):
    """Whatever the way: over the country, in a large box, in a small one, on a day."""
    lon, lat = corner(COMMUNE_HERE, 10)
    small = f"{lon - 0.04},{lat - 0.04},{lon + 0.04},{lat + 0.04}"
    for way in ({}, {"bbox": "100,5,120,25"}, {"bbox": small}, {"datetime": "2023-04-01"}):
        url = f"{ITEMS}?{urlencode({'limit': 7, 'commune_code': COMMUNE_HERE, **way})}"
        found, pages = [], 0
        while url:
            body = ministry.json(url)
            assert body["numberReturned"] == len(body["features"]) <= 7
            found += [one["id"] for one in body["features"]]
            nexts = [one["href"] for one in body["links"] if one["rel"] == "next"]
            url, pages = (nexts[0].removeprefix(ministry.api.url) if nexts else ""), pages + 1
        assert pages == -(-PARCELS // 7), way
        assert len(set(found)) == PARCELS
        assert found == sorted(found, key=lambda one: tuple(map(int, one.split("."))))


def test_a_box_holds_what_touches_it(ministry):
    """By the shapes themselves, in degrees in both orders and in metres."""
    shapes = {n: shapely.Polygon(square(COMMUNE_HERE, n)) for n in range(1, PARCELS + 1)}
    x, y = square(COMMUNE_HERE, 5)[0]
    box = (x - 3, y - 3, x + 33, y + 4)
    true = sorted(n for n, shape in shapes.items() if shape.intersects(shapely.box(*box)))
    assert 2 <= len(true) < PARCELS
    assert ministry.numbers(bbox=",".join(map(str, box)), **{"bbox-crs": f"{EPSG}{EPSG_HERE}"}) == true
    (w, s), (e, n) = to_wgs84(EPSG_HERE, *box[:2]), to_wgs84(EPSG_HERE, *box[2:])
    assert ministry.numbers(bbox=f"{w},{s},{e},{n}") == true
    assert ministry.numbers(bbox=f"{w},{s},0,{e},{n},99") == true
    assert ministry.numbers(bbox=f"{s},{w},{n},{e}", **{"bbox-crs": f"{EPSG}4326"}) == true
    assert ministry.numbers(bbox="170,-10,-170,10") == []
    outside = {n for n in true if not shapes[n].within(shapely.box(*box))}
    assert outside, "some only touch it"


@pytest.mark.parametrize(
    ("commune", "province", "epsg"), [(COMMUNE_HERE, HERE, EPSG_HERE), (COMMUNE_THERE, THERE, EPSG_THERE)]
)
def test_vn_2000_is_the_national_one(ministry, commune, province, epsg):
    """To a millimetre of what was delivered, where the usual transformation is 0.8 m off; east first, as EPSG has it."""
    answer = ministry.get(ITEMS, commune_code=commune, limit=5, crs=f"{EPSG}{epsg}")
    assert answer.headers["content-crs"] == f"<{EPSG}{epsg}>"
    for one in answer.json()["features"]:
        found = shapely.from_geojson(json.dumps(one["geometry"]))
        true = shapely.Polygon(square(commune, one["properties"]["parcel_number"], province=province))
        assert shapely.hausdorff_distance(found, true) < 0.002
    turned = ministry.json(ITEMS, commune_code=commune, limit=1, crs=f"{EPSG}4326")["features"][0]["geometry"]
    plain = ministry.json(ITEMS, commune_code=commune, limit=1)["features"][0]["geometry"]
    assert [point[::-1] for point in plain["coordinates"][0][0]] == turned["coordinates"][0][0]


# The regression points of the national parameters: EPSG of the zone, east, north, latitude, longitude.
POINTS = [
    (9210, 603992.97, 1191830.25, 10.775881506, 106.702686188), (5897, 588788.23, 2326237.19, 21.027513952, 105.856082677),
    (5897, 581872.30, 1110836.31, 10.044186340, 105.748684373), (9207, 571695.72, 1014768.33, 9.175788667, 105.154181024),
    (5899, 548383.42, 1775538.32, 16.053376358, 108.204021290), (9210, 572563.11, 1164991.21, 10.533982969, 106.414785581),
    (9205, 501659.05, 2365578.12, 21.385047758, 103.017891904),
]  # fmt: skip


@pytest.mark.parametrize(("epsg", "east", "north", "lat", "lon"), POINTS)
def test_the_database_transforms_as_the_nation_does(world, epsg, east, north, lat, lon):

    shape = _shape(system(f"{EPSG}{epsg}", "crs")).replace("p.geom", "ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326)")
    ((said,),) = world.windows.ask(MINISTRY, f"SELECT {shape}", {"lon": lon, "lat": lat})
    assert json.loads(said)["coordinates"] == pytest.approx([east, north], abs=0.002)
    assert from_wgs84(epsg, lon, lat) == pytest.approx((east, north), abs=0.002)


FILTERS = [
    (f"commune_code = '{COMMUNE_HERE}' AND parcel_number < 4", [1, 2, 3]),
    (f"commune_code='{COMMUNE_HERE}' AND parcel_number IN (2, 3, 99)", [2, 3]),
    (f"commune_code='{COMMUNE_HERE}' AND parcel_number BETWEEN 5 AND 7 AND NOT parcel_number = 6", [5, 7]),
    (f"commune_code IN ('{COMMUNE_HERE}') AND purpose = 'LUC' AND parcel_number <= 4", [2, 4]),
    (f"commune_code='{COMMUNE_HERE}' AND purposes LIKE '%CLN' AND parcel_number < 5", [1, 3]),
    (f"commune_code='{COMMUNE_HERE}' AND (parcel_number = 1 OR parcel_number = 40)", [1, 40]),
    (f"commune_code='{COMMUNE_HERE}' AND legal_area_m2 > 99.5 AND parcel_number = 8", [8]),
    (f"commune_code='{COMMUNE_HERE}' AND legal_area_m2 > 100", []),
    (f"province_code='{THERE}' AND parcel_number <= 2", [1, 2]),
    ("effective_to IS NOT NULL", []),
    (f"effective_from <= DATE('{DAY}') AND commune_code='{COMMUNE_HERE}' AND parcel_number=3", [3]),
    ("commune_code = 'x'' OR TRUE --'", []),
    ("FALSE", []),
]


@pytest.mark.parametrize(("filter_", "numbers"), FILTERS)
def test_filters(ministry, filter_, numbers):
    assert ministry.numbers(filter=filter_, **{"filter-lang": "cql2-text"}) == numbers
    lon, lat = corner(COMMUNE_HERE, 1)
    if THERE not in filter_:
        small = f"{lon - 0.02},{lat - 0.02},{lon + 0.02},{lat + 0.02}"
        assert ministry.numbers(filter=filter_, bbox=small) == numbers


WRONG = [
    {"filter": "holder_name = 'x'"}, {"filter": "geom IS NULL"}, {"filter": "commune_code = 5"},
    {"filter": "parcel_number = 'a'"}, {"filter": "parcel_number = parcel_number"}, {"filter": "1 = 1"},
    {"filter": "pg_sleep(5) = 1"}, {"filter": "parcel_number = 1; SELECT 1"}, {"filter": "parcel_number LIKE '1%'"},
    {"filter": "parcel_number = 1e400"}, {"filter": "(" * 9 + "parcel_number=1" + ")" * 9}, {"filter": "((((("},
    {"filter": " AND ".join(["parcel_number=1"] * 101)}, {"filter": "x" * 2001}, {"filter": ""},
    {"filter": "commune_code = 'a' AND"}, {"filter": "S_INTERSECTS(geom, POINT(1 1))"}, {"filter-lang": "cql2-text"},
    {"filter": "parcel_number=1", "filter-lang": "cql2-json"}, {"limit": 0}, {"limit": "x"}, {"bbox": "1,2,3"},
    {"bbox": "a,b,c,d"}, {"bbox": "nan,1,2,3"}, {"bbox": "1,20,2,10"}, {"bbox": "-181,0,1,1"},
    {"bbox": "5,5,1,1", "bbox-crs": f"{EPSG}9210"}, {"bbox": "1e9,1e9,2e9,2e9", "bbox-crs": f"{EPSG}9210"},
    {"crs": "EPSG:9210"}, {"crs": f"{EPSG}3857"}, {"bbox": "1,1,2,2", "bbox-crs": "x"}, {"datetime": "yesterday"},
    {"datetime": ".."}, {"datetime": "2024-01-01/2023-01-01"}, {"datetime": "2024-13-01"}, {"cursor": "1.2"},
    {"cursor": "x"}, {"offset": "5"}, {"holder": "x"}, {"parcel_number": "a"}, {"effective_from": "x"}, {"f": "xml"},
]  # fmt: skip


@pytest.mark.parametrize("params", WRONG, ids=lambda one: str(one)[:40])
def test_what_cannot_be_is_refused_in_words(ministry, params):
    answer = ministry.get(ITEMS, **params)
    assert answer.status_code == 400, answer.text
    told = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert told["code"] in {"FEATURES_ASKED_WRONGLY", "PARAMETERS_INVALID"}
    assert "pg_sleep" not in answer.text


def test_hostile_conditions_end_soon_and_in_words():
    """Bits of conditions put together at random: each is read or refused, none takes long (an open bracket did)."""
    bits = [
        *"()'\"=1,-[]%é*/^\\", "AND", "OR", "NOT", "parcel_number", "IN", "LIKE", "BETWEEN", "'a'", "IS NULL", "casei(",
        "DATE('2024-01-01')", "TRUE", "POINT(1 1)", "\u202e",
    ]  # fmt: skip
    told = random.Random(7)
    slowest = 0.0
    for _ in range(1500):
        said = " ".join(told.choices(bits, k=told.randint(1, 40)))
        start = time.process_time()
        with suppress(FeaturesAskedWrongly):
            conditions.of_text(said, COLLECTION)
        slowest = max(slowest, time.process_time() - start)
    assert slowest < 1


def test_a_day_shows_what_was_in_effect(ministry, world, monkeypatch):
    """A parcel that changed keeps its id; the list of a day has it once."""
    monkeypatch.setattr("landdata.flows.check.open_layer", world.desk.open_layer)
    commune = COMMUNES[9]
    world.desk.deliver([row(commune, 1), row(commune, 2)])
    world.desk.change(
        [row(commune, 1, area_m2=150.0, private_m2=150.0, purposes="ONT:150.0")], effective_on=DAY.replace(year=2024)
    )

    def areas(**params: object) -> dict[str, float]:
        found = ministry.json(ITEMS, commune_code=commune, **params)["features"]
        assert len({one["id"] for one in found}) == len(found)
        return {one["id"].rpartition(".")[2]: one["properties"]["legal_area_m2"] for one in found}

    assert areas() == areas(datetime="2024-05-01") == areas(datetime="2023-01-01/..") == {"1": 150.0, "2": 100.0}
    assert areas(datetime="2023-05-01") == areas(datetime="2023-05-01T00:00:00+07:00") == {"1": 100.0, "2": 100.0}
    assert areas(datetime="../2023-01-01") == {}
    one = ministry.json(ITEMS, commune_code=commune, parcel_number=1)["features"][0]["id"]
    past = ministry.json(f"{ITEMS}/{one}", datetime="2023-05-01")["properties"]
    assert (past["legal_area_m2"], past["status"], past["effective_to"]) == (100.0, "past", "2024-03-28")
    assert ministry.get(f"{ITEMS}/{one}", datetime="2022-01-01").status_code == 404


def test_units_are_those_of_the_day(ministry):
    def codes(name: str, **params: object) -> set[str]:
        found = ministry.json(f"{BASE}/collections/{name}/items", limit=10_000, **params)["features"]
        return {one["properties"]["code"] for one in found}

    assert (len(codes("provinces")), len(codes("provinces", datetime="2023-03-28"))) == (34, 63)
    assert (len(codes("districts")), len(codes("districts", datetime="2023-03-28"))) == (0, 705)
    assert codes("communes", datetime="2023-03-28", province_code=HERE) == set(COMMUNES)
    shaped = ministry.json(f"{BASE}/collections/provinces/items", bbox="105.7,20.9,105.9,21.1", datetime="2023-03-28")
    assert "Thành phố Hà Nội" in {one["properties"]["name"] for one in shaped["features"]}
    assert all(one["geometry"]["type"] == "MultiPolygon" for one in shaped["features"])


def test_an_office_sees_its_own_provinces(ministry, office):
    assert len(ministry.numbers(commune_code=COMMUNE_THERE)) == PARCELS
    assert len(office.numbers(commune_code=COMMUNE_HERE)) == PARCELS
    one = ministry.json(ITEMS, commune_code=COMMUNE_THERE)["features"][0]["id"]
    lon, lat = corner(COMMUNE_THERE, 1, THERE, EPSG_THERE)
    assert office.numbers(commune_code=COMMUNE_THERE) == []
    assert office.numbers(bbox=f"{lon - 0.01},{lat - 0.01},{lon + 0.01},{lat + 0.01}") == []
    assert office.numbers(province_code=THERE, datetime="2024-01-01/..") == []
    refused, missing = office.get(f"{ITEMS}/{one}"), office.get(f"{ITEMS}/9.9.9")
    assert refused.status_code == missing.status_code == 404
    assert {**refused.json(), "request_id": ""} == {**missing.json(), "request_id": ""}


def test_who_must_not_see_them(api, signed_in, make_machine):
    tile = "/v1/tiles/15/26100/14300"
    addresses = (BASE, ITEMS, f"{ITEMS}/1.1.1", f"{BASE}/collections/communes/items", tile, "/v1/tiles")
    statistics = make_machine("MINISTRY", frozenset({STATISTICS_SCOPE})).bearer(STATISTICS_SCOPE)
    for path in addresses:
        bare = api.http.get(path)
        assert (bare.status_code, bare.json()["code"]) == (401, "SIGN_IN_NEEDED")
        assert bare.headers["www-authenticate"].startswith("Basic")
        shown = api.http.get(path, headers={"Sec-Fetch-Mode": "cors"})
        assert shown.headers["www-authenticate"] == "Bearer", "a browser would ask for a password"
        assert signed_in(Role.INSPECTOR, path).status_code == 403
        assert api.http.get(path, headers=statistics).status_code == 403


def test_a_person_of_the_map_needs_no_key(signed_in):
    assert signed_in(Role.MINISTRY_VIEWER, f"{ITEMS}?limit=1").json()["numberReturned"] == 1
    assert signed_in(Role.LAND_OFFICER, f"{ITEMS}?commune_code={COMMUNE_THERE}", "LO-24").json()["numberReturned"] == 0
    assert signed_in(Role.MINISTRY_VIEWER, "/v1/tiles/15/0/0").status_code == 204


def test_a_client_shows_that_the_token_is_its_own(api, make_machine, database):
    machine = make_machine("MINISTRY", frozenset({PARCELS_SCOPE}))
    unbound = machine.ask(scope=PARCELS_SCOPE)
    assert unbound.status_code == 400, "whoever found it could copy the register"
    machine.bound = True
    assert api.http.get(ITEMS, params={"limit": 3}, headers=machine.bearer(PARCELS_SCOPE)).json()["numberReturned"] == 3
    token = machine.token(PARCELS_SCOPE)
    assert api.http.get(ITEMS, headers={"Authorization": f"Bearer {token}"}).status_code == 401
    elsewhere = make_machine("LAND_OFFICE", frozenset({PARCELS_SCOPE}))
    elsewhere.bound = True
    seen = api.http.get(ITEMS, params={"limit": 3}, headers=elsewhere.bearer(PARCELS_SCOPE))
    assert seen.json()["numberReturned"] == 0, "an office in charge of no province"


def test_keys_end(api, key_of, ministry, database, monkeypatch):
    services = api.app.state.services
    for header in ({"Authorization": f"Bearer {ministry.key}"}, ministry.headers):
        assert api.http.get(BASE, headers=header).status_code == 200
    other = "Basic " + base64.b64encode(f"somebody:{ministry.key}".encode()).decode()
    wrong = "Basic " + base64.b64encode(f"{ministry.login}:{ministry.key[:-1]}x".encode()).decode()
    password = "Basic " + base64.b64encode(b"a:con trau di truoc").decode()
    for bad in (other, wrong, password, "Basic !!", "Bearer gis_x", "Basic"):
        answer = api.http.get(BASE, headers={"Authorization": bad})
        assert (answer.status_code, answer.json()["code"]) == (401, "GIS_KEY_INVALID"), bad
    monkeypatch.setattr(services.gis_keys, "_believe_seconds", 0)
    services.gis_keys._book.clear()
    assert api.http.get(BASE, headers=ministry.headers).status_code == 200
    with database.write() as tx:
        kept = tx.connection.execute(text("SELECT * FROM people.gis_key")).all()
        assert ministry.key not in str(kept)
    gone = key_of()
    assert api.http.get(BASE, headers=gone.headers).status_code == 200
    people.revoke(database, login=gone.login, role=Role.GIS_USER, by="quan.tri", reason="thử")
    assert api.http.get(BASE, headers=gone.headers).status_code == 401, "the role was taken away"
    late = replace(services.entrance, clock=lambda: now() + timedelta(days=8))
    assert gis_keys.find(services.entrance, ministry.key) is not None
    assert gis_keys.find(late, ministry.key) is None, "it ended by itself"


def test_what_is_taken_is_counted_by_reader(api, key_of):
    taker, services = key_of(), api.app.state.services
    taker.get(ITEMS, limit=5)
    taker.get("/v1/tiles/15/26100/14300")
    services.map_use.write()  # every ten seconds by itself
    used = {one.subject: (one.tiles, one.pages, one.features) for one in gis_keys.used(services.pools.people)}
    assert used[taker.login] == (1, 1, 5)


def test_answers_are_kept_and_packed(ministry):
    lon, lat = corner(COMMUNE_HERE, 10)
    at = tile_at(lon, lat, 15)
    for path in (f"/v1/tiles/{at.z}/{at.x}/{at.y}", f"{ITEMS}?limit=20"):
        packed = ministry.get(path)
        assert packed.headers["content-encoding"] == "gzip"
        same = ministry.api.http.get(path, headers={**ministry.headers, "If-None-Match": packed.headers["etag"]})
        assert (same.status_code, same.content) == (304, b"")
        plain = ministry.api.http.get(path, headers={**ministry.headers, "Accept-Encoding": "identity"})
        assert plain.content == packed.content
        assert plain.headers["etag"] == packed.headers["etag"]
    assert ministry.get("/v1/tiles/15/0/0").status_code == 204
    assert ministry.get("/v1/tiles/5/32/0").json()["code"] == "TILE_UNKNOWN"
    assert ministry.get("/v1/tiles/21/0/0").status_code == 422
    told = ministry.json("/v1/tiles")
    assert (told["tilejson"], told["tiles"]) == ("3.0.0", [f"{ministry.api.url}/v1/tiles/{{z}}/{{x}}/{{y}}"])
    assert [one["id"] for one in told["vector_layers"]] == ["provinces", "communes", "commune_places", "parcels"]


def test_whoever_asks_too_much_waits_alone(api, key_of, office, monkeypatch):
    services, hasty = api.app.state.services, key_of()
    monkeypatch.setattr(services.map_fairness, "_burst", 2)
    monkeypatch.setattr(services.map_fairness, "_rate", 0.01)
    statuses = [hasty.get(f"{BASE}/conformance").status_code for _ in range(4)]
    assert statuses == [200, 200, 429, 429]
    assert office.get(f"{BASE}/conformance").status_code == 200


def test_a_database_that_is_away_is_told(api, ministry, monkeypatch):
    def gone(*_: object, **__: object) -> None:
        raise DatabaseUnavailable

    ministry.get(BASE)
    monkeypatch.setattr("landdata.store.mapping.Windows.ask", gone)
    answer = ministry.get(ITEMS)
    assert (answer.status_code, answer.json()["code"]) == (503, "DATABASE_UNAVAILABLE")


# GDAL's own reader, as a GIS user's machine runs it.


def gdal(reader: Reader, *arguments: str, program: str = "ogr2ogr") -> str:
    proof = ("--config", "GDAL_HTTP_USERPWD", f"{reader.login}:{reader.key}", "--config", "GDAL_HTTP_AUTH", "BASIC")
    ended = subprocess.run([program, *proof, *arguments], capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr + ended.stdout
    assert not re.search(r"ERROR|Warning", ended.stderr), ended.stderr
    return ended.stdout


def test_gdal_lists_and_describes(ministry):
    told = gdal(ministry, "-ro", f"OAPIF:{ministry.api.url}{BASE}", program="ogrinfo")
    for one in ("parcels", "provinces", "districts", "communes"):
        assert re.search(rf"^\d+: {one}", told, re.MULTILINE), told
    told = gdal(ministry, "-ro", "-so", f"OAPIF:{ministry.api.url}{BASE}", "parcels", program="ogrinfo")
    for field in ("commune_code: String", "map_sheet_number: Integer", "legal_area_m2: Real", "effective_from: Date"):
        assert field in told, told


def test_gdal_reads_page_by_page_and_by_box(ministry, tmp_path):
    whole, part = tmp_path / "whole.geojson", tmp_path / "part.geojson"
    source = f"OAPIF:{ministry.api.url}{BASE}"
    gdal(ministry, "-oo", "PAGE_SIZE=9", "-where", f"commune_code = '{COMMUNE_HERE}'", str(whole), source, "parcels")
    found = json.loads(whole.read_text(encoding="utf-8"))["features"]
    assert sorted(one["properties"]["parcel_number"] for one in found) == list(range(1, PARCELS + 1))
    (w, s), (e, n) = (to_wgs84(EPSG_HERE, *square(COMMUNE_HERE, at)[corner_]) for at, corner_ in ((1, 0), (3, 2)))
    gdal(ministry, "-spat", str(w), str(s), str(e), str(n), str(part), source, "parcels")
    found = json.loads(part.read_text(encoding="utf-8"))["features"]
    assert sorted(one["properties"]["parcel_number"] for one in found) == [1, 2, 3]


def test_gdal_takes_vn_2000_as_the_service_made_it(ministry, tmp_path):
    """This GDAL (3.6) asks for no system, so it is in the address; newer ones and QGIS ask by themselves."""
    out = tmp_path / "vn2000.gpkg"
    url = f"{ministry.api.url}{ITEMS}?commune_code={COMMUNE_THERE}&limit=100&crs={quote(f'{EPSG}{EPSG_THERE}')}"
    gdal(ministry, "-a_srs", f"EPSG:{EPSG_THERE}", "-nln", "thua_dat", str(out), url)
    meta, _, shapes, columns = pyogrio.raw.read(out)
    numbers = columns[list(meta["fields"]).index("parcel_number")]
    assert meta["crs"] == f"EPSG:{EPSG_THERE}"
    assert len(numbers) == PARCELS
    for number, shape in zip(numbers, shapely.from_wkb(shapes), strict=True):
        true = shapely.Polygon(square(COMMUNE_THERE, int(number), province=THERE))
        assert shapely.hausdorff_distance(shape, true) < 0.002


def test_gdal_is_told_to_prove_itself(api, tmp_path):
    ended = subprocess.run(
        ["ogrinfo", "-ro", f"OAPIF:{api.url}{BASE}"], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode != 0
    assert "401" in ended.stderr + ended.stdout

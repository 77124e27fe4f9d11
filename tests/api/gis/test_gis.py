"""Who sees parcels and who does not, by key, session and token; GDAL's own reader; what is kept and counted."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

import httpx
import pyogrio
import pytest
import shapely
from gisworld import BASE, EPSG, ITEMS, Reader, person
from landworld import square
from mapworld import (
    COMMUNE_HERE,
    COMMUNE_THERE,
    EPSG_HERE,
    EPSG_THERE,
    PARCELS,
    THERE,
    corner,
    tile_at,
)
from sqlalchemy import text

from api.web.shell import STATIC
from landdata.errors import DatabaseUnavailable
from landdata.flows import gis_keys, people
from landdata.model.clients import PARCELS_SCOPE, STATISTICS_SCOPE
from landdata.model.crs import to_wgs84
from landdata.model.people import Role, now


@pytest.fixture
def signed_in(api, database, monkeypatch):
    """Asks as a person with a session and this role."""

    def ask(role: Role, path: str, office: str = "MAE") -> httpx.Response:
        who = person(database, role, office)
        monkeypatch.setattr("landdata.flows.sessions.find", lambda _entrance, _token: who)
        return api.http.get(path, headers={"Cookie": "sid=x"})

    return ask


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


def test_a_key_is_made_and_ended_on_the_page(api, database, monkeypatch):
    who, at = person(database, Role.GIS_USER, "MAE"), api.app.state.services.entrance
    monkeypatch.setattr("landdata.flows.sessions.find", lambda _entrance, _token: who)
    here = {"Cookie": "sid=x", "Origin": api.url, "Sec-Fetch-Site": "same-origin"}

    def post(path: str, **fields: str) -> httpx.Response:
        page = api.http.get("/tai-khoan", headers=here).text
        proof = re.search(r'name="ma_bieu_mau" value="([^"]+)"', page)[1]
        return api.http.post(path, data={"ma_bieu_mau": proof, **fields}, headers=here)

    assert post("/tai-khoan/khoa-gis", ten_khoa="", so_ngay="7").status_code == 422
    assert post("/tai-khoan/khoa-gis", ten_khoa="QGIS", so_ngay="5000").status_code == 422
    made = post("/tai-khoan/khoa-gis", ten_khoa="QGIS <b>", so_ngay="7")
    key = re.search(r"gis_[\w-]{43}", made.text)[0]
    assert gis_keys.find(at, key).login == who.login
    assert "QGIS &lt;b&gt;" in made.text
    (kept,) = gis_keys.every(at, who)
    assert key not in api.http.get("/tai-khoan", headers=here).text, "it is shown once"
    assert post("/tai-khoan/khoa-gis/ket-thuc", khoa=str(kept.uid)).status_code == 303
    assert gis_keys.find(at, key) is None
    assert post("/tai-khoan/khoa-gis/ket-thuc", khoa=str(kept.uid)).status_code == 404
    with database.read() as tx:
        kinds = list(
            tx.connection.scalars(text("SELECT kind FROM people.event WHERE kind LIKE 'GIS%' ORDER BY event_id"))
        )
    assert kinds[-2:] == ["GIS_KEY_MADE", "GIS_KEY_ENDED"]


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
    assert [one["id"] for one in told["vector_layers"]] == [
        "provinces", "communes", "commune_places", "parcels", "parcel_places"
    ]  # fmt: skip


def test_the_map_takes_words_from_layers_that_hold_each_thing_once():
    written = re.findall(r"'symbol', '(\w+)'", (STATIC / "js" / "map.js").read_text(encoding="utf-8"))
    assert written == ["commune_places", "parcel_places"]


def test_whoever_asks_too_much_waits_alone(api, key_of, office, monkeypatch):
    services, hasty = api.app.state.services, key_of()
    monkeypatch.setattr(services.map_fairness, "_burst", 2)
    monkeypatch.setattr(services.map_fairness, "_rate", 0.01)
    statuses = [hasty.get(f"{BASE}/conformance").status_code for _ in range(4)]
    assert statuses == [200, 200, 429, 429]
    assert office.get(f"{BASE}/conformance").status_code == 200


def test_a_database_that_is_away_is_told(api, ministry, monkeypatch):
    async def gone(*_: object, **__: object) -> None:
        raise DatabaseUnavailable

    ministry.get(BASE)
    monkeypatch.setattr("landdata.store.mapping.Windows.asked", gone)
    answer = ministry.get(ITEMS)
    assert (answer.status_code, answer.json()["code"]) == (503, "DATABASE_UNAVAILABLE")


# GDAL's own reader, as a GIS user's machine runs it.


def gdal(reader: Reader, *arguments: str, program: str = "ogr2ogr", said: str = "stdout") -> str:
    proof = ("--config", "GDAL_HTTP_USERPWD", f"{reader.login}:{reader.key}", "--config", "GDAL_HTTP_AUTH", "BASIC")
    ended = subprocess.run([program, *proof, *arguments], capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr + ended.stdout
    assert not re.search(r"ERROR|Warning", ended.stderr), ended.stderr
    return str(getattr(ended, said))


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
    # The condition goes to the service: nobody waits for a country to be read and thrown away.
    debugged = gdal(
        ministry, "--debug", "HTTP", "-ro", "-al", "-so", "-where", f"commune_code = '{COMMUNE_HERE}'", source, "parcels",
        program="ogrinfo", said="stderr",
    )  # fmt: skip
    assert f"items?limit=10&commune_code={COMMUNE_HERE}" in debugged, debugged
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

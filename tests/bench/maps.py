"""The map against tipg, in turn over one connection each: tiles, pages of parcels in a box, parcels by their id.

tipg (developmentseed) is the lightest known server of the same standards. It gets a flat table with every property in
place and an index for each question, and asks nobody who they are; ours joins, and checks the reader's rights.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median
from urllib.parse import quote, urlsplit
from uuid import uuid4

from sqlalchemy import make_url, text

from landdata.flows import extents, gis_keys, offices, people
from landdata.flows.entrance import Entrance
from landdata.flows.passwords import Passwords
from landdata.model.people import Role, Session, SignedIn, Stage, now
from landdata.store.keys import Keys
from tests.bench.ground import Ground, Result, say

COMMUNES, EACH = 40, 5_000
_WEST, _SOUTH = 105.8, 21.0
# Parcels of 20 m by 40 m in rows, eight corners each; a commune is a square of about 2 km.
_FILL = f"""
SET session_replication_role = replica;
CREATE UNLOGGED TABLE bench_commune AS SELECT unit_id, row_number() OVER (ORDER BY unit_id) - 1 AS no FROM (
  SELECT unit_id FROM ref.register JOIN ref.epoch USING (epoch_id)
  WHERE level = 'commune' AND valid_to IS NULL ORDER BY unit_id LIMIT {COMMUNES}) one;
INSERT INTO land.publication (delivery_id, kind, effective_on) VALUES (1, 'PUBLISH', '2023-03-28');
INSERT INTO land.record (commune_id, record_id, content_hash, zone_epsg, row_count, since_pub)
  SELECT c.unit_id, c.no * {EACH} + n, decode(md5(c.no || '.' || n), 'hex'), 5897, 1,
    (SELECT max(publication_id) FROM land.publication)
  FROM bench_commune c, generate_series(1, {EACH}) n;
INSERT INTO land.parcel (commune_id, record_id, parcel_no, map_sheet_number, parcel_number, parcel_uid, address,
    legal_area_m2, map_area_m2, geom, is_current)
  SELECT c.unit_id, c.no * {EACH} + n, 1, 1 + n / 100, 1 + n % 100, substr(md5(c.no || '.' || n), 1, 12), 'Thôn 1', 800, 800.5,
    ST_Multi(ST_SetSRID(ST_MakePolygon((SELECT ST_MakeLine(ST_MakePoint(x + w * a, y + h * b) ORDER BY k) FROM unnest(
      ARRAY[0, 0.5, 1, 0.98, 1, 0.5, 0, 0.02, 0], ARRAY[0, 0.02, 0, 0.5, 1, 0.98, 1, 0.5, 0]) WITH ORDINALITY one (a, b, k)
    )), 4326)), true
  FROM bench_commune c, generate_series(1, {EACH}) n, LATERAL (
    SELECT {_WEST} + (c.no % 8) * 0.0205 + (n % 100) * 0.0002 AS x, {_SOUTH} + (c.no / 8) * 0.0205 + (n / 100) * 0.0004 AS y,
      0.000196 AS w, 0.000392 AS h) at;
INSERT INTO land.purpose (commune_id, record_id, parcel_no, purpose_no, code, area_m2)
  SELECT commune_id, record_id, 1, k, (ARRAY['ONT', 'CLN', 'LUC'])[k], 400 FROM land.parcel, generate_series(1, 2) k;
INSERT INTO stats.coverage_counter (unit_id, parcels, certificates, holders) SELECT unit_id, {EACH}, 0, 0 FROM bench_commune;
ANALYZE land.parcel, land.record, land.purpose, land.publication, stats.coverage_counter;
CREATE SCHEMA flat;
SET landdata.sight = 'country';
CREATE TABLE flat.parcels AS SELECT id, commune_code, commune_name, province_code, map_sheet_number, parcel_number, parcel_uid,
  legal_area_m2, map_area_m2, legal_area_m2::float8 AS area_m2, purpose, purposes, status, effective_from, effective_to, geom
  FROM land.shown_parcel;
ALTER TABLE flat.parcels ADD PRIMARY KEY (id);
CREATE INDEX ON flat.parcels USING gist (geom);
VACUUM ANALYZE flat.parcels;
VACUUM ANALYZE land.parcel
"""
_PROPERTIES = (
    "commune_code,commune_name,province_code,map_sheet_number,parcel_number,parcel_uid,legal_area_m2,map_area_m2,purpose,"
    "purposes,status,effective_from,effective_to"
)
_IN_TILES = "id,commune_code,map_sheet_number,parcel_number,area_m2,purpose"
# In the middle of the map: a tile of zoom 16, and boxes of about a thousand parcels.
_TILES = [(16, 52_032 + x, 28_840 + y) for x in range(6) for y in range(6)]
_SIDE = 0.0089
# Seconds that a stretch of both sides' questions lasts at least.
_STRETCH = 1.0


def measure(place: Ground, folder: Path, served: Callable[..., object], *, rounds: int, pages: int) -> list[Result]:
    """Three results. AssertionError when the answers are not about the same parcels."""
    place.superuser(*_FILL.split(";\n"))
    extents.keep(place.db)
    say(f"{COMMUNES * EACH:,} parcels in {COMMUNES} communes")
    with ExitStack() as stack:
        ours = stack.enter_context(served(place, folder))  # type: ignore[arg-type]
        theirs = stack.enter_context(_tipg(place, folder))
        mine = _Side(ours, _key(place, folder))
        other = _Side(theirs, {})
        return [_judged(*one, mine, other, rounds, pages) for one in _questions(mine)]


class _Side:
    """One connection to one of the two."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
        self._headers = {**headers, "Accept-Encoding": "identity"}

    def ask(self, path: str) -> tuple[float, bytes]:
        """Seconds until the whole answer was there, and the answer."""
        start = time.perf_counter()
        self._connection.request("GET", path, headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        took = time.perf_counter() - start
        assert answer.status == http.client.OK, (path, answer.status, body[:500])
        return took, body


_Question = tuple[str, float, list[tuple[str, str]], Callable[[bytes], object]]


def _questions(mine: _Side) -> list[_Question]:
    """What is asked: its name, the ratio to reach, addresses of both sides, and what has to be the same."""
    boxes = [
        f"{_WEST + 0.021 * x + 0.004:.5f},{_SOUTH + 0.021 * y + 0.004:.5f},"
        f"{_WEST + 0.021 * x + 0.004 + _SIDE:.5f},{_SOUTH + 0.021 * y + 0.004 + _SIDE:.5f}"
        for x in range(6)
        for y in range(3)
    ]
    items, flat = "/v1/features/collections/parcels/items", "/collections/flat.parcels/items"
    _, body = mine.ask(f"{items}?limit=40&bbox={boxes[0]}")
    ids = [one["id"] for one in json.loads(body)["features"]]
    return [
        (
            "tile z16 against tipg", 1,
            [(f"/v1/tiles/{z}/{x}/{y}", f"/collections/flat.parcels/tiles/WebMercatorQuad/{z}/{x}/{y}?properties={_IN_TILES}")
             for z, x, y in _TILES], lambda body: len(body) > 1000,
        ),
        (
            "1,000 parcels by bbox against tipg", 3,
            [(f"{items}?limit=1000&bbox={box}", f"{flat}?limit=1000&bbox={box}&properties={_PROPERTIES}") for box in boxes],
            lambda body: json.loads(body)["numberReturned"],
        ),
        (
            "one parcel by id against tipg", 2,
            [(f"{items}/{one}", f"{flat}/{one}?properties={_PROPERTIES}") for one in ids],
            lambda body: (set(json.loads(body)["properties"]), json.loads(body)["geometry"]),
        ),
    ]  # fmt: skip


def _judged(
    name: str, goal: float, addresses: list[tuple[str, str]], same: Callable[[bytes], object], mine: _Side, other: _Side,
    rounds: int, pages: int,
) -> Result:  # fmt: skip
    sizes = []
    for first, second in addresses:  # both are warm, and about the same
        (_, ours), (_, theirs) = mine.ask(first), other.ask(second)
        assert same(ours) == same(theirs), (first, ours[:300], theirs[:300])
        sizes.append((len(ours), len(theirs)))
    first, second = addresses[0]
    # A stretch of some tenths of a second, whatever is asked: a short one would be as good as its one hiccup.
    times = max(1, round(_STRETCH / (pages * median(mine.ask(first)[0] + other.ask(second)[0] for _ in range(9)))))
    ratios, singly, ours_took, theirs_took = [], [], [], []
    for _ in range(rounds):
        asked = [addresses[number % len(addresses)] for number in range(pages * times)]
        # A stretch of each in turn: as a server in service, which has not been idle for the time that the other one took.
        ours_now = median(mine.ask(first)[0] for first, _ in asked)
        theirs_now = median(other.ask(second)[0] for _, second in asked)
        ratios.append(theirs_now / ours_now)
        ours_took.append(ours_now)
        theirs_took.append(theirs_now)
        # And one by one, where each begins on what the other one left in the processor's caches; told, not judged.
        both = [(mine.ask(first)[0], other.ask(second)[0]) for first, second in asked]
        singly.append(median(theirs for _, theirs in both) / median(ours for ours, _ in both))
    ratio = round(median(ratios), 2)
    kilobytes = [round(median(side) / 1024) for side in zip(*sizes, strict=True)]
    detail = (
        f"ours {1000 * median(ours_took):.2f} ms ({kilobytes[0]} KB), tipg {1000 * median(theirs_took):.2f} ms "
        f"({kilobytes[1]} KB), rounds {min(ratios):.2f}..{max(ratios):.2f}; one by one {median(singly):.2f}"
    )
    return Result(name, ratio, f">= {goal:g}", ratio >= goal, detail)


def _key(place: Ground, folder: Path) -> dict[str, str]:
    """The header of a GIS user of the ministry."""
    offices.register_office(place.db, code="MAE", kind="MINISTRY", name_vi="Bộ", name_en="Ministry")
    for login, role, by in (("quan.tri", Role.ADMINISTRATOR, None), ("ban.do", Role.GIS_USER, "quan.tri")):
        people.add(place.db, login=login, full_name=login, office_code="MAE", by=by)
        people.grant(place.db, login=login, role=role, by=by, reason="bench")
    with place.db.read() as tx:
        number = tx.connection.scalar(text("SELECT person_id FROM org.person WHERE login = 'ban.do'"))
    at = now()
    opened = Session(uuid4(), Stage.OPEN, at, at, at + timedelta(hours=1), "127.0.0.1", "")
    who = SignedIn(number, "ban.do", "", "MAE", "MINISTRY", frozenset({Role.GIS_USER}), opened, at, by_issuer=False)
    entrance = Entrance(place.db, Passwords(), Keys(folder / "keys"))
    key = gis_keys.make(entrance, who, name="bench", days=7, address="127.0.0.1")
    return {"Authorization": "Basic " + base64.b64encode(f"ban.do:{key}".encode()).decode()}


@contextmanager
def _tipg(place: Ground, folder: Path) -> Iterator[str]:
    """tipg as it is served, one process, on the flat table."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    environment = {
        **os.environ, "DATABASE_URL": _with_host(place.admin_url), "TIPG_DB_SCHEMAS": '["flat"]', "TIPG_TILE_BUFFER": "64",
        "TIPG_CATALOG_TTL": "0",
    }  # fmt: skip
    command = [sys.executable, "-m", "uvicorn", "tipg.main:app", "--port", str(port), "--log-level", "warning"]
    with (folder / "tipg.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            for _ in range(300):
                assert process.poll() is None, (folder / "tipg.log").read_text(encoding="utf-8")[-3000:]
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    time.sleep(0.2)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(30)


def _with_host(url: str) -> str:
    """The address with its socket's folder in the place of the host: tipg takes none without one."""
    made = make_url(url)
    folder = made.query.get("host")
    if made.host or not isinstance(folder, str):
        return url
    return f"postgresql://{made.username}@{quote(folder, safe='')}:{made.port or 5432}/{made.database}"

"""A service of OGC API - Features that misbehaves, one way for each path: `python hostile.py PORT ROWS-FILE`."""

from __future__ import annotations

import gzip
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

PORT, ROWS = int(sys.argv[1]), Path(sys.argv[2])
HERE = f"http://127.0.0.1:{PORT}"
SYSTEM = "http://www.opengis.net/def/crs/EPSG/0/{}"
SYSTEMS = [SYSTEM.format(one) for one in (5896, 5897, 5898, 5899, *range(9205, 9219))]
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
GEOJSON = "application/geo+json"
# Where a mood's pages go on.
AWAY = {
    "away": "http://127.0.0.2:9/away/collections/parcels/items",
    "metadata": "http://169.254.169.254/latest/meta-data",
    "file": "file:///etc/passwd",
}


def again(one: dict[str, Any], start: int) -> dict[str, Any]:
    """A row that was never there before."""
    return {**one, "id": f"{one['id']}-{start}", "properties": {**one["properties"], "n": start}}


class Handler(BaseHTTPRequestHandler):
    """/MOOD/collections/parcels and below; a mood without a word of its own is good. /MOOD-24 has rows of its own."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        _, place, *rest = path.split("/")
        mood, self.rows = place, ROWS
        if (own := ROWS.with_name(f"rows-{place.rpartition('-')[2]}.json")).exists():
            mood, self.rows = place.rpartition("-")[0], own
        whole = getattr(self, f"be_{mood.replace('-', '_')}", None)
        if whole is not None and not whole(query):
            return
        if rest[-1] == "items":
            self.items(mood, place, query)
        elif rest[-1] == "conformance":
            self.say({"conformsTo": []})
        else:
            self.say({"id": "parcels", "links": [], "crs": [CRS84] if mood == "wgs84" else [CRS84, *SYSTEMS]})

    def do_POST(self) -> None:
        """Tokens: what the client is called decides."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.say({"access_token": "good", "token_type": "Bearer", "expires_in": 300})

    def say(self, what: object, status: int = 200, **headers: str) -> None:
        body = what if isinstance(what, bytes) else json.dumps(what).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def items(self, mood: str, place: str, query: dict[str, list[str]]) -> None:
        rows = json.loads(self.rows.read_text())
        self.system = query.get("crs", [SYSTEM.format(9214)])[0]
        start, most = int(query.get("offset", ["0"])[0]), int(query.get("limit", ["10"])[0])
        some = rows[start : start + most]
        page = {"type": "FeatureCollection", "features": some, "numberMatched": len(rows)}
        following = self.link(place, start + most, most) if start + most < len(rows) else None
        match mood:
            case "liar":
                page["numberMatched"] = len(rows) + 5
            case "part":
                following = None
            case "circle":
                following = self.link(place, 0 if start else most, most)
            case "spiral":  # the same rows under ever new addresses
                page |= {"features": rows[:most], "numberMatched": None}
                following = self.link(place, start + most, most)
            case "endless":
                page |= {"features": [again(one, start) for one in rows], "numberMatched": None}
                following = self.link(place, start + most, most)
            case "twice":
                page["features"] = [*some[:-1], some[0]] if len(some) > 1 else some
            case "empty":
                page |= {"features": [], "numberMatched": 0}
                following = None
            case _:
                following = AWAY.get(mood, following)
        page["links"] = [{"rel": "next", "href": following, "type": GEOJSON}] if following else []
        system = CRS84 if mood in {"wgs84", "other"} else self.system
        headers = {"Content_Type": GEOJSON, "Content_Crs": f"<{system}>"}
        if mood == "etag":
            tag = f'"{hash((self.rows.read_bytes(), start))}"'
            if self.headers.get("If-None-Match") == tag:
                self.say(b"", 304)
                return
            headers["ETag"] = tag
        self.say(page, **headers)

    def link(self, mood: str, offset: int, most: int) -> str:
        """Where it goes on, in the same coordinate system."""
        return f"{HERE}/{mood}/collections/parcels/items?offset={offset}&limit={most}&crs={self.system}"

    # Whole answers that go wrong; True: go on as usual.

    def be_dead(self, _query: object) -> bool:
        time.sleep(3600)
        return False

    def be_trickle(self, _query: object) -> bool:
        """A byte now and then: every time-out of a part is outlasted."""
        self.send_response(200)
        self.end_headers()
        for _ in range(36_000):
            self.wfile.write(b" ")
            time.sleep(0.1)
        return False

    def be_heads(self, _query: object) -> bool:
        """Headers without end."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for number in range(36_000):
            self.wfile.write(b"x-%d: y\r\n" % number)
            time.sleep(0.1)
        return False

    def be_slow(self, _query: object) -> bool:
        time.sleep(1.0)
        return True

    def be_lazy(self, _query: object) -> bool:
        """Long enough to be killed in the midst of it."""
        time.sleep(0.4)
        return True

    def be_huge(self, _query: object) -> bool:
        self.send_response(200)
        self.end_headers()
        while True:
            self.wfile.write(b" " * (1 << 16))

    def be_bomb(self, _query: object) -> bool:
        self.say(gzip.compress(b" " * (64 << 20), 9), Content_Encoding="gzip")
        return False

    def be_nested(self, _query: object) -> bool:
        self.say(gzip.compress(gzip.compress(b" " * (1 << 20))), Content_Encoding="gzip, gzip")
        return False

    def be_no_json(self, _query: object) -> bool:
        self.say(b'{"type": "FeatureCollection", "features": [{"type"')
        return False

    def be_moved(self, _query: object) -> bool:
        self.say(b"", 302, Location="http://169.254.169.254/latest/meta-data")
        return False

    def be_round(self, _query: object) -> bool:
        self.say(b"", 302, Location=self.path)
        return False

    def be_denied(self, _query: object) -> bool:
        self.say({}, 403)
        return False

    def be_broken(self, _query: object) -> bool:
        self.say({}, 500)
        return False

    def be_gone(self, _query: object) -> bool:
        self.say({}, 404)
        return False

    def be_busy(self, _query: object) -> bool:
        """Too many, once; then as usual."""
        first = not getattr(self.server, "was_busy", False)
        self.server.was_busy = True
        if first:
            self.say({}, 503, Retry_After="1")
        return not first

    def be_basic(self, _query: object) -> bool:
        return self._wants("Authorization", "Basic bGFuOmzDrSBt4bqtdA==")

    def be_key(self, _query: object) -> bool:
        return self._wants("X-Api-Key", "k3y")

    def be_token(self, _query: object) -> bool:
        return self._wants("Authorization", "Bearer good")

    def _wants(self, header: str, value: str) -> bool:
        if self.headers.get(header) == value:
            return True
        self.say({}, 401)
        return False

    def log_message(self, *_: object) -> None:
        """Nothing is said."""


ThreadingHTTPServer.daemon_threads = True
ThreadingHTTPServer(("127.0.0.1", PORT), Handler).serve_forever()

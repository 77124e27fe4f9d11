"""The dashboard of the whole country against the emptiest page of the same server, and the map against tipg; each in turn."""

from __future__ import annotations

import argparse
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from landdata.store import keys as key_files
from tests.bench import figures, maps
from tests.bench.ground import Ground, Result, ground, say

PURPOSE = "the national dashboard against an empty page of the same server; tiles and features against tipg"
EMPTY = "/dang-nhap"  # a frame, one form, and no question to the database
_DAYS = 24  # deliveries of every commune, a month apart
_FIRST = date(2023, 3, 28)
_GOAL = 3.0


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rounds", type=int, default=7, help="rounds; their ratios' median counts (default 7)")
    parser.add_argument("--pages", type=int, default=60, help="pages of each side in a round (default 60)")


def run(admin_url: str, chosen: argparse.Namespace) -> list[Result]:
    """Measure; returns one result. AssertionError when a page is not the right one."""
    days = [_FIRST + timedelta(days=30 * number) for number in range(_DAYS)]
    with TemporaryDirectory() as folder, ground(admin_url, "_web") as place:
        figures.fill(place.admin_url, figures.everything(days))
        say(f"{_DAYS * 10_599:,} events of coverage noted")
        with _served(place, Path(folder)) as url:
            dashboard = _measured(url, chosen, days)
    with TemporaryDirectory() as folder, ground(admin_url, "_map") as place:
        return [dashboard, *maps.measure(place, Path(folder), _served, rounds=chosen.rounds, pages=chosen.pages)]


def _measured(url: str, chosen: argparse.Namespace, days: list[date]) -> Result:
    reader = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    dashboard = f"/?ngay={_FIRST}"
    cold, _ = _page(reader, dashboard)
    fresh = [_page(reader, f"/?ngay={day + timedelta(days=3)}")[0] for day in days[1:9]]
    sent = _page(reader, dashboard)[1]
    _page(reader, EMPTY)
    ratios, ours, theirs = [], [], []
    for _ in range(chosen.rounds):
        mine, empty = [], []
        for _ in range(chosen.pages):  # in turn: both meet the same neighbours
            mine.append(_page(reader, dashboard)[0])
            empty.append(_page(reader, EMPTY)[0])
        ours.append(median(mine))
        theirs.append(median(empty))
        ratios.append(ours[-1] / theirs[-1])
    ratio = round(median(ratios), 2)
    detail = (
        f"dashboard {1000 * median(ours):.2f} ms ({sent / 1024:.0f} KB compressed), empty page {1000 * median(theirs):.2f} ms, "
        f"rounds {min(ratios):.2f}..{max(ratios):.2f}; the first page of all {cold:.2f} s, "
        f"a day nobody asked for yet {1000 * median(fresh):.0f} ms"
    )
    return Result(
        "server time of the national dashboard to an empty page", ratio, f"<= {_GOAL:g}", ratio <= _GOAL, detail
    )


def _page(reader: http.client.HTTPConnection, path: str) -> tuple[float, int]:
    """Seconds until the whole answer was there, and its bytes."""
    start = time.perf_counter()
    reader.request("GET", path, headers={"Accept-Encoding": "gzip"})
    answer = reader.getresponse()
    body = answer.read()
    took = time.perf_counter() - start
    assert answer.status == http.client.OK, (path, answer.status, body[:300])
    assert answer.headers["content-encoding"] == "gzip"
    return took, len(body)


@contextmanager
def _served(place: Ground, folder: Path) -> Iterator[str]:
    """The API as it is served, one process."""
    key_files.make_all(folder)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ, "LANDDATA_DATABASE_URL": place.url, "LANDDATA_DATA_DIR": str(folder), "LANDDATA_PUBLIC_URL": url,
        "LANDDATA_MAP_REQUESTS_PER_SECOND": "100000",
    }  # fmt: skip
    with (folder / "api.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "api", "--port", str(port), "--workers", "1"],
            env=environment,
            stdout=log,
            stderr=log,
        )
        try:
            _wait(port, process)
            yield url
        finally:
            process.terminate()
            process.wait(30)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, f"the API ended with {process.returncode}"
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError("the API does not come up")

"""Geometry made to stop the machine is done with in seconds, in bounded memory, unnoticed by PostgreSQL (F11)."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from pathlib import Path
from uuid import uuid4

import pytest
from faultworld import UNITS, World
from landworld import geojson, row, square
from syncworld import ROOT

# The seconds are of the processor in every run, and of the wall in the full one: a busy machine's wall says little.
SECONDS, BYTES = 20, 1 << 30
# Reads, checks and publishes one delivery in a process of its own, and says the most memory that it or a child of it had,
# and the time on the processor of all of them: on a busy machine the clock on the wall says nothing of the work.
_WORK = """
import resource
import sys
from pathlib import Path
from uuid import UUID
from landdata.flows import publish
from landdata.settings import Settings
from landdata.store import keys
from landdata.store.engine import Database
url, folder, uid = sys.argv[1:]
made = Settings(data_dir=Path(folder))
publish.deliver(Database(url, pool_size=2), delivery_uid=UUID(uid), settings=made, keys=keys.load(Path(folder)))
own = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
mine, theirs = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
print(max(own, theirs.ru_maxrss) << 10, sum(one.ru_utime + one.ru_stime for one in (mine, theirs)))
"""


def knot(points: int) -> list[tuple[float, float]]:
    """A closed ring through so many random places of a parcel: it crosses itself everywhere."""
    chance, (x, y) = random.Random(points), square(UNITS[2])[0]
    ring = [(round(x + chance.uniform(0, 100), 3), round(y + chance.uniform(0, 100), 3)) for _ in range(points)]
    return [*ring, ring[0]]


def nested(depth: int) -> dict:
    shape: dict = {"type": "Polygon", "coordinates": [square(UNITS[2])]}
    for _ in range(depth):
        shape = {"type": "GeometryCollection", "geometries": [shape]}
    return shape


def of_ring(points: int) -> bytes:
    return geojson([row(UNITS[2], 1, ring=knot(points))])


def of_shape(text: str) -> bytes:
    """One row with a geometry that is written as text, since Python's own writer gives up before GDAL does."""
    return geojson([row(UNITS[2], 1, geometry={"type": "HERE"})]).replace(b'{"type": "HERE"}', text.encode())


BOMBS = {
    "300 points": lambda: of_ring(300),
    "600 points": lambda: of_ring(600),
    "3,000 points": lambda: of_ring(3_000),
    "19,000 points": lambda: of_ring(19_000),
    "a million points": lambda: of_ring(1_000_000),
    "nested 30 deep": lambda: of_shape(json.dumps(nested(30))),
    "nested 100,000 deep": lambda: of_shape(
        '{"type":"GeometryCollection","geometries":[' * 100_000 + json.dumps(nested(0)) + "]}" * 100_000
    ),
    "a thousand rings of 19 points": lambda: of_shape(
        json.dumps({"type": "MultiPolygon", "coordinates": [[knot(19)] for _ in range(1_000)]})
    ),
}
# What each is refused for; knots that are small enough to be looked at are GEOMETRY_INVALID.
CODES = {
    "a million points": "FILE_UNREADABLE",
    "nested 30 deep": "GEOMETRY_NOT_POLYGON",
    "nested 100,000 deep": "FILE_UNREADABLE",
}
SMALL = ("600 points", "a million points", "nested 30 deep", "nested 100,000 deep")


@pytest.mark.parametrize("bomb", SMALL)
def test_a_bomb(world, bomb):
    _deliver(world, bomb)


@pytest.mark.full
@pytest.mark.parametrize("bomb", BOMBS)
def test_all_bombs_by_the_clock_on_the_wall(world, bomb):
    assert _deliver(world, bomb) < SECONDS


def _deliver(world: World, bomb: str) -> float:
    """Deliver it and see it refused; seconds on the wall."""
    started = world.scalar("SELECT pg_postmaster_start_time()")
    before = world.sizes()
    receipt = world.send(BOMBS[bomb](), key=f"{bomb} {uuid4()}")
    start = time.monotonic()
    seconds, peak = _worked(world.url, world.data_dir, str(receipt.delivery_uid))
    wall = time.monotonic() - start
    view = world.view(receipt.delivery_uid)
    said = {one.code for one in view.findings} or {view.refusal and view.refusal["code"]}
    print(f"{bomb}: {view.state.value} {said} in {seconds:.1f} s on the processor, {wall:.1f} s, {peak >> 20} MiB")
    assert view.state.value == "REFUSED"
    assert CODES.get(bomb, "GEOMETRY_INVALID") in said
    assert world.sizes() == before, "nothing of it is published"
    assert seconds < SECONDS
    assert peak < BYTES
    assert world.scalar("SELECT pg_postmaster_start_time()") == started
    return wall


def _worked(url: str, folder: Path, uid: str) -> tuple[float, int]:
    """Seconds on the processor, and the largest memory in bytes of a process."""
    command = [sys.executable, "-c", _WORK, url, str(folder), uid]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    peak, seconds = done.stdout.split()
    return float(seconds), int(peak)

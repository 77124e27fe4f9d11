"""Volumes that fill up under a working service: what stops, what goes on, and how it heals (F3, F4)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import httpx
import psycopg2
import pytest
from aftermath import nothing_lost
from faultworld import World, problem_of, question
from landworld import COMMUNES as UNITS
from landworld import DAY, geojson, row
from servers import execute, fill_up, private_server, small_disk, tries
from syncworld import Process, until

from api.client import LandClientError, Problem
from landdata.errors import DatabaseUnavailable, ServiceRefused
from landdata.store.disks import look


def figures(world: World) -> dict[str, float]:
    lines = httpx.get(f"{world.issuer}/metrics", trust_env=False, timeout=20).text.splitlines()
    return {name: float(number) for name, number in (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))}


def refused(world: World, key: str) -> tuple[int, str]:
    """Status and code of a delivery that is refused; whoever sent it is told when to come again."""
    path = world.file(key, 1)
    with world.http() as http:
        answer = http.post(
            f"/v1/deliveries?file_name={path.name}&effective_on={DAY}",
            content=path.read_bytes(),
            headers={
                **world.office_client(http)._authorization(),
                "Idempotency-Key": key,
                "Content-Type": "application/octet-stream",
            },
        )
    assert int(answer.headers["retry-after"]) > 0
    return answer.status_code, problem_of(answer)


def test_the_data_volume_full(filled, tmp_path):
    """Uploads are refused, reads go on, no answer leaves without its log row, and room heals it without a restart."""
    with small_disk(420) as disk, small_disk(160) as wal:
        options = {"min_wal_size": "32MB", "max_wal_size": "64MB", "temp_file_limit": "10MB"}
        with private_server(data=disk / "pg", wal=wal / "wal", options=options) as server:
            world = World(filled(server), tmp_path)
            started = execute(server.url, "SELECT pg_postmaster_start_time()")
            # The guard is off: what is tried here is what happens behind it.
            with world.serving(disk_refuse_share="0"), _unguarded(world) as worker:
                world.wait()
                # A session that begins on a full disk may find no room for its own beginning.
                with (
                    world.reader() as desk,
                    closing(psycopg2.connect(server.url.replace("/postgres?", "/land?"))) as session,
                ):
                    desk.lookup(question())
                    uid, _ = world.hand_in("before", world.file("before", 1))
                    with _held_in_the_midst(world, server.url):
                        execute(server.url, "CHECKPOINT")
                        ballast = fill_up(disk, leave=0)
                    until(lambda: _no_room_told(worker), seconds=300, what="a publication that finds no room")
                    worker.end()
                    _stands_full(world, session, desk)
                    ballast.unlink()
                    assert until(tries(lambda: desk.lookup(question()), LandClientError), what="look-ups")
                    assert world.hand_in("before", world.file("before", 1)) == (uid, True)
                    world.hand_in("stuffed", world.file("stuffed", 1))
                    _all_published(world, worker)
            assert execute(server.url, "SELECT pg_postmaster_start_time()") == started, "it was restarted"
            assert "PANIC" not in server.log
            world.close()


def _unguarded(world: World) -> Process:
    """A worker that goes on however little room there is."""
    made = world.working()
    made.settings |= {"LANDDATA_DISK_REFUSE_SHARE": "0", "LANDDATA_RETIRE_SHARE_LIMIT": "1"}
    return made


@contextmanager
def _held_in_the_midst(world: World, url: str) -> Iterator[None]:
    """A delivery whose publication waits for the block to end; it has rows enough to need pages of its own."""
    with closing(psycopg2.connect(url.replace("/postgres?", "/land?"))) as holder, holder.cursor() as cursor:
        cursor.execute("LOCK TABLE land.parcel IN EXCLUSIVE MODE")
        path = world.data_dir / "midst.geojson"
        path.write_bytes(geojson([row(unit, number) for unit in UNITS[1:16] for number in range(1, 99)]))
        world.hand_in("midst", path)
        waiting = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'land.parcel'::regclass"
        until(lambda: execute(url.replace("/postgres?", "/land?"), waiting), what="a publication to be held")
        yield
        holder.rollback()


def _no_room_told(worker: Process) -> bool:
    """Whether the job of a delivery, not another one, ended for want of room."""
    return any("Job deliver" in line and "DiskFull" in line for line in worker.said().splitlines())


def _all_published(world: World, worker: Process) -> None:
    """All that was taken comes to its end; a worker that gave up is started again, as by whoever watches it."""

    def so() -> bool:
        if not worker.alive():
            worker.start()
        time.sleep(0.2)
        return world.scalar("SELECT count(*) FROM intake.delivery WHERE state <> 'PUBLISHED'") == 0

    until(tries(so, DatabaseUnavailable), seconds=300, what="the end of all deliveries")
    nothing_lost(world.db, world.data_dir)


def _stands_full(world: World, session, desk) -> None:
    # One small row may still find room on a page that is there; a row as large as a page does not.
    with pytest.raises(psycopg2.errors.DiskFull), session.cursor() as cursor:
        cursor.execute("CREATE TABLE stuffing AS SELECT generate_series(1, 1000000)")
    until(lambda: _full_for(world), seconds=300, what="a full volume")
    assert refused(world, "stuffed") == (503, "DISK_FULL")
    for path in ("/v1/coverage", "/v1/units/province/24?on=2023-03-28", "/ready"):
        assert httpx.get(world.issuer + path, trust_env=False, timeout=20).status_code == 200
    for _ in range(20):
        try:
            assert world.logged(desk.lookup(question()))
        except Problem as problem:
            said = (problem.status, problem.code)
            assert said == (503, "ACCESS_LOG_UNWRITTEN")


def _full_for(world: World) -> bool:
    """Small deliveries until the last page that had room is taken."""
    name = f"small-{time.monotonic_ns()}"
    try:
        world.hand_in(name, world.file(name, 1))
    except ServiceRefused as said:
        return said.details["answer"] == "DISK_FULL"
    return False


def test_the_wal_volume_fills_up(filled, tmp_path):
    """The alarm sounds at 20 % free and deliveries stop at 15 %, long before the PANIC that ends everything."""
    with small_disk(400) as wal:
        options = {"min_wal_size": "64MB", "max_wal_size": "128MB"}
        with private_server(wal=wal / "wal", options=options) as server:
            world = World(filled(server), tmp_path)
            execute(server.url, "CHECKPOINT")
            size = look([wal])[0].size
            with world.serving(disk_dirs=str(wal)), _unguarded(world) as worker:
                world.wait()
                with world.reader() as desk:
                    low = f'landdata_disk_low{{folder="{wal}"}}'
                    assert figures(world)[low] == 0
                    uid, _ = world.hand_in("before", world.file("before", 1))
                    ballast = fill_up(wal, leave=int(0.18 * size))
                    assert figures(world)[low] == 1, "the alarm comes first"
                    world.hand_in("alarm", world.file("alarm", 1))
                    fill_up(wal, leave=int(0.14 * size))
                    assert refused(world, "stopped") == (503, "DISK_LOW")
                    assert world.scalar("SELECT count(*) FROM intake.delivery WHERE idempotency_key = 'stopped'") == 0
                    answer = desk.lookup(question())
                    assert world.logged(answer), "look-ups go on"
                    # Something else fills the disk to its last byte: the server gives up and cannot start again.
                    fill_up(wal, leave=0)
                    _panics(server, world)
                    server.launch()
                    server.running.wait(60)
                    assert not server.answers(), "it started on a full volume"
                    # The runbook of docs/backup.md: give the ballast back, start, all goes on by itself.
                    ballast.unlink()
                    server.start()
                    assert until(tries(lambda: desk.lookup(question()), LandClientError), what="look-ups")
                    assert world.hand_in("before", world.file("before", 1)) == (uid, True)
                    world.hand_in("stopped", world.file("stopped", 1))
                    assert world.logged(answer), "an answer of before is gone"
                    assert figures(world)[low] == 0
                    _all_published(world, worker)
            world.close()


def _panics(server, world: World) -> None:
    """Write until the log cannot be written."""
    stuff = "INSERT INTO stuffing SELECT repeat(md5(i::text), 30) FROM generate_series(1, 300000) i"
    with pytest.raises(psycopg2.Error):
        execute(server.url.replace("/postgres?", "/land?"), "CREATE TABLE stuffing (x text)", *[stuff] * 20)
    until(lambda: server.running.poll() is not None, seconds=60, what="the end of the server")
    assert "PANIC" in server.log

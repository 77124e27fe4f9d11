"""Volumes that fill up under a working service: what stops, what goes on, and how it heals (F3, F4)."""

from __future__ import annotations

import time

import httpx
import psycopg2
import pytest
from faultworld import World, problem_of, question
from landworld import DAY
from servers import execute, fill_up, private_server, small_disk, tries
from syncworld import until

from api.client import LandClientError, Problem
from landdata.errors import ServiceRefused
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


def test_the_data_volume_full(stored, filled, tmp_path):
    """Uploads are refused, reads go on, no answer leaves without its log row, and room heals it without a restart."""
    with small_disk(420) as disk, small_disk(160) as wal:
        options = {"min_wal_size": "32MB", "max_wal_size": "64MB", "temp_file_limit": "10MB"}
        with private_server(like=stored, data=disk / "pg", wal=wal / "wal", options=options) as server:
            world = World(filled(server), tmp_path)
            started = execute(server.url, "SELECT pg_postmaster_start_time()")
            # The guard is off: what is tried here is what happens behind it.
            with world.serving(disk_refuse_share="0"):
                world.wait()
                with world.reader() as desk:
                    desk.lookup(question())
                    uid, _ = world.hand_in("before", world.file("before", 1))
                    execute(server.url, "CHECKPOINT")
                    ballast = fill_up(disk, leave=0)
                    _stands_full(world, server.url, desk)
                    ballast.unlink()
                    assert until(tries(lambda: desk.lookup(question()), LandClientError), what="look-ups")
                    assert world.hand_in("before", world.file("before", 1)) == (uid, True)
                    world.hand_in("stuffed", world.file("stuffed", 1))
            assert execute(server.url, "SELECT pg_postmaster_start_time()") == started, "it was restarted"
            assert "PANIC" not in server.log
            world.close()


def _stands_full(world: World, url: str, desk) -> None:
    # One small row may still find room on a page that is there; a row as large as a page does not.
    with pytest.raises(psycopg2.errors.DiskFull):
        execute(url.replace("/postgres?", "/land?"), "CREATE TABLE stuffing AS SELECT generate_series(1, 1000000)")
    until(lambda: _full_for(world), seconds=60, what="a full volume")
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


def test_the_wal_volume_fills_up(stored, filled, tmp_path):
    """The alarm sounds at 20 % free and deliveries stop at 15 %, long before the PANIC that ends everything."""
    with small_disk(400) as wal:
        options = {"min_wal_size": "64MB", "max_wal_size": "128MB"}
        with private_server(like=stored, wal=wal / "wal", options=options) as server:
            world = World(filled(server), tmp_path)
            execute(server.url, "CHECKPOINT")
            size = look([wal])[0].size
            with world.serving(disk_dirs=str(wal)):
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
            world.close()


def _panics(server, world: World) -> None:
    """Write until the log cannot be written."""
    stuff = "INSERT INTO stuffing SELECT repeat(md5(i::text), 30) FROM generate_series(1, 300000) i"
    with pytest.raises(psycopg2.Error):
        execute(server.url.replace("/postgres?", "/land?"), "CREATE TABLE stuffing (x text)", *[stuff] * 20)
    until(lambda: server.running.poll() is not None, seconds=60, what="the end of the server")
    assert "PANIC" in server.log

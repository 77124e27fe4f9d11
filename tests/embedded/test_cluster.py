"""The private cluster with a real server: rights, sharing, and every way to be killed."""

import os
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fixtures.embedded import cluster, errors
from fixtures.embedded.errors import Fault
from fixtures.embedded.identity import read_record
from fixtures.embedded.packages import find_server

ROOT = Path(__file__).resolve().parents[2]

USE = """
import os, sys, time
from pathlib import Path
from fixtures.embedded import cluster
from fixtures.embedded.paths import paths_for
held = cluster.acquire(paths_for(Path(sys.argv[1]), uid=os.geteuid(), environment={}))
print("ready", flush=True)
time.sleep(60)
"""


def ask(url, sql):
    command = [find_server().program("psql"), "-X", "-At", url, "-c", sql]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def wait_until(condition, seconds=20):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.05)


def use_elsewhere(paths):
    user = subprocess.Popen([sys.executable, "-c", USE, str(paths.project)], stdout=subprocess.PIPE, cwd=ROOT)
    assert user.stdout.readline() == b"ready\n"
    return user


def kill(user):
    user.kill()
    user.wait()
    user.stdout.close()


def test_a_cluster_from_nothing(paths):
    with cluster.acquire(paths) as held:
        assert ask(held.url, "select current_user") == "landdata"
        rights = "select rolsuper, rolcreatedb, rolcreaterole from pg_roles where rolname = 'landdata'"
        assert ask(held.url, rights) == "f|f|f"
        for name, value in {
            "fsync": "on",
            "synchronous_commit": "on",
            "data_checksums": "on",
            "jit": "off",
        }.items():
            assert ask(held.url, f"show {name}") == value
        assert ask(held.url, "show listen_addresses") == ""
        locale = "select datcollate || pg_encoding_to_char(encoding) from pg_database where datname = 'landdata'"
        assert ask(held.url, locale) == "C.UTF-8UTF8"
        assert ask(held.admin_url, "select rolsuper from pg_roles where rolname = current_user") == "t"
        assert stat.S_IMODE(paths.socket.stat().st_mode) == 0o700
        server = cluster.postmaster(paths)
        if os.geteuid() == 0:
            assert Path(f"/proc/{server.pid}").stat().st_uid != 0
    assert not cluster.status(paths).running
    assert cluster.postmaster(paths) is None


def test_only_tests_do_without_the_disk(tests_paths):
    with cluster.acquire(tests_paths) as held:
        assert ask(held.test_admin_url, "show fsync") == "off"
        assert ask(held.test_admin_url, "show synchronous_commit") == "on"
    assert not cluster.status(tests_paths).running


def test_the_last_user_ends_it_and_the_data_stays(paths):
    first = cluster.acquire(paths)
    with cluster.acquire(paths) as second:
        ask(second.url, "create table kept (x int)")
        first.close()
        assert ask(second.url, "select count(*) from kept") == "0"
    assert cluster.postmaster(paths) is None
    with cluster.acquire(paths) as again:
        assert ask(again.url, "select count(*) from kept") == "0"


def test_a_killed_user_takes_the_server_with_it(paths):
    user = use_elsewhere(paths)
    assert cluster.status(paths).running
    kill(user)
    wait_until(lambda: cluster.postmaster(paths) is None)
    wait_until(lambda: not cluster.status(paths).running)


def test_a_row_of_commands_starts_it_once(paths):
    held = cluster.acquire(paths, linger=30)
    server = cluster.postmaster(paths)
    held.users.release()
    time.sleep(1)
    with cluster.acquire(paths, linger=30):
        assert cluster.postmaster(paths) == server


def test_a_killed_keeper_leaves_a_state_that_starts(paths):
    user = use_elsewhere(paths)
    record = read_record(paths.records / "keeper.json")
    os.kill(record[0].pid, 9)
    wait_until(lambda: cluster.postmaster(paths) is None)
    kill(user)
    with cluster.acquire(paths) as held:
        assert ask(held.url, "select 1") == "1"


def test_a_killed_server_recovers_what_was_committed(paths):
    user = use_elsewhere(paths)
    ask(paths.url(), "create table kept as select generate_series(1, 1000) x")
    os.kill(cluster.postmaster(paths).pid, 9)
    wait_until(lambda: not cluster.status(paths).running)
    kill(user)
    assert (paths.cluster / "postmaster.pid").exists()
    with cluster.acquire(paths) as held:
        assert ask(held.url, "select count(*) from kept") == "1000"


def test_a_pid_file_with_a_recycled_number(paths):
    cluster.acquire(paths).close()
    # a living process that is not PostgreSQL, run by its user: PostgreSQL alone would refuse to start
    stranger = subprocess.Popen(cluster.as_server_user(["sleep", "60"]), cwd="/")
    try:
        stale = paths.cluster / "postmaster.pid"
        stale.write_text(f"{stranger.pid}\n{paths.cluster}\n1700000000\n5432\n{paths.socket}\n\n\n")
        with cluster.acquire(paths) as held:
            assert ask(held.url, "select 1") == "1"
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_run_killed_while_creating_is_repeated(paths):
    cluster.make_folders(paths)
    (paths.state / "pg.new" / "base").mkdir(parents=True)
    with cluster.acquire(paths) as held:
        assert ask(held.url, "select 1") == "1"
    assert not (paths.state / "pg.new").exists()


def test_a_server_that_cannot_start_says_why_once(paths):
    cluster.acquire(paths).close()
    settings = paths.cluster / "postgresql.conf"
    good = settings.read_text()
    settings.write_text(good + "nonsense = 1\n")
    with pytest.raises(Fault, match="did not start") as caught:
        cluster.acquire(paths)
    assert "nonsense" in caught.value.detail
    settings.write_text(good)
    with cluster.acquire(paths) as held:
        assert ask(held.url, "select 1") == "1"


def test_stop_ends_it_whoever_uses_it(paths):
    user = use_elsewhere(paths)
    assert cluster.stop(paths)
    assert cluster.postmaster(paths) is None
    kill(user)
    assert not cluster.stop(paths)


def test_no_room_is_told_before_anything_is_made(paths, monkeypatch):
    monkeypatch.setattr(cluster.shutil, "disk_usage", lambda _path: shutil._ntuple_diskusage(1, 1, 0))
    with pytest.raises(Fault, match="disk is full"):
        cluster.acquire(paths)
    assert not paths.cluster.exists()
    monkeypatch.undo()
    with cluster.acquire(paths) as held:
        assert ask(held.url, "select 1") == "1"


def test_a_folder_we_may_not_write(paths, tmp_path):
    blocked = tmp_path / "file"
    blocked.touch()
    unwritable = type(paths)(project=paths.project, state=paths.state, socket=paths.socket, data=blocked / "data")
    with pytest.raises(Fault, match=r"Cannot write to .*file/data"):
        cluster.acquire(unwritable)


def test_a_full_disk_in_postgresql_s_words(paths):
    text = "could not extend file: No space left on device"
    assert cluster.explain(text, paths).en == errors.disk_full(paths.state).en

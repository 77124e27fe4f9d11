"""A process is ended only when it is the one that was meant."""

import dataclasses
import subprocess
import sys
import time

import pytest

from fixtures.embedded.identity import end, identity_of, is_alive, read_record, write_record


@pytest.fixture
def sleeper():
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], process_group=0)
    yield process
    process.kill()
    process.wait()


def test_a_recycled_number_is_left_alone(sleeper):
    identity = identity_of(sleeper.pid)
    earlier = dataclasses.replace(identity, started=identity.started - 1)
    other_boot = dataclasses.replace(identity, boot="another")
    assert end(earlier)
    assert end(other_boot)
    assert sleeper.poll() is None
    assert is_alive(identity)


def test_end_of_the_right_one(sleeper):
    assert end(identity_of(sleeper.pid), group=True)
    assert sleeper.wait(5) == -15


def test_one_that_will_not_listen_is_killed():
    code = "import signal, time; signal.signal(15, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as deaf:
        deaf.stdout.readline()
        assert end(identity_of(deaf.pid), seconds=0.3)
        assert deaf.wait(5) == -9


def test_a_zombie_is_not_alive():
    process = subprocess.Popen([sys.executable, "-c", ""])
    until = time.monotonic() + 10
    while identity_of(process.pid) is not None and time.monotonic() < until:
        time.sleep(0.02)
    assert identity_of(process.pid) is None
    process.wait()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}', '{"pid": "x", "started": 1, "boot": "", "more": {}}'])
def test_a_damaged_record_counts_as_none(tmp_path, content):
    (tmp_path / "r.json").write_text(content)
    assert read_record(tmp_path / "r.json") is None


def test_record_comes_back_while_its_process_lives(tmp_path, sleeper):
    identity = identity_of(sleeper.pid)
    write_record(tmp_path / "a" / "r.json", identity, api_url="http://127.0.0.1:1")
    assert read_record(tmp_path / "a" / "r.json") == (identity, {"api_url": "http://127.0.0.1:1"})
    end(identity)
    assert read_record(tmp_path / "a" / "r.json") is None

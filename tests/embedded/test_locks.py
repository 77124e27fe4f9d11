"""Locks end with their holder, kill -9 included."""

import subprocess
import sys
from pathlib import Path

from fixtures.embedded.locks import is_free, try_lock, wait_lock

ROOT = Path(__file__).resolve().parents[2]

HOLD = """
import sys, time
from pathlib import Path
from fixtures.embedded.locks import try_lock
lock = try_lock(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


def test_shared_locks_live_together_and_keep_the_exclusive_one_out(tmp_path):
    file = tmp_path / "x.lock"
    with try_lock(file, shared=True), try_lock(file, shared=True):
        assert try_lock(file) is None
        assert not is_free(file)
    assert is_free(file)


def test_waiting_has_an_end(tmp_path):
    file = tmp_path / "x.lock"
    with try_lock(file):
        assert wait_lock(file, seconds=0.1) is None


def test_a_killed_holder_frees_it(tmp_path):
    file = tmp_path / "x.lock"
    with subprocess.Popen([sys.executable, "-c", HOLD, str(file)], stdout=subprocess.PIPE, cwd=ROOT) as holder:
        holder.stdout.readline()
        assert try_lock(file) is None
        holder.kill()
    with wait_lock(file, seconds=5) as lock:
        assert lock.descriptor >= 0

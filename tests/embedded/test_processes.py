"""Services as real processes: ports, health, faults, and the end with the parent."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fixtures.embedded import processes
from fixtures.embedded.errors import Fault
from fixtures.embedded.identity import identity_of
from fixtures.embedded.processes import PortTaken, Service

ROOT = Path(__file__).resolve().parents[2]

SERVER = """
import http.server, sys
class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health" else 404)
        self.end_headers()
    def log_message(self, *arguments):
        pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Health).serve_forever()
"""

PARENT = """
import os, sys, time
from pathlib import Path
from fixtures.embedded import processes
from fixtures.embedded.paths import paths_for
paths = paths_for(Path(sys.argv[1]), uid=os.geteuid(), environment={})
child = processes.start(processes.Service("child", ("sleep", "60")), paths, os.environ)
print(child.process.pid, flush=True)
time.sleep(60)
"""


def server(port, name="api"):
    return Service(name, (sys.executable, "-c", SERVER, str(port)), f"http://127.0.0.1:{port}/health")


def wait_gone(pid, seconds=10):
    until = time.monotonic() + seconds
    while identity_of(pid) is not None:
        assert time.monotonic() < until, "still alive"
        time.sleep(0.02)


def test_a_taken_port_is_passed_over():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert processes.free_port(port) != port
    assert processes.free_port(port) == port
    assert processes.free_port(port, not_these=frozenset({port})) != port


def test_start_healthy_stop(paths):
    port = processes.free_port(0)
    running = processes.start(server(port), paths, os.environ)
    processes.wait_healthy(running)
    assert (paths.records / "service-api.json").exists()
    processes.stop(running, paths)
    assert not processes.is_healthy(running)
    assert not (paths.records / "service-api.json").exists()


def test_a_port_taken_in_between(paths):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        service = Service("api", server(taken.getsockname()[1]).command, "http://127.0.0.1:9/health")
        running = processes.start(service, paths, os.environ)
        with pytest.raises(PortTaken):
            processes.wait_healthy(running)


def test_a_service_that_ends_shows_its_own_last_words(paths):
    earlier = processes.start(Service("worker", ("echo", "an earlier run")), paths, os.environ)
    earlier.process.wait()
    failing = Service(
        "worker", (sys.executable, "-c", "raise SystemExit('no such table')"), "http://127.0.0.1:9/health"
    )
    running = processes.start(failing, paths, os.environ)
    with pytest.raises(Fault, match=r"worker ended \(code 1\)") as caught:
        processes.wait_healthy(running)
    assert caught.value.detail == "no such table"


def test_a_silent_service_is_given_up(paths):
    silent = Service("api", ("sleep", "60"), "http://127.0.0.1:9/health")
    running = processes.start(silent, paths, os.environ)
    with pytest.raises(Fault, match="does not answer"):
        processes.wait_healthy(running, seconds=0.3)
    processes.stop(running, paths)


def test_a_heartbeat_of_an_earlier_run_does_not_count(paths, tmp_path):
    beat = tmp_path / "worker.heartbeat"
    beat.touch()
    os.utime(beat, (1, 1))
    running = processes.start(Service("worker", ("sleep", "60"), heartbeat=beat), paths, os.environ)
    assert not processes.is_healthy(running)
    os.utime(beat, None)
    assert processes.is_healthy(running)
    processes.stop(running, paths)
    assert not processes.is_healthy(running)


def test_what_a_service_started_ends_too(paths):
    running = processes.start(Service("api", ("sh", "-c", "sleep 60 & echo $!; exec sleep 60")), paths, os.environ)
    until = time.monotonic() + 10
    while not running.own_log() and time.monotonic() < until:
        time.sleep(0.02)
    grandchild = int(running.own_log())
    processes.stop(running, paths)
    wait_gone(grandchild)


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_parent_takes_its_services_along(paths, sign):
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(paths.project)], stdout=subprocess.PIPE, cwd=ROOT
    ) as parent:
        child = int(parent.stdout.readline())
        assert identity_of(child) is not None
        parent.send_signal(sign)
    wait_gone(child)


def test_leftovers_of_a_killed_run_are_ended(paths):
    running = processes.start(Service("api", ("sleep", "60")), paths, os.environ)
    assert processes.end_leftovers(paths) == ["api"]
    assert running.process.wait(5) == -signal.SIGTERM
    assert processes.end_leftovers(paths) == []

"""The line to the database is cut, swallows everything, breaks or drags: callers are told in seconds, and it heals (F7, F8)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import proxy
import pytest
from faultworld import World, question
from sqlalchemy import make_url
from syncworld import Process, free_port, until

from api.client import Problem

TOLD_IN = 8.0  # seconds; security.md F7
# Between two namespaces of this machine; documentation's own range (RFC 5737), routed nowhere.
NEAR, FAR = "192.0.2.1", "192.0.2.2"


def socket_of(url: str) -> str:
    """The Unix socket, or the address, of the server behind a database address."""
    made = make_url(url)
    host = str(made.query.get("host") or made.host)
    return f"{host}/.s.PGSQL.{made.port or 5432}" if host.startswith("/") else f"{host}:{made.port or 5432}"


def by(url: str, host: str, port: int) -> str:
    """The same database, reached through a proxy."""
    return make_url(url).set(host=host, port=port, query={}).render_as_string(hide_password=False)


@contextmanager
def proxied(world: World, folder: Path, listen: str, *, wrap: tuple[str, ...] = ()) -> Iterator[Path]:
    """A proxy before the database; the socket that takes its orders."""
    control = Path(tempfile.mkdtemp(prefix="landdata-proxy-")) / "control"
    script = str(Path(proxy.__file__))
    command = [*wrap, sys.executable, script, listen, socket_of(world.url), str(control)]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        until(control.exists, what="proxy")
        yield control
    finally:
        running.terminate()
        running.wait(10)
        shutil.rmtree(control.parent)


def told(act: object, *arguments: object) -> tuple[float, int]:
    """Seconds until a caller is told, and the status it is told by."""
    start = time.monotonic()
    try:
        act(*arguments)  # type: ignore[operator]
    except Problem as problem:
        return time.monotonic() - start, problem.status
    return time.monotonic() - start, 200


@pytest.fixture(scope="module")
def line(world, tmp_path_factory):
    """The API behind a proxy to the database, and the proxy's ear."""
    port = free_port()
    folder = tmp_path_factory.mktemp("line")
    with (
        proxied(world, folder, f"127.0.0.1:{port}") as control,
        world.api(url=by(world.url, "127.0.0.1", port)) as process,
    ):
        world.wait()
        yield control, process


@pytest.fixture
def desk(world):
    with world.reader() as made:
        yield made


def test_a_black_hole_that_takes_everything(world, line, desk):
    """What is sent is confirmed and never answered: no time limit of TCP or of the server can help."""
    control, _ = line
    desk.lookup(question())
    proxy.tell(control, "blackhole")
    try:
        seconds, status = told(desk.lookup, question())
        assert (status, seconds < TOLD_IN) == (503, True), seconds
        seconds, status = told(desk.lookup, question())  # and whoever comes next
        assert (status, seconds < TOLD_IN) == (503, True), seconds
        assert world.alive() < 2
    finally:
        proxy.tell(control, "ok")
    assert until(lambda: told(desk.lookup, question())[1] == 200, seconds=15, what="healing")


def test_a_reset_line_is_asked_again(world, line, desk):
    """Idle connections that were cut are found out and made anew: no caller hears of it."""
    control, _ = line
    desk.lookup(question())
    for _ in range(5):
        proxy.tell(control, "reset")
        answer = desk.lookup(question())
        assert world.logged(answer)
        assert httpx.get(f"{world.issuer}/ready", trust_env=False, timeout=20).status_code == 200


def test_an_answer_cut_in_the_middle_is_no_answer(world, line, desk):
    control, _ = line
    desk.lookup(question())
    proxy.tell(control, "reset")
    proxy.tell(control, "cut 1500")
    try:
        for _ in range(4):
            asked = question()
            try:
                answer = desk.lookup(asked)
            except Problem as problem:
                assert problem.status == 503  # noqa: PT017 - either is right, and nothing else
            else:
                assert world.logged(answer)
                assert answer.certificates
    finally:
        proxy.tell(control, "ok")
        proxy.tell(control, "reset")
    assert until(lambda: told(desk.lookup, question())[1] == 200, seconds=15, what="healing")


def test_a_slow_line_only_makes_slow_answers(world, line, desk):
    control, _ = line
    desk.lookup(question())
    proxy.tell(control, "latency 0.3")
    try:
        assert world.logged(desk.lookup(question()))
    finally:
        proxy.tell(control, "ok")


@contextmanager
def namespace() -> Iterator[str]:
    """A network of its own on this machine, with one line to it; skipped where this user may not make one."""
    name = f"landdata-{os.getpid()}"
    steps = [
        f"netns add {name}",
        f"link add ld{os.getpid() % 100000} type veth peer name far netns {name}",
        f"address add {NEAR}/30 dev ld{os.getpid() % 100000}",
        f"link set ld{os.getpid() % 100000} up",
        f"-n {name} address add {FAR}/30 dev far",
        f"-n {name} link set far up",
    ]
    if shutil.which("ip") is None:
        pytest.skip("no `ip` here (Debian package iproute2)")
    try:
        for step in steps:
            done = subprocess.run(["ip", *step.split()], capture_output=True, text=True, check=False)
            if done.returncode != 0:
                pytest.skip(f"this user may not make a network: ip {step}: {done.stderr.strip()}")
        yield name
    finally:
        subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True)


def test_a_cut_network(world, tmp_path):
    """The cable is pulled at the far end: packets are dropped without a word, nothing sent is confirmed (F7)."""
    with (
        namespace() as name,
        proxied(world, tmp_path, f"{FAR}:5432", wrap=("ip", "netns", "exec", name)),
        world.api(url=by(world.url, FAR, 5432)) as api,
        world.reader() as desk,
    ):
        world.wait()
        desk.lookup(question())
        assert httpx.get(f"{world.issuer}/ready", trust_env=False, timeout=20).status_code == 200
        pull = ["ip", "-n", name, "link", "set", "far"]
        subprocess.run([*pull, "down"], check=True)
        for _ in range(2):
            seconds, status = told(desk.lookup, question())
            assert (status, seconds < TOLD_IN) == (503, True), seconds
        start = time.monotonic()
        answer = httpx.get(f"{world.issuer}/ready", trust_env=False, timeout=20)
        assert (answer.status_code, time.monotonic() - start < TOLD_IN) == (503, True)
        assert int(answer.headers["retry-after"]) > 0
        assert world.alive() < 2
        subprocess.run([*pull, "up"], check=True)
        assert until(lambda: told(desk.lookup, question())[1] == 200, seconds=20, what="healing")
        assert isinstance(api, Process)

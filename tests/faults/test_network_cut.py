"""The cable to the database is pulled: packets are dropped without a word, callers are told in seconds, and it heals (F7)."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from faultworld import question
from lines import TOLD_IN, by, proxied, told
from syncworld import until

# Between two namespaces of this machine, in the range for trials (RFC 2544) that nobody routes; each run has a line of its own.
NEAR, FAR = (f"198.18.{os.getpid() // 63 % 256}.{os.getpid() % 63 * 4 + end}" for end in (1, 2))
OURS = "landdata-"


def sweep() -> None:
    """Remove what a killed run left: its line would take the packets of the next."""
    listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=False).stdout
    for name in (line.split()[0] for line in listed.splitlines() if line.startswith(OURS)):
        if not Path("/proc", name.removeprefix(OURS)).exists():
            subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True)


@contextmanager
def namespace() -> Iterator[str]:
    """A network of its own on this machine, with one line to it; skipped where this user may not make one."""
    name = f"{OURS}{os.getpid()}"
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
    sweep()
    try:
        for step in steps:
            done = subprocess.run(["ip", *step.split()], capture_output=True, text=True, check=False)
            if done.returncode != 0:
                pytest.skip(f"this user may not make a network: ip {step}: {done.stderr.strip()}")
        yield name
    finally:
        subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True)


def test_a_cut_network(world):
    """Nothing that is sent is confirmed any more."""
    with (
        namespace() as name,
        proxied(world, f"{FAR}:5432", wrap=("ip", "netns", "exec", name)),
        world.serving(url=by(world.url, FAR, 5432)),
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

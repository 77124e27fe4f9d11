"""Lines to the database that a test can spoil, and how long a caller waits to be told."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import proxy
from faultworld import World
from sqlalchemy import make_url
from syncworld import until

from api.client import Problem

TOLD_IN = 8.0  # seconds; the design's F7


def socket_of(url: str) -> str:
    """The Unix socket, or the address, of the server behind a database address."""
    made = make_url(url)
    host = str(made.query.get("host") or made.host)
    return f"{host}/.s.PGSQL.{made.port or 5432}" if host.startswith("/") else f"{host}:{made.port or 5432}"


def by(url: str, host: str, port: int) -> str:
    """The same database, reached through a proxy."""
    return make_url(url).set(host=host, port=port, query={}).render_as_string(hide_password=False)


@contextmanager
def proxied(world: World, listen: str, *, wrap: tuple[str, ...] = ()) -> Iterator[Path]:
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


def told(act: Callable[..., Any], *arguments: object) -> tuple[float, int]:
    """Seconds until a caller is told, and the status it is told by."""
    start = time.monotonic()
    try:
        act(*arguments)
    except Problem as problem:
        return time.monotonic() - start, problem.status
    return time.monotonic() - start, 200

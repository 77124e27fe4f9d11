"""Databases and desks of the domain's tests; what they share to make rows, files and people stands in `landworld.py`."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from landworld import Desk  # found by the line above

from landdata import cli
from landdata.store.engine import Database


@pytest.fixture
def desk(country, tmp_path):
    """Offices, deliveries and look-ups on a database of this test's own."""
    with closing(Desk(country, tmp_path)) as made:
        yield made


@pytest.fixture(scope="module")
def shared_desk(shared_country, tmp_path_factory):
    """The same on a database that the tests of a module share."""
    with closing(Desk(shared_country, tmp_path_factory.mktemp("data"))) as made:
        yield made


@pytest.fixture
def other_desk(new_database, _registered, tmp_path_factory):
    """A second desk on a second database, to compare with."""
    with new_database(_registered) as url:
        db = Database(url, pool_size=4)
        with closing(Desk(db, tmp_path_factory.mktemp("other"))) as made:
            yield made
        db.close()


@pytest.fixture
def in_process(monkeypatch):
    """Reads files without a child process: for tests that deliver often and are not about reading."""
    monkeypatch.setattr("landdata.flows.check.open_layer", Desk.open_layer)


@pytest.fixture
def command(monkeypatch, capsys):
    """`landdata ARGUMENTS` in this process: its exit code, output and error output."""

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["landdata", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return call


@pytest.fixture
def check(command):
    """`landdata check ARGUMENTS`."""
    return lambda *arguments: command("check", *arguments)


@pytest.fixture
def no_database(monkeypatch):
    """No server, no driver, no socket: anything that opens a connection is a defect."""

    def refuse(self, address) -> None:
        raise AssertionError(f"connected to {address!r}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr("sqlalchemy.create_engine", refuse)
    monkeypatch.setattr("psycopg2.connect", refuse)


@pytest.fixture
def listener():
    """An address of this machine, and who knocked there."""
    knocks: list[object] = []
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                client, address = server.accept()
                knocks.append(address)
                client.close()

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}/x", knocks
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join(5)

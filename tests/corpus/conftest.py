"""An office that is sent hostile files, an address that must never be called, and files that must never be read."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "landdata"))

from landworld import Desk  # found by the line above

from tests.corpus.cases import SECRET, Bait


@pytest.fixture(scope="module")
def office(shared_country, tmp_path_factory):
    """A land office on a database of the module."""
    with closing(Desk(shared_country, tmp_path_factory.mktemp("corpus"))) as made:
        yield made


@pytest.fixture(scope="module")
def bait(tmp_path_factory):
    """What the files point at: an address, whose callers are noted, and a folder of readable layers."""
    folder = tmp_path_factory.mktemp("beside")
    for name, data in SECRET.items():
        (folder / name).write_bytes(data)
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
    yield Bait(f"http://127.0.0.1:{server.getsockname()[1]}/x", folder, knocks)
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join(5)

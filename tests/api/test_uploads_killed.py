"""A process of the API is killed in the middle of a piece: what was told to be kept is there for the next one."""

from __future__ import annotations

import base64
import hashlib
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from landdata.flows import offices, uploads
from landdata.store import unfinished

TUS = {"Tus-Resumable": "1.0.0"}
SIZE = uploads.STEP_BYTES * 2 + 1_234_567


@pytest.fixture
def database(country):
    """An office is in charge of units."""
    return country


@pytest.fixture
def settings(settings):
    """Takes as much as the test sends."""
    return settings.model_copy(update={"delivery_max_bytes": SIZE})


@contextmanager
def process(api):
    """Another process behind the same address, on its own port; killed at the end, if it is not before."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    given = {
        "LANDDATA_DATABASE_URL": api.settings.database_url,
        "LANDDATA_DATA_DIR": str(api.settings.data_dir),
        "LANDDATA_PUBLIC_URL": api.url,
    }
    started = subprocess.Popen(
        [sys.executable, "-m", "api", "--port", str(port)], cwd=Path(__file__).parents[2],
        env={**os.environ, **given}, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 120
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False)
                break
            except httpx.ConnectError:
                assert started.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.1)
        yield started, port
    finally:
        started.kill()
        started.wait(30)


def test_the_next_process_goes_on_where_the_killed_one_had_it_on_disk(api, office, database):
    offices.register_land_office(
        database, code=office.client_id, name_vi="A", name_en="A", provinces=[("24", date(2026, 1, 1))]
    )
    data, bearer = os.urandom(SIZE), office.bearer()
    name = base64.b64encode(b"a.gpkg").decode()
    said = {"Upload-Length": str(SIZE), "Upload-Metadata": f"file_name {name}", "Idempotency-Key": uuid4().hex}
    piece = {**bearer, **TUS, "Content-Type": "application/offset+octet-stream"}
    with process(api) as (doomed, port), httpx.Client(trust_env=False, timeout=60) as http:
        at = f"http://127.0.0.1:{port}"
        where = http.post(f"{at}/v1/uploads", headers={**bearer, **TUS, **said}).headers["location"]
        with socket.create_connection(("127.0.0.1", port)) as line:
            head = [f"PATCH {where} HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Content-Length: {SIZE}", "Upload-Offset: 0"]
            head += [f"{key}: {value}" for key, value in piece.items()]
            line.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + data[: uploads.STEP_BYTES + 3_000_000])
            deadline = time.monotonic() + 60
            while not int(http.head(f"{at}{where}", headers={**bearer, **TUS}).headers["upload-offset"]):
                assert time.monotonic() < deadline
                time.sleep(0.05)
            doomed.kill()
            doomed.wait(30)
    # Another process, with the other's half-written record behind what counts.
    kept = int(api.http.head(where, headers={**bearer, **TUS}).headers["upload-offset"])
    assert uploads.STEP_BYTES <= kept < SIZE
    [file] = (api.settings.data_dir / "uploads").iterdir()
    assert file.stat().st_size >= kept
    assert data[:64] not in file.read_bytes()[: unfinished.RECORD]
    done = api.http.patch(where, content=data[kept:], headers={**piece, "Upload-Offset": str(kept)})
    assert done.status_code == 204, done.text
    with database.read() as tx:
        [digest] = tx.connection.scalars(text("SELECT sha256 FROM intake.delivery"))
    assert bytes(digest) == hashlib.sha256(data).digest()

"""The process itself: started, asked, ended; and the messages when it cannot start."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]


def start(settings, port: int, *more: str, **env: str) -> subprocess.Popen[str]:
    given = {
        "LANDDATA_DATABASE_URL": settings.database_url,
        "LANDDATA_DATA_DIR": str(settings.data_dir),
        "LANDDATA_PUBLIC_URL": f"http://127.0.0.1:{port}",
        **env,
    }
    command = [sys.executable, "-m", "api", "--port", str(port), *more]
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, **given}, stderr=subprocess.PIPE, text=True)


@pytest.fixture
def database(country):
    """With the reference data: without them a process is not ready."""
    return country


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def wait_until_alive(port: int) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_two_workers_start_serve_and_end(settings):
    port = free_port()
    process = start(settings, port, "--workers", "2")
    try:
        wait_until_alive(port)
        assert httpx.get(f"http://127.0.0.1:{port}/ready", trust_env=False).status_code == 200
        kids = {
            httpx.get(f"http://127.0.0.1:{port}/oauth2/jwks", trust_env=False).json()["keys"][0]["kid"]
            for _ in range(20)
        }
        assert len(kids) == 1
        httpx.get(f"http://127.0.0.1:{port}/v1/deliveries/planted-path?access_token=planted-token", trust_env=False)
    finally:
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "planted" not in log
    lines = [json.loads(line) for line in log.splitlines()]
    (ready,) = [line for line in lines if line.get("route") == "/ready"]
    assert (ready["message"], ready["status"], ready["logger"]) == ("request", 200, "api.requests")
    assert len(ready["request_id"]) == 32


def test_a_taken_port_is_one_clear_message(settings):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = start(settings, taken.getsockname()[1])
        _, log = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "--port" in log
    assert "Traceback" not in log


def test_an_address_that_cannot_be_an_issuer_is_one_clear_message(settings):
    process = start(settings, free_port(), LANDDATA_PUBLIC_URL="http://land.example")
    _, log = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "LANDDATA_PUBLIC_URL" in log
    assert "Traceback" not in log

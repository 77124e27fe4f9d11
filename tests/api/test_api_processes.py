"""Two API processes on one machine: what one has seen, the other knows (security.md A5)."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

LOOKUP = "/v1/residency/land-records:lookup"


@pytest.fixture(autouse=True)
def _small_book() -> None:
    """The size of the book is the one of every process here."""


@pytest.fixture
def other(api):
    """Another process behind the same address: same settings, same folder, its own port."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    given = {
        "LANDDATA_DATABASE_URL": api.settings.database_url,
        "LANDDATA_DATA_DIR": str(api.settings.data_dir),
        "LANDDATA_PUBLIC_URL": api.url,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "api", "--port", str(port)], cwd=Path(__file__).parents[2],
        env={**os.environ, **given}, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=20) as http:
            deadline = time.monotonic() + 60
            while True:
                try:
                    http.get("/health")
                    break
                except httpx.ConnectError:
                    assert process.poll() is None
                    assert time.monotonic() < deadline
                    time.sleep(0.1)
            yield http
    finally:
        process.terminate()
        process.wait(30)


def test_a_token_works_at_both_and_a_proof_at_one(api, consumer, other):
    token = consumer.token()
    for first, second in ((api.http, other), (other, api.http)):
        headers = {"Authorization": f"DPoP {token}", "DPoP": consumer.proof("POST", api.url + LOOKUP, token)}
        assert first.post(LOOKUP, headers=headers).status_code == 415  # believed: only the empty body is wrong
        assert second.post(LOOKUP, headers=headers).json()["code"] == "PROOF_INVALID"


def test_an_assertion_and_its_proof_are_good_at_one(api, consumer, other):
    form, headers = consumer.form(), consumer.proofs()
    assert other.post("/oauth2/token", data=form, headers=headers).status_code == 200
    assert api.http.post("/oauth2/token", data=form, headers=consumer.proofs()).json()["error"] == "invalid_client"
    again = api.http.post("/oauth2/token", data=consumer.form(), headers=headers)
    assert again.json()["error"] == "invalid_dpop_proof"

"""SQL injection, looked for by a tool that others wrote (sqlmap), in all that reaches the database (security.md A8)."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

FOUND, CLEAN = "sqlmap identified the following injection point", "all tested parameters do not appear to be injectable"
LOOKUP = "/v1/residency/land-records:lookup"
UNBOUND = {"token_binding": "UNBOUND", "unbound_reason": "sqlmap signs no proofs"}
ASKED = {
    "request_id": str(uuid4()), "agency_code": "CA-24*", "officer_code": "CB-1*", "service_code": "1.004222*",
    "case_file_no": "H24/0007*", "id_number": "024090000017*", "full_name": "Nguyen Thi Thuy*", "birth_year": 1990,
    "unit": {"code": "24*", "level": "province*", "division": "2023*"},
}  # fmt: skip
# `*` marks where the tool puts its words.
QUERIES = (
    "/v1/units/province/24*?on=2023-03-28*",
    "/v1/coverage?on=2023-03-28*&division=2023*",
    "/v1/coverage/units?on=2023-03-28*&division=2023*&level=province*&parent=24*",
    "/v1/deliveries/3f2504e0-4f89-11d3-9a0c-0305e82c3301*",
    "/v1/residency/changes?cursor=AAAA*&limit=10*",
)


def look(folder: Path, url: str, *more: str, level: int) -> str:
    """What sqlmap says of a request; it leaves nothing behind but a folder of this test."""
    program = shutil.which("sqlmap", path=str(Path(sys.executable).parent))
    assert program, "sqlmap is not installed"
    command = [
        program, "-u", url, "--batch", "--level", str(level), "--risk", "2", "--dbms", "postgresql", "--technique", "BEUST",
        "--flush-session", "--disable-coloring", "--output-dir", str(folder), "--threads", "2", "--time-sec", "2",
        # Refusals are answers: what does not look like a service that is down.
        "--ignore-code", "400,401,403,404,409,410,415,422,429", "--timeout", "20", "--retries", "1", *more,
    ]  # fmt: skip
    told = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    return told.stdout + told.stderr


@pytest.fixture
def settings(settings):
    """Tokens that live as long as the tool takes."""
    return settings.model_copy(update={"token_seconds": 3600})


@pytest.fixture
def hole(database_url, tmp_path):
    """The planted one, on a port of its own."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    script = Path(__file__).with_name("hole.py")
    with subprocess.Popen([sys.executable, str(script), str(port), database_url]) as process:
        deadline = time.monotonic() + 30
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{port}/", trust_env=False)
                break
            except httpx.ConnectError:
                assert time.monotonic() < deadline
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/?code=24*"
        process.terminate()


@pytest.fixture
def asked(api, consumer, agree) -> list[str]:
    """A look-up by a token that needs no proof, at any rate."""
    agree(consumer.client_id, **UNBOUND, rate_per_second=900_000, burst=900_000)
    token = replace(consumer, bound=False).token()
    headers = f"Content-Type: application/json\nAuthorization: Bearer {token}"
    return ["--method", "POST", "--data", json.dumps(ASKED), "--headers", headers]


def test_a_planted_hole_is_found_and_ours_has_none(api, asked, hole, tmp_path):
    assert FOUND in look(tmp_path, hole, level=1)
    found = look(tmp_path, api.url + QUERIES[0], level=1)
    assert CLEAN in found, found[-3000:]


@pytest.mark.full
@pytest.mark.parametrize("query", QUERIES)
def test_no_parameter_in_an_address(api, consumer, agree, query, tmp_path):
    agree(consumer.client_id, **UNBOUND, rate_per_second=900_000, burst=900_000)
    token = replace(consumer, bound=False).token()
    found = look(tmp_path, api.url + query, "--headers", f"Authorization: Bearer {token}", level=3)
    assert CLEAN in found, found[-3000:]


@pytest.mark.full
def test_no_word_of_a_look_up(api, asked, tmp_path):
    found = look(tmp_path, api.url + LOOKUP, *asked, level=3)
    assert CLEAN in found, found[-3000:]


@pytest.mark.full
def test_no_word_at_the_token_endpoint(api, consumer, tmp_path):
    form = "&".join(f"{name}={value}*" for name, value in consumer.form().items())
    found = look(tmp_path, f"{api.url}/oauth2/token", "--method", "POST", "--data", form, level=3)
    assert CLEAN in found, found[-3000:]

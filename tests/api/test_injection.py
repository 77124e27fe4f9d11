"""SQL injection, looked for by a tool that others wrote (sqlmap), in all that reaches the database (security.md A8)."""

from __future__ import annotations

import base64
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest
from injections import CASES, ELSEWHERE, UNBOUND, Case
from sqlalchemy import text

from api.main import create_app
from landdata.flows import clients, offices, people
from landdata.model import gis_keys as gis
from landdata.model.clients import DECIDE_SCOPE, DELIVER_SCOPE, MATCHING_SCOPE, STATISTICS_SCOPE
from landdata.model.people import Role, now
from landdata.settings import Settings
from landdata.store import gis_keys

FOUND, CLEAN = "sqlmap identified the following injection point", "all tested parameters do not appear to be injectable"


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
def database(request, database):
    """At full size with the registers: an office is in charge of units."""
    return request.getfixturevalue("country") if request.node.get_closest_marker("full") else database


def _gis_key(api, database) -> str:
    """A key of a GIS user of the ministry."""
    offices.register_office(database, code="MAE", kind="MINISTRY", name_vi="Bộ", name_en="Ministry")
    for login, role, by in (("quan.tri", Role.ADMINISTRATOR, None), ("ban.do", Role.GIS_USER, "quan.tri")):
        people.add(database, login=login, full_name=login, office_code="MAE", by=by)
        people.grant(database, login=login, role=role, by=by, reason="thử")
    key = gis.PREFIX + "k" * 43
    with database.write() as tx:
        person = tx.connection.scalar(text("SELECT person_id FROM org.person WHERE login = 'ban.do'"))
        gis_keys.add(tx, key, person_id=person, name="thử", now=now(), ends_at=now() + timedelta(days=7))
    return key


@pytest.fixture
def send(request, api, database, consumer, make_machine, agree, monkeypatch, tmp_path):
    """Let the tool try a case as whoever may send it, with a token that needs no proof, at any rate."""
    monkeypatch.setattr("api.events.LONGEST_SECONDS", 0.05)
    monkeypatch.setattr(api.app.state.services.map_fairness, "_rate", 1e6)
    monkeypatch.setattr(api.app.state.services.map_fairness, "_burst", 10**6)
    monkeypatch.setattr("landdata.store.attempts.claim", lambda *_: None)
    office = make_machine("LAND_OFFICE", frozenset({DELIVER_SCOPE, DECIDE_SCOPE, MATCHING_SCOPE, STATISTICS_SCOPE}))
    if request.node.get_closest_marker("full"):
        of = [("24", date(2023, 1, 1)), ("24", date(2025, 7, 1))]  # before and after the merger
        offices.register_land_office(database, code=office.client_id, name_vi="A", name_en="A", provinces=of)

    def headers_of(by: str) -> dict[str, str]:
        if by == "consumer":
            agree(consumer.client_id, **UNBOUND, daily_quota=1_000_000, rate_per_second=900_000, burst=900_000)
            return {"Authorization": f"Bearer {replace(consumer, bound=False).token()}"}
        if by == "secret":
            secret = clients.register_with_secret(database, client_id="newspaper", office_code=office.client_id)
            return {"Authorization": f"Basic {base64.b64encode(f'newspaper:{secret}'.encode()).decode()}"}
        if by == "gis":
            return {"Authorization": f"Bearer {_gis_key(api, database)}"}
        return office.bearer() if by == "office" else {}

    def run(case: Case, *, level: int) -> str:
        uid = ""
        if case.by == "office":
            taken = api.http.post(
                "/v1/deliveries?file_name=a.geojson", content=b'{"type": "FeatureCollection", "features": []}',
                headers={**office.bearer(DELIVER_SCOPE), "Idempotency-Key": "mine", "Content-Type": "application/octet-stream"},
            )  # fmt: skip
            assert taken.status_code == 202, taken.text
            uid = str(taken.json()["delivery_uid"])
        form = consumer.form()
        filled = {
            "type": form["client_assertion_type"], "assertion": form["client_assertion"], "issuer": api.url,
            "token": office.token(),
        }  # fmt: skip
        data = case.data
        if isinstance(case.body, str) and not case.body.startswith("{"):
            data = case.body.format_map(filled)
        headers = {**headers_of(case.by), **case.headers}
        path = case.path.replace("{uid}", uid).replace("{office}", office.client_id)
        # The control: whoever sends it is let in, so that its words are looked at.
        plain = api.http.request(
            case.method, path.replace("*", ""), content=data and data.replace("*", ""),
            headers={
                **({} if data is None else {"Content-Type": "application/x-www-form-urlencoded"}),
                **{name: value.replace("*", "") for name, value in headers.items()},
            },
        )  # fmt: skip
        assert plain.status_code < 500, plain.text
        assert not case.by or plain.status_code not in {401, 403} or case.by == "person", plain.text
        more = ["--method", case.method, "--headers", "\n".join(f"{name}: {value}" for name, value in headers.items())]
        if data is not None:
            more += ["--data", data]
        return look(tmp_path, api.url + path, *more, level=level)

    return run


def test_every_parameter_of_the_description_is_tried():
    """A new parameter needs its mark above."""
    described = create_app(Settings(database_url="postgresql://nobody@127.0.0.1:1/none")).openapi()
    schemas = described["components"]["schemas"]
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            names = {one["name"] for one in operation.get("parameters", [])}
            for content in operation.get("requestBody", {}).get("content", {}).values():
                schema = content.get("schema", {})
                schema = schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
                names |= set(schema.get("properties", {}))
            cases = [case for case in CASES if (case.method.lower(), case.route) == (method, path)]
            tried = set().union(*(case.tried() for case in cases))
            left_out = names - tried
            assert not left_out or left_out <= ELSEWHERE, (method, path, left_out)


def test_a_planted_hole_is_found_and_ours_has_none(send, hole, tmp_path):
    assert FOUND in look(tmp_path, hole, level=1)
    found = send(Case("GET", "", "/v1/units/province/24*"), level=1)
    assert CLEAN in found, found[-3000:]


@pytest.mark.full
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.method} {case.route} {case.by}".strip())
def test_no_parameter_anywhere(send, case):
    found = send(case, level=3)
    assert CLEAN in found, found[-3000:]

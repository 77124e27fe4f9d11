"""What the test of planted numbers lives in: the processes, what they said, and a consumer who asks rightly and wrongly."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from joserfc.jwk import ECKey
from plants import Plants
from sqlalchemy import text
from syncworld import Process, until, worker

from api.client import Citizen, LandClient, Procedure, Question
from fixtures.demo import registration
from landdata.store.engine import Database
from landdata.store.queue import enqueue

ROOT = Path(__file__).resolve().parents[2]
NAME = "Trần Thị Cỏ Ba Lá"
SERVICE = {"agency_code": registration.AGENCY, "service_code": registration.SERVICE}


@dataclass
class World:
    """Everything that runs, and everything that was planted and heard."""

    db: Database
    url: str
    folder: Path
    plants: Plants
    port: int
    population: str = ""
    credentials: Any = None
    heard: list[tuple[str, bytes]] = field(default_factory=list)

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def settings(self) -> dict[str, str]:
        return {
            "LANDDATA_DATABASE_URL": self.url, "LANDDATA_DATA_DIR": str(self.folder), "LANDDATA_PUBLIC_URL": self.issuer,
            "LANDDATA_WEBHOOK_NETWORKS": "127.0.0.0/8", "TMPDIR": str(self.folder / "tmp"),
        }  # fmt: skip

    def serving(self) -> Process:
        return Process(["-m", "api", "--port", str(self.port)], self.settings, self.folder / "api.log")

    def working(self) -> Process:
        made = worker(self.url, self.folder, population=self.population)
        made.settings |= {"TMPDIR": str(self.folder / "tmp"), "LANDDATA_WEBHOOK_NETWORKS": "127.0.0.0/8"}
        return made

    def command(self, *arguments: str) -> str:
        program = "import sys; from landdata.cli import main; main()"
        done = subprocess.run(
            [sys.executable, "-c", program, *arguments], cwd=ROOT, capture_output=True, text=True, check=False,
            env={**os.environ, **self.settings},
        )  # fmt: skip
        self.heard.append((" ".join(arguments), (done.stdout + done.stderr).encode()))
        assert done.returncode == 0, done.stderr
        return done.stdout

    def hear(self, what: str, answer: httpx.Response) -> httpx.Response:
        head = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
        content = answer.content
        if content.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(content)) as book:
                content = b"".join(book.read(name) for name in book.namelist())
        self.heard.append((f"{what} -> {answer.status_code}", head.encode() + content))
        return answer

    def scalar(self, sql: str) -> Any:
        with self.db.read() as tx:
            return tx.connection.scalar(text(sql))

    def job(self, task: str) -> None:
        """Ask for a job now, whatever it waits for."""
        with self.db.write() as tx:
            tx.connection.execute(text("UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'"))
            enqueue(tx, task=task, lock=task, once=task)


def wait(world: World) -> None:
    def answers() -> bool:
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(f"{world.issuer}/health", trust_env=False).status_code == 200
        return False

    until(answers, what="API")


def client(world: World) -> LandClient:
    mine = world.credentials[registration.CONSUMER_CLIENT]
    return LandClient(
        world.issuer, client_id=mine.client_id, key=ECKey.import_key(mine.key_file.read_bytes()), dpop=True
    )


def question(number: str, **changed: Any) -> Question:
    procedure = Procedure(SERVICE["agency_code"], "CB-1", SERVICE["service_code"], "HS-1")
    return Question(Citizen(number, changed.pop("name", NAME), date(1970, 5, 5)), procedure, **changed)


def vars_of(answer: Any) -> dict[str, Any]:
    """All that an answer holds, also what its repr keeps to itself."""
    return {name: getattr(answer, name) for name in answer.__slots__}


class Raw:
    """Bodies of any kind with a good token and proof, as the client's own core makes them."""

    def __init__(self, world: World) -> None:
        self._world = world

    def post(self, path: str, body: Any) -> httpx.Response:
        kept: list[httpx.Response] = []

        def swap(request: httpx.Request) -> None:
            if request.url.path == path:
                content = json.dumps(body, ensure_ascii=False).encode()
                request.headers["content-length"] = str(len(content))
                request.stream = httpx.ByteStream(content)
                self._world.plants.words["a consumer's token"] = request.headers["authorization"].partition(" ")[2]

        def keep(answer: httpx.Response) -> None:
            if answer.request.url.path == path:
                answer.read()
                kept.append(answer)

        mine = self._world.credentials[registration.CONSUMER_CLIENT]
        http = httpx.Client(event_hooks={"request": [swap], "response": [keep]}, trust_env=False, timeout=30)
        with http, contextlib.suppress(Exception):
            LandClient(
                self._world.issuer, client_id=mine.client_id, key=ECKey.import_key(mine.key_file.read_bytes()), dpop=True,
                http=http,
            ).lookup(question("024000000000"))  # fmt: skip
        return kept[0]


def ask_wrongly(world: World, http: httpx.Client, known: str) -> None:
    """Numbers wherever a caller may put them by mistake: nothing of it is echoed or written down."""
    number = world.plants.number
    url = "/v1/residency/land-records:lookup"
    basic = {"Authorization": f"Bearer {number('as a token')}"}
    body = question(known).body()
    for what, said in {
        "in a path": {"method": "GET", "url": f"/v1/residency/{number('in a path')}"},
        "in a query": {"method": "GET", "url": f"/v1/coverage?id_number={number('in a query')}"},
        "as a token": {"method": "POST", "url": url, "json": body, "headers": basic},
        "as a request id": {"method": "GET", "url": "/health", "headers": {"X-Request-Id": number("as a request id")}},
        "in a request id": {"method": "GET", "url": "/x", "headers": {"X-Request-Id": f"case-{number('in a request id')}"}},
        "as a client": {"method": "POST", "url": "/oauth2/token", "data": {"client_id": number("as a client")}},
        "as an assertion": {"method": "POST", "url": "/oauth2/token", "data": {"client_assertion": number("as an assertion")}},
        "as a key": {"method": "POST", "url": "/v1/deliveries", "headers": {"Idempotency-Key": number("as a key")}},
        "as a unit": {"method": "GET", "url": f"/v1/units/{number('as a unit')}"},
        "in a cursor": {"method": "GET", "url": f"/v1/residency/changes?cursor={number('in a cursor')}"},
        "on a page": {"method": "GET", "url": f"/?on={number('on a page')}"},
        "in a trace": {"method": "GET", "url": "/health", "headers": {"traceparent": f"00-{number('in a trace')}"}},
        "in an agent": {"method": "GET", "url": "/health", "headers": {"User-Agent": number("in an agent")}},
        "broken": {"method": "POST", "url": url, "content": f'{{"id_number": "{number("broken")}"'.encode()},
    }.items():  # fmt: skip
        answer = http.request(**said)
        world.hear(what, answer)
    _ask_wrongly_with_a_token(world, known)


def _ask_wrongly_with_a_token(world: World, known: str) -> None:
    number = world.plants.number
    body = question(known).body()
    raw = Raw(world)
    for what, changed in {
        "of 13 digits": {"id_number": number("of 13 digits") + "1"},
        "as a number": {"id_number": int(number("as a number"))},
        "as a name": {"full_name": {"x": number("as a name")}},
        "as a field": {"fields": [number("as a field")]},
        "as a member": {number("as a member"): 1},
        "as a birth": {"date_of_birth": number("as a birth")},
        "as a unit code": {"unit": {"code": number("as a unit code"), "level": "commune", "division": "2023"}},
        "as an agency": {"agency_code": number("as an agency"), "id_number": world.plants.words["as an agency"]},
        "as an officer": {"officer_code": number("as an officer"), "id_number": world.plants.words["as an officer"]},
        "as a file": {"case_file_no": f"HS {number('as a file')}", "id_number": world.plants.words["as a file"]},
        "as a service": {"service_code": number("as a service"), "id_number": world.plants.words["as a service"]},
    }.items():
        answer = raw.post("/v1/residency/land-records:lookup", {**body, "request_id": str(uuid4()), **changed})
        assert 400 <= answer.status_code < 500, (what, answer.text)
        world.hear(what, answer)
    with client(world) as asking:
        every = list(asking.batch([question(number(f"wrong in a list, {at}") + "0") for at in range(2)]))
    world.heard.append(("a list", repr(every).encode()))

"""Citizens' numbers, tokens, keys and secrets are planted, lived with by real processes, and then looked for everywhere.

The API, the worker, the mock population platform and a private PostgreSQL with the settings of the deployed one; keys are
changed meanwhile. What may hold a number is named here: the answer to whoever asked with it, and what an office gets back.
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import httpx
import psycopg2
import pytest
import yaml
from joserfc.jwk import ECKey
from plants import Plants, spellings
from sqlalchemy import make_url, text
from syncworld import Process, free_port, platform, until, worker

sys.path.insert(0, str(Path(__file__).parents[1] / "landdata"))

from carriers import carriers  # found by the line above
from landworld import COMMUNES, row

from api.client import Citizen, LandClient, Procedure, Question
from fixtures.demo import registration
from fixtures.demo.office import Office
from fixtures.population.nation import Entry
from fixtures.population.register import DATABASE, create
from landdata.flows import webhooks
from landdata.store import key_files, keys
from landdata.store.engine import Database
from landdata.store.queue import enqueue

ROOT = Path(__file__).resolve().parents[2]
DAY = date(2023, 3, 28)
FORMATS = ("geojson", "gpkg", "csv", "xlsx", "shp", "gml GML3.2", "csv+ gpkg")
NAME = "Trần Thị Cỏ Ba Lá"
SERVICE = {"agency_code": registration.AGENCY, "service_code": registration.SERVICE}


@contextmanager
def deployed_server(server: Any) -> Iterator[None]:
    """The private server restarted with what the deployed one says of its log."""
    command = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]["db"]["command"]
    said = dict(one.split("=", 1) for one in command if one.startswith("log_"))
    assert {"log_min_error_statement", "log_error_verbosity"} <= set(said)
    with (server.folder / "pg" / "postgresql.auto.conf").open("a", encoding="utf-8") as settings:
        settings.writelines(f"{name} = '{value}'\n" for name, value in said.items())
    server.end(signal.SIGINT)
    server.start()
    yield


@pytest.fixture(scope="module")
def database_url(server, admin_url, _registered):
    """A database with the reference data on the private server."""
    named = make_url(server.url).set(database="planted").render_as_string(hide_password=False)
    with closing(psycopg2.connect(server.url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("DO $$ BEGIN CREATE ROLE landdata LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
            cursor.execute("CREATE DATABASE planted OWNER landdata")
    source = make_url(admin_url).set(database=_registered).render_as_string(hide_password=False)
    dump = [server.programs / "pg_dump", "-Fc", "-Z0", "-d", source]
    with subprocess.Popen(dump, stdout=subprocess.PIPE) as piped:
        subprocess.run([server.programs / "pg_restore", "-d", named], stdin=piped.stdout, check=True)
    with deployed_server(server):
        yield named


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

    def api(self) -> Process:
        return Process(["-m", "api", "--port", str(self.port)], self.settings, self.folder / "api.log")

    def worker(self) -> Process:
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


@pytest.fixture(scope="module")
def world(server, database_url, tmp_path_factory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("planted")
    (folder / "tmp").mkdir()
    db = Database(database_url, pool_size=3)
    yield World(db, database_url, folder, Plants(), free_port())
    db.close()


@pytest.mark.parametrize("how", spellings("024123456789"))
@pytest.mark.parametrize("turn", range(5))
def test_the_search_finds_each_spelling(tmp_path, how, turn):
    plants = Plants()
    for at in range(turn * 1700):
        plants.words[str(at)] = "024000000000"  # only to count further
    number = plants.number("it")
    plants.words = {"it": number}
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file").write_bytes(os.urandom(1000) + spellings(number)[how] + os.urandom(1000))
    assert any(one.endswith(f"it as {how}") for one in plants.in_folders([tmp_path]))


@pytest.mark.parametrize("before", range(3))
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_base64_is_found_at_every_place(before, encode):
    plants = Plants()
    number = plants.number("it")
    assert plants.in_bytes(encode(b"x" * before + number.encode() + b"yz"))
    other = number[:-3] + str((int(number[-3]) + 1) % 10) + number[-2:]
    assert not plants.in_bytes(encode(b"x" * before + other.encode() + b"yz"))


def test_nothing_planted_is_found_anywhere(server, world):
    plants, folder = world.plants, world.folder
    people = [_person(plants, "who is verified", old=True), _person(plants, "whom nobody delivered")]
    (folder / "population").mkdir()
    create(folder / "population" / DATABASE, people)
    world.command("keys", "make")
    _plant_secrets(world)
    world.credentials = registration.register(
        world.db, folder / "outside", [SimpleNamespace(province="24", office_name="VPĐKĐĐ")], on=DAY
    )
    _die_while_reading(world, people)
    _die_while_receiving(world)
    with platform(folder) as moods, world.api() as serving:
        world.population = str(moods.base_url).rstrip("/")
        _wait(world)
        with world.worker() as process, httpx.Client(base_url=world.issuer, timeout=60, trust_env=False) as http:
            office = Office(http, world.issuer, world.credentials["24"])
            _deliver(world, office, people)
            _match(world)
            _told_by_webhook(world)
            _look_up(world, people[0], people[1])
            _ask_wrongly(world, http, people[0])
            _take_back(world, http, office)
            _change_keys(world, people[0])
            for one in ("/metrics", "/health", "/ready", "/openapi.json", "/"):
                world.hear(one, http.get(one))
            environments = b"".join(
                (Path("/proc") / str(one.running.pid) / name).read_bytes()
                for one in (process, serving)
                for name in ("environ", "cmdline")
                if one.running is not None
            )
    found = {f"environment: {one}" for one in plants.in_bytes(environments)}
    found |= {f"{what}: {one}" for what, said in world.heard for one in plants.in_bytes(said)}
    found |= _everywhere(server, world, plants)
    assert sorted(found) == []
    assert not list((folder / "tmp").iterdir())
    assert not list((folder / "scratch").iterdir())
    # The same search finds what is put where it must not be.
    for what, plant in _MISTAKES.items():
        wrong = Plants()
        plant(server, world, wrong.number(what))
        assert _everywhere(server, world, wrong), what


def _person(plants: Plants, what: str, *, old: bool = False) -> Entry:
    number = plants.number(what)
    former = f"{secrets.randbelow(10**9):09d}" if old else None
    if former:
        plants.words[f"old number of one {what}"] = former
    return Entry(uuid4().hex, number, former, (), NAME, "1970-05-05", "FEMALE", "ALIVE", None)


def _plant_secrets(world: World) -> None:
    """Keys must be in their own files only, and a webhook's secret nowhere."""
    for purpose in keys.PURPOSES:
        [one] = key_files.read(keys.path_of(world.folder / "keys", purpose))
        world.plants.words[f"key {purpose}"] = one.key
        world.plants.words[f"key {purpose}, written"] = one.key.hex()


def _lines(world: World, name: str, at: int, people: list[Entry]) -> list[dict[str, Any]]:
    """Of each format: a clean row, refused rows, and numbers in cells where they do not belong."""
    plants = world.plants
    who = {"holder_name": NAME, "birth_date": "05/05/1970", "gender": 0}
    home = COMMUNES[at]
    return [
        row(home, 1, id_number=people[0].id_number, **who),
        row(home, 2, id_number=plants.number(f"delivered as {name}"), **who),
        row(home, 3, id_number=people[0].old_id_number, id_type="CMND", **who),
        row(home, 4, id_number=plants.number(f"refused in {name}"), **who | {"holder_kind": 9}),
        row(home, 5, id_number=plants.number(f"refused with a bad parcel in {name}"), **who | {"map_sheet_number": 0}),
        row(home, 6, id_number="12", **who | {"birth_date": plants.number(f"as a birth in {name}")}),
        row(home, 7, **who | {"id_number": f"{plants.number(f'with a letter in {name}')}x"}),
        row(home, 8, **who | {"gender": plants.number(f"as a gender in {name}")}),
        row(home, 9, **who | {"certificate_date": plants.number(f"as a day in {name}")}),
        row(home, 10, **who | {"id_type": plants.number(f"as a kind of paper in {name}")}),
        row(home, 13, **who | {"holder_name": f"{NAME} {plants.number(f'behind a name in {name}')}"}),
        row(home, 14, **who, parcel_address=f"Thôn {plants.number(f'in an address in {name}')}"),
        row(home, 11, **who | {"id_number": plants.number(f"of two names in {name}")}),
        row(home, 12, **who | {"id_number": plants.words[f"of two names in {name}"], "holder_name": "Lê Văn Khác"}),
    ]


def _die_while_reading(world: World, people: list[Entry]) -> None:
    """A worker that is killed over an opened delivery leaves plain bytes, and the next one clears them away."""
    number = world.plants.number("in a delivery whose reader was killed")
    path = world.folder / "outside" / "killed.geojson"
    path.write_bytes(carriers([row(COMMUNES[20], 1, id_number=number)], world.folder / "outside", "geojson"))
    die = (
        "import os, signal, sys, landdata.flows.check as c; "
        "c.require_profile = lambda *a: os.kill(os.getpid(), signal.SIGKILL); import sync.__main__ as s; sys.exit(s.main())"
    )
    with world.api():
        _wait(world)
        with httpx.Client(base_url=world.issuer, timeout=60, trust_env=False) as http:
            office = Office(http, world.issuer, world.credentials["24"])
            office.hand_in(SimpleNamespace(path=path, province="24"), effective_on=DAY.isoformat())
    doomed = world.worker()
    doomed.arguments = ["-c", die]
    with doomed:
        until(lambda: not doomed.alive(), what="the worker's end")
    assert world.plants.in_folders([world.folder / "scratch"]), "a killed reader leaves what it worked on"


def _die_while_receiving(world: World) -> None:
    """An API killed in the middle of a delivery leaves a part of it, sealed."""
    number = world.plants.number("in a delivery whose receiver was killed")
    with world.api() as process:
        _wait(world)
        with httpx.Client(base_url=world.issuer, timeout=60, trust_env=False) as http:
            office = Office(http, world.issuer, world.credentials["24"])
            [authorization] = office._service._authorization().values()
        world.plants.words["an office's token"] = authorization.partition(" ")[2]
        with socket.create_connection(("127.0.0.1", world.port)) as line:
            head = (
                f"POST /v1/deliveries?file_name=nua.geojson HTTP/1.1\r\nHost: 127.0.0.1:{world.port}\r\n"
                f"Authorization: {authorization}\r\nIdempotency-Key: {uuid4().hex}\r\n"
                "Content-Type: application/octet-stream\r\nContent-Length: 9000000\r\n\r\n"
            )
            line.sendall(head.encode() + f'{{"id_number": "{number}"}}, '.encode() * 150_000)
            until(
                lambda: any(one.stat().st_size > 1 << 20 for one in (world.folder / "raw").glob(".*.part")),
                what="a part",
            )
            process.end(signal.SIGKILL)
    assert list((world.folder / "raw").glob(".*.part"))


def _wait(world: World) -> None:
    def answers() -> bool:
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(f"{world.issuer}/health", trust_env=False).status_code == 200
        return False

    until(answers, what="API")


def _deliver(world: World, office: Office, people: list[Entry]) -> None:
    for at, name in enumerate(FORMATS):
        folder = world.folder / "outside" / str(at)
        path = folder / "thua"
        data = carriers(_lines(world, name, at, people), folder, name)
        path.write_bytes(data)
        file = SimpleNamespace(path=path, province="24")
        uid, repeated = office.hand_in(file, effective_on=DAY.isoformat())
        outcome = office.wait(file, uid, repeated=repeated)
        assert outcome.state == "PUBLISHED", outcome.answer
        assert outcome.answer["ledger"][0]["rows_refused"], name
        world.heard.append((f"delivery {name}", json.dumps(outcome.answer, ensure_ascii=False).encode()))


def _match(world: World) -> None:
    def settled() -> bool:
        world.job("match")
        time.sleep(0.3)
        return world.scalar("SELECT count(*) FROM match.claim WHERE status = 'PENDING'") == 0

    until(settled, what="matching")
    assert world.scalar("SELECT count(*) FROM match.claim WHERE status = 'VERIFIED'")


def _told_by_webhook(world: World) -> None:
    secret = webhooks.set_url(
        world.db, keys=keys.load(world.folder), client_id=registration.CONSUMER_CLIENT,
        url=f"http://127.0.0.1:{free_port()}/good", networks="127.0.0.0/8",
    )  # fmt: skip
    world.plants.words["a webhook's secret"] = secret.removeprefix("whsec_")


def _client(world: World) -> LandClient:
    mine = world.credentials[registration.CONSUMER_CLIENT]
    return LandClient(
        world.issuer, client_id=mine.client_id, key=ECKey.import_key(mine.key_file.read_bytes()), dpop=True
    )


def _question(number: str, **changed: Any) -> Question:
    procedure = Procedure(SERVICE["agency_code"], "CB-1", SERVICE["service_code"], "HS-1")
    return Question(Citizen(number, changed.pop("name", NAME), date(1970, 5, 5)), procedure, **changed)


def _look_up(world: World, known: Entry, stranger: Entry) -> None:
    """Found, not found, another name, unknown to everybody, alone and in a list; whoever asks holds the number already."""
    unknown = world.plants.number("asked for, of nobody")
    with _client(world) as client:
        assert client.lookup(_question(known.id_number)).status == "FOUND"
        assert client.lookup(_question(known.old_id_number or "")).status == "FOUND"
        for number, name in ((known.id_number, "Người Khác"), (stranger.id_number, NAME), (unknown, NAME)):
            answer = client.lookup(_question(number, name=name))
            assert answer.status != "FOUND"
            world.heard.append((f"look-up {answer.status}", repr(answer).encode()))
        every = list(client.batch([_question(one) for one in (known.id_number, stranger.id_number, unknown)]))
        assert len(every) == 3
        page = client.changes(None)
        world.heard.append(("changes", repr(page).encode()))


def _ask_wrongly(world: World, http: httpx.Client, known: Entry) -> None:
    """Numbers wherever a caller may put them by mistake: nothing of it is echoed or written down."""
    number = world.plants.number
    url = "/v1/residency/land-records:lookup"
    basic = {"Authorization": f"Bearer {number('as a token')}"}
    body = _question(known.id_number).body()
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


def _ask_wrongly_with_a_token(world: World, known: Entry) -> None:
    number = world.plants.number
    body = _question(known.id_number).body()
    raw = _Raw(world)
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
    with _client(world) as client:
        every = list(client.batch([_question(number(f"wrong in a list, {at}") + "0") for at in range(2)]))
    world.heard.append(("a list", repr(every).encode()))


class _Raw:
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
            ).lookup(_question("024000000000"))  # fmt: skip
        return kept[0]


def _take_back(world: World, http: httpx.Client, office: Office) -> None:
    """Reports and maps of faults name no number; the refused rows are the office's own, and hold them."""
    headers = office._service._authorization()
    with world.db.read() as tx:
        uids = list(
            tx.connection.scalars(text("SELECT delivery_uid::text FROM intake.delivery WHERE state = 'PUBLISHED'"))
        )
    for uid in uids:
        for what in (
            "report?format=json",
            "report?format=csv",
            "report?format=xlsx",
            "map?format=geojson",
            "map?format=svg",
            "",
        ):
            world.hear(what, http.get(f"/v1/deliveries/{uid}/{what}".rstrip("/"), headers=headers))
        back = http.get(f"/v1/deliveries/{uid}/refused", headers=headers)
        assert back.status_code in {200, 404}, back.text


def _change_keys(world: World, known: Entry) -> None:
    """Three keys are changed while the consumer asks without a pause: each answer is the one of before."""
    over, wrong, asked = threading.Event(), list[Any](), [0]

    def ask() -> None:
        with _client(world) as client:
            while not over.is_set():
                answer = client.lookup(_question(known.id_number))
                asked[0] += 1
                if answer.status != "FOUND" or known.id_number not in repr(vars_of(answer)):
                    wrong.append(answer.status)

    thread = threading.Thread(target=ask)
    thread.start()
    changed = (keys.SEAL, keys.INDEX, keys.PERSON)
    for purpose in changed:
        world.command("keys", "rotate", purpose, "--after", "12")

    def through() -> bool:
        world.job("renew")
        time.sleep(1)
        found = json.loads(world.command("keys", "status", "--format", "json"))
        left = [one["values"] for one in found if one["purpose"] in changed and one["state"] == "former"]
        return len(left) == len(changed) and not any(left)

    until(through, seconds=120, what="renewal")
    for purpose in changed:
        world.command("keys", "retire", purpose, "--at-once")
    before = asked[0]
    until(lambda: asked[0] > before + 5, what="look-ups after the change")
    over.set()
    thread.join()
    assert wrong == []
    for purpose in changed:
        for one in key_files.read(keys.path_of(world.folder / "keys", purpose)):
            world.plants.words[f"key {purpose} {one.number}"] = one.key
            world.plants.words[f"key {purpose} {one.number}, written"] = one.key.hex()


def vars_of(answer: Any) -> Any:
    return {name: getattr(answer, name) for name in answer.__slots__}


def _everywhere(server: Any, world: World, plants: Plants) -> set[str]:
    """Data folder, logs of the processes, PostgreSQL's heap, WAL and log, and a dump."""
    with closing(psycopg2.connect(server.url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("CHECKPOINT")
    dump = world.folder.parent / "planted.sql"
    with dump.open("wb") as out:
        subprocess.run([server.programs / "pg_dump", "-d", world.url], stdout=out, check=True)
    # Outside the service: the platform's own register, what offices hold themselves, and the keys' own files.
    but = [world.folder / name for name in ("population", "outside", "keys")]
    found = plants.in_folders([world.folder, server.folder], but=but) | {f"dump: {one}" for one in plants.in_file(dump)}
    if plants is world.plants:
        logs = [*world.folder.glob("*.log"), server.folder / "log"]
        assert len(logs) >= 3
        found |= {f"{path}: a name" for path in logs if NAME.encode() in path.read_bytes()}
        found |= {"jobs: a name" for _ in range(int(world.scalar(_NAMED_JOBS) or 0))}
    dump.unlink()
    return found


_NAMED_JOBS = f"SELECT count(*) FROM procrastinate_jobs WHERE args::text LIKE '%{NAME}%'"


def _in_a_row(_: Any, world: World, number: str) -> None:
    with world.db.write() as tx:
        tx.connection.execute(text("UPDATE ref.division SET name_en = name_en || :n"), {"n": f" {number}"})


def _in_a_row_that_was_rolled_back(_: Any, world: World, number: str) -> None:
    with contextlib.suppress(ZeroDivisionError), world.db.write() as tx:
        tx.connection.execute(text("UPDATE ref.division SET name_en = name_en || :n"), {"n": f" {number}"})
        raise ZeroDivisionError


def _in_a_file(_: Any, world: World, number: str) -> None:
    (world.folder / "tmp" / "left").write_text(f"x{number}", encoding="utf-16")


def _in_a_log(server: Any, _: World, number: str) -> None:
    with (server.folder / "log").open("a", encoding="utf-8") as log:
        log.write(f"DETAIL:  Key (number)=({number}) already exists.\n")


_MISTAKES: dict[str, Callable[[Any, World, str], None]] = {
    "in a row": _in_a_row, "in a row that was rolled back": _in_a_row_that_was_rolled_back,
    "in a file": _in_a_file, "in a log": _in_a_log,
}  # fmt: skip

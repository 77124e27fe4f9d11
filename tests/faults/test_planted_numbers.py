"""Citizens' numbers, tokens, keys and secrets are planted, lived with by real processes, and then looked for everywhere.

The API, the worker, the mock population platform and a private PostgreSQL with the settings of the deployed one; keys are
changed meanwhile. What may hold a number is named here: the answer to whoever asked with it, and what an office gets back.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import httpx
import psycopg2
import pytest
import yaml
from plants import Plants, spellings
from plantworld import NAME, ROOT, World, ask_wrongly, client, question, vars_of, wait
from servers import named
from sqlalchemy import text
from syncworld import free_port, platform, until

sys.path.insert(0, str(Path(__file__).parents[1] / "landdata"))

from carriers import carriers  # found by the line above
from landworld import COMMUNES, row

from fixtures.demo import registration
from fixtures.demo.office import Office
from fixtures.population.nation import Entry
from fixtures.population.register import DATABASE, create
from landdata.flows import webhooks
from landdata.flows.keys import State, status
from landdata.store import key_files, keys
from landdata.store.engine import Database

DAY = date(2023, 3, 28)
FORMATS = ("geojson", "gpkg", "csv", "xlsx", "shp", "gml GML3.2", "csv+ gpkg")


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
def database_url(server, filled):
    """A database with the reference data on the private server; the owner's address."""
    named = filled(server, "planted")
    with deployed_server(server):
        yield named


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
    with platform(folder) as moods, world.serving() as serving:
        world.population = str(moods.base_url).rstrip("/")
        wait(world)
        with world.working() as process, httpx.Client(base_url=world.issuer, timeout=60, trust_env=False) as http:
            office = Office(http, world.issuer, world.credentials["24"])
            _deliver(world, office, people)
            _match(world)
            _told_by_webhook(world)
            _look_up(world, people[0], people[1])
            ask_wrongly(world, http, people[0].id_number)
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
    # The same search finds what is put where it must not be, each by its own name.
    wrong = Plants()
    for what, plant in _MISTAKES.items():
        plant(server, world, wrong.number(what))
    found = _everywhere(server, world, wrong)
    assert [what for what in _MISTAKES if not any(f": {what} as " in one for one in found)] == []


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
    with world.serving():
        wait(world)
        with httpx.Client(base_url=world.issuer, timeout=60, trust_env=False) as http:
            office = Office(http, world.issuer, world.credentials["24"])
            office.hand_in(SimpleNamespace(path=path, province="24"), effective_on=DAY.isoformat())
    doomed = world.working()
    doomed.arguments = ["-c", die]
    with doomed:
        until(lambda: not doomed.alive(), what="the worker's end")
    assert world.plants.in_folders([world.folder / "scratch"]), "a killed reader leaves what it worked on"


def _die_while_receiving(world: World) -> None:
    """An API killed in the middle of a delivery leaves a part of it, sealed."""
    number = world.plants.number("in a delivery whose receiver was killed")
    with world.serving() as process:
        wait(world)
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


def _look_up(world: World, known: Entry, stranger: Entry) -> None:
    """Found, not found, another name, unknown to everybody, alone and in a list; whoever asks holds the number already."""
    unknown = world.plants.number("asked for, of nobody")
    with client(world) as asking:
        assert asking.lookup(question(known.id_number)).status == "FOUND"
        assert asking.lookup(question(known.old_id_number or "")).status == "FOUND"
        for number, name in ((known.id_number, "Người Khác"), (stranger.id_number, NAME), (unknown, NAME)):
            answer = asking.lookup(question(number, name=name))
            assert answer.status != "FOUND"
            world.heard.append((f"look-up {answer.status}", repr(answer).encode()))
        every = list(asking.batch([question(one) for one in (known.id_number, stranger.id_number, unknown)]))
        assert len(every) == 3
        page = asking.changes(None)
        world.heard.append(("changes", repr(page).encode()))


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
        with client(world) as asking:
            while not over.is_set():
                answer = asking.lookup(question(known.id_number))
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
        found = status(world.db, folder=world.folder / "keys", data_dir=world.folder)
        left = [one.values for one in found if one.purpose in changed and one.state is State.FORMER]
        return len(left) == len(changed) and not any(left)

    until(through, seconds=120, what="renewal")
    world.command("keys", "status", "--format", "json")
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


def _everywhere(server: Any, world: World, plants: Plants) -> set[str]:
    """Data folder, logs of the processes, PostgreSQL's heap, WAL and log, and a dump."""
    with closing(psycopg2.connect(server.url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("CHECKPOINT")
    dump = world.folder.parent / "planted.sql"
    with dump.open("wb") as out:
        subprocess.run([server.programs / "pg_dump", "-d", named(server.url, "planted")], stdout=out, check=True)
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

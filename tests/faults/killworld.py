"""A plan of deliveries carried out in peace, and by the service's own processes while they are killed at random."""

from __future__ import annotations

import os
import random
import shutil
import signal
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import httpx
import psycopg2
from forked import Mother
from joserfc.jwk import ECKey
from plan import PROVINCES, Sending, client_of, office_of
from servers import execute, named
from sqlalchemy import make_url
from syncworld import Process, communes, free_port, state_of, until, value, worker

from landdata.connectors import service, uploads
from landdata.connectors.service import ServiceClient
from landdata.errors import DatabaseUnavailable, NotWithdrawable, ServiceRefused, ServiceUnavailable
from landdata.flows import publish, receive, withdraw
from landdata.model.clients import ProvinceOffice
from landdata.settings import Settings
from landdata.store import keys as key_files
from landdata.store.engine import Database

if TYPE_CHECKING:
    from servers import Server

# One try of so many is struck; more would keep a delivery from its end for ever, as nobody would do it.
SHARE, MOST_TRIES = 0.75, 5
# The longest wait for a moment to strike in: what is struck takes a few hundred milliseconds on an idle machine.
WITHIN = {"worker": 0.8, "reader": 0.5, "api": 0.1, "postgresql": 0.8}


@dataclass
class Country:
    """A server of its own, a template that holds the offices, their files, and what the same deliveries make in peace."""

    server: Server
    template: str
    folder: Path
    key: ECKey
    mother: Mother
    _peace: dict[int, tuple[dict[str, Any], dict[int, set[str]]]] = field(default_factory=dict)

    @cached_property
    def files(self) -> Path:
        (made := self.folder / "files").mkdir()
        return made

    def data_dir(self, name: str) -> Path:
        """A data folder of its own, with the same keys: what is hashed under others could not be compared."""
        key_files.make_all(home := self.folder / "home")
        shutil.copytree(home / "keys", (made := self.folder / name) / "keys")
        return made

    @contextmanager
    def database(self, name: str) -> Iterator[str]:
        """A fresh database with the offices; its owner's address."""
        drop = f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"
        execute(self.server.url, drop, f"CREATE DATABASE {name} TEMPLATE {self.template} STRATEGY file_copy")
        yield make_url(named(self.server.url, name)).set(username="landdata").render_as_string(hide_password=False)
        execute(self.server.url, drop)

    def peace(self, each: int, contents: Callable[[Database], Any]) -> tuple[dict[str, Any], dict[int, set[str]]]:
        """What a database holds after so many undisturbed deliveries of each office, and all that ever stood in a commune."""
        if each in self._peace:
            return self._peace[each]
        stood: dict[int, set[str]] = defaultdict(set)
        folder = self.data_dir(f"quiet-{each}")
        settings, keys = Settings(data_dir=folder, growth_share_limit=100), key_files.make_all(folder)
        with self.database("quiet") as url, closing(Database(url, pool_size=2)) as db:
            for number in range(each):
                for office in range(len(PROVINCES)):
                    one = Sending(office, number)
                    uid = _handed_in(db, settings, keys, one, one.write(self.files))
                    publish.deliver(db, delivery_uid=uid, settings=settings, keys=keys)
                    _remember(db, stood)
                    if one.taken_back:
                        _ask_back(db, one, uid)
                        withdraw.carry_out(db, delivery_uid=uid)
                        _remember(db, stood)
            self._peace[each] = contents(db), stood
        return self._peace[each]


def _remember(db: Database, stood: dict[int, set[str]]) -> None:
    for unit, word in communes(db).items():
        stood[unit].add(word)


def _handed_in(db: Database, settings: Settings, keys: Any, one: Sending, path: Path) -> UUID:
    code = PROVINCES[one.office]
    return receive.receive(
        db, data_dir=settings.data_dir, keys=keys, caller=ProvinceOffice(client_of(code), office_of(code), "", ""),
        chunks=iter([path.read_bytes()]), declaration=one.declared(path), max_bytes=1 << 30,
    ).delivery_uid  # fmt: skip


def _ask_back(db: Database, one: Sending, uid: UUID) -> None:
    with suppress(NotWithdrawable):  # it was asked for, but the answer was lost
        office = office_of(PROVINCES[one.office])
        withdraw.ask(db, delivery_uid=uid, office_code=office, login="first", reason="sent by mistake")


@dataclass
class Trouble:
    """The plan carried out by the service's own processes, while one kind of them is killed again and again."""

    country: Country
    victim: str
    kills: int
    each: int
    seed: int
    done: int = 0
    delivered: dict[str, str] = field(default_factory=dict)
    repeats: int = 0
    broken: list[BaseException] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)
    _flying: dict[int, str] = field(default_factory=dict)
    _seen: set[object] = field(default_factory=set)

    def run(self, url: str, folder: Path, look: Callable[[], None]) -> None:
        """All deliveries to their end; `look` is asked right after every kill at which the database is there."""
        self.url, self.folder, self.chance = url, folder, random.Random(f"{self.victim} {self.seed}")
        self.port = free_port()
        settings = {
            "LANDDATA_DATABASE_URL": url, "LANDDATA_DATA_DIR": str(folder), "LANDDATA_PUBLIC_URL": self.issuer,
            "LANDDATA_CLIENT_REQUESTS_PER_SECOND": "10000", "LANDDATA_CLIENT_BURST": "10000",
            "LANDDATA_CLIENT_PLACES": "1000", "LANDDATA_DISK_REFUSE_SHARE": "0", "LANDDATA_GROWTH_SHARE_LIMIT": "100",
        }  # fmt: skip
        started = worker(url, folder)
        self.worker = self.country.mother.child(Process(["-m", "sync"], started.settings | settings, started.log))
        serving = Process(["-m", "api", "--port", str(self.port)], settings, folder / "api.log")
        self.api = self.country.mother.child(serving)
        threads = [threading.Thread(target=self._guarded, args=(office,)) for office in range(len(PROVINCES))]
        with self.worker, self.api, closing(Database(url, pool_size=6)) as self.db:
            for one in threads:
                one.start()
            try:
                self._supervise(threads, look)
            finally:
                self.stopped.set()
                for one in threads:
                    one.join()
        assert self.broken == []

    def _supervise(self, threads: list[threading.Thread], look: Callable[[], None]) -> None:
        give_up = time.monotonic() + 1_800
        while not self._ended(threads):
            assert time.monotonic() < give_up, "the deliveries do not come to their end"
            for program in (self.worker, self.api):
                if not program.alive():
                    program.start()
            if self.done < self.kills and self._strike():
                self.done += 1
                look()
            self._hurry()
            time.sleep(0.03)

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    # the offices

    def _guarded(self, office: int) -> None:
        try:
            for number in range(self.each):
                self._deliver(Sending(office, number))
        except BaseException as error:  # noqa: BLE001 - told in the test's own thread
            self.broken.append(error)

    def _deliver(self, one: Sending) -> None:
        path = one.write(self.country.files)
        uid = UUID(self._insist(lambda: self._send(one, path)))
        self.delivered[one.key] = str(uid)
        if one.taken_back:
            self._until(uid, "PUBLISHED")
            self._insist(lambda: _ask_back(self.db, one, uid))
            self._until(uid, "WITHDRAWN")

    def _send(self, one: Sending, path: Path) -> str:
        key_file = self.country.folder / "client.pem"
        with httpx.Client(base_url=self.issuer, timeout=60, trust_env=False) as http:
            desk = ServiceClient(
                http, issuer=self.issuer, client_id=client_of(PROVINCES[one.office]), key_file=key_file
            )
            desk._authorization()
            self._flying[one.office] = f"{one.key} {self.repeats}"
            try:
                said = one.declared(path)
                found = uploads.send(desk._ask, path, said) if one.by_tus else desk.deliver(path, said)
            finally:
                del self._flying[one.office]
        return found[0]

    def _insist(self, act: Callable[[], Any]) -> Any:
        """Again under the same key, until it is acknowledged."""
        while True:
            try:
                return act()
            except (ServiceUnavailable, DatabaseUnavailable, psycopg2.OperationalError):
                pass
            except ServiceRefused as refused:
                if int(refused.details["status"]) < 500:
                    raise
            assert not self.stopped.is_set(), "never acknowledged"
            self.repeats += 1
            time.sleep(0.05)

    def _until(self, uid: UUID, state: str) -> None:
        def so() -> bool:
            assert not self.stopped.wait(0.1), f"{uid} is not {state}"
            with suppress(DatabaseUnavailable, psycopg2.OperationalError):
                return state_of(self.db, uid) == state
            return False

        until(so, seconds=1_800, what=f"{uid} {state}")

    # kills

    def _strike(self) -> bool:
        """Kill the victim at some moment of what it has just begun, if it has begun something; whether that was done."""
        begun = self._begun()
        if begun is None or begun in self._seen:
            return False
        self._seen.add(begun)
        if self.chance.random() >= SHARE or self._tries() > MOST_TRIES:
            return False
        time.sleep(self.chance.uniform(0.0, WITHIN[self.victim]))
        match self.victim:
            case "worker":
                self.worker.end()
            case "reader":
                with suppress(ProcessLookupError):
                    os.kill(int(str(begun)), signal.SIGKILL)
                    return True
                return False
            case "api":
                if begun not in self._flying.values():
                    return False
                self.api.end()
            case "postgresql":
                self.country.server.kill()
                self.country.server.start()
        return True

    def _begun(self) -> object:
        """A name for the newest thing that the victim is at; None for nothing."""
        if self.victim == "reader":
            return next((one for one in readers(self.worker.pid) if one not in self._seen), None)
        if self.victim == "api":
            return self._upload()
        query = "SELECT max(run_no) FROM sync.job_run WHERE outcome IS NULL AND subject IS NOT NULL"
        run_no = self._asked(f"{query} AND worker LIKE '%/{self.worker.pid}'")
        if run_no is None and self.victim == "postgresql":
            return self._upload()
        return run_no

    def _upload(self) -> str | None:
        """A try of an upload that is under way and was not looked at yet."""
        return next((one for one in list(self._flying.values()) if one not in self._seen), None)

    def _tries(self) -> int:
        """How often the delivery that is under way was begun; it is given up after ten."""
        query = "SELECT max(attempt) FROM sync.job_run WHERE outcome IS NULL AND subject IS NOT NULL"
        return int(self._asked(query) or 0)

    def _hurry(self) -> None:
        """Nobody has to wait for the pause before another try."""
        self._asked(
            "UPDATE procrastinate_jobs SET scheduled_at = NULL "
            "WHERE status = 'todo' AND queue_name = 'deliveries' AND scheduled_at > now() RETURNING id"
        )

    def _asked(self, query: str) -> Any:
        with suppress(psycopg2.OperationalError):
            found = execute(self.url.replace("landdata@", "postgres@"), query)
            return found[0][0] if found else None
        return None

    def _ended(self, threads: list[threading.Thread]) -> bool:
        if self.broken:
            raise self.broken[0]
        if any(one.is_alive() for one in threads):
            return False
        with suppress(DatabaseUnavailable, psycopg2.OperationalError):
            return at_rest(self.db)
        return False


def at_rest(db: Database) -> bool:
    """No job about a delivery is left, and no line of the journal about one is open."""
    waiting = "SELECT count(*) FROM procrastinate_jobs WHERE queue_name = 'deliveries' AND status IN ('todo', 'doing')"
    lines = "SELECT count(*) FROM sync.job_run WHERE subject IS NOT NULL AND outcome IS NULL"
    return value(db, waiting) == 0 and value(db, lines) == 0


def readers(parent: int) -> list[int]:
    """The processes that open a file for a worker."""
    found = []
    for one in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if b"landdata.reading.child" in (one / "cmdline").read_bytes():
                stat = (one / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
                if int(stat[1]) == parent and stat[0] != "Z":
                    found.append(int(one.name))
    return sorted(found)


@contextmanager
def trickling(monkeypatch: Any) -> Iterator[None]:
    """Files go out in small pieces, with a moment between them; a client that is cut off tries again soon."""

    def slowly(path: Path, at: int = 0, report: Callable[[int], object] = lambda _: None) -> Iterator[bytes]:
        with path.open("rb") as file:
            file.seek(at)
            while piece := file.read(4_000):
                yield piece
                at += len(piece)
                report(at)
                time.sleep(0.004)

    monkeypatch.setattr(service, "_chunks", slowly)
    monkeypatch.setattr(uploads, "_from", slowly)
    monkeypatch.setattr(uploads, "_PAUSE_SECONDS", 0.02)
    yield

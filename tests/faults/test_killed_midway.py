"""API or PostgreSQL killed under callers that repeat: nothing acknowledged is lost, doubled or half (F1, F2)."""

from __future__ import annotations

import hashlib
import http.client
import random
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from aftermath import nothing_lost
from faultworld import World, declared, question
from landworld import DAY
from servers import Server, private_server
from syncworld import Process, until

from api.client import Answer, LandClient, LandClientError
from landdata.errors import ServiceRefused, ServiceUnavailable

OFFICES, CONSUMERS = 3, 3


@pytest.fixture(scope="module")
def killable(stored, filled, tmp_path_factory):
    """A world on a server of its own."""
    with private_server(like=stored) as server:
        world = World(filled(server), tmp_path_factory.mktemp("data"))
        try:
            yield server, world
        finally:
            world.close()


class Load:
    """Offices and consumers that repeat, under the same key, what was not acknowledged, until it is."""

    def __init__(self, world: World, name: str) -> None:
        self.world, self.name, self.stopped = world, name, threading.Event()
        self.sent: dict[str, Path] = {}
        self.delivered: dict[str, str] = {}
        self.answers: list[Answer] = []
        self.repeats = 0
        self.broken: list[BaseException] = []

    def _insist(self, act: Callable[[], None]) -> None:
        while True:
            try:
                act()
            except (ServiceUnavailable, LandClientError):
                self.repeats += 1
            except ServiceRefused as refused:
                if int(refused.details["status"]) < 500:
                    raise
                self.repeats += 1
            else:
                return
            time.sleep(0.05)

    def deliver(self, office: int) -> None:
        number = 0
        while not self.stopped.is_set():
            number += 1
            key = f"{self.name}-{office}-{number}"
            path = self.sent[key] = self.world.file(key, *range(1, 60))

            def act(key: str = key, path: Path = path) -> None:
                with self.world.http(timeout=20) as line:
                    self.delivered[key], _ = self.world.office_client(line).deliver(path, declared(key, path))

            self._insist(act)

    def ask(self, _: int) -> None:
        with self.world.reader(timeout=20) as desk:
            while not self.stopped.is_set():
                self._ask(desk)

    def _ask(self, desk: LandClient) -> None:
        asked = question()  # made once: its request_id tells the service that it is the same
        self._insist(lambda: self.answers.append(desk.lookup(asked)))

    @contextmanager
    def going_on(self) -> Iterator[None]:
        works = [(self.deliver, number) for number in range(OFFICES)] + [
            (self.ask, number) for number in range(CONSUMERS)
        ]
        threads = [threading.Thread(target=self._guarded, args=work) for work in works]
        for one in threads:
            one.start()
        try:
            yield
        finally:
            self.stopped.set()
            for one in threads:
                one.join(120)
        assert self.broken == []

    def _guarded(self, act: Callable[[int], None], number: int) -> None:
        try:
            act(number)
        except BaseException as error:  # noqa: BLE001 - told in the test's own thread
            self.broken.append(error)

    def check(self) -> None:
        """What the database and the raw store hold, against what was acknowledged."""
        world = self.world
        held = world.rows(
            "SELECT idempotency_key, delivery_uid::text, sha256 FROM intake.delivery WHERE idempotency_key LIKE :name",
            name=f"{self.name}-%",
        )
        assert len(held) == len({key for key, _, _ in held}), "a delivery stands twice"
        assert {key: uid for key, uid, _ in held} == self.delivered
        assert set(self.delivered) == set(self.sent)
        jobs = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'deliver' AND args ->> 'delivery_uid' = ANY(:uids)"
        assert world.scalar(jobs, uids=list(self.delivered.values())) == len(held)
        for key, _, sha256 in held:
            assert hashlib.sha256(self.sent[key].read_bytes()).digest() == bytes(sha256)
        nothing_lost(world.db, world.data_dir)
        assert len({one.access_id for one in self.answers}) == len(self.answers)
        assert [one for one in self.answers if not world.logged(one)] == []
        assert len({one.request_id for one in self.answers}) == len(self.answers)
        assert len({repr(one.certificates) for one in self.answers}) == 1, "an answer is not whole"


def _kill_api(api: Process, _: Server) -> None:
    api.end(signal.SIGKILL)
    api.start()


def _kill_database(_: Process, server: Server) -> None:
    server.kill()
    server.start()


def test_four_kills(killable):
    """Both in turn, under the same callers."""
    _disturb(*killable, [_kill_api, _kill_database] * 2)


@pytest.mark.full
@pytest.mark.parametrize("kill", [_kill_api, _kill_database], ids=["api", "postgresql"])
def test_fifty_kills(killable, kill):
    _disturb(*killable, [kill] * 50)


def _disturb(server: Server, world: World, kills: list[Callable[[Process, Server], None]]) -> None:
    chance, load = random.Random(len(kills)), Load(world, f"{kills[0].__name__}{len(kills)}")
    api = world.serving()
    with api:
        world.wait()
        with load.going_on():
            for kill in kills:
                before = len(load.answers), len(load.delivered)
                until(lambda before=before: len(load.answers) > before[0] and len(load.delivered) > before[1])
                time.sleep(chance.uniform(0.0, 0.4))
                kill(api, server)
            world.wait()
    load.check()
    if _kill_database in kills:
        _pages_are_whole(server)
    assert load.repeats >= len(kills)
    told = f"{len(load.delivered)} deliveries, {len(load.answers)} answers, {load.repeats} repetitions"
    print(f"{len(kills)} kills: {told}")


def _pages_are_whole(server: Server) -> None:
    """Every page on the disk fits its checksum."""
    server.running.send_signal(signal.SIGINT)  # in order: the pages in memory are written first
    server.running.wait(120)
    check = server.program("pg_checksums", "--check", "-D", server.data)
    done = subprocess.run(check, cwd="/", capture_output=True, text=True, check=False)
    server.start()
    found = {name: int(number) for name, number in re.findall(r"^(.+):\s+(\d+)$", done.stdout, re.MULTILINE)}
    assert (done.returncode, found["Bad checksums"], found["Data checksum version"]) == (0, 0, 1), done.stdout
    assert found["Blocks scanned"] > 1000
    print(f"{found['Blocks scanned']} pages, 0 bad")


def test_sigterm_during_an_upload(killable):
    """The file that is under way is taken to its end, and only then the process ends."""
    _, world = killable
    path = world.file("term", *range(1, 200))
    body = path.read_bytes()
    with world.serving() as api, world.http() as http:
        world.wait()
        headers = world.office_client(http)._authorization()
        line = http_line(world)
        line.putrequest("POST", f"/v1/deliveries?file_name={path.name}&effective_on={DAY}")
        for name, value in {**headers, "Idempotency-Key": "term-1", "Content-Length": str(len(body))}.items():
            line.putheader(name, value)
        line.endheaders(body[: len(body) // 2])
        time.sleep(0.5)
        api.running.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        line.send(body[len(body) // 2 :])
        answer = line.getresponse()
        assert answer.status == 202, answer.read()
        answer.read()
        line.close()
        assert api.running.wait(40) in {0, -signal.SIGTERM}
    held = world.rows("SELECT sha256 FROM intake.delivery WHERE idempotency_key = 'term-1'")
    assert [bytes(one[0]) for one in held] == [hashlib.sha256(body).digest()]


def http_line(world: World) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", world.port, timeout=30)

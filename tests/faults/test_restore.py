"""The machine is lost at work; base backup, received WAL and copied files hold all that was acknowledged (F14)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from faultworld import World, question
from servers import Server, execute, own, private_server, tries
from syncworld import ROOT, until

from api.client import Answer, LandClientError
from fixtures.embedded.keeper import as_server_user
from landdata.errors import ServiceRefused, ServiceUnavailable
from landdata.store import key_files, keys, raw

SCRIPTS = ROOT / "docs/deploy"


class Drill:
    """Scripts as an operator runs them: those of the database as its account, those of files as the service's."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.vault = Path(tempfile.mkdtemp(prefix="landdata-vault-"))  # not below pytest's folder, as the server's
        own(self.vault)
        for name in ("backup.sh", "restore.sh"):
            shutil.copy(SCRIPTS / name, server.folder)
        path = f"{server.programs}:{os.environ['PATH']}"
        self.environment = {"PATH": path, "PGHOST": str(server.folder), "PGUSER": "postgres"}

    def script(self, name: str, *arguments: object) -> list[str]:
        return ["sh", str(self.server.folder / name), *map(str, arguments)]

    def run(self, name: str, *arguments: object, as_server: bool = False) -> str:
        command = self.script(name, *arguments)
        done = subprocess.run(
            as_server_user(command) if as_server else command,
            env=self.environment, cwd="/", capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    @contextmanager
    def receiver(self) -> Iterator[None]:
        """WAL is received, and no commit is confirmed before it was."""
        receiving = subprocess.Popen(
            as_server_user(self.script("backup.sh", "wal", self.vault)), env=self.environment, cwd="/",
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            url, state = self.server.url, "SELECT sync_state FROM pg_stat_replication"
            until(lambda: execute(url, state), what="the receiver")
            execute(url, "ALTER SYSTEM SET synchronous_standby_names = 'landdata_wal'", "SELECT pg_reload_conf()")
            until(lambda: execute(url, state) == [("sync",)], what="the receiver to be waited for")
            yield
        finally:
            receiving.terminate()
            receiving.wait(30)


class Work:
    """An office that delivers and a consumer that asks, until told to stop; what was acknowledged to them is kept."""

    def __init__(self, world: World) -> None:
        self.world, self.stopped = world, threading.Event()
        self.delivered: dict[str, str] = {}
        self.answers: list[Answer] = []
        self.desk = world.reader(timeout=10)
        self.refused: Exception | None = None

    def deliver(self) -> None:
        for number in range(10_000):
            if self.stopped.is_set():
                return
            try:
                uid, _ = self.world.hand_in(f"drill-{number}", self.world.file(f"drill{number}", 1 + number % 50))
            except (ServiceUnavailable, ServiceRefused) as error:
                self.refused = error
            else:
                self.delivered[f"drill-{number}"] = uid

    def ask(self) -> None:
        while not self.stopped.wait(0.02):  # a processor for the backup, too
            with suppress(LandClientError):
                self.answers.append(self.desk.lookup(question()))

    @contextmanager
    def going_on(self) -> Iterator[None]:
        threads = [threading.Thread(target=one) for one in (self.deliver, self.ask)]
        for one in threads:
            one.start()
        try:
            yield
        finally:
            self.stopped.set()
            for one in threads:
                one.join(60)

    def more(self, many: int = 5) -> None:
        """Wait until so many more of both are acknowledged."""
        for kept in (self.delivered, self.answers):
            goal = len(kept) + many
            until(lambda kept=kept, goal=goal: len(kept) >= goal, what=f"acknowledged work: {self.refused}")


def landdata(world: World, *arguments: str, **settings: str) -> str:
    given = {"LANDDATA_DATABASE_URL": world.url, "LANDDATA_DATA_DIR": str(world.data_dir), "PATH": os.environ["PATH"]}
    given |= settings
    command = [sys.executable, "-c", "from landdata.cli import main; main()", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def drill(stored, filled, tmp_path):
    with private_server(like=stored) as server:
        url = filled(server)
        made = Drill(server)
        world = World(url, tmp_path / "data")
        try:
            yield made, world
        finally:
            world.close()
            shutil.rmtree(made.vault)


def test_nothing_acknowledged_is_lost(drill, tmp_path, capsys):
    drill, world = drill
    work, copies, safe = Work(world), tmp_path / "copies", tmp_path / "safe"
    with drill.receiver():
        with world.serving(raw_copy_dir=str(copies)), world.working():
            world.wait()
            with work.going_on():
                work.more()
                base = drill.run("backup.sh", "base", drill.vault, as_server=True)
                drill.run("backup.sh", "files", world.data_dir, copies)
                drill.run("backup.sh", "keys", world.data_dir, safe)
                in_base = set(work.delivered)
                _change_raw_key(world, copies)
                drill.run("backup.sh", "files", world.data_dir, copies)
                drill.run("backup.sh", "keys", world.data_dir, safe)
                drill.run("backup.sh", "check", copies)
                landdata(world, "access-log", "seal")
                work.more(10)
                landdata(world, "access-log", "seal")
                work.more()
                drill.server.kill()
                fell = time.monotonic()
        world.close()
    assert set(work.delivered) - in_base, "the base holds all: nothing would be proven of the WAL"
    assert len(list(Path(base).parent.glob("wal/*.partial"))) == 1
    # Heads lie on another machine (LANDDATA_ANCHOR_DIR): the loss of this one leaves them as they were.
    shutil.copytree(world.data_dir / "anchors", tmp_path / "elsewhere")
    _lose(drill.server.data, world.data_dir)

    drill.run("restore.sh", "database", drill.vault, drill.server.data, as_server=True)
    drill.run("restore.sh", "files", copies, world.data_dir)
    shutil.copytree(tmp_path / "elsewhere", world.data_dir / "anchors", dirs_exist_ok=True)
    shutil.copytree(safe / "keys", world.data_dir / "keys")
    drill.server.start()
    until(tries(lambda: execute(drill.server.url, "SELECT NOT pg_is_in_recovery()")[0][0], Exception), what="replay")
    with world.serving():
        world.wait()
        again = work.desk.lookup(question())  # with the token of before
        rto = time.monotonic() - fell
    with capsys.disabled():
        print(f"\n  restored in {rto:.1f} s: {len(work.delivered)} deliveries, {len(work.answers)} answers")
    work.desk.close()
    _all_there(world, work)
    assert world.logged(again)
    assert again.certificates == work.answers[0].certificates
    landdata(world, "db", "status")
    landdata(world, "access-log", "verify")
    landdata(world, "backup", "prove")
    _proof_can_fail(world)


def _change_raw_key(world: World, copies: Path) -> None:
    """Files and copies go under another version, and the former one is out of the key's file."""
    given = keys.load(world.data_dir)
    landdata(world, "keys", "rotate", "raw", "--after", "0")
    until(lambda: given.active(keys.RAW) == 2, what="the next version")
    time.sleep(key_files.LOOK_SECONDS + 1)  # every process has looked by then

    def retired() -> bool:
        for folder in (world.data_dir, copies):
            raw.renew(folder, given)
        said = landdata(world, "keys", "retire", "raw", "--at-once", LANDDATA_RAW_COPY_DIR=str(copies))
        return said.strip() == "raw 1"

    until(tries(retired, AssertionError), what="no file under the former version")


def _lose(*folders: Path) -> None:
    for folder in folders:
        shutil.rmtree(folder)
    folders[1].mkdir()


def _all_there(world: World, work: Work) -> None:
    said = dict(
        world.rows("SELECT idempotency_key, delivery_uid::text FROM intake.delivery WHERE idempotency_key ~ '^drill-'")
    )
    assert {key: said.get(key) for key in work.delivered} == work.delivered
    assert [one for one in work.answers if not world.logged(one)] == []
    assert len({one.access_id for one in work.answers}) == len(work.answers)


def _proof_can_fail(world: World) -> None:
    """A raw file too few is named."""
    next(path for path in (world.data_dir / "raw").rglob("*") if path.is_file()).unlink()
    with pytest.raises(AssertionError, match="NOT WHOLE"):
        landdata(world, "backup", "prove")


@pytest.fixture
def scripts(tmp_path) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(name: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        command = ["sh", str(SCRIPTS / name), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    return run


def test_keys_and_data_never_lie_together(scripts, tmp_path):
    data = tmp_path / "data"
    for name in ("keys/raw.key", "raw/ab/abcd", "anchors/log.jsonl"):
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).write_text(name)
    assert scripts("backup.sh", "files", data, tmp_path / "one").returncode == 0
    assert not (tmp_path / "one/keys").exists()
    assert "two places" in scripts("backup.sh", "keys", data, tmp_path / "one").stderr
    assert scripts("backup.sh", "keys", data, tmp_path / "two").returncode == 0
    assert "two places" in scripts("backup.sh", "files", data, tmp_path / "two").stderr


def test_a_changed_anchor_or_copy_is_noticed(scripts, tmp_path):
    data, copies = tmp_path / "data", tmp_path / "copies"
    (data / "raw/ab").mkdir(parents=True)
    (data / "anchors").mkdir()
    (data / "raw/ab/abcd").write_text("sealed bytes")
    (data / "raw/.x.part").write_text("half")
    (data / "anchors/log.jsonl").write_text("one\n")
    assert scripts("backup.sh", "files", data, copies).returncode == 0
    (data / "anchors/log.jsonl").write_text("one\ntwo\n")
    assert scripts("backup.sh", "files", data, copies).returncode == 0
    assert (copies / "anchors/log.jsonl").read_text() == "one\ntwo\n"
    assert sorted(path.name for path in (copies / "raw").rglob("*") if path.is_file()) == ["abcd"]
    (data / "anchors/log.jsonl").write_text("new\ntwo\nthree\n")
    assert "changed" in scripts("backup.sh", "files", data, copies).stderr
    assert (copies / "anchors/log.jsonl").read_text() == "one\ntwo\n"
    assert scripts("backup.sh", "check", copies).returncode == 0
    (copies / "raw/ab/abcd").write_text("other bytes!")
    assert scripts("backup.sh", "check", copies).returncode != 0
    assert scripts("restore.sh", "files", copies, tmp_path / "restored").returncode != 0
    assert "written over" in scripts("restore.sh", "files", copies, data).stderr

"""What is killed at random under a worker, whoever starts it again, and a line of jobs that ends the same each time."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg2
from servers import execute, named
from syncworld import OFFICE, Process, hand_in, state_of, until

from landdata.errors import DatabaseUnavailable, NotWithdrawable
from landdata.flows import withdraw
from landdata.store.engine import Database

if TYPE_CHECKING:
    from servers import Server

# One of so many is taken back again: each is one more job.
ROUND = 4


def fall(server: Server) -> None:
    """The server ends without a checkpoint, as when the machine falls, and stays away for a moment."""
    server.end(signal.SIGQUIT)
    time.sleep(1)
    server.start()


def cut_off(server: Server, database: str) -> None:
    """Every session in a database is ended, but for one that calls itself the holder."""
    of_it = f"datname = '{database}' AND application_name <> 'holder'"
    execute(server.url, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {of_it}")


def kept_alive(
    process: Process, answer: Callable[[], object], meanwhile: Callable[[], object] = lambda: None
) -> Callable[[], object]:
    """For `until`: the answer, asked while whoever watches a worker starts it again, and a server may be away."""

    def one() -> object:
        if not process.alive():
            process.start()
        meanwhile()
        time.sleep(0.2)
        with suppress(psycopg2.OperationalError, DatabaseUnavailable):
            return answer()
        return False

    return one


@dataclass
class Chance:
    """Kills the worker, its sessions or its whole server, one after another, each while a delivery is under way.

    It strikes when it is asked to, in the thread that asks: a server that another thread starts ends with that thread.
    `share`: how many tries of a job are struck at all. No try is struck twice, nor a worker that has not begun one, and
    never more often than jobs were asked for: otherwise all of it would hit the first of them.
    """

    server: Server
    process: Process
    database: str
    planned: list[str]
    share: float = 1.0
    asked: int = 0
    done: list[str] = field(default_factory=list)
    _chance: random.Random = field(default_factory=lambda: random.Random(2026))
    _seen: int = 0

    def strike(self) -> None:
        """The next of what is planned, at some moment of the next second, if a try is under way and its lot is drawn."""
        run_no = self._under_way()
        if not self.planned or len(self.done) >= self.asked or run_no <= self._seen:
            return
        self._seen = run_no
        if self._chance.random() >= self.share:
            return
        time.sleep(self._chance.uniform(0.0, 1.0))
        what = self.planned.pop(0)
        if what == "server":
            fall(self.server)
        elif what == "sessions":
            cut_off(self.server, self.database)
        else:
            self.process.end(signal.SIGKILL)
        self.done.append(what)

    def _under_way(self) -> int:
        """The number of the newest try that the worker is at; 0 for none."""
        query = (
            "SELECT max(run_no) FROM sync.job_run WHERE outcome IS NULL AND subject IS NOT NULL "
            f"AND worker LIKE '%/{self.process.pid}'"
        )
        with suppress(psycopg2.OperationalError):
            return int(execute(named(self.server.url, self.database), query)[0][0] or 0)
        return 0


def line_of_jobs(db: Database, chance: Chance, folder: Path, files: Sequence[Path], *, jobs: int) -> None:
    """Deliveries one after another, the last of every four withdrawn: so many jobs, each at its end when this returns."""
    asked = 0
    while asked < jobs:
        uids = []
        for number in range(min(ROUND, jobs - asked)):
            file, key = files[(asked + number) % len(files)], f"job-{asked + number}"
            uids.append(_insist(lambda file=file, key=key: hand_in(db, folder, file, key).delivery_uid))
        chance.asked = asked = asked + len(uids)
        until(_ended(db, chance, uids, "PUBLISHED"), seconds=300, what="PUBLISHED")
        if asked < jobs:
            _insist(lambda uid=uids[-1]: _withdraw(db, uid))
            chance.asked = asked = asked + 1
            until(_ended(db, chance, uids[-1:], "WITHDRAWN"), seconds=300, what="WITHDRAWN")


def _ended(db: Database, chance: Chance, uids: Sequence[UUID], state: str) -> Callable[[], object]:
    return kept_alive(chance.process, lambda: all(state_of(db, uid) == state for uid in uids), chance.strike)


def _insist(act: Callable[[], Any]) -> Any:
    """Again, until the database is there."""
    while True:
        with suppress(DatabaseUnavailable, psycopg2.OperationalError):
            return act()
        time.sleep(0.3)


def _withdraw(db: Database, uid: UUID) -> None:
    with suppress(NotWithdrawable):  # it was asked for, but the answer was lost
        withdraw.ask(db, delivery_uid=uid, office_code=OFFICE, login="first", reason="sent by mistake")

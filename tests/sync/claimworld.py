"""The mock platform as a process that can be killed, and what became of claims, as values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text
from syncworld import Process, free_port, until

from fixtures.population.nation import Entry
from fixtures.population.register import DATABASE, Register, create
from landdata.flows.asking import Asker
from landdata.model.asking import Limits
from landdata.store.engine import Database
from sync.connectors.population import PopulationPlatform


def outcomes(db: Database) -> dict[UUID, tuple[Any, ...]]:
    """Status, reasons, citizen, bearer and evidence of every claim."""
    query = text(
        "SELECT c.identity_key, c.status, c.reasons, p.person_ref, b.person_ref, c.name_share, c.years_apart, c.recheck_at "
        "FROM match.claim c LEFT JOIN match.party p ON p.party_id = c.party_id "
        "LEFT JOIN match.party b ON b.party_id = c.bearer_id"
    )
    with db.read() as tx:
        return {row[0]: (row[1], tuple(row[2]), *row[3:]) for row in tx.connection.execute(query)}


class Mock:
    """The mock platform as a process that can be killed and started again at the same address."""

    def __init__(self, folder: Path, people: Iterable[Entry]) -> None:
        self.folder, self.port = folder / "population", free_port()
        create(self.folder / DATABASE, people)
        arguments = ["-m", "fixtures.population", "--port", str(self.port), "--data", str(self.folder)]
        self.process = Process(arguments, {}, folder / "population.log")
        self.url = f"http://127.0.0.1:{self.port}"
        self.connectors: list[PopulationPlatform] = []
        self.client = httpx.Client(base_url=self.url, trust_env=False, timeout=30)

    @contextmanager
    def running(self) -> Iterator[Mock]:
        try:
            self.start()
            yield self
        finally:
            self.process.end()
            for one in (self.client, *self.connectors):
                one.close()

    def start(self) -> None:
        self.process.start()
        until(self._answers, what="population platform")

    def _answers(self) -> bool:
        try:
            return self.client.get("/health").status_code == 200
        except httpx.TransportError:
            return False

    def feel(self, mood: str, *, share: float = 1.0, seed: int = 1) -> None:
        answer = self.client.put("/moods", json={"mood": mood, "share": share, "seed": seed})
        assert answer.status_code == 200

    def happen(self, **event: str) -> None:
        assert self.client.post("/civil-events", json=event).status_code == 200

    def questions(self) -> int:
        """How many different questions it has worked on."""
        with Register(self.folder).work() as database:
            return int(database.execute("SELECT count(*) FROM answer").fetchone()[0])

    def connector(self) -> PopulationPlatform:
        made = PopulationPlatform(self.url, client_id="landdata", secret_file=self.folder / "landdata.secret")
        self.connectors.append(made)
        return made

    def asker(self, db: Database, pauses: list[float] | None = None, limits: Limits | None = None) -> Asker:
        """As a worker asks it, but pauses are only written down."""
        noted: list[float] = [] if pauses is None else pauses
        return Asker(db, self.connector(), limits or Limits(failures=100), noted.append)

"""Claims about the mock platform's people, and what asking it about them costs the worker and the platform."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from uuid import UUID

import httpx
from sqlalchemy import text

from fixtures.population.nation import Entry, stream
from fixtures.population.register import DATABASE, create
from landdata.flows import match
from landdata.flows.asking import Asker
from landdata.model.asking import Limits
from landdata.model.persons import Claim
from landdata.store.engine import Database
from landdata.store.keys import PERSON, Keys, identity_under, make_all
from sync.connectors.population import PopulationPlatform
from tests.bench.ground import ground

UNKNOWN = "099999999999"


def claims_of(people: Iterable[Entry], keys: Keys, *, seed: int = 1) -> list[Claim]:
    """One claim a citizen: six of ten as the register has it, the others each wrong in one way."""
    chance, version = random.Random(seed), keys.usable(PERSON)[0]
    made: dict[UUID, Claim] = {}
    before = "Nguyễn Văn Không"
    for one in people:
        number, name, born = one.id_number, one.full_name, one.birth
        match chance.randrange(20):
            case 12:
                number = f"{int(UNKNOWN) - len(made):012d}"
            case 13:
                name = before
            case 14:
                born = f"{int(born[:4]) - 7}{born[4:].replace('02-29', '02-28')}"
            case 15:
                born = born[:4]
            case 16:
                number = one.old_id_number or number
            case 17:
                name = name.upper()
            case 18:
                name = f"Hộ ông {name}"
            case 19:
                name, born = before, str(int(born[:4]) + 3)
        full = date.fromisoformat(born) if len(born) == 10 else None
        key = UUID(identity_under(version, name, number, born))
        made[key] = Claim(key, name, number, full, int(born[:4]))
        before = one.full_name
    return list(made.values())


def note_claims(db: Database, claims: list[Claim], keys: Keys) -> None:
    """Claims as publishing notes them, in their order."""
    with db.write() as tx:
        tx.connection.execute(
            text(
                "INSERT INTO match.claim (identity_key, name, id_number_sealed, birth_date, birth_year, key_version) "
                "SELECT *, :version FROM unnest(CAST(:keys AS uuid[]), CAST(:names AS text[]), CAST(:sealed AS bytea[]), "
                "CAST(:dates AS date[]), CAST(:years AS smallint[]))"
            ),
            {
                "version": keys.active(PERSON),
                "keys": [str(one.identity_key) for one in claims],
                "names": [one.name for one in claims],
                "sealed": [keys.seal(one.id_number) for one in claims],
                "dates": [one.birth_date for one in claims],
                "years": [one.birth_year for one in claims],
            },
        )


def cost(admin_url: str, folder: Path, *, holders: int, batch: int, seed: int) -> tuple[float, float]:
    """Processor seconds of the worker and of the platform for so many holders; the database's own are nobody's."""
    keys = make_all(folder)
    create(folder / DATABASE, stream(holders, seed=seed))
    claims = claims_of(stream(holders, seed=seed), keys, seed=seed)
    with (
        ground(admin_url, "_asked") as place,
        _platform(folder) as (url, process),
        closing(PopulationPlatform(url, client_id="landdata", secret_file=folder / "landdata.secret")) as platform,
    ):
        note_claims(place.db, claims, keys)
        asker = Asker(place.db, platform, Limits(), time.sleep)
        # What is made once in the life of a process, such as tables of likeness, is not a holder's cost.
        _warm(asker, keys, batch)
        before, ours = _spent(process.pid), time.process_time()
        asked = match.match_pending(asker, keys=keys, batch=batch)
        ours, theirs = time.process_time() - ours, _spent(process.pid) - before
    if not asked:
        raise ValueError("nobody was asked about")
    return ours / asked, theirs / asked


def _warm(asker: Asker, keys: Keys, batch: int) -> None:
    limits = Limits(daily=min(batch, 200))
    match.match_pending(Asker(asker.db, asker.population, limits, asker.sleep), keys=keys, batch=batch)


def _spent(pid: int) -> float:
    """Processor seconds of a process until now."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _platform(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "fixtures.population", "--port", str(port), "--data", str(folder)]
    with subprocess.Popen(command) as process:
        try:
            for _ in range(600):
                time.sleep(0.1)
                try:
                    httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False)
                    break
                except httpx.TransportError:
                    continue
            yield f"http://127.0.0.1:{port}", process
        finally:
            process.kill()

"""Worker, reader, API or PostgreSQL killed at random moments of many deliveries: all of it ends as if nothing had been.

A failing run says its seed; with `FAULTS_SEED=...` in the environment the same moments are drawn again. What they
meet depends on the speed of the machine as well.
"""

from __future__ import annotations

import os
import secrets
import time
from contextlib import closing, suppress

import psycopg2
import pytest
from aftermath import nothing_lost
from forked import Mother
from joserfc.jwk import ECKey
from killworld import Country, Trouble, trickling
from plan import register
from servers import private_server
from syncworld import communes, contents, value

from landdata.errors import DatabaseUnavailable
from landdata.store.engine import Database

VICTIMS = pytest.mark.parametrize("victim", ["worker", "reader", "api", "postgresql"])


@pytest.fixture(scope="module")
def killable(stored, filled, tmp_path_factory):
    """Offices on a server of their own, and a process that bears others."""
    folder, key = tmp_path_factory.mktemp("country"), ECKey.generate_key("P-256")
    (folder / "client.pem").write_bytes(key.as_pem(private=True))
    with private_server(like=stored) as server, Mother(folder / "mother.log") as mother:
        with closing(Database(filled(server, "template"), pool_size=2)) as db:
            register(db, key)
        yield Country(server, "template", folder, key, mother)


@VICTIMS
def test_five_kills(killable, monkeypatch, victim):
    _disturb(killable, monkeypatch, victim, kills=5, each=2)


@pytest.mark.full
@VICTIMS
def test_two_hundred_kills(killable, monkeypatch, victim):
    # A server that comes back is met by fewer beginnings: it takes more deliveries to be struck as often.
    _disturb(killable, monkeypatch, victim, kills=200, each=36 if victim == "postgresql" else 28)


def _disturb(country: Country, monkeypatch: pytest.MonkeyPatch, victim: str, *, kills: int, each: int) -> None:
    seed = int(os.environ.get("FAULTS_SEED", secrets.randbelow(1_000_000)))
    print(f"FAULTS_SEED={seed}")
    like, stood = country.peace(each, contents)
    folder = country.data_dir(f"{victim}-{kills}")
    trouble = Trouble(country, victim, kills, each, seed)
    started = time.monotonic()
    with trickling(monkeypatch), country.database("trouble") as url, closing(Database(url, pool_size=4)) as db:

        def whole() -> None:
            """Every commune is as it was, or as it is to be, after some delivery of the plan."""
            with suppress(DatabaseUnavailable, psycopg2.OperationalError):
                for unit, word in communes(db).items():
                    assert word in stood[unit], f"half a commune: {unit}"

        trouble.run(url, folder, whole)
        held = nothing_lost(db, folder, like=like, acknowledged=trouble.delivered)
        assert trouble.done == kills, f"struck only {trouble.done} times"
        assert value(db, "SELECT count(*) FROM intake.upload WHERE delivery_id IS NULL") == 0, "an upload was left"
        _noted(db, trouble)
    print(f"{kills} kills, {held} deliveries, {trouble.repeats} repetitions, {time.monotonic() - started:.0f} s")


def _noted(db: Database, trouble: Trouble) -> None:
    """The journal tells of what was killed, and of nothing else."""
    killed = value(db, "SELECT count(*) FROM sync.job_run WHERE outcome = 'KILLED' AND subject IS NOT NULL")
    read = value(db, "SELECT count(*) FROM sync.job_run WHERE failure = 'READER_KILLED'")
    others = value(
        db, "SELECT string_agg(DISTINCT failure, ' ') FROM sync.job_run WHERE subject IS NOT NULL AND outcome <> 'DONE' "
        "AND failure NOT IN ('READER_KILLED', 'DATABASE_UNAVAILABLE')"
    )  # fmt: skip
    assert others is None, others
    match trouble.victim:
        case "worker":
            assert killed > 0
            assert read == 0
        case "reader":
            assert trouble.done / 2 <= read <= trouble.done
            assert killed == 0
        case "api":
            assert (killed, read) == (0, 0)
            assert trouble.repeats >= trouble.done

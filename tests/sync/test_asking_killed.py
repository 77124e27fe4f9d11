"""Worker and platform killed at random moments of a run: every claim ends as in a run that nothing disturbed."""

from __future__ import annotations

import random
import time
from contextlib import closing

import pytest
from claimworld import Mock, outcomes
from sqlalchemy import text
from syncworld import until, value, worker

from fixtures.population.nation import stream
from landdata.flows import match
from landdata.store import keys as key_files
from landdata.store.engine import Database
from landdata.store.queue import enqueue
from tests.bench.asked import claims_of, note_claims

LEFT = "SELECT count(*) FROM match.claim WHERE status = 'PENDING'"


def ask_for_matching(db: Database) -> None:
    """Do not wait for a retry's time, nor for the breaker's: both would only make the test longer."""
    with db.write() as tx:
        tx.connection.execute(text("UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'"))
        enqueue(tx, task="match", lock="match", once="match")


@pytest.fixture
def other_country(new_database, request):
    """A second database with the reference data, on which nothing is disturbed."""
    with new_database(request.getfixturevalue("_registered")) as url, closing(Database(url, pool_size=4)) as db:
        yield db


@pytest.mark.parametrize(
    ("many", "batch", "kills"), [(3_000, 50, 3), pytest.param(100_000, 500, 20, marks=pytest.mark.full)]
)
def test_the_end_is_that_of_an_undisturbed_run(country, country_url, other_country, tmp_path, many, batch, kills):
    keys, chance = key_files.make_all(tmp_path), random.Random()
    claims = claims_of(stream(many, seed=7), keys)
    mock = Mock(tmp_path, stream(many, seed=7))
    db, calm, url = country, other_country, country_url
    with mock.running():
        note_claims(calm, claims, keys)
        note_claims(db, claims, keys)
        assert match.match_pending(mock.asker(calm), keys=keys, batch=500) == len(claims)
        mock.feel("slow", share=0.1)
        process = worker(url, tmp_path, population=mock.url)
        process.settings |= {
            "LANDDATA_MATCH_BATCH": str(batch), "LANDDATA_MATCH_PAUSE_SECONDS": "0.2", "LANDDATA_MATCH_FAILURES": "3",
            "LANDDATA_MATCH_REQUESTS_PER_SECOND": "0",
        }  # fmt: skip
        process.start()
        try:
            for kill in range(1, kills + 1):
                goal = len(claims) * (1 - kill / (kills + 1))
                until(lambda: _on(db) <= goal, seconds=900, what=f"kill {kill}")  # noqa: B023 - called at once
                time.sleep(chance.random() * 0.2)
                victim = mock.process if kill % 2 else process
                victim.end()
                if victim is process:
                    process.start()
                else:
                    mock.start()
            until(lambda: _on(db) == 0, seconds=900, what="all settled")
        finally:
            process.end()
        assert value(db, "SELECT count(*) FROM match.batch") == 0
        assert outcomes(db) == outcomes(calm)
        assert value(db, "SELECT max(attempts) FROM match.claim") == 1, "no answer was kept twice"


def _on(db: Database) -> int:
    ask_for_matching(db)
    time.sleep(0.1)
    return int(value(db, LEFT))

"""The worker as a process: deliveries, holders asked about through every mood of the platform, seals, heartbeat, end."""

from __future__ import annotations

import json
import shutil
import signal
import time

import pytest
from sqlalchemy import text
from syncworld import DAY, OFFICE, hand_in, platform, state_of, unbalanced, until, value, worker

from landdata.store.engine import Database
from landdata.store.queue import enqueue
from sync.schedule import QUEUES

PENDING = "SELECT count(*) FROM match.claim WHERE status = 'PENDING'"


def again(db, task):
    """Do not wait for a retry's or a slot's time."""
    with db.write() as tx:
        tx.connection.execute(text("UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'"))
        enqueue(tx, task=task, lock=task, once=task)


def test_a_delivery_is_published_and_its_holders_are_matched_through_every_mood(
    country, country_url, office, delivery, data_dir
):
    receipt = hand_in(country, data_dir, delivery.path, "moods")
    with platform(data_dir) as people:
        people.put("/moods", json={"mood": "down"}).raise_for_status()
        with worker(country_url, data_dir, population=str(people.base_url).rstrip("/")):
            until(lambda: state_of(country, receipt.delivery_uid) == "PUBLISHED", what="PUBLISHED")
            claims = value(country, "SELECT count(*) FROM match.claim")
            waiting = value(country, PENDING)
            assert claims
            assert waiting
            until(lambda: value(country, "SELECT max(attempts) FROM procrastinate_jobs WHERE task_name = 'match'"))
            assert value(country, PENDING) == waiting, "nothing may be settled while the platform is down"
            people.put("/moods", json={"mood": "failing", "share": 0.6, "seed": 3}).raise_for_status()
            for _ in range(3):
                again(country, "match")
                time.sleep(0.5)
            people.put("/moods", json={"mood": "normal"}).raise_for_status()

            def settled() -> bool:
                again(country, "match")
                time.sleep(0.3)
                return value(country, PENDING) == 0

            until(settled, what="all holders settled")
    assert value(country, "SELECT count(*) FROM match.claim") == claims, "no claim is lost"
    assert value(country, "SELECT count(*) FROM match.claim WHERE status = 'VERIFIED'") > claims / 2
    assert value(country, "SELECT count(*) FROM match.claim WHERE (status = 'VERIFIED') <> (party_id IS NOT NULL)") == 0
    ledger = "SELECT rows_read, rows_refused FROM intake.delivery_layer"
    with country.read() as tx:
        assert tuple(tx.connection.execute(text(ledger)).one()) == (delivery.rows, delivery.refused_rows)
    assert value(country, "SELECT count(*) FROM land.parcel") == delivery.accepted_parcels
    assert unbalanced(country) == 0


def _sealed(db: Database) -> bool:
    """Whether the entry is sealed; asked for again, since transactions of other databases on the server hold it up."""
    if value(db, "SELECT sum(entries) FROM audit.seal") == 1:
        return True
    with db.write() as tx:
        enqueue(tx, task="seal", lock="seal", once="seal")
    time.sleep(0.5)
    return False


def test_it_seals_beats_and_ends_cleanly(country, country_url, data_dir):
    with country.write() as tx:
        tx.connection.execute(
            text(
                "INSERT INTO audit.access_event (request_id, client_id, token_jti, agency_code, officer_code, "
                "service_code, case_file_no, subject, status, fields_mask) "
                "VALUES (gen_random_uuid(), 'c', 'j', 'a', 'o', 's', 'f', gen_random_uuid(), 'NO_RECORD', 0)"
            )
        )
        enqueue(tx, task="seal", lock="seal", once="seal")
    with worker(country_url, data_dir) as process:
        heartbeat = data_dir / "worker.heartbeat"
        until(heartbeat.exists, what="heartbeat")
        until(lambda: _sealed(country), seconds=180, what="seal")
        first = heartbeat.stat().st_mtime
        until(lambda: heartbeat.stat().st_mtime > first, seconds=15, what="a second beat")
        assert process.end(signal.SIGTERM) == 0
    assert "Traceback" not in process.said()
    assert value(country, "SELECT count(*) FROM procrastinate_workers") == 0


def test_it_ends_only_after_the_delivery_it_works_on(country, country_url, office, delivery, data_dir):
    receipt = hand_in(country, data_dir, delivery.path, "ending")
    with worker(country_url, data_dir) as process:
        # Its own job: a periodic one that is due at this moment may be under way before it.
        under_way = "SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing' AND task_name = 'deliver'"
        until(lambda: value(country, under_way))
        assert process.end(signal.SIGTERM, seconds=60) == 0
    assert state_of(country, receipt.delivery_uid) == "PUBLISHED"
    assert value(country, "SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'") == 0


def test_a_second_worker_leaves_the_first_one_its_jobs(country, country_url, office, delivery, data_dir):
    """The second finds the first alive, so a job under way is not begun twice."""
    with worker(country_url, data_dir) as first:
        until((data_dir / "worker.heartbeat").exists)
        receipt = hand_in(country, data_dir, delivery.path, "two workers")
        with worker(country_url, data_dir) as second:
            both = 2 * len(QUEUES)
            arrived = "SELECT count(*) FROM procrastinate_workers"
            until(lambda: value(country, arrived) == both, what="the second's arrival")
            until(lambda: state_of(country, receipt.delivery_uid) == "PUBLISHED")
            assert second.end(signal.SIGTERM) == 0
        assert first.end(signal.SIGTERM) == 0
        assert "of a dead worker" not in first.said()


@pytest.mark.parametrize(
    ("url", "words"),
    [("postgresql://landdata@127.0.0.1:9/none", "Traceback"), ("", "Traceback")],
    ids=["no server", "no address"],
)
def test_a_worker_that_cannot_start_says_why(tmp_path, url, words):
    process = worker(url, tmp_path)
    process.start()
    assert process.running is not None
    assert process.running.wait(30) == 1
    assert words not in process.said()


def test_a_job_that_fails_while_another_waits_blocks_nothing(country, country_url, data_dir):
    """Kept for ever under way, it once held its lock until the worker was started again."""
    with platform(data_dir) as people:
        people.put("/moods", json={"mood": "slow"}).raise_for_status()
        with country.write() as tx:
            tx.connection.execute(
                text(
                    "INSERT INTO match.claim (identity_key, name, id_number_sealed, birth_year) "
                    "VALUES (gen_random_uuid(), 'A', '\\x00', 1970)"  # cannot be unsealed, so the job fails
                )
            )
            enqueue(tx, task="match", lock="match", once="match")
        with worker(country_url, data_dir, population=str(people.base_url).rstrip("/")):
            until(lambda: value(country, "SELECT max(attempts) FROM procrastinate_jobs WHERE task_name = 'match'"))
            for attempts in (2, 3):
                again(country, "match")
                until(lambda n=attempts: (value(country, "SELECT sum(attempts) FROM procrastinate_jobs") or 0) >= n)
    assert value(country, "SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing' AND task_name = 'match'") == 0


def test_a_file_in_the_drop_folder_comes_back_with_a_report(country, country_url, office, delivery, data_dir):
    """The schedule's own looks; the worker is killed once it has the file."""
    place = data_dir / "drop" / OFFICE
    (place / "incoming").mkdir(parents=True)
    process = worker(country_url, data_dir)
    process.settings["LANDDATA_DROP_DIR"] = str(place.parent)
    (place / "incoming" / f"{delivery.path.name}.json").write_text(json.dumps({"effective_on": DAY.isoformat()}))
    shutil.copy(delivery.path, place / "incoming" / delivery.path.name)
    with process:
        until(lambda: value(country, "SELECT count(*) FROM intake.delivery"), what="taken in")
    report = place / "done" / f"{delivery.path.name}.report.json"
    with process:
        until(report.exists, what="report")
    said = json.loads(report.read_text(encoding="utf-8"))
    assert said["state"] == "PUBLISHED"
    assert (said["ledger"][0]["rows_read"], said["ledger"][0]["rows_refused"]) == (delivery.rows, delivery.refused_rows)
    assert value(country, "SELECT count(*) FROM intake.delivery") == 1
    assert (place / "done" / delivery.path.name).read_bytes() == delivery.path.read_bytes()
    assert not list((place / "incoming").iterdir())

"""A job exists exactly when the transaction that wants it has been committed."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from sqlalchemy import text
from syncworld import DAY, hand_in, value

from landdata.flows import offices
from landdata.store import deliveries
from landdata.store.queue import enqueue, take_turns

JOBS = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'deliver'"


def test_a_committed_delivery_leaves_one_job(country, office, delivery, data_dir):
    receipt = hand_in(country, data_dir, delivery.path, "one")
    again = hand_in(country, data_dir, delivery.path, "one")
    assert again.repeated
    assert value(country, JOBS) == 1
    assert value(country, "SELECT args ->> 'delivery_uid' FROM procrastinate_jobs") == str(receipt.delivery_uid)
    assert value(country, "SELECT lock FROM procrastinate_jobs") == "province:24"


def test_a_delivery_that_is_rolled_back_leaves_no_job_and_its_key_is_free(
    country, office, delivery, data_dir, monkeypatch
):
    with monkeypatch.context() as patched:
        patched.setattr("landdata.store.engine.Connection.commit", lambda _self: (_ for _ in ()).throw(OSError("cut")))
        with pytest.raises(OSError, match="cut"):
            hand_in(country, data_dir, delivery.path, "two")
    assert value(country, JOBS) == 0
    assert value(country, "SELECT count(*) FROM intake.delivery") == 0
    assert not hand_in(country, data_dir, delivery.path, "two").repeated
    assert value(country, JOBS) == 1


def test_ten_requests_with_one_key_at_once_are_one_delivery_and_one_job(country, office, delivery, data_dir):
    receipts = []

    def send() -> None:
        receipts.append(hand_in(country, data_dir, delivery.path, "three"))

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(receipts) == 6
    assert len({one.delivery_uid for one in receipts}) == 1
    assert [one.repeated for one in receipts].count(False) == 1
    assert value(country, JOBS) == 1


def test_a_job_that_waits_is_not_added_twice_even_at_once(country):
    ready = threading.Barrier(4)

    def ask() -> None:
        with country.write() as tx:
            ready.wait(10)
            enqueue(tx, task="match", lock="match", once="match")

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert value(country, "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'match'") == 1


def test_the_delivery_is_there_when_its_job_is(country, office, delivery, data_dir):
    receipt = hand_in(country, data_dir, delivery.path, "four")
    with country.read() as tx:
        assert deliveries.work(tx, receipt.delivery_uid) is not None


def next_job(db) -> str | None:
    """The key of the delivery that the engine would take up now, and does."""
    with db.write() as tx:
        taken = tx.connection.execute(
            text("SELECT id, args FROM procrastinate_fetch_job_v2(ARRAY['deliveries'], NULL)")
        ).one()
        if taken.id is None:
            return None
        found = text("SELECT idempotency_key FROM intake.delivery WHERE delivery_uid = CAST(:uid AS uuid)")
        return str(tx.connection.scalar(found, {"uid": taken.args["delivery_uid"]}))


def done(db, key: str) -> None:
    with db.write() as tx:
        of_key = "SELECT delivery_uid::text FROM intake.delivery WHERE idempotency_key = :key"
        sql = text(f"DELETE FROM procrastinate_jobs WHERE args ->> 'delivery_uid' = ({of_key})")
        tx.connection.execute(sql, {"key": key})


def test_deliveries_of_a_province_come_one_after_another_and_provinces_take_turns(country, office, delivery, data_dir):
    """However many one province has waiting, the next of another waits for one of them only."""
    for code, province in (("B", "01"), ("C", "79")):
        offices.register_land_office(country, code=code, name_vi=code, name_en=code, provinces=[(province, DAY)])
        offices.grant_backfill(country, office_code=code, reason="t", requested_by="first", approved_by="second")
    for number in range(4):
        hand_in(country, data_dir, delivery.path, f"a{number}")
    hand_in(country, data_dir, delivery.path, "b0", office="B")
    assert [next_job(country), next_job(country), next_job(country)] == ["a0", "b0", None]
    for key in ("b1", "b2"):
        hand_in(country, data_dir, delivery.path, key, office="B")
    hand_in(country, data_dir, delivery.path, "c0", office="C")
    done(country, "a0")
    assert [next_job(country), next_job(country)] == ["c0", "a1"], "C waits for nobody's second"
    for key in ("a1", "b0"):
        done(country, key)
    hand_in(country, data_dir, delivery.path, "a4")
    with country.write() as tx:
        take_turns(tx)
    assert [next_job(country), next_job(country)] == ["a2", "b1"]
    for key in ("a2", "b1"):
        done(country, key)
    assert [next_job(country), next_job(country), next_job(country)] == ["a3", "b2", None]
    done(country, "a3")
    assert next_job(country) == "a4", "the order within a province is that of coming"


def killed(db) -> None:
    """What is under way goes back into the queue, as after the death of its worker."""
    with db.write() as tx:
        again = "SELECT procrastinate_retry_job_v2(id, NULL, NULL, NULL, NULL) FROM procrastinate_jobs WHERE status = 'doing'"
        tx.connection.execute(text(again))


@pytest.mark.parametrize("turned", [False, True])
def test_what_was_begun_stays_before_later_ones_when_its_worker_is_killed(
    country, office, delivery, data_dir, turned
):  # fmt: skip
    """An older delivery that comes after a newer one would bring back what that has replaced."""
    for number in range(3):
        hand_in(country, data_dir, delivery.path, f"a{number}")
    assert next_job(country) == "a0"
    done(country, "a0")
    assert next_job(country) == "a1"
    done(country, "a1")
    assert next_job(country) == "a2"
    hand_in(country, data_dir, delivery.path, "a3")
    if turned:
        with country.write() as tx:
            take_turns(tx)
    killed(country)
    assert next_job(country) == "a2"
    done(country, "a2")
    assert next_job(country) == "a3"


def test_offices_before_and_after_a_reform_share_the_line_of_the_province_of_today(country, office, delivery, data_dir):
    for code, province, on in (("B", "27", DAY), ("C", "24", date(2025, 7, 1))):
        offices.register_land_office(country, code=code, name_vi=code, name_en=code, provinces=[(province, on)])
        offices.grant_backfill(country, office_code=code, reason="t", requested_by="first", approved_by="second")
    hand_in(country, data_dir, delivery.path, "a")
    hand_in(country, data_dir, delivery.path, "b", office="B")
    hand_in(country, data_dir, delivery.path, "c", office="C", day=date(2025, 7, 1))
    assert value(country, "SELECT array_agg(DISTINCT lock) FROM procrastinate_jobs") == ["province:24"]
    assert [next_job(country), next_job(country)] == ["a", None]

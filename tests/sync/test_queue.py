"""A job exists exactly when the transaction that wants it has been committed."""

from __future__ import annotations

import threading

import pytest
from syncworld import hand_in, value

from landdata.store import deliveries
from landdata.store.queue import enqueue

JOBS = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'deliver'"


def test_a_committed_delivery_leaves_one_job(country, office, delivery, data_dir):
    receipt = hand_in(country, data_dir, delivery.path, "one")
    again = hand_in(country, data_dir, delivery.path, "one")
    assert again.repeated
    assert value(country, JOBS) == 1
    assert value(country, "SELECT args ->> 'delivery_uid' FROM procrastinate_jobs") == str(receipt.delivery_uid)
    assert value(country, "SELECT lock FROM procrastinate_jobs") == f"office:{office.office_code}"


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

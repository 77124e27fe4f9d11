"""Deliveries that come twice, out of order and in between: the door does what a dictionary would do (security.md F10)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, rule, run_state_machine_as_test

from landdata.errors import DeliveryKeyReused
from landdata.flows import publish
from landdata.model.deliveries import State
from landdata.store.raw import opened

KEYS = st.sampled_from(["a", "b", "c", "đ", "a "])
BODIES = st.binary(min_size=1, max_size=40)
OFFICES = st.sampled_from(["LO-24", "LO-38"])


@dataclass(frozen=True)
class Told:
    """What an office was told of a delivery."""

    uid: object
    body: bytes
    file_name: str


class Door(RuleBasedStateMachine):
    """Two offices with few keys and few bodies, so that they meet; the model is one dictionary."""

    desk = None  # the world, set by the test: a machine is made for every example
    round = 0

    sent = Bundle("sent")

    def __init__(self) -> None:
        super().__init__()
        type(self).round += 1
        self.held: dict[tuple[str, str], Told] = {}

    def _key(self, key: str) -> str:
        return f"{self.round}-{key}"

    @rule(target=sent, office=OFFICES, key=KEYS, body=BODIES, name=st.sampled_from(["x.csv", "y.csv"]))
    def deliver(self, office, key, body, name):
        self._send(office, key, body, name)
        return office, key, body, name

    @rule(one=sent)
    def repeat(self, one):
        """The very same again, whatever came in between."""
        self._send(*one)

    @rule(one=sent)
    def work(self, one):
        """The worker has read it meanwhile: the stored answer says how it stands."""
        office, key, *_ = one
        publish.deliver(
            self.desk.db, delivery_uid=self.held[office, key].uid, settings=self.desk.settings, keys=self.desk.keys
        )

    def _send(self, office: str, key: str, body: bytes, name: str) -> None:
        known = self.held.get((office, key))
        if known is not None and (known.body, known.file_name) != (body, name):
            with pytest.raises(DeliveryKeyReused):
                self.desk.send(body, key=self._key(key), office=office, file_name=name)
            return
        receipt = self.desk.send(body, key=self._key(key), office=office, file_name=name)
        assert receipt.repeated is (known is not None)
        assert receipt.sha256 == hashlib.sha256(body).hexdigest()
        if known is not None:
            assert receipt.delivery_uid == known.uid
        self.held[office, key] = Told(receipt.delivery_uid, body, name)

    def teardown(self):
        rows = self.desk.rows(
            "SELECT o.code, d.idempotency_key, d.delivery_uid, d.sha256, d.file_name, d.state FROM intake.delivery d "
            "JOIN org.office o USING (office_id) WHERE d.idempotency_key LIKE :mine",
            mine=f"{self.round}-%",
        )
        stored = {(office, key.partition("-")[2]): Told(uid, b"", name) for office, key, uid, _, name, _ in rows}
        assert len(rows) == len(stored)
        assert stored == {place: Told(one.uid, b"", one.file_name) for place, one in self.held.items()}
        for office, key, _, sha256, _, state in rows:
            told = self.held[office, key.partition("-")[2]]
            assert bytes(sha256) == hashlib.sha256(told.body).digest()
            assert state in {State.RECEIVED, State.REFUSED}  # no body here is a delivery
            with opened(self.desk.data_dir, bytes(sha256), self.desk.keys, self.desk.data_dir / "look") as plain:
                assert plain.read_bytes() == told.body


@pytest.fixture
def door(shared_desk, monkeypatch):
    shared_desk.office("LO-38", "38")
    return type("DoorHere", (Door,), {"desk": shared_desk, "round": 0})


def _run(door, examples: int, steps: int) -> None:
    many = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    run_state_machine_as_test(door, settings=many)


def test_the_door_is_as_the_model_says(door):
    _run(door, 12, 12)


@pytest.mark.full
def test_the_door_is_as_the_model_says_at_full_length(door):
    _run(door, 150, 40)

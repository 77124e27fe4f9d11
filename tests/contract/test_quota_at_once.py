"""The quota of citizens while sets of one consumer are under way at once."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

import pytest
from feedworld import number
from sqlalchemy import text

from landdata.flows import share
from landdata.model.agreements import PopulationReader
from landdata.model.clients import RESIDENCY_SCOPES

GATE = 'SELECT status, reason FROM share.read_land_records(%s) ORDER BY "position"'
WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND pid = :pid"


class Asking(threading.Thread):
    """A set of look-ups about new citizens on a connection of its own."""

    def __init__(self, world: Any, client_id: str, numbers: range) -> None:
        super().__init__()
        self.world, self.said, self.pid = world, list[tuple[str, str | None]](), 0
        caller = PopulationReader(client_id, "jti", RESIDENCY_SCOPES, "10.0.0.1")
        asked = [world.request(number(at), "Nguyễn Văn A", "1970") for at in numbers]
        self.questions = json.dumps([share.question(world.keys, caller, one) for one in asked])

    def ask(self, connection: Any) -> None:
        self.said = [tuple(one) for one in connection.exec_driver_sql(GATE, (self.questions,))]

    def run(self) -> None:
        with self.world.db.write() as tx:
            self.pid = tx.connection.scalar(text("SELECT pg_backend_pid()"))
            tx.connection.commit()
            self.ask(tx.connection)

    def settled(self) -> bool:
        """Wait until it is through, or waits for another set; whether it is through."""
        until = time.monotonic() + 180
        while self.is_alive() and not (self.pid and self.world.scalar(WAITING, pid=self.pid)):
            assert time.monotonic() < until
            self.join(0.05)
        return not self.is_alive()


@pytest.mark.parametrize(("quota", "waits"), [(5, True), (10_005, True), (10_006, False)])
def test_nobody_gets_more_by_asking_at_once(world, quota, waits):
    """Far from its end nobody waits for anybody; near it each set sees what the one before counted."""
    world.agree("tight", daily_quota=quota)
    first, second = (Asking(world, "tight", range(at, at + 5)) for at in (101, 201))
    # So many were counted already as leave five.
    if waits:
        today = "(now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date"
        world.execute(f"INSERT INTO share.quota_count VALUES ('tight', {today}, 99, :used)", used=quota - 5)
    with world.db.engine.connect() as connection:
        first.ask(connection)
        second.start()
        assert second.settled() is not waits
        connection.commit()
    second.join(180)
    assert {one[0] for one in first.said} == {"NOT_COVERED"}
    assert set(second.said) == ({("REFUSED", "QUOTA_USED_UP")} if waits else {("NOT_COVERED", None)})

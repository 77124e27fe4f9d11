"""The database is cut off, look-ups are refused, processes are killed: each refusal stands in the log once when all is back."""

from __future__ import annotations

import signal

import proxy
import pytest
from faultworld import NAME, NUMBER, question
from lines import TOLD_IN, by, proxied, told
from syncworld import Process, free_port, until

from api.client import Problem
from landdata.flows import seal, verify
from landdata.store import spool
from landdata.store.queue import enqueue

LISTED = 130  # more than one statement takes
_DIE = (
    "import os, signal, sys; from landdata.store import spool; "
    "spool.remove = lambda _: os.kill(os.getpid(), signal.SIGKILL); "
    "from sync.__main__ import main; sys.exit(main())"
)
_LATE = "SELECT request_id, status, reason, fields_mask FROM audit.access_event WHERE refused_at IS NOT NULL"


def _waits(world) -> list[bytes]:
    return [line for path in spool.files(world.data_dir) for line in path.read_bytes().splitlines()]


def _ask_worker(world) -> None:
    with world.db.write() as tx:
        enqueue(tx, task="refusals", lock="refusals", once="refusals")


def test_refused_without_a_database_and_logged_with_one(world):
    port = free_port()
    with proxied(world, f"127.0.0.1:{port}") as control, world.reader() as desk:
        serving = world.serving(url=by(world.url, "127.0.0.1", port), revocation_seconds="60")
        with serving as process:
            world.wait()
            good = [desk.lookup(question())]
            asked = [question() for _ in range(4)]
            proxy.tell(control, "blackhole")
            for one in asked[:2]:  # the first waits for the gate, the second for its agreement's terms
                seconds, status = told(desk.lookup, one)
                assert (status, seconds < TOLD_IN) == (503, True), seconds
            proxy.tell(control, "reset")
            proxy.tell(control, "refuse")
            for one in asked[2:]:
                assert told(desk.lookup, one)[1] == 503
            listed = [question() for _ in range(LISTED)]
            with pytest.raises(Problem) as refused:
                list(desk.batch(listed))
            assert (refused.value.status, refused.value.code) == (503, "DATABASE_UNAVAILABLE")
            assert len(_waits(world)) == len(asked) + LISTED
            assert process.end(signal.SIGKILL) == -9
            proxy.tell(control, "ok")
            process.start()
            world.wait()
            good.append(desk.lookup(question()))
        assert len(_waits(world)) == len(asked) + LISTED, "what was refused before the kill still waits"
        (path,) = spool.files(world.data_dir)
        for plain in (NUMBER, NAME, "HS-1", "CB-1", str(world.keys.index(NUMBER)), world.keys.index(NUMBER).hex):
            assert plain.encode() not in path.read_bytes()
    # Killed between the commit of their rows and the end of the file, then started again.
    doomed = Process(["-c", _DIE], world.working().settings, world.data_dir / "doomed.log")
    with doomed:
        _ask_worker(world)
        assert doomed.running is not None
        assert doomed.running.wait(120) == -9
    assert len(world.rows(_LATE)) == len(_waits(world)) == len(asked) + LISTED
    with world.working():

        def gone() -> bool:
            _ask_worker(world)
            return not spool.files(world.data_dir)

        until(gone, seconds=120, what="the job")
    late = world.rows(_LATE)
    assert sorted(one[0] for one in late) == sorted(one.request_id for one in (*asked, *listed))
    assert {one[1:] for one in late} == {("REFUSED", "DATABASE_UNAVAILABLE", 0)}
    assert all(world.logged(one) for one in good)
    # Transactions of other databases on the server hold seals back.
    until(lambda: _all_sealed(world), seconds=180, what="seals")
    found = verify.verify(world.db, settings=world.settings)
    assert (found.faults, found.unsealed, found.intact) == ((), 0, True)


def _all_sealed(world) -> bool:
    seal.seal(world.db, settings=world.settings)
    return world.scalar("SELECT sum(entries) FROM audit.seal") == world.scalar(
        "SELECT count(*) FROM audit.access_event"
    )

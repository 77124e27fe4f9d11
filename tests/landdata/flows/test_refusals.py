"""Refusals that no row could be written for: sealed on disk, each logged once later, never as an answer, and sealed there."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from contextlib import closing
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from landworld import AGENCY, CONSUMER, SERVICE
from logworld import add, faults, sealed, verdict
from sqlalchemy.exc import DBAPIError

from landdata.errors import AccessLogUnwritten, DatabaseUnavailable, TooManyLookups
from landdata.flows import inspections, refusals
from landdata.flows.refusals import Refusals, write_down
from landdata.model.agreements import LookupRequest, PopulationReader
from landdata.model.inspections import Inspector, Sought
from landdata.model.refusals import LateRefusal
from landdata.store import keys as key_files
from landdata.store import roles, spool
from landdata.store.roles import Role
from landdata.store.spool import Spool

NUMBER, NAME = "024070000001", "Nguyễn Văn A"
CALLER = PopulationReader(CONSUMER, "jti", frozenset(), "10.0.0.1")
WHO = Inspector("lan", "khiếu nại 12", "TT-2026-3")
LATE = (
    "SELECT request_id, status, reason, refused_at FROM audit.access_event WHERE refused_at IS NOT NULL ORDER BY 4, 1"
)


@pytest.fixture
def told() -> list[tuple[str, int]]:
    return []


@pytest.fixture
def spooling(desk, told):
    with closing(Refusals(desk.data_dir, desk.keys, observe=lambda *one: told.append(one))) as made:
        yield made


@pytest.fixture
def worker(desk):
    """The database as the worker's role."""
    made = roles.connect(desk.db.engine.url.render_as_string(hide_password=False), Role.WORKER, pool_size=1)
    with closing(made):
        yield made


def note(spooling, requests: list[Any], error: Exception | None = None) -> None:
    asyncio.run(spooling.note(CALLER, requests, error or DatabaseUnavailable()))


def words(many: int = 1) -> list[LookupRequest]:
    return [
        LookupRequest(
            uuid4(), AGENCY, "CB-1", SERVICE, f"HS-{place}", NUMBER, NAME, date_of_birth=None, birth_year=1970, unit=None,
            fields=None,
        )
        for place in range(many)
    ]  # fmt: skip


def down(desk, worker) -> int:
    return write_down(worker, keys=desk.keys, data_dir=desk.data_dir)


def test_each_is_logged_once_as_refused_with_both_times(desk, spooling, worker, told):
    asked, before = words(3), datetime.now(UTC)
    note(spooling, asked[:2])
    note(spooling, asked[2:], AccessLogUnwritten())
    note(spooling, words(), TooManyLookups())  # whoever is only busy logs nothing
    note(spooling, [])
    after = datetime.now(UTC)
    (path,) = spool.files(desk.data_dir)
    for plain in (NUMBER, NAME, CONSUMER, AGENCY, SERVICE, "HS-1", str(desk.keys.index(NUMBER))):
        assert plain.encode() not in path.read_bytes()
    assert (down(desk, worker), down(desk, worker), spool.files(desk.data_dir)) == (3, 0, [])
    found = desk.rows(LATE)
    assert {(one[0], *one[1:3]) for one in found} == {
        *((one.request_id, "REFUSED", "DATABASE_UNAVAILABLE") for one in asked[:2]),
        (asked[2].request_id, "REFUSED", "ACCESS_LOG_UNWRITTEN"),
    }
    assert all(before <= one[3] <= after for one in found)
    own = "SELECT DISTINCT client_id, token_jti, agency_code, officer_code, service_code, subject, host(address), fields_mask, "
    assert desk.rows(own + "record_versions, replayed, at > refused_at FROM audit.access_event") == [
        (CONSUMER, "jti", AGENCY, asked[0].officer_code, SERVICE, desk.keys.index(NUMBER), "10.0.0.1", 0, [], 0, True)
    ]
    assert told == [("kept", 2), ("kept", 1)]


def test_inspector_and_citizen_see_them_as_refused_then(desk, spooling, worker):
    note(spooling, words())
    down(desk, worker)
    (entry,) = inspections.search(desk.db, who=WHO, sought=Sought(status="REFUSED")).entries
    (look,) = inspections.view(desk.db, subject=desk.keys.index(NUMBER))
    assert (entry.reason, entry.fields, look.status, look.fields) == ("DATABASE_UNAVAILABLE", (), "REFUSED", ())
    assert entry.refused_at < entry.at
    assert look.at == entry.refused_at


def test_they_are_sealed_and_their_time_with_them(log, superuser):
    with closing(Refusals(log.data_dir, log.keys)) as spooling:
        note(spooling, words())
    assert write_down(log.db, keys=log.keys, data_dir=log.data_dir) == 1
    add(log, 0)
    assert sealed(log) == [3]  # two were waiting
    found = verdict(log)
    assert (found.faults, found.doubts, found.gaps, found.intact) == ((), (), (), True)
    superuser(
        "UPDATE audit.access_event SET refused_at = refused_at - interval '1 minute' WHERE refused_at IS NOT NULL"
    )
    assert faults(log) == [("CHANGED", 4, 15)]
    superuser("UPDATE audit.access_event SET refused_at = NULL WHERE access_id = 15")
    assert faults(log) == [("CHANGED", 4, 15)]


@pytest.mark.parametrize("where", ["between two transactions", "before the file is gone", "with lines aside"])
def test_killed_anywhere_nothing_is_lost_or_written_twice(desk, spooling, worker, monkeypatch, where):
    asked = words(12)
    note(spooling, asked)
    monkeypatch.setattr(refusals, "_TOGETHER", 5)
    add, calls = refusals.refusals.add, []

    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    def second(tx, some) -> int:
        calls.append(len(some))
        return die() if len(calls) == 2 else add(tx, some)

    (path,) = spool.files(desk.data_dir)
    if where == "between two transactions":
        monkeypatch.setattr(refusals.refusals, "add", second)
    elif where == "before the file is gone":
        monkeypatch.setattr(spool, "remove", die)
    else:
        path.write_bytes(path.read_bytes() + b"torn")
        monkeypatch.setattr(spool, "remove", die)
    with pytest.raises(KeyboardInterrupt):
        down(desk, worker)
    monkeypatch.undo()
    written = len(desk.rows(LATE))
    assert down(desk, worker) == 12 - written
    assert sorted(one[0] for one in desk.rows(LATE)) == sorted(one.request_id for one in asked)
    assert spool.files(desk.data_dir) == []
    # Not one number was given away for what was there already: a gap in the log would need an explanation.
    assert desk.scalar("SELECT max(access_id) FROM audit.access_event") == 12


def test_what_cannot_be_read_is_kept_aside_and_told(desk, spooling, worker, caplog):
    note(spooling, words(3))
    (path,) = spool.files(desk.data_dir)
    first, second, third = path.read_bytes().splitlines()
    other = desk.keys.seal_line("{}")
    changed = second[:-8] + (b"A" if second[-8:-7] != b"A" else b"B") + second[-7:]
    path.write_bytes(b"\n".join([first, changed, other, third[:40]]))
    assert down(desk, worker) == 1
    assert path.with_suffix(".unreadable").read_bytes().splitlines() == [changed, other, third[:40]]
    assert "many=3" in caplog.text
    assert NUMBER not in caplog.text
    # Whoever mends it puts it back under its name.
    path.with_suffix(".unreadable").rename(path)
    path.write_bytes(second + b"\n" + first + b"\n")
    assert down(desk, worker) == 1


def test_a_database_that_is_still_away_leaves_them_waiting(tmp_path):
    keys = key_files.make_all(tmp_path)
    with closing(Refusals(tmp_path, keys)) as spooling:
        note(spooling, words())
    nowhere = roles.connect("postgresql://nobody@127.0.0.1:1/none", Role.WORKER, pool_size=1)
    with closing(nowhere), pytest.raises(DatabaseUnavailable):
        write_down(nowhere, keys=keys, data_dir=tmp_path)
    assert len(spool.files(tmp_path)) == 1


def test_a_full_spool_or_disk_is_told_and_breaks_nothing(tmp_path, told, monkeypatch, caplog):
    keys = key_files.make_all(tmp_path)
    with closing(Refusals(tmp_path, keys, observe=lambda *one: told.append(one), most_bytes=10)) as small:
        note(small, words(2))
    with closing(Refusals(tmp_path, keys, observe=lambda *one: told.append(one))) as spooling:
        monkeypatch.setattr(refusals, "MOST_WAITING", 2)
        note(spooling, words(3))
        monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError("full")))
        note(spooling, words())
    assert told == [("lost", 2), ("lost", 3), ("lost", 1)]
    assert caplog.text.count("will have no row") == 3


def test_a_slow_disk_holds_no_caller_up_and_many_share_a_flush(tmp_path, told, monkeypatch):
    spooling = Refusals(tmp_path, key_files.make_all(tmp_path), observe=lambda *one: told.append(one))
    slow, add, flushes = threading.Event(), Spool.add, []

    def wait(self, lines) -> None:
        flushes.append(len(lines))
        slow.wait(30)
        add(self, lines)

    monkeypatch.setattr(Spool, "add", wait)
    monkeypatch.setattr(refusals, "PATIENCE", 0.1)

    async def many() -> None:
        await asyncio.gather(*(spooling.note(CALLER, words(), DatabaseUnavailable()) for _ in range(20)))

    started = time.monotonic()
    asyncio.run(many())
    assert time.monotonic() - started < 5
    slow.set()
    spooling.close()
    assert (sum(flushes), len(flushes), sum(one for _, one in told)) == (20, 2, 20)


def _try(db) -> None:
    with db.write() as tx:
        refusals.refusals.add(tx, [])


def test_nobody_else_may_write_them_and_no_answer_can_be_late(desk):
    for role in set(Role) - {Role.WORKER, Role.GATE, Role.BACKUP}:
        db = roles.connect(desk.db.engine.url.render_as_string(hide_password=False), role, pool_size=1)
        with closing(db), pytest.raises(DBAPIError, match="permission denied"):
            _try(db)
    with pytest.raises(DBAPIError, match="late_check"):
        desk.execute(
            "INSERT INTO audit.access_event (request_id, client_id, token_jti, agency_code, officer_code, service_code, "
            "case_file_no, status, fields_mask, refused_at) "
            "VALUES (gen_random_uuid(), 'c', 'j', 'a', 'o', 's', 'f', 'FOUND', 1, now())"
        )


@pytest.mark.parametrize("wrong", [
    {"reason": "QUOTA_USED_UP"}, {"address": "nowhere"}, {"officer_code": "a\x00"}, {"refused_at": "2026-01-01T00:00:00"},
    {"line_id": "x"}, {"more": 1},
])  # fmt: skip
def test_what_the_log_could_not_hold_is_no_refusal(wrong):
    one = LateRefusal(
        uuid4(), datetime.now(UTC), "DATABASE_UNAVAILABLE", "c", "j", "::1", uuid4(), "a", "o", "s", "f", uuid4()
    )
    assert LateRefusal.of_text(one.text()) == one
    with pytest.raises(ValueError):  # noqa: PT011 - of whatever read it
        LateRefusal.of_text(json.dumps(json.loads(one.text()) | wrong))

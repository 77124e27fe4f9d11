"""Without its row in the access log no answer leaves: rights taken, disk full, partition gone (F12)."""

from __future__ import annotations

import httpx
import pytest
from faultworld import question
from servers import execute, named
from sqlalchemy import make_url

from api.client import Problem


@pytest.fixture(scope="module")
def served(world):
    with world.serving():
        world.wait()
        yield world


@pytest.fixture
def superuser(world, admin_url):
    return named(admin_url, make_url(world.url).database)


def _alarms(world) -> float:
    lines = httpx.get(f"{world.issuer}/metrics", trust_env=False, timeout=10).text.splitlines()
    name = 'landdata_machine_faults_total{code="ACCESS_LOG_UNWRITTEN"} '
    return sum(float(line.removeprefix(name)) for line in lines if line.startswith(name))


_OWNER = "SELECT proowner::regrole::text FROM pg_proc WHERE oid = 'share.read_land_records'::regproc"
# Any error of the table's own stands for a disk that is full: the code is what PostgreSQL says then.
_FULL = """
CREATE FUNCTION public.full_disk() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$;
CREATE TRIGGER full_disk BEFORE INSERT ON audit.access_event FOR EACH ROW EXECUTE FUNCTION public.full_disk()
"""
# What breaks it, and what mends it.
_FAULTS = {
    "right taken": (
        "REVOKE INSERT ON audit.access_event FROM {owner}",
        "GRANT INSERT ON audit.access_event TO {owner}",
    ),
    "disk full": (_FULL, "DROP FUNCTION public.full_disk CASCADE"),
    "table gone": (
        "ALTER TABLE audit.access_event RENAME TO away",
        "ALTER TABLE audit.away RENAME TO access_event",
    ),
}


@pytest.mark.parametrize("fault", _FAULTS)
def test_no_row_no_answer(served, superuser, fault):
    [(owner,)] = execute(superuser, _OWNER)
    [(tables,)] = execute(superuser, "SELECT count(*) FROM audit.access_event")
    before = _alarms(served)
    break_it, mend = (one.format(owner=owner) for one in _FAULTS[fault])
    with served.reader() as desk:
        desk.lookup(question())
        execute(superuser, break_it)
        try:
            for _ in range(3):
                with pytest.raises(Problem) as refused:
                    desk.lookup(question())
                assert (refused.value.status, refused.value.code) == (503, "ACCESS_LOG_UNWRITTEN")
                assert refused.value.access_id is None
            with pytest.raises(Problem) as refused:
                list(desk.batch([question(), question()]))
            assert refused.value.code == "ACCESS_LOG_UNWRITTEN"
        finally:
            execute(superuser, mend)
        assert served.logged(desk.lookup(question()))
    assert _alarms(served) == before + 4
    assert execute(superuser, "SELECT count(*) FROM audit.access_event") == [(tables + 2,)]


def test_no_partition_no_answer(served, superuser):
    """A month without its partition is a fault of ours; an answer that fits no month leaves nobody."""
    parts = execute(
        superuser, "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'audit.access_event'::regclass"
    )
    bounds = {
        part: execute(superuser, f"SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE oid = '{part}'::regclass")[
            0
        ][0]
        for (part,) in parts
    }
    with served.reader() as desk:
        execute(superuser, *(f"ALTER TABLE audit.access_event DETACH PARTITION {part}" for part in bounds))
        try:
            with pytest.raises(Problem) as refused:
                desk.lookup(question())
            assert (refused.value.status, refused.value.code) == (503, "ACCESS_LOG_UNWRITTEN")
        finally:
            execute(
                superuser,
                *(f"ALTER TABLE audit.access_event ATTACH PARTITION {part} {bound}" for part, bound in bounds.items()),
            )
        assert served.logged(desk.lookup(question()))

"""A database that a test gives back is what it was, or is not given to another."""

from __future__ import annotations

from contextlib import closing

import psycopg2
import pytest
from copies import Copies, named, run

_ADDED = "INSERT INTO org.office (code, kind, name_vi, name_en) VALUES ('X', 'CONSUMER', 'x', 'x')"


@pytest.fixture(scope="module")
def copies(admin_url):
    with closing(Copies(admin_url)) as made:
        yield made


@pytest.fixture
def template(_migrated):
    return _migrated


def _number(url: str, query: str) -> int:
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        return int(cursor.fetchone()[0])


def _oid(url: str) -> int:
    return _number(url, "SELECT oid FROM pg_database WHERE datname = current_database()")


def test_rows_and_numbers_of_a_test_are_gone(copies, template):
    with copies.one(template) as url:
        first = _oid(url)
        sequence = "SELECT nextval(pg_get_serial_sequence('org.office', 'office_id'))"
        numbers = [_number(url, sequence), _number(url, sequence)]
        run(url, _ADDED, "CREATE TEMPORARY TABLE gone (a int)")
        assert _number(url, "SELECT count(*) FROM org.office") == 1
    for _ in range(2):
        with copies.one(template) as url:
            assert _oid(url) == first
            assert _number(url, "SELECT count(*) FROM org.office") == 0
            assert _number(url, sequence) == numbers[0]
            run(url, _ADDED)


@pytest.mark.parametrize(
    "change",
    [
        "TRUNCATE ref.code_entry",
        "GRANT SELECT ON audit.seal TO landdata_api",
        "ALTER TABLE org.office ADD COLUMN more text",
        "CREATE FUNCTION public.two() RETURNS int LANGUAGE sql RETURN 2",
        "CREATE SCHEMA more",
        "DROP INDEX intake.delivery_state_idx",
        "ANALYZE org.office",
        "INSERT INTO public.spatial_ref_sys (srid) SELECT generate_series(910000, 915000)",
        "GRANT CONNECT ON DATABASE {name} TO PUBLIC",
        "ALTER ROLE landdata_api IN DATABASE {name} SET statement_timeout = 1",
        "SELECT pg_stat_reset()",
    ],
)
def test_one_changed_otherwise_is_dropped(copies, admin_url, template, change):
    with copies.one(template) as url:
        first, name = _oid(url), url.split("/")[3].split("?")[0]
        run(named(admin_url, name), _ADDED, change.format(name=f'"{name}"'))
    with copies.one(template) as url:
        assert _oid(url) != first
        assert _number(url, "SELECT count(*) FROM org.office") == 0


def test_whoever_is_still_inside_is_put_out_and_finds_no_way_back(copies, template):
    with copies.one(template) as url:
        left = psycopg2.connect(url)
        with left.cursor() as cursor:
            cursor.execute(_ADDED)  # not committed
    with closing(left), pytest.raises(psycopg2.OperationalError):
        left.cursor().execute("SELECT 1")
    with pytest.raises(psycopg2.OperationalError, match="does not exist"):
        psycopg2.connect(url)


def test_states_and_counters_are_put_back(copies, admin_url, template):
    read = "SELECT asked + (SELECT count(*) FROM sync.delivery_method) FROM match.platform"
    words = "SELECT sum(hashtext(s::text)) FROM public.spatial_ref_sys s"
    with copies.one(template) as url:
        first, was = _oid(url), (_number(url, read), _number(url, words))
        run(
            named(admin_url, url.split("/")[3].split("?")[0]),
            "UPDATE match.platform SET asked = 99",
            "UPDATE public.spatial_ref_sys SET srtext = srtext || E'\\n' WHERE srid = 4326",
            "DELETE FROM sync.delivery_method",
        )
        assert _number(url, read) == 99
        assert _number(url, words) != was[1]
    with copies.one(template) as url:
        assert (_oid(url), (_number(url, read), _number(url, words))) == (first, was)


def test_a_change_in_the_largest_tables_is_counted(monkeypatch, admin_url, template):
    monkeypatch.setattr("copies._LARGE", 5_000)
    with closing(Copies(admin_url)) as copies:
        for again in (True, False):
            with copies.one(template) as url:
                first = _oid(url)
                if not again:
                    run(
                        named(admin_url, url.split("/")[3].split("?")[0]),
                        "UPDATE public.spatial_ref_sys SET srtext = '' WHERE srid = 4326",
                    )
            with copies.one(template) as url:
                assert (_oid(url) == first) is again

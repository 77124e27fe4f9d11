"""A sealed access log, a superuser with all triggers off, and a database to rebuild a country in."""

from __future__ import annotations

from contextlib import closing

import psycopg2
import pytest
from landworld import Desk
from logworld import add, sealed
from sqlalchemy import make_url

from landdata.store.engine import Database


@pytest.fixture
def log(country, tmp_path) -> Desk:
    """Three seals of four entries each, and two entries not yet sealed."""
    desk = Desk(country, tmp_path)
    for _ in range(3):
        add(desk, 4)
        assert sealed(desk) == [4]
    add(desk, 2)
    return desk


@pytest.fixture
def empty(new_database, _migrated):
    """A database without a row, for a country to be rebuilt in."""
    with (
        new_database(_migrated) as url,
        closing(Database(url, pool_size=12, wait_seconds=60, lost_after_ms=120_000)) as db,
    ):
        yield db


@pytest.fixture
def superuser(country_url, admin_url):
    """Runs statements with all triggers off, as only a superuser can."""
    url = make_url(admin_url).set(database=make_url(country_url).database).render_as_string(hide_password=False)
    connection = psycopg2.connect(url)
    connection.autocommit = True

    def run(sql: str, *values: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(sql, values)

    yield run
    connection.close()

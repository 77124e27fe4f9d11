"""What every test leans on: a real PostGIS made by the real migrations, a database of one's own, no network beyond loopback."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from sqlalchemy import make_url

from landdata.flows import reference
from landdata.store import migrate, roles
from landdata.store.engine import Database
from sync.engine import install

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "fixtures" / "reference"
_ROLE = "landdata"
# Both templates of the run that started this one (tests/guards): whoever names them has the same migrations.
TEMPLATES = "LANDDATA_TEST_TEMPLATES"
_PLACES = {"faults": -2, "sync": -1, "policy": 1}
_LOOPBACK = ("127.", "::1", "localhost")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", help="also run the full sizes of long tests")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    # Files go to the processes in this order: the longest first and the shortest last, so that all end together.
    items.sort(key=lambda item: _PLACES.get(item.path.relative_to(ROOT / "tests").parts[0], 0))
    if config.getoption("--all"):
        return
    for item in items:
        if item.get_closest_marker("full"):
            item.add_marker(pytest.mark.skip(reason="full size: runs with --all"))


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that talks to anything but this machine is a defect."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and not str(address[0]).startswith(_LOOPBACK):
            raise AssertionError(f"a test tried to reach {address!r}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session")
def admin_url() -> str:
    """Superuser's address of a server for tests; `./run test` starts one and names it."""
    url = os.environ.get("LANDDATA_TEST_ADMIN_URL", "")
    if not url:
        pytest.fail("LANDDATA_TEST_ADMIN_URL is not set: start the tests with ./run test")
    return url


def _run(url: str, *statements: str) -> None:
    connection = psycopg2.connect(url)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    finally:
        connection.close()


def _named(url: str, database: str, *, role: str | None = None) -> str:
    made = make_url(url).set(database=database)
    return (made.set(username=role) if role else made).render_as_string(hide_password=False)


@contextmanager
def _database(admin: str, name: str, *, template: str | None = None) -> Iterator[str]:
    made = [f'CREATE DATABASE "{name}" OWNER {_ROLE}']
    if template:
        # Copying files takes a third of the time that writing each page to the log takes. The rights to enter it and each
        # role's patience are the database's own, and not copied.
        made = [f"{made[0]} TEMPLATE {template} STRATEGY file_copy", *roles.database_statements(name, _ROLE)]
    _run(admin, *made)
    try:
        yield _named(admin, name, role=_ROLE)
    finally:
        _run(admin, f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def _copied(admin: str, name: str, place: int) -> Iterator[None]:
    """A template of another run's, with the functions and rights of this tree."""
    with _database(admin, name, template=os.environ[TEMPLATES].split()[place]) as url:
        db = Database(url, pool_size=1)
        migrate.migrate(db)
        db.close()
        yield


@pytest.fixture(scope="session")
def _migrated(admin_url: str) -> Iterator[str]:
    """Name of a template made by the real migrations, with the job engine's tables."""
    name = f"test_migrated_{os.getpid()}"
    if TEMPLATES in os.environ:
        with _copied(admin_url, name, 0):
            yield name
        return
    exists = f"SELECT FROM pg_roles WHERE rolname = '{_ROLE}'"
    _run(admin_url, f"DO $$ BEGIN IF NOT EXISTS ({exists}) THEN CREATE ROLE {_ROLE} LOGIN; END IF; END $$")
    with _database(admin_url, name) as url:
        superuser = Database(_named(admin_url, name), pool_size=1)
        migrate.bootstrap(superuser, _ROLE)
        superuser.close()
        db = Database(url, pool_size=1)
        migrate.migrate(db)
        asyncio.run(install(url))
        migrate.grant(db)
        db.close()
        yield name


@pytest.fixture(scope="session")
def _registered(admin_url: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """Name of a template that also holds the reference data."""
    name = f"test_registered_{os.getpid()}"
    if TEMPLATES in os.environ:
        with _copied(admin_url, name, 1):
            yield name
        return
    with _database(admin_url, name, template=request.getfixturevalue("_migrated")) as url:
        db = Database(url, pool_size=1)
        reference.load(db, REFERENCE)
        db.close()
        yield name


@pytest.fixture(scope="session")
def new_database(admin_url: str) -> Callable[[str], Any]:
    """Makes a database from a template, as a context: `with new_database(template) as url`."""

    def make(template: str) -> Any:
        return _database(admin_url, f"test_{secrets.token_hex(6)}", template=template)

    return make


@pytest.fixture
def database_url(new_database: Callable[[str], Any], _migrated: str) -> Iterator[str]:
    """Address of an empty, migrated database of this test's own."""
    with new_database(_migrated) as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty, migrated database of this test's own."""
    db = Database(database_url, pool_size=8)
    yield db
    db.close()


@pytest.fixture
def country_url(new_database: Callable[[str], Any], _registered: str) -> Iterator[str]:
    """Address of a database of this test's own that holds the reference data."""
    with new_database(_registered) as url:
        yield url


@pytest.fixture
def country(country_url: str) -> Iterator[Database]:
    """A database of this test's own that holds the reference data."""
    db = Database(country_url, pool_size=8)
    yield db
    db.close()


@pytest.fixture(scope="module")
def shared_country_url(new_database: Callable[[str], Any], _registered: str) -> Iterator[str]:
    """Address of a database with the reference data that the tests of a module share; they only read, or add apart."""
    with new_database(_registered) as url:
        yield url


@pytest.fixture(scope="module")
def shared_country(shared_country_url: str) -> Iterator[Database]:
    """A database with the reference data, shared by the tests of a module."""
    db = Database(shared_country_url, pool_size=8)
    yield db
    db.close()

"""What every test leans on: a real PostGIS made by the real migrations, a database of one's own, no network beyond loopback."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import sys
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from xdist.scheduler import LoadScopeScheduling

from landdata.flows import reference
from landdata.store import migrate
from landdata.store.engine import Database
from sync.engine import install

sys.path.insert(0, str(Path(__file__).parent))

from copies import ROLE, Copies, create, drop, named, run  # found by the line above

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "fixtures" / "reference"
# Both templates of the run that started this one (tests/guards): whoever names them has the same migrations.
TEMPLATES = "LANDDATA_TEST_TEMPLATES"
# All processes of one run share its templates and know them by this name.
_RUN = "LANDDATA_TEST_RUN"
_PLACES = {"browser": -4, "embedded": -3, "faults": -2, "sync": -1, "policy": 1}
# Folders whose files share services that take half a minute to make: all of it goes to one process.
_TOGETHER = {"browser"}
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


class _Shares(LoadScopeScheduling):
    """Gives files to the processes as a whole, since their tests share databases and services.

    By the path and not by `xdist_group`: that mark has no effect with pytest 9.2 (pytest-xdist issue 1386), and the
    tests of a file were dealt out like cards, so that each process made everything they share.
    """

    def _split_scope(self, nodeid: str) -> str:
        return _share(nodeid)


def _share(nodeid: str) -> str:
    """What goes to one process together with this test."""
    path = nodeid.partition("::")[0]
    folder = path.removeprefix("tests/").partition("/")[0]
    return folder if folder in _TOGETHER else path


@pytest.hookimpl(optionalhook=True)  # there is none with `-p no:xdist`
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> _Shares:
    return _Shares(config, log)


_DOERS: dict[str, set[str]] = defaultdict(set)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if node := getattr(report, "node", None):  # of several processes
        _DOERS[_share(report.nodeid)].add(node.gateway.id)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    torn = sorted(share for share, doers in _DOERS.items() if len(doers) > 1)
    if torn:
        print(f"\nFAILED what belongs together was done by several processes: {', '.join(torn)}")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        os.environ[_RUN] = str(os.getpid())


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Ten thousand tests are found, and none goes before the end: they are not looked through for what may go."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_unconfigure(config: pytest.Config) -> None:
    # The process that started the others ends last.
    admin = os.environ.get("LANDDATA_TEST_ADMIN_URL", "")
    if admin and not hasattr(config, "workerinput"):
        with suppress(psycopg2.OperationalError):
            for what in ("migrated", "registered"):
                drop(admin, _template(what))


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


def _template(what: str) -> str:
    return f"test_{what}_{os.environ[_RUN]}"


@contextmanager
def _once(admin: str, name: str) -> Iterator[bool]:
    """Whether the template is still to be made: the first process to ask does, and the others wait for it."""
    with closing(psycopg2.connect(admin)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", (name,))
        cursor.execute("SELECT count(*) FROM pg_database WHERE datname = %s", (name,))
        try:
            yield cursor.fetchone() == (0,)
        except BaseException:
            drop(admin, name)
            raise


def _copied(admin: str, name: str, place: int) -> None:
    """A template of another run's, with the functions and rights of this tree."""
    create(admin, name, template=os.environ[TEMPLATES].split()[place])
    db = Database(named(admin, name, role=ROLE), pool_size=1)
    migrate.migrate(db)
    db.close()


@pytest.fixture(scope="session")
def _migrated(admin_url: str) -> str:
    """Name of a template made by the real migrations, with the job engine's tables. Nobody connects to it: it is copied."""
    name = _template("migrated")
    with _once(admin_url, name) as missing:
        if missing and TEMPLATES in os.environ:
            _copied(admin_url, name, 0)
        elif missing:
            _migrate(admin_url, name)
    return name


def _migrate(admin: str, name: str) -> None:
    exists = f"SELECT FROM pg_roles WHERE rolname = '{ROLE}'"
    run(admin, f"DO $$ BEGIN IF NOT EXISTS ({exists}) THEN CREATE ROLE {ROLE} LOGIN; END IF; END $$")
    create(admin, name)
    superuser = Database(named(admin, name), pool_size=1)
    migrate.bootstrap(superuser, ROLE)
    superuser.close()
    url = named(admin, name, role=ROLE)
    db = Database(url, pool_size=1)
    migrate.migrate(db)
    asyncio.run(install(url))
    migrate.grant(db)
    db.close()


@pytest.fixture(scope="session")
def _registered(admin_url: str, request: pytest.FixtureRequest) -> str:
    """Name of a template that also holds the reference data."""
    name = _template("registered")
    with _once(admin_url, name) as missing:
        if missing and TEMPLATES in os.environ:
            _copied(admin_url, name, 1)
        elif missing:
            create(admin_url, name, template=request.getfixturevalue("_migrated"))
            db = Database(named(admin_url, name, role=ROLE), pool_size=1)
            reference.load(db, REFERENCE)
            db.close()
    return name


@pytest.fixture(scope="session")
def new_database(admin_url: str) -> Iterator[Callable[[str], Any]]:
    """Gives a database as a template is, as a context: `with new_database(template) as url`."""
    with closing(Copies(admin_url)) as copies:
        yield copies.one


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

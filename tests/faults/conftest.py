"""A large enough delivery to be cut in the middle, a PostgreSQL server of one's own to be killed, and a small world to ask."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest
from sqlalchemy import make_url

sys.path.insert(0, str(Path(__file__).parents[1] / "sync"))
sys.path.insert(0, str(Path(__file__).parents[1] / "landdata"))
sys.path.insert(0, str(Path(__file__).parent))

from faultworld import COMMUNES, PARCELS, PROVINCE, World  # found by the line above
from servers import execute, fill, named, private_server
from syncworld import Process, register

from fixtures.generators import bench


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """A fault that cannot be tried here for want of rights or of a program: with --all that is a failure, not silence."""
    report = yield
    if report.skipped and item.config.getoption("--all"):
        report.outcome, report.longrepr = "failed", f"not tried, and --all tries everything: {report.longrepr[2]}"
    return report


@pytest.fixture(scope="session")
def files(tmp_path_factory):
    """The same communes twice, a third of the parcels changed in between: about 8,000 rows."""
    folder = tmp_path_factory.mktemp("files")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(bench, "PARCELS_PER_COMMUNE", PARCELS // COMMUNES)
        return tuple(
            bench.write_bench_files(folder, parcels=PARCELS, changed=changed, province_code=PROVINCE).path
            for changed in (0.0, 0.3)
        )


@pytest.fixture
def small_steps():
    """Makes a worker publish one commune a transaction, as a far larger delivery would: more places to be cut at."""

    def made(process: Process) -> Process:
        start = "import sys, landdata.flows.check as c; c.ROWS_AT_ONCE = 1; import sync.__main__ as s"
        process.arguments = ["-c", f"{start}; sys.exit(s.main())"]
        return process

    return made


@pytest.fixture
def office(country):
    return register(country, PROVINCE)


@pytest.fixture(scope="session")
def stored(admin_url, new_database, _registered):
    """Data folder of a server that has ended in order, with the reference data in its database `land`: for copies."""
    with private_server(options={"fsync": "off", "wal_recycle": "off"}) as server:
        with new_database(_registered) as url:  # while one reads the template, nobody could copy it
            fill(server, admin_url, make_url(url).database, "land")
        server.end(signal.SIGINT)
        yield server.data


@pytest.fixture(scope="module")
def server(stored):
    """A private server of the module's own, with the reference data."""
    with private_server(like=stored) as made:
        yield made


@pytest.fixture(scope="session")
def filled():
    """The database with the reference data of a server like `stored`, under another name; its owner's address."""

    def made(server, name="land") -> str:
        if name != "land":
            execute(server.url, f"ALTER DATABASE land RENAME TO {name}")
        return named(server.url, name, role="landdata")

    return made


@pytest.fixture(scope="module")
def world(shared_country_url, tmp_path_factory):
    """An office, a consumer and a citizen on the shared server."""
    made = World(shared_country_url, tmp_path_factory.mktemp("world"))
    yield made
    made.close()

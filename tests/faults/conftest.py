"""A large enough delivery to be cut in the middle, and a PostgreSQL server of one's own to be killed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "sync"))
sys.path.insert(0, str(Path(__file__).parent))

from faultworld import COMMUNES, PARCELS, PROVINCE  # found by the line above
from syncworld import Process, register, until

from fixtures.embedded.keeper import as_server_user
from fixtures.embedded.packages import find_server
from fixtures.generators import bench
from landdata.store.engine import Database


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


@pytest.fixture
def undisturbed(new_database, _registered):
    """A second database, for the same deliveries without faults."""
    with new_database(_registered) as url:
        db = Database(url, pool_size=4)
        register(db, PROVINCE)
        yield db
        db.close()


@dataclass
class Server:
    """A private PostgreSQL, reached by its socket only; tests may kill it."""

    folder: Path
    programs: Path
    running: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        return f"postgresql://postgres@/postgres?host={self.folder}"

    def start(self) -> None:
        settings = {"listen_addresses": "", "unix_socket_directories": str(self.folder), "max_connections": "60"}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = [str(self.programs / "postgres"), "-D", str(self.folder / "pg"), *options]
        with (self.folder / "log").open("ab") as log:
            self.running = subprocess.Popen(as_server_user(command), cwd="/", stdout=log, stderr=log)
        ready = [str(self.programs / "pg_isready"), "-q", "-h", str(self.folder)]
        until(lambda: subprocess.run(ready, check=False).returncode == 0, what=self.url)

    def end(self, sign: signal.Signals) -> None:
        """SIGQUIT: at once, without a checkpoint, as a fall of the machine; SIGINT: in order."""
        assert self.running is not None
        self.running.send_signal(sign)
        self.running.wait(30)


@pytest.fixture(scope="module")
def server():
    """Made by initdb; skipped where no PostgreSQL with PostGIS is installed as programs."""
    found = find_server()
    if found is None:
        pytest.skip("no server programs here to make a private server of")
    # Not below pytest's folder: the server runs as another user, who may not enter that.
    folder = Path(tempfile.mkdtemp(prefix="landdata-faults-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        initdb = [found.program("initdb"), "-D", str(folder / "pg"), "-U", "postgres", "-E", "UTF8"]
        subprocess.run(
            as_server_user([*initdb, "--locale=C.UTF-8", "-A", "trust"]), cwd="/", check=True, stdout=subprocess.DEVNULL
        )
        made = Server(folder, found.bin)
        made.start()
        try:
            yield made
        finally:
            made.end(signal.SIGINT)
    finally:
        shutil.rmtree(folder, ignore_errors=True)

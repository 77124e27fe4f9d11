"""A private PostgreSQL of a test's own: made where the test says, filled like the shared one, killed and started again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from copies import named
from syncworld import until

from fixtures.embedded.keeper import as_server_user
from fixtures.embedded.packages import find_server


def execute(url: str, *statements: str) -> list[Any]:
    """Statements one by one, outside a transaction; the rows of the last one."""
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []


@dataclass
class Server:
    """A private PostgreSQL, reached by its socket only; tests may kill it."""

    folder: Path
    """Of the socket and the log."""
    programs: Path
    data: Path
    options: Mapping[str, str] = field(default_factory=dict)
    running: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        return f"postgresql://postgres@/postgres?host={self.folder}"

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def program(self, name: str, *arguments: object) -> list[str]:
        """A program of the server as a user that it accepts."""
        return as_server_user([str(self.programs / name), *map(str, arguments)])

    def launch(self) -> None:
        """Begin to start; it may end by itself."""
        settings = {"listen_addresses": "", "unix_socket_directories": str(self.folder), "max_connections": "60"}
        options = [part for name, value in {**settings, **self.options}.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self.running = subprocess.Popen(
                self.program("postgres", "-D", self.data, *options), cwd="/", stdout=log, stderr=log
            )

    def start(self) -> None:
        self.launch()
        until(self.answers, what=self.url)

    def answers(self) -> bool:
        ready = [str(self.programs / "pg_isready"), "-q", "-h", str(self.folder)]
        return subprocess.run(ready, check=False).returncode == 0

    def end(self, sign: signal.Signals) -> None:
        """SIGQUIT: at once, without a checkpoint, as a fall of the machine; SIGINT: in order."""
        assert self.running is not None
        if self.running.poll() is None:
            self.running.send_signal(sign)
        self.running.wait(30)

    def kill(self) -> None:
        """SIGKILL to the server; its backends see it gone and end, and only then may another one start."""
        self.end(signal.SIGKILL)
        until(lambda: not self._attached(), what="the killed server's backends")

    def _attached(self) -> bool:
        """Whether a process still works in the data folder: PostgreSQL refuses to start beside it."""
        for one in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if (one / "cwd").readlink() == self.data:
                    return True
        return False


def fall(server: Server) -> None:
    """The server ends without a checkpoint, as when the machine falls, and stays away for a moment."""
    server.end(signal.SIGQUIT)
    time.sleep(1)
    server.start()


def cut_off(server: Server, database: str) -> None:
    """Every session in a database is ended, but for one that calls itself the holder."""
    of_it = f"datname = '{database}' AND application_name <> 'holder'"
    execute(server.url, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {of_it}")


@contextmanager
def private_server(
    *,
    like: Path | None = None,
    data: Path | None = None,
    wal: Path | None = None,
    options: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """Made by initdb, or a copy of the data folder `like`, and started; skipped where no PostgreSQL is installed."""
    found = find_server()
    if found is None:
        pytest.skip("no server programs here to make a private server of")
    # Not below pytest's folder: the server runs as another user, who may not enter that.
    folder = Path(tempfile.mkdtemp(prefix="landdata-faults-"))
    server = Server(folder, found.bin, data or folder / "pg", options or {})
    try:
        for place in filter(None, (folder, data and data.parent, wal and wal.parent)):
            own(place)
        made = ["initdb", "-D", server.data, "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--data-checksums",
                "--no-sync", "-A", "trust"]  # fmt: skip
        commands = (
            [server.program(*made)] if like is None else [as_server_user(["cp", "-a", str(like), str(server.data)])]
        )
        if wal is not None:
            commands.append(as_server_user(["mv", str(server.data / "pg_wal"), str(wal)]))
            commands.append(as_server_user(["ln", "-s", str(wal), str(server.data / "pg_wal")]))
        for command in commands:
            subprocess.run(command, cwd="/", check=True, stdout=subprocess.DEVNULL)
        server.start()
        try:
            yield server
        finally:
            # In order would wait for a receiver of WAL that is gone.
            server.end(signal.SIGQUIT)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def own(place: Path) -> None:
    """Give a folder to the account that the server runs as."""
    if os.geteuid() == 0:
        shutil.chown(place, "postgres", "postgres")


def fill(server: Server, admin_url: str, source: str, database: str) -> None:
    """A database on the private server with all that one of the shared server holds, and its roles."""
    psql = [server.programs / "psql", "-X", "-q", "-d", server.url]
    with subprocess.Popen(
        [server.programs / "pg_dumpall", "--roles-only", "-d", admin_url], stdout=subprocess.PIPE
    ) as roles:
        subprocess.run(psql, stdin=roles.stdout, check=True, capture_output=True)
    execute(server.url, f"CREATE DATABASE {database} OWNER landdata")
    dump = [server.programs / "pg_dump", "-Fc", "-Z0", "-d", named(admin_url, source)]
    with subprocess.Popen(dump, stdout=subprocess.PIPE) as source_of:
        restore = [server.programs / "pg_restore", "-d", named(server.url, database)]
        subprocess.run(restore, stdin=source_of.stdout, check=True)


@contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    """A file system of its own in memory; skipped where this user may not mount one."""
    folder = Path(tempfile.mkdtemp(prefix="landdata-disk-"))
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755", "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        folder.rmdir()
        pytest.skip(f"this user may not mount a file system: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)
        folder.rmdir()


def fill_up(folder: Path, *, leave: int) -> Path:
    """Write until so many bytes of the disk are left; the file to be removed."""
    ballast = folder / "ballast"
    with ballast.open("ab") as out:
        while (free := _free(folder)) > leave:
            out.write(bytes(min(1 << 16, free - leave)))
            out.flush()
    return ballast


def _free(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def tries(what: Callable[[], Any], *errors: type[Exception]) -> Callable[[], Any]:
    """For `until`: the call's answer, or False as long as it raises one of the errors."""

    def one() -> Any:
        with suppress(*errors):
            return what()
        return False

    return one

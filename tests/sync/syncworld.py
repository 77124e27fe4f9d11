"""Real processes for tests of the worker and of faults: worker, population platform; and what a database holds, as values."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Self
from uuid import UUID

import httpx
from sqlalchemy import text

from landdata.flows import offices, receive
from landdata.model.clients import ProvinceOffice
from landdata.model.deliveries import Declaration, Receipt
from landdata.store import keys as key_files
from landdata.store.engine import Database

ROOT = Path(__file__).resolve().parents[2]
DAY = date(2023, 3, 28)
OFFICE = "LO-TEST"
_MAKING = threading.Lock()


def until(happened: Callable[[], Any], *, seconds: float = 60.0, what: str = "") -> Any:
    """The first true answer; fails when there is none in time."""
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        if answer := happened():
            return answer
        time.sleep(0.02)
    raise AssertionError(f"waited {seconds:.0f} s in vain: {what or happened}")


def value(db: Database, sql: str, **values: Any) -> Any:
    """One value."""
    with db.read() as tx:
        return tx.connection.scalar(text(sql), values)


def register(db: Database, province: str) -> ProvinceOffice:
    """A land office with the right to back-date, since the files speak of communes as they were in 2023."""
    offices.register_office(db, code="MAE", kind="MINISTRY", name_vi="Bộ", name_en="Ministry")
    for login in ("first", "second"):
        offices.register_person(db, login=login, full_name=login, office_code="MAE")
    offices.register_land_office(db, code=OFFICE, name_vi="VPĐKĐĐ", name_en="Office", provinces=[(province, DAY)])
    offices.grant_backfill(db, office_code=OFFICE, reason="test", requested_by="first", approved_by="second")
    return ProvinceOffice(client_id="", office_code=OFFICE, token_id="", address="")


def _keys(data_dir: Path) -> Any:
    """The keys of a folder, made by whoever comes first: half of them there would be a loss."""
    with _MAKING:
        return key_files.make_all(data_dir)


def hand_in(db: Database, data_dir: Path, path: Path, key: str, *, office: str = OFFICE, day: date = DAY) -> Receipt:
    """Deliver a file as the API would."""
    with path.open("rb") as source:
        return receive.receive(
            db,
            data_dir=data_dir,
            keys=_keys(data_dir),
            caller=ProvinceOffice(client_id="", office_code=office, token_id="", address=""),
            chunks=iter(lambda: source.read(1 << 20), b""),
            declaration=Declaration(key, path.name, effective_on=day),
            max_bytes=1 << 30,
        )


def state_of(db: Database, delivery_uid: UUID) -> str:
    return str(value(db, "SELECT state FROM intake.delivery WHERE delivery_uid = :uid", uid=delivery_uid))


@dataclass
class Process:
    """A program of ours with LANDDATA_* settings of its own; what it says goes to a file."""

    arguments: list[str]
    settings: dict[str, str]
    log: Path
    running: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> Self:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("LANDDATA_")}
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(
                [sys.executable, *self.arguments], cwd=ROOT, env={**kept, **self.settings}, stdout=log, stderr=log
            )
        return self

    @property
    def pid(self) -> int:
        return self.running.pid if self.running else 0

    def alive(self) -> bool:
        return self.running is not None and self.running.poll() is None

    def end(self, sign: signal.Signals = signal.SIGKILL, *, seconds: float = 30.0) -> int:
        """Send a signal and wait for the end; the exit code."""
        assert self.running is not None
        if self.alive():
            self.running.send_signal(sign)
        return self.running.wait(seconds)

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.end()
        if kind is not None:
            print(self.arguments, self.said()[-5000:], sep="\n")  # pytest shows it beside the failure


def worker(url: str, data_dir: Path, *, population: str = "") -> Process:
    """`python -m sync` on a database, not started yet; a killed one can be started again."""
    key_files.make_all(data_dir)
    settings = {"LANDDATA_DATABASE_URL": url, "LANDDATA_DATA_DIR": str(data_dir), "LANDDATA_MATCH_BATCH": "100"}
    if population:
        settings["LANDDATA_POPULATION_URL"] = population
        settings["LANDDATA_POPULATION_SECRET_FILE"] = str(data_dir / "population" / "landdata.secret")
    return Process(["-m", "sync"], settings, data_dir / "worker.log")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@contextmanager
def platform(data_dir: Path) -> Iterator[httpx.Client]:
    """The mock population platform over the register in `data_dir/population`, and a client that sets its moods."""
    port = free_port()
    folder = data_dir / "population"
    arguments = ["-m", "fixtures.population", "--port", str(port), "--data", str(folder)]
    with (
        Process(arguments, {}, data_dir / "population.log"),
        httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client,
    ):
        until(lambda: _answers(client), what="population platform")
        yield client


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/health").status_code == 200
    except httpx.TransportError:
        return False


# Numbers that a database gives by itself, clocks, and what is random by design: no two runs agree on them.
_IGNORED = [
    "bearer_id", "checked_at", "delivery_id", "delivery_uid", "event_id", "finding_no", "finished_at", "first_seen_at",
    "id_number_sealed", "party_id", "publication_id", "received_at", "record_id", "recorded_at", "restores_record_id",
    "since_pub", "until_pub",
]  # fmt: skip
LAND = ("record", "parcel", "purpose", "certificate", "holder", "land_right", "asset")
_TABLES = (
    *(f"land.{name}" for name in LAND),
    *("stats.coverage_event", "stats.coverage_counter", "match.claim"),
    *("intake.raw_file", "intake.delivery", "intake.delivery_layer", "intake.delivery_commune", "intake.finding"),
)


def _digest(table: str) -> str:
    ended = " || (until_pub IS NULL)::text" if table == "land.record" else ""
    return f"sum(hashtextextended((to_jsonb(one) - CAST(:ignored AS text[]))::text{ended}, 0)::numeric)"


def contents(db: Database) -> dict[str, tuple[int, str]]:
    """Rows of every table that a delivery writes: how many, and the sum of their hashes."""
    found = {}
    with db.read() as tx:
        for table in _TABLES:
            query = text(f"SELECT count(*), coalesce({_digest(table)}, 0)::text FROM {table} one")
            found[table] = tuple(tx.connection.execute(query, {"ignored": _IGNORED}).one())
    return found


def communes(db: Database) -> dict[int, str]:
    """What stands in each commune, in all tables and the counter, in one snapshot: a word that changes with any of it."""
    land = " UNION ALL ".join(
        f"SELECT commune_id, '{name}' AS what, count(*) AS rows, {_digest(f'land.{name}')} AS digest "
        f"FROM land.{name} one GROUP BY 1"
        for name in LAND
    )
    counter = (
        "SELECT unit_id, 'counter', parcels + 1000000 * certificates::bigint, holders::numeric "
        "FROM stats.coverage_counter WHERE parcels + certificates + holders > 0"
    )
    with db.read() as tx:
        rows = tx.connection.execute(
            text(
                "SELECT commune_id, md5(string_agg(concat_ws(' ', what, rows, digest), ',' ORDER BY what)) "
                f"FROM ({land} UNION ALL {counter}) all_of_it GROUP BY 1"
            ),
            {"ignored": _IGNORED},
        )
        return {row[0]: row[1] for row in rows}


def unbalanced(db: Database) -> int:
    """Ledger lines and communes that do not add up, counters that differ from a count, parcels that stand twice."""
    return int(
        value(
            db,
            "SELECT (SELECT count(*) FROM intake.delivery_layer "
            "        WHERE rows_read <> rows_new + rows_changed + rows_unchanged + rows_refused) "
            "     + (SELECT count(*) FROM intake.delivery_commune "
            "        WHERE parcels_after <> parcels_before + parcels_new - parcels_retired) "
            "     + (SELECT count(*) FROM stats.coverage_counter c WHERE parcels <> "
            "        (SELECT count(*) FROM land.parcel p WHERE p.commune_id = c.unit_id AND p.is_current))",
        )
    )

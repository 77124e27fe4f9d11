"""Loading: a whole delivery, new and again unchanged, against binary COPY of the same rows and against ogr2ogr."""

from __future__ import annotations

import argparse
import io
import subprocess
import tempfile
from contextlib import closing
from datetime import date
from pathlib import Path

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2's own spelling
from sqlalchemy import make_url

from fixtures.generators.bench import BenchFile, write_bench_files
from landdata.flows import offices, publish, receive
from landdata.model.clients import ProvinceOffice
from landdata.model.deliveries import Declaration, State
from landdata.settings import Settings
from landdata.store import keys
from tests.bench.ground import TABLES, Ground, Result, Side, ground, say
from tests.bench.scale import run as scale
from tests.bench.wal import wal_of

PURPOSE = "a delivery end to end, new and unchanged, against binary COPY of the same rows, and against ogr2ogr"

_OFFICE = "LO-BENCH"
_DAY = date(2023, 3, 28)
_EMPTY = (
    "TRUNCATE " + ", ".join(f"land.{name}" for name in TABLES) + ", match.claim, stats.coverage_event, "
    "stats.coverage_counter, intake.delivery, sync.run, procrastinate_jobs CASCADE"
)
# A table in which the same can be found: by parcel, national id, certificate, number and person, beside geometry.
_SEARCHED = tuple(
    f"CREATE INDEX ON public.plain ({columns})"
    for columns in (
        "commune_code, map_sheet_number, parcel_number",
        "parcel_uid",
        "certificate_serial, registry_number",
        "id_number",
        "holder_name, birth_date",
    )
)
_GOAL_NEW, _GOAL_AGAIN, _GOAL_OGR = 0.5, 2.0, 1.0


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--parcels", type=int, default=200_000, help="size of the delivery (default 200000: below 10 minutes)"
    )
    parser.add_argument("--rounds", type=int, default=3, help="rounds; medians are compared (default 3)")
    scale.arguments(parser)


def run(admin_url: str, chosen: argparse.Namespace) -> list[Result]:
    """Measure; returns `load.new`, `load.unchanged` and `load.ogr2ogr`, or with `--full` what `scale.run` does."""
    if chosen.full:
        return scale.run(admin_url, chosen)
    with tempfile.TemporaryDirectory(prefix="landdata-bench-") as folder, ground(admin_url) as place:
        say(f"writing a file of {chosen.parcels:,} parcels")
        file = write_bench_files(Path(folder), parcels=chosen.parcels)
        return Load(place, file, Path(folder)).measure(chosen.rounds)


class Load:
    """One office delivering one file, as often as a round asks."""

    def __init__(self, place: Ground, file: BenchFile, folder: Path) -> None:
        self.place, self.file = place, file
        self.settings = Settings(database_url=place.url, data_dir=folder / "data")
        self.keys = keys.make_all(self.settings.data_dir)
        self.caller = ProvinceOffice(client_id="", office_code=_OFFICE, token_id="", address="")
        _register(place, file.province)

    def measure(self, rounds: int) -> list[Result]:
        copied, new, again, plain, bare = Side(), Side(), Side(), Side(), Side()
        say("taking the rows to copy from a first delivery")
        self._empty()
        self.deliver("first")
        rows = self._rows()
        images = self._images()
        for number in range(rounds):
            self._empty()
            with copied.timed():
                self._copy(images)
            self._empty()
            with new.timed():
                self.deliver(f"new-{number}")
            before = self._rows()
            self._settle()
            with wal_of(self.place, [f"land.{name}" for name in TABLES]) as wal, again.timed():
                self.deliver(f"again-{number}")
            if self._rows() != before or before != rows:
                raise AssertionError(f"the same file again wrote rows: {rows}, {before}, {self._rows()}")
            self._empty()
            with bare.timed():
                self._ogr2ogr("-overwrite")
            self.place.superuser("TRUNCATE public.plain", *_SEARCHED, "CHECKPOINT")
            with plain.timed():
                self._ogr2ogr("-append")
            say(f"round {number + 1} of {rounds}: copy {copied.seconds[-1]:.2f} s, new {new.seconds[-1]:.2f} s, "
                f"again {again.seconds[-1]:.2f} s, ogr2ogr {plain.seconds[-1]:.2f} s")  # fmt: skip
        total = sum(rows.values())
        fresh, same, ogr = copied.median / new.median, copied.median / again.median, plain.median / new.median
        speed = self.file.parcels / new.median
        return [
            Result("load.new", round(fresh, 3), f">= {_GOAL_NEW}", fresh >= _GOAL_NEW,
                f"{self.file.parcels:,} parcels, {total:,} rows in {len(TABLES)} tables; COPY {copied}; "
                f"delivery {new}, {speed:,.0f} parcels/s"),
            Result("load.unchanged", round(same, 3), f">= {_GOAL_AGAIN:g}", same >= _GOAL_AGAIN,
                f"COPY {copied}; the same file again {again}; rows written 0; {wal}"),
            Result("load.ogr2ogr", round(ogr, 3), f">= {_GOAL_OGR:g}", ogr >= _GOAL_OGR,
                f"ogr2ogr -t_srs EPSG:4326 by COPY into one plain table, no checks, with the indexes by which parcels, "
                f"certificates and holders are found: {plain}, with a GiST index alone: {bare}; delivery {new}"),
        ]  # fmt: skip

    def deliver(self, key: str) -> None:
        """From the file on disk to published."""
        with self.file.path.open("rb") as source:
            receipt = receive.receive(
                self.place.db,
                data_dir=self.settings.data_dir,
                keys=self.keys,
                caller=self.caller,
                chunks=iter(lambda: source.read(1 << 20), b""),
                declaration=Declaration(key, self.file.path.name, effective_on=_DAY),
                max_bytes=self.settings.delivery_max_bytes,
            )
        state = publish.deliver(
            self.place.db, delivery_uid=receipt.delivery_uid, settings=self.settings, keys=self.keys
        )
        if state is not State.PUBLISHED:
            raise AssertionError(f"the delivery ended {state}")

    def _ogr2ogr(self, *mode: str) -> None:
        """The same file with the same change of coordinates into one plain table, as fast as ogr2ogr can."""
        url = make_url(self.place.url)
        source = f"PG:dbname={url.database} user={url.username} host={url.query.get('host') or url.host}"
        port = url.query.get("port") or url.port
        command = [
            "ogr2ogr", "-f", "PostgreSQL", f"{source} port={port}" if port else source, self.file.path, "-t_srs", "EPSG:4326",
            "-nln", "public.plain", *mode, "-gt", "unlimited", "--config", "PG_USE_COPY", "YES",
        ]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True)

    def _empty(self) -> None:
        # Decisions are only ever added; the bench alone, as superuser, may forget them with its deliveries.
        self.place.superuser("SET session_replication_role = replica", _EMPTY)
        self.place.checkpoint()

    def _settle(self) -> None:
        """What autovacuum does within a minute of a load, so that a round does not depend on its moment."""
        self.place.superuser(*(f"VACUUM (ANALYZE) land.{name}" for name in TABLES))
        self.place.checkpoint()

    def _connect(self) -> closing[Connection]:
        return closing(psycopg2.connect(self.place.url))

    def _rows(self) -> dict[str, int]:
        with self._connect() as connection, connection.cursor() as cursor:
            found = {}
            for name in TABLES:
                cursor.execute(f"SELECT count(*) FROM land.{name}")
                (found[name],) = cursor.fetchone() or (0,)
            return found

    def _images(self) -> dict[str, bytes]:
        images = {}
        with self._connect() as connection, connection.cursor() as cursor:
            for name in TABLES:
                image = io.BytesIO()
                cursor.copy_expert(f"COPY land.{name} TO STDOUT (FORMAT binary)", image)
                images[name] = image.getvalue()
        return images

    def _copy(self, images: dict[str, bytes]) -> None:
        with self._connect() as connection:
            with connection.cursor() as cursor:
                for name, image in images.items():
                    cursor.copy_expert(f"COPY land.{name} FROM STDIN (FORMAT binary)", io.BytesIO(image), size=1 << 20)
            connection.commit()


def _register(place: Ground, province: str) -> None:
    """The office, and its right to back-date: the file speaks of communes as they were in 2023."""
    offices.register_office(place.db, code="MAE", kind="MINISTRY", name_vi="Bộ", name_en="Ministry")
    for login in ("first", "second"):
        offices.register_person(place.db, login=login, full_name=login, office_code="MAE")
    offices.register_land_office(
        place.db, code=_OFFICE, name_vi="Văn phòng đo", name_en="Bench", provinces=[(province, _DAY)]
    )
    offices.grant_backfill(place.db, office_code=_OFFICE, reason="bench", requested_by="first", approved_by="second")

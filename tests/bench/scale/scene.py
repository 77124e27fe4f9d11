"""The country that is filled: its database, its offices, what they hand in, and how far it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2's own spelling

from fixtures.generators.bench import BenchFile, write_bench_files
from landdata.flows import offices, receive
from landdata.model.clients import ProvinceOffice
from landdata.model.deliveries import Declaration, Receipt, State
from landdata.settings import Settings
from landdata.store import raw
from landdata.store.keys import Keys
from tests.bench.ground import Ground
from tests.bench.scale.shares import EACH, Piece

DAY = date(2023, 3, 28)


@dataclass(frozen=True, slots=True)
class Scene:
    """`folder` holds what the service keeps (`data`), files on their way (`files`) and rows set aside (`rows`)."""

    place: Ground
    folder: Path
    settings: Settings
    keys: Keys
    drop_raw: bool
    _asking: list[Connection] = field(default_factory=list, repr=False)

    @property
    def files(self) -> Path:
        return self.folder / "files"

    def asked(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of a query, by a superuser and over one connection, since it is asked all the time."""
        if not self._asking:
            self._asking.append(psycopg2.connect(self.place.admin_url))
            self._asking[0].autocommit = True
        with self._asking[0].cursor() as cursor:
            cursor.execute(sql, values or None)
            return cursor.fetchall()

    def close(self) -> None:
        for one in self._asking:
            one.close()

    def one(self, sql: str, *values: Any) -> Any:
        return self.asked(sql, *values)[0][0]

    def register(self, provinces: Sequence[str]) -> None:
        """An office for each province, with the right to back-date: the files speak of communes as they were in 2023."""
        if self.one("SELECT count(*) FROM org.office"):
            return
        offices.register_office(self.place.db, code="MAE", kind="MINISTRY", name_vi="Bộ", name_en="Ministry")
        for login in ("first", "second"):
            offices.register_person(self.place.db, login=login, full_name=login, office_code="MAE")
        for code in provinces:
            office = f"LO-{code}"
            offices.register_land_office(
                self.place.db, code=office, name_vi="Văn phòng", name_en="Office", provinces=[(code, DAY)]
            )
            offices.grant_backfill(
                self.place.db, office_code=office, reason="bench", requested_by="first", approved_by="second"
            )

    def hand_in(self, piece: Piece, file: Path, key: str) -> Receipt:
        """As the API would."""
        caller = ProvinceOffice(client_id="", office_code=f"LO-{piece.province}", token_id="", address="")
        with file.open("rb") as source:
            return receive.receive(
                self.place.db,
                data_dir=self.settings.data_dir,
                keys=self.keys,
                caller=caller,
                chunks=iter(lambda: source.read(1 << 20), b""),
                declaration=Declaration(key, file.name, effective_on=DAY),
                max_bytes=self.settings.delivery_max_bytes,
            )

    def states(self, deliveries: Sequence[UUID]) -> dict[UUID, State]:
        rows = self.asked(
            "SELECT delivery_uid::text, state FROM intake.delivery WHERE delivery_uid::text = ANY(%s)",
            [str(one) for one in deliveries],
        )
        return {UUID(uid): State(state) for uid, state in rows}

    def known(self) -> dict[str, tuple[UUID, State]]:
        """Deliveries that were handed in, by key."""
        rows = self.asked("SELECT idempotency_key, delivery_uid::text, state FROM intake.delivery")
        return {key: (UUID(uid), State(state)) for key, uid, state in rows}

    def parcels(self) -> int:
        """Parcels on record, as the counters say."""
        return int(self.one("SELECT coalesce(sum(parcels), 0) FROM stats.coverage_counter"))

    def forget_raw(self, delivery: UUID) -> None:
        """Remove the sealed copy of a file, where that was asked for."""
        if self.drop_raw:
            sha256 = self.one("SELECT sha256 FROM intake.delivery WHERE delivery_uid = %s", str(delivery))
            raw.place(self.settings.data_dir, bytes(sha256)).unlink(missing_ok=True)

    def database_bytes(self) -> int:
        return int(self.one("SELECT pg_database_size(current_database())"))

    def raw_bytes(self) -> int:
        return sum(path.stat().st_size for path in (self.settings.data_dir / "raw").glob("??/*"))

    def wal(self) -> int:
        """Bytes of log written since the server was made, by anybody."""
        return int(self.one("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')"))


def write(folder: Path, piece: Piece) -> BenchFile:
    """The file of a piece, in a folder of its own process."""
    return write_bench_files(
        folder,
        parcels=piece.parcels,
        seed=1 + piece.first // EACH,
        province_code=piece.province,
        communes=piece.communes,
        each=EACH,
        first=piece.first,
    )

"""What a delivery costs at a size of the tables: against binary COPY of the very rows that it wrote, in turn."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

import psycopg2

from landdata.flows import publish
from landdata.model.deliveries import State
from tests.bench.ground import TABLES, CannotRun, Side, say
from tests.bench.scale.scene import Scene, write
from tests.bench.scale.shares import Piece

# Everything that holds rows of a delivery; what holders claim of themselves comes last.
_LAND = tuple(f"land.{name}" for name in TABLES)
_CLAIM = "match.claim"


@dataclass
class Cost:
    """Seconds of each round. `land` is the part of COPY that `load.new` is held against: without the claims."""

    parcels: int  # on record when it began
    sample: int
    new: Side = field(default_factory=Side)
    copied: Side = field(default_factory=Side)
    land: Side = field(default_factory=Side)
    again: Side = field(default_factory=Side)
    rows: int = 0
    wal: list[int] = field(default_factory=list)

    def ratio(self) -> float:
        """Times as long as COPY: the middle one of the rounds, whose two sides met the same neighbours."""
        return median(new / copied for new, copied in zip(self.new.seconds, self.copied.seconds, strict=True))

    def __str__(self) -> str:
        each = self.new.median / self.sample
        return (
            f"at {self.parcels:,} parcels: {self.sample:,} new ones ({self.rows:,} rows) in {self.new}, "
            f"{1e6 * each:,.0f} us each; COPY of the same rows {self.copied}, without claims {self.land}; "
            f"{self.ratio():.2f} times COPY, {median(self.new.seconds) / self.land.median:.2f} without claims; "
            f"the same file again {self.again}; WAL {median(self.wal) / self.sample:,.0f} bytes a parcel"
        )

    def noted(self) -> dict[str, Any]:
        sides = {name: getattr(self, name).seconds for name in ("new", "copied", "land", "again")}
        return {"parcels": self.parcels, "sample": self.sample, "rows": self.rows, "wal": self.wal, **sides}

    @classmethod
    def of(cls, noted: dict[str, Any]) -> Cost:
        sides = {name: Side(noted[name]) for name in ("new", "copied", "land", "again")}
        return cls(noted["parcels"], noted["sample"], rows=noted["rows"], wal=noted["wal"], **sides)


def measure(scene: Scene, pieces: Sequence[Piece], cost: Cost, keep: Callable[[Cost], None]) -> None:
    """Each piece is one round: delivered new, copied, delivered again. In the end its rows stand as it delivered them.

    `cost` is told to `keep` after every round. A piece that was delivered before, by a run that was cut off, is left out.
    """
    say("levelling the ground: VACUUM (ANALYZE)")
    scene.place.superuser(*(f"VACUUM (ANALYZE) {name}" for name in (*_LAND, _CLAIM)))
    known = scene.known()
    for number, piece in enumerate(pieces):
        if piece.key in known:
            continue
        file = write(scene.files, piece).path
        scene.place.checkpoint()
        since, log = scene.one("SELECT clock_timestamp()"), scene.wal()
        with cost.new.timed():
            deliver(scene, piece, file, piece.key)
        cost.wal.append(scene.wal() - log)
        aside = Aside(scene)
        cost.rows = aside.take(piece.key, since)
        scene.place.checkpoint()
        with cost.copied.timed():
            cost.land.seconds.append(aside.put_back())
        scene.place.checkpoint()
        with cost.again.timed():
            deliver(scene, piece, file, f"{piece.key}-again", unchanged=True)
        file.unlink()
        keep(cost)
        say(
            f"round {number + 1} of {len(pieces)} at {cost.parcels:,}: new {cost.new.seconds[-1]:.2f} s, "
            f"copy {cost.copied.seconds[-1]:.2f} s, again {cost.again.seconds[-1]:.2f} s"
        )
    if not cost.new.seconds:
        raise CannotRun("every sample was used up by the run that was cut off; begin anew in another folder")


def deliver(scene: Scene, piece: Piece, file: Path, key: str, *, unchanged: bool = False) -> None:
    """From the file on disk to published, in this process. Raises AssertionError when it came to another end."""
    receipt = scene.hand_in(piece, file, key)
    uid = receipt.delivery_uid
    state = publish.deliver(scene.place.db, delivery_uid=uid, settings=scene.settings, keys=scene.keys)
    read, kept, refused = scene.asked(
        "SELECT rows_read, rows_unchanged, rows_refused FROM intake.delivery_layer JOIN intake.delivery USING (delivery_id) "
        "WHERE delivery_uid = %s",
        str(uid),
    )[0]
    if state is not State.PUBLISHED or refused or kept != (read if unchanged else 0):
        raise AssertionError(f"{key} ended {state}: {read} rows read, {kept} unchanged, {refused} refused")
    scene.forget_raw(uid)


class Aside:
    """Rows of a delivery, taken out of the tables into files and put back by COPY, without a trace in between."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._folder = scene.folder / "rows"
        self._folder.mkdir(exist_ok=True)
        # There while rows are in files alone, also after a cut: `put_back` heals it.
        self.mark = self._folder / "out"

    def take(self, key: str, since: datetime) -> int:
        """Take out what this delivery wrote, claims from `since` on; returns how many rows."""
        rows = 0
        units = [unit for (unit,) in self._scene.asked(
            "SELECT unit_id FROM intake.delivery_commune JOIN intake.delivery USING (delivery_id) WHERE idempotency_key = %s",
            key,
        )]  # fmt: skip
        mine = dict.fromkeys(_LAND, ("commune_id = ANY(%s)", units))
        mine |= {_CLAIM: ("status = 'PENDING' AND first_seen_at >= %s", since)}
        with closing(psycopg2.connect(self._scene.place.admin_url)) as connection, connection.cursor() as cursor:
            for name, (which, value) in mine.items():
                chosen = cursor.mogrify(f"SELECT * FROM {name} WHERE {which}", (value,)).decode()
                with self._file(name).open("wb") as file:
                    cursor.copy_expert(f"COPY ({chosen}) TO STDOUT (FORMAT binary)", file, size=1 << 20)
            self.mark.touch()
            # What is published is never deleted; the bench alone, as superuser, takes it out for a moment.
            cursor.execute("SET LOCAL session_replication_role = replica")
            for name, (which, value) in mine.items():
                cursor.execute(f"DELETE FROM {name} WHERE {which}", (value,))
                rows += cursor.rowcount
            connection.commit()
        # The tables and every index as they were before: no row, no entry, no page of it is left.
        self._scene.place.superuser(*(f"VACUUM (INDEX_CLEANUP ON, TRUNCATE ON) {name}" for name in mine))
        return rows

    def put_back(self) -> float:
        """COPY them in and commit; the seconds until all but the claims were in."""
        began = time.perf_counter()
        with closing(psycopg2.connect(self._scene.place.url)) as connection, connection.cursor() as cursor:
            for name in _LAND:
                self._copy(cursor, name)
            land = time.perf_counter() - began
            self._copy(cursor, _CLAIM)
            connection.commit()
        self.mark.unlink(missing_ok=True)
        return land

    def heal(self) -> None:
        """Put back what a run that was cut off had taken out."""
        if not self.mark.exists():
            return
        say("putting back what the last run had taken out")
        with closing(psycopg2.connect(self._scene.place.admin_url)) as connection, connection.cursor() as cursor:
            for name in (*_LAND, _CLAIM):
                cursor.execute(f"CREATE TEMPORARY TABLE back (LIKE {name})")
                cursor.copy_expert("COPY back FROM STDIN (FORMAT binary)", self._file(name).open("rb"))
                cursor.execute(f"INSERT INTO {name} OVERRIDING SYSTEM VALUE SELECT * FROM back ON CONFLICT DO NOTHING")
                cursor.execute("DROP TABLE back")
            connection.commit()
        self.mark.unlink()

    def _copy(self, cursor: Any, name: str) -> None:
        with self._file(name).open("rb") as file:
            cursor.copy_expert(f"COPY {name} FROM STDIN (FORMAT binary)", file, size=1 << 20)

    def _file(self, name: str) -> Path:
        return self._folder / name

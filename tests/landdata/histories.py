"""Random histories of a small country: deliveries and withdrawals by what the store does, and reforms that move its units.

No file is read, so that thousands of steps are seconds. What ought to stand is kept beside in plain dictionaries.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import text

from landdata.errors import WithdrawalBlocked
from landdata.flows import offices, withdraw
from landdata.flows.commune import changes
from landdata.model.deliveries import State
from landdata.model.succession import Edge, epochs_of, projections
from landdata.model.units import Division, Extent, Level, Unit
from landdata.reading.reference import members
from landdata.store import coverage, parcels, registers
from landdata.store.engine import Database, Writer

START, END = date(2023, 1, 10), date(2026, 8, 30)
DIVISIONS = (Division("2023", "2023", "2023", date(2023, 1, 1)), Division("2025", "2025", "2025", date(2025, 7, 1)))
REFORMS = 12
_CHILDREN = {
    "parcel": "INSERT INTO land.parcel (commune_id, record_id, parcel_no, map_sheet_number, parcel_number, address, "
    "map_area_m2, geom, is_current) SELECT :unit, :record, n, 1, :record * 10 + n, '', 1, "
    "ST_Multi(ST_MakeEnvelope(105, 10, 105.001, 10.001, 4326)), true FROM generate_series(1, :many) n",
    "certificate": "INSERT INTO land.certificate (commune_id, record_id, certificate_no, certificate_uid, serial, "
    "is_current) SELECT :unit, :record, n, gen_random_uuid(), 'DB', true FROM generate_series(1, :many) n",
    "holder": "INSERT INTO land.holder (commune_id, record_id, holder_no, certificate_no, name, holder_kind, is_current) "
    "SELECT :unit, :record, n, 1, 'A', '1', true FROM generate_series(1, :many) n",
}


@dataclass
class Handed:
    """A delivery: first versions of the records it brought, and of those it ended."""

    uid: Any
    brought: list[int] = field(default_factory=list)
    ended: list[int] = field(default_factory=list)
    withdrawn: bool = False


class Country:
    """Three provinces, six districts, fifteen communes at first; `step` does something to them."""

    def __init__(self, db: Database, worker: Database, seed: int) -> None:
        self.db, self.worker, self.random = db, worker, Random(seed)
        self.rows: list[dict[str, Any]] = []
        self.steps: list[dict[str, Any]] = []
        self.deliveries: list[Handed] = []
        self.standing: dict[int, tuple[int, tuple[int, int, int]]] = {}
        self.known: list[datetime] = []
        self.done: Counter[str] = Counter()
        self.reforms, self.reformed = 0, START
        offices.register_office(db, code="MAE", kind="MINISTRY", name_vi="Bộ", name_en="Ministry")
        for login in ("lan", "minh"):
            offices.register_person(db, login=login, full_name=login, office_code="MAE")
        for province in ("01", "24", "31"):
            self._unit(Level.PROVINCE, province, None)
            for at in range(2):
                district = f"{province}{at}"
                self._unit(Level.DISTRICT, district, province)
                for number in range(3 if at else 2):
                    self._unit(Level.COMMUNE, f"{district}{number:02d}", district)
        self.next_code = 50
        self._load()
        offices.register_land_office(
            db, code="LO", name_vi="LO", name_en="LO", provinces=[("01", START), ("24", START)]
        )
        offices.grant_backfill(db, office_code="LO", reason="thử", requested_by="lan", approved_by="minh")
        with db.write() as tx:
            tx.connection.execute(text("INSERT INTO intake.raw_file (sha256, size_bytes) VALUES (sha256('x'), 1)"))

    def step(self) -> None:
        """A delivery most often, else a withdrawal or a reform."""
        what = self.random.choices(["deliver", "withdraw", "reform"], [70, 26, 4])[0]
        if what == "reform" and self.reforms < REFORMS:
            self._reform()
        elif what == "withdraw" and self.deliveries:
            what = self._withdraw()
        else:
            what = "deliver"
            self._deliver()
        self.done[what] += 1
        if self.random.random() < 0.1:
            with self.db.read() as tx:
                self.known.append(tx.connection.scalar(text("SELECT clock_timestamp()")))

    def counted(self) -> dict[int, tuple[int, int, int]]:
        """Commune version -> parcels, certificates, holders that ought to stand."""
        found: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
        for unit, many in self.standing.values():
            found[unit] = [a + b for a, b in zip(found[unit], many, strict=True)]
        return {unit: (one[0], one[1], one[2]) for unit, one in found.items()}

    def day(self) -> date:
        return START + timedelta(days=self.random.randrange((END - START).days))

    # deliveries

    def _deliver(self) -> None:
        day = self.day()
        here = [unit for unit in self.units if unit.level is Level.COMMUNE and unit.valid_on(day)]
        chosen = sorted(unit.unit_id for unit in self.random.sample(here, self.random.choice((1, 1, 2, 3))))
        with self.db.write() as tx:
            made = tx.connection.execute(
                text(
                    "INSERT INTO intake.delivery (office_id, idempotency_key, declaration_hash, sha256, file_name, kind, "
                    "effective_on, backfill_grant_id, state, simulated) SELECT office_id, gen_random_uuid(), '', sha256('x'), "
                    "'', 'changes', :day, grant_id, 'PUBLISHED', :simulated FROM org.office JOIN org.role_grant "
                    "USING (office_id) WHERE code = 'LO' RETURNING delivery_id, delivery_uid"
                ),
                {"day": day, "simulated": self.random.random() < 0.1},
            ).one()
            handed = Handed(made.delivery_uid)
            olds = [one.old_unit_id for one in registers.predecessors(tx, chosen, on=day)]
            every = sorted({*chosen, *olds})
            parcels.lock_communes(tx, every)
            publication = parcels.new_publication(tx, delivery_id=made.delivery_id, kind="PUBLISH", effective_on=day)
            stand = tx.connection.execute(
                text(
                    "SELECT commune_id, record_id, coalesce(restores_record_id, record_id) AS first FROM land.record "
                    "WHERE until_pub IS NULL AND commune_id = ANY(:ids) ORDER BY record_id"
                ),
                {"ids": every},
            ).all()
            share = self.random.choice((0, 0.2, 0.5, 1))
            gone = [one for one in stand if self.random.random() < share]
            went = parcels.counts(tx, commune_ids=every, record_ids=[one.record_id for one in gone])
            ended = [one.record_id for one in gone]
            parcels.end(tx, commune_ids=every, record_ids=ended, publication_id=publication)
            handed.ended = [one.first for one in gone]
            came: dict[int, tuple[int, int, int]] = {}
            for unit in chosen if self.random.random() < 0.85 else []:
                record, many = self._record(tx, unit, publication)
                handed.brought.append(record)
                self.standing[record] = (unit, many)
                came[unit] = many
            for first in handed.ended:
                del self.standing[first]
            coverage.add(
                tx, changes(came, went), publication_id=publication, delivery_id=made.delivery_id, effective_on=day,
                backfilled=True, simulated=False,
            )  # fmt: skip
            for unit in every:
                tx.connection.execute(
                    text(
                        "INSERT INTO intake.delivery_commune (delivery_id, unit_id, parcels_before, parcels_new, "
                        "parcels_retired, parcels_after, publication_id, state) "
                        "VALUES (:delivery, :unit, 9, 0, 0, 9, :publication, 'PUBLISHED')"
                    ),
                    {"delivery": made.delivery_id, "unit": unit, "publication": publication},
                )
        self.deliveries.append(handed)

    def _record(self, tx: Writer, unit: int, publication: int) -> tuple[int, tuple[int, int, int]]:
        record = tx.connection.scalar(
            text(
                "INSERT INTO land.record (commune_id, record_id, content_hash, zone_epsg, row_count, since_pub) "
                "SELECT :unit, nextval('land.record_ids'), uuid_send(gen_random_uuid()), 9214, 1, :publication "
                "RETURNING record_id"
            ),
            {"unit": unit, "publication": publication},
        )
        many = (self.random.choice((0, 1, 1, 2)), self.random.choice((1, 1, 2)), self.random.choice((1, 2, 3)))
        for statement, count in zip(_CHILDREN.values(), many, strict=True):
            tx.connection.execute(text(statement), {"unit": unit, "record": record, "many": count})
        return record, many

    def _withdraw(self) -> str:
        open_ = [one for one in self.deliveries if not one.withdrawn]
        if not open_:
            return "withdraw nothing"
        one = self.random.choice(open_[-4:] if self.random.random() < 0.7 else open_)
        before = dict(self.standing)
        lost = {first: self._was(first) for first in one.ended}
        try:
            assert withdraw.carry_out(self.worker, delivery_uid=one.uid) is State.WITHDRAWN
        except WithdrawalBlocked:
            assert self.standing == before
            return "withdraw blocked"
        one.withdrawn = True
        for first in one.brought:
            self.standing.pop(first, None)
        self.standing |= lost
        return "withdraw"

    def _was(self, first: int) -> tuple[int, tuple[int, int, int]]:
        """What a record held, from its first version."""
        with self.db.read() as tx:
            unit = tx.connection.scalar(text("SELECT commune_id FROM land.record WHERE record_id = :r"), {"r": first})
            many = [
                tx.connection.scalar(text(f"SELECT count(*) FROM land.{table} WHERE record_id = :r"), {"r": first})
                for table in _CHILDREN
            ]
        return unit, (many[0], many[1], many[2])

    # units

    def _unit(self, level: Level, code: str, parent: str | None, since: date | None = None) -> dict[str, Any]:
        above = None if parent is None else "district" if len(parent) == 3 else "province"
        row = {
            "level": level.value, "code": code, "name_vi": code, "name_ascii": code, "type_vi": "", "full_name_vi": code,
            "parent_level": above, "parent_code": parent, "valid_from": since, "valid_to": None,
        }  # fmt: skip
        self.rows.append(row)
        return row

    def _step(self, old: dict[str, Any], new: dict[str, Any], extent: Extent, day: date) -> None:
        self.steps.append({"old": old, "new": new, "extent": extent, "on": day, "ref": f"NQ {self.reforms}"})

    def _reform(self) -> None:
        self.reforms += 1
        self.reformed += timedelta(days=self.random.randrange(20, 100))
        day = self.reformed
        here = [one for one in self.rows if one["level"] == "commune" and one["valid_to"] is None]
        if self.reforms == REFORMS // 2:
            self._no_districts(here, day)
        else:
            change = self.random.choice((self._merge, self._split, self._split, self._give, self._rename))
            change(self.random.sample(here, 2), day)
        self._load()

    def _merge(self, two: list[dict[str, Any]], day: date) -> None:
        new = self._unit(Level.COMMUNE, self._code(two[0]), two[0]["parent_code"], day)
        for old in two:
            old["valid_to"] = day
            self._step(old, new, Extent.FULL, day)

    def _split(self, two: list[dict[str, Any]], day: date) -> None:
        """One commune in two, the second sometimes in another district."""
        old, other = two
        old["valid_to"] = day
        for parent in (old["parent_code"], self.random.choice((old, other))["parent_code"]):
            self._step(old, self._unit(Level.COMMUNE, self._code(old), parent, day), Extent.PART, day)

    def _give(self, two: list[dict[str, Any]], day: date) -> None:
        """Part of a commune goes to another, which is a new version then; both go on."""
        old, other = two
        other["valid_to"] = day
        new = self._unit(Level.COMMUNE, other["code"], other["parent_code"], day)
        self._step(other, new, Extent.FULL, day)
        self._step(old, new, Extent.PART, day)

    def _rename(self, two: list[dict[str, Any]], day: date) -> None:
        old = two[0]
        old["valid_to"] = day
        self._step(old, self._unit(Level.COMMUNE, old["code"], old["parent_code"], day), Extent.FULL, day)

    def _no_districts(self, here: list[dict[str, Any]], day: date) -> None:
        """Districts end, 01 and 24 become one province under the code 24, and communes lie in provinces."""
        provinces = [one for one in self.rows if one["level"] == "province" and one["code"] != "31"]
        new = self._unit(Level.PROVINCE, "24", None, day)
        for old in provinces:
            old["valid_to"] = day
            self._step(old, new, Extent.FULL, day)
        for one in self.rows:
            if one["level"] == "district":
                one["valid_to"] = day
        for old in here:
            old["valid_to"] = day
            parent = "31" if old["parent_code"].startswith("31") else "24"
            self._step(old, self._unit(Level.COMMUNE, old["code"], parent, day), Extent.FULL, day)

    def _code(self, like: dict[str, Any]) -> str:
        self.next_code += 1
        return f"{like['code'][:2]}9{self.next_code}"

    def _load(self) -> None:
        """What loading the reference files does with them."""
        with self.db.write() as tx:
            self.units: tuple[Unit, ...] = registers.save_units(tx, self.rows)
            ids = {(unit.level.value, unit.code, unit.valid_from): unit.unit_id for unit in self.units}

            def of(row: dict[str, Any]) -> int:
                return ids[row["level"], row["code"], row["valid_from"]]

            registers.replace_successions(
                tx,
                [
                    {
                        "old_unit_id": of(one["old"]), "new_unit_id": of(one["new"]), "kind": "merge",
                        "effective_on": one["on"], "extent": one["extent"].value, "legal_ref": one["ref"], "basis": "",
                        "confidence": "high", "note": "",
                    } for one in self.steps
                ],
            )  # fmt: skip
            epochs = epochs_of(self.units)
            edges = [Edge(of(one["old"]), of(one["new"]), one["on"], one["extent"]) for one in self.steps]
            registers.replace_registers(
                tx, epochs=epochs, members={one.epoch_id: members(self.units, one.day) for one in epochs},
                images=projections(self.units, edges, epochs),
            )  # fmt: skip
            registers.replace_divisions(tx, DIVISIONS)
            coverage.count_connected(tx)

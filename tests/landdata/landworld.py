"""Small worlds for tests: rows of profile `flat`, files of them, an office that delivers, citizens and a desk that asks."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID, uuid4

import pyarrow as pa
import pyogrio
from joserfc.jwk import ECKey
from sqlalchemy import text

from fixtures.generators import register
from fixtures.generators.parcels import anchors
from landdata.flows import agreements, clients, decide, match, offices, publish, receive, share, withdraw
from landdata.flows.asking import Asker
from landdata.model import agreements as asked_for
from landdata.model.agreements import LookupRequest, PopulationReader
from landdata.model.asking import Limits
from landdata.model.clients import RESIDENCY_SCOPES, ProvinceOffice
from landdata.model.deliveries import Decision, Declaration, Kind
from landdata.model.fields import ALL_FIELDS_MASK
from landdata.model.parcels import FLAT_COLUMNS
from landdata.model.persons import Answer, Changed, Changes, Citizen
from landdata.reading.isolated import Layer
from landdata.reading.sniff import sniff
from landdata.reading.stored import Stored
from landdata.settings import Settings
from landdata.store import keys as key_files
from landdata.store import roles
from landdata.store.engine import Database
from landdata.store.keys import Keys
from landdata.store.roles import Role
from landdata.store.sharing import Gate

PROVINCE, EPSG = "24", 9214  # Bắc Giang, 107°00'
COMMUNES = tuple(commune.code for commune in register.province(PROVINCE).communes)
DAY = date(2023, 3, 28)
SHORT = {column.name: column.short for column in FLAT_COLUMNS}
AGENCY, SERVICE, CONSUMER = "CA-24", "CU-TRU-01", "police"

Row = dict[str, Any]


def through_gate(
    db: Database, keys: Keys, caller: PopulationReader, requests: list[LookupRequest]
) -> list[asked_for.Answer]:
    """Answers of the gate, in order; what it could not take is raised."""
    with closing(Gate(db)) as gate:
        rows = gate.ask([share.question(keys, caller, one) for one in requests])
    for row in rows:
        if isinstance(row, Exception):
            raise row
    return [share.reply(keys, caller, one, row, simulated=False) for one, row in zip(requests, rows, strict=True)]


def square(commune: str, place: int = 0, side: float = 10.0, province: str = PROVINCE) -> list[tuple[float, float]]:
    """A square parcel of the commune in metres of the province's zone; places do not touch."""
    east, north = anchors(register.province(province))[commune]
    x, y = round(east) + 15 * (place % 20), round(north) + 15 * (place // 20)
    return [(x, y), (x + side, y), (x + side, y + side), (x, y + side), (x, y)]


def row(commune: str, number: int, *, sheet: int = 1, **changed: Any) -> Row:
    """A clean row: one parcel of 100 m2, one certificate, one holder. `ring` is its geometry."""
    clean: Row = {
        "commune_code": commune,
        "map_sheet_number": sheet,
        "parcel_number": number,
        "parcel_address": "Thôn 1",
        "area_m2": 100.0,
        "private_m2": 100.0,
        "common_m2": 0.0,
        "purposes": "ONT:100.0",
        "use_term": "Lâu dài",
        "origins": "ONT:CNQ-CTT+3",
        "certificate_serial": f"DB {int(commune) * 10 + sheet:06d}{number:02d}",
        "registry_number": f"CH{number:05d}",
        "certificate_date": "15/10/2019",
        "certificate_type": 11,
        "holder_name": "Nguyễn Văn A",
        "holder_kind": 0,
        "id_type": "CCCD",
        "id_number": f"0240700{number:05d}",
        "birth_date": "1970",
        "gender": 1,
    }
    return clean | ({} if "ring" in changed else {"ring": square(commune, number)}) | changed


def geojson(rows: list[Row], *, epsg: int | None = EPSG, names_: dict[str, str] | None = None) -> bytes:
    """The rows as a GeoJSON file; a row's `geometry` stands instead of its `ring` when it has one."""
    features = []
    for one in rows:
        ring = one.get("ring")
        shape = one.get("geometry", {"type": "Polygon", "coordinates": [ring]} if ring else None)
        named = {
            (names_ or {}).get(name, name): value for name, value in one.items() if name not in {"ring", "geometry"}
        }
        features.append({"type": "Feature", "properties": named, "geometry": shape})
    file: dict[str, Any] = {"type": "FeatureCollection", "name": "thua_dat", "features": features}
    if epsg:
        file["crs"] = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{epsg}"}}
    return json.dumps(file, ensure_ascii=False).encode()


@dataclass
class People:
    """A population platform in memory: it says who bears a number, and never searches."""

    citizens: dict[str, Citizen] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    changed: list[Changed] = field(default_factory=list)

    def add(self, number: str, name: str, born: str, *, old: str | None = None, alive: bool = True) -> None:
        citizen = Citizen(self.ref(number), number, old, name, born, alive)
        self.citizens[number] = citizen
        if old:
            self.citizens[old] = citizen

    @staticmethod
    def ref(number: str) -> str:
        """The platform's own name for a citizen, which shows nothing of the number."""
        return hashlib.sha256(number.encode()).hexdigest()[:16]

    def verify(self, claims: list[Any], *, request_id: UUID) -> list[Answer]:  # noqa: ARG002  # the port's own signature
        self.asked.update(claim.id_number for claim in claims)
        found = (self.citizens.get(claim.id_number) for claim in claims)
        return [Answer(claim.identity_key, (one,) if one else ()) for claim, one in zip(claims, found, strict=True)]

    def changes(self, *, cursor: str, limit: int) -> Changes:
        """Whoever was changed, one after the other; the cursor is how many were told."""
        told = self.changed[int(cursor or 0) :][:limit]
        after = int(cursor or 0) + len(told)
        return Changes(tuple(told), str(after), after < len(self.changed))


class Desk:
    """One ministry, the land office of Bắc Giang with the back-fill right, and a consumer, on a database.

    Each thing is done as the role that does it in operation: taken in, worked off, answered.
    """

    def __init__(self, db: Any, data_dir: Path, *, backfill: bool = True) -> None:
        self.db, self.data_dir = db, data_dir
        url = db.engine.url.render_as_string(hide_password=False)
        self.uploader, self.worker, self.api = (
            roles.connect(url, one, pool_size=4) for one in (Role.UPLOADER, Role.WORKER, Role.API)
        )
        self.settings = Settings(data_dir=data_dir, reader_cpu_seconds=20)
        self.keys = key_files.make_all(data_dir)
        self.people = People()
        self.consumers: set[str] = set()
        offices.register_office(db, code="MAE", kind="MINISTRY", name_vi="Bộ", name_en="Ministry")
        for login in ("lan", "minh"):
            offices.register_person(db, login=login, full_name=login.title(), office_code="MAE")
        self.office("LO-24", PROVINCE, backfill=backfill)

    def close(self) -> None:
        for one in (self.uploader, self.worker, self.api):
            one.close()

    @staticmethod
    @contextmanager
    def open_layer(path: Path, *, limits: Any, scratch: Path) -> Any:  # noqa: ARG004  # the reader's own signature
        """`landdata.reading.isolated.open_layer` without the child process."""
        found = sniff(path)
        with TemporaryDirectory() as folder:
            link = Path(folder) / f"delivery.{found.value}"
            link.symlink_to(path.resolve())
            name = str(pyogrio.list_layers(link)[0, 0])
            meta, table = pyogrio.read_arrow(link, datetime_as_string=True)
            rows = Path(folder) / "rows.arrow"
            with pa.OSFile(str(rows), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
                writer.write_table(table)
            yield Layer(found, name, meta["crs"], Stored(rows), meta["geometry_name"] or "wkb_geometry")

    def office(self, code: str, province: str, *, on: date = DAY, backfill: bool = True) -> None:
        offices.register_land_office(self.db, code=code, name_vi=code, name_en=code, provinces=[(province, on)])
        if backfill:
            self.grant(code)

    def grant(self, code: str = "LO-24") -> None:
        offices.grant_backfill(self.db, office_code=code, reason="thử", requested_by="lan", approved_by="minh")

    # deliveries

    def send(self, data: bytes, *, key: str | None = None, office: str = "LO-24", **said: Any) -> Any:
        """Receive bytes; the rest of the work is `work`'s."""
        simulated = said.pop("simulated", False)
        declared = {"file_name": "thua.geojson", "effective_on": DAY, **said}
        return receive.receive(
            self.uploader,
            data_dir=self.data_dir,
            keys=self.keys,
            caller=ProvinceOffice("", office, "", ""),
            chunks=iter([data]) if data else iter([]),
            declaration=Declaration(idempotency_key=key or uuid4().hex, **declared),
            max_bytes=50_000_000,
            simulated=simulated,
        )

    def work(self, uid: UUID) -> Any:
        return publish.deliver(self.worker, delivery_uid=uid, settings=self.settings, keys=self.keys)

    def view(self, uid: UUID, office: str = "LO-24") -> Any:
        return receive.view(self.uploader, caller=ProvinceOffice("", office, "", ""), delivery_uid=uid)

    def deliver(self, rows: list[Row] | bytes, *, office: str = "LO-24", **said: Any) -> Any:
        """Receive and work off; the office's view of how it ended."""
        data = rows if isinstance(rows, bytes) else geojson(rows)
        receipt = self.send(data, office=office, **said)
        self.work(receipt.delivery_uid)
        return self.view(receipt.delivery_uid, office)

    def change(self, rows: list[Row], **said: Any) -> Any:
        """Deliver changes; a row is written unless it says otherwise."""
        return self.deliver([{"operation": "upsert"} | one for one in rows], kind=Kind.CHANGES, **said)

    def decide(self, uid: UUID, decision: str, *communes: str, login: str = "minh", **said: Any) -> Any:
        """A second person's word, and what comes of it."""
        decide.decide(
            self.db, delivery_uid=uid, office_code=None, decision=Decision(decision), login=login, reason="thử",
            communes=communes or None, **said,
        )  # fmt: skip
        self.work(uid)
        return self.view(uid)

    def withdraw(self, uid: UUID) -> Any:
        """Take a delivery back, as a person asks and the worker does it."""
        withdraw.ask(self.db, delivery_uid=uid, office_code=None, login="lan", reason="thử")
        return withdraw.carry_out(self.worker, delivery_uid=uid)

    # matching and look-ups

    def match(self, people: Any = None) -> int:
        return match.match_pending(self.asker(people), keys=self.keys, batch=50)

    def asker(self, people: Any = None, limits: Limits | None = None) -> Asker:
        """The platform as the worker asks it, without its pauses."""
        return Asker(self.worker, people or self.people, limits or Limits(), lambda _seconds: None)

    def consumer(self, client_id: str = CONSUMER) -> None:
        """Register a consumer's client, without an agreement, when it is not registered."""
        if client_id in self.consumers:
            return
        self.consumers.add(client_id)
        offices.register_office(self.db, code="C06", kind="CONSUMER", name_vi="C06", name_en="C06")
        jwks = {"keys": [ECKey.generate_key("P-256", auto_kid=True).as_dict(private=False)]}
        clients.register(self.db, client_id=client_id, office_code="C06", jwks=jwks, scopes=RESIDENCY_SCOPES)

    def agree(self, client_id: str = CONSUMER, **changed: Any) -> None:
        """An agreement in force for a client, registered when it is not."""
        self.consumer(client_id)
        said: dict[str, Any] = {
            "code": f"TT-{client_id}", "client_id": client_id, "purpose": "cư trú", "legal_ground": "Luật Cư trú",
            "service_codes": [SERVICE], "agency_codes": [AGENCY], "valid_from": DAY, "drafted_by": "lan",
            "approved_by": "minh", "daily_quota": 1000, "unbound_reason": "thử", "fields_mask": ALL_FIELDS_MASK,
        }  # fmt: skip
        agreements.sign(self.db, **said | changed)

    def request(self, number: str, name: str, born: str, **changed: Any) -> LookupRequest:
        """A look-up; `born` is ISO or a bare year."""
        full = date.fromisoformat(born) if len(born) > 4 else None
        said: dict[str, Any] = {
            "request_id": uuid4(), "agency_code": AGENCY, "officer_code": "CB-1", "service_code": SERVICE,
            "case_file_no": "HS-1", "id_number": number, "full_name": name, "date_of_birth": full,
            "birth_year": None if full else int(born), "unit": None, "fields": None,
        }  # fmt: skip
        return LookupRequest(**said | changed)

    def ask_all(
        self, requests: list[LookupRequest], *, client_id: str = CONSUMER, scopes: Any = RESIDENCY_SCOPES,
        bound: bool = False,
    ) -> Any:  # fmt: skip
        caller = PopulationReader(client_id, "jti", frozenset(scopes), "10.0.0.1", bound)
        return through_gate(self.api, self.keys, caller, requests)

    def ask(self, number: str, name: str = "Nguyễn Văn A", born: str = "1970", **changed: Any) -> dict[str, Any]:
        """One look-up's answer as the consumer reads it."""
        caller = {name: changed.pop(name) for name in ("client_id", "scopes", "bound") if name in changed}
        [answer] = self.ask_all([self.request(number, name, born, **changed)], **caller)
        body: dict[str, Any] = json.loads(answer.body)
        assert body["status"] == answer.status.value
        return body

    # plain looks at the database

    def scalar(self, sql: str, **values: Any) -> Any:
        with self.db.read() as tx:
            return tx.connection.scalar(text(sql), values)

    def rows(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        with self.db.read() as tx:
            return [tuple(one) for one in tx.connection.execute(text(sql), values)]

    def execute(self, sql: str, **values: Any) -> None:
        with self.db.write() as tx:
            tx.connection.execute(text(sql), values)

    def sizes(self, schema: str = "land") -> dict[str, int]:
        """Rows of every table of a schema."""
        tables = [one[0] for one in self.rows("SELECT tablename FROM pg_tables WHERE schemaname = :s", s=schema)]
        return {name: self.scalar(f'SELECT count(*) FROM {schema}."{name}"') for name in sorted(tables)}


def codes(view: Any) -> Counter[str]:
    """How often each finding stands in a delivery's view."""
    return Counter(one.code for one in view.findings)

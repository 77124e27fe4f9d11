"""What several offices send, one delivery after another: formats, kinds, refused rows and withdrawals, always the same."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import carriers
from joserfc.jwk import ECKey
from landworld import DAY, geojson, row, square

from fixtures.generators.register import province
from landdata.flows import clients, offices
from landdata.model.clients import DELIVER_SCOPE
from landdata.model.deliveries import Declaration, Kind
from landdata.store.engine import Database

PROVINCES = ("24", "46", "38", "01")
FORMATS = ("geojson", "csv", "gpkg", "shp", "xlsx", "fgb", "gml", "csv with map")
UNITS, PARCELS = 3, 8


@dataclass(frozen=True, slots=True)
class Sending:
    """One delivery of the plan: everything about it follows from the office's place and its number."""

    office: int
    number: int

    @property
    def key(self) -> str:
        return f"{PROVINCES[self.office]}-{self.number}"

    @property
    def kind(self) -> Kind:
        return Kind.CHANGES if self._turn % 4 == 2 else Kind.FULL

    @property
    def taken_back(self) -> bool:
        return self._turn % 4 == 3

    @property
    def by_tus(self) -> bool:
        return self._turn % 2 == 1

    @property
    def format(self) -> str:
        return FORMATS[(self.office + self.number) % len(FORMATS)]

    @property
    def _turn(self) -> int:
        return self.office + self.number

    def rows(self) -> list[dict[str, Any]]:
        """Some communes of the province, each time with other words in a third of the parcels; some rows are refused."""
        code = PROVINCES[self.office]
        own = [one.code for one in province(code).communes[:UNITS]]
        if self.kind is Kind.FULL:
            told = own[:: 1 + self.number % 2]
            made = [self._row(one, number) for one in told for number in range(1, PARCELS + 1)]
        else:
            made = [{"operation": "upsert", **self._row(own[1], number)} for number in range(1, PARCELS)]
            made.append({"operation": "retire", **self._row(own[1], PARCELS)})
        if self._turn % 3 == 1:
            made[0] = made[0] | {"commune_code": "99999"}
        return made

    def _row(self, commune: str, number: int) -> dict[str, Any]:
        place = f"Thôn {(self.number + number) % 3}"
        ring = square(commune, number, province=PROVINCES[self.office])
        return row(commune, number, ring=ring, parcel_address=place, holder_name=f"Trần {place}")

    def write(self, folder: Path) -> Path:
        """The file, as the writer of its format makes it."""
        path = folder / f"{self.key}.{self.format.partition(' ')[0]}"
        if path.exists():
            return path
        rows, epsg = self.rows(), province(PROVINCES[self.office]).epsg
        (work := folder / f"work-{self.key}").mkdir()
        match self.format:
            case "geojson":
                data = geojson(rows, epsg=epsg)
            case "csv":
                data = carriers.text_table(rows)
            case "xlsx":
                data = carriers.workbook(rows)
            case "shp":
                data = carriers.shape_zip(rows, work, epsg)
            case "csv with map":
                table = ("a.csv", carriers.text_table(rows, geometry=False))
                map_rows = [{name: one[name] for name in (*carriers.KEY, "ring")} for one in rows]
                data = carriers.zipped(table, carriers.ogr(map_rows, work, "GPKG", "a.gpkg", epsg=epsg))
            case "gml":
                data = carriers.ogr(rows, work, "GML", "a.gml", "-dsco", "FORMAT=GML3.2", epsg=epsg).read_bytes()
            case _:
                driver = {"gpkg": "GPKG", "fgb": "FlatGeobuf"}[self.format]
                data = carriers.ogr(rows, work, driver, f"a.{self.format}", epsg=epsg).read_bytes()
        path.write_bytes(data)
        shutil.rmtree(work)
        return path

    def declared(self, path: Path) -> Declaration:
        return Declaration(self.key, path.name, kind=self.kind, effective_on=DAY)


def office_of(code: str) -> str:
    return f"LO-{code}"


def client_of(code: str) -> str:
    return f"office-{code}"


def register(db: Database, key: ECKey) -> None:
    """The offices, each with the right to back-date and a client, all with one key."""
    offices.register_office(db, code="MAE", kind="MINISTRY", name_vi="Bộ", name_en="Ministry")
    for login in ("first", "second"):
        offices.register_person(db, login=login, full_name=login, office_code="MAE")
    public = {**key.as_dict(private=False), "kid": key.thumbprint(), "use": "sig", "alg": "ES256"}
    for code in PROVINCES:
        office = office_of(code)
        offices.register_land_office(db, code=office, name_vi=office, name_en=office, provinces=[(code, DAY)])
        offices.grant_backfill(db, office_code=office, reason="test", requested_by="first", approved_by="second")
        clients.register(
            db, client_id=client_of(code), office_code=office, jwks={"keys": [public]}, scopes={DELIVER_SCOPE}
        )

"""A small map: parcels of two offices in two provinces, windows onto it, and tiles as GDAL reads them."""

from __future__ import annotations

import asyncio
import math
from pathlib import Path
from typing import Any

import pyogrio
from landworld import COMMUNES, Desk, geojson, row, square

from fixtures.generators import register
from landdata.flows import extents, tiles
from landdata.flows.commune_names import CommuneNames
from landdata.model.crs import to_wgs84
from landdata.model.tiles import ParcelReader, Tile
from landdata.store import roles
from landdata.store.mapping import Windows
from landdata.store.roles import Role

HERE, THERE = "24", "79"  # Bắc Giang and Hồ Chí Minh City
EPSG_HERE, EPSG_THERE = 9214, 9210
COMMUNE_HERE = COMMUNES[0]
COMMUNE_THERE = register.province(THERE).communes[0].code
MINISTRY, OFFICE = ParcelReader("MAE", "lan"), ParcelReader("LO-24", "hoa")
OTHER, NOBODY = ParcelReader("LO-79", "tam"), ParcelReader("XX", "ai")
PARCELS = 40


class MapWorld:
    """Parcels 1 to 40 of one commune of each province; `windows` are of the map's own role."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        desk.office("LO-79", THERE)
        first = [
            row(COMMUNE_HERE, n, purposes="ONT:60.0;CLN:40.0" if n % 2 else "LUC:100.0") for n in range(1, PARCELS + 1)
        ]
        desk.deliver(first)
        second = [row(COMMUNE_THERE, n, ring=square(COMMUNE_THERE, n, province=THERE)) for n in range(1, PARCELS + 1)]
        desk.deliver(geojson(second, epsg=EPSG_THERE), office="LO-79")
        extents.keep(desk.worker)
        url = desk.db.engine.url.render_as_string(hide_password=False)
        self.db = roles.connect(url, Role.MAP, pool_size=4)
        self.windows = Windows(self.db, size=2)
        self.names = CommuneNames(self.windows)

    def close(self) -> None:
        self.windows.close()
        self.db.close()

    def tile(self, reader: ParcelReader, wanted: Tile) -> bytes:
        return asyncio.run(tiles.tile(self.windows, reader, wanted))


def corner(commune: str, number: int, province: str = HERE, epsg: int = EPSG_HERE) -> tuple[float, float]:
    """Longitude and latitude of the first corner of a parcel."""
    return to_wgs84(epsg, *square(commune, number, province=province)[0])


def tile_at(lon: float, lat: float, z: int) -> Tile:
    """The tile in which a place lies."""
    side = 2**z
    return Tile(
        z,
        math.floor((lon + 180) / 360 * side),
        math.floor((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * side),
    )


def layers(data: bytes, wanted: Tile, folder: Path) -> dict[str, Any]:
    """Layers of a tile as GDAL reads them: name -> (fields, rows, shapes in EPSG:3857 as WKB)."""
    (folder / str(wanted.z) / str(wanted.x)).mkdir(parents=True, exist_ok=True)
    path = folder / str(wanted.z) / str(wanted.x) / f"{wanted.y}.mvt"
    path.write_bytes(data)
    found = {}
    for name, _ in pyogrio.list_layers(path):
        meta, _, shapes, columns = pyogrio.raw.read(path, layer=name, CLIP="NO")
        rows = [dict(zip(meta["fields"], values, strict=True)) for values in zip(*columns, strict=True)]
        found[name] = (set(meta["fields"]), rows, shapes)
    return found

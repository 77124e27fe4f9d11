"""What describes vector tiles (TileJSON 3.0)."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from landdata.model.tiles import COMMUNES_FROM, DEEPEST, NUMBERS_FROM, PARCELS_FROM, PROVINCES_TO

TILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The tile.",
        "content": {"application/vnd.mapbox-vector-tile": {"schema": {"type": "string", "format": "binary"}}},
    },
    204: {"description": "Nothing lies there."},
    304: {"description": "It is still the same."},
}
# The mainland with Hoàng Sa and Trường Sa.
BOUNDS = (102.1, 6.0, 117.9, 23.5)


class TileLayer(BaseModel):
    """A layer of the tiles, with its properties in words."""

    id: str
    description: str
    minzoom: int
    maxzoom: int
    fields: dict[str, str]


class TileSet(BaseModel):
    """The tiles as MapLibre, QGIS and others take them."""

    tilejson: Literal["3.0.0"] = "3.0.0"
    name: str = "landdata"
    scheme: Literal["xyz"] = "xyz"
    tiles: list[str]
    minzoom: int = 0
    maxzoom: int = DEEPEST
    bounds: tuple[float, float, float, float] = Field(BOUNDS, description="West, south, east, north in degrees.")
    vector_layers: list[TileLayer]

    @classmethod
    def at(cls, address: str) -> TileSet:
        """As they are reached at this address."""
        return cls(tiles=[f"{address}/v1/tiles/{{z}}/{{x}}/{{y}}"], vector_layers=_LAYERS)


_UNIT = {"code": "Mã / code", "name": "Tên / name"}
_COMMUNE = {
    **_UNIT,
    "province_code": "Mã tỉnh / code of the province",
    "parcels": "Số thửa đang có / parcels on record",
    "in_force": "Còn hiệu lực / still in force",
}
_NUMBERS = {"map_sheet_number": "Số tờ bản đồ / map sheet", "parcel_number": "Số thửa / parcel number"}
_LAYERS = [
    TileLayer(
        id="provinces", description="Tỉnh và số xã đã kết nối / Provinces, and how many communes are connected",
        minzoom=0, maxzoom=PROVINCES_TO,
        fields={**_UNIT, "communes": "Số xã / communes", "connected": "Số xã có thửa / with parcels"},
    ),
    TileLayer(
        id="communes",
        description="Nơi có thửa đất của xã (bao lồi, không phải địa giới) / Where parcels of a commune lie: no boundary",
        minzoom=COMMUNES_FROM, maxzoom=PARCELS_FROM - 1, fields=_COMMUNE,
    ),
    TileLayer(
        id="commune_places", description="Một điểm mỗi xã, để ghi nhãn / A point for each commune's name",
        minzoom=COMMUNES_FROM, maxzoom=PARCELS_FROM - 1, fields=_COMMUNE,
    ),
    TileLayer(
        id="parcels", description="Thửa đất / Parcels", minzoom=PARCELS_FROM, maxzoom=DEEPEST,
        fields={
            "id": "Mã đối tượng trong /v1/features / id of the feature",
            "commune_code": "Mã xã / code of the commune",
            **_NUMBERS,
            "area_m2": "Diện tích trên giấy, nếu không có thì trên bản đồ / area on paper, or else on the map",
            "purpose": "Mã mục đích chính / code of the first purpose",
        },
    ),
    TileLayer(
        id="parcel_places", description="Một điểm trong mỗi thửa, để ghi số / A point within each parcel, for its number",
        minzoom=NUMBERS_FROM, maxzoom=DEEPEST, fields=_NUMBERS,
    ),
]  # fmt: skip

"""Vector tiles of the parcel map, for whoever may see parcels; communes and provinces where parcels are too small."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from api.direct import DirectRoute
from api.mapped import answer
from api.parcel_readers import ANSWERS, SECURITY, ParcelCaller, ProvenReader
from api.requests import refuse_repeats
from api.schemas.tiles import TILE, TileSet
from api.services import Served
from landdata.flows import tiles
from landdata.model.tiles import DEEPEST, Tile

router = APIRouter(
    prefix="/v1/tiles",
    tags=["map"],
    dependencies=[Depends(refuse_repeats)],
    responses=ANSWERS,
    route_class=DirectRoute,
)
_MOST = 2**DEEPEST
Zoom = Annotated[int, Path(ge=0, le=DEEPEST, description="Zoom; parcels from 15 on.")]
Place = Annotated[int, Path(ge=0, lt=_MOST, description="Column from the west, row from the north.")]


@router.get("/{z}/{x}/{y}", openapi_extra=SECURITY, response_class=Response, responses=TILE)
async def show(caller: ProvenReader, services: Served, request: Request, z: Zoom, x: Place, y: Place) -> Response:
    """One tile (Mapbox vector tile 2.1): what this caller may see of it, and nobody's name."""

    async def made() -> bytes:
        services.map_use.count(caller.subject, tiles=1)
        return await tiles.tile(services.windows, caller, Tile(z, x, y))

    return await answer(request, services, caller, made, "application/vnd.mapbox-vector-tile")


@router.get("", openapi_extra=SECURITY)
def describe(_: ParcelCaller, services: Served, response: Response) -> TileSet:
    """What tiles there are and what is in them (TileJSON 3.0)."""
    response.headers["Cache-Control"] = "private, max-age=60"
    return TileSet.at(services.issuer)

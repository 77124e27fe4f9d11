"""What a land office gets back of its delivery: refused rows, report, map; made when asked for, streamed, never stored."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from anyio import WouldBlock, to_thread
from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from api import problems
from api.callers import OfficeCaller
from api.requests import refuse_repeats
from api.schemas.problems import documented
from api.schemas.returns import file_of
from api.services import Served, Services
from landdata.flows import returns
from landdata.flows.report import ReportFormat
from landdata.flows.returns import MEDIA_OF, MapFormat, Returned
from landdata.model.clients import DELIVER_SCOPE, ProvinceOffice

router = APIRouter(
    prefix="/v1/deliveries",
    tags=["deliveries"],
    dependencies=[Depends(refuse_repeats)],
    responses=documented(400, 401, 403, 404, 409, 422, 503),
    default_response_class=StreamingResponse,
)
SECURITY = {"security": [{"oauth2": [DELIVER_SCOPE]}]}
_FORMATS = (".gpkg", ".zip", ".geojson", ".fgb", ".gml", ".csv", ".xlsx")
_CHUNK = 1 << 20


@router.get(
    "/{delivery_uid}/refused",
    responses=file_of("The refused rows.", *(MEDIA_OF[one] for one in _FORMATS)),
    openapi_extra=SECURITY,
)
async def refused(caller: OfficeCaller, services: Served, delivery_uid: UUID) -> StreamingResponse:
    """The refused rows in the format and coordinates they came in, each with why: mend them and deliver them again."""
    return await made(services, bound(returns.refused_rows, services, caller, delivery_uid))


@router.get(
    "/{delivery_uid}/report",
    responses=file_of("Every finding.", "application/json", "text/csv", MEDIA_OF[".xlsx"]),
    openapi_extra=SECURITY,
)
async def report(
    caller: OfficeCaller,
    services: Served,
    delivery_uid: UUID,
    format_: Annotated[ReportFormat, Query(alias="format", description="The form of the report.")] = ReportFormat.JSON,
) -> StreamingResponse:
    """All findings with sentences and mends in both languages; as JSON also everything that `GET` of the delivery says."""
    return await made(services, partial(bound(returns.report_of, services, caller, delivery_uid), format_=format_))


@router.get(
    "/{delivery_uid}/map",
    responses=file_of("The faulty parcels.", "application/geo+json", "image/svg+xml"),
    openapi_extra=SECURITY,
)
async def map_(
    caller: OfficeCaller,
    services: Served,
    delivery_uid: UUID,
    format_: Annotated[MapFormat, Query(alias="format", description="WGS 84, or a drawing.")] = MapFormat.GEOJSON,
) -> StreamingResponse:
    """The parcels that were refused or warned about: all of them as GeoJSON, the gravest 240 as a drawing."""
    return await made(services, partial(bound(returns.map_of, services, caller, delivery_uid), format_=format_))


def bound(
    make: Callable[..., Returned], services: Services, caller: ProvinceOffice, delivery_uid: UUID
) -> Callable[..., Returned]:
    """The call of a flow that makes something of a delivery."""
    return partial(
        make,
        services.pools.uploader,
        settings=services.settings,
        keys=services.number_keys,
        caller=caller,
        delivery_uid=delivery_uid,
    )


async def made(services: Services, make: Callable[..., Returned]) -> StreamingResponse:
    """A file that a flow makes, streamed; as many at a time as there is room for. Raises HttpError 503."""
    try:
        services.returns.acquire_nowait()
    except WouldBlock:
        raise problems.HttpError(problems.BUSY) from None
    try:
        returned = await to_thread.run_sync(make)
    finally:
        services.returns.release()
    plain = returned.name.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_")
    return StreamingResponse(
        _content(returned),
        media_type=returned.media,
        headers={
            "Content-Length": str(returned.size),
            "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(returned.name, safe='')}",
            "Cache-Control": "no-store",
        },
    )


def _content(returned: Returned) -> Iterator[bytes]:
    with returned.content as content:
        while chunk := content.read(_CHUNK):
            yield chunk

"""The door of the land offices: a file comes in as it is, and every row of it is accounted for."""

from collections.abc import AsyncIterator
from functools import partial
from itertools import chain
from typing import Annotated
from uuid import UUID

from anyio import to_thread
from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import StreamingResponse

from api.callers import OfficeCaller
from api.events import Event, EventStream
from api.incoming import Pieces, worked_off
from api.requests import length_of, refuse_encoding, refuse_repeats
from api.schemas.deliveries import DeliveryOut, DeliveryQuery, ReceiptOut
from api.schemas.problems import documented
from api.schemas.text import IdempotencyKey
from api.services import Served, Services
from landdata.errors import DeliveryEmpty
from landdata.flows import receive
from landdata.model.clients import DELIVER_SCOPE, ProvinceOffice
from landdata.model.deliveries import Declaration, Glance, Receipt
from landdata.store import disks

router = APIRouter(
    prefix="/v1/deliveries",
    tags=["deliveries"],
    dependencies=[Depends(refuse_repeats)],
    responses=documented(400, 401, 403, 422, 503),
)
# A sender that says nothing for so long is gone; the thread that waits for it is needed.
STALL_SECONDS = 60
SECURITY = [{"oauth2": [DELIVER_SCOPE]}]
FILE = {
    "required": True,
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    "description": "The file as it is, in its own VN-2000 zone: GeoPackage, zipped Shapefile, GeoJSON, FlatGeobuf, GML, "
    "exchange XML, CSV (UTF-8) or XLSX; or a .zip of one CSV/XLSX table and one map layer, or of one exchange XML. "
    "The content decides, never the name.",
}
STREAM = {
    "description": "`progress` whenever something changed (state, stage, done, total, seconds_left, ahead) and a last `end` "
    "(state). seconds_left and ahead are null where nobody can know.",
    "content": {"text/event-stream": {"schema": {"type": "string"}}},
}


@router.post(
    "",
    status_code=202,
    responses={
        200: {"model": ReceiptOut, "description": "The same delivery had come before."},
        202: {
            "description": "Kept; it will be read.",
            "headers": {"Location": {"schema": {"type": "string"}}},
        },
        **documented(408, 409, 413, 415),
    },
    openapi_extra={"requestBody": FILE, "security": SECURITY},
)
async def deliver(
    caller: OfficeCaller,
    services: Served,
    request: Request,
    response: Response,
    query: Annotated[DeliveryQuery, Query()],
    key: Annotated[
        IdempotencyKey,
        Header(alias="Idempotency-Key", description="Your own key: the same never delivers twice."),
    ],
) -> ReceiptOut:
    """Hand in a file. It is kept before it is read; the answer says where its fate will stand."""
    refuse_encoding(request)
    declaration = Declaration(
        idempotency_key=key,
        file_name=query.file_name,
        kind=query.kind,
        profile=query.profile,
        effective_on=query.effective_on,
        epsg=query.epsg,
        communes=None if query.communes is None else tuple(query.communes.split(",")),
    )
    receipt = await received(services, caller, declaration, request.stream(), announced=length_of(request))
    response.status_code = 200 if receipt.repeated else 202
    response.headers["Location"] = f"/v1/deliveries/{receipt.delivery_uid}"
    response.headers["Cache-Control"] = "no-store"
    return ReceiptOut.of(receipt)


async def received(
    services: Services,
    caller: ProvinceOffice,
    declaration: Declaration,
    chunks: AsyncIterator[bytes],
    *,
    announced: int | None = None,
) -> Receipt:
    """Take a file in as it comes, of `announced` bytes where that is known.

    Raises HttpError 408 and 503, DiskLow, UploadNoRoom, and what `receive.receive` raises.
    """
    # Before its first byte: a file that comes in while the disk fills up takes the room that the database needs.
    chosen = services.settings
    disks.require_room(chosen.disks, share=chosen.disk_refuse_share)
    if announced is not None:
        disks.require_fit(chosen.data_dir, size_bytes=announced, share=chosen.disk_refuse_share)

    pieces = Pieces(chunks, patience=STALL_SECONDS)
    first = await pieces.next()
    if not first:
        raise DeliveryEmpty
    take = partial(
        receive.receive,
        services.pools.uploader,
        data_dir=services.settings.data_dir,
        keys=services.number_keys,
        caller=caller,
        # The flow writes to disk in its own thread and asks for piece after piece: no file is ever in memory.
        chunks=chain([first], pieces.in_thread()),
        declaration=declaration,
        max_bytes=services.settings.delivery_max_bytes,
        simulated=services.settings.simulated,
        raw_copy=services.settings.raw_copy,
    )
    return await worked_off(services, take)


@router.get("/{delivery_uid}", responses=documented(404), openapi_extra={"security": SECURITY})
def view(caller: OfficeCaller, services: Served, response: Response, delivery_uid: UUID) -> DeliveryOut:
    """State, ledger and findings of a delivery of one's own; another office's is as unknown as none."""
    response.headers["Cache-Control"] = "no-store"
    found = receive.view(services.pools.uploader, caller=caller, delivery_uid=delivery_uid)
    return DeliveryOut.of(found, simulated=services.settings.simulated)


@router.get(
    "/{delivery_uid}/events",
    response_class=StreamingResponse,
    responses={200: STREAM, 204: {"description": "Its end was told before."}, **documented(404)},
    openapi_extra={"security": SECURITY},
)
async def events(
    caller: OfficeCaller,
    services: Served,
    delivery_uid: UUID,
    last: Annotated[
        str,
        Header(alias="Last-Event-ID", max_length=100, description="Id of the last event seen; it is not told again."),
    ] = "",
) -> Response:
    """How far a delivery of one's own is, as server-sent events, until its end or for four minutes; then ask again."""
    return await progress_of(services, caller, delivery_uid, last)


async def progress_of(services: Services, caller: ProvinceOffice, delivery_uid: UUID, last: str) -> Response:
    """The stream of a delivery's progress; 204 where its end was told before. Raises DeliveryUnknown, HttpError 503."""

    async def look() -> tuple[Event, bool]:
        # Each look borrows a connection of the database and gives it back: a stream between two looks holds none.
        found = await to_thread.run_sync(glance)
        return _event(found), found.state.at_rest

    glance = partial(receive.glance, services.pools.uploader, caller=caller, delivery_uid=delivery_uid)
    now, ended = await look()
    if ended and last == now.id:
        return Response(status_code=204, headers={"Cache-Control": "no-store"})
    return EventStream(look, seen=last, limiter=services.streams)


def _event(found: Glance) -> Event:
    state = found.state.value
    if found.state.at_rest:
        return Event("end", f"end.{state}", {"state": state})
    told = {"state": state, "stage": found.stage.value, "done": found.done, "total": found.total}
    changed = (*told.values(), *(() if found.ahead is None else (found.ahead,)))
    # Seconds go by without anything having changed: they are told with what did.
    return Event(
        "progress",
        ".".join(str(part) for part in changed),
        {**told, "seconds_left": found.seconds_left, "ahead": found.ahead},
    )

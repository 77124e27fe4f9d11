"""The door for files that come over a line that breaks: by the tus protocol, every try goes on where the last one ended."""

from functools import partial
from typing import Annotated, Any, Literal
from uuid import UUID

from anyio import to_thread
from fastapi import APIRouter, Depends, Header, Request, Response

from api import tus
from api.callers import AnyCaller
from api.depositors import Depositor
from api.incoming import Pieces, worked_off
from api.people import CSRF_HEADER
from api.requests import UPLOADS_PATH, length_of, refuse_repeats
from api.schemas.problems import documented
from api.schemas.text import IdempotencyKey
from api.schemas.uploads import UploadOut, UploadsOut, declaration_of
from api.services import Served, Services
from landdata.flows import uploads
from landdata.flows.uploads import Door
from landdata.model.clients import DELIVER_SCOPE, ProvinceOffice
from landdata.model.uploads import Checksum, Upload

router = APIRouter(prefix=UPLOADS_PATH, tags=["deliveries"], dependencies=[Depends(refuse_repeats)])
# Little is lost when one is taken for gone, and until then nobody else may go on.
STALL_SECONDS = 20
SECURITY: dict[str, Any] = {"security": [{"oauth2": [DELIVER_SCOPE]}, {"session": []}]}
_CSRF = {
    "name": CSRF_HEADER, "in": "header", "required": False, "schema": {"type": "string"},
    "description": "With a session: its csrf_token; without it nothing is changed.",
}  # fmt: skip
_CHANGES: dict[str, Any] = {**SECURITY, "parameters": [_CSRF]}


def _body(*, required: bool) -> dict[str, Any]:
    bytes_ = {"content": {tus.PIECE: {"schema": {"type": "string", "format": "binary"}}}}
    return {
        **_CHANGES,
        "requestBody": {"required": required, **bytes_, "description": "Bytes of the file, from the offset on."},
    }


_TUS = [Depends(tus.spoken)]
_RESUMABLE = Annotated[Literal["1.0.0"], Header(alias="Tus-Resumable", description="Anything else is answered 412.")]
_CHECKSUM = Annotated[
    str,
    Header(alias="Upload-Checksum", description="`sha256` or `sha1`, a space, base64 of the hash of this body."),
]
_ERRORS = documented(400, 401, 403, 404, 412, 422, 503)
_PIECE_ERRORS = documented(408, 409, 410, 413, 415, 423, 429, 460)
_ABILITIES = {
    name: {"schema": {"type": "string"}}
    for name in ("Tus-Resumable", "Tus-Version", "Tus-Extension", "Tus-Max-Size", "Tus-Checksum-Algorithm")
}


@router.options("", status_code=204, responses={204: {"description": "See the headers.", "headers": _ABILITIES}})
def abilities(caller: AnyCaller, services: Served, response: Response) -> None:  # noqa: ARG001  # the caller is a type
    """What the service can of the protocol."""
    response.headers.update(tus.abilities(services.settings.delivery_max_bytes))


@router.get("", openapi_extra=SECURITY, responses=documented(400, 401, 403, 503))
def unfinished(caller: Depositor, services: Served, response: Response) -> UploadsOut:
    """Uploads of one's own that can go on: where they were left, and until when. Not part of the protocol."""
    response.headers["Cache-Control"] = "no-store"
    return UploadsOut(uploads=[UploadOut.of(one) for one in uploads.listed(services.pools.uploader, caller=caller)])


@router.post(
    "",
    status_code=201,
    response_class=Response,
    dependencies=_TUS,
    openapi_extra=_body(required=False),
    responses={
        201: {"description": "Begun.", "headers": {"Location": {"schema": {"type": "string"}}, **tus.STANDING}},
        **_ERRORS,
        **_PIECE_ERRORS,
    },
)
async def begin(
    caller: Depositor,
    services: Served,
    request: Request,
    length: Annotated[int, Header(alias="Upload-Length", ge=0, le=1 << 50, description="Bytes of the whole file.")],
    key: Annotated[IdempotencyKey, Header(alias="Idempotency-Key", description="Key of the delivery that it will be.")],
    resumable: _RESUMABLE,  # noqa: ARG001  # read by `tus.spoken`; here for the description
    metadata: Annotated[
        str,
        Header(
            alias="Upload-Metadata",
            max_length=8000,
            description="`file_name` (or `filename`), `kind`, `profile`, `effective_on`, `epsg`, `communes` as for a delivery, "
            "each with its value in base64.",
        ),
    ] = "",
    checksum: _CHECKSUM = "",
) -> Response:
    """Begin an upload; a body is its first piece (creation-with-upload)."""
    declaration = declaration_of(tus.metadata(metadata), key)
    proof, with_body = tus.checksum(checksum), "content-type" in request.headers
    if with_body:
        tus.require_piece(request)
    start = partial(
        uploads.begin, door_of(services), caller=caller, declaration=declaration, metadata=metadata, size_bytes=length
    )
    upload = await to_thread.run_sync(start)
    if with_body:
        upload = await _added(services, caller, request, upload.upload_uid, 0, proof)
    return Response(status_code=201, headers={**tus.standing(upload), "Location": address_of(upload)})


@router.head(
    "/{upload_uid}",
    response_class=Response,
    dependencies=_TUS,
    openapi_extra=SECURITY,
    responses={
        200: {
            "description": "How far it is.",
            "headers": {"Upload-Length": {"schema": {"type": "integer"}}, **tus.STANDING},
        },
        **_ERRORS,
    },
)
def look(
    caller: Depositor,
    services: Served,
    upload_uid: UUID,
    resumable: _RESUMABLE,  # noqa: ARG001
) -> Response:
    """How much of an upload of one's own is there; another's is as unknown as none."""
    upload = uploads.look(services.pools.uploader, caller=caller, upload_uid=upload_uid)
    told = {**tus.standing(upload), "Upload-Length": str(upload.size_bytes)}
    return Response(headers={**told, **({"Upload-Metadata": upload.metadata} if upload.metadata else {})})


@router.patch(
    "/{upload_uid}",
    status_code=204,
    dependencies=_TUS,
    openapi_extra=_body(required=True),
    responses={204: {"description": "Kept.", "headers": tus.STANDING}, **_ERRORS, **_PIECE_ERRORS},
)
async def append(
    caller: Depositor,
    services: Served,
    request: Request,
    response: Response,
    upload_uid: UUID,
    offset: Annotated[
        int,
        Header(alias="Upload-Offset", ge=0, le=1 << 50, description="Where the bytes belong: where those kept end."),
    ],
    resumable: _RESUMABLE,  # noqa: ARG001
    checksum: _CHECKSUM = "",
) -> None:
    """Add bytes; with the last one the upload becomes a delivery, named in `Delivery-Location`."""
    tus.require_piece(request)
    upload = await _added(services, caller, request, upload_uid, offset, tus.checksum(checksum))
    response.headers.update(tus.standing(upload))


@router.delete(
    "/{upload_uid}",
    status_code=204,
    dependencies=_TUS,
    openapi_extra=_CHANGES,
    responses={204: {"description": "Forgotten.", "headers": tus.RESUMABLE}, **_ERRORS, **documented(423)},
)
def end(
    caller: Depositor,
    services: Served,
    upload_uid: UUID,
    resumable: _RESUMABLE,  # noqa: ARG001
) -> None:
    """Give an upload up; a delivery that it became stays."""
    uploads.end(door_of(services), caller=caller, upload_uid=upload_uid)


async def _added(
    services: Services, caller: ProvinceOffice, request: Request, upload_uid: UUID, offset: int, proof: Checksum | None
) -> Upload:
    pieces = Pieces(aiter(request.stream()), patience=STALL_SECONDS)
    take = partial(
        uploads.append,
        door_of(services),
        caller=caller,
        upload_uid=upload_uid,
        offset=offset,
        chunks=pieces.in_thread(),
        announced=length_of(request),
        checksum=proof,
    )
    return await worked_off(services, take)


def address_of(upload: Upload) -> str:
    """Where it goes on."""
    return f"{UPLOADS_PATH}/{upload.upload_uid}"


def door_of(services: Services) -> Door:
    """Where this process keeps uploads, and within which limits."""
    chosen = services.settings
    return Door(
        db=services.pools.uploader,
        keys=services.number_keys,
        data_dir=chosen.data_dir,
        max_bytes=chosen.delivery_max_bytes,
        disks_watched=chosen.disks,
        refuse_share=chosen.disk_refuse_share,
        simulated=chosen.simulated,
        raw_copy=chosen.raw_copy,
    )

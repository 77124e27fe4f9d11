"""The page on which a land office hands in a file: with progress where scripts run, as a plain form where they do not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from anyio import to_thread
from fastapi import Request
from pydantic import TypeAdapter, ValidationError
from starlette.responses import JSONResponse, Response

from api import problems
from api.requests import length_of, refuse_encoding
from api.routes.deliveries import received
from api.routes.uploads import address_of, door_of
from api.schemas.deliveries import DeliveryQuery
from api.schemas.text import IdempotencyKey
from api.web import words
from api.web.allowed import require_token
from api.web.house import house, language_of
from api.web.multipart import FileForm
from api.web.officers import caller_of
from api.web.places import PLACES
from api.web.routing import PROGRAMS, see_other
from api.web.state import typed_day
from landdata.errors import LandDataError
from landdata.flows import outcome, uploads
from landdata.model.crs import ZONES
from landdata.model.deliveries import Declaration

if TYPE_CHECKING:
    from api.services import Services
    from api.web.routing import Pages
    from landdata.model.people import SignedIn

# What the content may be; the name decides nothing, and only spares a mistake before anything is sent.
ENDINGS = (".gpkg", ".zip", ".geojson", ".json", ".fgb", ".gml", ".xml", ".csv", ".xlsx")
_KEY = TypeAdapter(IdempotencyKey)
_RECENT = 5
_MOST_DIGITS = 15
# A smaller file is sent again as fast as it is asked how much of it is there.
RESUMABLE_BYTES = 8 << 20


def add(pages: Pages) -> None:
    """Put this page into the house."""
    pages.get(PLACES.deliver)(deliver_page)
    pages.post(PLACES.deliver, streamed=True)(deliver)
    pages.post(PLACES.deliver_begin)(begin)


def deliver_page(request: Request) -> Response:
    return _show(request, None, {})


async def deliver(request: Request) -> Response:
    """Take the file while it comes; then to the page with its fate, or the form again with what was wrong."""
    refuse_encoding(request)
    services: Services = request.app.state.services
    who: SignedIn = request.state.who
    form = FileForm(request.headers.get("content-type", ""), aiter(request.stream()))
    fields = await form.fields()
    require_token(request, fields.pop("ma_bieu_mau", ""))
    language = language_of(request)
    program = request.headers.get("accept", "").startswith(PROGRAMS)
    try:
        said = _declared(form.file_name, fields)
        announced = length_of(request)  # with the fields around the file, which are small
        receipt = await received(services, caller_of(request, who), said, form.content(), announced=announced)
    except (LandDataError, problems.HttpError) as error:
        if program:
            raise
        return await to_thread.run_sync(_show, request, error, fields)
    where = PLACES.delivery.path(language, uid=receipt.delivery_uid)
    return JSONResponse({"where": where}, headers={"Cache-Control": "no-store"}) if program else see_other(where)


def begin(request: Request) -> Response:
    """Begin an upload that goes on after a cut, by the same form; its bytes go to `/v1/uploads`, as the answer says."""
    services: Services = request.app.state.services
    fields = {name: values[0] for name, values in request.state.form.items()}
    declaration = _declared(fields.pop("file_name", ""), fields)
    size = fields.get("size", "")
    if not (size.isascii() and size.isdigit() and len(size) <= _MOST_DIGITS):
        raise problems.HttpError(problems.REQUEST_INVALID, where=[{"where": "size", "rule": "int"}])
    upload = uploads.begin(
        door_of(services),
        caller=caller_of(request, request.state.who),
        declaration=declaration,
        metadata="",
        size_bytes=int(size),
    )
    return JSONResponse({"address": address_of(upload)}, 201, headers={"Cache-Control": "no-store"})


def _declared(file_name: str, fields: dict[str, str]) -> Declaration:
    """What the form says about the file, by the rules of the API. Raises HttpError 422 with the fields that break them."""
    said: dict[str, Any] = {name: fields[name] for name in ("kind", "profile", "epsg") if fields.get(name)}
    if fields.get("communes", "").strip():
        said["communes"] = ",".join(fields["communes"].replace(";", ",").replace(",", " ").split())
    try:
        if fields.get("effective_on", "").strip():
            said["effective_on"] = typed_day(fields["effective_on"])
        query = DeliveryQuery(file_name=file_name, **said)
        key = _KEY.validate_python(fields.get("key", ""))
    except ValidationError as error:
        raise problems.HttpError(
            problems.REQUEST_INVALID,
            where=[
                {"where": str(one["loc"][0]) if one["loc"] else "key", "rule": one["type"]} for one in error.errors()
            ],
        ) from None
    except ValueError:
        raise problems.HttpError(problems.REQUEST_INVALID, where=[{"where": "effective_on", "rule": "date"}]) from None
    communes = None if query.communes is None else tuple(query.communes.split(","))
    return Declaration(key, query.file_name, query.kind, query.profile, query.effective_on, query.epsg, communes)


def _show(request: Request, error: LandDataError | problems.HttpError | None, typed: dict[str, str]) -> Response:
    services: Services = request.app.state.services
    who: SignedIn = request.state.who
    language = language_of(request)
    refused = None
    if isinstance(error, LandDataError):
        refused = (error.sentence(language), error.mend(language))
    elif error is not None:
        kind = error.kind
        refused = (kind.vi, kind.mend_vi) if language == "vi" else (kind.en, kind.mend_en)
    return house().page(
        request,
        "deliver.html",
        status=200 if error is None else 422,
        refused=refused,
        wrong={one["where"] for one in error.where or []} if isinstance(error, problems.HttpError) else set(),
        typed=typed,
        key=uuid4().hex,
        office=outcome.name_of(services.pools.uploader, office_code=who.office_code),
        lines=outcome.history(services.pools.uploader, office_code=who.office_code, most=_RECENT),
        endings=",".join(ENDINGS),
        most=services.settings.delivery_max_bytes,
        resumable=RESUMABLE_BYTES,
        zones=sorted(ZONES, key=lambda one: one.central_meridian),
        words=words,
    )

"""Parcels and units for GIS users: OGC API - Features, without counts, page behind page, for whoever may see parcels."""

from __future__ import annotations

import json
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError

from api import problems
from api.days import today
from api.direct import DirectRoute, Handler
from api.errors import where_of
from api.mapped import answer
from api.parcel_readers import ANSWERS, SECURITY, ParcelCaller, ProvenReader
from api.requests import refuse_repeats
from api.schemas.features import (
    GEOJSON,
    CollectionOut,
    Collections,
    Conformance,
    Feature,
    Features,
    ItemsQuery,
    Landing,
    Link,
    SystemQuery,
    numbers_of,
    schema_of,
    service_of,
    span_of,
)
from api.services import Served
from landdata.errors import FeaturesAskedWrongly
from landdata.flows import features
from landdata.model import conditions
from landdata.model.feature_pages import Asked
from landdata.model.features import COLLECTIONS, MOST_FEATURES, Collection, Span, system, window


class Strict(DirectRoute):
    """A route whose parameters are wrong by 400, as the standard has it; elsewhere here it is 422."""

    def around(self, handle: Handler) -> Handler:
        async def handler(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError as error:
                raise problems.HttpError(problems.PARAMETERS_INVALID, where=where_of(error.errors())) from None

        return handler


PREFIX = "/v1/features"
router = APIRouter(
    prefix=PREFIX, tags=["map"], dependencies=[Depends(refuse_repeats)], responses=ANSWERS, route_class=Strict
)
_JSON, _SCHEMA = "application/json", "application/schema+json"
# Beside features as the database writes them; `Link` describes the same.
_PLAIN = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
Name = Annotated[str, Path(pattern=r"^[a-z]{1,20}$", description="Name of a collection.")]
FeatureId = Annotated[str, Path(pattern=r"^[0-9.]{1,32}$", description="`id` of a feature.")]
AskedItems = Annotated[ItemsQuery, Query()]
AskedItem = Annotated[SystemQuery, Query()]


def _geojson(model: type[Features | Feature]) -> dict[int | str, dict[str, Any]]:
    schema = {"$ref": f"#/components/schemas/{model.__name__}"}
    return {
        200: {"description": "GeoJSON.", "content": {GEOJSON: {"schema": schema}}},
        304: {"description": "Still the same."},
    }


# Routes are tried in this order: what is asked most stands first.
@router.get("/collections/{name}/items", openapi_extra=SECURITY, response_class=Response, responses=_geojson(Features))
async def items(caller: ProvenReader, services: Served, request: Request, name: Name, query: AskedItems) -> Response:
    """A page of features, in a fixed order; `next` leads to what follows."""
    of = features.collection(name)
    asked = _asked(of, query)
    here = f"{services.issuer}{PREFIX}/collections/{name}"

    async def made() -> bytes:
        found = await features.page(services.windows, caller, asked)
        services.map_use.count(caller.subject, pages=1, features=found.returned)
        links = [_link(_again(here, request, None), "self", GEOJSON), _link(here, "collection", _JSON)]
        if found.after is not None:
            cursor = ".".join(map(str, found.after))
            links.append(_link(_again(here, request, cursor), "next", GEOJSON))
        begun = (
            f'{{"type":"FeatureCollection","numberReturned":{found.returned},"links":{_written(*links)},"features":['
        )
        return b"".join((begun.encode(), found.features, b"]}"))

    return await answer(request, services, caller, made, GEOJSON, {"Content-Crs": f"<{asked.system.uri}>"})


@router.get(
    "/collections/{name}/items/{feature_id}",
    openapi_extra=SECURITY,
    response_class=Response,
    responses=_geojson(Feature),
)
async def item(
    caller: ProvenReader, services: Served, request: Request, name: Name, feature_id: FeatureId, query: AskedItem
) -> Response:
    """One feature."""
    of = features.collection(name)
    asked = Asked(of, span=_span(query), system=system(query.crs, "crs"))
    here = f"{services.issuer}{PREFIX}/collections/{name}"

    async def made() -> bytes:
        found = await features.one(services.windows, caller, asked, feature_id)
        services.map_use.count(caller.subject, pages=1, features=1)
        links = _written(_link(f"{here}/items/{feature_id}", "self", GEOJSON), _link(here, "collection", _JSON))
        return found[:-1] + f',"links":{links}}}'.encode()

    return await answer(request, services, caller, made, GEOJSON, {"Content-Crs": f"<{asked.system.uri}>"})


@router.get("", openapi_extra=SECURITY)
def landing(_: ParcelCaller, services: Served) -> Landing:
    """What is here and where."""
    here = services.issuer + PREFIX
    return Landing(
        links=[
            Link(href=here, rel="self", type=_JSON),
            Link(href=f"{here}/api", rel="service-desc", type=_OPENAPI),
            Link(href=f"{here}/conformance", rel="conformance", type=_JSON),
            Link(href=f"{here}/collections", rel="data", type=_JSON),
        ]
    )


@router.get(
    "/api",
    openapi_extra=SECURITY,
    response_class=Response,
    responses={200: {"description": "OpenAPI 3.0.", "content": {_OPENAPI: {"schema": {"type": "object"}}}}},
)
def described(_: ParcelCaller, services: Served, request: Request) -> Response:
    """The features in OpenAPI, collection by collection, as GIS programs read it."""
    made = service_of(services.issuer + PREFIX, request.app.version, COLLECTIONS.values())
    return Response(json.dumps(made, ensure_ascii=False), media_type=_OPENAPI)


@router.get("/conformance", openapi_extra=SECURITY)
def conformance(_: ParcelCaller) -> Conformance:
    """Which parts of the standards are kept."""
    return Conformance()


@router.get("/collections", openapi_extra=SECURITY)
def collections(_: ParcelCaller, services: Served) -> Collections:
    """All collections."""
    here = f"{services.issuer}{PREFIX}/collections"
    return Collections(
        links=[Link(href=here, rel="self", type=_JSON)],
        collections=[CollectionOut.at(here, one) for one in COLLECTIONS.values()],
    )


@router.get("/collections/{name}", openapi_extra=SECURITY)
def collection(_: ParcelCaller, services: Served, name: Name) -> CollectionOut:
    """One collection."""
    return CollectionOut.at(f"{services.issuer}{PREFIX}/collections", features.collection(name))


@router.get(
    "/collections/{name}/queryables",
    openapi_extra=SECURITY,
    response_class=Response,
    responses={200: {"description": "JSON Schema.", "content": {_SCHEMA: {"schema": {"type": "object"}}}}},
)
def queryables(_: ParcelCaller, services: Served, name: Name) -> Response:
    """The properties of a collection that one may filter by."""
    address = f"{services.issuer}{PREFIX}/collections/{name}/queryables"
    made = schema_of(address, features.collection(name))
    return Response(json.dumps(made, ensure_ascii=False), media_type=_SCHEMA)


def _asked(of: Collection, query: ItemsQuery) -> Asked:
    parts = [conditions.of_word(name, str(word), of) for name, word in (query.model_extra or {}).items()]
    if query.filter is not None:
        parts.append(conditions.of_text(query.filter, of))
    elif query.filter_lang is not None:
        raise FeaturesAskedWrongly(
            parameter="filter-lang", reason_vi="không có `filter`", reason_en="there is no `filter`"
        )
    box = None if query.bbox is None else window(numbers_of(query.bbox), system(query.bbox_crs, "bbox-crs"))
    after = None if query.cursor is None else features.key_of(of, query.cursor)
    if query.cursor is not None and after is None:
        raise FeaturesAskedWrongly(
            parameter="cursor", reason_vi="không phải từ `next`", reason_en="it is not from `next`"
        )
    return Asked(
        of,
        condition=conditions.Joined(True, tuple(parts)) if parts else None,
        window=box,
        span=_span(query) or (None if of.name == "parcels" else _today()),
        limit=min(query.limit, MOST_FEATURES),
        after=after,
        system=system(query.crs, "crs"),
    )


def _span(query: SystemQuery) -> Span | None:
    return None if query.datetime is None else span_of(query.datetime)


def _today() -> Span:
    day = today()
    return Span(day, day)


def _again(here: str, request: Request, cursor: str | None) -> str:
    """The same request once more, or what follows it."""
    asked = [(name, value) for name, value in request.query_params.multi_items() if cursor is None or name != "cursor"]
    if cursor is not None:
        asked.append(("cursor", cursor))
    return f"{here}/items?{urlencode(asked)}" if asked else f"{here}/items"


def _link(href: str, rel: str, media_type: str) -> dict[str, str]:
    return {"href": href, "rel": rel, "type": media_type}


def _written(*links: dict[str, str]) -> str:
    return _PLAIN.encode(links)

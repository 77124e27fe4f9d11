"""What is asked of features, and what describes them (OGC API - Features, part 1, 2 and 3)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.days import VIETNAM
from api.schemas.text import Plain
from api.schemas.tiles import BOUNDS
from landdata.errors import FeaturesAskedWrongly
from landdata.model.conditions import LONGEST
from landdata.model.features import CRS84, MOST_FEATURES, SYSTEMS, USUAL_FEATURES, Collection, Kind, Span

GEOJSON = "application/geo+json"
_FEATURES = "http://www.opengis.net/spec/ogcapi-features-"
_CQL = "http://www.opengis.net/spec/cql2/1.0/conf/"
CONFORMS_TO = [
    f"{_FEATURES}1/1.0/conf/core",
    f"{_FEATURES}1/1.0/conf/geojson",
    f"{_FEATURES}2/1.0/conf/crs",
    f"{_FEATURES}3/1.0/conf/queryables",
    f"{_FEATURES}3/1.0/conf/queryables-query-parameters",
    f"{_FEATURES}3/1.0/conf/filter",
    f"{_FEATURES}3/1.0/conf/features-filter",
    f"{_CQL}cql2-text",
    f"{_CQL}basic-cql2",
    f"{_CQL}advanced-comparison-operators",
]
_Word = Annotated[str, StringConstraints(max_length=LONGEST), Plain]
_Address = Annotated[str, StringConstraints(max_length=100), Plain]


class SystemQuery(BaseModel):
    """In which system the answer is wanted, and of which day."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    crs: _Address = Field(
        CRS84, description="Address of the coordinate system of the answer; see `crs` of the collection."
    )
    datetime: Annotated[str, StringConstraints(max_length=80), Plain] | None = Field(
        None, description="A day, a moment, or an interval with `/`, open with `..`; without it what stands now."
    )
    f: Literal["json"] | None = Field(None, description="GeoJSON, whatever Accept says.")


class ItemsQuery(SystemQuery):
    """What is asked of a collection; beside these any property that one may filter by (see `queryables`)."""

    model_config = ConfigDict(extra="allow", populate_by_name=True)

    limit: int = Field(USUAL_FEATURES, ge=1, description=f"Features of a page; at most {MOST_FEATURES:,} come.")
    bbox: Annotated[str, StringConstraints(max_length=200), Plain] | None = Field(
        None, description="4 or 6 numbers: the corners of a box in `bbox-crs`."
    )
    bbox_crs: _Address = Field(CRS84, alias="bbox-crs", description="Address of the coordinate system of `bbox`.")
    filter: _Word | None = Field(None, description="A condition in CQL2 text on the collection's queryables.")
    filter_lang: Literal["cql2-text"] | None = Field(None, alias="filter-lang")
    filter_crs: _Address | None = Field(
        None, alias="filter-crs", description="Taken and not needed: no filter has shapes."
    )
    cursor: Annotated[str, StringConstraints(pattern=r"^[0-9.]{1,32}$")] | None = Field(
        None, description="Where to go on; it comes from `next` and is nothing to be made up."
    )


_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")


def span_of(text: str) -> Span:
    """The days of a parameter `datetime`. Raises FeaturesAskedWrongly."""
    first, slash, last = text.partition("/")
    try:
        one = Span(_day(first), _day(last if slash else first))
    except ValueError:
        raise _no_time("phải viết theo RFC 3339", "it has to be written as RFC 3339 says") from None
    if not slash and one.first is None:
        raise _no_time("phải viết theo RFC 3339", "it has to be written as RFC 3339 says")
    if one.first is not None and one.last is not None and one.first > one.last:
        raise _no_time("ngày đầu sau ngày cuối", "its first day is after its last")
    return one


def _day(text: str) -> date | None:
    if text in {"", ".."}:
        return None
    if _DAY.match(text):
        return date.fromisoformat(text)
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(VIETNAM).date()


def _no_time(reason_vi: str, reason_en: str) -> FeaturesAskedWrongly:
    return FeaturesAskedWrongly(parameter="datetime", reason_vi=reason_vi, reason_en=reason_en)


def numbers_of(text: str) -> list[float]:
    """The numbers of a parameter `bbox`; none where it is none."""
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        return []


class Link(BaseModel):
    """Where to go from here (RFC 8288)."""

    href: str
    rel: str
    type: str
    title: str | None = None


class Landing(BaseModel):
    """What is here."""

    title: str = "Thửa đất và đơn vị hành chính / Parcels and administrative units"
    description: str = (
        "Thửa đất không có thông tin chủ sử dụng, và các đơn vị hành chính theo ngày. / Parcels without their holders, and "
        "administrative units by day."
    )
    links: list[Link]


class Conformance(BaseModel):
    """Which rules are kept."""

    conforms_to: list[str] = Field(CONFORMS_TO, serialization_alias="conformsTo")


class SpatialExtent(BaseModel):
    """Where its features lie."""

    bbox: list[tuple[float, float, float, float]] = [BOUNDS]
    crs: str = CRS84


class TemporalExtent(BaseModel):
    """Of when its features are."""

    interval: list[tuple[str | None, str | None]] = [(None, None)]


class Extent(BaseModel):
    """Where and of when."""

    spatial: SpatialExtent = SpatialExtent()
    temporal: TemporalExtent = TemporalExtent()


class CollectionOut(BaseModel):
    """A collection of features."""

    id: str
    title: str
    description: str
    extent: Extent = Extent()
    item_type: Literal["feature"] = Field("feature", serialization_alias="itemType")
    crs: list[str] = Field(list(SYSTEMS))
    storage_crs: str = Field(CRS84, serialization_alias="storageCrs")
    links: list[Link]

    @classmethod
    def at(cls, address: str, of: Collection) -> CollectionOut:
        """As it is reached at the address of the collections."""
        here = f"{address}/{of.name}"
        return cls(
            id=of.name,
            title=f"{of.vi} / {of.en}",
            description=f"{of.told_vi} / {of.told_en}",
            links=[
                Link(href=here, rel="self", type="application/json"),
                Link(href=f"{here}/items", rel="items", type=GEOJSON),
                Link(
                    href=f"{here}/queryables",
                    rel="http://www.opengis.net/def/rel/ogc/1.0/queryables",
                    type="application/schema+json",
                ),
            ],
        )


class Collections(BaseModel):
    """All collections."""

    links: list[Link]
    collections: list[CollectionOut]


class Feature(BaseModel):
    """A feature (RFC 7946); in another system than WGS 84 its coordinates are that system's."""

    type: Literal["Feature"]
    id: str
    geometry: dict[str, Any] | None
    properties: dict[str, Any]
    links: list[Link] | None = None


class Features(BaseModel):
    """A page of features. How many there are in all is not counted; `next` is there as long as there are more."""

    type: Literal["FeatureCollection"]
    number_returned: int = Field(alias="numberReturned")
    links: list[Link]
    features: list[Feature]


_SHAPES = {"title": "Hình / Shape", "x-ogc-role": "primary-geometry", "format": "geometry-multipolygon"}


_WORD = {"type": "string"}


def schema_of(address: str, of: Collection) -> dict[str, Any]:
    """JSON Schema of the properties that one may filter by."""
    properties: dict[str, Any] = {
        one.name: {
            "title": f"{one.vi} / {one.en}",
            "type": "string" if one.kind is Kind.DATE else one.kind.value,
            **({"format": "date"} if one.kind is Kind.DATE else {}),
        }
        for one in of.properties
        if one.asked
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": address,
        "type": "object",
        "title": f"{of.vi} / {of.en}",
        "properties": properties | ({"geometry": _SHAPES} if of.shaped else {}),
        "additionalProperties": False,
    }


def service_of(address: str, version: str, collections: Iterable[Collection]) -> dict[str, Any]:
    """OpenAPI of this service alone, with an address for each collection: GDAL sends only conditions that it finds there."""
    return {
        "openapi": "3.0.3",
        "info": {"title": "Thửa đất và đơn vị / Parcels and units", "version": version},
        "servers": [{"url": address}],
        "paths": {f"/collections/{one.name}/items": {"get": _items_of(one)} for one in collections},
    }


def _items_of(of: Collection) -> dict[str, Any]:
    words = {
        "limit": {"type": "integer", "minimum": 1},
        "bbox": _WORD,
        "datetime": _WORD,
        "crs": _WORD,
        "bbox-crs": _WORD,
    }
    asked = {**words, **{name: said for name, said in schema_of("", of)["properties"].items() if name != "geometry"}}
    return {
        "operationId": f"items-{of.name}",
        "summary": f"{of.vi} / {of.en}",
        "parameters": [{"name": name, "in": "query", "schema": said} for name, said in asked.items()],
        "responses": {"200": {"description": "GeoJSON.", "content": {GEOJSON: {"schema": {"type": "object"}}}}},
    }

"""The description of the API (OpenAPI 3.1): FastAPI's own, and what it cannot see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from api import limits
from api.described import texts
from api.oauth.issuer import issuer_of
from api.oauth.server import TOKEN_PATH
from api.schemas.features import Features
from api.schemas.feed import ChangesAvailable
from api.schemas.problems import Problem
from api.schemas.residency import ANSWER_EXAMPLES, HAND_READ, LINE_EXAMPLES, answer_schemas
from landdata.model.clients import (
    DECIDE_SCOPE,
    DELIVER_SCOPE,
    INTROSPECT_SCOPE,
    MATCHING_SCOPE,
    PARCELS_SCOPE,
    STATISTICS_SCOPE,
)
from landdata.model.fields import BASE_SCOPE, FIELDS, Group

if TYPE_CHECKING:
    from fastapi import FastAPI

LIMITED = "/v1/residency/"  # the router that depends on `api.limits.fair`
ABOUT = """Giao nộp của văn phòng đăng ký đất đai, mức độ kết nối của cả nước, mười tám trường đã thỏa thuận cho
nghiệp vụ cư trú. Lỗi là tài liệu problem (RFC 9457) với mã `code` ổn định và câu tiếng Việt, tiếng Anh; lỗi của OAuth
theo RFC 6749.

Deliveries of land offices, coverage of the country, eighteen agreed fields for residency services.
Errors are problem documents (RFC 9457) with a stable `code` and sentences in Vietnamese and English; those of
the OAuth endpoints have the form of RFC 6749."""


def install(app: FastAPI, public_url: str) -> None:
    """Make `/openapi.json` complete; it is computed once, when first asked for."""

    def describe() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _describe(app, public_url)
        return app.openapi_schema

    app.openapi = describe  # type: ignore[method-assign] # FastAPI's documented way


def _describe(app: FastAPI, public_url: str) -> dict[str, Any]:
    described = get_openapi(
        title=app.title,
        version=app.version,
        openapi_version="3.1.0",
        description=ABOUT,
        routes=app.routes,
        servers=[{"url": issuer_of(public_url)}],
    )
    components = described.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    # Bodies and answers that no FastAPI parameter carries.
    _, extra = models_json_schema(
        [
            (Problem, "serialization"),
            (ChangesAvailable, "serialization"),
            (Features, "validation"),
            *((model, "validation") for model in HAND_READ),
        ],
        ref_template="#/components/schemas/{model}",
    )
    schemas.update(extra.get("$defs", {}))
    schemas.update(answer_schemas())
    components["securitySchemes"] = {
        "oauth2": {
            "type": "oauth2",
            "description": "Sent as `Authorization: DPoP` with a header `DPoP` (RFC 9449), or as `Bearer` when the token is "
            "bound to a client certificate (RFC 8705) or opens neither personal data nor parcels.",
            "flows": {"clientCredentials": {"tokenUrl": issuer_of(public_url) + TOKEN_PATH, "scopes": scopes()}},
        },
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": "__Host-sid" if issuer_of(public_url).startswith("https:") else "sid",
            "description": "The session of a person who signed in at /v1/sessions.",
        },
        "gis_key": {
            "type": "http",
            "scheme": "basic",
            "description": "A key of a person's GIS program, made on the page of the account: as the password beside the "
            "sign-in name, or as `Authorization: Bearer`.",
        },
        "client_secret": {
            "type": "http",
            "scheme": "basic",
            "description": "client_secret_basic, for statistics only; all others send client_assertion in the form.",
        },
    }
    described["webhooks"] = {"changes-available": {"post": _message()}}
    _replace_framework_errors(described)
    for path, operations in described["paths"].items():
        if path.startswith(LIMITED):
            for operation in operations.values():
                limits.describe(operation["responses"])
    _whole_examples(described)
    texts.fill(described)
    return described


def _whole_examples(described: dict[str, Any]) -> None:
    """Give examples of answers their nulls back, which FastAPI leaves out everywhere."""
    for name, examples in (("lookup", ANSWER_EXAMPLES), ("batch", LINE_EXAMPLES)):
        operation = described["paths"][f"{LIMITED}land-records:{name}"]["post"]
        for content in operation["responses"]["200"]["content"].values():
            content["examples"] = examples


def _message() -> dict[str, Any]:
    """What a consumer's webhook gets (Standard Webhooks)."""
    said = {
        "webhook-id": "The same for every retry of a message.",
        "webhook-timestamp": "Seconds since 1970, of this try.",
        "webhook-signature": "`v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`; two, by a space, after a new secret.",
    }
    return {
        "operationId": "changes_available",
        "summary": "Có thay đổi mới / There is more",
        "description": "Sent when the change feed holds something unread; any 2xx within 5 seconds takes it.",
        "parameters": [
            {"name": name, "in": "header", "required": True, "description": words, "schema": {"type": "string"}}
            for name, words in said.items()
        ],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"$ref": "#/components/schemas/ChangesAvailable"},
                    "example": {"type": "land.changes.available", "timestamp": "2026-11-20T02:15:07Z", "data": {}},
                }
            },
        },
        "responses": {"204": {"description": "Đã nhận / Taken."}},
    }


def scopes() -> dict[str, str]:
    """Every scope with what it opens."""
    fields = {
        group.scope: "Fields " + ", ".join(str(field.number) for field in FIELDS if field.group is group)
        for group in Group
    }
    return {
        BASE_SCOPE: "Ask for the land records of one citizen under a sharing agreement.",
        **fields,
        DELIVER_SCOPE: "Deliver parcels of one's own province.",
        DECIDE_SCOPE: "Decide about one's own deliveries that wait, and withdraw published ones.",
        MATCHING_SCOPE: "Read one's own holders that are not linked with a citizen.",
        STATISTICS_SCOPE: "Read statistics; they are public, the scope tells whose system reads them.",
        PARCELS_SCOPE: "See parcels on maps and in GIS, without their holders; a land office those of its provinces.",
        INTROSPECT_SCOPE: "Ask whether anybody's token is believed; for resource servers.",
    }


def _replace_framework_errors(described: dict[str, Any]) -> None:
    """Drop FastAPI's own 422: this service never answers in that shape."""
    for path in described["paths"].values():
        for operation in path.values():
            responses = operation.get("responses", {})
            shown = responses.get("422", {}).get("content", {}).get("application/json", {}).get("schema", {})
            if shown.get("$ref", "").endswith("/HTTPValidationError"):
                del responses["422"]["content"]["application/json"]
                if not responses["422"]["content"]:
                    del responses["422"]
    for name in ("HTTPValidationError", "ValidationError"):
        described["components"]["schemas"].pop(name, None)

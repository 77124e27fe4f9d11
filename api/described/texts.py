"""Puts the texts and examples into the description: what a route says of itself stays, gaps are filled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.described import (
    cases,
    country,
    coverage,
    features,
    indicators,
    machine,
    matching_quality,
    movements,
    offices,
    parcel_lives,
    reports,
    residency,
    runs,
    sessions,
    sources,
    uploads,
)
from api.described.operation import Operation
from api.errors import PROBLEM_TYPE, TITLES, TITLES_EN, document
from api.problems import KINDS
from api.statuses import STATUS
from landdata.errors import all_errors

OPERATIONS: dict[tuple[str, str], Operation] = {
    **machine.OPERATIONS,
    **country.OPERATIONS,
    **coverage.OPERATIONS,
    **indicators.OPERATIONS,
    **features.OPERATIONS,
    **matching_quality.OPERATIONS,
    **movements.OPERATIONS,
    **offices.OPERATIONS,
    **parcel_lives.OPERATIONS,
    **reports.OPERATIONS,
    **residency.OPERATIONS,
    **runs.OPERATIONS,
    **sessions.OPERATIONS,
    **cases.OPERATIONS,
    **sources.OPERATIONS,
    **uploads.OPERATIONS,
}
# The problem that one meets most, by status.
_USUAL = {
    400: "REQUEST_MALFORMED", 401: "TOKEN_INVALID", 403: "SCOPE_INSUFFICIENT", 404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED", 408: "UPLOAD_STALLED", 409: "REQUEST_ID_REUSED", 410: "CURSOR_EXPIRED",
    412: "TUS_VERSION_UNSUPPORTED",
    413: "BODY_TOO_LARGE", 415: "MEDIA_TYPE_UNSUPPORTED", 422: "REQUEST_INVALID", 423: "UPLOAD_IN_USE",
    429: "RATE_EXCEEDED", 460: "UPLOAD_CHECKSUM_WRONG", 500: "INTERNAL", 503: "DATABASE_UNAVAILABLE",
}  # fmt: skip
_SUCCESSES = {
    200: "Trả lời / Answered.",
    201: "Đã ghi / Noted.",
    202: "Đã nhận / Taken.",
    204: "Không còn gì để nói / Nothing more to say.",
    304: "Vẫn như cũ / Still the same.",
}
_REQUEST_ID = "6f1c1f6e3d1b4f579a530c5f6f0f3a11"


class _Unsaid(dict[str, Any]):
    """Details that only a real case has."""

    def __missing__(self, key: str) -> str:
        return "…"


def fill(described: dict[str, Any]) -> None:
    """Complete every operation of a description, in place."""
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            text = OPERATIONS.get((method, path))
            if text is not None:
                _say(operation, text)
            for status, response in operation["responses"].items():
                _answer(int(status), response, text)


def problem_example(code: str, status: int) -> dict[str, Any]:
    """A problem document as the service would send it; KeyError for a code that does not exist."""
    for kind in KINDS:
        if kind.code == code:
            words = kind.vi, kind.en, kind.mend_vi, kind.mend_en
            break
    else:
        error = {one.code: one for one in all_errors()}[code]
        vi, en, mend_vi, mend_en = (
            text.format_map(_Unsaid()) for text in (error.vi, error.en, error.mend_vi, error.mend_en)
        )
        words, status = (vi, en, mend_vi, mend_en), STATUS[code]
    more = {"errors": [{"where": "body.birth_year", "rule": "greater_than_equal"}]} if code == "REQUEST_INVALID" else {}
    return document(status, code, words, _REQUEST_ID, more)


def _say(operation: dict[str, Any], text: Operation) -> None:
    if " / " not in operation.get("summary", ""):
        operation["summary"] = text.summary
        operation["description"] = f"{text.told_vi}\n\n{operation.get('description', text.en)}"
    body = operation.get("requestBody")
    if body is not None and text.given is not None:
        for content in body["content"].values():
            _example(content, text.given)


def _answer(status: int, response: dict[str, Any], text: Operation | None) -> None:
    said = response.get("description", "")
    if " / " not in said:
        own = "" if said in {"", "Successful Response", TITLES.get(status)} else said
        usual = _SUCCESSES.get(status) or f"{TITLES[status]} / {TITLES_EN[status]}."
        response["description"] = f"{usual} {own}".rstrip()
    for media, content in response.get("content", {}).items():
        content.setdefault("schema", {"type": "string"})
        if media == PROBLEM_TYPE:
            codes: Mapping[int, str] = {} if text is None else text.codes
            _example(content, problem_example(codes.get(status) or _USUAL[status], status))
        elif text is not None and status in text.answers:
            _example(content, text.answers[status])


def _example(content: dict[str, Any], value: Any) -> None:
    if "example" not in content and "examples" not in content:
        content["example"] = value

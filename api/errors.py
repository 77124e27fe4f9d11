"""Turns every error into problem+json (RFC 9457); holds the one table from domain codes to statuses."""

from __future__ import annotations

import json
import logging
import traceback
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from api import problems
from api.address import address_of
from api.fairness import until_midnight
from api.statuses import STATUS
from landdata.errors import DeliveryUnknown, LandDataError, UploadUnknown, all_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from fastapi import FastAPI, Request

    from api.metrics import Metrics
    from landdata.model.agreements import Answer

logger = logging.getLogger("api.errors")

PROBLEM_TYPE = "application/problem+json"

TITLES: dict[int, str] = {
    400: "Yêu cầu sai",
    401: "Chưa xác thực",
    403: "Không được phép",
    404: "Không tìm thấy",
    405: "Phương thức không dùng được ở đây",
    408: "Quá thời gian chờ",
    409: "Mâu thuẫn với điều đã ghi nhận",
    410: "Không còn được giữ",
    412: "Thiếu điều kiện trước",
    413: "Nội dung quá lớn",
    415: "Loại nội dung không nhận",
    422: "Nội dung không hợp lệ",
    423: "Đang được dùng",
    429: "Quá nhiều yêu cầu",
    460: "Không khớp mã kiểm",
    500: "Lỗi máy chủ",
    502: "Dịch vụ không trả lời",
    503: "Tạm thời không phục vụ được",
    504: "Dịch vụ không trả lời",
}

# The same in English, for the description.
TITLES_EN: dict[int, str] = {
    400: "Wrong request",
    401: "Not authenticated",
    403: "Not allowed",
    404: "Not found",
    405: "Method not usable here",
    408: "Waited too long",
    409: "In conflict with what is on record",
    410: "No longer kept",
    412: "A condition is missing",
    413: "Content too large",
    415: "Media type not taken",
    422: "Content not valid",
    423: "In use",
    429: "Too many requests",
    460: "Checksum does not match",
    500: "Server error",
    502: "No answer from the service",
    503: "Not available for now",
    504: "No answer from the service",
}


def document(
    status: int, code: str, words: tuple[str, str, str, str], request_id: str, more: Mapping[str, Any]
) -> dict[str, Any]:
    """The members of a problem document (RFC 9457); `words`: what is wrong and how to mend it, in both languages."""
    vi, en, mend_vi, mend_en = words
    return {
        "type": f"urn:landdata:problem:{code}",
        "title": TITLES.get(status, TITLES[500]),
        "status": status,
        "code": code,
        "detail": vi,
        "detail_en": en,
        "mend": mend_vi,
        "mend_en": mend_en,
        "request_id": request_id,
        **more,
    }


def problem(
    *,
    status: int,
    code: str,
    vi: str,
    en: str,
    mend_vi: str,
    mend_en: str,
    request_id: str,
    headers: Mapping[str, str] | None = None,
    more: Mapping[str, Any] | None = None,
    details: Mapping[str, str | int] | None = None,
) -> Response:
    """One problem document. The code is stable; the sentences may be reworded."""
    body = document(status, code, (vi, en, mend_vi, mend_en), request_id, more or {})
    wait = _come_again(status, code, details or {})
    sent = {"Cache-Control": "no-store"} | ({"Retry-After": str(wait)} if wait else {}) | dict(headers or {})
    return Response(json.dumps(body, ensure_ascii=False), status, sent, PROBLEM_TYPE)


def of_kind(
    kind: problems.Kind,
    request_id: str,
    *,
    headers: Mapping[str, str] | None = None,
    where: Sequence[Mapping[str, str]] | None = None,
) -> Response:
    """The problem document of an HTTP-level problem."""
    return problem(
        status=kind.status, code=kind.code, vi=kind.vi, en=kind.en, mend_vi=kind.mend_vi,
        mend_en=kind.mend_en, request_id=request_id, headers=headers,
        more=None if where is None else {"errors": where},
    )  # fmt: skip


def of_domain(error: LandDataError, request_id: str) -> Response:
    """The problem document of a domain error."""
    return problem(
        status=STATUS.get(error.code, 500), code=error.code, vi=error.sentence("vi"), en=error.sentence("en"),
        mend_vi=error.mend("vi"), mend_en=error.mend("en"), request_id=request_id, details=error.details,
    )  # fmt: skip


def of_refusal(answer: Answer, asked_as: str) -> Response:
    """A refused look-up; it was logged before, so it carries its access id, and the caller's request id."""
    refusal = answer.refusal
    if refusal is None:
        raise AssertionError(answer.status)
    known = {kind.code: kind for kind in all_errors()}.get(refusal.code)
    if known is None:
        raise AssertionError(refusal.code)
    error = known()
    return problem(
        status=STATUS[error.code], code=error.code, vi=error.sentence("vi"), en=error.sentence("en"),
        mend_vi=error.mend("vi"), mend_en=error.mend("en"), request_id=asked_as,
        headers={"X-Access-Id": str(answer.access_id)}, more={"access_id": answer.access_id},
    )  # fmt: skip


def _come_again(status: int, code: str, details: Mapping[str, str | int]) -> int | None:
    """Seconds until another try makes sense; None where only another request does."""
    match code:
        case "QUOTA_USED_UP":
            return until_midnight()
        case "TOO_MANY_LOOKUPS":  # a tenth of a second's work waits
            return 1
        case "TOO_MANY_TRIES":
            return int(details["seconds"])
        case "ACCESS_LOG_UNANCHORED":
            return 300
        case "DISK_FULL" | "DISK_LOW" | "UPLOAD_NO_ROOM":  # a person has to make room first
            return 60
    return 5 if status in {423, 503} else None


def where_of(errors: Iterable[Mapping[str, Any]], root: str | None = None) -> list[dict[str, str]]:
    """Which field broke which rule; never the value, which pydantic's own list holds and quotes."""
    found = []
    for error in errors:
        path = [str(part) for part in error["loc"]]
        if root is not None:
            path.insert(0, root)
        if error["type"] == "extra_forbidden":
            path[-1] = "?"  # the name of an unknown member is the caller's input, too
        found.append({"where": ".".join(path), "rule": str(error["type"])})
    return found[:20]


def crash(error: BaseException, request_id: str) -> Response:
    """An unforeseen error: the log gets its kind and place; never its message, for databases quote values."""
    frames = [
        f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)[-12:]
    ]
    logger.error(
        "crash request_id=%s kind=%s at=%s",
        request_id,
        type(error).__qualname__,
        " < ".join(reversed(frames)),
    )
    return of_kind(problems.INTERNAL, request_id)


def install(
    app: FastAPI, metrics: Metrics, *, to_people: Callable[[Request, problems.Kind], Response | None] = lambda *_: None
) -> None:
    """Register the handlers; nothing that a route raises leaves as anything but a problem document.

    `to_people`: a page for who looks with a browser at an address that is not there, or None.
    """

    async def http_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, problems.HttpError)  # noqa: S101 - narrows the type that Starlette leaves open
        return of_kind(error.kind, request.state.request_id, headers=error.headers, where=error.where)

    async def domain_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, LandDataError)  # noqa: S101
        if error.code not in STATUS:
            logger.error("unmapped code=%s request_id=%s", error.code, request.state.request_id)
        if STATUS.get(error.code, 500) >= 500:
            # Ours to mend, not the caller's: counted by code, for whoever is to be woken.
            metrics.machine_faults.labels(error.code).inc()
            logger.error("machine fault code=%s request_id=%s", error.code, request.state.request_id)
        if isinstance(error, DeliveryUnknown | UploadUnknown):
            # Another office's or none at all: nobody but its own office can tell, and whoever tries many is seen here.
            request.app.state.services.security_log.refused("object", error.code, address_of(request))
        return of_domain(error, request.state.request_id)

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101
        return of_kind(problems.REQUEST_INVALID, request.state.request_id, where=where_of(error.errors()))

    async def framework(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101
        known = {404: problems.NOT_FOUND, 405: problems.METHOD_NOT_ALLOWED, 413: problems.BODY_TOO_LARGE}
        kind = (
            problems.INTERNAL if error.status_code >= 500 else known.get(error.status_code, problems.REQUEST_MALFORMED)
        )
        page = to_people(request, kind) if kind.status in {404, 405} else None
        return page or of_kind(kind, request.state.request_id, headers=error.headers)

    async def gone(request: Request, _: Exception) -> Response:
        # The caller hung up in the middle of its body: nobody reads this, and it is no failure of ours.
        return of_kind(problems.REQUEST_MALFORMED, request.state.request_id, headers={"Connection": "close"})

    app.add_exception_handler(problems.HttpError, http_error)
    app.add_exception_handler(LandDataError, domain_error)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, framework)
    app.add_exception_handler(ClientDisconnect, gone)

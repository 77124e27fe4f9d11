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
from landdata.errors import DeliveryRefused, DeliveryUnknown, LandDataError, UploadUnknown, all_errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from fastapi import FastAPI, Request

    from api.metrics import Metrics
    from landdata.model.agreements import Answer

logger = logging.getLogger("api.errors")

PROBLEM_TYPE = "application/problem+json"

# Domain code -> HTTP status: the only place where a domain error meets HTTP. A code that is missing answers
# 500, and tests/api/test_errors.py names it.
STATUS: dict[str, int] = {
    "ACCESS_LOG_UNANCHORED": 503,
    "ACCESS_LOG_UNWRITTEN": 503,
    "AGENCY_NOT_AGREED": 403,
    "AGREEMENT_DRAFT_CHANGED": 409,
    "AGREEMENT_MISSING": 403,
    "AGREEMENT_STEP_UNFIT": 409,
    "AGREEMENT_UNFIT": 422,
    "AGREEMENT_UNKNOWN": 404,
    "ALERT_RULE_UNFIT": 422,
    "ALERT_RULE_UNKNOWN": 404,
    "ANCHORS_MISSING": 503,
    "BACKFILL_NOT_ALLOWED": 403,
    "BINDING_NOT_AGREED": 403,
    "CASE_STEP_UNFIT": 409,
    "CASE_UNKNOWN": 404,
    "CLIENT_EXISTS": 409,
    "CLIENT_KEY_UNREADABLE": 500,
    "CLIENT_UNFIT": 422,
    "CLIENT_UNKNOWN": 404,
    "COMMUNES_UNFIT": 422,
    "COORDINATE_OUT_OF_RANGE": 422,
    "COPIES_MISSING": 503,
    "COVERAGE_RULE_UNFIT": 422,
    "COVERAGE_TOO_WIDE": 422,
    "CURSOR_EXPIRED": 410,
    "CURSOR_INVALID": 422,
    "DATABASE_NOT_READY": 503,
    "DATABASE_UNAVAILABLE": 503,
    "DATA_FOLDER_NOT_WRITABLE": 503,
    "DECLARATIONS_UNREADABLE": 422,
    "DECISION_UNFIT": 422,
    "DECISION_UNKNOWN": 404,
    "DELIVERY_EMPTY": 400,
    "DECIDER_DELIVERED": 403,
    "DELIVERY_KEY_REUSED": 409,
    "DELIVERY_OVERTAKEN": 409,
    "NOTHING_WAITS": 409,
    "NO_CASES": 404,
    "MATCH_ANSWER_UNWRITABLE": 422,
    "MATCH_COLUMNS_MISSING": 422,
    "MATCH_COLUMN_TWICE": 422,
    "MATCH_FILE_UNREADABLE": 422,
    "MATCH_ROW_UNEVEN": 422,
    "MATCH_TEXT_NOT_UTF8": 422,
    "MENDING_UNFIT": 422,
    "NOT_WITHDRAWABLE": 409,
    "WITHDRAWAL_BLOCKED": 409,
    "DELIVERY_TOO_LARGE": 413,
    "DELIVERY_UNFINISHED": 409,
    "DELIVERY_UNKNOWN": 404,
    "DISK_FULL": 503,
    "DISK_LOW": 503,
    "DIVISION_UNKNOWN": 404,
    "FEATURES_ASKED_WRONGLY": 400,
    "FEATURE_UNKNOWN": 404,
    "JOB_UNKNOWN": 404,
    "ENTRY_UNKNOWN": 404,
    "ENTRY_UNSEALED": 409,
    "EXTERNAL_ISSUER_UNFIT": 500,
    "INSPECTION_UNFIT": 422,
    "KEYS_DAMAGED": 503,
    "KEYS_EXPOSED": 503,
    "KEYS_LOST": 503,
    "KEYS_MISSING": 503,
    "KEY_CHANGE_TOO_EARLY": 409,
    "KEY_CHANGE_UNDER_WAY": 409,
    "KEY_RETIRE_TOO_EARLY": 409,
    "KEY_STILL_NEEDED": 409,
    "KEY_VERSION_MISSING": 503,
    "NO_FIELDS_LEFT": 403,
    "NOTHING_REFUSED": 404,
    "NOTHING_TO_DRAW": 404,
    "OFFICE_UNKNOWN": 404,
    "OFFICE_WITHOUT_UNITS": 422,
    "PERSON_UNKNOWN": 404,
    "POPULATION_QUOTA_USED": 503,
    "POPULATION_REFUSES": 503,
    "POPULATION_UNAVAILABLE": 503,
    "PROCEDURE_NOT_AGREED": 403,
    "PROMISE_UNFIT": 422,
    "PUBLIC_URL_UNFIT": 500,
    "QUOTA_USED_UP": 429,
    "RAW_FILE_DAMAGED": 503,
    "REFERENCE_DATA_DAMAGED": 503,
    "REFERENCE_DATA_MISSING": 503,
    "REFUSED_AS_WHOLE": 409,
    "REQUEST_ID_REUSED": 409,
    "SEALING_KEY_LOST": 503,
    "SEALS_AHEAD": 503,
    "SECOND_PERSON_NEEDED": 403,
    "SECRECY_UNFIT": 422,
    "SECRECY_UNKNOWN": 404,
    "SERVICE_ADDRESS_UNSAFE": 500,
    "SERVICE_REFUSED": 503,
    "SERVICE_UNAVAILABLE": 503,
    "SIGNING_KEY_UNUSABLE": 500,
    "SOURCE_STEP_UNFIT": 409,
    "SOURCE_UNKNOWN": 404,
    "TILE_UNKNOWN": 404,
    "TIMESTAMP_REFUSED": 503,
    "TOO_MANY_LOOKUPS": 503,
    "UNIT_NOT_AGREED": 403,
    "UPLOADS_TOO_MANY": 429,
    "UPLOAD_CHECKSUM_WRONG": 460,
    "UPLOAD_GONE": 410,
    "UPLOAD_IN_USE": 423,
    "UPLOAD_OFFSET_WRONG": 409,
    "UPLOAD_TOO_LONG": 413,
    "UPLOAD_UNKNOWN": 404,
    "UNIT_UNKNOWN": 404,
    "WEBHOOK_UNFIT": 422,
    "WEBHOOK_UNKNOWN": 404,
    "ZONE_UNKNOWN": 422,
    # Accounts and signing in.
    "ACCOUNT_EXISTS": 409,
    "ACCOUNT_UNKNOWN": 404,
    "ADMINISTRATOR_NEEDED": 403,
    "EXTRACT_BUSY": 409,
    "FRESH_PROOF_NEEDED": 403,
    "GIS_KEY_UNFIT": 422,
    "GIS_KEY_UNKNOWN": 404,
    "STEP_NEEDED": 403,
    "IDENTITY_REFUSED": 401,
    "IDENTITY_SETTING_UNFIT": 500,
    "IDENTITY_TAKEN": 409,
    "IDENTITY_UNAVAILABLE": 503,
    "LAST_ADMINISTRATOR": 409,
    "LOGIN_UNFIT": 422,
    "PASSWORD_UNFIT": 422,
    "ROLE_NOT_HELD": 404,
    "ROLE_UNFIT": 422,
    "SECOND_FACTOR_MISSING": 409,
    "SECOND_FACTOR_REFUSED": 401,
    "SERIES_UNFIT": 422,
    "SESSION_UNKNOWN": 404,
    "SIGN_IN_BUSY": 503,
    "SIGN_IN_REFUSED": 401,
    "TOO_MANY_TRIES": 429,
    # What refuses a file as a whole.
    **{kind.code: 422 for kind in all_errors() if issubclass(kind, DeliveryRefused)},
}

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
        case "DISK_FULL" | "DISK_LOW":  # a person has to make room first
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


def install(app: FastAPI, metrics: Metrics) -> None:
    """Register the handlers; nothing that a route raises leaves as anything but a problem document."""

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
        return of_kind(kind, request.state.request_id, headers=error.headers)

    async def gone(request: Request, _: Exception) -> Response:
        # The caller hung up in the middle of its body: nobody reads this, and it is no failure of ours.
        return of_kind(problems.REQUEST_MALFORMED, request.state.request_id, headers={"Connection": "close"})

    app.add_exception_handler(problems.HttpError, http_error)
    app.add_exception_handler(LandDataError, domain_error)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, framework)
    app.add_exception_handler(ClientDisconnect, gone)

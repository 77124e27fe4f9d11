"""The developers' pages, made from our own OpenAPI description: operations, errors, and in a simulation a way to try them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import Request
from starlette.responses import Response

from api import problems
from api.openapi import scopes
from api.problems import KINDS
from api.statuses import STATUS
from api.web.house import house, language_of
from api.web.i18n import Language, Words
from api.web.places import PLACES
from api.web.reference import Operation, operations
from landdata.errors import all_errors
from landdata.model.clients import (
    DECIDE_SCOPE,
    DELIVER_SCOPE,
    INTROSPECT_SCOPE,
    MATCHING_SCOPE,
    PARCELS_SCOPE,
    RESIDENCY_SCOPES,
    STATISTICS_SCOPE,
)
from landdata.model.fields import BASE_SCOPE

if TYPE_CHECKING:
    from api.services import Services
    from api.web.routing import Pages

_SESSION = "session"  # of a person, in a cookie
GROUPS = {
    "oauth": Words("Token", "Tokens"),
    "residency": Words("Nghiệp vụ cư trú: 18 trường", "Residency: the eighteen fields"),
    "deliveries": Words("Giao nộp của văn phòng", "Deliveries of land offices"),
    "matching": Words("Đối chiếu chủ sử dụng", "Matching of holders"),
    "coverage": Words("Mức độ kết nối", "Coverage"),
    "indicators": Words("Chỉ tiêu theo văn bản", "Indicators of the letters"),
    "reports": Words("Báo cáo", "Reports"),
    "units": Words("Đơn vị hành chính", "Administrative units"),
    "map": Words("Thửa đất cho bản đồ và GIS", "Parcels for maps and GIS"),
    "sources": Words("Nguồn và cảnh báo", "Sources and alerts"),
    "jobs": Words("Công việc nền", "Jobs"),
    "sessions": Words("Phiên của cán bộ", "People's sessions"),
    "health": Words("Tình trạng dịch vụ", "Health"),
}


def add(pages: Pages) -> None:
    """Put these pages into the house."""
    pages.get(PLACES.developers)(every)
    pages.get(PLACES.developer_errors)(errors)
    pages.get(PLACES.developer_operation)(one)


def every(request: Request) -> Response:
    """How to begin, and all operations by group."""
    services: Services = request.app.state.services
    found = operations(request.app.openapi())
    groups = [(GROUPS.get(name), [each for each in found if each.group == name]) for name in GROUPS]
    left = [each for each in found if each.group not in GROUPS]
    return house().page(
        request, "developers.html", groups=[*groups, *([(Words("Khác", "Others"), left)] if left else [])],
        version=request.app.version, base=services.issuer, scopes=_scopes(language_of(request)),
        simulated=services.settings.simulated,
    )  # fmt: skip


def one(request: Request, operation: str) -> Response:
    """One operation: what is sent, what comes back, examples, and in a simulation a try."""
    found: Operation | None = next((each for each in operations(request.app.openapi()) if each.name == operation), None)
    if found is None:
        raise problems.HttpError(problems.NOT_FOUND)
    services: Services = request.app.state.services
    return house().page(
        request, "developer_operation.html", one=found, group=GROUPS.get(found.group), base=services.issuer,
        asked=" ".join(_asked(found)), people_alone=set(found.scopes) == {_SESSION},
        # In operation nothing is tried out: a look-up there is a look-up of a citizen.
        simulated=services.settings.simulated,
    )  # fmt: skip


# What each scope opens, in Vietnamese; the description has it in English.
SCOPES_VI = {
    BASE_SCOPE: "Hỏi hồ sơ đất đai của một công dân theo thỏa thuận chia sẻ.",
    DELIVER_SCOPE: "Giao nộp thửa đất của tỉnh mình.",
    DECIDE_SCOPE: "Quyết định về lần giao nộp của mình đang chờ, rút lại lần đã công bố.",
    MATCHING_SCOPE: "Đọc chủ sử dụng của mình chưa khớp với công dân nào.",
    STATISTICS_SCOPE: "Đọc thống kê; thống kê là công khai, phạm vi chỉ cho biết hệ thống nào đọc.",
    PARCELS_SCOPE: "Xem thửa đất trên bản đồ và trong GIS, không có chủ sử dụng; văn phòng chỉ xem tỉnh của mình.",
    INTROSPECT_SCOPE: "Hỏi token của bất kỳ ai có còn được tin không; dành cho máy chủ tài nguyên.",
}


def _scopes(language: Language) -> dict[str, str]:
    """Every scope with what it opens."""
    told = scopes()
    if language is Language.EN:
        return told
    return {name: SCOPES_VI.get(name, words.replace("Fields", "Trường số")) for name, words in told.items()}


def _asked(found: Operation) -> list[str]:
    """Scopes that a try asks for: a look-up needs those of fields, too."""
    named = {scope for scope in found.scopes if scope != _SESSION}
    return sorted(named | RESIDENCY_SCOPES if BASE_SCOPE in named else named)


def errors(request: Request) -> Response:
    """Every stable code, with what it means and what to do."""
    lines = {kind.code: (kind.status, kind.vi, kind.en, kind.mend_vi, kind.mend_en) for kind in KINDS}
    for error in all_errors():
        if error.code in STATUS:
            lines[error.code] = (STATUS[error.code], error.vi, error.en, error.mend_vi, error.mend_en)
    return house().page(request, "developer_errors.html", lines=sorted(lines.items()))

"""Pages of looks into the access log: a search, one entry with its evidence, what stands out, and the citizen's sheet.

What is sought comes by a form and never by an address, and each look is on record before anything of it is shown.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from api.address import address_of
from api.days import VIETNAM, today
from api.web.forms import MENDABLE, Unfit, day_of, list_of, needed, told, typed, whole_of, words_of
from api.web.house import house, language_of
from api.web.i18n import Language, Words
from api.web.listing import table_file
from api.web.places import PLACES
from api.web.routing import field
from api.web.words import Mark
from landdata.flows import evidence as evidences
from landdata.flows import inspections
from landdata.model.access_log import INSPECTED
from landdata.model.agreements import AnswerStatus
from landdata.model.cells import harmless
from landdata.model.fields import FIELDS
from landdata.model.inspections import Inspector, Kind, Sought

if TYPE_CHECKING:
    from api.services import Services
    from api.web.routing import Pages
    from landdata.model.inspections import Entry
    from landdata.model.people import SignedIn

PAGE, MOST_ROWS, SHEET = 50, 1000, 500
MOST_INDEXES = 20
STATUSES = {
    AnswerStatus.FOUND: Mark("ok", Words("Có dữ liệu", "Found")),
    AnswerStatus.NO_RECORD: Mark("off", Words("Không có hồ sơ", "No record")),
    AnswerStatus.NOT_COVERED: Mark("off", Words("Chưa phủ tới", "Not covered")),
    AnswerStatus.UNAVAILABLE: Mark("wait", Words("Chưa trả lời được", "Unavailable")),
    AnswerStatus.IDENTITY_MISMATCH: Mark("wait", Words("Không khớp danh tính", "Identity mismatch")),
    AnswerStatus.REFUSED: Mark("bad", Words("Bị từ chối", "Refused")),
    INSPECTED: Mark("off", Words("Thanh tra xem nhật ký", "Looked at by an inspector")),
}
# What an inspection was, where the log has a procedure of the one who asks.
INSPECTIONS = {
    Kind.SEARCH: Words("tìm trong nhật ký", "a search of the log"),
    Kind.CITIZEN: Words("lập phiếu này cho công dân", "a sheet like this one"),
    Kind.EVIDENCE: Words("lấy bằng chứng của một dòng", "evidence of one entry"),
}
_NAMES = {one.name: Words(one.name_vi, one.name_en) for one in FIELDS}


def add(pages: Pages) -> None:
    """Put these pages into the house."""
    pages.get(PLACES.log_search)(search_page)
    pages.post(PLACES.log_search)(search)
    pages.post(PLACES.log_entry)(entry)
    pages.post(PLACES.log_evidence)(evidence)
    pages.post(PLACES.log_patterns)(patterns)
    pages.get(PLACES.log_citizen)(citizen_page)
    pages.post(PLACES.log_citizen)(citizen)


def search_page(request: Request) -> Response:
    return _search(request)


def search(request: Request) -> Response:
    """One page of what fits; as a file with up to a thousand entries."""
    form = field(request, "dang")
    try:
        page = inspections.search(
            _db(request), who=_who(request), sought=_sought(request, MOST_ROWS if form in {"csv", "xlsx"} else PAGE)
        )
    except MENDABLE as error:
        return _search(request, error=error)
    if form in {"csv", "xlsx"}:
        return _file(form, page.entries, language_of(request))
    return _search(request, page=page)


def entry(request: Request) -> Response:
    """One entry: what was given, under which agreement, and what vouches for it."""
    try:
        shown = inspections.show(_db(request), who=_who(request), access_id=_number(request))
    except MENDABLE as error:
        return _search(request, error=error)
    return house().page(
        request, "access_entry.html", d=shown, one=shown.entry, statuses=STATUSES, names=_NAMES, typed=typed(request),
        refused=None,
    )  # fmt: skip


def evidence(request: Request) -> Response:
    """What proves one entry to strangers, as a file that `verify_evidence.py`, linked beside it, checks without us."""
    services: Services = request.app.state.services
    try:
        number = _number(request)
        found = evidences.evidence(
            services.pools.auditor, settings=services.settings, who=_who(request), access_id=number,
            newest=bool(field(request, "moi_nhat")),
        )  # fmt: skip
    except MENDABLE as error:
        return _search(request, error=error)
    body = json.dumps(found, ensure_ascii=False, indent=1) + "\n"
    name = f"bang-chung-{number}" if language_of(request) == "vi" else f"evidence-{number}"
    headers = {"Content-Disposition": f'attachment; filename="{name}.json"', "Cache-Control": "no-store"}
    return Response(body, 200, headers, media_type="application/json")


def patterns(request: Request) -> Response:
    """What stands out between two days."""
    try:
        since, until = _range(request)
        if since is None or until is None:
            raise Unfit("Cần ngày đầu và ngày cuối.", "A first and a last day are needed.")
        found = inspections.patterns(_db(request), who=_who(request), since=since, until=until)
    except MENDABLE as error:
        return _search(request, error=error)
    return _search(request, patterns=found)


def citizen_page(request: Request) -> Response:
    return _citizen(request)


def citizen(request: Request) -> Response:
    """Who looked at one citizen's data: the sheet that is handed over."""
    services: Services = request.app.state.services
    try:
        asked_by = needed(request, "nguoi_yeu_cau", "người yêu cầu", "Who asks for it")
        who = _who(request, lead=f"Người yêu cầu / asked for by: {asked_by}. ")
        subject, *former = _subjects(request)
        found = inspections.citizen(services.pools.auditor, who=who, subject=subject, former=tuple(former), limit=SHEET)
    except MENDABLE as error:
        return _citizen(request, error)
    return house().page(
        request, "citizen_sheet.html", looks=found, asked_by=asked_by, who_looked=who, names=_NAMES, statuses=STATUSES,
        ending=_digits(request)[-3:], made_at=datetime.now(VIETNAM), most=SHEET, inspected=INSPECTIONS,
    )  # fmt: skip


def _search(request: Request, *, error: Exception | None = None, **given: Any) -> Response:
    return house().page(
        request,
        "access_search.html",
        status=200 if error is None else 422,
        refused=told(request, error),
        typed=_again(request),
        statuses=STATUSES,
        week=(today() - timedelta(days=6), today()),
        **{"page": None, "patterns": None, **given},
    )


def _citizen(request: Request, error: Exception | None = None) -> Response:
    return house().page(
        request,
        "citizen_form.html",
        status=200 if error is None else 422,
        refused=told(request, error),
        typed=_again(request),
    )


def _again(request: Request) -> dict[str, list[str]]:
    """What was typed, but for a citizen's number: that is never written back into a page, its blind index is."""
    said = {name: values for name, values in typed(request).items() if name != "so_dinh_danh"}
    if said and len(_digits(request)) in {9, 12}:
        said["chi_muc"] = [",".join(map(str, _subjects(request)))]
    return said


def _db(request: Request) -> Any:
    return request.app.state.services.pools.auditor


def _who(request: Request, *, lead: str = "") -> Inspector:
    """Who looks, why, and under which file of the inspection. Raises Unfit."""
    who: SignedIn = request.state.who
    reason = needed(request, "ly_do", "lý do", "A reason")
    return Inspector(
        who.login, lead + reason, needed(request, "so_ho_so", "số hồ sơ kiểm tra", "The file of the inspection"),
        address_of(request),
    )  # fmt: skip


def _number(request: Request) -> int:
    found = whole_of(request, "so")
    if found is None or not 0 < found < 2**63:
        raise Unfit("Cần số của một dòng.", "The number of an entry is needed.")
    return found


def _range(request: Request) -> tuple[datetime | None, datetime | None]:
    """From the beginning of the first day to the end of the last one, in Vietnam."""
    first, last = day_of(request, "tu"), day_of(request, "den")
    if first and last and last < first:
        raise Unfit("Ngày cuối trước ngày đầu.", "The last day is before the first.")
    return _midnight(first) if first else None, _midnight(last + timedelta(days=1)) if last else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), VIETNAM)


def _sought(request: Request, limit: int) -> Sought:
    since, until = _range(request)
    named = _digits(request) or words_of(request, "chi_muc")
    subject, *former = _subjects(request) if named else (None,)
    return Sought(
        since=since, until=until, client_id=words_of(request, "he_thong"), agency_code=words_of(request, "co_quan"),
        officer_code=words_of(request, "can_bo"), service_code=words_of(request, "thu_tuc"),
        case_file_no=words_of(request, "ho_so"), status=words_of(request, "ket_qua"), subject=subject,
        before=whole_of(request, "truoc"), limit=limit, former=tuple(former), refusal=words_of(request, "ma_loi"),
        access_id=whole_of(request, "so"),
    )  # fmt: skip


def _digits(request: Request) -> str:
    return "".join(letter for letter in field(request, "so_dinh_danh") if letter.isdecimal())


def _subjects(request: Request) -> list[UUID]:
    """The citizen as blind indexes, the present one first: of a number that was typed, or as entries show it. Raises Unfit."""
    digits = _digits(request)
    shown = [] if digits else list_of(request, "chi_muc")
    if shown:
        try:
            return [UUID(one) for one in shown[:MOST_INDEXES]]
        except ValueError:
            raise Unfit("Chỉ mục của công dân không đúng dạng.", "The citizen's index has another form.") from None
    if len(digits) not in {9, 12} or not digits.isascii():
        raise Unfit("Số định danh có 9 hoặc 12 chữ số.", "A citizen number has 9 or 12 digits.")
    return request.app.state.services.number_keys.indexes_ever(digits)  # type: ignore[no-any-return]


def _file(form: str, entries: tuple[Entry, ...], language: Language) -> Response:
    """The entries as a table; what a consumer wrote must not become a formula in somebody's table."""

    def cell(value: Any) -> str:
        if isinstance(value, tuple):
            return "; ".join(value)
        if isinstance(value, datetime):
            return value.astimezone(VIETNAM).isoformat(timespec="seconds")
        return "" if value is None else harmless(str(value))

    head = [words[language] for words in _HEAD.values()]
    rows = [[cell(asdict(one)[name]) for name in _HEAD] for one in entries]
    name = "nhat-ky-truy-cap" if language == "vi" else "access-log"
    return table_file(form, name=f"{name}-{today():%Y-%m-%d}", head=head, rows=rows)


_HEAD = {
    "access_id": Words("Số", "Number"),
    "at": Words("Lúc", "At"),
    "client_id": Words("Hệ thống", "Client"),
    "agreement": Words("Thỏa thuận", "Agreement"),
    "agency_code": Words("Cơ quan", "Agency"),
    "officer_code": Words("Cán bộ", "Officer"),
    "service_code": Words("Thủ tục", "Procedure"),
    "case_file_no": Words("Hồ sơ", "File"),
    "subject": Words("Công dân (chỉ mục mù)", "Citizen (blind index)"),
    "status": Words("Kết quả", "Status"),
    "reason": Words("Lý do", "Reason"),
    "fields": Words("Trường đã trao", "Fields given"),
    "replayed": Words("Lặp lại", "Repeated"),
    "request_id": Words("Mã yêu cầu", "Request"),
    "address": Words("Địa chỉ", "Address"),
    "refused_at": Words("Từ chối lúc", "Refused at"),
}

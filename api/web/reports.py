"""Pages of reports for people of the ministry: the list, asking for one, how far it is, what it compares, its files."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from fastapi import Request
from starlette.responses import Response

from api import problems
from api.reported import as_file
from api.web.deliveries import told
from api.web.house import house, language_of
from api.web.i18n import DIVISIONS, Words
from api.web.places import PLACES
from api.web.routing import field, see_other
from api.web.words import Mark
from landdata.errors import LandDataError, ReportFileUnknown, ReportUnfit, ReportUnknown
from landdata.flows import reports
from landdata.model.reports import NAMES, Form, Language, Report, Step
from landdata.model.reports import file_name as name_of
from landdata.writing.report_words import FIGURES, KINDS

if TYPE_CHECKING:
    from api.web.routing import Pages

MOST_LISTED = 200
_MOST_NUMBER = 10**12
WAITING = Mark("off", Words("Đang chờ", "Waiting"))
UNDER_WAY = Mark("wait", Words("Đang lập", "Under way"))
MADE = Mark("ok", Words("Đã lập", "Made"))
STEPS = {
    Step.FIGURES: Words("Đọc và giữ số liệu", "Figures read and kept"),
    Step.VI: Words("Tệp tiếng Việt, ký số", "Vietnamese files, signed"),
    Step.EN: Words("Tệp tiếng Anh, ký số", "English files, signed"),
}
FORMS = {
    Form.PDF: Words("PDF, báo cáo đầy đủ", "PDF, the whole report"),
    Form.XLSX: Words("Bảng tính (XLSX)", "Workbook (XLSX)"),
    Form.CSV: Words("Các bảng CSV (ZIP)", "Tables as CSV (ZIP)"),
    Form.LETTERS: Words("Trang kèm công văn cho từng tỉnh (ZIP)", "Pages for letters to each province (ZIP)"),
    Form.FIGURES: Words("Số liệu (JSON)", "Figures (JSON)"),
}


def add(pages: Pages) -> None:
    """Put these pages into the house."""
    pages.get(PLACES.reports)(every)
    pages.post(PLACES.report_ask)(ask)
    pages.get(PLACES.report)(one)
    pages.get(PLACES.report_file)(file)


def every(request: Request) -> Response:
    """The reports, and the form that asks for one."""
    return _listed(request)


def ask(request: Request) -> Response:
    """Ask for a report, and look at it."""
    try:
        against, before_on = field(request, "so_sanh"), field(request, "ngay_truoc")
        number = reports.ask(
            request.app.state.services.pools.uploader,
            on=_day(field(request, "ngay")),
            division=field(request, "chia") or None,
            against=_number(against) if against else None,
            before_on=_day(before_on) if before_on and not against else None,
            login=request.state.who.login,
        )
    except (LandDataError, problems.HttpError) as error:
        return _listed(request, error)
    return see_other(PLACES.report.path(language_of(request), number=number))


def one(request: Request, number: str) -> Response:
    """One report: how far it is, or what it tells beside what it is compared with, and its files."""
    services = request.app.state.services
    found = reports.show(services.pools.dashboard, _number(number))
    content = None
    if found.made_at is not None:
        content = reports.content_of(services.pools.dashboard, services.settings.data_dir, found.number)
    return house().page(
        request, "report.html", report=found, content=content, mark=mark_of(found), steps=STEPS, forms=FORMS,
        files=_files(found), figures=FIGURES, kinds=KINDS, divisions=DIVISIONS,
    )  # fmt: skip


def file(request: Request, number: str, file_name: str) -> Response:
    """A file of a report."""
    known = _number(number)
    if file_name not in NAMES:
        raise ReportFileUnknown(number=known, name=file_name[:60])
    return as_file(request.app.state.services, known, file_name)


def mark_of(found: Report) -> Mark:
    """How a report stands."""
    if found.made_at is not None:
        return MADE
    return UNDER_WAY if found.steps else WAITING


def _listed(request: Request, error: LandDataError | problems.HttpError | None = None) -> Response:
    found = reports.listed(request.app.state.services.pools.dashboard, most=MOST_LISTED)
    form: dict[str, list[str]] = getattr(request.state, "form", {})
    return house().page(
        request, "reports.html", status=200 if error is None else 422, refused=told(request, error), reports=found,
        mark_of=mark_of, kinds=KINDS, divisions=DIVISIONS, typed={name: values[0] for name, values in form.items()},
    )  # fmt: skip


def _files(found: Report) -> list[tuple[Form, list[tuple[Language | None, Any]]]]:
    """The files there are, form by form."""
    every = []
    for form in Form:
        languages: tuple[Language | None, ...] = (None,) if form is Form.FIGURES else tuple(Language)
        kept = [(language, found.file(name_of(language, form))) for language in languages]
        there = [(language, each) for language, each in kept if each is not None]
        if there:
            every.append((form, there))
    return every


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ReportUnfit(reason_vi="ngày không đúng dạng", reason_en="a day is not written as one") from None


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) > _MOST_NUMBER:
        raise ReportUnknown(number=text[:20])
    return int(text)

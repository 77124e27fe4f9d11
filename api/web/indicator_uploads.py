"""The pages on which the ministry uploads figures of indicators: the form, what every row would do, and the record of it."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import UUID

from anyio import to_thread
from fastapi import Request
from starlette.responses import Response

from api.requests import TABLE_BYTES, refuse_encoding
from api.web import indicator_words as words
from api.web.allowed import require_token
from api.web.house import house, language_of
from api.web.listing import table_file
from api.web.multipart import FileForm
from api.web.places import PLACES
from api.web.routing import field, see_other
from api.web.state import typed_day
from landdata.checking.indicators import COLUMNS
from landdata.errors import IndicatorReasonMissing, IndicatorTableRefused, IndicatorTableUnreadable, LandDataError
from landdata.flows import indicator_uploads, indicators

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from api.services import Services
    from api.web.routing import Pages
    from landdata.model.people import SignedIn

_MOST_SOURCE, _MOST_NAME = 300, 200


def add(pages: Pages) -> None:
    """Put these pages into the house."""
    pages.get(PLACES.indicator_upload)(upload_page)
    pages.post(PLACES.indicator_upload, streamed=True)(upload)
    pages.get(PLACES.indicator_template_csv)(_template("csv"))
    pages.get(PLACES.indicator_template_xlsx)(_template("xlsx"))
    pages.get(PLACES.indicator_draft)(draft_page)
    pages.post(PLACES.indicator_record)(record)
    pages.post(PLACES.indicator_forget)(forget)


def upload_page(request: Request) -> Response:
    """The form."""
    return _form(request, None, {"ct": request.query_params.get("ct", "")})


async def upload(request: Request) -> Response:
    """Take a table; then to what every row of it would do, or the form again with what was wrong."""
    refuse_encoding(request)
    form = FileForm(request.headers.get("content-type", ""), aiter(request.stream()))
    fields = await form.fields()
    require_token(request, fields.pop("ma_bieu_mau", ""))
    content = b"".join([piece async for piece in form.content()])
    return await to_thread.run_sync(_begin, request, fields, form.file_name, content)


def _begin(request: Request, fields: dict[str, str], file_name: str, content: bytes) -> Response:
    services: Services = request.app.state.services
    who: SignedIn = request.state.who
    try:
        if not fields.get("nguon", "").strip():
            raise IndicatorTableUnreadable(
                reason_vi="chưa nêu văn bản có số liệu", reason_en="the letter it stands in is not named"
            )
        day = _day(fields.get("ngay", ""))
        rows = indicator_uploads.read(content, scratch=services.settings.data_dir / "scratch")
        draft = indicator_uploads.begin(
            services.pools.uploader,
            code=fields.get("ct", ""),
            rows=rows,
            on=day,
            source=" ".join(fields["nguon"].split())[:_MOST_SOURCE],
            file_name=file_name[:_MOST_NAME],
            sha256=sha256(content).hexdigest(),
            login=who.login,
        )
    except LandDataError as error:
        return _form(request, error, fields)
    return see_other(PLACES.indicator_draft.path(language_of(request), uid=draft.upload_uid))


def draft_page(request: Request, uid: UUID) -> Response:
    """What every row of a table would do."""
    return _draft(request, uid, None)


def record(request: Request, uid: UUID) -> Response:
    """Record the table, and look at the indicator."""
    services: Services = request.app.state.services
    who: SignedIn = request.state.who
    draft = indicator_uploads.waiting(services.pools.uploader, uid=uid, login=who.login)
    try:
        indicator_uploads.record(
            services.pools.uploader, uid=uid, login=who.login, reason=field(request, "ly_do")[:_MOST_SOURCE]
        )
    except (IndicatorReasonMissing, IndicatorTableRefused) as error:
        return _draft(request, uid, error)
    return see_other(f"{PLACES.indicators.path(language_of(request))}?ct={draft.indicator.code}")


def forget(request: Request, uid: UUID) -> Response:
    """Give the table up."""
    services: Services = request.app.state.services
    indicator_uploads.forget(services.pools.uploader, uid=uid, login=request.state.who.login)
    return see_other(PLACES.indicator_upload.path(language_of(request)))


def _template(kind: str) -> Callable[[Request], Response]:
    def template(request: Request) -> Response:
        """An empty table to be filled in."""
        language = language_of(request)
        head = [others[0] if language == "vi" else one for one, others in COLUMNS.items()]
        return table_file(kind, name="mau-chi-tieu" if language == "vi" else "indicator-template", head=head, rows=[])

    return template


def _day(text: str) -> date | None:
    if not text.strip():
        return None
    try:
        return typed_day(text)
    except ValueError:
        raise IndicatorTableUnreadable(
            reason_vi=f"“{text[:20]}” không phải một ngày", reason_en=f"“{text[:20]}” is not a day"
        ) from None


def _form(request: Request, error: LandDataError | None, typed: dict[str, str]) -> Response:
    services: Services = request.app.state.services
    return house().page(
        request,
        "indicator_upload.html",
        status=200 if error is None else 422,
        refused=_told(request, error),
        typed=typed,
        every=indicators.listed(services.pools.dashboard),
        most=TABLE_BYTES,
        columns=COLUMNS,
        words=words,
    )


def _draft(request: Request, uid: UUID, error: LandDataError | None) -> Response:
    services: Services = request.app.state.services
    draft = indicator_uploads.waiting(services.pools.uploader, uid=uid, login=request.state.who.login)
    return house().page(
        request,
        "indicator_draft.html",
        status=200 if error is None else 422,
        refused=_told(request, error),
        draft=draft,
        changes=indicator_uploads.Change,
        sentence=indicator_uploads.sentence,
        mend=indicator_uploads.mend,
        as_cells=indicator_uploads.as_cells,
        words=words,
    )


def _told(request: Request, error: LandDataError | None) -> tuple[str, str] | None:
    language = language_of(request)
    return None if error is None else (error.sentence(language), error.mend(language))

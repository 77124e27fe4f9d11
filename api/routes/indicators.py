"""Indicators of the government office's letters: figures for anyone, as JSON and table; the ministry sends tables in."""

from functools import partial
from hashlib import sha256
from typing import Annotated
from uuid import UUID

from anyio import to_thread
from fastapi import APIRouter, Depends, Path, Query, Request, Response

from api.people import person_who_may
from api.requests import refuse_encoding, refuse_repeats, strict_json
from api.routes.sessions import CHANGES
from api.schemas.indicators import (
    DraftOut,
    FiguresOut,
    IndicatorOut,
    IndicatorsOut,
    RecordedOut,
    RecordIn,
    SummaryOut,
    SummaryQuery,
    UploadQuery,
    ValuesQuery,
    VersionOut,
    VersionsOut,
    VersionsQuery,
)
from api.schemas.problems import documented
from api.services import Served, Services
from api.tables import CSV, csv_of
from api.watchers import SECURITY, WatcherCaller
from landdata.flows import indicator_uploads, indicators
from landdata.model.indicators import Figures
from landdata.model.people import Act, SignedIn
from landdata.writing.indicators import of_figures

router = APIRouter(
    prefix="/v1/indicators",
    tags=["indicators"],
    dependencies=[Depends(refuse_repeats)],
    responses=documented(400, 401, 403, 404, 422, 503),
)
FILE = {
    "required": True,
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    "description": "The table as it is: CSV (UTF-8) or XLSX, at most 1 MiB. Columns: subject or unit_code, level, on, done, "
    "total, remaining, state, due, reached_on, lead, note, by their English or Vietnamese names.",
}
# Public figures: a token or a session is welcome, not needed.
IndicatorCode = Annotated[str, Path(pattern=r"^[A-Z_]{1,40}$", description="Code of the indicator.")]
UploadUid = Annotated[UUID, Path(description="Identity of the table that waits.")]
Asked = Annotated[ValuesQuery, Query()]
Manager = Annotated[SignedIn, Depends(person_who_may(Act.MANAGE_INDICATORS))]


@router.get("", openapi_extra=SECURITY)
def list_indicators(_: WatcherCaller, services: Served) -> IndicatorsOut:
    """What is measured, with target, states and letter."""
    return IndicatorsOut(indicators=[IndicatorOut.of(one) for one in indicators.listed(services.pools.dashboard)])


@router.get("/{code}/values", openapi_extra=SECURITY)
def values(_: WatcherCaller, services: Served, code: IndicatorCode, query: Asked) -> FiguresOut:
    """How every subject stands on a day: done of total or a state, against its due date, early, on time or late."""
    return FiguresOut.of(_figures(services, code, query))


@router.get("/{code}/values.csv", openapi_extra=SECURITY, response_class=Response, responses=CSV)
def values_csv(_: WatcherCaller, services: Served, code: IndicatorCode, query: Asked) -> Response:
    """The same as a table: a line for each subject and level."""
    found = _figures(services, code, query)
    return csv_of(of_figures(found), f"{code.lower()}_{found.division or 'published'}_{found.effective_on}")


@router.get("/{code}/summary", openapi_extra=SECURITY)
def summary(
    _: WatcherCaller, services: Served, code: IndicatorCode, query: Annotated[SummaryQuery, Query()]
) -> SummaryOut:
    """All subjects of a kind at a level together."""
    return SummaryOut.of(
        indicators.summary(
            services.pools.dashboard,
            code=code,
            effective_on=query.effective_on,
            known_at=query.known_at,
            division=query.division,
        )
    )


@router.get("/{code}/versions", openapi_extra=SECURITY)
def versions(
    caller: WatcherCaller,
    services: Served,
    response: Response,
    code: IndicatorCode,
    query: Annotated[VersionsQuery, Query()],
) -> VersionsOut:
    """Every version of the values that were corrected, with the reason; people of the ministry see who did it."""
    response.headers["Cache-Control"] = "no-store"
    found = indicators.versions(services.pools.dashboard, code=code, known_at=query.known_at, named=caller.ministry)
    return VersionsOut(versions=[VersionOut.of(one, named=caller.ministry) for one in found])


@router.post(
    "/{code}/uploads",
    status_code=201,
    responses=documented(413, 415),
    openapi_extra={**CHANGES, "requestBody": FILE},
)
async def upload(
    caller: Manager, services: Served, request: Request, code: IndicatorCode, query: Annotated[UploadQuery, Query()]
) -> DraftOut:
    """Send a table: every row is checked and told, and nothing counts until the table is recorded."""
    refuse_encoding(request)
    content = await request.body()
    draft = await to_thread.run_sync(partial(begun, services, caller, code, query, content))
    return DraftOut.of(draft)


@router.get("/uploads/{upload}", openapi_extra={"security": [{"session": []}]})
def waiting(caller: Manager, services: Served, response: Response, upload: UploadUid) -> DraftOut:
    """A table of one's own that waits, as it would be recorded now."""
    response.headers["Cache-Control"] = "no-store"
    return DraftOut.of(indicator_uploads.waiting(services.pools.uploader, uid=upload, login=caller.login))


@router.post(
    "/uploads/{upload}/records",
    status_code=201,
    dependencies=[Depends(strict_json)],
    responses=documented(413, 415),
    openapi_extra=CHANGES,
)
def record(caller: Manager, services: Served, upload: UploadUid, said: RecordIn) -> RecordedOut:
    """Record a table as a whole; values that it changes get a new version, with the reason and the person."""
    return RecordedOut.of(
        indicator_uploads.record(services.pools.uploader, uid=upload, login=caller.login, reason=said.reason)
    )


def begun(services: Services, who: SignedIn, code: str, said: UploadQuery, content: bytes) -> indicator_uploads.Draft:
    """Read a table and keep it until it is recorded. Raises IndicatorTableUnreadable, IndicatorUnknown."""
    rows = indicator_uploads.read(content, scratch=services.settings.data_dir / "scratch")
    return indicator_uploads.begin(
        services.pools.uploader,
        code=code,
        rows=rows,
        on=said.on,
        source=said.source,
        file_name=said.file_name,
        sha256=sha256(content).hexdigest(),
        login=who.login,
    )


def _figures(services: Services, code: str, query: ValuesQuery) -> Figures:
    return indicators.figures(
        services.pools.dashboard,
        code=code,
        effective_on=query.effective_on,
        known_at=query.known_at,
        division=query.division,
        level=query.level,
        subject_kind=query.subject_kind,
        subject=query.subject,
        timing=query.timing,
    )

"""Reports for the ministry: the list, one of them, its files, and asking for one; for people of the ministry."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response

from api.ministry import MinistryCaller
from api.reported import MEDIA, as_file
from api.requests import refuse_repeats, strict_json
from api.routes.sessions import CHANGES
from api.schemas import cursors
from api.schemas.problems import documented
from api.schemas.reports import ReportFileName, ReportIn, ReportNumber, ReportOut, ReportsOut
from api.services import Served
from landdata.flows import reports
from landdata.model.reports import NAMES

router = APIRouter(prefix="/v1/reports", tags=["reports"], dependencies=[Depends(refuse_repeats)])
Body = Depends(strict_json)
_SECURITY: dict[str, Any] = {"security": [{"session": []}]}
Number = Annotated[ReportNumber, Path(description="Number of the report.")]
_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file.",
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in MEDIA.values()},
    }
}


@router.get("", openapi_extra=_SECURITY, responses=documented(400, 401, 403, 422, 503))
def list_reports(
    _: MinistryCaller,
    services: Served,
    response: Response,
    cursor: Annotated[str | None, Query(max_length=200, description="`next_cursor` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ReportsOut:
    """The reports, newest first, also those under way."""
    response.headers["Cache-Control"] = "no-store"
    before = cursors.number_of(cursor) if cursor is not None else None
    found = reports.listed(services.pools.dashboard, before=before, most=limit + 1)
    more = cursors.cursor_of_number(found[limit - 1].number) if len(found) > limit else None
    return ReportsOut(reports=[ReportOut.of(one) for one in found[:limit]], next_cursor=more)


@router.post(
    "", status_code=202, dependencies=[Body], openapi_extra=CHANGES,
    responses=documented(400, 401, 403, 404, 413, 415, 422, 503),
)  # fmt: skip
def ask_for_report(caller: MinistryCaller, services: Served, response: Response, asked: ReportIn) -> ReportOut:
    """Ask for a report; the worker makes it, and `Location` tells how far it is."""
    db = services.pools.uploader
    number = reports.ask(
        db, on=asked.on, known_at=asked.known_at, division=asked.division, against=asked.against,
        before_on=asked.before_on, login=caller.login,
    )  # fmt: skip
    response.headers["Location"] = f"/v1/reports/{number}"
    return ReportOut.of(reports.show(services.pools.dashboard, number))


@router.get("/{number}", openapi_extra=_SECURITY, responses=documented(400, 401, 403, 404, 422, 503))
def show_report(_: MinistryCaller, services: Served, response: Response, number: Number) -> ReportOut:
    """One report; its files are named once it is made."""
    response.headers["Cache-Control"] = "no-store"
    return ReportOut.of(reports.show(services.pools.dashboard, number))


@router.get(
    "/{number}/files/{name}", openapi_extra=_SECURITY, response_class=Response,
    responses={**_FILE, **documented(400, 401, 403, 404, 422, 503)},
)  # fmt: skip
def report_file(
    _: MinistryCaller,
    services: Served,
    number: Number,
    name: Annotated[ReportFileName, Path(description=f"One of {', '.join(NAMES)}.")],
) -> Response:
    """A file of a report, as it was made and signed; its hash is the entity tag."""
    return as_file(services, number, name)

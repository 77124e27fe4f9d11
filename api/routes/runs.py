"""Jobs of the worker: what each promises and how it stands, and the journal of their runs; for people of the ministry."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from api.ministry import MinistryCaller
from api.requests import refuse_repeats
from api.schemas import cursors
from api.schemas.problems import documented
from api.schemas.runs import JobName, RunsOut, ScheduleOut
from api.schemas.text import Moment
from api.services import Served
from landdata.flows import jobs
from landdata.model.jobs import Outcome, Wanted

router = APIRouter(prefix="/v1/runs", tags=["jobs"], dependencies=[Depends(refuse_repeats)])
_SECURITY: dict[str, Any] = {"security": [{"session": []}]}


@router.get("", openapi_extra=_SECURITY, responses=documented(400, 401, 403, 404, 422, 503))
def list_runs(
    _: MinistryCaller,
    services: Served,
    response: Response,
    job: Annotated[JobName | None, Query(description="Name of a job; all when left out.")] = None,
    outcome: Annotated[Outcome | None, Query(description="How it ended; all when left out.")] = None,
    since: Annotated[Moment | None, Query(description="Only what began then or later (ISO 8601 with offset).")] = None,
    cursor: Annotated[str | None, Query(max_length=200, description="`next_cursor` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> RunsOut:
    """The journal of the worker, newest first: every try of every job, with how it ended and by what code it failed."""
    response.headers["Cache-Control"] = "no-store"
    after = cursors.number_of(cursor) if cursor is not None else None
    page = jobs.page(services.pools.dashboard, Wanted(job, outcome, since), after=after, most=limit)
    return RunsOut.of(page, cursors.cursor_of_number(page.after) if page.after is not None else None)


@router.get("/schedule", openapi_extra=_SECURITY, responses=documented(400, 401, 403, 422, 503))
def schedule(_: MinistryCaller, services: Served, response: Response) -> ScheduleOut:
    """Every job: its next slot, when it was last done, what it promises, whether it keeps it, and what waits for it."""
    response.headers["Cache-Control"] = "no-store"
    return ScheduleOut.of(jobs.standings(services.pools.dashboard), datetime.now(UTC))

"""Why a figure of coverage moved between two days: causes that add up exactly; whose a delivery was is not public."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from api.days import today
from api.requests import refuse_repeats
from api.schemas.movements import MovementOut, MovementQuery
from api.schemas.problems import documented
from api.services import Served
from api.watchers import SECURITY, Watcher, WatcherCaller
from landdata.flows import movements
from landdata.model.movements import End, Movement, told_to
from landdata.writing.movements import as_csv

router = APIRouter(
    prefix="/v1/coverage",
    tags=["coverage"],
    dependencies=[Depends(refuse_repeats)],
    responses=documented(400, 401, 403, 404, 422, 503),
)
# What it says depends on who asks.
_PRIVATE = {"Cache-Control": "no-store"}
_CSV: dict[int | str, dict[str, Any]] = {
    200: {"description": "The same figures as a table.", "content": {"text/csv": {"schema": {"type": "string"}}}}
}


@router.get("/changes", openapi_extra=SECURITY)
def changes(
    caller: WatcherCaller, services: Served, response: Response, query: Annotated[MovementQuery, Query()]
) -> MovementOut:
    """Deliveries, withdrawals, successions and changes of rules that make up a difference, each with its signed part."""
    response.headers.update(_PRIVATE)
    return MovementOut.of(_asked(caller, services, query), simulated=services.settings.simulated)


@router.get("/changes.csv", openapi_extra=SECURITY, response_class=Response, responses=_CSV)
def changes_csv(caller: WatcherCaller, services: Served, query: Annotated[MovementQuery, Query()]) -> Response:
    """The same as a table: the state before, a line for each cause, the state after."""
    found = _asked(caller, services, query)
    name = f"coverage_changes_{found.unit or 'VN'}_{found.before.on}_{found.after.on}.csv"
    return Response(
        "\ufeff" + as_csv(found),  # without the mark Excel reads UTF-8 as the local code page
        media_type="text/csv; charset=utf-8",
        headers={**_PRIVATE, "Content-Disposition": f'attachment; filename="{name}"'},
    )


def _asked(caller: Watcher, services: Served, query: MovementQuery) -> Movement:
    found = movements.explain(
        services.pools.dashboard,
        before=End(query.from_, query.from_known_at, query.from_division or query.division),
        after=End(query.to or today(), query.to_known_at, query.division),
        unit=query.unit,
        level=query.level,
        first=query.first,
        limit=query.limit,
    )
    return told_to(found, ministry=caller.ministry, office_code=caller.office_code)

"""Why a figure of coverage moved between two days: causes that add up exactly; public, as the figures themselves."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from api.callers import StatisticsCaller
from api.days import today
from api.requests import refuse_repeats
from api.schemas.movements import MovementOut, MovementQuery
from api.schemas.problems import documented
from api.services import Served
from landdata.flows import movements
from landdata.model.clients import STATISTICS_SCOPE
from landdata.model.movements import End, Movement
from landdata.writing.movements import as_csv

router = APIRouter(
    prefix="/v1/coverage",
    tags=["coverage"],
    dependencies=[Depends(refuse_repeats)],
    responses=documented(400, 401, 403, 404, 422, 503),
)
# Public figures: a token is welcome, not needed.
_SECURITY = {"security": [{}, {"oauth2": [STATISTICS_SCOPE]}]}
_CSV: dict[int | str, dict[str, Any]] = {
    200: {"description": "The same figures as a table.", "content": {"text/csv": {"schema": {"type": "string"}}}}
}


@router.get("/changes", openapi_extra=_SECURITY)
def changes(_: StatisticsCaller, services: Served, query: Annotated[MovementQuery, Query()]) -> MovementOut:
    """Deliveries, withdrawals, successions and changes of rules that make up a difference, each with its signed part."""
    return MovementOut.of(_asked(services, query), simulated=services.settings.simulated)


@router.get("/changes.csv", openapi_extra=_SECURITY, response_class=Response, responses=_CSV)
def changes_csv(_: StatisticsCaller, services: Served, query: Annotated[MovementQuery, Query()]) -> Response:
    """The same as a table: the state before, a line for each cause, the state after."""
    found = _asked(services, query)
    name = f"coverage_changes_{found.unit or 'VN'}_{found.before.on}_{found.after.on}.csv"
    return Response(
        "\ufeff" + as_csv(found),  # without the mark Excel reads UTF-8 as the local code page
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _asked(services: Served, query: MovementQuery) -> Movement:
    return movements.explain(
        services.pools.dashboard,
        before=End(query.from_, query.from_known_at, query.from_division or query.division),
        after=End(query.to or today(), query.to_known_at, query.division),
        unit=query.unit,
        level=query.level,
        first=query.first,
        limit=query.limit,
    )

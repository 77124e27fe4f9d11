"""Which units are connected, on a day, in a division, as known at a time; public."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.callers import StatisticsCaller
from api.days import today
from api.requests import refuse_repeats
from api.schemas.coverage import (
    CoverageOut,
    CoverageQuery,
    UnitCoverageOut,
    UnitCoverageQuery,
    UnitsCoverageOut,
    asked,
)
from api.schemas.problems import documented
from api.services import Served
from landdata.flows import observe
from landdata.model.clients import STATISTICS_SCOPE

router = APIRouter(
    prefix="/v1/coverage",
    tags=["coverage"],
    dependencies=[Depends(refuse_repeats)],
    responses=documented(400, 401, 403, 404, 422, 503),
)


# Public figures: a token is welcome, not needed.
_SECURITY = {"security": [{}, {"oauth2": [STATISTICS_SCOPE]}]}


@router.get("", openapi_extra=_SECURITY)
def national(_: StatisticsCaller, services: Served, query: Annotated[CoverageQuery, Query()]) -> CoverageOut:
    """Connected and total units by level, and what they hold."""
    on = query.on or today()
    found = observe.national(services.pools.dashboard, on=on, division=query.division, known_at=query.known_at)
    return CoverageOut.of(found, simulated=services.settings.simulated)


@router.get("/units", openapi_extra=_SECURITY)
def units(_: StatisticsCaller, services: Served, query: Annotated[UnitCoverageQuery, Query()]) -> UnitsCoverageOut:
    """Every unit of a level, with what is connected below it."""
    on = query.on or today()
    whole = observe.national(services.pools.dashboard, on=on, division=query.division, known_at=query.known_at)
    rows = observe.units(
        services.pools.dashboard,
        on=on,
        level=query.level,
        division=query.division,
        parent=query.parent,
        known_at=query.known_at,
    )
    return UnitsCoverageOut(
        **asked(whole, simulated=services.settings.simulated).model_dump(),
        level=query.level,
        parent=query.parent,
        units=[UnitCoverageOut.of(row) for row in rows],
    )

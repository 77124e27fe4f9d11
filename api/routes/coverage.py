"""Which units are connected, on a day, in a division, as known at a time; public, as JSON and as a table."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

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
from api.schemas.ladder import SeriesOut, SeriesQuery
from api.schemas.problems import documented
from api.services import Served
from api.tables import CSV, csv_of
from landdata.flows import observe, series
from landdata.model.clients import STATISTICS_SCOPE
from landdata.model.coverage import Coverage, UnitCoverage
from landdata.model.series import Series
from landdata.writing import coverage as tables

router = APIRouter(
    tags=["coverage"],
    dependencies=[Depends(refuse_repeats)],
    responses=documented(400, 401, 403, 404, 422, 503),
)

# Public figures: a token is welcome, not needed.
_SECURITY = {"security": [{}, {"oauth2": [STATISTICS_SCOPE]}]}
Asked = Annotated[CoverageQuery, Query()]
UnitsAsked = Annotated[UnitCoverageQuery, Query()]
SeriesAsked = Annotated[SeriesQuery, Query()]


@router.get("/v1/coverage", openapi_extra=_SECURITY)
def national(_: StatisticsCaller, services: Served, query: Asked) -> CoverageOut:
    """Connected and total units by level, and what they hold."""
    return CoverageOut.of(_national(services, query), simulated=services.settings.simulated)


@router.get("/v1/coverage.csv", openapi_extra=_SECURITY, response_class=Response, responses=CSV)
def national_csv(_: StatisticsCaller, services: Served, query: Asked) -> Response:
    """The same as a table: a line for each level, then parcels, certificates and holders."""
    found = _national(services, query)
    return csv_of(tables.of_summary(found), f"coverage_{found.division}_{found.on}")


@router.get("/v1/coverage/units", openapi_extra=_SECURITY)
def units(_: StatisticsCaller, services: Served, query: UnitsAsked) -> UnitsCoverageOut:
    """Every unit of a level, with what is connected below it."""
    whole, rows = _units(services, query)
    return UnitsCoverageOut(
        **asked(whole, simulated=services.settings.simulated).model_dump(),
        level=query.level,
        parent=query.parent,
        units=[UnitCoverageOut.of(row) for row in rows],
    )


@router.get("/v1/coverage/units.csv", openapi_extra=_SECURITY, response_class=Response, responses=CSV)
def units_csv(_: StatisticsCaller, services: Served, query: UnitsAsked) -> Response:
    """The same as a table: a line for each unit."""
    whole, rows = _units(services, query)
    return csv_of(tables.of_units(whole, rows), f"coverage_{whole.division}_{whole.on}_{query.level}")


@router.get("/v1/coverage/series", openapi_extra=_SECURITY)
def over_time(_: StatisticsCaller, services: Served, query: SeriesAsked) -> SeriesOut:
    """Coverage over time, of the country or one unit; what others published stands in a list of its own."""
    return SeriesOut.of(_series(services, query), simulated=services.settings.simulated)


@router.get("/v1/coverage/series.csv", openapi_extra=_SECURITY, response_class=Response, responses=CSV)
def over_time_csv(_: StatisticsCaller, services: Served, query: SeriesAsked) -> Response:
    """The same as a table: a line for each counted day, then one for each published figure; `kind` says which."""
    found = _series(services, query)
    return csv_of(tables.of_series(found), f"coverage_{found.unit or 'country'}_{found.first}_{found.last}")


def _national(services: Served, query: CoverageQuery) -> Coverage:
    on = query.day or today()
    return observe.national(services.pools.dashboard, on=on, division=query.division, known_at=query.known_at)


def _units(services: Served, query: UnitCoverageQuery) -> tuple[Coverage, tuple[UnitCoverage, ...]]:
    whole = _national(services, query)
    rows = observe.units(
        services.pools.dashboard,
        on=whole.on,
        level=query.level,
        division=query.division,
        parent=query.parent,
        known_at=query.known_at,
    )
    return whole, rows


def _series(services: Served, query: SeriesQuery) -> Series:
    return series.series(
        services.pools.dashboard,
        first=query.first,
        last=query.last,
        step=query.step,
        division=query.division,
        unit=query.unit,
        known_at=query.known_at,
    )

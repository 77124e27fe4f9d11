"""How matching goes, unit by unit and day by day: figures for the ministry and for systems that read statistics."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from api import problems
from api.callers import StatisticsCaller
from api.people import holder
from api.requests import refuse_repeats
from api.schemas.matching_quality import QualityOut, QualityQuery
from api.schemas.problems import documented
from api.services import Served
from api.tables import CSV, csv_of
from landdata.flows import matching_quality
from landdata.flows.entrance import at_stage
from landdata.model.clients import STATISTICS_SCOPE
from landdata.model.matching_quality import QualityList
from landdata.model.people import Act, Stage
from landdata.writing.quality import as_csv


def ministry_or_statistics(request: Request, services: Served, _: StatisticsCaller) -> None:
    """A token with the scope of statistics, or a signed-in person of the ministry. Raises HttpError 401 or 403."""
    if "authorization" in request.headers:
        return  # proven by the caller above
    who = holder(request, services)
    at_stage(who, Stage.OPEN)
    if who.office_kind != "MINISTRY" or Act.SEE_COVERAGE not in who.acts:
        raise problems.HttpError(problems.ROLE_MISSING)


router = APIRouter(
    prefix="/v1/matching",
    tags=["matching"],
    dependencies=[Depends(ministry_or_statistics), Depends(refuse_repeats)],
    responses=documented(400, 401, 403, 404, 422, 503),
)
_SECURITY = {"security": [{"oauth2": [STATISTICS_SCOPE]}, {"session": []}]}


@router.get("/quality", openapi_extra=_SECURITY)
def quality(services: Served, query: Annotated[QualityQuery, Query()]) -> QualityOut:
    """Match rates with reasons, what changed since another day, and signs of invented data, for every unit of a level."""
    return QualityOut.of(_asked(services, query), simulated=services.settings.simulated)


@router.get("/quality.csv", openapi_extra=_SECURITY, response_class=Response, responses=CSV)
def quality_csv(services: Served, query: Annotated[QualityQuery, Query()]) -> Response:
    """The same as a table: a line for each unit, reasons and signs as `CODE=count`."""
    found = _asked(services, query)
    return csv_of(as_csv(found), f"matching_{found.division}_{found.on}")


def _asked(services: Served, query: QualityQuery) -> QualityList:
    return matching_quality.units(
        services.pools.dashboard,
        on=query.on,
        since=query.since,
        level=query.level,
        division=query.division,
        parent=query.parent,
    )

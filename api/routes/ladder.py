"""The ladder of coverage: what each rung means, and how units stand on it; how good data are is for those concerned."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from api import problems
from api.callers import StatisticsCaller
from api.requests import refuse_repeats
from api.schemas.ladder import LadderOut, LadderQuery, RungsOut, RungTermsOut
from api.schemas.problems import documented
from api.services import Served
from api.tables import CSV, csv_of
from api.watchers import SECURITY, Watcher, WatcherCaller
from landdata.flows import ladder
from landdata.model.clients import STATISTICS_SCOPE
from landdata.model.coverage_rules import Rung
from landdata.model.ladder import Ladder
from landdata.writing.coverage import of_ladder

router = APIRouter(
    prefix="/v1/coverage",
    tags=["coverage"],
    dependencies=[Depends(refuse_repeats)],
    responses=documented(400, 401, 403, 404, 422, 503),
)
Asked = Annotated[LadderQuery, Query()]


@router.get("/rungs", openapi_extra={"security": [{}, {"oauth2": [STATISTICS_SCOPE]}]})
def rungs(_: StatisticsCaller, services: Served) -> RungsOut:
    """What each rung means: its formula in words, what is counted, and every version of its rule."""
    terms, rules = ladder.rungs(services.pools.dashboard)
    return RungsOut(rungs=[RungTermsOut.of(one, rules) for one in terms])


@router.get("/ladder", openapi_extra=SECURITY)
def units(caller: WatcherCaller, services: Served, response: Response, query: Asked) -> LadderOut:
    """How the country, a unit, or every unit of a level stands on the rungs that the caller may see."""
    response.headers["Cache-Control"] = "no-store"
    return LadderOut.of(_ladder(caller, services, query), simulated=services.settings.simulated)


@router.get("/ladder.csv", openapi_extra=SECURITY, response_class=Response, responses=CSV)
def units_csv(caller: WatcherCaller, services: Served, query: Asked) -> Response:
    """The same as a table: a line for each unit and rung."""
    found = _ladder(caller, services, query)
    answer = csv_of(of_ladder(found), f"ladder_{found.division}_{found.on}_{found.level}")
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _ladder(caller: Watcher, services: Served, query: LadderQuery) -> Ladder:
    return ladder.units(
        services.pools.dashboard,
        effective_on=query.day,
        known_at=query.known_at,
        division=query.division,
        level=query.level,
        unit=query.unit,
        parent=query.parent,
        rungs=_seen(caller, services, query),
    )


def _seen(caller: Watcher, services: Served, query: LadderQuery) -> tuple[Rung, ...]:
    """The rungs asked for that the caller may see of these units. Raises HttpError 401 or 403 for one by name."""
    terms, _ = ladder.rungs(services.pools.dashboard)
    concerned = _concerned(caller, services, query)
    may_see = tuple(one.rung for one in terms if concerned or one.public)
    if query.rung is None:
        return may_see
    if query.rung not in may_see:
        raise problems.HttpError(problems.ROLE_MISSING if caller.known else problems.SIGN_IN_NEEDED)
    return (query.rung,)


def _concerned(caller: Watcher, services: Served, query: LadderQuery) -> bool:
    """Whether all that is asked about is the ministry's to see, or lies in a province of the office."""
    where = query.unit or query.parent
    if caller.sees_quality or caller.office_code is None or where is None:
        return caller.sees_quality
    return ladder.in_charge(
        services.pools.uploader,
        office_code=caller.office_code,
        unit=where,
        effective_on=query.day,
        division=query.division,
    )

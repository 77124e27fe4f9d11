"""What a code meant on a day, what became of it, and what it was made from; public."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api import problems
from api.callers import AnyCaller
from api.days import today
from api.requests import refuse_repeats
from api.schemas.problems import documented
from api.schemas.text import UnitCode
from api.schemas.units import DayQuery, Steps, SuccessionOut, UnitOnDay, UnitOut, UnitVersions
from api.services import Served
from landdata.flows import registers
from landdata.model.units import Level

router = APIRouter(
    prefix="/v1/units",
    tags=["units"],
    dependencies=[Depends(refuse_repeats)],
    responses=documented(400, 404, 422, 503),
)
Asked = Annotated[DayQuery, Query()]


@router.get("/{level}/{code}")
def show(_: AnyCaller, services: Served, level: Level, code: UnitCode, query: Asked) -> UnitOnDay:
    """The unit with this code on that day: codes got other meanings on 1 July 2025."""
    on = query.on or today()
    return UnitOnDay(on=on, unit=UnitOut.of(registers.show(services.pools.dashboard, code=code, level=level, on=on)))


@router.get("/{level}/{code}/versions")
def versions(_: AnyCaller, services: Served, level: Level, code: UnitCode) -> UnitVersions:
    """Every version that ever had this code."""
    found = registers.versions(services.pools.dashboard, code=code, level=level)
    if not found:
        raise problems.HttpError(problems.NOT_FOUND)
    return UnitVersions(level=level, code=code, versions=[UnitOut.of(unit) for unit in found])


@router.get("/{level}/{code}/successors")
def successors(_: AnyCaller, services: Served, level: Level, code: UnitCode, query: Asked) -> Steps:
    """What the unit of that day became, step by step."""
    on = query.on or today()
    found = registers.became(services.pools.dashboard, code=code, level=level, on=on)
    return Steps(on=on, level=level, code=code, steps=[SuccessionOut.of(step) for step in found])


@router.get("/{level}/{code}/predecessors")
def predecessors(_: AnyCaller, services: Served, level: Level, code: UnitCode, query: Asked) -> Steps:
    """What the unit of that day was made from."""
    on = query.on or today()
    found = registers.consisted_of(services.pools.dashboard, code=code, level=level, on=on)
    return Steps(on=on, level=level, code=code, steps=[SuccessionOut.of(step) for step in found])

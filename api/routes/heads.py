"""The access log's newest head and signed counts by day, for a consumer to keep and compare."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from api.callers import ReaderCaller
from api.limits import fair
from api.requests import refuse_repeats
from api.schemas.heads import HeadsOut, HeadsQuery
from api.schemas.problems import documented
from api.services import Served
from landdata.flows import heads
from landdata.model.fields import BASE_SCOPE

router = APIRouter(prefix="/v1/residency", tags=["residency"], dependencies=[Depends(fair), Depends(refuse_repeats)])


@router.get(
    "/access-log/heads",
    responses=documented(400, 401, 403, 422, 503),
    openapi_extra={"security": [{"oauth2": [BASE_SCOPE]}]},
)
def access_log_heads(
    caller: ReaderCaller, services: Served, response: Response, query: Annotated[HeadsQuery, Query()]
) -> HeadsOut:
    """The newest seal of the access log, and how many requests of this client the log holds for each day that is over."""
    response.headers["Cache-Control"] = "no-store"
    held = heads.held(services.pools.gate, settings=services.settings, client_id=caller.client_id, days=query.days)
    return HeadsOut.of(held, simulated=services.settings.simulated)

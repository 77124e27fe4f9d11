"""What changed for a consumer since its cursor: for staying in step without asking about everyone again."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from api.callers import ReaderCaller
from api.limits import fair
from api.requests import refuse_repeats
from api.schemas.feed import FeedOut, FeedQuery
from api.schemas.problems import documented
from api.services import Served
from landdata.flows import feed
from landdata.model.fields import BASE_SCOPE

router = APIRouter(prefix="/v1/residency", tags=["residency"], dependencies=[Depends(fair), Depends(refuse_repeats)])


@router.get(
    "/changes",
    responses=documented(400, 401, 403, 410, 422, 503),
    openapi_extra={"security": [{"oauth2": [BASE_SCOPE]}]},
)
def changes(
    caller: ReaderCaller, services: Served, response: Response, query: Annotated[FeedQuery, Query()]
) -> FeedOut:
    """Records that changed, of citizens this consumer was answered about under an agreement in force."""
    response.headers["Cache-Control"] = "no-store"
    page = feed.read(
        services.pools.gate, keys=services.number_keys, caller=caller, cursor=query.cursor, limit=query.limit
    )
    return FeedOut.of(page, simulated=services.settings.simulated)

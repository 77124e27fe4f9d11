"""Alerts: what is wrong with sources, consumers and jobs, for the ministry; a land office sees those about itself."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from api.overseers import SourceCaller
from api.requests import refuse_repeats
from api.routes.sources import READS
from api.schemas.alerts import AlertOut, AlertQuery, AlertsOut
from api.schemas.problems import documented
from api.services import Served
from landdata.flows import alerts, sources

router = APIRouter(prefix="/v1/alerts", tags=["sources"], dependencies=[Depends(refuse_repeats)])


@router.get("", openapi_extra=READS, responses=documented(400, 401, 403, 404, 422, 503))
def list_alerts(
    caller: SourceCaller, services: Served, response: Response, query: Annotated[AlertQuery, Query()]
) -> AlertsOut:
    """Alerts that are open, or those that ended, the newest first; of a province when one is named."""
    response.headers["Cache-Control"] = "no-store"
    db, own = caller.database(services), caller.office_code
    offices = None
    if query.province is not None:
        views = sources.shown(db, province=query.province, division=query.division, office_code=own)
        offices = [one.source.office_code for one in views]
    found = alerts.listed(db, open_=query.state.open_, office_codes=offices, own=own)
    return AlertsOut(alerts=[AlertOut.of(one) for one in found])

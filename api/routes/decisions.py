"""What people say about a delivery: a second person agrees to what waits or sends it back; a published one is withdrawn."""

from uuid import UUID

from fastapi import APIRouter, Depends, Response

from api.callers import DecidingCaller
from api.requests import refuse_repeats
from api.schemas.decisions import DecidedOut, DecisionIn, WithdrawalIn
from api.schemas.problems import documented
from api.services import Served
from landdata.flows import decide, withdraw
from landdata.model.clients import DECIDE_SCOPE

router = APIRouter(
    prefix="/v1/deliveries/{delivery_uid}",
    tags=["deliveries"],
    dependencies=[Depends(refuse_repeats)],
    responses=documented(400, 401, 403, 404, 409, 422, 503),
)
SECURITY = [{"oauth2": [DECIDE_SCOPE]}]


@router.post("/decisions", status_code=202, openapi_extra={"security": SECURITY})
def decide_about(
    caller: DecidingCaller, services: Served, response: Response, delivery_uid: UUID, said: DecisionIn
) -> DecidedOut:
    """Agree to communes that wait, or send them back. The client that delivered cannot decide about it."""
    response.headers["Cache-Control"] = "no-store"
    count = decide.decide(
        services.pools.uploader,
        delivery_uid=delivery_uid,
        office_code=caller.office_code,
        decision=said.decision,
        login=said.person,
        reason=said.reason,
        communes=said.communes,
        client_id=caller.client_id,
    )
    return DecidedOut(communes=count)


@router.post("/withdrawal", status_code=202, openapi_extra={"security": SECURITY})
def withdraw_it(
    caller: DecidingCaller, services: Served, response: Response, delivery_uid: UUID, said: WithdrawalIn
) -> None:
    """Restore exactly what was there before; refused where later deliveries changed or asserted the same records."""
    response.headers["Cache-Control"] = "no-store"
    withdraw.ask(
        services.pools.uploader,
        delivery_uid=delivery_uid,
        office_code=caller.office_code,
        login=said.person,
        reason=said.reason,
        client_id=caller.client_id,
    )

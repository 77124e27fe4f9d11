"""One citizen in, eighteen fields out: for residency services, under an agreement, always logged."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError

from api import errors, problems
from api.callers import ReaderCaller, population_reader
from api.limits import fair
from api.requests import refuse_repeats, strict_json
from api.schemas.problems import documented
from api.schemas.residency import LookupIn
from api.services import Served
from landdata.flows import share
from landdata.model.agreements import LookupRequest
from landdata.model.fields import BASE_SCOPE

router = APIRouter(prefix="/v1/residency", tags=["residency"], dependencies=[Depends(refuse_repeats), Depends(fair)])


async def lookup_body(request: Request, _: Annotated[object, Depends(population_reader)]) -> LookupRequest:
    """The question, read strictly, only for a caller that proved itself; errors name fields, never values."""
    body = await strict_json(request)
    try:
        return LookupIn.model_validate_json(body).request()
    except ValidationError as error:
        where = errors.where_of(error.errors(include_url=False, include_context=False, include_input=False), "body")
        raise problems.HttpError(problems.REQUEST_INVALID, where=where) from None


@router.post(
    "/land-records:lookup",
    response_class=Response,
    responses={
        200: {
            "description": "The answer, whatever its status; its row in the access log was on disk before.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/LookupAnswer"}}},
            "headers": {"X-Access-Id": {"schema": {"type": "integer"}, "description": "Row in the access log."}},
        },
        **documented(400, 401, 403, 409, 413, 415, 422, 429, 503),
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/LookupIn"}}},
        },
        "security": [{"oauth2": [BASE_SCOPE]}],
    },
)
def lookup(caller: ReaderCaller, services: Served, asked: Annotated[LookupRequest, Depends(lookup_body)]) -> Response:
    """Match one citizen and give the fields that the agreement and the token allow."""
    answer = share.answer(
        services.db,
        keys=services.number_keys,
        caller=caller,
        requests=[asked],
        simulated=services.settings.simulated,
    )[0]
    if answer.refusal is not None:
        return errors.of_refusal(answer, str(asked.request_id))
    headers = {"X-Access-Id": str(answer.access_id), "Cache-Control": "no-store"}
    return Response(answer.body, media_type="application/json", headers=headers)

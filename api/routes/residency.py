"""Citizens in, eighteen fields out: for residency services, under an agreement, always logged."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError

from api import batch, errors, problems
from api.callers import ReaderCaller, population_reader
from api.heads import HEADER
from api.limits import fair, place
from api.refusals import NotedRoute
from api.requests import BATCH_PATH, refuse_repeats, strict_json
from api.schemas.problems import documented
from api.schemas.residency import ANSWER_EXAMPLES, BATCH_EXAMPLES, LINE_EXAMPLES, LOOKUP_EXAMPLES, BatchIn, LookupIn
from api.services import Served
from landdata.model.agreements import LookupRequest
from landdata.model.fields import BASE_SCOPE

router = APIRouter(prefix="/v1/residency", tags=["residency"], route_class=NotedRoute)


async def question(request: Request) -> LookupRequest:
    """The question, read strictly; errors name fields, never values."""
    body = await strict_json(request)
    try:
        return LookupIn.model_validate_json(body).request()
    except ValidationError as error:
        raise _invalid(error) from None


async def batch_body(request: Request, _: Annotated[object, Depends(population_reader)]) -> list[Any]:
    """The list, each entry still to be read; for a caller that proved itself."""
    body = await strict_json(request)
    try:
        return BatchIn.model_validate_json(body).requests
    except ValidationError as error:
        raise _invalid(error) from None


def _invalid(error: ValidationError) -> problems.HttpError:
    where = errors.where_of(error.errors(include_url=False, include_context=False, include_input=False), "body")
    return problems.HttpError(problems.REQUEST_INVALID, where=where)


def _takes(schema: str, examples: dict[str, Any]) -> dict[str, Any]:
    content = {"schema": {"$ref": f"#/components/schemas/{schema}"}, "examples": examples}
    return {
        "requestBody": {"required": True, "content": {"application/json": content}},
        "security": [{"oauth2": [BASE_SCOPE]}],
    }


def _gives(media_type: str, schema: str, examples: dict[str, Any]) -> dict[str, Any]:
    return {media_type: {"schema": {"$ref": f"#/components/schemas/{schema}"}, "examples": examples}}


@router.post(
    "/land-records:lookup",
    summary="Một công dân / One citizen",
    response_class=Response,
    responses={
        200: {
            "description": "The answer, whatever its status; its row in the access log was on disk before.",
            "content": _gives("application/json", "LookupAnswer", ANSWER_EXAMPLES),
            "headers": {
                "X-Access-Id": {"schema": {"type": "integer"}, "description": "Row in the access log."},
                HEADER: {"schema": {"type": "string"}, "description": "Newest seal of the access log; keep it."},
            },
        },
        **documented(400, 401, 403, 409, 413, 415, 422, 429, 503),
    },
    openapi_extra=_takes("LookupIn", LOOKUP_EXAMPLES),
)
async def lookup(request: Request, caller: ReaderCaller, services: Served) -> Response:
    """Đối chiếu một công dân và trả các trường mà thỏa thuận và token cho phép.

    Match one citizen and give the fields that the agreement and the token allow.
    """
    async with place(request, caller, services):
        await refuse_repeats(request)
        asked = await question(request)
        answer = await services.lookups.answer(caller, asked)
    if answer.refusal is not None:
        return services.heads.onto(errors.of_refusal(answer, str(asked.request_id)))
    headers = {"X-Access-Id": str(answer.access_id), "Cache-Control": "no-store"}
    return services.heads.onto(Response(answer.body, media_type="application/json", headers=headers))


@router.post(
    BATCH_PATH.removeprefix(router.prefix),
    dependencies=[Depends(fair), Depends(refuse_repeats)],
    summary="Nhiều công dân / Many citizens",
    response_class=Response,
    responses={
        200: {
            "description": "One line a citizen in the order asked: an answer or a problem, with its `position` from 0.",
            "content": _gives(batch.MEDIA_TYPE, "BatchLine", LINE_EXAMPLES),
        },
        **documented(400, 401, 403, 413, 415, 422, 503),
    },
    openapi_extra=_takes("BatchIn", BATCH_EXAMPLES),
)
async def lookup_many(
    caller: ReaderCaller, services: Served, asked: Annotated[list[Any], Depends(batch_body)]
) -> Response:
    """Đối chiếu tới 1.000 công dân; mỗi dòng NDJSON là câu trả lời riêng, có mã truy cập riêng.

    Match up to 1,000 citizens; each line of NDJSON is an answer of its own, with its own row in the access log.
    """

    def note(code: str, lines: int) -> None:
        services.security_log.turned_away(code, caller.client_id, caller.address, lines)

    return services.heads.onto(await batch.respond(services.lookups, services.refusals, caller, asked, note))

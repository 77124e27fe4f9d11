"""The limits of residency routes as one dependency: `Depends(fair)` on a router; who asks too much is told, and waits alone.

What is refused behind it without a row in the access log is noted in the security log.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError

from api import problems
from api.callers import ReaderCaller
from api.schemas.problems import documented
from api.services import Served, Services
from landdata.errors import LandDataError
from landdata.flows.refusals import LATE
from landdata.model.agreements import PopulationReader

_TEXT = {"schema": {"type": "string"}}
_DRAFT = "draft-ietf-httpapi-ratelimit-headers-10"
# What every answer behind `fair` carries, for the description.
HEADERS: dict[str, Any] = {
    "RateLimit-Policy": {**_TEXT, "description": f"Requests, concurrent requests, citizens a day; {_DRAFT}."},
    "RateLimit": {**_TEXT, "description": f"What is left of each, and when there is more; {_DRAFT}."},
}
RETRY_AFTER: dict[str, Any] = {
    "Retry-After": {"schema": {"type": "integer"}, "description": "Seconds until another try makes sense."}
}


async def fair(request: Request, caller: ReaderCaller, services: Served) -> AsyncIterator[None]:
    """Hold a place for the request until its answer is sent. Raises HttpError 429."""
    async with place(request, caller, services):
        yield


@asynccontextmanager
async def place(request: Request, caller: PopulationReader, services: Services) -> AsyncIterator[None]:
    """The same for as long as a block lasts: for a route that makes its answer within it. Raises HttpError 429."""
    # The envelope adds these to whatever answer there is, a problem document as well.
    headers = request.state.answer_headers = dict(getattr(request.state, "answer_headers", {}))
    account = await services.fairness.enter(caller.client_id, headers)
    try:
        yield
    except (problems.HttpError, LandDataError, RequestValidationError) as error:
        # The gate's own refusals are no exceptions: they have their rows, and those for want of a log get them later.
        if not isinstance(error, LATE):
            services.security_log.turned_away(_code_of(error), caller.client_id, caller.address)
        raise
    finally:
        services.fairness.leave(account)


def _code_of(error: Exception) -> str:
    if isinstance(error, problems.HttpError):
        return error.kind.code
    return error.code if isinstance(error, LandDataError) else problems.REQUEST_INVALID.code


def describe(responses: dict[str, Any]) -> None:
    """Put 429 and the headers into the description of a limited route's answers; a 401 comes before any limit."""
    for status, response in documented(429).items():
        responses.setdefault(str(status), response)
    for status, response in responses.items():
        if status != "401":
            response.setdefault("headers", {}).update(HEADERS | (RETRY_AFTER if status == "429" else {}))

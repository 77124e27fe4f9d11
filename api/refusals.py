"""A route of look-ups whose refusals for want of the database are put down, to be logged when it is back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError
from starlette.requests import ClientDisconnect

from api import batch, problems
from api.direct import DirectRoute
from api.requests import BATCH_PATH, strict_json
from api.schemas.residency import BatchIn, LookupIn
from landdata.flows.refusals import LATE

if TYPE_CHECKING:
    from fastapi import Request, Response

    from api.direct import Handler
    from api.services import Services
    from landdata.errors import LandDataError
    from landdata.model.agreements import LookupRequest, PopulationReader


class NotedRoute(DirectRoute):
    """Whatever on the way found the database away: terms, gate or log. Of callers whose token could be checked only."""

    def around(self, handle: Handler) -> Handler:
        """The handler, and what it refuses put down before the refusal leaves."""

        async def handler(request: Request) -> Response:
            try:
                return await handle(request)
            except LATE as error:
                await _note(request, error)
                raise

        return handler


async def _note(request: Request, error: LandDataError) -> None:
    reader: PopulationReader | None = getattr(request.state, "reader", None)
    if reader is not None:
        services: Services = request.app.state.services
        await services.refusals.note(reader, await _asked(request), error)


async def _asked(request: Request) -> list[LookupRequest]:
    """What was asked; nothing where it could not have been answered either, for its own faults."""
    try:
        body = await strict_json(request)
        if request.scope["path"] == BATCH_PATH:
            return batch.lookups_in(BatchIn.model_validate_json(body).requests)
        return [LookupIn.model_validate_json(body).request()]
    except (problems.HttpError, ValidationError, ClientDisconnect):
        return []

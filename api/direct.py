"""A route that knows beforehand what its endpoint depends on, and calls it in a row; for the busiest routes.

FastAPI works out anew for every request what each dependency needs: a third of a look-up's time in Python. What is
declared stays the only truth: signatures, `Depends`, the description; parts of the address and the query are read by
FastAPI's own function. A dependency of a kind not known here, or one that a test overrides, is left to FastAPI.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi.dependencies.utils import request_params_to_args
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.datastructures import QueryParams

if TYPE_CHECKING:
    from fastapi import Request, Response
    from fastapi._compat import ModelField
    from fastapi.dependencies.models import Dependant

Handler = Callable[["Request"], Awaitable["Response"]]
# Everything else that FastAPI can hand to a function; none of it is known here.
_UNKNOWN = (
    "header_params", "cookie_params", "body_params", "websocket_param_name", "http_connection_param_name",
    "response_param_name", "background_tasks_param_name", "security_scopes_param_name",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Step:
    """One call: its result goes to the next free place; what it takes are places of earlier results."""

    call: Callable[..., Awaitable[Any]]
    request_name: str | None
    takes: tuple[tuple[str, int], ...]
    path: list[ModelField]
    query: list[ModelField]
    # What an address without a query comes to: most have none, and it is always the same.
    unasked: dict[str, Any] | None

    def given(self, request: Request, results: list[Any]) -> dict[str, Any]:
        """What the call takes. Raises RequestValidationError."""
        given = {name: results[place] for name, place in self.takes}
        if self.request_name:
            given[self.request_name] = request
        faults: list[Any] = []
        if self.path:
            values, faults = request_params_to_args(self.path, request.path_params)
            given |= values
        if self.query:
            if self.unasked is not None and not request.scope["query_string"]:
                given |= self.unasked
            else:
                values, more = request_params_to_args(self.query, request.query_params)
                faults, given = [*faults, *more], given | values
        if faults:
            raise RequestValidationError(faults)
        return given


class DirectRoute(APIRoute):
    """`APIRouter(route_class=DirectRoute)`; for functions that are `async def` and take the request, its address and query."""

    def get_route_handler(self) -> Any:
        """The chain of calls, or FastAPI's own handler where there is none."""
        general: Handler = super().get_route_handler()
        steps: list[_Step] = []
        if not _add(self.dependant, steps, {}):
            return general
        provider = self.dependency_overrides_provider

        async def handler(request: Request) -> Response:
            if getattr(provider, "dependency_overrides", None):
                return await general(request)
            results: list[Any] = []
            for step in steps:
                results.append(await step.call(**step.given(request, results)))
            response: Response = results[-1]
            return response

        return handler


def _add(dependant: Dependant, steps: list[_Step], known: dict[Any, int]) -> bool:
    """Put the calls below and then this one in the row; False when one of them is of an unknown kind."""
    if dependant.call is None or not inspect.iscoroutinefunction(dependant.call):
        return False
    if any(getattr(dependant, name) for name in _UNKNOWN):
        return False
    takes = []
    for below in dependant.dependencies:
        if below.call not in known or not below.use_cache:
            if not _add(below, steps, known):
                return False
            known[below.call] = len(steps) - 1
        if below.name:
            takes.append((below.name, known[below.call]))
    path, query = list(dependant.path_params), list(dependant.query_params)
    unasked, faults = request_params_to_args(query, QueryParams())
    steps.append(
        _Step(dependant.call, dependant.request_param_name, tuple(takes), path, query, None if faults else unasked)
    )
    return True

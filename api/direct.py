"""Routes that know beforehand what their endpoints depend on, and call it in a row; for what is asked most.

FastAPI goes through all routers and their routes for every request, and works out anew what each dependency needs: half
of the time that one parcel takes in Python. What is declared stays the only truth: signatures, `Depends`, the description;
parts of the address and the query are checked by FastAPI's own fields. A dependency of a kind not known here, another
method, and all while something overrides dependencies, are left to FastAPI, where every such route stands as well.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi import Request, Response
from fastapi.dependencies.utils import request_params_to_args
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.datastructures import QueryParams
from starlette.routing import BaseRoute, Match

if TYPE_CHECKING:
    from fastapi import APIRouter
    from fastapi._compat import ModelField
    from fastapi.dependencies.models import Dependant
    from starlette.types import Receive, Scope, Send

Handler = Callable[[Request], Awaitable[Response]]
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
        for part in self.path:  # always there, and once: otherwise the route would not have been found
            value, wrong = part.validate(request.path_params[part.alias], loc=("path", part.alias))
            given[part.name] = value
            faults += wrong
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

    def around(self, handle: Handler) -> Handler:
        """What a kind of route puts around its handler, whoever calls it."""
        return handle

    def get_route_handler(self) -> Any:
        """FastAPI's own handler."""
        return self.around(super().get_route_handler())

    def chain(self) -> Handler | None:
        """The calls in a row; None where one of them is of an unknown kind."""
        steps: list[_Step] = []
        if not _add(self.dependant, steps, {}):
            return None

        async def handler(request: Request) -> Response:
            results: list[Any] = []
            for step in steps:
                results.append(await step.call(**step.given(request, results)))
            response: Response = results[-1]
            return response

        return self.around(handler)


class DirectRoutes(BaseRoute):
    """All direct routes of some routers, in their order; stands before the routers themselves."""

    def __init__(self, routers: Iterable[APIRouter]) -> None:
        self._ways = [
            (route, frozenset(route.methods or ()), chain)
            for router in routers
            for route in router.routes
            if isinstance(route, DirectRoute) and (chain := route.chain()) is not None
        ]

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """The route of this address and method."""
        if scope["type"] != "http" or scope["app"].dependency_overrides:
            return Match.NONE, {}
        path, method = scope["path"], scope["method"]
        for route, methods, chain in self._ways:
            if method in methods and (found := route.path_regex.match(path)):
                parts = {name: route.param_convertors[name].convert(part) for name, part in found.groupdict().items()}
                return Match.FULL, {"path_params": parts, "route": route, "direct": chain}
        return Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; errors go to the application's handlers as from everywhere."""
        response = await scope["direct"](Request(scope, receive, send))
        await response(scope, receive, send)


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

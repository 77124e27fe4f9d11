"""A route that knows beforehand what its endpoint depends on, and calls it in a row; for the busiest routes.

FastAPI works out anew for every request what each dependency needs: a third of a look-up's time in Python. What is
declared stays the only truth: signatures, `Depends`, the description. A dependency of a kind not known here, or one that
a test overrides, is left to FastAPI.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi.routing import APIRoute

if TYPE_CHECKING:
    from fastapi import Request, Response
    from fastapi.dependencies.models import Dependant

Handler = Callable[["Request"], Awaitable["Response"]]
# Everything else that FastAPI can hand to a function; none of it is known here.
_UNKNOWN = (
    "path_params", "query_params", "header_params", "cookie_params", "body_params", "websocket_param_name",
    "http_connection_param_name", "response_param_name", "background_tasks_param_name", "security_scopes_param_name",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Step:
    """One call: its result goes to the next free place; what it takes are places of earlier results."""

    call: Callable[..., Awaitable[Any]]
    request_name: str | None
    takes: tuple[tuple[str, int], ...]


class DirectRoute(APIRoute):
    """`APIRouter(route_class=DirectRoute)`; every function on the way must be `async def` and take no more than the request."""

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
                given = {name: results[place] for name, place in step.takes}
                if step.request_name:
                    given[step.request_name] = request
                results.append(await step.call(**given))
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
    steps.append(_Step(dependant.call, dependant.request_param_name, tuple(takes)))
    return True

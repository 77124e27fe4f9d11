"""What people are told where there is nothing to be looked at, or we failed; programs get their problem document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api import problems
from api.web.allowed import SAFE
from api.web.house import language_of, place_of
from api.web.places import PLACES
from api.web.routing import see_other, sorry
from api.web.shell import HEADERS

if TYPE_CHECKING:
    from fastapi import Request
    from starlette.responses import Response

# Interfaces; whoever opens one of them in a browser still reads what a program would.
_OF_PROGRAMS = ("/v1/", "/oauth2/", "/.well-known/")


def told(request: Request, kind: problems.Kind) -> Response | None:
    """A page for a person who looks; None for a program.

    An address that only takes what a form says is looked at when somebody presses Enter in the address bar, or a browser
    opens its tabs again: the page with the form is shown instead.
    """
    path = request.url.path
    if (
        (request.method not in SAFE and kind is not problems.INTERNAL)
        or path.startswith(_OF_PROGRAMS)
        or "text/html" not in request.headers.get("accept", "")
    ):
        return None
    place = place_of(request)
    if kind is problems.METHOD_NOT_ALLOWED and place is not None and place.form_of:
        where = PLACES.every[place.form_of].path(language_of(request), **request.path_params)
        return see_other(f"{where}?{request.url.query}" if request.url.query else where)
    page = sorry(request, problems.HttpError(kind))
    page.headers.update(HEADERS)  # the shell knows the addresses of pages alone
    return page

"""The page of one's own account: roles, password, second factor, and the sessions that are open."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from api import problems
from api.people import refusals_noted, set_cookie, visitor
from api.web.entry import MENDABLE, MOST_LETTERS, enrol, enrolled, new_password, show
from api.web.house import language_of
from api.web.places import PLACES
from api.web.routing import field, secret_field, see_other
from landdata.flows import sessions
from landdata.model.people import ROLES

if TYPE_CHECKING:
    from api.services import Services
    from api.web.routing import Pages
    from landdata.errors import LandDataError
    from landdata.model.people import SignedIn


def add(pages: Pages) -> None:
    """Put these pages into the house."""
    pages.get(PLACES.account)(account_page)
    pages.post(PLACES.password)(change_password)
    pages.get(PLACES.factor)(factor_page)
    pages.post(PLACES.factor)(factor)
    pages.post(PLACES.end_session)(end_session)


def account_page(request: Request) -> Response:
    return _account(request)


def change_password(request: Request) -> Response:
    who: SignedIn = request.state.who
    current = secret_field(request, "mat_khau")[:MOST_LETTERS]
    services: Services = request.app.state.services
    try:
        with refusals_noted(services, visitor(request, services)):
            entered = new_password(request, services, who, current)
    except MENDABLE as error:
        return _account(request, error)
    answer = see_other(f"{PLACES.account.path(language_of(request))}?xong=mat-khau")
    set_cookie(services, answer, entered.token)
    return answer


def factor_page(request: Request) -> Response:
    return enrol(request, request.state.who)


def factor(request: Request) -> Response:
    return enrolled(request, request.state.who)


def end_session(request: Request) -> Response:
    try:
        uid = UUID(field(request, "phien"))
    except ValueError:
        raise problems.HttpError(problems.REQUEST_INVALID) from None
    sessions.end(request.app.state.services.entrance, request.state.who, uid)
    return see_other(f"{PLACES.account.path(language_of(request))}?xong=phien")


def _account(request: Request, error: LandDataError | None = None) -> Response:
    who: SignedIn = request.state.who
    return show(
        request, "account.html", error, every=sessions.every(request.app.state.services.entrance, who),
        roles=[ROLES[role] for role in sorted(who.roles)], done=request.query_params.get("xong", ""),
    )  # fmt: skip

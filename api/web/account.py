"""The page of one's own account: roles, password, second factor, and the sessions that are open."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from api import problems
from api.address import address_of
from api.people import refusals_noted, set_cookie, visitor
from api.web.entry import MENDABLE, MOST_LETTERS, enrol, enrolled, new_password, show
from api.web.house import language_of
from api.web.places import PLACES
from api.web.routing import field, secret_field, see_other
from landdata.errors import GisKeyUnfit
from landdata.flows import gis_keys, sessions
from landdata.model import gis_keys as gis_model
from landdata.model.people import ROLES, Act

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
    pages.post(PLACES.gis_key)(make_gis_key)
    pages.post(PLACES.end_gis_key)(end_gis_key)


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


def make_gis_key(request: Request) -> Response:
    """Make a key and show it, this once."""
    services: Services = request.app.state.services
    days = field(request, "so_ngay")
    try:
        made = gis_keys.make(
            services.entrance, request.state.who, name=field(request, "ten_khoa")[: gis_model.MOST_LETTERS + 1],
            days=int(days) if days in {str(one) for one in gis_model.CHOICES} else 0, address=address_of(request),
        )  # fmt: skip
    except GisKeyUnfit as error:
        return _account(request, key_error=error)
    return _account(request, key=made)


def end_gis_key(request: Request) -> Response:
    services: Services = request.app.state.services
    try:
        uid = UUID(field(request, "khoa"))
    except ValueError:
        raise problems.HttpError(problems.REQUEST_INVALID) from None
    gis_keys.end(services.entrance, request.state.who, uid, address=address_of(request))
    return see_other(f"{PLACES.account.path(language_of(request))}?xong=khoa-gis")


def _account(
    request: Request, error: LandDataError | None = None, *, key: str = "", key_error: GisKeyUnfit | None = None
) -> Response:
    who: SignedIn = request.state.who
    at, language = request.app.state.services.entrance, language_of(request)
    may = Act.USE_GIS in who.acts
    kept = gis_keys.every(at, who)
    told = key_error and (key_error.sentence(language), key_error.mend(language))
    shown = show(
        request, "account.html", error, keys=kept, key=key, key_refused=told, may_gis=may, choices=gis_model.CHOICES,
        address=request.app.state.services.issuer, every=sessions.every(at, who),
        roles=[ROLES[role] for role in sorted(who.roles)], done=request.query_params.get("xong", ""),
    )  # fmt: skip
    if key_error is not None:
        shown.status_code = 422
    return shown

"""Pages of signing in, step by step, and out: each takes what a form says to the flows that the API uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import Request
from starlette.responses import Response

from api.people import cookie_name, drop_cookie, refusals_noted, set_cookie, visitor
from api.web import qr
from api.web.allowed import FORM_COOKIE, SAFE, StepFirst
from api.web.house import house, language_of
from api.web.places import PLACES
from api.web.routing import BACK, address_with_way_back, back_to, field, secret_field, see_other
from landdata.errors import (
    IdentityRefused,
    IdentityUnavailable,
    LandDataError,
    PasswordUnfit,
    SecondFactorMissing,
    SecondFactorRefused,
    SignInBusy,
    SignInRefused,
    TooManyTries,
)
from landdata.flows import entrance, proofs, sessions
from landdata.model.people import Stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.services import Services
    from api.web.routing import Pages
    from landdata.model.people import Entered, SignedIn

# What the person at the form can mend; everything else is a page of its own.
MENDABLE = (SignInRefused, TooManyTries, SignInBusy, PasswordUnfit, SecondFactorRefused, SecondFactorMissing)
MOST_LETTERS = 256
# Why somebody comes back from the issuer without having got in (api/routes/sessions.py).
_BY_ISSUER = {one.code: one for one in (IdentityRefused, IdentityUnavailable)}


def add(pages: Pages) -> None:
    """Put these pages into the house."""
    pages.get(PLACES.sign_in)(sign_in_page)
    pages.post(PLACES.sign_in)(sign_in)
    pages.get(PLACES.step)(step_page)
    pages.post(PLACES.step)(step)
    pages.post(PLACES.sign_out)(sign_out)
    pages.get(PLACES.confirm)(confirm_page)
    pages.post(PLACES.confirm)(confirm)


def sign_in_page(request: Request) -> Response:
    who = request.state.who
    if who is not None:
        return see_other(_onwards(request, who.session.stage))
    turned_away = _BY_ISSUER.get(request.query_params.get("loi", ""))
    return show(request, "sign_in.html", turned_away and turned_away())


def sign_in(request: Request) -> Response:
    login, password = field(request, "ten")[:64], secret_field(request, "mat_khau")[:MOST_LETTERS]

    def enter(services: Services) -> Entered:
        # Nobody's password is empty; a hash that takes its time is not spent on it.
        if not login or not password:
            raise SignInRefused
        return entrance.sign_in(services.entrance, login=login, password=password, visitor=visitor(request, services))

    return _entered(request, enter, "sign_in.html", login=login)


def step_page(request: Request) -> Response:
    who: SignedIn = request.state.who
    if who.session.stage is Stage.OPEN:
        return see_other(_way_back(request))
    return _step(request, who)


def step(request: Request) -> Response:
    who: SignedIn = request.state.who
    match who.session.stage:
        case Stage.SECOND_FACTOR:
            return _entered(request, lambda services: _proved(request, services, who), "sign_in_code.html")
        case Stage.NEW_PASSWORD:
            return _entered(
                request, lambda services: new_password(request, services, who, None), "sign_in_password.html"
            )
        case Stage.ENROL:
            return enrolled(request, who)
        case Stage.OPEN:
            return see_other(_way_back(request))


def sign_out(request: Request) -> Response:
    services: Services = request.app.state.services
    sessions.sign_out(services.entrance, request.state.who)
    answer = see_other(PLACES.sign_in.path(language_of(request)))
    drop_cookie(services, answer)
    return answer


def confirm_page(request: Request) -> Response:
    return show(request, "confirm.html", by_code=_by_code(request))


def confirm(request: Request) -> Response:
    who: SignedIn = request.state.who
    by_code = _by_code(request)
    return _entered(request, lambda services: _proved(request, services, who), "confirm.html", by_code=by_code)


def _by_code(request: Request) -> bool:
    """Whether the form asks for a code; a form with a field too many has people type into the wrong one."""
    return proofs.has_factor(request.app.state.services.entrance, request.state.who)


def show(request: Request, template: str, error: LandDataError | None = None, **given: Any) -> Response:
    """A page with a form, and above it what was wrong with what it said before."""
    language = language_of(request)
    status = 200 if error is None or request.method in SAFE else 422
    services: Services = request.app.state.services
    return house().page(
        request, template, status=status, refused=error and (error.sentence(language), error.mend(language)),
        way_back=_way_back(request), back=BACK, by_issuer=services.people_issuer is not None,
        **{"login": "", **given},
    )  # fmt: skip


def _way_back(request: Request) -> str:
    form: dict[str, list[str]] = getattr(request.state, "form", {})
    asked = form.get(BACK, [request.query_params.get(BACK, "")])[0]
    return back_to(asked, language_of(request))


def _onwards(request: Request, stage: Stage) -> str:
    way_back = _way_back(request)
    return way_back if stage is Stage.OPEN else address_with_way_back(PLACES.step, language_of(request), way_back)


def _entered(request: Request, enter: Callable[[Services], Entered], template: str, **given: Any) -> Response:
    """Take a step; on to the next one, or the form again with what was wrong."""
    services: Services = request.app.state.services
    try:
        with refusals_noted(services, visitor(request, services)):
            entered = enter(services)
    except MENDABLE as error:
        return show(request, template, error, **given)
    answer = see_other(_onwards(request, entered.stage))
    set_cookie(services, answer, entered.token)
    if request.cookies.get(cookie_name(services, FORM_COOKIE)):
        drop_cookie(services, answer, FORM_COOKIE)
    return answer


def _proved(request: Request, services: Services, who: SignedIn) -> Entered:
    """By the app's or a recovery code; by the password where there is no second factor."""
    code, password = field(request, "ma")[:32], secret_field(request, "mat_khau")[:MOST_LETTERS]
    visiting = visitor(request, services)
    if password and who.session.stage is Stage.OPEN:
        return proofs.prove_password(services.entrance, who, password=password, visitor=visiting)
    if not code:
        raise SecondFactorRefused
    return proofs.prove(services.entrance, who, code=code, visitor=visiting)


def new_password(request: Request, services: Services, who: SignedIn, current: str | None) -> Entered:
    """Set the password; `current` None after a one-time code. Raises as `proofs.change_password`."""
    new = secret_field(request, "mat_khau_moi")[: MOST_LETTERS + 1]
    return proofs.change_password(services.entrance, who, current=current, new=new, visitor=visitor(request, services))


def _step(request: Request, who: SignedIn) -> Response:
    match who.session.stage:
        case Stage.SECOND_FACTOR:
            return show(request, "sign_in_code.html")
        case Stage.NEW_PASSWORD:
            return show(request, "sign_in_password.html")
        case _:
            return enrol(request, who)


def enrol(request: Request, who: SignedIn, error: LandDataError | None = None) -> Response:
    """A new secret each time the page is shown: one that was shown before is not in force, and never will be."""
    made = proofs.begin_factor(request.app.state.services.entrance, who)
    return show(
        request, "factor.html", error, secret=made.secret, address=made.address, code=_code(made.address), codes=()
    )


def _code(address: str) -> tuple[str, int] | None:
    """The address as a QR code: its path, and how wide it is."""
    drawn = qr.path(address)
    return (drawn, qr.SIZE + 2 * qr.QUIET) if drawn else None


def enrolled(request: Request, who: SignedIn) -> Response:
    """Put the second factor in force by its first code, and show the recovery codes this once."""
    services: Services = request.app.state.services
    if who.session.stage not in {Stage.ENROL, Stage.OPEN}:
        raise StepFirst
    visiting = visitor(request, services)
    try:
        with refusals_noted(services, visiting):
            entered, codes = proofs.confirm_factor(
                services.entrance, who, code=field(request, "ma").replace(" ", "")[:6], visitor=visiting
            )
    except MENDABLE as error:
        if error.code == SecondFactorRefused.code:
            return show(request, "factor.html", error, secret=field(request, "bi_mat"), address="", code=None, codes=())
        return enrol(request, who, error)
    request.state.who = sessions.find(services.entrance, entered.token)
    request.state.session_secret = entered.token  # forms of the page shown now are sent with the new one
    answer = show(request, "factor.html", secret="", address="", code=None, codes=codes)
    set_cookie(services, answer, entered.token)
    return answer

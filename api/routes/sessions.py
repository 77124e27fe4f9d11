"""People sign in, prove a second factor, change their password, see and end their sessions, and sign out."""

from typing import Any
from uuid import UUID

from anyio import to_thread
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from api.callers import public
from api.oidc import STATE_COOKIE, STATE_SECONDS, the_issuer
from api.people import (
    CSRF_HEADER,
    Holder,
    Person,
    Visiting,
    cookie_name,
    drop_cookie,
    refusals_noted,
    refuse_other_sites,
    set_cookie,
)
from api.requests import refuse_repeats, strict_json
from api.schemas.problems import documented
from api.schemas.sessions import (
    CodeProofIn,
    FactorCodeIn,
    FactorOut,
    NewFactorOut,
    NewPasswordIn,
    OwnSession,
    OwnSessions,
    PasswordProofIn,
    SessionOut,
    SignInIn,
)
from api.services import Served, Services
from landdata.errors import IdentityRefused, IdentityUnavailable, LandDataError
from landdata.flows import entrance, proofs, sessions
from landdata.model.people import Entered

router = APIRouter(prefix="/v1/sessions", tags=["sessions"], dependencies=[Depends(refuse_repeats)])
READS: dict[str, Any] = {"security": [{"session": []}]}
CHANGES: dict[str, Any] = {
    **READS,
    "parameters": [
        {
            "name": CSRF_HEADER, "in": "header", "required": False, "schema": {"type": "string"},
            "description": "The csrf_token of the session; without it nothing is changed.",
        }
    ],
}  # fmt: skip
# The page knows whether a step is still to come, and says why somebody did not get in.
AFTER_SIGN_IN = "/dang-nhap"
Body = Depends(strict_json)


@router.post(
    "",
    dependencies=[Depends(public), Depends(refuse_other_sites), Body],
    responses=documented(400, 401, 403, 413, 415, 422, 429, 503),
)
def sign_in(services: Served, visiting: Visiting, response: Response, said: SignInIn) -> SessionOut:
    """Sign in. One answer for every reason why not; the session's secret comes as a cookie."""
    with refusals_noted(services, visiting):
        entered = entrance.sign_in(services.entrance, login=said.login, password=said.password, visitor=visiting)
    return _entered(services, response, entered)


@router.get("", openapi_extra=READS, responses=documented(400, 401, 403, 503))
def own_sessions(who: Person, services: Served, response: Response) -> OwnSessions:
    """One's own sessions in force."""
    response.headers["Cache-Control"] = "no-store"
    found = sessions.every(services.entrance, who)
    return OwnSessions(sessions=[OwnSession.of(one, who.session.uid) for one in found])


@router.get("/current", openapi_extra=READS, responses=documented(400, 401, 503))
def current(who: Holder, request: Request, services: Served, response: Response) -> SessionOut:
    """Who is signed in here, what has to come next, and the token for changes."""
    response.headers["Cache-Control"] = "no-store"
    return SessionOut.of(who, request.cookies[cookie_name(services)])


@router.delete("/current", status_code=204, openapi_extra=CHANGES, responses=documented(400, 401, 403, 503))
def sign_out(who: Holder, services: Served, response: Response) -> None:
    """Sign out; the session is deleted here, the cookie there."""
    sessions.sign_out(services.entrance, who)
    drop_cookie(services, response)


@router.post(
    "/current/proof",
    dependencies=[Body],
    openapi_extra=CHANGES,
    responses=documented(400, 401, 403, 413, 415, 422, 429, 503),
)
def prove(
    who: Holder, services: Served, visiting: Visiting, response: Response, said: CodeProofIn | PasswordProofIn
) -> SessionOut:
    """Prove the second factor; in an open session, anew, for acts that ask for a fresh proof."""
    with refusals_noted(services, visiting):
        if isinstance(said, CodeProofIn):
            entered = proofs.prove(services.entrance, who, code=said.code, visitor=visiting)
        else:
            entered = proofs.prove_password(services.entrance, who, password=said.password, visitor=visiting)
    return _entered(services, response, entered)


@router.put(
    "/current/password",
    dependencies=[Body],
    openapi_extra=CHANGES,
    responses=documented(400, 401, 403, 413, 415, 422, 429, 503),
)
def change_password(
    who: Holder, services: Served, visiting: Visiting, response: Response, said: NewPasswordIn
) -> SessionOut:
    """Change the password; all other sessions end."""
    with refusals_noted(services, visiting):
        entered = proofs.change_password(services.entrance, who, current=said.current, new=said.new, visitor=visiting)
    return _entered(services, response, entered)


@router.post("/current/second-factor", openapi_extra=CHANGES, responses=documented(400, 401, 403, 503))
def begin_factor(who: Holder, services: Served, response: Response) -> NewFactorOut:
    """Begin to set up a second factor; the one before it stays until the new one is confirmed."""
    response.headers["Cache-Control"] = "no-store"
    made = proofs.begin_factor(services.entrance, who)
    return NewFactorOut(secret=made.secret, address=made.address)


@router.put(
    "/current/second-factor",
    dependencies=[Body],
    openapi_extra=CHANGES,
    responses=documented(400, 401, 403, 409, 413, 415, 422, 429, 503),
)
def confirm_factor(
    who: Holder, services: Served, visiting: Visiting, response: Response, said: FactorCodeIn
) -> FactorOut:
    """Put the second factor in force by its first code; the recovery codes are shown this once."""
    with refusals_noted(services, visiting):
        entered, codes = proofs.confirm_factor(services.entrance, who, code=said.code, visitor=visiting)
    return FactorOut(recovery_codes=list(codes), session=_entered(services, response, entered))


_GOES_ON: dict[int | str, dict[str, Any]] = {
    303: {
        "description": "Đi tiếp / Go on.",
        "headers": {"Location": {"schema": {"type": "string"}, "description": "Where to."}},
    }
}


@router.get(
    "/by-issuer",
    dependencies=[Depends(public)],
    status_code=303,
    response_class=RedirectResponse,
    responses={**_GOES_ON, **documented(400, 404, 503)},
)
async def sign_in_elsewhere(request: Request, services: Served) -> Response:
    """Begin to sign in at the issuer of OpenID Connect."""
    issuer = the_issuer(services)
    try:
        where, state = await issuer.begin()
    except IdentityUnavailable as error:
        return _told_on_the_page(request, error)
    answer = RedirectResponse(where, 303, {"Cache-Control": "no-store"})
    set_cookie(services, answer, state, name=STATE_COOKIE, seconds=STATE_SECONDS)
    return answer


@router.get(
    "/by-issuer/return",
    dependencies=[Depends(public)],
    status_code=303,
    response_class=RedirectResponse,
    responses={**_GOES_ON, **documented(400, 401, 404, 503)},
)
async def come_back(request: Request, services: Served, visiting: Visiting) -> Response:
    """Come back from the issuer; the identity has to be linked to an account."""
    issuer = the_issuer(services)
    try:
        with refusals_noted(services, visiting):
            held = request.cookies.get(cookie_name(services, STATE_COOKIE), "")
            subject = await issuer.finish(dict(request.query_params), held)
            entered = await to_thread.run_sync(
                lambda: entrance.sign_in_by_issuer(
                    services.entrance, issuer=issuer.issuer, subject=subject, visitor=visiting
                )
            )
    except (IdentityRefused, IdentityUnavailable) as error:
        return _told_on_the_page(request, error)
    answer = RedirectResponse(AFTER_SIGN_IN, 303, {"Cache-Control": "no-store"})
    set_cookie(services, answer, entered.token)
    drop_cookie(services, answer, STATE_COOKIE)
    return answer


@router.delete(
    "/{session_uid}", status_code=204, openapi_extra=CHANGES, responses=documented(400, 401, 403, 404, 422, 503)
)
def end_session(who: Person, services: Served, session_uid: UUID) -> None:
    """End one of one's own sessions."""
    sessions.end(services.entrance, who, session_uid)


def _told_on_the_page(request: Request, error: LandDataError) -> Response:
    """A person in a browser is told on the sign-in page; for a program the error is raised on."""
    if "text/html" not in request.headers.get("accept", ""):
        raise error
    return RedirectResponse(f"{AFTER_SIGN_IN}?loi={error.code}", 303, {"Cache-Control": "no-store"})


def _entered(services: Services, response: Response, entered: Entered) -> SessionOut:
    who = sessions.find(services.entrance, entered.token)
    if who is None:  # ended by somebody else in the same moment
        raise IdentityRefused
    response.headers["Cache-Control"] = "no-store"
    set_cookie(services, response, entered.token)
    return SessionOut.of(who, entered.token)

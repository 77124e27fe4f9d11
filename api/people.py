"""People who call, as a type: the session behind a cookie, guarded against other sites; routes name the act they need."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Depends, Request, Response

from api import problems
from api.address import address_of
from api.requests import is_plain
from api.services import Served, Services
from landdata.errors import IdentityRefused, SecondFactorRefused, SignInRefused, TooManyTries
from landdata.flows import sessions
from landdata.flows.entrance import Visitor, at_stage, proved_lately
from landdata.model.people import Act, SignedIn, Stage

CSRF_HEADER = "X-CSRF-Token"
# What a browser lets any page send without asking, and what changes nothing here.
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_AGENT_LETTERS = 100


def cookie_name(services: Services, name: str = "sid") -> str:
    """With `__Host-` the browser itself refuses it from another host, path or without TLS; plain http is loopback only."""
    return f"__Host-{name}" if services.issuer.startswith("https:") else name


def set_cookie(
    services: Services, response: Response, value: str, *, name: str = "sid", seconds: int | None = None
) -> None:
    """Lax, not strict: whoever comes back from an issuer, or by a link in a letter, is still signed in."""
    response.set_cookie(
        cookie_name(services, name), value, max_age=seconds, path="/", httponly=True, samesite="lax",
        secure=services.issuer.startswith("https:"),
    )  # fmt: skip


def drop_cookie(services: Services, response: Response, name: str = "sid") -> None:
    """Tell the browser to forget it."""
    set_cookie(services, response, "", name=name, seconds=0)


def csrf_token(session_token: str) -> str:
    """What pages of ours send along to prove that they could read it; another session has another one."""
    digest = hmac.digest(session_token.encode(), b"landdata.csrf", hashlib.sha256)
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def refuse_other_sites(request: Request, services: Served) -> None:
    """Refuse what a page of another site, or of another host of ours, makes a browser send. Raises HttpError 403."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site not in {None, "same-origin"} or origin not in {None, services.issuer}:
        raise problems.HttpError(problems.CROSS_SITE)


def holder(request: Request, services: Served) -> SignedIn:
    """Whoever holds the session of the request, however far the sign-in has come. Raises HttpError 401 or 403."""
    token = request.cookies.get(cookie_name(services), "")
    if request.method not in _SAFE:
        refuse_other_sites(request, services)
        shown = request.headers.get(CSRF_HEADER, "")
        if token and not hmac.compare_digest(csrf_token(token).encode(), shown.encode()):
            raise problems.HttpError(problems.CROSS_SITE)
    found = sessions.find(services.entrance, token) if token else None
    if found is None:
        raise problems.HttpError(problems.SIGN_IN_NEEDED)
    return found


Holder = Annotated[SignedIn, Depends(holder)]


def signed_in(who: Holder) -> SignedIn:
    """A person whose sign-in is complete. Raises StepNeeded."""
    at_stage(who, Stage.OPEN)
    return who


Person = Annotated[SignedIn, Depends(signed_in)]


def person_who_may(act: Act, *, fresh: bool = False) -> Callable[..., SignedIn]:
    """A dependency: a signed-in person who may do this; `fresh`: who also proved to be it within ten minutes.

    For routes: `caller: Annotated[SignedIn, Depends(person_who_may(Act.DECIDE, fresh=True))]`. Whose data a person of a
    land office may touch is `caller.office_code`, and for the flow to check. Raises HttpError 403, FreshProofNeeded.
    """

    def proven(who: Person, services: Served) -> SignedIn:
        if act not in who.acts:
            raise problems.HttpError(problems.ROLE_MISSING)
        if fresh:
            proved_lately(services.entrance, who)
        return who

    return proven


def visitor(request: Request, services: Served) -> Visitor:
    """Where the request comes from, for what is counted and noted."""
    agent = request.headers.get("user-agent", "")[:_AGENT_LETTERS]
    token = request.cookies.get(cookie_name(services))
    return Visitor(address_of(request), agent if is_plain(agent) else "", token)


Visiting = Annotated[Visitor, Depends(visitor)]


@contextmanager
def refusals_noted(services: Services, visiting: Visitor) -> Iterator[None]:
    """Put refusals into the security log, beside the events that the flows note."""
    try:
        yield
    except (SignInRefused, SecondFactorRefused, TooManyTries, IdentityRefused) as error:
        services.security_log.refused("person", error.code.lower(), visiting.address)
        raise

"""Who may see a page, as a value that its route depends on and that tests can read; whoever may not is sent elsewhere."""

# No deferred annotations here: FastAPI reads those of a callable object as they stand.
import hmac
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Any

from fastapi import Request

from api import problems
from api.people import cookie_name, csrf_token, refuse_other_sites
from landdata.flows import sessions
from landdata.model.people import Act, SignedIn, Stage

# Kinds of office.
LAND_OFFICE, MINISTRY = "LAND_OFFICE", "MINISTRY"
SAFE = frozenset({"GET", "HEAD"})
# A form that is filled in before there is a session carries the proof that it came from us in a cookie of its own.
FORM_COOKIE = "form"
_EVERY_STAGE = frozenset(Stage)


class SignInFirst(Exception):
    """Nobody is signed in, or the session has ended."""


class StepFirst(Exception):
    """The sign-in waits for its next step."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """Anyone; or who is signed in, may do one of these acts, and is of an office of this kind.

    A dependency: the person, or None where anyone may look and nobody is signed in. Raises SignInFirst, StepFirst, and
    HttpError 403 for a person without the role and for a form that another site made a browser send.
    """

    anyone: bool = False
    acts: frozenset[Act] = frozenset()
    kind: str | None = None
    stages: frozenset[Stage] = frozenset({Stage.OPEN})

    def __call__(self, request: Request) -> SignedIn | None:
        if request.method not in SAFE:
            refuse_other_sites(request, request.app.state.services)
        who = visitor_of(request)
        request.state.who = who
        if self.anyone:
            return who
        if who is None:
            raise SignInFirst
        if who.session.stage not in self.stages:
            raise StepFirst
        if not self.lets(who):
            raise problems.HttpError(problems.ROLE_MISSING)
        return who

    def lets(self, who: SignedIn | None) -> bool:
        """Whether this person may come in; None is nobody in particular."""
        if self.anyone:
            return True
        if who is None or who.session.stage not in self.stages:
            return False
        return (not self.acts or bool(self.acts & who.acts)) and self.kind in {None, who.office_kind}


ANYONE = Allowed(anyone=True)
# Whoever has begun to sign in: pages that go on with it, and that end it.
BEGUN = Allowed(stages=_EVERY_STAGE)
SIGNED_IN = Allowed()


def who_may(*acts: Act, kind: str | None = None) -> Allowed:
    """Signed-in people who may do any one of these."""
    return Allowed(acts=frozenset(acts), kind=kind)


def visitor_of(request: Request) -> SignedIn | None:
    """Whoever holds the session of the request. Pages may stand without services, as in tests of their look."""
    services = getattr(request.app.state, "services", None)
    token = request.cookies.get(cookie_name(services), "") if services else ""
    return sessions.find(services.entrance, token) if services and token else None


def form_token(secret: str) -> str:
    """What a form carries along; another one each time, so that compressed pages give nothing of it away (BREACH)."""
    plain = urlsafe_b64decode(csrf_token(secret) + "=")
    pad = os.urandom(len(plain))
    return urlsafe_b64encode(pad + bytes(a ^ b for a, b in zip(pad, plain, strict=True))).rstrip(b"=").decode()


def require_token(request: Request, shown: str) -> None:
    """Refuse a form that did not come from a page of ours to this very browser. Raises HttpError 403."""
    services: Any = request.app.state.services
    names = (cookie_name(services), cookie_name(services, FORM_COOKIE))
    try:
        both = urlsafe_b64decode(shown.encode("ascii") + b"=" * (-len(shown) % 4))
    except ValueError:
        both = b""
    half = len(both) // 2
    plain = bytes(a ^ b for a, b in zip(both[:half], both[half:], strict=False))
    for secret in filter(None, (request.cookies.get(name) for name in names)):
        if hmac.compare_digest(plain, urlsafe_b64decode(csrf_token(secret) + "=")):
            return
    raise problems.HttpError(problems.CROSS_SITE)

"""What all pages are made with: templates, addresses of files, the words, the navigation of whoever looks."""

from __future__ import annotations

import secrets
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.people import cookie_name, set_cookie
from api.web import i18n
from api.web.allowed import FORM_COOKIE, form_token
from api.web.figures import Figures
from api.web.i18n import Language
from api.web.places import PLACES, Place
from api.web.rooms import navigation
from api.web.shell import static_addresses

if TYPE_CHECKING:
    from fastapi import Request

    from landdata.model.people import SignedIn

TEMPLATES = Path(__file__).parent / "templates"
_ENGLISH = "/en"


class House:
    """Fills templates; one for a process."""

    def __init__(self) -> None:
        self.addresses = static_addresses()
        self.environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def render(self, request: Request, template: str, **given: Any) -> str:
        return self.environment.get_template(template).render(self.common(request), **given)

    def page(self, request: Request, template: str, *, status: int = 200, **given: Any) -> HTMLResponse:
        """A page for one person's eyes: no cache keeps it."""
        fresh = None if _secret(request) else secrets.token_urlsafe(32)
        request.state.form_secret = fresh
        answer = HTMLResponse(
            self.render(request, template, **given), status, {"Cache-Control": "no-store", "Vary": "Cookie"}
        )
        services = getattr(request.app.state, "services", None)
        if fresh and services:
            set_cookie(services, answer, fresh, name=FORM_COOKIE)
        return answer

    def common(self, request: Request) -> dict[str, Any]:
        """What every template may use."""
        language = language_of(request)
        who: SignedIn | None = getattr(request.state, "who", None)

        def t(vi: str, en: str) -> str:
            return vi if language is Language.VI else en

        def at(name: str, **parts: Any) -> str:
            return PLACES.every[name].path(language, **parts)

        secret = _secret(request) or getattr(request.state, "form_secret", None)
        here = place_of(request)
        return {
            "language": language,
            "t": t,
            "at": at,
            "f": Figures(language),
            "static": self.addresses.__getitem__,
            "i18n": i18n,
            "who": who,
            "navigation": navigation([one for one in PLACES.every.values() if one.allowed.lets(who)], here),
            "may_see": {name for name, one in PLACES.every.items() if one.allowed.lets(who)},
            "here": here,
            "place": PLACES.every.__getitem__,
            "here_address": quote(_here(request), safe="/"),
            "other_address": _other_address(request, language),
            "form_token": lambda: form_token(secret or ""),
            "services": getattr(request.app.state, "services", None),
        }


@lru_cache(maxsize=1)
def house() -> House:
    """Made when the first page is asked for."""
    return House()


def language_of(request: Request) -> Language:
    """English stands below /en."""
    path = request.url.path
    return Language.EN if path == _ENGLISH or path.startswith(f"{_ENGLISH}/") else Language.VI


def place_of(request: Request) -> Place | None:
    """The page that is being looked at."""
    path = getattr(request.scope.get("route"), "path", None)
    return next((one for one in PLACES.every.values() if path in one.paths), None)


def _secret(request: Request) -> str | None:
    """What the token of a form rests on: the session, or the cookie of whoever has none yet."""
    services = getattr(request.app.state, "services", None)
    if services is None:
        return None
    renewed: str | None = getattr(request.state, "session_secret", None)
    if renewed:
        return renewed
    signed_in = getattr(request.state, "who", None) is not None
    return request.cookies.get(cookie_name(services) if signed_in else cookie_name(services, FORM_COOKIE)) or None


def _here(request: Request) -> str:
    """The page that is looked at; of a form that was sent, the page it stands on."""
    place = place_of(request)
    if place is None or request.method in {"GET", "HEAD"}:
        return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
    return PLACES.every.get(place.form_of, place).path(language_of(request), **request.path_params)


def _other_address(request: Request, language: Language) -> str:
    """The same page in the other language; of a form that was sent, the page it stands on."""
    place = place_of(request)
    if place is None:
        return language.other.home
    path = PLACES.every.get(place.form_of, place).path(language.other, **request.path_params)
    return f"{path}?{request.url.query}" if request.url.query else path

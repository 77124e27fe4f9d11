"""Routes of pages: each at its place in both languages, with who may see it; what goes wrong becomes a page as well."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote

from fastapi import APIRouter, Depends, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.responses import RedirectResponse, Response

from api import errors, problems
from api.address import address_of
from api.requests import is_plain, refuse_repeats
from api.statuses import STATUS
from api.web.allowed import SAFE, SignInFirst, StepFirst, require_token
from api.web.house import house, language_of
from api.web.i18n import Language
from api.web.places import PLACES
from landdata.errors import DeliveryUnknown, FreshProofNeeded, LandDataError, StepNeeded

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.web.places import Place

logger = logging.getLogger("api.web")

FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 600  # communes that one decision may name, and what stands around them
BACK = "tiep"  # parameter with the page to go back to
_MOST_LETTERS = 1000
# To a person; a program is pointed to the description of the interface.
_NOT_HERE = ("Kiểm tra lại địa chỉ, hoặc bắt đầu từ trang tổng quan.", "Check the address, or begin at the overview.")
PROGRAMS = ("application/json", "text/event-stream")


class PageRoute(APIRoute):
    """A route whose answers are pages: who has to sign in is led there and back, and errors are told in words."""

    def get_route_handler(self) -> Any:
        inner = super().get_route_handler()

        async def handler(request: Request) -> Response:
            try:
                answer: Response = await inner(request)
            except (SignInFirst, StepFirst, FreshProofNeeded, StepNeeded) as way:
                return _led_on(request, way)
            except (problems.HttpError, LandDataError, RequestValidationError) as error:
                return sorry(request, error)
            return answer

        return handler


class Pages:
    """A router of pages; each is added at its place, whose `allowed` becomes a dependency of both its routes."""

    def __init__(self) -> None:
        self.router = APIRouter(route_class=PageRoute, include_in_schema=False, dependencies=[Depends(refuse_repeats)])

    def get(self, place: Place) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """What is looked at."""
        return self._added(place, "GET", [Depends(place.allowed)])

    def post(self, place: Place, *, streamed: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """What a form changes; read and proved to be ours before the function runs, but for one that reads a stream."""
        proof = [] if streamed else [Depends(read_form)]
        return self._added(place, "POST", [Depends(place.allowed), *proof])

    def _added(self, place: Place, method: str, needs: list[Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        def add(function: Callable[..., Any]) -> Callable[..., Any]:
            for path in dict.fromkeys(place.paths):
                self.router.add_api_route(path, function, methods=[method], dependencies=needs, response_model=None)
            return function

        return add


async def read_form(request: Request) -> dict[str, list[str]]:
    """The fields of a form of ours. Raises HttpError 400, 403 or 415."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise problems.HttpError(problems.MEDIA_TYPE_UNSUPPORTED)
    body = await request.body()
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:
        raise problems.HttpError(problems.REQUEST_MALFORMED) from None
    if not all(is_plain(name) and is_plain(value.replace("\r\n", " ").replace("\n", " ")) for name, value in pairs):
        raise problems.HttpError(problems.REQUEST_MALFORMED)
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    require_token(request, fields.pop("ma_bieu_mau", [""])[0])
    request.state.form = fields
    return fields


def field(request: Request, name: str) -> str:
    """One field of the form that was read; empty where it was left out."""
    found: list[str] = request.state.form.get(name, [])
    return " ".join(found[0].split()) if found else ""


def secret_field(request: Request, name: str) -> str:
    """One field as it was typed, blanks and all: a password."""
    found: list[str] = request.state.form.get(name, [])
    return found[0] if found else ""


def back_to(text: str, language: Language) -> str:
    """A page of ours to go back to; the first page for anything else that an address could be made to say."""
    fits = text.startswith("/") and not text.startswith(("//", "/\\")) and len(text) <= _MOST_LETTERS
    return text if fits and text.isascii() and is_plain(text) and not text.startswith("/v1/") else language.home


def address_with_way_back(place: Place, language: Language, way_back: str) -> str:
    """The page's address, with where to go from there."""
    path = place.path(language)
    return path if way_back == language.home else f"{path}?{BACK}={quote(way_back, safe='/')}"


def see_other(where: str) -> RedirectResponse:
    """Look at another page now; what was sent is not sent again."""
    return RedirectResponse(where, 303, {"Cache-Control": "no-store"})


def sorry(request: Request, error: Exception) -> Response:
    """What went wrong as a page in its language; as a problem document for a program that asks for one."""
    request_id = getattr(request.state, "request_id", "")
    if isinstance(error, DeliveryUnknown):
        request.app.state.services.security_log.refused("object", error.code, address_of(request))
    if isinstance(error, LandDataError):
        status, code = STATUS.get(error.code, 500), error.code
        told = (error.sentence("vi"), error.sentence("en"), error.mend("vi"), error.mend("en"))
        program = errors.of_domain(error, request_id)
    else:
        kind = error.kind if isinstance(error, problems.HttpError) else problems.NOT_FOUND
        status, code = kind.status, kind.code
        told = (kind.vi, kind.en, *(_NOT_HERE if kind is problems.NOT_FOUND else (kind.mend_vi, kind.mend_en)))
        program = errors.of_kind(kind, request_id)
    if status >= 500:
        logger.error("page fault code=%s request_id=%s", code, request_id)
    if request.headers.get("accept", "").startswith(PROGRAMS):
        return program
    vi = language_of(request) is Language.VI
    return house().page(
        request,
        "sorry.html",
        status=status,
        title=(errors.TITLES if vi else errors.TITLES_EN).get(status, errors.TITLES[500]),
        sentence=told[0] if vi else told[1],
        mend=told[2] if vi else told[3],
        code=code,
        request_id=request_id,
    )


def _led_on(request: Request, way: Exception) -> Response:
    """To the sign-in, its next step, or a fresh proof, and back to where it was asked for."""
    if request.headers.get("accept", "").startswith(PROGRAMS):
        missing = problems.SIGN_IN_NEEDED
        return errors.of_kind(missing, getattr(request.state, "request_id", ""))
    language = language_of(request)
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if request.method not in SAFE:  # what was sent is lost; its page is not
        here = back_to(request.headers.get("referer", "").removeprefix(request.app.state.services.issuer), language)
    place = PLACES.confirm if isinstance(way, FreshProofNeeded) else PLACES.sign_in
    if isinstance(way, StepFirst | StepNeeded):
        place = PLACES.step
    return see_other(address_with_way_back(place, language, back_to(here, language)))

"""Routes of the pages and how they are mounted: which path is which page; no figure is made here."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from api.web.desk import Desk
from api.web.i18n import Language, Page
from api.web.shell import STATIC, LastingFiles, PageShell

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

    from api.web.observatory import Observatory

# The calendar day of the figures is Vietnam's, wherever the server stands.
VIETNAM = timezone(timedelta(hours=7))
KINDS = ("csv", "xlsx")
PATHS = frozenset(
    path
    for page in Page
    for language in Language
    for path in (page.path(language), *(page.file(language, kind) for kind in KINDS))
) | {"/en"}


def today_in_vietnam() -> date:
    return datetime.now(UTC).astimezone(VIETNAM).date()


def mount(app: FastAPI, observatory: Observatory | None = None) -> None:
    """Adds the pages, `/static` and their middleware to the application."""
    if observatory is None:
        from landdata.flows import observe

        observatory = observe
    app.mount("/static", LastingFiles(directory=STATIC), name="static")
    app.include_router(router(observatory))
    app.add_middleware(PageShell, paths=PATHS)


def router(observatory: Observatory, *, today: Callable[[], date] = today_in_vietnam) -> APIRouter:
    """The pages over an observatory; `today` is the clock, for tests."""
    routes = APIRouter(include_in_schema=False)
    desk = Desk(observatory, today)
    for page in Page:
        for language in Language:
            routes.add_api_route(page.path(language), _page(desk, page, language))
            for kind in KINDS:
                routes.add_api_route(page.file(language, kind), _file(desk, page, language, kind))

    @routes.get("/en")
    def english_bare(request: Request) -> Response:
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"{Language.EN.home}{query}", 308)

    return routes


def _page(desk: Desk, page: Page, language: Language) -> Callable[[Request], Response]:
    def answer(request: Request) -> Response:
        return desk.page(request, page, language)

    return answer


def _file(desk: Desk, page: Page, language: Language, kind: str) -> Callable[[Request], Response]:
    def answer(request: Request) -> Response:
        return desk.file(request, page, language, kind)

    return answer

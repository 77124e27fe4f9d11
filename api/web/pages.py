"""Puts the pages together and mounts them: which place is answered by what; no figure is made here."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from api.web import (
    access_log,
    account,
    administration,
    agreements,
    alerts,
    approvals,
    cases,
    clients,
    delays,
    deliveries,
    developers,
    entry,
    indicator_uploads,
    indicators,
    inspections,
    jobs,
    keys,
    moods,
    offices,
    parcel_map,
    people,
    reports,
    rules,
    runs,
    sources,
    territory,
    upload,
)
from api.web.desk import Desk
from api.web.figures import VIETNAM
from api.web.house import language_of
from api.web.i18n import Language
from api.web.places import PLACES
from api.web.routing import Pages
from api.web.shell import STATIC, LastingFiles, PageShell
from api.web.state import Page

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

    from api.web.observatory import Observatory

KINDS = ("csv", "xlsx")
# Every page declares where it is and who may see it (`places.py`); its headers follow from that.
PATHS = frozenset(path for place in PLACES.every.values() for path in place.paths)


def today_in_vietnam() -> date:
    return datetime.now(UTC).astimezone(VIETNAM).date()


def mount(app: FastAPI, observatory: Observatory | None = None) -> None:
    """Adds the pages, `/static` and their middleware to the application."""
    if observatory is None:
        from landdata.flows import observe

        observatory = observe
    app.mount("/static", LastingFiles(directory=STATIC), name="static")
    app.include_router(pages_of(observatory).router)
    app.add_middleware(PageShell, paths=PATHS)


def pages_of(observatory: Observatory, *, today: Callable[[], date] = today_in_vietnam) -> Pages:
    """All pages, those of figures over an observatory; `today` is the clock, for tests."""
    pages = Pages()
    desk = Desk(observatory, today)
    for page in Page:
        pages.get(PLACES.every[page])(_page(desk, page))
        for kind in KINDS:
            pages.get(PLACES.every[page.file(kind)])(_file(desk, page, kind))

    @pages.get(PLACES.home_bare)
    def english_bare(request: Request) -> Response:
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"{Language.EN.home}{query}", 308)

    sources.add(pages, desk)
    indicators.add(pages, desk)
    for module in (
        indicator_uploads,
        alerts,
        runs,
        reports,
        parcel_map,
        access_log,
        inspections,
        administration,
        agreements,
        delays,
        clients,
        keys,
        offices,
        people,
        rules,
        jobs,
        moods,
        approvals,
        developers,
        entry,
        account,
        upload,
        deliveries,
        territory,
        cases,
    ):
        module.add(pages)
    return pages


def _page(desk: Desk, page: Page) -> Callable[[Request], Response]:
    def answer(request: Request) -> Response:
        return desk.page(request, page, language_of(request))

    return answer


def _file(desk: Desk, page: Page, kind: str) -> Callable[[Request], Response]:
    def answer(request: Request) -> Response:
        return desk.file(request, page, language_of(request), kind)

    return answer

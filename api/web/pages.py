"""Routes of the pages and how they are mounted: HTTP in, HTML or CSV out; no figure is made here."""

from __future__ import annotations

from datetime import UTC, date, datetime
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from api.web import account, cases, deliveries, entry, i18n, territory, trend, upload
from api.web.dashboard import BREAKS, FEW_COMMUNES, REFUSED_LIMIT, Dashboard, gather
from api.web.export import csv_text, file_name, notes
from api.web.figures import VIETNAM, Figures
from api.web.house import house, language_of
from api.web.i18n import Language
from api.web.maps import ProvinceMap, province_map
from api.web.places import PLACES
from api.web.routing import Pages
from api.web.shell import STATIC, LastingFiles, PageShell
from api.web.state import BREAK_DAY, DIVISIONS, FIRST_DAY, NotADateError, State, division_on, read_state
from landdata.errors import LandDataError

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

    from api.web.observatory import Observatory

PARTS = {"chinh": "_main.html", "bang": "_table.html"}
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
    """All pages, the dashboard's over an observatory; `today` is the clock, for tests."""
    pages = Pages()
    desk = Desk(observatory, today)

    @pages.get(PLACES.home)
    def dashboard(request: Request) -> Response:
        return desk.page(request, language_of(request))

    @pages.get(PLACES.home_bare)
    def english_bare(request: Request) -> Response:
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"{Language.EN.home}{query}", 308)

    @pages.get(PLACES.table)
    def table(request: Request) -> Response:
        return desk.export(request, language_of(request))

    for module in (entry, account, upload, deliveries, territory, cases):
        module.add(pages)
    return pages


class Desk:
    """Answers the requests of one router: reads the state, gathers the figures, fills the template."""

    def __init__(self, observatory: Observatory, today: Callable[[], date]) -> None:
        self.observatory = observatory
        self.today = today
        self.drawing = Lock()

    def page(self, request: Request, language: Language) -> Response:
        """The whole page, or the part of it that htmx asks for."""
        part = PARTS.get(request.query_params.get("_", ""))
        try:
            state, refused, latest = self.read(request, language)
            view = self.gather(request, state, latest, whole=part != PARTS["bang"])
        except LandDataError as error:
            return self.sorry(request, error, language)
        if not part and not refused and self.untidy(request, state):
            return RedirectResponse(state.url(), 302)
        html = self.render(request, part or "dashboard.html", view, partial=part or "", refused=refused)
        headers = {"Cache-Control": "private, no-cache", "Vary": "Cookie"}
        if part and not refused:
            headers["HX-Push-Url"] = state.url()
        return HTMLResponse(html, 422 if refused else 200, headers)

    def export(self, request: Request, language: Language) -> Response:
        """The table as a file; a day that cannot be shown gets no other day's figures."""
        try:
            state, refused, latest = self.read(request, language)
            if refused:
                return PlainTextResponse(refused, 422)
            view = self.gather(request, state, latest, whole=False)
        except LandDataError as error:
            return PlainTextResponse(error.sentence(language), 503)
        headers = {
            "Content-Disposition": f'attachment; filename="{file_name(view)}"',
            "Cache-Control": "no-cache",
        }
        return Response(csv_text(view), 200, headers, media_type="text/csv; charset=utf-8")

    def read(self, request: Request, language: Language) -> tuple[State, str, date | None]:
        """The state asked for, why the day asked for was refused, and the latest day there is data for."""
        today = self.today()
        latest = self.observatory.latest_day(request.app.state.database)
        default = min(max(latest or today, FIRST_DAY), today)
        query = dict(request.query_params)
        try:
            state = read_state(query, language, today=today, default_day=default)
        except NotADateError as error:
            figures = Figures(language)
            message = i18n.NOT_A_DATE[language].format(
                given=error.given, first=figures.day(FIRST_DAY), last=figures.day(today)
            )
            state = read_state({**query, "ngay": ""}, language, today=today, default_day=default)
            return state.for_division(), message, latest
        return state.for_division(), "", latest

    def gather(self, request: Request, state: State, latest: date | None, *, whole: bool) -> Dashboard:
        """One page's figures; without `whole` only those of the table."""
        app = request.app

        def outlines(division: str) -> ProvinceMap | None:
            return self.outlines(app, division)

        return gather(
            self.observatory,
            app.state.database,
            state,
            today=self.today(),
            latest=latest,
            outlines=outlines if whole else None,
            simulated=app.state.settings.simulated,
        )

    def outlines(self, app: FastAPI, division: str) -> ProvinceMap | None:
        """The map of a division, drawn once per application; None while no boundaries are loaded."""
        with self.drawing:
            kept: dict[str, ProvinceMap] | None = getattr(app.state, "province_maps", None)
            if kept is None:
                kept = app.state.province_maps = {}
            if division not in kept:
                boundaries = self.observatory.boundaries(app.state.database, division=division)
                if not boundaries:
                    return None
                kept[division] = province_map(boundaries)
            return kept[division]

    @staticmethod
    def untidy(request: Request, state: State) -> bool:
        """Whether the address is not in canonical form, as those of forms without JavaScript."""
        given = urlencode(request.query_params.multi_items())
        return bool(given) and given != urlencode(state.pairs())

    @staticmethod
    def render(request: Request, template: str, view: Dashboard, *, partial: str, refused: str) -> str:
        state = view.state
        return house().render(
            request,
            template,
            d=view,
            state=state,
            notes=notes(view),
            partial=partial,
            refused=refused,
            division_on=division_on,
            breaks=BREAKS[state.metric],
            divisions=DIVISIONS,
            break_day=BREAK_DAY,
            refused_limit=REFUSED_LIMIT,
            few=FEW_COMMUNES,
            chart=trend,
        )

    @staticmethod
    def sorry(request: Request, error: LandDataError, language: Language) -> Response:
        """A page instead of figures while the service cannot give any."""
        html = house().render(request, "error.html", sentence=error.sentence(language))
        return HTMLResponse(html, 503, {"Cache-Control": "no-store", "Retry-After": "10"})

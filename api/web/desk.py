"""Answers one request for a page of figures: reads the state, gathers, fills the template, keeps what stays true."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from api.web import comparison, dashboard, i18n, rows, trend
from api.web.atlas import Atlas
from api.web.comparison import compare
from api.web.dashboard import gather
from api.web.export import csv_text, file_name, notes, workbook
from api.web.figures import Figures
from api.web.i18n import Language, Page
from api.web.observatory import MOST_ANSWERS, Asked, Kept
from api.web.shell import static_addresses
from api.web.state import DIVISIONS, FIRST_DAY, NotADateError, State, division_on, read_state
from landdata.errors import LandDataError, UnknownUnit
from landdata.flows.freshness import Freshness

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping
    from datetime import date

    from fastapi import FastAPI, Request

    from api.web.observatory import Observatory

    View = dashboard.Dashboard | comparison.Comparison

TEMPLATES = Path(__file__).parent / "templates"
WHOLE = {Page.OVERVIEW: "dashboard.html", Page.COMPARISON: "comparison.html"}
PARTS = {
    Page.OVERVIEW: {"chinh": "_main.html", "bang": "_table.html"},
    Page.COMPARISON: {"chinh": "_compare.html", "bang": "_gains.html"},
}
MOST_PAGES = 500  # compressed pages, 10 to 40 KB each
LONGEST_KEY = 400  # characters of an address; longer ones are answered, and not kept
MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one request asks for, as it was understood; `refused` says why its day was not."""

    state: State
    refused: str
    latest: date | None


class Desk:
    """Answers the requests of one router."""

    def __init__(self, observatory: Observatory, today: Callable[[], date]) -> None:
        self.observatory = observatory
        self.today = today
        self.addresses = static_addresses()
        self.drawing = Lock()
        self.freshness = Freshness()
        self.answers, self.pages = Kept(MOST_ANSWERS), Kept(MOST_PAGES)
        self.environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )

    def page(self, request: Request, page: Page, language: Language) -> Response:
        """The whole page, or the part of it that htmx asks for."""
        try:
            mark = self.mark(request)
            key = self.key(request, mark)
            kept: Response | None = self.pages.get(key) if key else None
            if kept is None:
                kept = self.made(request, page, language, mark)
                # An error of the reader's is answered anew each time.
                if key and kept.status_code == 200:
                    kept = packed(kept) if "gzip" in request.headers.get("accept-encoding", "") else kept
                    self.pages.put(key, kept)
        except LandDataError as error:
            return self.sorry(error, language)
        return kept

    def made(self, request: Request, page: Page, language: Language, mark: Hashable | None) -> Response:
        """The page as it is now."""
        asked = self.asked(request, mark)
        wanted = self.read(request, asked, page, language)
        state, refused = wanted.state, wanted.refused
        part = PARTS[page].get(request.query_params.get("_", ""), "")
        headers = {"Cache-Control": "no-cache"}
        if part and not refused:
            headers["HX-Push-Url"] = state.url()
        if not part and not refused and untidy(request, state):
            return RedirectResponse(state.url(), 302)
        try:
            view = self.gather(request, asked, wanted, whole=not part.endswith(("_table.html", "_gains.html")))
        except UnknownUnit:
            return self.nowhere(asked, wanted, part=part, headers=headers)
        html = self.render(part or WHOLE[page], state, d=view, notes=notes(view), partial=part, refused=refused)
        return HTMLResponse(html, 422 if refused else 200, headers)

    def file(self, request: Request, page: Page, language: Language, kind: str) -> Response:
        """The table as a file; a day that cannot be shown gets no other day's figures."""
        try:
            asked = self.asked(request, self.mark(request))
            wanted = self.read(request, asked, page, language)
            if wanted.refused:
                return PlainTextResponse(wanted.refused, 422)
            view = self.gather(request, asked, wanted, whole=False)
        except UnknownUnit as error:
            return PlainTextResponse(error.sentence(language), 404)
        except LandDataError as error:
            return PlainTextResponse(error.sentence(language), 503)
        headers = {
            "Content-Disposition": f'attachment; filename="{file_name(view, kind)}"',
            "Cache-Control": "no-cache",
        }
        body = csv_text(view) if kind == "csv" else workbook(view)
        return Response(body, 200, headers, media_type=MEDIA[kind])

    def mark(self, request: Request) -> Hashable | None:
        """Under what answers may be kept; None while they may not, and for an observatory without a database."""
        db = request.app.state.database
        return None if db is None else self.freshness.mark(db)

    def key(self, request: Request, mark: Hashable | None) -> Hashable | None:
        """Under what the finished page is kept: all it depends on."""
        path, query = request.url.path, request.url.query
        if mark is None or len(query) > LONGEST_KEY:
            return None
        return (mark, self.today(), path, query, "gzip" in request.headers.get("accept-encoding", ""))

    def asked(self, request: Request, mark: Hashable | None) -> Asked:
        return Asked(self.observatory, request.app.state.database, mark, self.answers)

    def read(self, request: Request, asked: Asked, page: Page, language: Language) -> Wanted:
        """The state asked for, why the day asked for was refused, and the latest day there is data for."""
        today = self.today()
        latest = asked.latest_day()
        default = min(max(latest or today, FIRST_DAY), today)
        query = dict(request.query_params)
        refused = ""

        def state(given: Mapping[str, str]) -> State:
            return read_state(given, language, today=today, default_day=default, page=page).for_division()

        try:
            found = state(query)
        except NotADateError as error:
            figures = Figures(language)
            refused = i18n.NOT_A_DATE[language].format(
                given=error.given, first=figures.day(FIRST_DAY), last=figures.day(today)
            )
            found = state({**query, "ngay": "", "tu": ""})
        return Wanted(found, refused, latest)

    def gather(self, request: Request, asked: Asked, wanted: Wanted, *, whole: bool) -> View:
        """One page's figures; without `whole` only those of the table. Raises UnknownUnit."""
        app, state = request.app, wanted.state
        atlas = self.atlas(app, state.division) if whole else None
        simulated = app.state.settings.simulated
        if state.since:
            return compare(asked, state, state.since, today=self.today(), atlas=atlas, simulated=simulated)
        return gather(
            asked, state, today=self.today(), latest=wanted.latest, atlas=atlas, whole=whole, simulated=simulated
        )

    def atlas(self, app: FastAPI, division: str) -> Atlas | None:
        """The maps of a division, drawn once per application; None while no boundaries are loaded."""
        with self.drawing:
            kept: dict[str, Atlas] | None = getattr(app.state, "atlases", None)
            if kept is None:
                kept = app.state.atlases = {}
            if division not in kept:
                boundaries = self.observatory.boundaries(app.state.database, division=division)
                if not boundaries:
                    return None
                kept[division] = Atlas(boundaries)
            return kept[division]

    def nowhere(self, asked: Asked, wanted: Wanted, *, part: str, headers: dict[str, str]) -> Response:
        """No unit has that code on that day: where its land lies then. A part is swapped in and is no error."""
        state = wanted.state
        heirs = asked.heirs(code=state.place, on=state.on, division=state.asked_division or None)
        template = "_nowhere.html" if part else "nowhere.html"
        html = self.render(template, state, heirs=heirs, partial=part, refused=wanted.refused, d=None)
        return HTMLResponse(html, 200 if part else 404, headers)

    def render(self, template: str, state: State, **given: Any) -> str:
        return self.environment.get_template(template).render(
            self.common(state.language),
            state=state,
            division_on=division_on,
            breaks=comparison.BREAKS if state.since else rows.BREAKS[state.metric],
            divisions=DIVISIONS,
            nouns=i18n.NOUNS,
            refused_limit=rows.REFUSED_LIMIT,
            few=rows.FEW_COMMUNES,
            old_days=rows.OLD_DAYS,
            chart=trend,
            today=self.today(),
            **given,
        )

    def sorry(self, error: LandDataError, language: Language) -> Response:
        """A page instead of figures while the service cannot give any."""
        html = self.environment.get_template("error.html").render(
            self.common(language), sentence=error.sentence(language)
        )
        return HTMLResponse(html, 503, {"Cache-Control": "no-store", "Retry-After": "10"})

    def common(self, language: Language) -> dict[str, Any]:
        """What every template may use."""

        def t(vi: str, en: str) -> str:
            return vi if language is Language.VI else en

        return {
            "language": language,
            "t": t,
            "f": Figures(language),
            "static": self.addresses.__getitem__,
            "i18n": i18n,
        }


def untidy(request: Request, state: State) -> bool:
    """Whether the address is not in canonical form, as those of forms without JavaScript."""
    given = urlencode(request.query_params.multi_items())
    return bool(given) and given != urlencode(state.pairs())


def packed(response: Response) -> Response:
    """The same answer compressed once, however often it is sent."""
    body = gzip.compress(bytes(response.body), 6, mtime=0)
    headers = {name: value for name, value in response.headers.items() if name != "content-length"}
    return Response(body, response.status_code, {**headers, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"})

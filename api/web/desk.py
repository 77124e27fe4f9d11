"""Answers one request for a page of figures: reads the state, gathers, fills the template, keeps what stays true."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from api.watchers import ANYBODY, Watcher, of_person
from api.web import comparison, dashboard, i18n, rows, trend, words
from api.web import ladder as rungs
from api.web import quality as matched
from api.web.atlas import Atlas
from api.web.comparison import compare
from api.web.dashboard import gather
from api.web.export import csv_text, file_name, notes, workbook
from api.web.figures import Figures
from api.web.house import house
from api.web.i18n import Language
from api.web.ladder import LadderPage, climb
from api.web.observatory import MOST_ANSWERS, Asked, Kept
from api.web.packing import Piece, piece, stitched
from api.web.quality import QualityPage, quality, reason_words
from api.web.state import BREAK_DAY, DIVISIONS, FIRST_DAY, NotADateError, Page, State, division_on, read_state
from api.web.why import WhyPage, explain
from landdata.errors import LandDataError, UnknownUnit
from landdata.flows import ladder, movements
from landdata.flows.freshness import Freshness, Known

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping
    from datetime import date

    from fastapi import FastAPI, Request

    from api.web.observatory import Observatory
    from landdata.model.coverage_rules import Rung
    from landdata.model.movements import End, Movement

    View = dashboard.Dashboard | comparison.Comparison | QualityPage | LadderPage | WhyPage

MAIN = {
    Page.OVERVIEW: "_main.html",
    Page.COMPARISON: "_compare.html",
    Page.MATCHING: "_matching.html",
    Page.LADDER: "_ladder.html",
    Page.WHY: "_why.html",
}
PARTS = {
    Page.OVERVIEW: {"chinh": "_main.html", "bang": "_table.html"},
    Page.COMPARISON: {"chinh": "_compare.html", "bang": "_gains.html"},
    Page.MATCHING: {"chinh": "_matching.html", "bang": "_rates.html"},
    Page.LADDER: {"chinh": "_ladder.html", "bang": "_rungs.html"},
    Page.WHY: {"chinh": "_why.html", "bang": "_causes.html"},
}
MOST_PAGES = 200  # plain and compressed, some 130 KB each
MOST_MOVEMENTS = 12  # a few MB each where the whole country moved
EVERY_CAUSE = 1_000_000
LONGEST_KEY = 400  # characters of an address; longer ones are answered, and not kept
PLACEHOLDER = "<!-- main -->"
READER = "<!-- reader -->"  # where the main part leads on, for whoever may go there
_BREAKS = {Page.COMPARISON: comparison.BREAKS, Page.MATCHING: matched.BREAKS}
# Pages that say more to some.
READ_BY_RIGHT = frozenset({Page.LADDER, Page.WHY})
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


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a page says to all who may read the same: its main part, or the piece that htmx asked for; nothing of who looks.

    Where it leads on for some readers it is in two pieces, with what they are told between them.
    """

    main: tuple[Piece, ...]
    title: str = ""
    status: int = 200
    push: str = ""  # the address of the whole, for an answer that is a piece of it
    moved: str = ""  # the address to ask instead


class Desk:
    """Answers the requests of one router."""

    def __init__(self, observatory: Observatory, today: Callable[[], date]) -> None:
        self.observatory = observatory
        self.today = today
        self.drawing = Lock()
        self.freshness = Freshness()
        self.answers, self.sheets, self.movements = Kept(MOST_ANSWERS), Kept(MOST_PAGES), Kept(MOST_MOVEMENTS)

    def page(self, request: Request, page: Page, language: Language) -> Response:
        """The whole page, or the part of it that htmx asks for."""
        try:
            known = self.known(request)
            key = self.key(request, page, known)
            sheet: Sheet | None = self.sheets.get(key) if key else None
            if sheet is None:
                lasting = key is not None and (page is not Page.LADDER or ladder.settled(request.app.state.database))
                sheet = self.made(request, page, language, known)
                if lasting and sheet.status == 200:  # an error of the reader's is answered anew each time
                    self.sheets.put(key, sheet)
        except LandDataError as error:
            return self.sorry(request, error, language)
        if sheet.moved:
            return RedirectResponse(sheet.moved, 302)
        pieces = list(sheet.main)
        if len(pieces) > 1:
            pieces.insert(1, piece(house().render(request, "_reader.html"), 1))
        if sheet.title:  # of the frame, only who looks is left to be said
            frame = house().render(request, "figures.html", title=sheet.title, page=page)
            before, _, after = frame.partition(PLACEHOLDER)
            pieces = [piece(before, 1), *pieces, piece(after, 1)]
        headers = {"Cache-Control": "private, no-cache", "Vary": "Accept-Encoding, Cookie"}
        if sheet.push:
            headers["HX-Push-Url"] = sheet.push
        if "gzip" in request.headers.get("accept-encoding", ""):
            return HTMLResponse(stitched(pieces), sheet.status, {**headers, "Content-Encoding": "gzip"})
        return HTMLResponse(b"".join(one.plain for one in pieces), sheet.status, headers)

    def made(self, request: Request, page: Page, language: Language, known: Known | None) -> Sheet:
        """The page as it is now."""
        asked = self.asked(request, known)
        wanted = self.read(request, asked, page, language)
        state = wanted.state
        part = PARTS[page].get(request.query_params.get("_", ""), "")
        if not part and not wanted.refused and untidy(request, state):
            return Sheet((), status=302, moved=state.url())
        try:
            view = self.gather(request, asked, wanted, whole=part in {"", MAIN[page]})
        except UnknownUnit:
            return self.nowhere(asked, wanted, part=part)
        given = {"d": view, "notes": notes(view), "partial": part, "refused": wanted.refused}
        main = self.render(part or MAIN[page], state, **given)
        title = "" if part else self.render("_title.html", state, **given).strip()
        push = state.url() if part and not wanted.refused else ""
        return Sheet(tuple(piece(one) for one in main.split(READER)), title, 422 if wanted.refused else 200, push)

    def file(self, request: Request, page: Page, language: Language, kind: str) -> Response:
        """The table as a file; a day that cannot be shown gets no other day's figures."""
        try:
            asked = self.asked(request, self.known(request))
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

    def known(self, request: Request) -> Known | None:
        """How the data stand; None for an observatory without a database, of which nothing may be kept."""
        db = request.app.state.database
        return None if db is None else self.freshness.now(db)

    def key(self, request: Request, page: Page, known: Known | None) -> Hashable | None:
        """Under what the sheet is kept: all it depends on."""
        path, query = request.url.path, request.url.query
        watcher = watcher_of(request) if page in READ_BY_RIGHT else ANYBODY
        # How matching goes changes without a publication, and is counted anew; so do provinces change their office.
        counted = page is Page.MATCHING or (page is Page.LADDER and watcher.office_code is not None)
        if known is None or counted or len(query) > LONGEST_KEY:
            return None
        mark = ladder.mark(request.app.state.database) if page is Page.LADDER else ()
        return (known.number, self.today(), path, query, watcher, mark)

    def asked(self, request: Request, known: Known | None) -> Asked:
        return Asked(self.observatory, request.app.state.database, known, self.answers)

    def read(self, request: Request, asked: Asked, page: Page, language: Language) -> Wanted:
        """The state asked for, why the day asked for was refused, and the latest day there is data for."""
        today = self.today()
        latest = today if page is Page.MATCHING else asked.latest_day()
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
        atlas = self.atlas(app, state.division) if whole and state.page not in READ_BY_RIGHT else None
        simulated = app.state.settings.simulated
        if state.page is Page.LADDER:
            seen = self.rungs_seen(request, state)
            return climb(
                asked, app.state.database, state, seen,
                today=self.today(), latest=wanted.latest, whole=whole, simulated=simulated,
            )  # fmt: skip
        if state.since and state.page is Page.WHY:
            explained = self.explained(request, asked)
            return explain(asked, state, state.since, watcher_of(request), explained, simulated=simulated)
        if state.since and state.page is Page.MATCHING:
            return quality(asked, app.state.database, state, state.since, atlas=atlas, simulated=simulated)
        if state.since:
            return compare(asked, state, state.since, today=self.today(), atlas=atlas, simulated=simulated)
        return gather(
            asked, state, today=self.today(), latest=wanted.latest, atlas=atlas, whole=whole, simulated=simulated
        )

    def rungs_seen(self, request: Request, state: State) -> tuple[Rung, ...]:
        """The rungs that who looks may see of this place, as `/v1/coverage/ladder` has it. Raises UnknownUnit."""
        watcher = watcher_of(request)
        concerned = watcher.sees_quality
        if watcher.office_code is not None and state.place:
            concerned = ladder.in_charge(
                request.app.state.services.pools.uploader,
                office_code=watcher.office_code,
                unit=state.place,
                effective_on=state.on,
                division=state.asked_division or None,
            )
        terms, _ = ladder.rungs(request.app.state.database)
        return tuple(one.rung for one in terms if concerned or one.public)

    def explained(self, request: Request, asked: Asked) -> Callable[[End, End, str | None], Movement]:
        """Every cause between two states, kept over the same data: all leaves and figures of a page are read from one."""

        def explained(before: End, after: End, unit: str | None) -> Movement:
            key = (asked.known.number, before, after, unit) if asked.known else None
            found: Movement | None = self.movements.get(key) if key else None
            if found is None:
                db = request.app.state.database
                found = movements.explain(db, before=before, after=after, unit=unit, limit=EVERY_CAUSE)
                if key:
                    self.movements.put(key, found)
            return found

        return explained

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

    def nowhere(self, asked: Asked, wanted: Wanted, *, part: str) -> Sheet:
        """No unit has that code on that day: where its land lies then. A part is swapped in and is no error."""
        state = wanted.state
        heirs = asked.heirs(code=state.place, on=state.on, division=state.asked_division or None)
        html = self.render("_nowhere.html", state, heirs=heirs, partial=part, refused=wanted.refused, d=None)
        title = "" if part else f"{i18n.NOWHERE[state.language]} {state.place}"
        return Sheet((piece(html),), title, 200 if part else 404, state.url() if part else "")

    def render(self, template: str, state: State, **given: Any) -> str:
        """A piece that everyone sees alike: it is given nothing of who looks, so it cannot say it."""
        language = state.language

        def t(vi: str, en: str) -> str:
            return vi if language is Language.VI else en

        made = house()
        return made.environment.get_template(template).render(
            language=language,
            t=t,
            f=Figures(language),
            static=made.addresses.__getitem__,
            i18n=i18n,
            state=state,
            division_on=division_on,
            breaks=_BREAKS.get(state.page, rows.BREAKS.get(state.metric, rows.BREAKS[""])),
            reason_words=reason_words,
            divisions=DIVISIONS,
            first_day=FIRST_DAY,
            break_day=BREAK_DAY,
            nouns=i18n.NOUNS,
            refused_limit=rows.REFUSED_LIMIT,
            few=rows.FEW_COMMUNES,
            old_days=rows.OLD_DAYS,
            chart=trend,
            rung_words=rungs,
            causes=words.MOVES,
            **given,
        )

    @staticmethod
    def sorry(request: Request, error: LandDataError, language: Language) -> Response:
        """A page instead of figures while the service cannot give any."""
        html = house().render(request, "error.html", sentence=error.sentence(language))
        return HTMLResponse(html, 503, {"Cache-Control": "no-store", "Retry-After": "10"})


def watcher_of(request: Request) -> Watcher:
    """As whom the visitor of a page looks at what is not for everyone."""
    return of_person(getattr(request.state, "who", None))


def untidy(request: Request, state: State) -> bool:
    """Whether the address is not in canonical form, as those of forms without JavaScript."""
    given = urlencode(request.query_params.multi_items())
    return bool(given) and given != urlencode(state.pairs())

"""Pages of the sources: all of them for the ministry, one with its life, and a land office's own."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from fastapi import Request
from starlette.responses import Response

from api.web import words
from api.web.house import house, language_of
from api.web.i18n import SIMULATION, Words
from api.web.listing import MAIN, TABLE, Listing, answer, read_listing, table_file
from api.web.lives import MOST_NAMED, SORTS, Life, Lives, life_of, lives
from api.web.places import PLACES
from api.web.regions import REGIONS
from api.web.state import DIVISIONS
from landdata.flows import alerts, outcome, sources
from landdata.model.people import Act
from landdata.model.sources import State
from landdata.writing.alerts import figure

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.web.desk import Desk
    from api.web.routing import Pages
    from landdata.model.alerts import Alert
    from landdata.model.sources import SourceView
    from landdata.store.engine import Database

TITLE = Words("Nguồn dữ liệu", "Sources")
PARTS = {MAIN: "_sources.html", TABLE: "_lives.html"}
MOST_DELIVERIES = 8
_REGIONS = {one.key for every in REGIONS.values() for one in every}
_KNOWN = {
    "chia": DIVISIONS, "loc": None, "vung": _REGIONS, "tt": frozenset(State), "sap": SORTS, "nguoc": ("1",), "het": ("1",),
}  # fmt: skip


def add(pages: Pages, desk: Desk) -> None:
    """Put these pages into the house; `desk` draws the map."""
    pages.get(PLACES.sources)(_every(desk))
    pages.get(PLACES.sources_csv)(_file("csv"))
    pages.get(PLACES.sources_xlsx)(_file("xlsx"))
    pages.get(PLACES.source)(source_page)
    pages.get(PLACES.own_source)(own)


def _every(desk: Desk) -> Callable[[Request], Response]:
    def every(request: Request) -> Response:
        """The sources of all provinces."""
        found = _gathered(request, desk)
        return answer(
            request, found.listing, PARTS, title=TITLE[language_of(request)], d=found, words=words, divisions=DIVISIONS,
            most=MOST_NAMED,
        )  # fmt: skip

    return every


def _gathered(request: Request, desk: Desk | None = None) -> Lives:
    listing = read_listing(request, "sources", _KNOWN)
    db = _figures(request)
    found = sources.listed(db, division=listing["chia"] or None)
    if listing["vung"] not in {one.key for one in REGIONS[found.division]}:
        listing = listing.changed(vung="")
    atlas = desk.atlas(request.app, found.division) if desk else None
    open_ = Counter(one.office_code for one in alerts.listed(db) if one.office_code)
    return lives(listing, found, open_, atlas.country if atlas else None)


def source_page(request: Request, office: str) -> Response:
    """One source: how it stands, its life, its alerts, what became of its deliveries in figures."""
    db = _figures(request)
    view = sources.of_office(db, office_code=office)
    handed: tuple[Any, ...] = ()
    may_see = Act.SEE_DELIVERIES in request.state.who.acts
    if may_see:
        uploader = request.app.state.services.pools.uploader
        handed = outcome.history(uploader, office_code=office, most=MOST_DELIVERIES)
    told = alerts.listed(db, open_=None, office_codes=[office])
    return _shown(request, "source.html", view, told, handed=handed, may_see=may_see)


def own(request: Request) -> Response:
    """A land office's own source, and how to come back on time."""
    db, office = request.app.state.services.pools.uploader, request.state.who.office_code
    view = sources.of_office(db, office_code=office)
    handed = outcome.history(db, office_code=office, most=MOST_DELIVERIES)
    told = alerts.listed(db, open_=None, own=office)
    may_deliver = Act.DELIVER in request.state.who.acts
    return _shown(request, "own_source.html", view, told, handed=handed, may_see=True, may_deliver=may_deliver)


def _shown(request: Request, template: str, view: SourceView, told: tuple[Alert, ...], **given: Any) -> Response:
    open_ = tuple(each for each in told if each.closed_at is None)
    return house().page(
        request, template, view=view, source=view.source, life=life_of(view.source, len(open_)), open=open_,
        closed=tuple(each for each in told if each.closed_at is not None)[:MOST_NAMED], events=view.events[::-1],
        words=words, figure=figure, vi=language_of(request) == "vi", **given,
    )  # fmt: skip


def _file(kind: str) -> Callable[[Request], Response]:
    def file(request: Request) -> Response:
        """The table of sources as it stands on the screen."""
        found = _gathered(request)
        language = found.listing.language
        note = SIMULATION[language] if request.app.state.settings.simulated else ""
        return table_file(
            kind, name=f"{'nguon-du-lieu' if language == 'vi' else 'sources'}-{found.found.on}",
            head=[one[language] for one in _HEAD],
            rows=[[found.found.on, found.found.division, *_cells(one, found.listing), note] for one in found.shown],
        )  # fmt: skip

    return file


_HEAD = (
    Words("Ngày", "Date"),
    Words("Địa giới", "Division"),
    Words("Mã tỉnh", "Province code"),
    Words("Tỉnh, thành phố", "Province"),
    Words("Mã văn phòng", "Office code"),
    Words("Văn phòng", "Land office"),
    Words("Trạng thái", "State"),
    Words("Từ lúc", "Since"),
    Words("Cách giao nộp", "How it delivers"),
    Words("Lần nộp gần nhất", "Last delivery"),
    Words("Số ngày từ lần đó", "Days since"),
    Words("Hạn tới", "Due"),
    Words("Số ngày trễ", "Days late"),
    Words("Chu kỳ cam kết (ngày)", "Promised cadence (days)"),
    Words("Xã đã công bố", "Communes published"),
    Words("Xã đã cam kết", "Communes promised"),
    Words("Cảnh báo đang mở", "Open alerts"),
    Words("Ghi chú", "Note"),
)


def _cells(one: Life, listing: Listing) -> list[Any]:
    language = listing.language
    state = words.SOURCE_STATES[one.state].words[language]
    place = [one.province.code, one.province.full_name_vi]
    source = one.source
    if source is None:
        return [*place, "", "", state, *[""] * 10]
    promise = source.promise
    return [
        *place, source.office_code, source.name_vi if language == "vi" else source.name_en, state,
        source.since.isoformat(timespec="minutes"), source.method_vi if language == "vi" else source.method_en,
        source.facts.last_on, one.silent_days, one.due_on, source.facts.days_late if one.due_on else None,
        promise.cadence_days, source.communes, promise.communes, one.alerts,
    ]  # fmt: skip


def _figures(request: Request) -> Database:
    db: Database = request.app.state.services.pools.dashboard
    return db

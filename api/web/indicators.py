"""The page of indicators: one on a day, in a division, as a table, a map and sums; its files."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from fastapi import Request
from starlette.responses import Response

from api.watchers import of_person
from api.web import indicator_words as words
from api.web.figures import VIETNAM
from api.web.house import language_of
from api.web.i18n import Words
from api.web.indicator_view import SORTS, View, view_of
from api.web.listing import MAIN, TABLE, Listing, answer, read_listing, table_file
from api.web.places import PLACES
from api.web.state import BREAK_DAY, DIVISIONS, typed_day
from landdata.flows import indicators
from landdata.flows.indicator_uploads import mend, sentence
from landdata.model.indicators import CountedLevel, SubjectKind, Timing

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.web.desk import Desk
    from api.web.routing import Pages
    from landdata.model.indicators import Count, Figure, Indicator
    from landdata.store.engine import Database

TITLE = Words("Chỉ tiêu", "Indicators")
PARTS = {MAIN: "_indicators.html", TABLE: "_indicator_table.html"}
_KNOWN: dict[str, Any] = {
    "ct": None, "ngay": None, "luc": None, "chia": DIVISIONS, "dt": frozenset(SubjectKind), "cap": frozenset(CountedLevel),
    "tt": frozenset(Timing), "loc": None, "sap": SORTS, "nguoc": ("1",), "het": ("1",),
}  # fmt: skip


def add(pages: Pages, desk: Desk) -> None:
    """Put these pages into the house; `desk` draws the map."""
    pages.get(PLACES.indicators)(_page(desk))
    pages.get(PLACES.indicators_csv)(_file("csv"))
    pages.get(PLACES.indicators_xlsx)(_file("xlsx"))


def _page(desk: Desk) -> Callable[[Request], Response]:
    def page(request: Request) -> Response:
        """One indicator on a day."""
        view = _gathered(request, desk)
        language = language_of(request)
        db = _database(request)
        watcher = of_person(request.state.who)
        known = indicators.versions(
            db, code=view.found.indicator.code, known_at=view.found.known_at, named=watcher.ministry
        )
        made = answer(
            request, view.listing, PARTS, frame="indicators.html", title=TITLE[language], d=view, words=words,
            versions=known, named=watcher.ministry, sentence=sentence, mend=mend,
        )  # fmt: skip
        made.status_code = 422 if view.refused else 200
        return made

    return page


def _gathered(request: Request, desk: Desk | None = None) -> View:
    listing = read_listing(request, "indicators", _KNOWN)
    db = _database(request)
    every = indicators.listed(db)
    chosen = next((one.code for one in every if one.code == listing["ct"]), every[0].code if every else "")
    listing = listing.changed(ct=chosen)
    day, refused_day = _day(listing["ngay"])
    last, refused_moment = _day(listing["luc"])
    found = indicators.figures(
        db,
        code=chosen,
        effective_on=day,
        known_at=datetime.combine(last + timedelta(days=1), datetime.min.time(), VIETNAM) if last else None,
        division=listing["chia"] or None,
    )
    drawn = listing["chia"] or _drawn(found.figures)
    atlas = desk.atlas(request.app, drawn) if desk else None
    view = view_of(listing, every, found, drawn, atlas.country if atlas else None)
    view.refused = refused_day or refused_moment
    return view


def _drawn(figures: tuple[Figure, ...]) -> str:
    """The division whose map has the units as they were published."""
    days = [one.on_date for one in figures if one.subject_kind is SubjectKind.UNIT and one.on_date]
    return "2025" if days and max(days) >= BREAK_DAY else "2023"


def _day(text: str) -> tuple[date | None, str]:
    """The day that was typed, and what was typed where it is none."""
    if not text:
        return None, ""
    try:
        return typed_day(text), ""
    except ValueError:
        return None, text


def _file(kind: str) -> Callable[[Request], Response]:
    def file(request: Request) -> Response:
        """The table as it stands on the screen."""
        view = _gathered(request)
        language, found = view.listing.language, view.found
        return table_file(
            kind, name=f"{found.indicator.code.lower()}-{found.effective_on}",
            head=[one[language] for one in _HEAD],
            rows=[
                [found.effective_on, found.division or "", name(found.indicator, view.listing),
                 *_cells(one, view.listing, found.indicator), one.note]
                for one in view.shown
            ],
        )  # fmt: skip

    return file


_HEAD = (
    Words("Ngày hỏi", "Asked for"),
    Words("Địa giới", "Division"),
    Words("Chỉ tiêu", "Indicator"),
    Words("Mã", "Code"),
    Words("Đối tượng", "Subject"),
    Words("Cấp", "Level"),
    Words("Ngày số liệu", "Figure of"),
    Words("Đã làm, ít nhất", "Done, at least"),
    Words("Đã làm, nhiều nhất", "Done, at most"),
    Words("Tổng số, ít nhất", "Total, at least"),
    Words("Tổng số, nhiều nhất", "Total, at most"),
    Words("Tỷ lệ (%)", "Share (%)"),
    Words("Trạng thái", "State"),
    Words("Hạn như công bố", "Due, as published"),
    Words("Hạn cuối", "Due by"),
    Words("So với hạn", "Against the due date"),
    Words("Số ngày trễ", "Days late"),
    Words("Lưu ý", "Flags"),
    Words("Phiên bản", "Version"),
    Words("Nguồn", "Source"),
    Words("Ghi chú", "Note"),
)


def name(indicator: Indicator, listing: Listing) -> str:
    """What an indicator is called in the language of the page."""
    return indicator.name_vi if listing.language == "vi" else indicator.name_en


def _cells(one: Figure, listing: Listing, indicator: Indicator) -> list[Any]:
    language = listing.language
    return [
        one.unit_code or "", one.subject, words.LEVELS[one.level][language], one.on_date, *_ends(one.done), *_ends(one.total),
        None if one.share is None else round(100 * one.share, 2), words.state(one, indicator, language),
        one.due_text, one.due_on,
        words.TIMINGS[one.timing].words[language], one.days_late or None,
        "; ".join(sentence(flag, language) for flag in one.flags), one.version, words.source(one.source, indicator, language),
    ]  # fmt: skip


def _ends(count: Count | None) -> tuple[int | None, int | None]:
    return (None, None) if count is None else (count.at_least, count.at_most)


def _database(request: Request) -> Database:
    db: Database = request.app.state.services.pools.dashboard
    return db

"""The state of the dashboard as it stands in the address bar: read, checked, written back canonically."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from api.web.figures import MONTHS_EN
from api.web.i18n import Language, tidy
from api.web.places import PLACES
from api.web.regions import REGIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

# Before this day no register of units is known (fixtures/reference/admin/SOURCES.md).
FIRST_DAY = date(2021, 11, 1)
# Districts ended and 63 provinces became 34 (Law 72/2025/QH15, resolution 202/2025/QH15).
BREAK_DAY = date(2025, 7, 1)
DIVISIONS = ("2023", "2025")
SORTS = ("xa", "tinh", "huyen", "thua", "gcn", "nguoi", "loi", "moi")
STATUSES = ("none", "err", "low", "unsure", "old", "ok")
# Sorts and statuses of each page; the first sort is the default, and stands in no address.
VOCABULARY = {
    "home": (SORTS, STATUSES),
    "comparison": (("xa", "tinh", "thua", "gcn"), ("new", "up", "same", "down")),
    "matching": (("xa", "tinh", "so", "doi"), ("up", "down", "steady", "none")),
    "ladder": (("xa", "tinh", "nhan", "han", "khop", "dung", "du", "sach", "song", "tra"), ("all", "some", "none")),
    "why": (("xa",), ()),
}
# What a page can be asked to show, besides what it shows of itself.
METRICS = {"home": ("loi",), "why": ("tinh", "huyen", "thua", "gcn", "nguoi")}
# What only the list of provinces has: provinces' rows are refused, and only they lie in regions.
PROVINCES_ONLY = {"sort": ("huyen", "loi"), "status": ("err",)}
LONGEST_TEXT = 60
_DAY_FIRST = re.compile(r"(\d{1,2})[/. -]([0-9]{1,2}|[a-z]{3})[a-z]*[/. -](\d{4})", re.IGNORECASE)


class Page(StrEnum):
    """The pages of figures, by their place in the house."""

    OVERVIEW = "home"
    COMPARISON = "comparison"
    MATCHING = "matching"
    LADDER = "ladder"
    WHY = "why"

    def path(self, language: Language) -> str:
        return _PLACES[self].path(language)

    def file(self, kind: str) -> str:
        """The place of the file with exactly what is on the screen; `kind` is csv or xlsx."""
        return f"{self}_{kind}"


OF_ONE_DAY = frozenset({Page.OVERVIEW, Page.LADDER})
DOWN_TO_COMMUNES = frozenset({Page.LADDER, Page.WHY})


class NotADateError(ValueError):
    """The text asked for no day that can be shown; `given` is what was typed."""

    def __init__(self, given: str) -> None:
        super().__init__(given)
        self.given = given


@dataclass(frozen=True, slots=True)
class State:
    """Everything the page depends on besides the data; two equal states are the same page."""

    language: Language
    on: date
    page: Page = Page.OVERVIEW
    since: date | None = None  # the earlier of two days
    asked_division: str = ""
    place: str = ""  # code of the province, district or commune looked into; "" is the country
    metric: str = ""  # "" is communes; "loi" the share of refused rows, "thua" parcels, and so on
    text: str = ""
    region: str = ""
    status: str = ""
    sort: str = "xa"  # the share of the page: communes synced, communes gained, holders matched
    descending: bool = True
    whole: bool = False  # a phone shows the first twelve provinces unless told otherwise
    leaf: int = 1  # of a list that is too long for one

    @property
    def division(self) -> str:
        """The division asked for, or the one in force on the day."""
        return self.asked_division or division_on(self.on)

    @property
    def filtered(self) -> bool:
        return bool(self.text or self.region or self.status)

    def for_division(self) -> State:
        """Without what its division or level does not have: districts to sort by, regions of the other division."""
        changes: dict[str, Any] = {}
        if self.region and (self.place or self.region not in {one.key for one in REGIONS[self.division]}):
            changes["region"] = ""
        if (self.sort == "huyen" and self.division != "2023") or (self.place and self.sort in PROVINCES_ONLY["sort"]):
            changes |= {"sort": "xa", "descending": True}
        if self.place and self.status in PROVINCES_ONLY["status"]:
            changes["status"] = ""
        if self.place and self.metric == "loi":
            changes["metric"] = ""
        return replace(self, **changes)

    def pairs(self) -> list[tuple[str, str]]:
        """The query in fixed order without what is default; the day is always named, so a link stays true."""
        given = [
            ("tu", self.since.isoformat() if self.since else ""),
            ("ngay", self.on.isoformat()),
            ("chia", self.asked_division),
            ("dv", self.place),
            ("chi_so", self.metric),
            ("loc", self.text),
            ("vung", self.region),
            ("tt", self.status),
            ("sap", "" if self.sort == "xa" else self.sort),
            ("giam", "" if self.descending == descending_first(self.sort) else str(int(self.descending))),
            ("het", "1" if self.whole else ""),
            ("trang", "" if self.leaf == 1 else str(self.leaf)),
        ]
        return [(key, value) for key, value in given if value]

    def url(self, part: str = "", **changes: Any) -> str:
        """Address of the page with `changes`; `part` asks for a piece of it (`chinh` or `bang`) only."""
        # What is asked otherwise begins with its first leaf.
        changed = replace(self, **{**({"leaf": 1} if changes else {}), **changes})
        pairs = changed.pairs()
        return f"{changed.page.path(self.language)}?{urlencode([*pairs, ('_', part)] if part else pairs)}"

    def place_url(self, code: str) -> str:
        """Address of the page one level further down or up, or of another place: same day, no filter."""
        away: dict[str, Any] = {"page": Page.OVERVIEW, "since": None} if self.page is Page.COMPARISON else {}
        same = {"metric": self.metric} if self.page is Page.WHY and self.metric not in ABOVE_ONLY else {}
        return replace(self, **{**_AFRESH, **away, **same}, place=code).url()

    def compare_url(self) -> str:
        """Address of the comparison that ends on this day."""
        return replace(self, **_AFRESH, place="", page=Page.COMPARISON, since=None).url()

    def overview_url(self, place: str = "") -> str:
        """Address of the country, or a place, on this day."""
        return replace(self, **_AFRESH, place=place, page=Page.OVERVIEW, since=None).url()

    def ladder_url(self) -> str:
        """Address of the ladder of this place on this day."""
        return replace(self, **_AFRESH, page=Page.LADDER, since=None).url()

    def why_url(self, since: date, division: str, *, place: str | None = None, figure: str = "commune") -> str:
        """Address of why a figure (by the key of its tile) moved since then; no division tells each day in its own."""
        code = self.place if place is None else place
        asked = {"since": since, "asked_division": division, "place": code, "metric": FIGURES[figure]}
        return replace(self, **{**_AFRESH, **asked}, page=Page.WHY).url()

    def file_url(self, kind: str) -> str:
        return f"{_PLACES[self.page.file(kind)].path(self.language)}?{urlencode(self.pairs())}"

    def sorted_by(self, sort: str) -> dict[str, Any]:
        """The change a click on a column's head makes: the same column again turns it round."""
        again = self.sort == sort
        return {"sort": sort, "descending": not self.descending if again else descending_first(sort)}


# Keys of tiles, and what the page of causes calls them.
FIGURES = {
    "province": "tinh",
    "district": "huyen",
    "commune": "",
    "parcels": "thua",
    "certificates": "gcn",
    "holders": "nguoi",
}
ABOVE_ONLY = ("tinh", "huyen")  # a place below has none of these
_PLACES = PLACES.every
_AFRESH: dict[str, Any] = {
    "text": "", "region": "", "status": "", "sort": "xa", "descending": True, "whole": False, "metric": "",
    "leaf": 1,
}  # fmt: skip


def division_on(day: date) -> str:
    """The division of the country in force on a day."""
    return "2025" if day >= BREAK_DAY else "2023"


def descending_first(sort: str) -> bool:
    """Names start at A, figures at the largest."""
    return sort != "tinh"


def read_state(
    query: Mapping[str, str], language: Language, *, today: date, default_day: date, page: Page = Page.OVERVIEW
) -> State:
    """The state a query asks for; unknown words are left out. Raises NotADateError for a day out of range."""
    sorts, statuses = VOCABULARY[page]
    sort = _known(query.get("sap", ""), sorts) or "xa"
    on = read_day(query.get("ngay", ""), today=today) or default_day
    since = None
    if page not in OF_ONE_DAY:
        since = read_day(query.get("tu", ""), today=today) or max(FIRST_DAY, year_before(on))
        since, on = min(since, on), max(since, on)
    return State(
        language=language,
        on=on,
        page=page,
        since=since,
        asked_division=_known(query.get("chia", ""), DIVISIONS),
        place="" if page is Page.COMPARISON else _code(query.get("dv", ""), communes=page in DOWN_TO_COMMUNES),
        metric=_known(query.get("chi_so", ""), METRICS.get(page, ())),
        text=tidy(query.get("loc", "")[: LONGEST_TEXT * 3])[:LONGEST_TEXT],
        region=_known(query.get("vung", ""), None),
        status=_known(query.get("tt", ""), statuses),
        sort=sort,
        descending={"1": True, "0": False}.get(query.get("giam", ""), descending_first(sort)),
        whole=query.get("het") == "1",
        leaf=_leaf(query.get("trang", "")) if page is Page.WHY else 1,
    )


def read_day(text: str, *, today: date) -> date | None:
    """`2023-03-28` or, as people type it, `28/3/2023` or `28 Mar 2023`; None for nothing at all."""
    text = text.strip()
    if not text:
        return None
    try:
        day = typed_day(text)
    except ValueError as error:
        raise NotADateError(text[:20]) from error
    if not FIRST_DAY <= day <= today:
        raise NotADateError(text[:20])
    return day


def typed_day(text: str) -> date:
    """A day as people or programs write it. Raises ValueError."""
    return _typed(text.strip()) or date.fromisoformat(text.strip())


def _typed(text: str) -> date | None:
    match = _DAY_FIRST.fullmatch(text)
    if not match:
        return None
    day, month, year = match.groups()
    number = int(month) if month.isdigit() else MONTHS_EN.index(month.title()) + 1
    return date(int(year), number, int(day))


def _code(text: str, *, communes: bool) -> str:
    """A province has two digits, a district three, a commune five; communes have no page of their own everywhere."""
    return text if re.fullmatch(r"[0-9]{2,3}|[0-9]{5}" if communes else r"[0-9]{2,3}", text) else ""


def _leaf(text: str) -> int:
    return int(text) if re.fullmatch(r"[1-9][0-9]{0,3}", text) else 1


def year_before(day: date) -> date:
    return day.replace(year=day.year - 1, day=min(day.day, 28) if day.month == 2 else day.day)


def _known(value: str, values: tuple[str, ...] | None) -> str:
    if values is None:  # region keys differ between divisions; see for_division
        return value if re.fullmatch(r"[a-z-]{1,40}", value) else ""
    return value if value in values else ""

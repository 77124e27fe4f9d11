"""The page of alerts: what is wrong now, what was, and the rules with their thresholds."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from fastapi import Request
from starlette.responses import Response

from api.web import words
from api.web.figures import Figures
from api.web.house import language_of
from api.web.i18n import SIMULATION, Language, Words, fold
from api.web.listing import MAIN, TABLE, Listing, answer, read_listing, table_file
from api.web.places import PLACES
from landdata.flows import alerts
from landdata.model.alerts import UNIT_WORDS, Alert, Audience, Rule, Unit
from landdata.writing.alerts import figure

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.web.routing import Pages
    from landdata.store.engine import Database

TITLE = Words("Cảnh báo", "Alerts")
PARTS = {MAIN: "_alerts.html", TABLE: "_alert_list.html"}
RULES = "quy-tac"  # the view of the rules; the other one is of the alerts
OPEN, CLOSED = "mo", "khoi-phuc"
LATELY = timedelta(days=7)


@dataclass(frozen=True)
class Alarms:
    """Everything the page shows, read once; `every` holds open and ended ones, the newest first."""

    listing: Listing
    every: tuple[Alert, ...]
    rules: tuple[Rule, ...]
    now: datetime

    @cached_property
    def open(self) -> tuple[Alert, ...]:
        return tuple(one for one in self.every if one.closed_at is None)

    @cached_property
    def counts(self) -> Counter[str]:
        """Open ones by rule."""
        return Counter(one.rule.code for one in self.open)

    @property
    def offices(self) -> int:
        return len({one.office_code for one in self.open if one.office_code})

    @property
    def recovered_lately(self) -> int:
        return sum(one.closed_at is not None and self.now - one.closed_at <= LATELY for one in self.every)

    @cached_property
    def shown_open(self) -> tuple[Alert, ...]:
        """Those that pass the filter, the oldest first: it waits longest."""
        return () if self.listing["tt"] == CLOSED else tuple(one for one in self.open[::-1] if self._passes(one))

    @cached_property
    def shown_closed(self) -> tuple[Alert, ...]:
        """Those that pass the filter, the latest recovery first."""
        if self.listing["tt"] == OPEN:
            return ()
        ended = [(one.closed_at, one) for one in self.every if one.closed_at is not None and self._passes(one)]
        return tuple(one for _, one in sorted(ended, key=lambda pair: pair[0], reverse=True))

    def _passes(self, one: Alert) -> bool:
        listing, wanted = self.listing, fold(self.listing["loc"])
        names = (one.subject, one.name_vi or "", one.name_en or "")
        return (
            (not listing["quy"] or one.rule.code == listing["quy"])
            and (not listing["ai"] or one.rule.audience == listing["ai"])
            and any(wanted in fold(name) for name in names)
        )


def add(pages: Pages) -> None:
    """Put these pages into the house."""
    pages.get(PLACES.alerts)(every)
    pages.get(PLACES.alerts_csv)(_file("csv"))
    pages.get(PLACES.alerts_xlsx)(_file("xlsx"))


def every(request: Request) -> Response:
    """Open alerts, then those that ended, or the rules."""
    found = _gathered(request)
    return answer(
        request, found.listing, PARTS, title=TITLE[language_of(request)], d=found, words=words, figure=figure,
        vi=language_of(request) == "vi", details=details, lately=LATELY.days,
    )  # fmt: skip


def _gathered(request: Request) -> Alarms:
    db: Database = request.app.state.services.pools.dashboard
    rules = alerts.thresholds(db)
    known = {
        "xem": (RULES,), "tt": (OPEN, CLOSED), "quy": {one.code for one in rules}, "ai": frozenset(Audience), "loc": None,
        "het": ("1",),
    }  # fmt: skip
    listing = read_listing(request, "alerts", known)
    return Alarms(listing, alerts.listed(db, open_=None), rules, datetime.now(UTC))


# What a rule notes besides its value.
_DETAILS = {
    "due_on": Words("hạn", "due"),
    "silent_days": Words("im lặng (ngày)", "silent (days)"),
    "usual_days": Words("thường lệ (ngày)", "usual (days)"),
    "now": Words("bây giờ", "now"),
    "before": Words("trước đó", "before"),
    "change": Words("thay đổi (thửa)", "change (parcels)"),
    "communes": Words("các xã", "communes"),
    "outstanding": Words("thay đổi chưa đọc", "changes unread"),
    "last_status": Words("trả lời cuối", "last answer"),
    "vi": Words("lời hứa", ""),
    "en": Words("", "promise"),
    "done_at": Words("xong lần cuối", "last done"),
    "recount": Words("lần đếm lại", "recount"),
    "connection": Words("kết nối", "connection"),
    "why": Words("lý do", "why"),
}


def details(one: Alert, language: Language) -> list[tuple[str, str]]:
    """What was noted with the measure, in words; what this build has no words for keeps its name."""
    figures = Figures(language)
    told = []
    for name, value in one.details.items():
        label = _DETAILS.get(name, Words(name, name))[language]
        if not label or value == "-":
            continue
        if isinstance(value, float) and one.rule.unit is Unit.SHARE:
            said = figure(value, one.rule.unit, vi=language == "vi")
        elif name == "due_on":
            said = figures.day(date.fromisoformat(str(value)))
        elif name == "done_at":
            said = figures.moment(datetime.fromisoformat(str(value)))
        else:
            said = figures.num(value) if isinstance(value, int) else str(value)
        told.append((label, said))
    return told


def _file(kind: str) -> Callable[[Request], Response]:
    def file(request: Request) -> Response:
        """The alerts, or the rules, as they stand on the screen."""
        found = _gathered(request)
        language = found.listing.language
        note = SIMULATION[language] if request.app.state.settings.simulated else ""
        name = "canh-bao" if language == "vi" else "alerts"
        if found.listing["xem"] == RULES:
            head, rows = _RULE_HEAD, [_rule_cells(one, found, language) for one in found.rules]
            name = "quy-tac-canh-bao" if language == "vi" else "alert-rules"
        else:
            head, rows = _HEAD, [_cells(one, language) for one in (*found.shown_open, *found.shown_closed)]
        return table_file(
            kind, name=f"{name}-{found.now:%Y-%m-%d}", head=[one[language] for one in (*head, _NOTE)],
            rows=[[*row, note] for row in rows],
        )  # fmt: skip

    return file


_NOTE = Words("Ghi chú", "Note")
_HEAD: tuple[Words, ...] = (
    Words("Quy tắc", "Rule"),
    Words("Điều gì", "What"),
    Words("Đối tượng", "About"),
    Words("Tên", "Name"),
    Words("Mở lúc", "Since"),
    Words("Khôi phục lúc", "Recovered at"),
    Words("Đo được", "Measured"),
    Words("Ngưỡng", "Threshold"),
    Words("Khi khôi phục", "At recovery"),
    Words("Đơn vị", "Unit"),
    Words("Nên làm", "What to do"),
)
_RULE_HEAD: tuple[Words, ...] = (
    Words("Quy tắc", "Rule"),
    Words("Điều gì", "What"),
    Words("Ngưỡng", "Threshold"),
    Words("Đơn vị", "Unit"),
    Words("Lặng (phút)", "Calm (minutes)"),
    Words("Báo cho", "Tells"),
    Words("Đang bật", "On"),
    Words("Đang mở", "Open now"),
    Words("Nên làm", "What to do"),
)


def _cells(one: Alert, language: Language) -> list[Any]:
    vi, rule = language == "vi", one.rule
    return [
        rule.code, rule.vi if vi else rule.en, one.subject, (one.name_vi if vi else one.name_en) or "",
        one.opened_at.isoformat(timespec="minutes"), one.closed_at.isoformat(timespec="minutes") if one.closed_at else "",
        one.value, one.threshold, one.closed_value, _unit(rule, vi=vi), rule.mend_vi if vi else rule.mend_en,
    ]  # fmt: skip


def _rule_cells(one: Rule, found: Alarms, language: Language) -> list[Any]:
    vi = language == "vi"
    switched = Words("bật", "on") if one.enabled else Words("tắt", "off")
    return [
        one.code, one.vi if vi else one.en, one.threshold, _unit(one, vi=vi), one.calm_minutes, str(one.audience),
        switched[language], found.counts[one.code], one.mend_vi if vi else one.mend_en,
    ]  # fmt: skip


def _unit(rule: Rule, *, vi: bool) -> str:
    """A share stands in files as a part of one."""
    if rule.unit is Unit.SHARE:
        return "phần của 1" if vi else "part of 1"
    return UNIT_WORDS[rule.unit][0 if vi else 1]

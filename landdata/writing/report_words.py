"""How a report says things in Vietnamese and in English: figures, days, names of what is counted; it counts nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from landdata.model.coverage import Bounded
from landdata.model.movements import CAUSES, CauseKind
from landdata.model.reports import VIETNAM, Content, Kind, Language
from landdata.model.sources import State
from landdata.model.units import Level

MINUS, DASH = "\N{MINUS SIGN}", "\N{EN DASH}"
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
FIGURES = {
    "provinces": ("Tỉnh đã kết nối", "Provinces connected"),
    "districts": ("Huyện đã kết nối", "Districts connected"),
    "communes": ("Xã đã kết nối", "Communes connected"),
    "parcels": ("Thửa đất", "Parcels"),
    "certificates": ("Giấy chứng nhận", "Certificates"),
    "holders": ("Người sử dụng đất", "Holders"),
}
_COUNTED = {
    "provinces": ("tỉnh", "provinces"),
    "districts": ("huyện", "districts"),
    "communes": ("xã", "communes"),
    "parcels": ("thửa đất", "parcels"),
}
STATES = {
    State.NEVER_CONNECTED: ("Chưa kết nối", "Never connected"),
    State.CONNECTING: ("Đang kết nối", "Connecting"),
    State.CONNECTED: ("Đã kết nối", "Connected"),
    State.LATE: ("Trễ hạn", "Late"),
    State.FAILING: ("Bị từ chối", "Failing"),
    State.PAUSED: ("Tạm dừng", "Paused"),
    State.ENDED: ("Đã kết thúc", "Ended"),
}
KINDS = {
    Kind.QUARTERLY: ("Báo cáo quý", "Quarterly report"),
    Kind.ON_DEMAND: ("Báo cáo theo yêu cầu", "Report on demand"),
}
LEVELS = {
    Level.PROVINCE: ("tỉnh", "province"), Level.DISTRICT: ("huyện", "district"), Level.COMMUNE: ("xã", "commune"),
}  # fmt: skip
DIVISIONS = {
    "2023": ("63 tỉnh, 705 huyện, 10.599 xã (2023)", "63 provinces, 705 districts, 10,599 communes (2023)"),
    "2025": ("34 tỉnh, 3.321 xã (từ 01/7/2025)", "34 provinces, 3,321 communes (since 1 July 2025)"),
}


_COUNTED_AT = {
    "all": ("chung", "together"), "province": ("cấp tỉnh", "province"), "district": ("cấp huyện", "district"),
    "commune": ("cấp xã", "commune"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Speech:
    """Says things in one language: `4.829` or `4,829`, `28/03/2023` or `28 March 2023`."""

    language: Language

    @property
    def vi(self) -> bool:
        return self.language is Language.VI

    def __call__(self, vi: str, en: str) -> str:
        return vi if self.vi else en

    def of(self, pair: tuple[str, str]) -> str:
        return pair[0] if self.vi else pair[1]

    def num(self, value: int) -> str:
        shown = f"{abs(value):,}"
        return (MINUS if value < 0 else "") + (shown.replace(",", ".") if self.vi else shown)

    def dec(self, value: float, digits: int = 1) -> str:
        shown = f"{abs(value):,.{digits}f}"
        if self.vi:
            shown = shown.translate(str.maketrans(",.", ".,"))
        return (MINUS if value < 0 else "") + shown

    def pct(self, share: float | None, digits: int = 1) -> str:
        """A share of one in per cent; never rounded up to a whole or down to nothing that it is not."""
        if share is None:
            return DASH
        value, edge = 100 * share, 10**-digits
        if 0 < value < edge / 2:
            return f"<{self.dec(edge, digits)}%"
        return f"{self.dec(100 - edge if 100 - edge / 2 <= value < 100 else value, digits)}%"

    def bounded(self, value: Bounded) -> str:
        if value.exact:
            return self.num(value.at_least)
        return f"{self.num(value.at_least)}{DASH}{self.num(value.at_most)}"

    def signed(self, value: int) -> str:
        return f"+{self.num(value)}" if value > 0 else self.num(value)

    def moved(self, value: Bounded) -> str:
        """By how much a count moved; where it is bounded, its lower and its upper bound, which may move apart."""
        if value.exact:
            return self.signed(value.at_least)
        return f"{self.signed(value.at_least)} / {self.signed(value.at_most)}"

    def day(self, day: date) -> str:
        return f"{day:%d/%m/%Y}" if self.vi else f"{day.day} {_MONTHS[day.month - 1]} {day.year}"

    def short(self, day: date) -> str:
        """For narrow columns."""
        return f"{day:%d/%m/%Y}" if self.vi else f"{day.day} {_MONTHS[day.month - 1][:3]} {day.year}"

    def moment(self, moment: datetime) -> str:
        there = moment.astimezone(VIETNAM)
        return self(f"{there:%H:%M} ngày {self.day(there.date())}", f"{self.day(there.date())}, {there:%H:%M}")

    def division(self, code: str) -> str:
        return self.of(DIVISIONS.get(code, (code, code)))

    def cause(self, kind: CauseKind) -> str:
        words = self.of(CAUSES[kind])
        return words[0].upper() + words[1:]

    def level(self, level: str) -> str:
        """A level at which something was counted."""
        return self.of(_COUNTED_AT.get(level, (level, level)))

    def none_due(self) -> str:
        return self("chưa đặt hạn", "no due date set")

    def source_line(self, content: Content) -> str:
        """What stands below every table: date, division, time of knowing."""
        now = content.wanted.now
        return self(
            f"Ngày {self.day(now.on)}; địa giới {self.division(now.division)}; theo dữ liệu có đến "
            f"{self.moment(now.known_at)} (giờ Việt Nam).",
            f"As of {self.day(now.on)}; division: {self.division(now.division)}; as known on {self.moment(now.known_at)} "
            "(Vietnam).",
        )

    def lead(self, content: Content) -> str:
        """How the country stands, in one sentence."""
        found = []
        for name, words in _COUNTED.items():
            one = content.headline(name)
            if one is not None and (name == "parcels" or one.total):
                of = f"/{self.num(one.total)}" if one.total else ""
                found.append(f"{self.bounded(one.now)}{of} {self.of(words)}")
        now = content.wanted.now
        listed = _joined(found[:-1], self("và", "and")) if len(found) > 1 else "".join(found)
        return self(
            f"Đến ngày {self.day(now.on)}, {listed} đã kết nối, với {found[-1]}.",
            f"On {self.day(now.on)}, {listed} were connected, with {found[-1]}.",
        )

    def change(self, content: Content) -> str:
        """What moved since the other state, and by which causes, in words whose figures add up."""
        since = self.since(content)
        names = [name for name in _COUNTED if content.headline(name) is not None]
        moved = [f"{self.of(_COUNTED[name])} {self.moved(getattr(content.difference, name))}" for name in names]
        said = self(f"So với {since}: {', '.join(moved)}.", f"Compared with {since}: {', '.join(moved)}.")
        if not content.parts:
            return f"{said} {self('Không có nguyên nhân nào làm thay đổi con số.', 'Nothing moved any figure.')}"
        parts = []
        for one in content.parts:
            figures = [
                f"{self.moved(value)} {self.of(_COUNTED[name])}"
                for name in names
                if (value := getattr(one.moved, name)).at_least or value.at_most
            ]
            many = self(f"{self.num(one.causes)} lần", f"{self.num(one.causes)} in number")
            nothing = self("không làm đổi các con số trên", "none of these figures changed")
            parts.append(f"{self.of(CAUSES[one.kind])} ({many}): {', '.join(figures) or nothing}")
        because = "; ".join(parts)
        return self(
            f"{said} Nguyên nhân: {because}. Các phần cộng lại đúng bằng chênh lệch.",
            f"{said} Because of: {because}. The parts add up to the difference exactly.",
        )

    def since(self, content: Content) -> str:
        """What it is compared with."""
        before, against = content.wanted.before, content.wanted.against
        day = self(f"ngày {self.day(before.on)}", f"{self.day(before.on)}")
        if against is not None:
            return self(f"báo cáo số {against} ({day})", f"report {against} ({day})")
        return day


def _joined(items: list[str], word: str) -> str:
    return f"{', '.join(items[:-1])} {word} {items[-1]}" if len(items) > 1 else items[0]

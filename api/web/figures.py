"""How figures and dates are written in Vietnamese and in English; it counts nothing itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta, timezone
from typing import TYPE_CHECKING

from api.web.i18n import Language

if TYPE_CHECKING:
    from datetime import date, datetime

    from landdata.model.coverage import Bounded

MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"
NOTHING = DASH
# Days and hours are Vietnam's, wherever the server stands.
VIETNAM = timezone(timedelta(hours=7))
# The browser's locale decides in its own widgets and in JavaScript, so the months are our own strings.
MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SPANS = ((86_400, "ngày", "day"), (3_600, "giờ", "hour"), (60, "phút", "minute"), (1, "giây", "second"))


@dataclass(frozen=True, slots=True)
class Figures:
    """Writes for one language: `4.829`, `46,2%`, `30/06/2025` or `4,829`, `46.2%`, `30 Jun 2025`."""

    language: Language

    def num(self, value: int) -> str:
        return self._marks(f"{value:,}")

    def dec(self, value: float, digits: int = 1) -> str:
        return self._marks(f"{value:,.{digits}f}").replace("-", MINUS)

    def area(self, square_metres: float) -> str:
        """An area as it stands on papers."""
        return f"{self.dec(square_metres)} m²"

    def pct(self, value: float | None, digits: int = 1) -> str:
        """A percentage of 0..100; never rounded up to a full 100 or down to a bare 0 that is not one."""
        if value is None:
            return NOTHING
        edge = 10**-digits
        if 0 < value < edge / 2:
            return f"<{self._marks(f'{edge:.{digits}f}')}%"
        if 100 - edge / 2 <= value < 100:
            value = 100 - edge
        return f"{self.dec(value, digits)}%"

    def bounded(self, value: Bounded) -> str:
        """One number when it is certain, else `at least - at most`."""
        if value.exact:
            return self.num(value.at_least)
        return f"{self.num(value.at_least)}{DASH}{self.num(value.at_most)}"

    def range_pct(self, low: float, high: float, digits: int = 0) -> str:
        """A share of 0..100, as a range where its bounds read differently."""
        first, last = self.pct(low, digits), self.pct(high, digits)
        return first if first == last else f"{first.removesuffix('%')}{DASH}{last}"

    def signed(self, value: int) -> str:
        return f"+{self.num(value)}" if value > 0 else f"{MINUS}{self.num(-value)}" if value < 0 else "0"

    def day(self, day: date) -> str:
        if self.language is Language.VI:
            return f"{day:%d/%m/%Y}"
        return f"{day.day} {MONTHS_EN[day.month - 1]} {day.year}"

    def moment(self, moment: datetime) -> str:
        """Day and minute in Vietnam."""
        there = moment.astimezone(VIETNAM)
        return f"{self.day(there.date())} {there:%H:%M}"

    def day_of(self, moment: datetime) -> str:
        """The day in Vietnam."""
        return self.day(moment.astimezone(VIETNAM).date())

    def days(self, count: int) -> str:
        """So many days."""
        one = "ngày" if self.language is Language.VI else "day" if count == 1 else "days"
        return f"{self.num(count)} {one}"

    def span(self, seconds: float) -> str:
        """A length of time in its largest unit that is not below one: `40 giây`, `3,5 giờ`, `12 days`."""
        if abs(seconds) < 1:
            return "dưới 1 giây" if self.language is Language.VI else "under a second"
        size, vi, en = next(one for one in _SPANS if abs(seconds) >= one[0])
        digits = 1 if size > 1 and abs(seconds) / size < 10 else 0
        value = f"{seconds / size:,.{digits}f}".removesuffix(".0")
        if self.language is Language.VI:
            return f"{self._marks(value)} {vi}"
        return f"{value} {en}{'' if value == '1' else 's'}"

    def left(self, seconds: int | None, ahead: int | None = None) -> str:
        """How long a delivery still takes, as roughly as it is known, or how many wait before it."""
        vi = self.language is Language.VI
        if ahead is not None:
            if ahead == 0:
                return "Tới lượt kế tiếp." if vi else "It is the next."
            return f"Trước nó còn {self.num(ahead)} lần nộp." if vi else f"{self.num(ahead)} before it in the queue."
        if seconds is None:
            return "Chưa biết còn bao lâu." if vi else "How long it still takes is not known yet."
        if seconds < 60:
            return "Còn dưới 1 phút." if vi else "Under a minute left."
        hours, minutes = divmod(round(seconds / 60), 60)
        if hours:
            return f"Còn khoảng {hours} giờ {minutes} phút." if vi else f"About {hours} h {minutes} min left."
        return f"Còn khoảng {minutes} phút." if vi else f"About {minutes} min left."

    def size(self, count: int) -> str:
        """Bytes as a person reads them."""
        return f"{self.num(max(1, count >> 10))} kB" if count < 1 << 20 else f"{self.dec(count / (1 << 20))} MB"

    def month(self, day: date) -> str:
        if self.language is Language.VI:
            return f"{day.month}/{day.year}"
        return f"{MONTHS_EN[day.month - 1]} {day.year}"

    def _marks(self, english: str) -> str:
        """English separators turned into Vietnamese ones where needed."""
        if self.language is Language.EN:
            return english
        return english.translate(str.maketrans(",.", ".,"))

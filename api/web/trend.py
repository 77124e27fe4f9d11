"""Geometry of the trend chart and its slider: cumulative communes, never joined across the break of 2025."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

from api.web.state import BREAK_DAY, FIRST_DAY, division_on

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from landdata.model.coverage import Bounded, SeriesPoint

    _Across = Callable[[date], float]
    _Up = Callable[[int], float]

WIDTH, HEIGHT = 600.0, 114.0
SHORTEST, LONGEST = 24, 60  # months shown
LEAD = 6  # months shown before the first figures
HEADROOM = 1.1
NICE = (1, 1.5, 2, 3, 4, 5, 6, 8, 10)


@dataclass(frozen=True, slots=True)
class Window:
    """The span of days the chart and the slider cover, in whole months."""

    months: int
    through: date

    @property
    def days(self) -> tuple[date, ...]:
        """The ends of its months and its last day, in order."""
        ends = (_month_end(_shift(self.through, -back)) for back in range(self.months, 0, -1))
        return (*ends, self.through)


@dataclass(frozen=True, slots=True)
class Segment:
    """Points of one division: a line of what is certain, a band up to what is possible."""

    line: str
    area: str
    band: str
    dots: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A labelled place on the chart."""

    x: float
    y: float
    day: date
    value: Bounded | None = None


@dataclass(frozen=True, slots=True)
class Trend:
    """All the chart draws, in canvas units of WIDTH x HEIGHT."""

    segments: tuple[Segment, ...]
    grid: tuple[tuple[float, int], ...]
    ticks: tuple[Mark, ...]
    break_x: float | None
    marker: Mark
    stops: tuple[date, ...]
    first: SeriesPoint
    last: SeriesPoint
    spark: str

    @property
    def days(self) -> int:
        return (self.stops[-1] - self.stops[0]).days

    @property
    def at(self) -> int:
        """The marker's place on the slider, in days from its left end."""
        return (self.marker.day - self.stops[0]).days

    @property
    def earlier(self) -> date | None:
        """The stop before the marked day."""
        return max((stop for stop in self.stops if stop < self.marker.day), default=None)

    @property
    def later(self) -> date | None:
        """The stop after the marked day."""
        return min((stop for stop in self.stops if stop > self.marker.day), default=None)


def window(on: date, latest: date | None, today: date) -> Window:
    """Up to today and back to before the first figures, so the slider reaches everything there is.

    Its ends depend on the day shown only where that day lies outside; otherwise the chart would run away
    under the reader's hand.
    """
    through = today
    if _months(on, today) > LONGEST - LEAD:
        through = _month_end(_shift(on, LONGEST // 2))
    oldest = min(on, latest or on)
    months = min(max(_months(oldest, through) + LEAD, SHORTEST), LONGEST)
    return Window(min(months, _months(FIRST_DAY, through) + 1), through)


def trend(series: Sequence[SeriesPoint], now: SeriesPoint, latest: date | None) -> Trend | None:
    """The chart of `series` with a marker on `now`, the day shown; None when there is nothing to draw."""
    if not series:
        return None
    # The day shown is a point of the line, else a jump in mid-month would pass beside its marker.
    points = sorted({one.on: one for one in (now, *series)}.values(), key=lambda one: one.on)
    on, start, end = now.on, points[0].on, points[-1].on
    days = max((end - start).days, 1)
    top = _ceiling(int(HEADROOM * max(1, *(one.communes.at_most for one in points))))

    def x(day: date) -> float:
        return round(WIDTH * (day - start).days / days, 1)

    def y(value: int) -> float:
        return round(HEIGHT - HEIGHT * value / top, 1)

    extra = {latest} if latest and start <= latest <= end else set()
    runs = _runs(points)
    most = max(1, *(one.parcels for one in points))
    return Trend(
        segments=tuple(_segment(run, x, y) for run in runs),
        grid=tuple((y(step), step) for step in (0, top // 2, top)),
        ticks=_ticks(start, end, x),
        break_x=x(BREAK_DAY) if len(runs) > 1 else None,
        marker=Mark(x(on), y(now.communes.at_least), on, now.communes),
        stops=tuple(sorted({one.on for one in points} | extra)),
        first=points[0],
        last=points[-1],
        spark=" ".join(f"{x(one.on) / 3:.1f},{30 - 28 * one.parcels / most:.1f}" for one in points),
    )


def _runs(points: Sequence[SeriesPoint]) -> list[list[SeriesPoint]]:
    """Points that one line may join: those counted in one division.

    Within a division the register loses a few communes now and then (10,599, 10,598 ...); breaking the line
    at each would hide the one break that matters, when 10,035 communes became 3,321.
    """
    runs = [[points[0]]]
    for before, after in pairwise(points):
        if division_on(before.register_on) == division_on(after.register_on):
            runs[-1].append(after)
        else:
            runs.append([after])
    return runs


def _segment(run: list[SeriesPoint], x: _Across, y: _Up) -> Segment:
    low = [(x(one.on), y(one.communes.at_least)) for one in run]
    high = [(x(one.on), y(one.communes.at_most)) for one in run]
    line = _text(low)
    loose = any(not one.communes.exact for one in run)
    return Segment(
        line=line if len(run) > 1 else "",
        area=f"{low[0][0]},{HEIGHT} {line} {low[-1][0]},{HEIGHT}" if len(run) > 1 else "",
        band=f"{line} {_text(high[::-1])}" if loose and len(run) > 1 else "",
        dots=tuple(low) if len(run) == 1 else (),
    )


def _text(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in points)


def _ticks(start: date, end: date, x: _Across) -> tuple[Mark, ...]:
    """Januaries and Julys, fewer when the span is long; none so near an edge that its label is cut."""
    step = 6 if _months(start, end) <= 30 else 12
    months = [date(year, month, 1) for year in range(start.year, end.year + 1) for month in (1, 7)]
    wanted = [day for day in months if start <= day <= end and (step == 6 or day.month == 1)]
    return tuple(Mark(x(day), HEIGHT, day) for day in wanted if 18 <= x(day) <= WIDTH - 18)


def _ceiling(value: int) -> int:
    """The next even round number at or above `value`."""
    power = 1
    while power * 10 < value:
        power *= 10
    return max(2, next(int(power * one) for one in NICE if power * one >= value))


def _months(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month


def _shift(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def month_before(day: date) -> date:
    """The same day a month earlier, or that month's last day."""
    return months_before(day, 1)


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier, or that month's last day."""
    return _shift(day, -months)


def _month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])

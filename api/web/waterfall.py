"""Geometry of a waterfall: a column for the start, one for each step on the way, one for the end; no HTML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from landdata.model.coverage import Bounded

WIDTH, HEIGHT = 600.0, 168.0
WIDEST = 44.0  # a column
LABEL = 74.0  # room that a day needs
LEAST = 1.2  # height of what would not be seen otherwise
NICE = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
CLOSE = 0.6  # the axis starts at 0 unless everything happens above this share of the top


@dataclass(frozen=True, slots=True)
class Bar:
    """What happened between two days, one or several causes: the figure before and after."""

    first: date
    last: date
    many: int
    before: Bounded
    after: Bounded


@dataclass(frozen=True, slots=True)
class Column:
    """A rectangle with what is only possible beside it. `kind`: `end`, `up`, `down`; `bar` None for the ends."""

    x: float
    y: float
    height: float
    maybe_y: float
    maybe_height: float
    kind: str
    on: date
    bar: Bar | None = None
    named: bool = False  # has room for its day below


@dataclass(frozen=True, slots=True)
class Waterfall:
    """All the chart draws, in canvas units of WIDTH x HEIGHT. `links`: thin lines from column to column."""

    columns: tuple[Column, ...]
    links: tuple[tuple[float, float, float], ...]
    grid: tuple[tuple[float, int], ...]
    width: float  # of a column
    floor: int
    roomy: bool  # each end has room for its day below its own column


def waterfall(since: date, on: date, start: Bounded, end: Bounded, bars: Sequence[Bar]) -> Waterfall:
    """The chart from the figure of one day to that of another."""
    tops = [one for state in (start, end, *(bar.after for bar in bars)) for one in (state.at_least, state.at_most)]
    floor, top = _axis(min(tops), max(tops))
    slot = WIDTH / (len(bars) + 2)
    width = min(0.72 * slot, WIDEST)

    def y(value: int) -> float:
        return round(HEIGHT - HEIGHT * (value - floor) / (top - floor), 1)

    def column(at: int, one: tuple[int, int], maybe: tuple[int, int], kind: str, day: date, bar: Bar | None) -> Column:
        ys, maybes = sorted(map(y, one)), sorted(map(y, maybe))
        high = max(ys[1] - ys[0], LEAST if one[0] != one[1] else 0.0)
        return Column(
            round(at * slot + (slot - width) / 2, 1), ys[0], round(high, 1), maybes[0], round(maybes[1] - maybes[0], 1), kind,
            day, bar, (at in {0, len(bars) + 1}) or _has_room(at, len(bars), slot),
        )  # fmt: skip

    def whole(at: int, value: Bounded, day: date) -> Column:
        return column(at, (floor, value.at_least), (value.at_least, value.at_most), "end", day, None)

    columns = [whole(0, start, since)]
    for at, bar in enumerate(bars, 1):
        least, most = (bar.before.at_least, bar.after.at_least), (bar.before.at_most, bar.after.at_most)
        same = least == most
        kind = "up" if bar.after.at_least + bar.after.at_most >= bar.before.at_least + bar.before.at_most else "down"
        columns.append(column(at, least, (least[0],) * 2 if same else most, kind, bar.first, bar))
    columns.append(whole(len(bars) + 1, end, on))
    levels = [start.at_least, *(bar.after.at_least for bar in bars)]
    links = tuple(
        (one.x + width, columns[at + 1].x, y(level))
        for at, (one, level) in enumerate(zip(columns[:-1], levels, strict=True))
    )
    grid = tuple((y(value), value) for value in dict.fromkeys((floor, (floor + top) // 2, top)))
    return Waterfall(
        tuple(columns), tuple((round(a, 1), b, c) for a, b, c in links), grid, round(width, 1), floor, slot >= LABEL
    )


def _has_room(at: int, many: int, slot: float) -> bool:
    """Whether a day is written below this column: every so many of them, and none beside the ends."""
    every = max(1, int(-(-LABEL // slot)))
    return at % every == 0 and at >= every and many + 1 - at >= every


def _axis(low: int, high: int) -> tuple[int, int]:
    """From 0 to a round number; or, where all of it happens far up, from a round number below it."""
    if low < CLOSE * high or high == low:
        return min(0, low), _round_up(max(high, 1))
    step = 10 ** max(len(str(high - low)) - 1, 0)
    floor = max((low - (high - low)) // step * step, 0)
    return floor, -(-high // step) * step + step


def _round_up(value: int) -> int:
    power = 1
    while power * 10 < value:
        power *= 10
    return max(2, next(int(power * one) for one in NICE if power * one >= 1.02 * value or one == 10))

"""Coverage over time: counted figures day by day, what was published beside them, and where the division breaks; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from landdata.model.coverage import Bounded, LevelCoverage

MOST_POINTS = 400


class Step(StrEnum):
    """From one point of a series to the next."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Point:
    """One day: connected units by level of all there are, in the register of that day, by one version of the rule."""

    on: date
    register_from: date | None
    rule: int
    levels: tuple[LevelCoverage, ...]
    parcels: Bounded
    certificates: Bounded
    holders: Bounded


@dataclass(frozen=True, slots=True)
class Break:
    """The division of the country became another one: points before and from this day on do not form one line."""

    on: date
    division: str
    name_vi: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Published:
    """A figure as others published it, with their own way to count; never put among counted ones.

    `on`: the day, or the first of the month where no more is known (`exact` says which); `dated` as the source writes it.
    Connected and total by level, None where the source tells nothing; `parcels_million` as written, such as ">24".
    """

    on: date
    exact: bool
    dated: str
    scope: str
    name_vi: str
    name_en: str
    source: str
    provinces: tuple[int | None, int | None]
    districts: tuple[int | None, int | None]
    communes: tuple[int | None, int | None]
    parcels_million: str
    note: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Series:
    """What was asked for, as it was understood. `unit` empty: the country. `division` None: on each day its own."""

    first: date
    last: date
    step: Step
    division: str | None
    unit: str
    known_at: datetime | None
    points: tuple[Point, ...]
    breaks: tuple[Break, ...]
    published: tuple[Published, ...]


def days_of(first: date, last: date, step: Step) -> tuple[date, ...]:
    """The days of a series: `first`, then from step to step, always with `last`; months end with their last day.

    At most MOST_POINTS and one more are made, so that a caller can tell that there are too many.
    """
    found: list[date] = []
    day = first
    while day < last and len(found) <= MOST_POINTS:
        found.append(day)
        day = _next(day, step)
    return (*found, last)


def _next(day: date, step: Step) -> date:
    if step is Step.DAY:
        return day + timedelta(days=1)
    if step is Step.WEEK:
        return day + timedelta(days=7)
    months = {Step.MONTH: 1, Step.QUARTER: 3, Step.YEAR: 12}[step]
    # From within a month to its end first, then from end to end: the last day of the month before the one that follows.
    number = day.year * 12 + day.month - 1 + (months if (day + timedelta(days=1)).day == 1 else months - 1)
    end = number + 1
    return date(end // 12, end % 12 + 1, 1) - timedelta(days=1)

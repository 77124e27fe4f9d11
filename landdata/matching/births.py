"""Dates of birth as certificates write them, as one number each, and how far two of them agree."""

from __future__ import annotations

import re
from enum import IntEnum
from functools import lru_cache

# A date is year * 10000 + month * 100 + day, with 0 for what is not said: 19600000 is a bare year. 0 is no date at all.
_VIETNAMESE = re.compile(r"(?:(?:(\d{1,2})\s*[/.-]\s*)?(\d{1,2})\s*[/.-]\s*)?(\d{4})")
_ISO = re.compile(r"(\d{4})-(\d{1,2})(?:-(\d{1,2}))?(?:[T ].*)?")
_DAYS = (0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class Birth(IntEnum):
    """How the birth on the certificate and the one on the register agree, best first."""

    DATE = 0
    MONTH = 1  # month and year; one of the two says no more
    YEAR = 2  # one of the two says no more than the year
    PLACEHOLDER = 3  # the first of January, written where only the year was known
    SWAPPED = 4  # day and month changed places
    SLIP = 5  # the day or the month differs, or one digit of the year; the rest is equal
    NEXT_YEAR = 6  # only years can be compared, and they are neighbours
    UNKNOWN = 7
    DIFFERS = 8


@lru_cache(maxsize=200_000)
def read(written: str) -> int | None:
    """A date as one number: `05/03/1960`, `3/1960`, `1960`, `1960-03-05`; 0 for nothing, None for what is no date."""
    text = written.strip()
    if not text:
        return 0
    if found := _VIETNAMESE.fullmatch(text):
        day, month, year = (int(one or 0) for one in found.groups())
    elif found := _ISO.fullmatch(text):
        year, month, day = (int(one or 0) for one in found.groups())
    else:
        return None
    if month > 12 >= day and day:
        day, month = month, day  # 03/25/1960, from a machine set to American dates
    if not 1850 <= year <= 2100 or month > 12 or day > _DAYS[month]:
        # Day and month may be nonsense (00/00/1960, 31/02/1960), the year is still said.
        return year * 10_000 if 1850 <= year <= 2100 else None
    return year * 10_000 + month * 100 + (day if month else 0)


@lru_cache(maxsize=200_000)
def agree(written: int, official: int) -> Birth:
    """How two dates agree."""
    if not written or not official:
        return Birth.UNKNOWN
    if written == official and written % 100:
        return Birth.DATE
    (year, month, day), (official_year, official_month, official_day) = _parts(written), _parts(official)
    if year != official_year:
        whole = day and official_day and (month, day) == (official_month, official_day)
        if whole and (abs(year - official_year) == 1 or _one_slip(f"{year}", f"{official_year}")):
            return Birth.SLIP
        vague = not (day and official_day)
        return Birth.NEXT_YEAR if vague and abs(year - official_year) == 1 else Birth.DIFFERS
    if not month or not official_month:
        return Birth.YEAR
    if month == official_month and not (day and official_day):
        return Birth.MONTH
    if (month, day) == (1, 1) or (official_month, official_day) == (1, 1):
        return Birth.PLACEHOLDER
    if day and official_day:
        if (month, day) == (official_day, official_month):
            return Birth.SWAPPED
        if month == official_month or day == official_day:
            return Birth.SLIP
    return Birth.DIFFERS


def _parts(date: int) -> tuple[int, int, int]:
    return date // 10_000, date // 100 % 100, date % 100


def _one_slip(one: str, other: str) -> bool:
    """One digit differs, or two side by side changed places."""
    differing = [at for at, (mine, theirs) in enumerate(zip(one, other, strict=True)) if mine != theirs]
    if len(differing) == 1:
        return True
    return len(differing) == 2 and differing[1] == differing[0] + 1 and one[differing[0]] == other[differing[1]]

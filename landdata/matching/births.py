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
    one, other = _parts(written), _parts(official)
    if one[0] != other[0]:
        return _of_two_years(one, other)
    return _of_one_year(one[1:], other[1:])


def _of_two_years(one: tuple[int, int, int], other: tuple[int, int, int]) -> Birth:
    neighbours = abs(one[0] - other[0]) == 1
    if not (one[2] and other[2]):
        return Birth.NEXT_YEAR if neighbours else Birth.DIFFERS
    slip = one[1:] == other[1:] and (neighbours or _one_slip(f"{one[0]}", f"{other[0]}"))
    return Birth.SLIP if slip else Birth.DIFFERS


def _of_one_year(one: tuple[int, int], other: tuple[int, int]) -> Birth:
    """Months and days of one year, 0 for what is not said."""
    if not one[0] or not other[0]:
        found = Birth.YEAR
    elif one == other and one[1]:
        found = Birth.DATE
    elif one[0] == other[0] and not (one[1] and other[1]):
        found = Birth.MONTH
    elif (1, 1) in {one, other}:
        found = Birth.PLACEHOLDER
    elif one == other[::-1]:
        found = Birth.SWAPPED
    elif one[0] == other[0] or (one[1] == other[1] and one[1]):
        found = Birth.SLIP
    else:
        found = Birth.DIFFERS
    return found


def _parts(date: int) -> tuple[int, int, int]:
    return date // 10_000, date // 100 % 100, date % 100


def _one_slip(one: str, other: str) -> bool:
    """One digit differs, or two side by side changed places."""
    differing = [at for at, (mine, theirs) in enumerate(zip(one, other, strict=True)) if mine != theirs]
    if len(differing) == 1:
        return True
    return len(differing) == 2 and differing[1] == differing[0] + 1 and one[differing[0]] == other[differing[1]]

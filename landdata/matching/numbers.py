"""Citizens' numbers: nine digits of a CMND or twelve of a CCCD, written in many ways, and what the twelve say by themselves.

Twelve digits: three for the province (or country) where the birth was registered, one for century and gender, two for the
year, six at random (TT 07/2016/TT-BCA). The province keeps the meaning that its code had before July 2025, for life.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

from landdata.model.persons import BIRTH_PROVINCES

_DIGITS = str.maketrans({"O": "0", "o": "0", "l": "1", "I": "1"})
_FLOAT = re.compile(r"(\d+)[.,]0+")
_EXPONENT = re.compile(r"(\d)[.,](\d{8,11})E\+?(\d{1,2})", re.IGNORECASE)


class Shape(IntEnum):
    """What was made of a written number."""

    MISSING = 0
    UNREADABLE = 1
    TWELVE = 2
    NINE = 3
    PADDED = 4  # leading zeros, which a spreadsheet took away, were put back


@dataclass(frozen=True, slots=True)
class Said:
    """What twelve digits say of their bearer; `province` None for a country, or a code that never was."""

    province: str | None
    known: bool
    male: bool
    year: int


def digits(written: str) -> tuple[str, Shape]:  # noqa: PLR0911 - rules in their order
    """The nine or twelve digits that were meant: `024 070 000 001` and `24070000001` are 024070000001; else empty."""
    text = written.strip()
    if not text:
        return "", Shape.MISSING
    if found := _FLOAT.fullmatch(text):
        text = found[1]
    elif (found := _EXPONENT.fullmatch(text)) and len(found[2]) == int(found[3]):
        text = found[1] + found[2]
    plain = re.sub(r"[\s.\-_/'`’]|^(CMND|CCCD|CMT|SỐ)\s*:?", "", text, flags=re.IGNORECASE).translate(_DIGITS)
    if not (plain.isascii() and plain.isdigit()):
        return "", Shape.UNREADABLE
    if len(plain) == 12:
        return plain, Shape.TWELVE
    if len(plain) == 9:
        return plain, Shape.NINE
    # 001 of Hà Nội loses two zeros at most; a CMND of the first provinces one, hardly ever two.
    if len(plain) in {10, 11} and says(plain.zfill(12)).known:
        return plain.zfill(12), Shape.PADDED
    if len(plain) in {7, 8}:
        return plain.zfill(9), Shape.PADDED
    return "", Shape.UNREADABLE


def says(number: str) -> Said:
    """What twelve digits say: `024170000001` -> Bắc Giang, female, 1970."""
    century = int(number[3])
    province = BIRTH_PROVINCES.get(number[:3])
    # From 100 on they are countries of birth, a list that nobody has published.
    known = province is not None or number[0] != "0"
    return Said(province, known, century % 2 == 0, 1900 + 100 * (century // 2) + int(number[4:6]))

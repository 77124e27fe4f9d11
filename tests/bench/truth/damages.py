"""What may befall a record, each with the doubt it leaves in a careful clerk; the rule of what is linkable."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.int64]
NEVER = 9


@dataclass(frozen=True, slots=True, eq=False)  # kinds with equal values would be one member
class _Kind:
    doubt: int
    example: str


class Damage(Enum):
    """`doubt`: 0 none, 1 small (one is accepted), NEVER a contradiction; of numbers, NEVER says it is not the person's own."""

    CASE = _Kind(0, "nguyễn văn Hòa; nGuyễn vĂn hòA")
    SPACES = _Kind(0, "two blanks, a tab, a hard blank, blanks around")
    NO_SPACE = _Kind(1, "Nguyễn VănHòa")
    DECOMPOSED = _Kind(0, "letters and marks apart (NFD)")
    TONE_PLACE = _Kind(0, "Hoà for Hòa")
    NO_MARKS = _Kind(0, "Nguyen Van Hoa")
    TCVN3 = _Kind(0, "NguyÔn V¨n Hßa")
    VNI = _Kind(0, "Nguyeãn Vaên Hoøa")
    MOJIBAKE = _Kind(0, "Nguyá»…n VÄƒn HÃ²a")
    HOLES = _Kind(1, "Nguy?n V?n Hòa")
    FAMILY_SHORT = _Kind(0, "Ng. Văn Hòa")
    INITIALS = _Kind(1, "N.V.Hòa")
    TITLE = _Kind(0, "Ông Nguyễn Văn Hòa")
    HOUSEHOLD = _Kind(0, "Hộ ông Nguyễn Văn Hòa")
    COUPLE = _Kind(0, "Ông Nguyễn Văn Hòa và bà Trần Thị Lan")
    REMARK = _Kind(0, "Nguyễn Văn Hòa (đã chết)")
    NO_MIDDLE = _Kind(1, "Nguyễn Hòa")
    SLIP = _Kind(1, "Nguyễn Văn Hòaa")
    SLIP_TO_NAME = _Kind(NEVER, "Nguyễn Văn Hóa: another name")
    TWO_SLIPS = _Kind(NEVER, "Nguễyn Văn Hòaa")
    FORMER_NAME = _Kind(0, "the name before it was changed")
    OTHER_NAME = _Kind(NEVER, "a name the register does not know for this person")
    NO_NAME = _Kind(NEVER, "no name")
    NEW_YEAR_DAY = _Kind(0, "01/01/1970 where only the year was known")
    NO_BIRTH = _Kind(1, "no birth")
    DAY_MONTH_SWAPPED = _Kind(1, "05/12/1970 for 12/05/1970")
    DAY_WRONG = _Kind(1, "21/05/1970 for 12/05/1970")
    YEAR_NEAR = _Kind(1, "1971 for 1970")
    YEAR_FAR = _Kind(NEVER, "1978, 1907, 1017 for 1970")
    OTHERS_BIRTH = _Kind(NEVER, "number and birth both copied from a relative's card")
    WRONG_GENDER = _Kind(1, "0 for a man")
    OTHER_GENDER = _Kind(0, "2")
    WRONG_TYPE = _Kind(0, "CMND written beside twelve digits, or nothing")
    NUMBER_FORM = _Kind(0, "'001 070 012345; 001.070.012.345; CCCD: 001070012345")
    OLD_NUMBER = _Kind(0, "nine digits that the register knows")
    SHARED_OLD_NUMBER = _Kind(1, "nine digits that the register knows of two people")
    OLD_NUMBER_UNKNOWN = _Kind(NEVER, "nine digits that the register does not know for this person")
    CANCELLED_NUMBER = _Kind(NEVER, "twelve digits that were replaced since")
    ZERO_LOST = _Kind(NEVER, "1070012345, as spreadsheets do")
    DIGITS_SWAPPED = _Kind(NEVER, "two neighbouring digits exchanged")
    DIGIT_WRONG = _Kind(NEVER, "one digit another")
    DIGIT_LOST = _Kind(NEVER, "one digit missing")
    NO_NUMBER = _Kind(NEVER, "no number")
    OTHER_PAPER = _Kind(NEVER, "an officer's card, with its own number")
    OTHERS_NUMBER = _Kind(NEVER, "the number of another person of the register")
    NOT_LISTED = _Kind(NEVER, "the holder is not in the register")

    @property
    def doubt(self) -> int:
        return self.value.doubt

    @property
    def example(self) -> str:
        return self.value.example

    @property
    def bit(self) -> int:
        return 1 << _PLACE[self]


_PLACE = {one: at for at, one in enumerate(Damage)}
# What is done to the digits, so that the number is no longer the person's own.
SPOILS_NUMBER = frozenset(
    {
        Damage.OLD_NUMBER_UNKNOWN, Damage.CANCELLED_NUMBER, Damage.ZERO_LOST, Damage.DIGITS_SWAPPED, Damage.DIGIT_WRONG,
        Damage.DIGIT_LOST, Damage.NO_NUMBER, Damage.OTHER_PAPER, Damage.OTHERS_NUMBER, Damage.NOT_LISTED,
    }
)  # fmt: skip
# A record is not called damaged for these: a nine-digit number and an unlisted holder are as they are.
AS_LIFE_IS = frozenset({Damage.OLD_NUMBER, Damage.NOT_LISTED})


def mark(bits: Bits, damage: Damage, where: NDArray[np.bool_]) -> None:
    """Note a damage on the records `where`, in place."""
    bits[where] |= damage.bit


def has(bits: Bits, *damages: Damage) -> NDArray[np.bool_]:
    """Which records have at least one of these."""
    found: NDArray[np.bool_] = (bits & sum(one.bit for one in damages)) != 0
    return found


def damaged(bits: Bits) -> NDArray[np.bool_]:
    """Which records count as damaged; a birth of a year alone, or a name in capitals, is none."""
    return has(bits, *(set(Damage) - AS_LIFE_IS))


def number_right(bits: Bits) -> NDArray[np.bool_]:
    """Which records carry the person's own number: twelve digits valid now, or nine that the register knows."""
    return ~has(bits, *SPOILS_NUMBER)


def linkable(bits: Bits) -> NDArray[np.bool_]:
    """The clerk's rule, as the package's first page has it."""
    doubt = np.zeros(len(bits), dtype=np.int64)
    for one in Damage:
        if one.doubt:
            doubt += one.doubt * has(bits, one)
    bare_nine = has(bits, Damage.OLD_NUMBER) & has(bits, Damage.NO_BIRTH)
    return (doubt <= 1) & ~bare_nine


def names(bits: Bits) -> list[str]:
    """The damages of each record, joined by `+`; few combinations are many records, so each is written once."""
    distinct, at = np.unique(bits, return_inverse=True)
    written = ["+".join(one.name for one in Damage if each & one.bit) for each in distinct.tolist()]
    return [written[one] for one in at.tolist()]

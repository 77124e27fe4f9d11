"""Numbers of citizens as the law builds them: twelve digits (TT 07/2016/TT-BCA), and the nine of the old cards."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def twelve(province: Ints, gender: Ints, year: Ints, chance: np.random.Generator) -> Ints:
    """Province of registration, century and sex (0 and 1 are men and women of 1900-1999), year, six by chance; none twice."""
    head = (province * 10 + (year // 100 - 19) * 2 + (gender == 0)) * 100 + year % 100
    return distinct(head, 1_000_000, chance)


def nine(province: Ints, chance: np.random.Generator) -> Ints:
    """The police of each province numbered for themselves, under heads of their own; none twice here."""
    head = (province * 4 + chance.integers(0, 4, len(province))) % 381 + 10
    return distinct(head, 1_000_000, chance)


def distinct(head: Ints, room: int, chance: np.random.Generator) -> Ints:
    """`head` and a chance number below `room` behind it; of those drawn twice, all but one are drawn again."""
    packed = head * room + chance.integers(0, room, len(head))
    while True:
        _, first = np.unique(packed, return_index=True)
        if len(first) == len(packed):
            return packed
        again = np.ones(len(packed), dtype=bool)
        again[first] = False
        packed[again] = head[again] * room + chance.integers(0, room, int(again.sum()))


def text(number: Ints, digits: int) -> pa.Array:
    """With leading zeros; 0 is empty."""
    padded = pc.utf8_lpad(pa.array(number).cast(pa.string()), digits, "0")
    return pc.if_else(pa.array(number == 0), "", padded)

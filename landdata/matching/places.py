"""Where land lies and where people live, across the divisions of the country: a commune of 2023 goes on in one of 2025."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from landdata.model.parcels import Booleans, Integers

NOWHERE = -1
# Places of people of whom only the province is known: this plus the province, above every code of a commune.
_PROVINCE = 1_000_000
# Of the rows of a column so many in a thousand may name a commune of the former division only, and it is still of today's.
_STRAY = 10


@dataclass(frozen=True, slots=True)
class Succession:
    """Communes that ended beside those that hold their land now, a row for each two, with the provinces they lie in now.

    `birth` are provinces as numbers of citizens name them, `province` what has become of each.
    """

    former: Integers
    current: Integers
    province: Integers
    birth: Integers
    birth_province: Integers


_NONE = np.zeros(0, np.int64)
UNKNOWN = Succession(_NONE, _NONE, _NONE, _NONE, _NONE)


class Places:
    """The places at which the people of one register may be sought for land in a commune of the certificates."""

    def __init__(self, known: Succession, land: Integers, residence: Integers, birth_province: Integers) -> None:
        """Land and residence: communes as the two files name them; `birth_province`: of people, as in their numbers."""
        step = (known.former, known.current)
        if _is_former(residence, known) and not _is_former(land, known):
            step = (known.current, known.former)
        # A register of today knows the communes of today, an older one those of its day: land is looked for in those.
        asked, found = (part[step[0] != step[1]] for part in step)
        every = np.unique(np.concatenate([land, known.former, known.current]))
        every = every[every != NOWHERE]
        province = _looked_up(known.former, known.current, known.province, every)
        inside = province != NOWHERE
        pairs = np.concatenate([np.stack([every, every]), np.stack([asked, found])], axis=1)
        pairs = np.concatenate([pairs, np.stack([every[inside], _PROVINCE + province[inside]])], axis=1)
        self._from, self._to = np.unique(pairs, axis=1)
        self._packed = self._from << 32 | self._to
        born = _looked_up(known.birth, known.birth, known.birth_province, birth_province)
        by_birth = np.where(born != NOWHERE, _PROVINCE + born, NOWHERE)
        self.residence: Integers = np.where(residence != NOWHERE, residence, by_birth)

    def same(self, land: Integers, person: Integers) -> Booleans:
        """Whether people live where the land lies, row by row; where their commune is unknown, whether they come from there."""
        at = self.residence[person]
        found: Booleans = (land == at) & (land != NOWHERE)
        rest = np.flatnonzero(~found & (land != NOWHERE) & (at != NOWHERE))
        found[rest] = _among(self._packed, land[rest] << 32 | at[rest])
        return found

    def around(self, land: Integers) -> tuple[Integers, Integers]:
        """Every place where the people of these communes are to be sought: pairs of a row here and a place."""
        low, high = (np.searchsorted(self._from, land, side) for side in ("left", "right"))
        count = high - low
        row = np.repeat(np.arange(len(land)), count)
        start = np.repeat(low - (np.cumsum(count) - count), count)
        return row, self._to[start + np.arange(len(row))]


def is_commune(place: Integers) -> Booleans:
    """Whether a place is a commune, and not a province that is all that is known."""
    found: Booleans = (place < _PROVINCE) & (place != NOWHERE)
    return found


def _is_former(column: Integers, known: Succession) -> bool:
    """Whether a column names communes of the former division."""
    gone = np.isin(column, known.former) & ~np.isin(column, known.current)
    return int(gone.sum()) * 1000 > _STRAY * len(column)


def _looked_up(one: Integers, other: Integers, values: Integers, wanted: Integers) -> Integers:
    """The value that either column of keys gives for what is wanted; NOWHERE where neither has it."""
    keys, first = np.unique(np.concatenate([one, other]), return_index=True)
    if not len(keys):
        return np.full(len(wanted), NOWHERE)
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[at] == wanted, np.concatenate([values, values])[first[at]], NOWHERE)


def _among(ordered: Integers, wanted: Integers) -> Booleans:
    if not len(ordered):
        return np.zeros(len(wanted), np.bool_)
    found: Booleans = ordered[np.minimum(np.searchsorted(ordered, wanted), len(ordered) - 1)] == wanted
    return found

"""The definition of "connected" in arrays: which units of a register are, given which commune versions hold parcels; pure.

The same that `coverage_national.sql` says in sets. A step of a history is judged in a fraction of a millisecond, so the part of
every single delivery in a figure can be told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from landdata.model.coverage_rules import Terms
from landdata.model.parcels import Booleans, Integers
from landdata.model.units import Level

NOWHERE = 0  # stands for the district of a commune that has none; no unit has this id


@dataclass(frozen=True, slots=True)
class Places:
    """Where facts lie in a register: entry i says that commune version `fact[i]` (a position) lies in a commune, or may.

    `commune`, `district`, `province` are unit ids; `whole`: all of it certainly lies in that commune.
    """

    fact: Integers
    commune: Integers
    district: Integers
    province: Integers
    whole: Booleans

    def of(self, level: Level) -> Integers:
        """Unit ids of a level, entry by entry."""
        return {Level.COMMUNE: self.commune, Level.DISTRICT: self.district, Level.PROVINCE: self.province}[level]


@dataclass(frozen=True, slots=True)
class Reached:
    """Units of a level that hold, or may hold, something: connected for certain (`least`), connected perhaps (`most`)."""

    ids: Integers
    least: Booleans
    most: Booleans

    def where(self, wanted: Booleans) -> Reached:
        return Reached(self.ids[wanted], self.least[wanted], self.most[wanted])


class Register:
    """A register ready to be judged again and again; `facts` is how many commune versions there are.

    `inside` (level, unit id): only that unit and what lies in it; None: the country. `sizes`: communes of each district and
    province of the register, for rules that ask for a share of them.
    """

    def __init__(
        self, places: Places, *, facts: int, sizes: Mapping[int, int], inside: tuple[Level, int] | None = None
    ) -> None:
        self._places, self._facts, self._inside = places, facts, inside
        self._communes, first, self._at = np.unique(places.commune, return_index=True, return_inverse=True)
        self._above = {
            level: _Above.of(places, level, places.of(level)[first], sizes)
            for level in (Level.DISTRICT, Level.PROVINCE)
        }
        self._kept = {level: self._keep(level) for level in Level}
        self.certain, self.possible = self._held()

    def reached(self, present: Booleans, terms: Terms) -> dict[Level, Reached]:
        """What is connected when these commune versions count as holding parcels."""
        live = present[self._places.fact]
        most = np.zeros(len(self._communes), dtype=np.bool_)
        least = most.copy()
        most[self._at[live]] = True
        least[self._at[live & self._places.whole]] = True
        found = {Level.COMMUNE: Reached(self._communes, least, most)}
        for level, above in self._above.items():
            needed = above.needed(*_asked(terms, level))
            found[level] = Reached(above.ids, above.least(least, present) >= needed, above.count(most) >= needed)
        return {level: one.where(self._kept[level]) for level, one in found.items()}

    def _keep(self, level: Level) -> Booleans:
        """Which units of a level are asked about."""
        ids = self._communes if level is Level.COMMUNE else self._above[level].ids
        if self._inside is None:
            return np.ones(len(ids), dtype=np.bool_)
        inside_level, unit_id = self._inside
        if list(Level).index(level) < list(Level).index(inside_level):
            return np.zeros(len(ids), dtype=np.bool_)
        within = self._places.of(inside_level) == unit_id
        return np.isin(ids, self._places.of(level)[within])

    def _held(self) -> tuple[Booleans, Booleans]:
        """For each fact whether its parcels certainly, and whether they possibly, lie in what is asked about."""
        if self._inside is None:
            every = np.ones(self._facts, dtype=np.bool_)
            return every, every
        level, unit_id = self._inside
        here = self._places.of(level) == unit_id
        possible = np.zeros(self._facts, dtype=np.bool_)
        possible[self._places.fact[here]] = True
        elsewhere = ~here & (self._places.of(level) != NOWHERE)
        if level is Level.COMMUNE:
            elsewhere |= ~self._places.whole
        certain = possible.copy()
        certain[self._places.fact[elsewhere]] = False
        return certain, possible


@dataclass(frozen=True, slots=True)
class _Above:
    """Districts or provinces: the communes of each, and facts that lie somewhere in one, nobody knows in which commune."""

    ids: Integers
    unit: Integers  # by commune: position of the unit above it, len(ids) for none
    spread_fact: Integers
    spread_unit: Integers
    size: Integers

    @classmethod
    def of(cls, places: Places, level: Level, above: Integers, sizes: Mapping[int, int]) -> _Above:
        """`above`: the unit above each commune."""
        ids = np.unique(above[above != NOWHERE])
        unit = np.where(above == NOWHERE, len(ids), np.searchsorted(ids, above))
        facts, at = np.unique(places.fact, return_inverse=True)
        mine = places.of(level)
        low, high = np.full(len(facts), np.iinfo(np.int64).max), np.zeros(len(facts), dtype=np.int64)
        np.minimum.at(low, at, mine)
        np.maximum.at(high, at, mine)
        whole = np.zeros(len(facts), dtype=np.bool_)
        whole[at[places.whole]] = True
        spread = (low == high) & (low != NOWHERE) & ~whole
        size = np.array([sizes.get(int(one), 0) for one in ids], dtype=np.int64)
        return cls(ids, unit, facts[spread], np.searchsorted(ids, low[spread]), size)

    def count(self, communes: Booleans) -> Integers:
        return np.bincount(self.unit[communes], minlength=len(self.ids) + 1)[: len(self.ids)]

    def least(self, communes: Booleans, present: Booleans) -> Integers:
        """Communes that are certain; one where a fact lies somewhere in the unit, which may be one of those."""
        somewhere = np.zeros(len(self.ids), dtype=np.int64)
        somewhere[self.spread_unit[present[self.spread_fact]]] = 1
        found: Integers = np.maximum(self.count(communes), somewhere)
        return found

    def needed(self, communes: int, share: float | None) -> Integers:
        """Communes that make a unit connected: the share is of decimals, so it is reckoned in whole numbers."""
        if share is None:
            return np.full(len(self.ids), communes, dtype=np.int64)
        exact = Fraction(str(share))
        return np.maximum(communes, -(-self.size * exact.numerator // exact.denominator))


def _asked(terms: Terms, level: Level) -> tuple[int, float | None]:
    if level is Level.DISTRICT:
        return terms.district_communes, terms.district_share
    return terms.province_communes, terms.province_share

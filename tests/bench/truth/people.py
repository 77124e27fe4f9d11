"""The people: families in households, with homonyms, changed names and numbers, and some whom no register lists."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cache

import numpy as np
from numpy.typing import NDArray

from fixtures.generators import names
from fixtures.generators.register import provinces
from fixtures.population import eras
from tests.bench.truth import numbers
from tests.bench.truth.words import SLOTS, Codes, Ints, words

Flags = NDArray[np.bool_]
Days = NDArray[np.datetime64]
HEAD, SPOUSE, CHILD = range(3)
MALE, FEMALE = 1, 0
TODAY = np.datetime64("2026-11-21", "D")
_PER_COMMUNE = 9400  # a hundred million in 10,599
_FEWEST = 40  # communes, so that a small country has more than one people
_OLD_CARD_UNTIL = 2002  # who was of age when the nine digits ended


@dataclass(frozen=True, slots=True)
class People:
    """Everybody, listed or not, as arrays; 0 stands for no number, NaT for alive. Households lie together."""

    name: Codes  # [n, 6]
    former: Codes  # [n, 6], zeros where the name was never changed
    household: Ints
    role: Ints
    gender: Ints
    born: Days
    year_only: Flags  # the register knows no more of the birth
    home: NDArray[np.str_]  # commune of the household's land
    lives: NDArray[np.str_]  # commune of residence in the register
    province: Ints  # of registration of the birth, its meaning of before 2025
    number: Ints
    cancelled: Ints  # twelve digits the person had before
    old: Ints  # nine digits
    old_known: Flags  # the register knows them
    died: Days
    listed: Flags

    def __len__(self) -> int:
        return len(self.number)

    @property
    def year(self) -> Ints:
        return self.born.astype("datetime64[Y]").astype(np.int64) + 1970

    def take(self, which: NDArray[np.int64] | slice) -> People:
        return People(*(getattr(self, one.name)[which] for one in fields(self)))


def make(count: int, chance: np.random.Generator) -> People:
    """So many listed people, and one more unlisted for every 25; the same for the same state of `chance`."""
    total = count + count // 25
    household, role, start = _households(total, chance)
    gender, year, day = _lives(household, role, start, chance)
    code, home, province = _places(household, total, chance)
    name = _names(household, role, start, gender, year, province, chance)
    born: Days = (year - 1970).astype("datetime64[Y]").astype("datetime64[D]") + day.astype("timedelta64[D]")
    former = _former(name, gender, year, chance)
    registered = np.where(chance.random(total) < 0.88, province, chance.choice(_provinces(), total))
    changed = np.flatnonzero(chance.random(total) < 0.012)
    # a changed number began with a wrong year of birth; no number, old or new, is given twice
    both = numbers.twelve(
        np.concatenate([registered, registered[changed]]),
        np.concatenate([gender, gender[changed]]),
        np.concatenate([year, year[changed] - 1]),
        chance,
    )
    cancelled = np.zeros(total, dtype=np.int64)
    cancelled[changed] = both[total:]
    old = np.where((year < _OLD_CARD_UNTIL) & (chance.random(total) < 0.9), numbers.nine(registered, chance), 0)
    _share(old, chance)
    lives = np.where(chance.random(total) < 0.86, home, code[chance.integers(0, len(code), total)])
    listed = np.ones(total, dtype=bool)
    listed[chance.choice(total, total - count, replace=False)] = False
    return People(
        name, former, household, role, gender, born, (year < 1965) & (chance.random(total) < 0.12), home, lives,
        registered, both[:total], cancelled, old, (old > 0) & (chance.random(total) < 0.85), _deaths(born, year, chance),
        listed,
    )  # fmt: skip


def _households(total: int, chance: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    """Household, role and place in the household of each person: a head, often a spouse, up to three children."""
    many = total // 2 + 2
    couple = chance.random(many) < 0.72
    size = 1 + couple + chance.choice(4, many, p=(0.3, 0.3, 0.3, 0.1))
    household = np.repeat(np.arange(many), size)[:total]
    start = np.repeat(np.cumsum(size) - size, size)[:total]
    place = np.arange(total) - start
    role = np.where(place == 0, HEAD, np.where((place == 1) & couple[household], SPOUSE, CHILD))
    return household, role, start


def _lives(household: Ints, role: Ints, start: Ints, chance: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    """Sex, year of birth and day of the year."""
    total = len(household)
    couple = np.zeros(int(household[-1]) + 1, dtype=bool)
    couple[household[role == SPOUSE]] = True
    gender = (chance.random(total) < 0.51).astype(np.int64)
    gender[role == HEAD] = np.where(
        couple[household[role == HEAD]], MALE, chance.random(int((role == HEAD).sum())) < 0.45
    )
    gender[role == SPOUSE] = FEMALE
    head = np.clip(np.rint(chance.normal(1961, 14, total)), 1928, 1998).astype(np.int64)[start]
    spouse = np.clip(head + np.rint(chance.normal(2.5, 3.5, total)).astype(np.int64), 1928, 2003)
    child = np.minimum(head + chance.integers(20, 37, total), 2019)
    year = np.select([role == HEAD, role == SPOUSE], [head, spouse], child)
    day = chance.integers(0, 365, total)
    twin = np.flatnonzero(
        (role[1:] == CHILD) & (role[:-1] == CHILD) & (start[1:] == start[:-1]) & (chance.random(total - 1) < 0.012)
    )
    year[twin + 1], day[twin + 1] = year[twin], day[twin]
    return gender, year, day


@cache
def _provinces() -> Ints:
    return np.array([int(one.code) for one in provinces()])


def _places(
    household: Ints, total: int, chance: np.random.Generator
) -> tuple[NDArray[np.str_], NDArray[np.str_], Ints]:
    """The communes of this country, as large as real ones; that of each household and its province."""
    every = [(commune.code, int(one.code)) for one in provinces() for commune in one.communes]
    some = chance.choice(len(every), min(len(every), max(_FEWEST, total // _PER_COMMUNE)), replace=False)
    code = np.array([every[at][0] for at in some])
    province = np.array([every[at][1] for at in some])
    at = chance.integers(0, len(code), int(household[-1]) + 1)[household]
    return code, code[at], province[at]


def _names(
    household: Ints, role: Ints, start: Ints, gender: Ints, year: Ints, province: Ints, chance: np.random.Generator
) -> Codes:
    """Names by sex and decade; children bear their father's family name, and no two of a household have one given name."""
    total = len(household)
    code = words().code
    name = np.zeros((total, SLOTS), dtype=np.int16)
    family = _draw(names._FAMILY, total, chance)[:, 0]
    # so that 38 % of all are Nguyễn, the other peoples included
    family[chance.random(total) < 0.09] = code["Nguyễn"]
    name[:, 0] = np.where(role == SPOUSE, family, family[start])
    name[:, 1:3] = _by_era(gender, year, lambda era: era.middle, chance)
    sister = np.flatnonzero(
        (role[1:] == CHILD) & (role[:-1] == CHILD) & (gender[1:] == gender[:-1]) & (chance.random(total - 1) < 0.4)
    )
    name[sister + 1, 1:3] = name[sister, 1:3]
    again = np.arange(total)
    while len(again):
        name[again, -1] = _by_era(gender[again], year[again], lambda era: era.given, chance)[:, 0]
        packed = household * len(code) + name[:, -1]
        _, first = np.unique(packed, return_index=True)
        again = np.setdiff1d(np.arange(total), first, assume_unique=True)
    _other_peoples(name, start, gender, province, chance)
    return name


def _other_peoples(name: Codes, start: Ints, gender: Ints, province: Ints, chance: np.random.Generator) -> None:
    """Households of the other peoples, one by one: their names follow rules of their own."""
    words_of = words()
    dice = random.Random(int(chance.integers(2**62)))
    people, family, taken = "kinh", "", set[str]()
    for at, (first, code) in enumerate(zip(start.tolist(), province.tolist(), strict=True)):
        if at == first:
            people = names.people_of(f"{code:02d}", dice)
            family = names.family_name(people, dice) if people != "kinh" else ""
            taken = set()
        if people == "kinh":
            continue
        full = ""
        while not full or full in taken:
            # the tables hold a dozen names each: the last word of another one makes a hundred of them
            *front, _ = one = names.full_name(people, family, int(gender[at]), dice).split(" ")
            last = names.full_name(people, family, int(gender[at]), dice).split(" ")[-1]
            full = " ".join([*front, last] if len(one) > 1 else one)
        taken.add(full)
        name[at] = words_of.slots(full)


def _by_era(
    gender: Ints, year: Ints, table: Callable[[eras.Era], tuple[str, str]], chance: np.random.Generator
) -> Codes:
    found = np.zeros((len(gender), 2), dtype=np.int16)
    after = 0
    for era in eras.ERAS:
        for sex in (FEMALE, MALE):
            here = np.flatnonzero((gender == sex) & (year >= after) & (year < era.until))
            found[here] = _draw(table(era)[sex], len(here), chance)
        after = era.until
    return found


@cache
def _coded(table: str) -> Codes:
    """Each entry of a table as two word codes, the second 0 for most."""
    entries, _ = eras.words(table)
    code = words().code
    return np.array([[*(code[word] for word in entry.split(" ")), 0][:2] for entry in entries], dtype=np.int16)


def _draw(table: str, count: int, chance: np.random.Generator) -> Codes:
    coded, (_, cumulative) = _coded(table), eras.words(table)
    return coded[np.minimum(np.searchsorted(cumulative, chance.random(count), side="right"), len(coded) - 1)]


def _former(name: Codes, gender: Ints, year: Ints, chance: np.random.Generator) -> Codes:
    """What some were called before: another given name, or another middle one."""
    former = np.zeros_like(name)
    changed = np.flatnonzero(chance.random(len(name)) < 0.02)
    before = name[changed]
    given = chance.random(len(changed)) < 0.6
    before[given, -1] = _by_era(gender[changed][given], year[changed][given], lambda era: era.given, chance)[:, 0]
    before[~given, 1:3] = _by_era(gender[changed][~given], year[changed][~given], lambda era: era.middle, chance)
    former[changed] = np.where((before == name[changed]).all(axis=1)[:, None], 0, before)
    return former


def _share(old: Ints, chance: np.random.Generator) -> None:
    """Some nine-digit numbers were given twice by two provinces."""
    holders = np.flatnonzero(old)
    pairs = chance.permutation(holders)[: len(holders) // 200 // 2 * 2].reshape(2, -1)
    old[pairs[1]] = old[pairs[0]]


def _deaths(born: Days, year: Ints, chance: np.random.Generator) -> Days:
    """The day of death of those who died since 1994, grown up; NaT for the living."""
    dead = chance.random(len(year)) < np.where(year < 1945, 0.35, 0.012)
    died = TODAY - chance.integers(30, 11_000, len(year))
    grown = died > born + 365 * 22
    return np.where(dead & grown, died, np.datetime64("NaT", "D"))

"""A holder beside one person: how name, birth, gender and days agree, and whether that is enough; the one rule set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import Indel

from landdata.matching import births, likeness
from landdata.matching.births import Birth
from landdata.matching.likeness import Kind, Likeness
from landdata.matching.places import Places
from landdata.matching.sides import UNSAID, Holders, People
from landdata.matching.spellings import SLOTS, Spellings
from landdata.matching.thresholds import ACCEPTED, ACCEPTED_AT_HOME, GENDER_SLIP, WORTH_A_LOOK
from landdata.matching.words import bare
from landdata.model.parcels import Booleans, Integers

Levels = NDArray[np.int8]
_DATES = frozenset({Birth.DATE, Birth.MONTH, Birth.YEAR, Birth.PLACEHOLDER})


@dataclass(frozen=True, slots=True)
class Pairs:
    """Rows of holders beside people, and how they agree.

    `slot` is the reading of the written name that fits best, `share` how many letters in a hundred the names have in common
    (100 where no rule needed to count them). `enough`: one person by these rules; `at_home`: only as long as nobody else in
    the commune of the land bears the written name, where the bearer lives too.
    """

    holder: Integers
    person: Integers
    likeness: Levels
    kind: Levels
    slot: Levels
    former: Booleans
    share: Levels
    birth: Levels
    gender_differs: Booleans
    died_before: Booleans
    born_after: Booleans
    same_place: Booleans
    enough: Booleans
    at_home: Booleans


def compare(
    holders: Holders, people: People, holder: Integers, person: Integers, places: Places | None = None
) -> Pairs:
    """Compare row by row; both hold numbers of rows and are of one length. Without places nobody lives anywhere."""
    like = _names(holders, people, holder, person)
    birth = _births(holders.birth[holder], people.birth[person])
    gender, official = holders.gender[holder], people.gender[person]
    gender_differs = (gender != UNSAID) & (official != UNSAID) & (gender != official)
    certificate, died = holders.certificate[holder], people.died[person]
    vague = (certificate % 10_000 == 0) | (died % 10_000 == 0)
    died_before = (
        (certificate > 0) & (died > 0) & np.where(vague, certificate // 10_000 > died // 10_000, certificate > died)
    )
    born_after = (certificate > 0) & (people.birth[person] // 10_000 > certificate // 10_000)
    same_place = places.same(holders.commune[holder], person) if places else np.zeros(len(holder), np.bool_)
    enough, at_home = (_cells(table)[like.likeness, birth] for table in (ACCEPTED, ACCEPTED_AT_HOME))
    sure = (like.likeness == Likeness.SAME) & (birth == Birth.DATE)
    # Of a couple in one field the number may be the other one's: gender and birth have to say who is meant.
    second = (like.slot == 1) & ~np.isin(birth, list(_DATES))
    slip = (like.likeness == Likeness.SAME) | ((like.likeness <= GENDER_SLIP) & ((birth == Birth.DATE) | same_place))
    against = gender_differs & (~slip | (like.slot == 1) | ~np.isin(birth, list(_DATES)))
    impossible = second | against | ((died_before | born_after) & ~sure)
    return Pairs(
        holder, person, like.likeness, like.kind, like.slot, like.former, like.share, birth,
        gender_differs, died_before, born_after, same_place,
        enough & ~impossible, at_home & same_place & ~impossible,
    )  # fmt: skip


def _cells(table: dict[Likeness, frozenset[Birth]]) -> Booleans:
    return np.array([[birth in table[like] for birth in Birth] for like in Likeness], np.bool_)


def _births(written: Integers, official: Integers) -> Levels:
    """Each distinct pair of dates is compared once; equal dates and bare years, which are most, at once."""
    level = np.full(len(written), Birth.UNKNOWN, np.int8)
    known = (written > 0) & (official > 0)
    same = known & (written == official) & (written % 100 > 0)
    year_only = (
        known & ~same & (written // 10_000 == official // 10_000) & ((written % 10_000 == 0) | (official % 10_000 == 0))
    )
    level[same], level[year_only] = Birth.DATE, Birth.YEAR
    rest = np.flatnonzero(known & ~same & ~year_only)
    packed, inverse = np.unique(written[rest] * 10**8 + official[rest], return_inverse=True)
    agreed = [births.agree(*divmod(one, 10**8)) for one in packed.tolist()]
    level[rest] = np.array(agreed, np.int8)[inverse] if agreed else level[rest]
    return level


@dataclass(frozen=True, slots=True)
class _Like:
    likeness: Levels
    kind: Levels
    slot: Levels
    former: Booleans
    share: Levels


def _names(holders: Holders, people: People, holder: Integers, person: Integers) -> _Like:
    size = len(holder)
    like = _Like(
        np.full(size, Likeness.OTHER, np.int8), np.full(size, Kind.OTHER, np.int8), np.zeros(size, np.int8),
        np.zeros(size, np.bool_), np.zeros(size, np.int8),
    )  # fmt: skip
    mine = holders.name.code[holder]
    open_ = mine >= 0
    official = ((people.name, people.name.code[person], False), (people.former, people.former.code[person], True))
    for level, kind in ((Likeness.SAME, Kind.NONE), (Likeness.LOST, Kind.MARKS_LOST)):
        for slot in (0, 1, 2):
            for theirs, code, former in official:
                rows = np.flatnonzero(open_ & (code >= 0))
                hit = rows[_equal(holders.name, theirs, mine[rows], code[rows], slot, level)]
                like.likeness[hit], like.kind[hit], like.slot[hit], like.former[hit] = level, kind, slot, former
                like.share[hit] = 100
                open_[hit] = False
    _look_closer(like, holders.name, mine, official, np.flatnonzero(open_))
    return like


def _equal(mine: Spellings, theirs: Spellings, one: Integers, other: Integers, slot: int, level: Likeness) -> Booleans:
    if level is Likeness.SAME:
        hashes = mine.folded[one, slot]
        same: Booleans = (hashes == theirs.folded[other, 0]) & (hashes != 0)
        return same
    hashes = mine.bare[one, slot]
    lost: Booleans = mine.unmarked[one, slot] & (hashes == theirs.bare[other, 0]) & (hashes != 0)
    return lost


_Official = Sequence[tuple[Spellings, Integers, bool]]


def _look_closer(like: _Like, mine: Spellings, code: Integers, official: _Official, rows: Integers) -> None:
    """The few names that differ, word by word: each distinct pair once, and only where letters have enough in common."""
    for theirs, other, former in official:
        here = rows[other[rows] >= 0]
        packed, inverse = np.unique(code[here] << 32 | other[here], return_inverse=True)
        if not len(packed):
            continue
        found = _closest(mine, theirs, packed)[inverse]
        closer = (found[:, 0] < like.likeness[here]) | (
            (found[:, 0] == like.likeness[here]) & (found[:, 3] > like.share[here])
        )
        at = here[closer]
        like.likeness[at], like.kind[at], like.slot[at], like.share[at] = found[closer].T
        like.former[at] = former


def _closest(mine: Spellings, theirs: Spellings, packed: Integers) -> Levels:
    """Likeness, kind, slot and share of the reading that fits best, for each pair of texts."""
    found = np.empty((len(packed), 4), np.int8)
    found[:] = Likeness.OTHER, Kind.OTHER, 0, 0
    one, other = packed >> 32, packed & 0xFFFFFFFF
    names = theirs.words(np.unique(other))
    plain_names = {code: _letters(words) for code, words in names.items()}
    for slot in range(SLOTS):
        rows = np.flatnonzero(mine.folded[one, slot])
        readings = mine.words(np.unique(one[rows]), slot)
        plain = {code: _letters(words) for code, words in readings.items()}
        codes, other_codes = one[rows].tolist(), other[rows].tolist()
        shares = process.cpdist(
            [plain[code] for code in codes], [plain_names[code] for code in other_codes],
            scorer=Indel.normalized_similarity, score_multiplier=100, dtype=np.uint8,
        )  # fmt: skip
        found[rows, 3] = np.maximum(found[rows, 3], np.where(found[rows, 0] == Likeness.OTHER, shares, 0))
        for at in np.flatnonzero(shares >= WORTH_A_LOOK).tolist():
            like = likeness.compare(readings[codes[at]], names[other_codes[at]])
            if like is likeness.NOTHING_ALIKE:
                continue
            row, share = rows[at], int(shares[at])
            if like.likeness < found[row, 0] or (like.likeness == found[row, 0] and share > found[row, 3]):
                found[row] = like.likeness, like.kind, slot, share
    return found


def _letters(words: Sequence[str]) -> str:
    return " ".join(map(bare, words))

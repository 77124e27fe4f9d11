"""How far two names of one person may lie apart: word by word, with the kind of damage that explains the difference."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from rapidfuzz.distance import OSA

from landdata.matching.words import abbreviates, bare, folded, is_short, lost, usual

# Middle words that say man or woman and little more; clerks leave them out.
_FILLERS = frozenset({"VAN", "THI"})
_WILD = "?\ufffd"
# Hook and tilde sound alike in most of the country, and clerks mix them up as they speak.
_ALIKE = str.maketrans({"\u0309": "\u0303"})


class Likeness(IntEnum):
    """How much the difference of two names needs to be explained, least first."""

    SAME = 0  # one name by rules that lose nothing
    LOST = 1  # marks or letters were lost, none is another
    MISSPELT = 2  # a slip that makes no other name
    NEAR = 3  # one word is another word that is near: a slip, or a brother
    OTHER = 4


class Kind(IntEnum):
    """What explains the difference."""

    NONE = 0
    MARKS_LOST = 1
    ABBREVIATED = 2
    LETTERS_LOST = 3
    TYPO = 4
    SYLLABLE_LEFT_OUT = 5
    ORDER = 6
    NEAR_WORD = 7
    OTHER = 8


@dataclass(frozen=True, slots=True)
class Found:
    """A likeness and what explains it."""

    likeness: Likeness
    kind: Kind


# Made once: a member of an enumeration is looked up slowly, and these are asked for by the hundred thousand.
_SAME = Found(Likeness.SAME, Kind.NONE)
_MARKS_LOST = Found(Likeness.LOST, Kind.MARKS_LOST)
_LETTERS_LOST = Found(Likeness.LOST, Kind.LETTERS_LOST)
_ABBREVIATED = Found(Likeness.LOST, Kind.ABBREVIATED)
_GIVEN_WITHOUT_MARKS = Found(Likeness.MISSPELT, Kind.MARKS_LOST)
_TYPO = Found(Likeness.MISSPELT, Kind.TYPO)
_ORDER = Found(Likeness.MISSPELT, Kind.ORDER)
_FILLER_LEFT_OUT = Found(Likeness.MISSPELT, Kind.SYLLABLE_LEFT_OUT)
_SYLLABLE_LEFT_OUT = Found(Likeness.NEAR, Kind.SYLLABLE_LEFT_OUT)
_NEAR_WORD = Found(Likeness.NEAR, Kind.NEAR_WORD)
NOTHING_ALIKE = Found(Likeness.OTHER, Kind.OTHER)
_LOST, _MISSPELT, _NEAR = Likeness.LOST, Likeness.MISSPELT, Likeness.NEAR


def compare(written: Sequence[str], official: Sequence[str]) -> Found:  # noqa: PLR0911 - rules in their order
    """How the name on a certificate is like an official one, both as plain words: (NG., V., HÙNG), (NGUYỄN, VĂN, HÙNG)."""
    if _joined(written, bare) == _joined(official, bare):
        if _joined(written, folded) == _joined(official, folded):
            return _SAME
        # Programs cut and join `H' Biên`, `K'Brìn` and `NguyễnVăn A` as they like; then marks can only be counted.
        mine = _marks(written)
        if len(written) != len(official) and mine == _marks(official):
            return _SAME
        if not mine:
            return _MARKS_LOST
    if len(written) == len(official):
        return _word_by_word(written, official)
    if abs(len(written) - len(official)) == 1:
        return _one_word_more(written, official)
    if len(written) == 2 < len(official) and [*map(folded, written)] == [folded(official[0]), folded(official[-1])]:
        return _SYLLABLE_LEFT_OUT
    return NOTHING_ALIKE


def _joined(words: Sequence[str], form: Callable[[str], str]) -> str:
    return "".join(map(form, words)).replace("'", "")


def _marks(words: Sequence[str]) -> Counter[str]:
    letters = unicodedata.normalize("NFD", "".join(words))
    return Counter(letter for letter in letters if unicodedata.combining(letter) or letter == "Đ")


def _word_by_word(written: Sequence[str], official: Sequence[str]) -> Found:
    given = len(written) - 1
    worst, slips = _SAME, 0
    for at, (mine, theirs) in enumerate(zip(written, official, strict=True)):
        if mine == theirs:
            continue
        found = _word(mine, theirs, given=at == given)
        # Two slips in one name are no slip any more.
        slips += found.likeness >= _MISSPELT
        if slips > 1 or found.likeness > _NEAR:
            return _ORDER if sorted(map(bare, written)) == sorted(map(bare, official)) else NOTHING_ALIKE
        if (found.likeness, found.kind) > (worst.likeness, worst.kind):
            worst = found
    return worst


@lru_cache(maxsize=100_000)  # the words of names are some thousand, and few of them stand beside each other
def _word(written: str, official: str, *, given: bool) -> Found:  # noqa: PLR0911 - rules in their order
    if folded(written) == folded(official):
        return _SAME
    if any(letter in _WILD for letter in written):
        return _LETTERS_LOST if _fits(written, official) else NOTHING_ALIKE
    if lost(written, official):
        # HOA for HÒA is a name of its own where the rest of the name has its marks.
        return _GIVEN_WITHOUT_MARKS if given else _MARKS_LOST
    if (written.endswith(".") or is_short(written)) and abbreviates(written, official):
        return NOTHING_ALIKE if given else _ABBREVIATED
    if folded(written).translate(_ALIKE) == folded(official).translate(_ALIKE):
        return _TYPO
    mine, theirs = bare(written), bare(official)
    if mine == theirs:
        return _NEAR_WORD if usual(written) else _TYPO
    if OSA.distance(mine, theirs, score_cutoff=1) == 1:
        return _NEAR_WORD if usual(written) else _TYPO
    return NOTHING_ALIKE


def _fits(written: str, official: str) -> bool:
    """Whether question marks stand where letters with marks are: NGUY?N for NGUYỄN; a lost letter may leave two."""
    mine, theirs = written, folded(official).rstrip("\u0300\u0301\u0303\u0309\u0323")
    if len(mine) != len(theirs):
        mine = mine.replace("??", "?")
    marked = bare(official)
    return len(mine) == len(theirs) == len(marked) and all(
        one in _WILD or bare(one) == other for one, other in zip(mine, marked, strict=True)
    )


def _one_word_more(written: Sequence[str], official: Sequence[str]) -> Found:
    more, less = (written, official) if len(written) > len(official) else (official, written)
    if len(less) < 2:
        return NOTHING_ALIKE
    for at in range(len(more)):
        rest = [*more[:at], *more[at + 1 :]]
        mine, theirs = (rest, less) if more is written else (less, rest)
        if all(folded(one) == folded(other) or lost(one, other) for one, other in zip(mine, theirs, strict=True)):
            # Family and given name stand at the ends; without one of them it is no name.
            if at in {0, len(more) - 1}:
                return NOTHING_ALIKE
            return _FILLER_LEFT_OUT if bare(more[at]) in _FILLERS else _SYLLABLE_LEFT_OUT
    return NOTHING_ALIKE

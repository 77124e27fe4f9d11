"""Damaged words of all texts at once, as `legacy.mended` repairs one text: each distinct word is read once in each page.

Texts whose words cannot be told apart by plain blanks are left to it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from landdata.matching.legacy import BETWEEN, PAGES, alone, foreign, odd, read_as, strange
from landdata.matching.words import straight
from landdata.model.code_pages import CodePage
from landdata.model.parcels import Booleans, Integers

# How a text is read: in the page of this number, or each word of it by itself.
_ALONE = len(PAGES)


@dataclass(frozen=True, slots=True)
class Repaired:
    """Distinct `words` and the one at each place by `index`, as they were before the damage.

    `changed`: texts with a word that is another now; `asks`: texts that have to be looked at one by one.
    """

    words: list[str]
    index: Integers
    changed: Booleans
    asks: Booleans


def of_texts(words: Sequence[str], index: Integers, starts: Integers, spaced: Booleans) -> Repaired:
    """Repair texts, given by distinct `words`, the word at each place by `index`, and `starts` (one more: the end).

    `spaced`: texts with blanks that may be half of a damaged letter.
    """
    size = len(starts) - 1
    text = np.repeat(np.arange(size), np.diff(starts))
    cut = [None if one.isascii() else BETWEEN.split(unicodedata.normalize("NFC", one)) for one in words]
    # Where every word is a syllable as it stands there is nothing to repair.
    suspect = np.array([one is not None and any(map(_damaged, one[::2])) for one in cut], np.bool_)
    damaged = np.bincount(text[suspect[index]], minlength=size) > 0
    if not damaged.any():
        return Repaired([*words], index, damaged, damaged)
    here = np.flatnonzero(damaged[text])
    distinct, place = np.unique(index[here], return_inverse=True)
    parts = [cut[at] or [words[at]] for at in distinct.tolist()]
    cores = [[part for part in one[::2] if not part.isascii()] for one in parts]
    page = _pages([one[0] if one else "" for one in cores], text[here], place, size)
    pairs, which = np.unique(place * (_ALONE + 1) + page[text[here]], return_inverse=True)
    ways = [divmod(one, _ALONE + 1) for one in pairs.tolist()]
    read = ["".join(_read(part, way) for part in parts[at]) for at, way in ways]
    before, after = [straight(words[distinct[at]]) for at, _ in ways], [straight(one) for one in read]
    # A word in several pieces, or one that became two, is no word of the text any more.
    pieces = np.array(
        [len(cores[at]) > 1 or len(one.split()) != 1 for (at, _), one in zip(ways, after, strict=True)], bool
    )
    another = np.array([one != other for one, other in zip(before, after, strict=True)], bool)

    def texts(flags: Booleans) -> Booleans:
        return np.bincount(text[here[flags[which]]], minlength=size) > 0

    now = index.copy()
    now[here] = len(words) + which
    return Repaired([*words, *read], now, texts(another), damaged & (spaced | texts(pieces)))


def _damaged(part: str) -> bool:
    return not part.isascii() and strange(part)


def _pages(cores: Sequence[str], text: Integers, place: Integers, size: int) -> Integers:
    """How each text is read: in the first page in which all its words with marks can be believed, or each by itself."""

    def count(rule: Callable[[str], bool]) -> Integers:
        flags = np.array([bool(core) and rule(core) for core in cores], np.bool_)
        found: Integers = np.bincount(text[flags[place]], minlength=size)
        return found

    marked, were_foreign = count(bool), count(foreign) > 0
    page = np.full(size, _ALONE, np.int64)
    for number, one in reversed([*enumerate(PAGES)]):
        read = {core: read_as(core, one) for core in cores if core}
        readable = count(lambda core, read=read: read[core] is None) == 0  # type: ignore[misc]
        strange_ones = count(lambda core, read=read, one=one: odd(read[core] or "", one))  # type: ignore[misc]
        are_foreign = count(lambda core, read=read: foreign(read[core] or "")) > 0  # type: ignore[misc]
        believed = (strange_ones == 0) | (were_foreign & ~are_foreign & (2 * strange_ones <= marked))
        page[readable & (believed | (one is CodePage.UTF_8))] = number
    return page


def _read(part: str, way: int) -> str:
    if part.isascii():
        return part
    return alone(part) if way == _ALONE else read_as(part, PAGES[way]) or part

"""Titles, couples and households taken apart for all plain texts at once, as `parties` does one by one.

Texts with notes, joined words or rarer titles are left to it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from landdata.matching import parties
from landdata.model.parcels import Booleans, Integers

_SIGNS = frozenset("-–&+/;,")
_NAMED = 2  # persons of a text that are read


@dataclass(frozen=True, slots=True)
class Segments:
    """Where the first and the second person of each text begin and end among all words; an empty run where there is none."""

    begins: list[Integers]
    ends: list[Integers]


def of_texts(words: Sequence[str], index: Integers, starts: Integers) -> tuple[Segments, Booleans]:
    """Take texts apart: distinct plain `words`, the word at each place by `index`, texts by `starts` (one more: the end).

    Second: the texts that have to be looked at one by one.
    """

    def flag(rule: Callable[[str], bool]) -> Booleans:
        return np.array([rule(word) for word in words], np.bool_)[index]

    size, places = len(starts) - 1, len(index)
    text = np.repeat(np.arange(size), np.diff(starts))
    first, last = np.zeros(places, np.bool_), np.zeros(places, np.bool_)
    filled = np.flatnonzero(np.diff(starts))
    first[starts[:-1][filled]], last[starts[1:][filled] - 1] = True, True
    signs = flag(lambda word: word in _SIGNS)
    # A title at the very end of a name is part of it: Thào A Và.
    closing = last | flag(lambda word: word[-1:] in {",", ";"}) | np.append(signs[1:], False)
    between = signs | (flag(lambda word: word.strip(":") in parties.ANYWHERE) & ~closing)
    household = [flag(lambda word, one=one: word == one) for one in parties.HOUSEHOLD]  # type: ignore[misc]
    if places > 2:
        whole = household[0][:-2] & household[1][1:-1] & household[2][2:] & ~last[:-2] & ~last[1:-1]
        between[1:-1] |= whole
        between[2:] |= whole
    # Titles that are names too, or beginnings of them, are believed before a whole name.
    cut_short = np.append(closing[1:], True)
    between |= first & ~cut_short & flag(lambda word: word in parties.LEADING) & (np.diff(starts)[text] > 3)
    after = flag(lambda word: word[-1:] in {",", ";"})
    name = ~between
    opens = name & (first | np.append(True, between[:-1] | after[:-1]))
    segment = np.flatnonzero(opens)
    end = _ends(name, opens, last)
    length = end - segment
    person = segment[length > 1], end[length > 1]
    owner = text[person[0]]
    rank = np.arange(len(owner)) - np.searchsorted(owner, owner)
    found = Segments([], [])
    for wanted in range(_NAMED):
        begin, stop = starts[:-1].copy(), starts[:-1].copy()
        begin[owner[rank == wanted]], stop[owner[rank == wanted]] = person[0][rank == wanted], person[1][rank == wanted]
        found.begins.append(begin)
        found.ends.append(stop)
    strange = (flag(_is_strange) & ~between) | (first & flag(lambda word: word.strip(",;:") in parties.COMPANY))
    follows = np.append(flag(lambda word: word in parties.FOLLOWING)[1:], False) & ~last
    strange |= follows & flag(lambda word: word in parties.BEGINNING)
    opening = opens & flag(lambda word: word.strip(":") in parties.OPENING)
    asks = np.bincount(text[strange | opening], minlength=size) > 0
    first_only = found.ends[1] == found.begins[1]
    asks |= first_only & (np.bincount(text[signs], minlength=size) > 0)
    return found, asks | (found.ends[0] == found.begins[0])


def _ends(name: Booleans, opens: Booleans, last: Booleans) -> Integers:
    """One behind the last word of each segment."""
    closes = name & (last | ~np.append(name[1:], False) | np.append(opens[1:], True))
    found: Integers = np.flatnonzero(closes) + 1
    return found


def _is_strange(word: str) -> bool:
    """Whether a word could be more than one, part of a note, or of a title of several words."""
    plain = word.strip(",;:")
    if plain.endswith("Ã"):  # half of an `à` in UTF-8, or the family Lã
        return True
    if word in _SIGNS or plain in parties.ANYWHERE:
        return False
    return plain in parties.MARKING or not word.startswith(plain) or not parties.is_one_word(plain)

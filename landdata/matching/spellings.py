"""A column of names made ready for comparison: each distinct word is spelt once, each name becomes numbers that can be joined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from landdata.matching import parties
from landdata.matching.words import bare, folded, straight, usual
from landdata.model.parcels import Booleans, Integers

_T = TypeVar("_T", bound=np.generic)
Hashes = NDArray[np.uint64]
SLOTS = 3  # the first person named, the second, and the whole text as it was written
_WHOLE = 2
_SPREAD, _MIX = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93)


@dataclass(frozen=True, slots=True)
class Spellings:
    """Names of rows by `code` (-1 where there is none) into distinct texts, each with up to SLOTS readings.

    `folded` and `bare` hold a hash of each reading, 0 where there is none; `unmarked` tells readings without any mark. `tidied`
    are texts whose first reading is not the text itself, `company` those that name no person.
    """

    code: Integers
    folded: Hashes
    bare: Hashes
    unmarked: Booleans
    tidied: Booleans
    company: Booleans
    _texts: pa.Array
    _skipped: Integers
    _readings: dict[int, list[tuple[str, ...]]]

    def of_rows(self, texts: Booleans) -> Booleans:
        """What holds for texts, for each row; not where a row has none."""
        if not len(texts):
            return np.zeros(len(self.code), np.bool_)
        found: Booleans = texts[self.code] & (self.code >= 0)
        return found

    def words(self, code: int, slot: int = 0) -> tuple[str, ...]:
        """The plain words of a reading."""
        if code in self._readings:
            return self._readings[code][slot]
        if slot not in {0, _WHOLE} or (slot == _WHOLE and not self._skipped[code]):
            return ()
        words = straight(self._texts[code].as_py()).split()
        return tuple(words[self._skipped[code] :] if slot == 0 else words)


def official(names: pa.Array) -> Spellings:
    """Names of a register: one reading each, as they stand there."""
    code, texts = encoded(names)
    return _spell(code, texts, damaged=False)


def written(names: pa.Array) -> Spellings:
    """Names of land records: titles, couples, households and damage are looked for where a word asks for it."""
    code, texts = encoded(names)
    return _spell(code, texts, damaged=True)


def encoded(column: pa.Array) -> tuple[Integers, pa.Array]:
    """Number of each row's text, -1 for null, and the distinct texts."""
    if not pa.types.is_dictionary(column.type):
        column = pc.dictionary_encode(column)
    index = pc.fill_null(column.indices, -1).to_numpy(zero_copy_only=False)
    return index.astype(np.int64), column.dictionary


def _spell(code: Integers, texts: pa.Array, *, damaged: bool) -> Spellings:
    split = pc.ascii_split_whitespace(pc.ascii_trim_whitespace(texts))
    starts = split.offsets.to_numpy().astype(np.int64)
    index, vocabulary = encoded(split.flatten())
    words = [straight(one) for one in vocabulary.to_pylist()]
    size, shape = len(texts), (len(texts), SLOTS)
    all_folded, all_bare = np.zeros(shape, np.uint64), np.zeros(shape, np.uint64)
    unmarked, tidied, company = np.zeros(shape, np.bool_), np.zeros(size, np.bool_), np.zeros(size, np.bool_)
    everything = (all_folded, all_bare, unmarked)
    skipped, readings = np.zeros(size, np.int64), dict[int, list[tuple[str, ...]]]()
    if damaged:
        skipped, asks = _titles(words, index, starts)
        titled = skipped > 0
        for whole, found in zip(everything, _hashes(words, index, starts), strict=True):
            whole[titled, _WHOLE] = found[titled]
        tidied[titled] = True
        readings = _apart(texts, np.flatnonzero(asks), tidied, company)
    for whole, found in zip(everything, _hashes(words, index, starts, skipped), strict=True):
        whole[:, 0] = found
    if readings:
        flat = [name for one in readings.values() for name in one]
        numbers = {word: number for number, word in enumerate({word for name in flat for word in name})}
        places = np.array([numbers[word] for name in flat for word in name], np.int64)
        here = np.fromiter(readings, np.int64, len(readings))
        hashed = _hashes(list(numbers), places, np.cumsum([0, *map(len, flat)]))
        for whole, found in zip(everything, hashed, strict=True):
            whole[here] = found.reshape(-1, SLOTS)
    return Spellings(code, *everything, tidied, company, texts, skipped, readings)


def _apart(texts: pa.Array, rows: Integers, tidied: Booleans, company: Booleans) -> dict[int, list[tuple[str, ...]]]:
    """The readings of texts that have to be looked at as a whole."""
    found = {}
    for at, text in zip(rows.tolist(), texts.take(pa.array(rows)).to_pylist(), strict=True):
        found[at] = one = readings(text)
        company[at] = not any(one)
        tidied[at] = " ".join(one[0]) != straight(text)
    return found


def readings(text: str) -> list[tuple[str, ...]]:
    """Up to two persons and the whole text, an empty one where a reading says nothing new."""
    if parties.is_company(straight(text)):
        return [(), (), ()]
    named = parties.parties(text)
    whole = [name for name in named if len(name) > 1] or named or [()]
    first, second = whole[0], whole[1] if len(whole) > 1 else ()
    untouched = parties.untitled(text)
    return [first, second, () if untouched in {first, second} else untouched]


def _titles(words: Sequence[str], index: Integers, starts: Integers) -> tuple[Integers, Booleans]:
    """How many words of each text are titles before a plain name, and which texts have to be looked at as a whole.

    Those hold a word that is no plain syllable, or one in the middle that may be a title.
    """
    leading = np.array([word in parties.LEADING for word in words], np.bool_)
    strange = np.array([word in parties.LEADING | parties.MARKING or not usual(word) for word in words], np.bool_)
    opening = np.array([word in parties.OPENING for word in words], np.bool_)
    begin, end = starts[:-1].copy(), starts[1:]
    for _ in range(2):  # HỘ ÔNG, HỘ BÀ
        there = np.flatnonzero(begin < end)
        begin[there[leading[index[begin[there]]]]] += 1
    skipped = begin - starts[:-1]
    asks = _sums(strange[index].astype(np.int64), begin, end) > 0
    there = np.flatnonzero(begin < end)
    asks[there] |= opening[index[begin[there]]]
    asks |= (skipped > 0) & (end - begin < 3)  # Ông Văn Tùng, or Ông Tùng
    return np.where(asks, 0, skipped), asks


def _hashes(
    words: Sequence[str], index: Integers, starts: Integers, skipped: Integers | None = None
) -> tuple[Hashes, Hashes, Booleans]:
    """For each run of words: a hash of their folded forms in order, one of their bare forms, and whether none has a mark.

    The first words of a run may be `skipped`.
    """
    begin = starts[:-1] if skipped is None else starts[:-1] + skipped
    place = (np.arange(len(index)) - np.repeat(begin, np.diff(starts))).astype(np.uint64) * _SPREAD
    marked = np.array([bare(word) != folded(word) for word in words], np.bool_)
    found = []
    for form in (folded, bare):
        of_word = np.array([_hash(form(word)) for word in words], np.uint64)
        mixed = (of_word[index] + place) * _MIX
        found.append(_sums(mixed ^ (mixed >> np.uint64(29)), begin, starts[1:]))
    marks = _sums(marked[index].astype(np.int64), begin, starts[1:])
    return found[0], found[1], (marks == 0) & (starts[1:] > begin)


def _sums(values: NDArray[_T], starts: Integers, ends: Integers) -> NDArray[_T]:
    """Sums of runs; unsigned ones wrap, as sums of hashes may."""
    sums = np.concatenate([np.zeros(1, values.dtype), np.cumsum(values, dtype=values.dtype)])
    found: NDArray[_T] = sums[ends] - sums[starts]
    return found


def _hash(word: str) -> int:
    return int.from_bytes(blake2b(word.encode(), digest_size=8).digest(), "little")

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
        return tuple(straight(self._texts[code].as_py()).split()) if slot == 0 else ()


def official(names: pa.Array) -> Spellings:
    """Names of a register: one reading each, as they stand there."""
    code, texts = encoded(names)
    return _spell(code, texts, None)


def written(names: pa.Array) -> Spellings:
    """Names of land records: titles, couples, households and damage are looked for where a word asks for it."""
    code, texts = encoded(names)
    return _spell(code, texts, {})


def encoded(column: pa.Array) -> tuple[Integers, pa.Array]:
    """Number of each row's text, -1 for null, and the distinct texts."""
    if not pa.types.is_dictionary(column.type):
        column = pc.dictionary_encode(column)
    index = pc.fill_null(column.indices, -1).to_numpy(zero_copy_only=False)
    return index.astype(np.int64), column.dictionary


def _spell(code: Integers, texts: pa.Array, readings: dict[int, list[tuple[str, ...]]] | None) -> Spellings:
    split = pc.ascii_split_whitespace(pc.ascii_trim_whitespace(texts))
    starts = split.offsets.to_numpy().astype(np.int64)
    index, vocabulary = encoded(split.flatten())
    words = [straight(one) for one in vocabulary.to_pylist()]
    size, shape = len(texts), (len(texts), SLOTS)
    all_folded, all_bare = np.zeros(shape, np.uint64), np.zeros(shape, np.uint64)
    unmarked = np.zeros(shape, np.bool_)
    all_folded[:, 0], all_bare[:, 0], unmarked[:, 0] = _hashes(words, index, starts)
    tidied, company = np.zeros(size, np.bool_), np.zeros(size, np.bool_)
    if readings is not None:
        for at in np.flatnonzero(_asks(words, index, starts)).tolist():
            text = texts[at].as_py()
            found = _readings(text)
            readings[at] = found
            company[at] = not any(found)
            tidied[at] = " ".join(found[0]) != straight(text)
        flat = [name for one in readings.values() for name in one]
        numbers = {word: number for number, word in enumerate({word for name in flat for word in name})}
        inner = np.cumsum([0, *(len(name) for name in flat)])
        here = np.fromiter(readings, np.int64, len(readings))
        hashed = _hashes(list(numbers), np.array([numbers[word] for name in flat for word in name], np.int64), inner)
        all_folded[here], all_bare[here], unmarked[here] = (one.reshape(-1, SLOTS) for one in hashed)
    return Spellings(code, all_folded, all_bare, unmarked, tidied, company, texts, readings or {})


def _readings(text: str) -> list[tuple[str, ...]]:
    """Up to two persons and the whole text, an empty one where a reading says nothing new."""
    plain = straight(text)
    if parties.is_company(plain):
        return [(), (), ()]
    named = parties.parties(text)
    whole = [name for name in named if len(name) > 1] or named or [()]
    first, second = whole[0], whole[1] if len(whole) > 1 else ()
    untouched = parties.untitled(text)
    return [first, second, () if untouched in {first, second} else untouched]


def _asks(words: Sequence[str], index: Integers, starts: Integers) -> Booleans:
    """Texts that hold a word which is no plain syllable, or begin with one that may be a title."""
    strange = np.array([word in parties.MARKING or not usual(word) for word in words], np.bool_)
    opening = np.array([word in parties.OPENING for word in words], np.bool_)
    filled = np.diff(starts) > 0
    asks = _total(strange[index].astype(np.int64), starts) > 0
    asks[filled] |= opening[index[starts[:-1][filled]]]
    return asks


def _hashes(words: Sequence[str], index: Integers, starts: Integers) -> tuple[Hashes, Hashes, Booleans]:
    """For each run of words: a hash of their folded forms in order, one of their bare forms, and whether none has a mark."""
    place = (np.arange(len(index)) - np.repeat(starts[:-1], np.diff(starts))).astype(np.uint64) * _SPREAD
    plain = np.array([bare(word) == folded(word) for word in words], np.bool_)
    found = []
    for form in (folded, bare):
        of_word = np.array([_hash(form(word)) for word in words], np.uint64)
        mixed = (of_word[index] + place) * _MIX
        found.append(_total(mixed ^ (mixed >> np.uint64(29)), starts))
    marks = _total((~plain)[index].astype(np.int64), starts)
    return found[0], found[1], (marks == 0) & (np.diff(starts) > 0)


def _total(values: NDArray[_T], starts: Integers) -> NDArray[_T]:
    """Sums of runs; unsigned ones wrap, as sums of hashes may."""
    sums = np.concatenate([np.zeros(1, values.dtype), np.cumsum(values, dtype=values.dtype)])
    return sums[starts[1:]] - sums[starts[:-1]]


def _hash(word: str) -> int:
    return int.from_bytes(blake2b(word.encode(), digest_size=8).digest(), "little")

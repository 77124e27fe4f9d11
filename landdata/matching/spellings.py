"""A column of names made ready for comparison: each distinct word is spelt once, each name becomes a number to join by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from landdata.matching import parties, repairs, segments
from landdata.matching.words import bare, folded, straight
from landdata.model.parcels import Booleans, Integers

_T = TypeVar("_T", bound=np.generic)
Hashes = NDArray[np.uint64]
SLOTS = 3  # the first person named, the second, and the whole text as it was written
_SIGNS = ",;:"
# Blanks that are no plain ones, and may be half of a letter of UTF-8.
_HALF_LETTERS = "[\u0085\u00a0]"
_SPREAD, _MIX = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93)


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of texts: distinct ones, the one at each place, and where each reading of each text begins and ends."""

    distinct: list[str]
    index: Integers
    runs: list[tuple[Integers, Integers]]

    def of(self, codes: Integers, slot: int) -> dict[int, tuple[str, ...]]:
        if slot >= len(self.runs):
            return dict.fromkeys(codes.tolist(), ())
        begins, ends = (part[codes] for part in self.runs[slot])
        length = ends - begins
        at = np.cumsum(length) - length
        places = np.repeat(begins - at, length) + np.arange(length.sum())
        flat = [self.distinct[word] for word in self.index[places].tolist()]
        return {
            code: tuple(flat[first:last])
            for code, first, last in zip(codes.tolist(), at.tolist(), (at + length).tolist(), strict=True)
        }


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
    _words: _Words
    _readings: dict[int, list[tuple[str, ...]]]

    def of_rows(self, texts: Booleans) -> Booleans:
        """What holds for texts, for each row; not where a row has none."""
        if not len(texts):
            return np.zeros(len(self.code), np.bool_)
        found: Booleans = texts[self.code] & (self.code >= 0)
        return found

    def words(self, codes: Integers, slot: int = 0) -> dict[int, tuple[str, ...]]:
        """The plain words of a reading of texts, by code."""
        apart = {code: one[slot] for code in codes.tolist() if (one := self._readings.get(code))}
        return self._words.of(codes, slot) | apart


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
    split = pc.utf8_split_whitespace(pc.utf8_trim_whitespace(texts))
    starts = split.offsets.to_numpy().astype(np.int64)
    index, vocabulary = encoded(split.flatten())
    as_written = vocabulary.to_pylist()
    size = len(texts)
    runs = [(starts[:-1], starts[1:])]
    readings = dict[int, list[tuple[str, ...]]]()
    tidied, company = np.zeros(size, np.bool_), np.zeros(size, np.bool_)
    if damaged:
        spaced = pc.match_substring_regex(texts, _HALF_LETTERS).to_numpy(zero_copy_only=False)
        repaired = repairs.of_texts(as_written, index, starts, spaced)
        index, raw = repaired.index, [straight(one) for one in repaired.words]
        words = [one.strip(_SIGNS) for one in raw]
        found, asks = segments.of_texts(raw, index, starts)
        asks |= repaired.asks
        shorter = found.ends[0] - found.begins[0] < np.diff(starts)
        tidied = (shorter | repaired.changed) & ~asks
        whole = np.where(shorter & (found.ends[1] == found.begins[1]), starts[1:], starts[:-1])
        runs = [*zip(found.begins, found.ends, strict=True), (starts[:-1], whole)]
        readings = _apart(texts, np.flatnonzero(asks), tidied, company)
    else:
        words = [straight(one) for one in as_written]
    spelt = _Vocabulary(words)
    every: list[NDArray[Any]] = [np.zeros((size, SLOTS), kind) for kind in (np.uint64, np.uint64, np.bool_)]
    for slot, (begin, end) in enumerate(runs):
        for array, part in zip(every, spelt.hashed(index, begin, end), strict=True):
            array[:, slot] = part
    if readings:
        flat = [name for one in readings.values() for name in one]
        numbers = {word: number for number, word in enumerate({word for name in flat for word in name})}
        places = np.array([numbers[word] for name in flat for word in name], np.int64)
        ends = np.cumsum([0, *map(len, flat)])
        here = np.fromiter(readings, np.int64, len(readings))
        for array, part in zip(every, _Vocabulary(list(numbers)).hashed(places, ends[:-1], ends[1:]), strict=True):
            array[here] = part.reshape(-1, SLOTS)
    return Spellings(code, every[0], every[1], every[2], tidied, company, _Words(words, index, runs), readings)


def _apart(texts: pa.Array, rows: Integers, tidied: Booleans, company: Booleans) -> dict[int, list[tuple[str, ...]]]:
    """The readings of texts that have to be looked at as a whole."""
    found = {}
    for at, text in zip(rows.tolist(), texts.take(pa.array(rows)).to_pylist(), strict=True):
        found[at] = one = parties.readings(text)
        company[at] = not any(one)
        tidied[at] = " ".join(one[0]) != straight(text)
    return found


class _Vocabulary:
    """Distinct words with their hashes, from which every name made of them is hashed."""

    def __init__(self, words: Sequence[str]) -> None:
        self._forms = [np.array([_hash(form(word)) for word in words], np.uint64) for form in (folded, bare)]
        self._marked = np.array([bare(word) != folded(word) for word in words], np.bool_)

    def hashed(self, index: Integers, begin: Integers, end: Integers) -> tuple[Hashes, Hashes, Booleans]:
        """For runs of words: a hash of their folded forms in order, one of their bare forms, and whether none has a mark."""
        length = end - begin
        of = np.repeat(begin - (np.cumsum(length) - length), length) + np.arange(length.sum())
        place = (of - np.repeat(begin, length)).astype(np.uint64) * _SPREAD
        inner = np.cumsum(np.append(0, length))
        word = index[of]
        found = []
        for hashes in self._forms:
            mixed = (hashes[word] + place) * _MIX
            found.append(_sums(mixed ^ (mixed >> np.uint64(29)), inner))
        marks = _sums(self._marked[word].astype(np.int64), inner)
        return found[0], found[1], (marks == 0) & (length > 0)


def _sums(values: NDArray[_T], ends: Integers) -> NDArray[_T]:
    """Sums of runs one behind the other; unsigned ones wrap, as sums of hashes may."""
    sums = np.concatenate([np.zeros(1, values.dtype), np.cumsum(values, dtype=values.dtype)])
    found: NDArray[_T] = np.diff(sums[ends])
    return found


def _hash(word: str) -> int:
    return int.from_bytes(blake2b(word.encode(), digest_size=8).digest(), "little")

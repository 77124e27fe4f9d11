"""Who else could be meant: people with the same name, birth and place, found by one sorted column of hashes."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from landdata.matching.places import Places, is_commune
from landdata.matching.sides import People
from landdata.matching.spellings import Hashes
from landdata.model.parcels import Booleans, Integers

Floats = NDArray[np.float64]
_YEAR, _PLACE = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)


class Index:
    """People by name (`folded` or `bare`), with year of birth and commune or without."""

    def __init__(self, people: People, places: Places) -> None:
        self._people, self._places = people, places

    @cached_property
    def folded(self) -> Hashes:
        """The hash of each person's name with its marks."""
        return _of(self._people.name.folded, self._people.name.code)

    @cached_property
    def bare(self) -> Hashes:
        """The hash of each person's name without marks."""
        return _of(self._people.name.bare, self._people.name.code)

    @property
    def births(self) -> Integers:
        """The birth of each person, as in `births`."""
        return self._people.birth

    def others(
        self, names: Hashes, people_names: Hashes, years: Integers, communes: Integers, bearer: Integers, wide: Booleans
    ) -> Integers:
        """How many people other than `bearer` bear each name in a commune and were born in a year.

        Where `wide`, those of whom no more is known than that they come from its province count too.
        """
        # Only whoever bears one of these names can be a rival, which is a small part of a country where names are few.
        here = np.flatnonzero(pc.is_in(pa.array(people_names), value_set=pa.array(np.unique(names))).to_numpy(False))
        born = self._people.birth[here] // 10_000
        key = keys(people_names[here], born, self._places.residence[here])
        row, place = self._places.around(communes)
        counted = wide[row] | is_commune(place)
        row, place = row[counted], place[counted]
        wanted = keys(names[row], years[row], place)
        distinct, count = np.unique(key, return_counts=True)
        own = keys(people_names[bearer], self._people.birth[bearer] // 10_000, self._places.residence[bearer])
        others = _at(distinct, wanted, count) - (own[row] == wanted)
        return np.bincount(row, others, len(names)).astype(np.int64)

    def expected(
        self, names: Hashes, people_names: Hashes, years: Integers, communes: Integers, aside: Integers
    ) -> Floats:
        """How many of a name and year a commune would have by its size, if it were as the rest of the register is.

        `aside`: how many of them are in question themselves, and say nothing of the rest.
        """
        here = np.flatnonzero(pc.is_in(pa.array(people_names), value_set=pa.array(np.unique(names))).to_numpy(False))
        distinct, count = np.unique(
            keys(people_names[here], self._people.birth[here] // 10_000, None), return_counts=True
        )
        anywhere = _at(distinct, keys(names, years, None), count)
        place, people = np.unique(self._places.residence[is_commune(self._places.residence)], return_counts=True)
        row, at = self._places.around(communes)
        inside = np.bincount(row, _at(place, at, people), len(names))
        found: Floats = np.maximum(anywhere - aside, 0) * inside / np.maximum(people.sum() - inside, 1)
        return found

    def named(self, names: Hashes, years: Integers, communes: Integers | None) -> tuple[Integers, Integers]:
        """All people of each bare name and year, and commune where given: pairs of a row here and a person."""
        here = np.flatnonzero(pc.is_in(pa.array(self.bare), value_set=pa.array(np.unique(names))).to_numpy(False))
        born = self._people.birth[here] // 10_000
        if communes is None:
            return pairs(keys(names, years, None), keys(self.bare[here], born, None), here)
        row, place = self._places.around(communes)
        of_people = keys(self.bare[here], born, self._places.residence[here])
        found, person = pairs(keys(names[row], years[row], place), of_people, here)
        return row[found], person


def keys(names: Hashes, years: Integers, communes: Integers | None) -> Hashes:
    """One hash of what is asked for together."""
    found = names ^ (years.astype(np.uint64) * _YEAR)
    if communes is not None:
        found += communes.astype(np.uint64) * _PLACE
    mixed: Hashes = found ^ (found >> np.uint64(31))
    return mixed


def pairs(asked: Hashes | Integers, known: Hashes | Integers, named: Integers) -> tuple[Integers, Integers]:
    """Every row of `asked` with every one of `known` that is equal, as numbers of rows and of `named`, in order of rows."""
    # Only what is asked for has to be put in order, each once.
    wanted = pc.dictionary_encode(pa.array(asked))
    place = pc.fill_null(pc.index_in(pa.array(known), value_set=wanted.dictionary), -1).to_numpy()
    there = np.flatnonzero(place >= 0)
    many = np.bincount(place[there], minlength=len(wanted.dictionary))
    index = wanted.indices.to_numpy()
    # Nearly all of them are known once: only those known more often are put in order.
    only = np.full(len(many), -1, np.int64)
    only[place[there]] = there
    several = there[many[place[there]] > 1]
    several = several[np.argsort(place[several], kind="stable")]
    count = many[index]
    row = np.repeat(np.arange(len(asked)), count)
    found = only[index[row]]
    again = np.flatnonzero(many[index[row]] > 1)
    begin = np.zeros(len(many), np.int64)
    begin[many > 1] = np.cumsum(many[many > 1]) - many[many > 1]
    nth = again - (np.cumsum(count) - count)[row[again]]
    found[again] = several[begin[index[row[again]]] + nth]
    return row, named[found]


def _of(hashes: Hashes, code: Integers) -> Hashes:
    return np.where(code >= 0, hashes[code, 0], np.uint64(0)) if len(hashes) else np.zeros(len(code), np.uint64)


def _at(distinct: Hashes | Integers, wanted: Hashes | Integers, values: Integers) -> Integers:
    if not len(distinct):
        return np.zeros(len(wanted), np.int64)
    place = np.minimum(np.searchsorted(distinct, wanted), len(distinct) - 1)
    there: Booleans = distinct[place] == wanted
    return np.where(there, values[place], 0)

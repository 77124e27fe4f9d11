"""Who else could be meant: people with the same name, birth and place, found by one sorted column of hashes."""

from __future__ import annotations

from dataclasses import dataclass

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
    """People of a register by name, as it is written (`marked`) or without marks."""

    def __init__(self, people: People, places: Places) -> None:
        self._people, self._places = people, places

    @property
    def births(self) -> Integers:
        """The birth of each person, as in `births`."""
        return self._people.birth

    def spelt(self, person: Integers, *, marked: bool) -> Hashes:
        """The hash of these persons' names."""
        names, code = self._names(marked=marked), self._people.name.code[person]
        return np.where(code >= 0, names[code], np.uint64(0)) if len(names) else np.zeros(len(person), np.uint64)

    def namesakes(self, names: Hashes, *, marked: bool) -> Namesakes:
        """Everybody who bears one of these names: a small part of a country, where names are many."""
        borne = pc.is_in(pa.array(self._names(marked=marked)), value_set=pa.array(np.unique(names))).to_numpy(False)
        rows = np.flatnonzero(self._people.name.of_rows(borne))
        return Namesakes(self._people, self._places, rows, self.spelt(rows, marked=marked))

    def _names(self, *, marked: bool) -> Hashes:
        found: Hashes = (self._people.name.folded if marked else self._people.name.bare)[:, 0]
        return found


@dataclass(frozen=True, slots=True)
class Namesakes:
    """People by their rows and names; with year of birth and commune, or without, they are counted or named."""

    people: People
    places: Places
    rows: Integers
    names: Hashes

    def others(
        self, names: Hashes, years: Integers, communes: Integers, bearer: tuple[Integers, Hashes], wide: Booleans
    ) -> Integers:
        """How many people other than `bearer` (row and name) bear each name in a commune and were born in a year.

        Where `wide`, those of whom no more is known than that they come from its province count too.
        """
        key = keys(self.names, self._born, self.places.residence[self.rows])
        row, place = self.places.around(communes)
        counted = wide[row] | is_commune(place)
        row, place = row[counted], place[counted]
        wanted = keys(names[row], years[row], place)
        distinct, count = np.unique(key, return_counts=True)
        person, name = bearer
        own = keys(name, self.people.birth[person] // 10_000, self.places.residence[person])
        others = _at(distinct, wanted, count) - (own[row] == wanted)
        return np.bincount(row, others, len(names)).astype(np.int64)

    def expected(self, names: Hashes, years: Integers, communes: Integers, aside: Integers) -> Floats:
        """How many of a name and year a commune would have by its size, if it were as the rest of the register is.

        `aside`: how many of them are in question themselves, and say nothing of the rest.
        """
        distinct, count = np.unique(keys(self.names, self._born, None), return_counts=True)
        anywhere = _at(distinct, keys(names, years, None), count)
        place, people = np.unique(self.places.residence[is_commune(self.places.residence)], return_counts=True)
        row, at = self.places.around(communes)
        inside = np.bincount(row, _at(place, at, people), len(names))
        found: Floats = np.maximum(anywhere - aside, 0) * inside / np.maximum(people.sum() - inside, 1)
        return found

    def named(self, names: Hashes, years: Integers, communes: Integers | None) -> tuple[Integers, Integers]:
        """All of each name and year, and commune where given: pairs of a row here and a person."""
        if communes is None:
            return pairs(keys(names, years, None), keys(self.names, self._born, None), self.rows)
        row, place = self.places.around(communes)
        of_people = keys(self.names, self._born, self.places.residence[self.rows])
        found, person = pairs(keys(names[row], years[row], place), of_people, self.rows)
        return row[found], person

    @property
    def _born(self) -> Integers:
        return self.people.birth[self.rows] // 10_000


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


def _at(distinct: Hashes | Integers, wanted: Hashes | Integers, values: Integers) -> Integers:
    if not len(distinct):
        return np.zeros(len(wanted), np.int64)
    place = np.minimum(np.searchsorted(distinct, wanted), len(distinct) - 1)
    there: Booleans = distinct[place] == wanted
    return np.where(there, values[place], 0)

"""Which entity of a `vbdlis` file means which: references become positions, and those that lead nowhere are noted."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from landdata.model import vbdlis as v
from landdata.model.parcels import Booleans, Integers
from landdata.model.vbdlis import ENTITIES, Need
from landdata.reading.entities import Entities, Fault

_NO_ITEM = r"^0*$"


def number(*columns: Integers) -> Integers:
    """One integer for each distinct combination, counted from 0 in the order of first appearance."""
    result = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        combined = result * (int(column.max(initial=0)) + 2) + column + 1
        result = pc.dictionary_encode(pa.array(combined)).indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return result


def firsts(numbers: Integers) -> Integers:
    """Where each number from 0 appears first."""
    return np.unique(numbers, return_index=True)[1].astype(np.int64)


def at(values: pa.Array, keys: pa.Array) -> Integers:
    """The position of each value among keys; -1 for what is empty or not there."""
    place = pc.fill_null(pc.if_else(pc.is_valid(values), pc.index_in(values, value_set=keys), None), -1)
    return place.to_numpy(zero_copy_only=False).astype(np.int64)  # type: ignore[no-any-return]


def listed(column: pa.Array) -> tuple[Integers, pa.Array]:
    """The items of lists written with `;`: the row of each, and the item (null where it is empty)."""
    lists = pc.split_pattern(column, ";")
    items = pc.utf8_trim_whitespace(pc.list_flatten(lists))
    parent = pc.list_parent_indices(lists).to_numpy(zero_copy_only=False).astype(np.int64)
    return parent, pc.if_else(pc.equal(items, ""), None, items)


def follow(first: Integers, then: Integers) -> Integers:
    """Positions two steps on; -1 stays -1."""
    if not len(then):
        return np.full(len(first), -1, dtype=np.int64)
    return np.where(first >= 0, then[np.maximum(first, 0)], -1)


def take(column: pa.Array, place: Integers) -> pa.Array:
    """The values at these positions; null at -1."""
    return column.take(pa.array(np.maximum(place, 0), mask=place < 0))


def _given(column: pa.Array) -> Booleans:
    return pc.is_valid(column).to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]


@dataclass(slots=True)
class Ties:
    """Positions instead of ids, -1 where there is none. `owner` and `asset` count through all their kinds in turn."""

    entities: Entities
    faults: list[Fault] = field(default_factory=list)
    used: dict[str, Booleans] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.faults = list(self.entities.faults)
        self.used = {name: np.zeros(self.entities.size(name), dtype=np.bool_) for name in ENTITIES}

    def offset(self, kinds: dict[str, str], entity: str) -> int:
        """Where the rows of an entity begin among all of its kinds."""
        names = list(kinds.values())
        return sum(self.entities.size(name) for name in names[: names.index(entity)])

    def refer(self, entity: str, tag: str, to: str) -> Integers:
        """Follow one tag to an entity, which is used by that. What leads nowhere is noted."""
        column = self.entities.column(entity, tag)
        place = at(column, self.entities.keys(to))
        self.note(entity, tag, np.flatnonzero(_given(column) & (place < 0)))
        self.used[to][place[place >= 0]] = True
        return place

    def belong(self, entity: str) -> Integers:
        """The entity around each row; those that have one are used by it, not the other way round."""
        around = next(one for one in ENTITIES.values() if one.key == ENTITIES[entity].within)
        place = at(self.entities.column(entity, around.key), self.entities.keys(around.name))
        self.used[entity][place >= 0] = True
        return place

    def refer_all(self, entity: str, tag: str, to: str) -> tuple[Integers, Integers]:
        """Follow a tag that may come again: pairs of row and position."""
        row, items = listed(self.entities.column(entity, tag))
        place = at(items, self.entities.keys(to))
        self.note(entity, tag, np.unique(row[_given(items) & (place < 0)]))
        self.used[to][place[place >= 0]] = True
        return row[place >= 0], place[place >= 0]

    def refer_kind(
        self, entity: str, tags: tuple[str, str], kinds: dict[str, str], *, uses: bool = True
    ) -> tuple[Integers, Integers]:
        """Follow a pair of kind and id, which may come again: every row, and the position through all kinds or -1."""
        kinds_said, ids = (pc.fill_null(self.entities.column(entity, tag), "") for tag in tags)
        lengths = [pc.list_value_length(pc.split_pattern(column, ";")) for column in (kinds_said, ids)]
        paired = pc.equal(*lengths)
        self.note(entity, tags[1], np.flatnonzero(~paired.to_numpy(zero_copy_only=False)))
        row, kind = listed(pc.if_else(paired, kinds_said, ""))
        _, item = listed(pc.if_else(paired, ids, ""))
        keys = [pc.binary_join_element_wise(code, self.entities.keys(name), ":") for code, name in kinds.items()]
        wanted = pc.binary_join_element_wise(kind, item, ":")  # null where either is
        place = at(wanted, pa.concat_arrays(keys))
        self.note(entity, tags[1], np.unique(row[_given(wanted) & (place < 0)]))
        if uses:
            for name in kinds.values():
                here = place - self.offset(kinds, name)
                here = here[(here >= 0) & (here < self.entities.size(name))]
                self.used[name][here] = True
        return row, place

    def refer_one(self, entity: str, tags: tuple[str, str], kinds: dict[str, str]) -> Integers:
        """Follow a pair of kind and id where there is one of them in a row; of a list, the first."""
        row, place = self.refer_kind(entity, tags, kinds)
        return place[firsts(row)]

    def missing(self) -> None:
        """Note what is required and empty, and what is longer than the dictionary allows."""
        for entity in ENTITIES.values():
            for tag in entity.tags:
                column = self.entities.column(entity.name, tag.name)
                if tag.need in {Need.REFUSES, Need.WARNS}:
                    empty = ~_given(column) & ~self._instead(entity.name, tag.name)
                    code = "TAG_MISSING" if tag.need is Need.REFUSES else "TAG_EMPTY"
                    self.note(entity.name, tag.name, np.flatnonzero(empty), code)
                if tag.length:
                    long = pc.fill_null(pc.greater(pc.utf8_length(column), tag.length), False)
                    rows = np.flatnonzero(long.to_numpy(zero_copy_only=False))
                    self.note(entity.name, tag.name, rows, "TAG_TOO_LONG")

    def items_named(self) -> Booleans:
        """Whether a right on assets names one of its items; empty and 0 name none."""
        column = self.entities.column(v.ASSET_RIGHT, "hangMucTaiSanId")
        return pc.fill_null(pc.invert(pc.match_substring_regex(column, _NO_ITEM)), False).to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]

    def _instead(self, entity: str, tag: str) -> Booleans:
        """Rows in which another tag says what this one would."""
        other = {(v.PARCEL, "diaChi"): "diaChiId", (v.PERSON, "namSinh"): "ngaySinh"}.get((entity, tag))
        return _given(self.entities.column(entity, other)) if other else np.zeros(self.entities.size(entity), np.bool_)

    def note(self, entity: str, tag: str, rows: Integers, code: str = "REFERENCE_DANGLING") -> None:
        """Note a fault of some rows."""
        if len(rows):
            self.faults.append(Fault(code, entity, rows.astype(np.int64), tag))

"""Which entities of a `vbdlis` file go back with refused rows: whole records, so that mended they can be sent again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from landdata.model import vbdlis as v
from landdata.model.parcels import Booleans, Integers
from landdata.model.vbdlis import ENTITIES
from landdata.reading.ties import at, listed

Chosen = dict[str, frozenset[str | None]]

_NAMED = re.compile(r"(DC_\w+) (.*?)(?=, DC_|$)")
_NO_ID = "?"
_KEYS = {entity.key: name for name, entity in ENTITIES.items()}
_OTHERS = {
    "voId": v.PERSON, "chongId": v.PERSON, "chuHoId": v.PERSON, "nguoiDaiDienId": v.PERSON, "voChongChuHoId": v.COUPLE,
}  # fmt: skip
_PAIRS = {("loaiDoiTuong", "chuId"): v.OWNERS, ("loaiTaiSan", "taiSanId"): {v.LAND: v.PARCEL, **v.ASSETS}}
# What points at a parcel, a certificate or an asset is of the same record; what points at a person may be of any.
_OF_RECORDS = frozenset({v.PARCEL, v.CERTIFICATE, *v.ASSETS.values()})
_POINTING = frozenset({v.LAND_RIGHT, v.ASSET_RIGHT, v.REGISTRATION, *v.ASSETS.values()})


def named(sources: Iterable[str]) -> Iterator[list[tuple[str, str | None]]]:
    """Entities and ids in texts like `DC_ThuaDat 17, DC_CaNhan 9`; None for an entity without an id."""
    for source in sources:
        found = [(name, None if key == _NO_ID else key) for name, key in _NAMED.findall(source)]
        yield [one for one in found if one[0] in ENTITIES]


def reached(tables: Mapping[str, pa.Table], seeds: Iterable[tuple[str, str | None]]) -> Chosen:
    """Ids of all that belongs to the records of these entities, by entity; None stands for those without an id.

    `tables` are all entities as clean text, with an id as often as the file has it.
    """
    nodes = _Nodes(tables)
    here, there = (np.concatenate(one) for one in zip(*_edges(tables, nodes), strict=True))
    chosen = np.zeros(nodes.size, dtype=np.bool_)
    chosen[[nodes.of(name, key) for name, key in seeds if nodes.has(name, key)]] = True
    while not chosen[next_ := there[chosen[here]]].all():
        chosen[next_] = True
    return nodes.names(chosen)


def rows_of(table: pa.Table, entity: str, chosen: Chosen) -> pa.Array:
    """True for rows of an entity that were chosen."""
    keys = table[ENTITIES[entity].key].combine_chunks()
    there = pc.is_in(keys, value_set=pa.array([one for one in chosen[entity] if one is not None], pa.string()))
    return pc.or_(pc.and_(there, pc.is_valid(keys)), pc.and_(pc.is_null(keys), None in chosen[entity]))


class _Nodes:
    """A number for every id of every entity, and one for all rows of an entity that have none."""

    def __init__(self, tables: Mapping[str, pa.Table]) -> None:
        self._ids: dict[str, pa.Array] = {}
        self._start: dict[str, int] = {}
        self.size = 0
        for name, entity in ENTITIES.items():
            self._ids[name] = pc.drop_null(pc.unique(tables[name][entity.key].combine_chunks()))
            self._start[name] = self.size
            self.size += len(self._ids[name]) + 1

    def place(self, entity: str, ids: pa.Array) -> Integers:
        """The numbers of ids; -1 for what is empty or not there."""
        found = at(ids, self._ids[entity])
        return np.where(found >= 0, found + self._start[entity], -1)

    def own(self, entity: str, ids: pa.Array) -> Integers:
        """The numbers of an entity's own rows."""
        found = self.place(entity, ids)
        return np.where(found >= 0, found, self._start[entity] + len(self._ids[entity]))

    def has(self, entity: str, key: str | None) -> bool:
        return key is None or bool(self.place(entity, pa.array([key], pa.string()))[0] >= 0)

    def of(self, entity: str, key: str | None) -> int:
        return int(self.own(entity, pa.array([key], pa.string()))[0])

    def names(self, chosen: Booleans) -> Chosen:
        found: Chosen = {}
        for name, ids in self._ids.items():
            here = chosen[self._start[name] : self._start[name] + len(ids) + 1]
            keys: list[str | None] = ids.filter(pa.array(here[:-1])).to_pylist()
            found[name] = frozenset([*keys, None] if here[-1] else keys)
        return found


def _edges(tables: Mapping[str, pa.Table], nodes: _Nodes) -> Iterator[tuple[Integers, Integers]]:
    """Pairs of numbers: whoever takes the first takes the second."""
    for name, table in tables.items():
        if name == v.MANAGING:
            continue
        own = nodes.own(name, table[ENTITIES[name].key].combine_chunks())
        for to, row, ids in _references(name, table):
            place = nodes.place(to, ids)
            here, there = own[row][place >= 0], place[place >= 0]
            yield here, there
            if ENTITIES[to].key == ENTITIES[name].within or (to in _OF_RECORDS and name in _POINTING):
                yield there, here


def _references(name: str, table: pa.Table) -> Iterator[tuple[str, Integers, pa.Array]]:
    """Every entity that rows point at: the rows, and the ids they say."""
    for tag in table.column_names:
        to = _OTHERS.get(tag) or _KEYS.get(tag)
        if to is not None and to != name:
            yield to, *listed(table[tag].combine_chunks())
    for tags, kinds in _PAIRS.items():
        if not set(tags) <= set(table.column_names):
            continue
        said = table.select(list(tags))
        lengths = [pc.list_value_length(pc.split_pattern(said[tag].combine_chunks(), ";")) for tag in tags]
        even = np.flatnonzero(pc.fill_null(pc.equal(*lengths), False))
        (row, kind), (_, ids) = (listed(said[tag].combine_chunks().take(pa.array(even))) for tag in tags)
        for code, to in kinds.items():
            here = pc.fill_null(pc.equal(kind, code), False)
            yield to, even[row][here.to_numpy(zero_copy_only=False)], ids.filter(here)

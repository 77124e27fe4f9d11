"""Houses, apartments, works and the other assets of a `vbdlis` file as asset columns of profile `flat`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from landdata.model import vbdlis as v
from landdata.model.parcels import Integers
from landdata.reading.ties import Ties, at, firsts, follow, number, take

_NAMES = list(v.ASSETS.values())
# Asset column -> tag, by entity; what is not here the entity does not say.
_TAGS: dict[str, dict[str, str]] = {
    "house_type": {v.HOUSE: "loaiNhaRiengLe", v.APARTMENT: "loaiCanHo", v.BUILDING: "loaiNhaChungCu"},
    "apartment_building_name": {v.BUILDING: "tenChungCu", v.COMPLEX: "tenKhu"},
    "apartment_number": {v.APARTMENT: "soHieuCanHo"},
    "floor_area_m2": dict.fromkeys((v.HOUSE, v.APARTMENT, v.BUILDING, v.WORKS), "dienTichSan"),
    "construction_area_m2": {
        **dict.fromkeys((v.HOUSE, v.BUILDING, v.WORKS), "dienTichXayDung"),
        v.UNDERGROUND: "dienTichCongTrinh",
    },
    "house_grade": dict.fromkeys((v.HOUSE, v.BUILDING), "capHang"),
    "construction_grade": {v.WORKS: "capHang"},
    "ownership_term": dict.fromkeys((v.HOUSE, v.BUILDING, v.WORKS, v.UNDERGROUND), "thoiHanSoHuu"),
}
# What an apartment has from its building, and what a right to one item of works has from the item.
_OF_BUILDING = ("apartment_building_name", "house_grade", "ownership_term")
_OF_ITEM = {
    "floor_area_m2": "dienTichSan",
    "construction_area_m2": "dienTichXayDung",
    "construction_grade": "capHang",
    "ownership_term": "thoiHanSoHuu",
}


@dataclass(frozen=True, slots=True)
class Owned:
    """Rights to assets, each once for a certificate, owner, asset and item of works; positions, -1 for none.

    `of_right` gives every row of the rights its place here; `lands` are pairs of a place here and a parcel the asset
    stands on, `building` is the building an asset is or is in.
    """

    certificate: Integers
    owner: Integers
    asset: Integers
    item: Integers
    of_right: Integers
    lands: tuple[Integers, Integers]
    building: Integers
    common_items: pa.Array


def owned(ties: Ties) -> Owned:
    """Read the rights to assets."""
    entities = ties.entities
    certificate = ties.refer(v.ASSET_RIGHT, "giayChungNhanId", v.CERTIFICATE)
    owner = ties.refer_one(v.ASSET_RIGHT, ("loaiDoiTuong", "chuId"), v.OWNERS)
    asset = ties.refer_one(v.ASSET_RIGHT, ("loaiTaiSan", "taiSanId"), v.ASSETS)
    building = _buildings(ties)
    named = ties.items_named()
    ids = entities.column(v.ASSET_RIGHT, "hangMucTaiSanId")
    works = _within(ties, v.WORKS, asset)
    item = np.where(named & (works >= 0), at(ids, entities.keys(v.WORKS_ITEM)), -1)
    common = np.where(named & (works < 0), at(ids, entities.keys(v.COMMON_ITEM)), -1)
    ties.note(v.ASSET_RIGHT, "hangMucTaiSanId", np.flatnonzero(named & (item < 0) & (common < 0)))
    of_right = number(certificate, owner, asset, item)
    first = firsts(of_right)
    place = follow(asset[first], building)
    return Owned(
        certificate=certificate[first],
        owner=owner[first],
        asset=asset[first],
        item=item[first],
        of_right=of_right,
        lands=_lands(ties, asset[first], building),
        building=place,
        common_items=_common(ties, place, of_right, common),
    )


def columns(ties: Ties, one: Owned) -> dict[str, pa.Array]:
    """The asset columns of profile `flat`, one row for each right in `one`."""
    entities = ties.entities
    kinds = np.concatenate([np.full(entities.size(name), code, dtype=object) for code, name in v.ASSETS.items()])
    found = {"asset_kind": take(pa.array(kinds, pa.string()), one.asset)}
    for column, tags in _TAGS.items():
        every = pa.concat_arrays(
            [
                entities.column(name, tags[name]) if name in tags else pa.nulls(entities.size(name), pa.string())
                for name in _NAMES
            ]
        )
        values = take(every, one.asset)
        if column in _OF_BUILDING:
            values = pc.coalesce(values, take(entities.column(v.BUILDING, tags[v.BUILDING]), one.building))
        if column in _OF_ITEM:
            values = pc.coalesce(take(entities.column(v.WORKS_ITEM, _OF_ITEM[column]), one.item), values)
        found[column] = values
    found["common_items"] = one.common_items
    return found


def area(column: pa.Array) -> pa.Array:
    """Square metres as profile `flat` writes them in lists: 100 and 100.00 are 100.0."""
    short = pc.replace_substring_regex(column, r"^(\d+)(?:\.0*|(\.\d*[1-9])0+)$", r"\1\2")
    return pc.replace_substring_regex(short, r"^(\d+)$", r"\1.0")


def lists(parent: Integers, items: pa.Array, size: int) -> pa.Array:
    """Items joined by `;` for each of `size` parents, in their order; null where a parent has none."""
    order = np.argsort(parent, kind="stable")
    order = order[parent[order] >= 0]
    offsets = np.searchsorted(parent[order], np.arange(size + 1), side="left")
    joined = pc.binary_join(pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), items.take(pa.array(order))), ";")
    return pc.if_else(pa.array(offsets[1:] == offsets[:-1]), None, joined)


def _within(ties: Ties, entity: str, asset: Integers) -> Integers:
    """Positions among all assets as positions in one entity."""
    place = asset - ties.offset(v.ASSETS, entity)
    return np.where((asset >= 0) & (place >= 0) & (place < ties.entities.size(entity)), place, -1)


def _buildings(ties: Ties) -> Integers:
    """The building of each asset: an apartment's, or itself."""
    building = ties.refer(v.APARTMENT, "nhaChungCuId", v.BUILDING)
    ties.refer(v.BUILDING, "khuChungCuId", v.COMPLEX)
    own = np.arange(ties.entities.size(v.BUILDING))
    none = {name: np.full(ties.entities.size(name), -1, dtype=np.int64) for name in _NAMES}
    return np.concatenate([*({**none, v.APARTMENT: building, v.BUILDING: own}[name] for name in _NAMES)])


def _lands(ties: Ties, asset: Integers, building: Integers) -> tuple[Integers, Integers]:
    """Pairs of a right and a parcel its asset stands on; an apartment stands where its building does."""
    rows, parcels = [], []
    for name in _NAMES:
        if name != v.APARTMENT:
            row, parcel = ties.refer_all(name, "thuaDatId", v.PARCEL)
            rows.append(row + ties.offset(v.ASSETS, name))
            parcels.append(parcel)
    of, parcel = np.concatenate(rows), np.concatenate(parcels)
    inside = follow(asset, building)
    stands = np.where(inside >= 0, inside + ties.offset(v.ASSETS, v.BUILDING), asset)
    return pairs(stands, of, parcel)


def pairs(wanted: Integers, keys: Integers, values: Integers) -> tuple[Integers, Integers]:
    """Every (position in `wanted`, value) whose key is the wanted one, in the order of the values."""
    order = np.argsort(keys, kind="stable")
    low, high = (np.searchsorted(keys[order], wanted, side=side) for side in ("left", "right"))
    count = np.where(wanted >= 0, high - low, 0)
    place = np.repeat(np.arange(len(wanted)), count)
    inner = np.arange(len(place)) - np.repeat(np.cumsum(count) - count, count)
    return place, values[order[low[place] + inner]]


def _common(ties: Ties, building: Integers, of_right: Integers, named: Integers) -> pa.Array:
    """Common items as `name:area:floor`: those the rights name, else all of the building."""
    entities = ties.entities
    around = ties.belong(v.COMMON_ITEM)
    name, floor = (_plain(entities.column(v.COMMON_ITEM, tag)) for tag in ("tenHangMuc", "viTriTang"))
    size = area(entities.column(v.COMMON_ITEM, "dienTich"))
    long = pc.binary_join_element_wise(name, pc.fill_null(size, ""), floor, ":")
    text = pc.coalesce(long, pc.binary_join_element_wise(name, size, ":"), name)
    told = np.flatnonzero(named >= 0)
    told = told[np.sort(firsts(number(of_right[told], named[told])))] if len(told) else told
    silent = np.setdiff1d(np.arange(len(building)), of_right[told])
    place, item = pairs(building[silent], around, np.arange(len(around)))
    items = np.concatenate([named[told], item])
    return lists(np.concatenate([of_right[told], silent[place]]), text.take(pa.array(items)), len(building))


def _plain(column: pa.Array) -> pa.Array:
    """Text that may stand in a list: its own marks are no marks."""
    return pc.replace_substring(pc.replace_substring(column, ";", ","), ":", "-")

"""Accepted rows become records: one hash for comparison, and numbered parcels, certificates, holders, rights, assets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from landdata.checking.geometry import accepted, multipolygons, to_wgs84
from landdata.checking.lineage import parents
from landdata.checking.values import certificates, codes, dates, is_null, items
from landdata.model.parcels import (
    ASSET_COLUMNS,
    HOLDER_COLUMNS,
    CheckedRows,
    FlatRows,
    Integers,
    Records,
)


@dataclass(frozen=True, slots=True)
class Outline:
    """The records of a delivery before they are compared: per record its commune, hash and rows read.

    `content_hash` has two columns for each of `hash_versions`, the versions of the key that made them.
    `record_of_row` is -1 for refused rows and for those that retire a parcel. Rows that repeat another row of their
    record letter by letter count as read but say nothing new: `speaks` is False for them.
    """

    commune_id: Integers
    content_hash: npt.NDArray[np.uint64]
    hash_versions: tuple[int, ...]
    row_count: Integers
    record_of_row: Integers
    speaks: npt.NDArray[np.bool_]


def outline(checked: CheckedRows) -> Outline:
    """A record is a component of accepted rows within one commune."""
    accepted = np.flatnonzero(~checked.refused & ~checked.retires)
    # Ids of communes have far less than 31 bits, and so has the number of rows: as one number a pair sorts quickly.
    pair = (checked.component[accepted] << 31) | checked.commune_id[accepted]
    distinct, record = np.unique(pair, return_inverse=True)
    hashes = checked.row_hash[accepted]
    _, first = np.unique(codes(pa.array(record), pa.array(hashes[:, 0]), pa.array(hashes[:, 1])), return_index=True)
    # Keyed row hashes are added up (mod 2^64 each half): order does not matter, and nobody without the key can forge one.
    content = np.zeros((len(distinct), hashes.shape[1]), dtype=np.uint64)
    np.add.at(content, record[first], hashes[first])
    record_of_row = np.full(len(checked.refused), -1, dtype=np.int64)
    record_of_row[accepted] = record
    speaks = np.zeros(len(checked.refused), dtype=np.bool_)
    speaks[accepted[first]] = True
    return Outline(
        commune_id=distinct & 0x7FFF_FFFF,
        content_hash=content,
        hash_versions=checked.hash_versions,
        row_count=np.bincount(record, minlength=len(distinct)).astype(np.int64),
        record_of_row=record_of_row,
        speaks=speaks,
    )


def build(checked: CheckedRows, plan: Outline, wanted: Integers) -> Records:
    """The tables of the wanted records (indices into the outline), in their order."""
    position = np.full(len(plan.commune_id), -1, dtype=np.int64)
    position[wanted] = np.arange(len(wanted))
    rows = np.flatnonzero((plan.record_of_row >= 0) & plan.speaks)
    rows = rows[position[plan.record_of_row[rows]] >= 0]
    record = position[plan.record_of_row[rows]]
    said = checked.rows.take(rows)
    columns = said.columns
    parcel = _numbered(record, codes(pa.array(checked.sheet[rows]), pa.array(checked.number[rows])))
    certificate = _numbered(record, certificates(columns))
    named = ~is_null(columns["holder_name"])
    holder_key = codes(pa.array(certificate.number), *(columns[name] for name in HOLDER_COLUMNS))
    holder = _numbered(record, np.where(named, holder_key, -1))
    ties = codes(pa.array(certificate.number), pa.array(parcel.number))
    right = _numbered(record, np.where(named, codes(pa.array(ties), pa.array(holder.number)), -1))
    owned = ~np.logical_and.reduce([is_null(columns[name]) for name in ASSET_COLUMNS])
    asset_key = codes(pa.array(ties), *(columns[name] for name in ASSET_COLUMNS))
    asset = _numbered(record, np.where(owned, asset_key, -1))
    tables = {
        "parcel": _parcels(checked, rows, said, record, parcel),
        "purpose": _purposes(columns, record, parcel),
        "lineage": _lineage(columns, record, parcel),
        "certificate": _certificates(columns, record, certificate),
        "holder": _holders(columns, record, holder, certificate),
        "land_right": _rights(columns, record, right, certificate, parcel, holder),
        "asset": _assets(columns, record, asset, certificate, parcel),
    }
    content = plan.content_hash[wanted, :2]
    return Records(plan.commune_id[wanted], content, plan.hash_versions[0], plan.row_count[wanted], tables)


@dataclass(frozen=True, slots=True)
class _Numbered:
    """Things within records: `number` per row (0: none), `first` the row each thing is read from, in order."""

    number: Integers
    first: Integers


def _numbered(record: Integers, key: Integers) -> _Numbered:
    """Number the distinct keys of each record from 1, in the order of the rows; -1 is no thing."""
    here = np.flatnonzero(key >= 0)
    pair = codes(pa.array(record[here]), pa.array(key[here]))
    _, first, inverse = np.unique(pair, return_index=True, return_inverse=True)
    first_row = here[first]
    order = np.lexsort((first_row, record[first_row]))
    of = record[first_row][order]
    starts = np.searchsorted(of, of, side="left")
    within = np.empty(len(order), dtype=np.int64)
    within[order] = np.arange(len(order)) - starts + 1
    number = np.zeros(len(record), dtype=np.int64)
    number[here] = within[inverse]
    return _Numbered(number, first_row[order])


_Columns = dict[str, pa.Array]


def _optional(number: Integers) -> pa.Array:
    return pa.array(number, mask=number == 0)


def _pick(columns: _Columns, names: dict[str, str], rows: Integers) -> _Columns:
    take = pa.array(rows)
    return {target: columns[source].take(take) for target, source in names.items()}


def _parcels(checked: CheckedRows, rows: Integers, said: FlatRows, record: Integers, parcel: _Numbered) -> pa.Table:
    first = parcel.first
    plane = accepted(said.geometry[first])
    names = {
        "map_sheet_old": "map_sheet_old", "parcel_old": "parcel_old", "commune_old": "commune_old",
        "parent_parcels": "parent_parcels", "parcel_uid": "parcel_uid", "address": "parcel_address",
        "legal_area_m2": "area_m2",
    }  # fmt: skip
    return pa.table(
        {
            "record": record[first],
            "parcel_no": parcel.number[first],
            "map_sheet_number": checked.sheet[rows[first]],
            "parcel_number": checked.number[rows[first]],
            **_pick(said.columns, names, first),
            "map_area_m2": np.round(shapely.area(plane), 2),
            "geom": shapely.to_wkb(multipolygons(to_wgs84(plane, checked.epsg)), hex=True, include_srid=False),
        }
    )


def _purposes(columns: _Columns, record: Integers, parcel: _Numbered) -> pa.Table:
    take = pa.array(parcel.first)
    split = items(columns["purposes"].take(take), 2)
    at, code = split.parent, split.parts[0]
    order = np.arange(len(at)) - np.searchsorted(at, at, side="left") + 1
    term = items(columns["use_term"].take(take), 2)
    coded = pc.is_valid(term.parts[1]).to_numpy(zero_copy_only=False)
    term_code = pc.if_else(pa.array(coded), term.parts[0], "")
    term_text = pc.coalesce(term.parts[1], term.parts[0])
    by_code = _find(at, code, term.parent, term_code)
    for_all = _find(at, pa.array([""] * len(at)), term.parent, term_code)
    chosen = np.where(by_code >= 0, by_code, for_all)
    text = term_text.take(pa.array(np.maximum(chosen, 0), mask=chosen < 0))
    day = pc.struct_field(pc.extract_regex(text, r"(?P<day>\d{1,2}/\d{1,2}/\d{4})"), "day")
    return pa.table(
        {
            "record": record[parcel.first][at],
            "parcel_no": parcel.number[parcel.first][at],
            "purpose_no": order,
            "code": code,
            "area_m2": split.parts[1],
            "term_text": text,
            "term_end": dates(day).iso,
            "origins": _origins(at, code, columns["origins"].take(take)),
        }
    )


def _lineage(columns: _Columns, record: Integers, parcel: _Numbered) -> pa.Table:
    found = parents(columns["parent_parcels"].take(pa.array(parcel.first)))
    return pa.table(
        {
            "record": record[parcel.first][found.cell],
            "parcel_no": parcel.number[parcel.first][found.cell],
            "parent_no": np.arange(len(found.cell)) - np.searchsorted(found.cell, found.cell, side="left") + 1,
            "parent_commune": found.commune,
            "parent_sheet": found.sheet,
            "parent_parcel": found.number,
        }
    )


def _origins(at: Integers, code: pa.Array, column: pa.Array) -> pa.Array:
    """PostgreSQL array text of the origins of each purpose."""
    origin = items(column, 2)
    purpose = _find(origin.parent, origin.parts[0], at, code)
    kept = np.flatnonzero(purpose >= 0)
    kept = kept[np.argsort(purpose[kept], kind="stable")]
    value = origin.parts[1].take(pa.array(kept))
    offsets = np.searchsorted(purpose[kept], np.arange(len(at) + 1), side="left")
    lists = pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), pc.replace_substring_regex(value, r'["\\]', ""))
    joined = pc.binary_join(lists, '","')
    return pc.if_else(pc.equal(joined, ""), "{}", pc.binary_join_element_wise('{"', joined, '"}', ""))


def _find(at: Integers, code: pa.Array, table_at: Integers, table_code: pa.Array) -> Integers:
    """For every (at, code) the first index of an equal pair in the table, or -1."""
    every = codes(
        pa.array(np.concatenate([table_at, at])),
        pa.concat_arrays([pc.cast(table_code, pa.string()), pc.cast(code, pa.string())]),
    )
    known, wanted = every[: len(table_at)], every[len(table_at) :]
    if not len(known):
        return np.full(len(wanted), -1, dtype=np.int64)
    order = np.argsort(known, kind="stable")
    place = np.searchsorted(known[order], wanted, side="left")
    safe = np.minimum(place, len(known) - 1)
    return np.where(known[order][safe] == wanted, order[safe], -1)


def _certificates(columns: _Columns, record: Integers, certificate: _Numbered) -> pa.Table:
    first = certificate.first
    names = {
        "serial": "certificate_serial",
        "registry_number": "registry_number",
        "certificate_type": "certificate_type",
    }
    picked = _pick(columns, {**names, "issued": "certificate_date"}, first)
    issued = dates(picked.pop("issued")).iso
    return pa.table(
        {
            "record": record[first],
            "certificate_no": certificate.number[first],
            "certificate_uid": certificate_uids(
                {name: column.take(pa.array(first)) for name, column in columns.items()}
            ),
            **picked,
            "issued_on": issued,
        }
    )


def certificate_uids(columns: Mapping[str, pa.Array]) -> list[str]:
    """The same paper gets the same uid in every commune it reaches into."""
    names = ("certificate_serial", "registry_number", "certificate_type")
    parts = [*(columns[name] for name in names), dates(columns["certificate_date"]).iso]
    named = pc.binary_join_element_wise(*(pc.fill_null(part, "") for part in parts), "\x1f").to_pylist()
    return [_spelt(blake2b(name.encode(), digest_size=16).hexdigest()) for name in named]


def _spelt(digits: str) -> str:
    """As PostgreSQL spells a UUID; making objects of them would cost more than the hash."""
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _holders(columns: _Columns, record: Integers, holder: _Numbered, certificate: _Numbered) -> pa.Table:
    first = holder.first
    names = {name: name for name in ("holder_kind", "holder_role", "user_type", "id_type", "id_number", "gender")}
    picked = _pick(columns, {**names, "name": "holder_name", "birth": "birth_date"}, first)
    born = dates(picked.pop("birth"))
    known = pc.is_in(picked["gender"], value_set=pa.array(["0", "1", "2"]))
    picked["gender"] = pc.if_else(known, picked["gender"], None)
    return pa.table(
        {
            "record": record[first],
            "holder_no": holder.number[first],
            "certificate_no": _optional(certificate.number[first]),
            **picked,
            "birth_date": born.iso,
            "birth_year": born.year,
        }
    )


def _rights(
    columns: _Columns, record: Integers, right: _Numbered, certificate: _Numbered, parcel: _Numbered, holder: _Numbered
) -> pa.Table:
    first = right.first
    return pa.table(
        {
            "record": record[first],
            "right_no": right.number[first],
            "certificate_no": _optional(certificate.number[first]),
            "parcel_no": parcel.number[first],
            "holder_no": holder.number[first],
            **_pick(columns, {"private_m2": "private_m2", "common_m2": "common_m2"}, first),
        }
    )


def _assets(
    columns: _Columns, record: Integers, asset: _Numbered, certificate: _Numbered, parcel: _Numbered
) -> pa.Table:
    first = asset.first
    names = {
        name: name
        for name in (
            "house_type", "apartment_number", "floor_area_m2", "construction_area_m2", "ownership_form", "house_grade",
            "construction_grade", "ownership_term",
        )
    }  # fmt: skip
    picked = _pick(columns, {**names, "building_name": "apartment_building_name", "asset_kind": "asset_kind"}, first)
    # A row that describes a house without naming its kind is a house: that is what the columns are about.
    picked["asset_kind"] = pc.fill_null(picked["asset_kind"], "7")
    return pa.table(
        {
            "record": record[first],
            "asset_no": asset.number[first],
            "certificate_no": _optional(certificate.number[first]),
            "parcel_no": parcel.number[first],
            **picked,
            "common_items": _common_items(columns["common_items"].take(pa.array(first))),
        }
    )


def _common_items(column: pa.Array) -> pa.Array:
    encoded = pc.dictionary_encode(column)
    texts = pa.array([_common_item_json(value) for value in encoded.dictionary.to_pylist()], pa.string())
    return texts.take(encoded.indices)


def _common_item_json(value: str) -> str:
    """`Hành lang:40.0:12;Sân:15` as JSON: name, area in m2, floor."""
    found = []
    for item in value.split(";"):
        name, _, rest = item.strip().partition(":")
        area, _, floor = rest.partition(":")
        if name:
            found.append({"name": name, "area_m2": area.strip() or None, "floor": floor.strip() or None})
    return json.dumps(found, ensure_ascii=False)

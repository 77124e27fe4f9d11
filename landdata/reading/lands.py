"""Parcels of a `vbdlis` file with their purposes, terms and origins as parcel columns of profile `flat`."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from landdata.model import vbdlis as v
from landdata.model.parcels import Integers
from landdata.model.vbdlis import ENTITIES
from landdata.reading.assets import area, lists
from landdata.reading.entities import Entities
from landdata.reading.holders import day
from landdata.reading.ties import Ties, follow, take


def columns(ties: Ties) -> dict[str, pa.Array]:
    """The parcel columns of profile `flat`, one row a parcel."""
    entities = ties.entities
    address = ties.refer(v.PARCEL, "diaChiId", v.ADDRESS)
    parts = [entities.column(v.ADDRESS, tag.name) for tag in ENTITIES[v.ADDRESS].tags if tag.feeds]
    whole = parts.pop()
    spelt = pc.coalesce(whole, pc.binary_join_element_wise(*parts, ", ", null_handling="skip"))
    return {
        "commune_code": entities.column(v.PARCEL, "maXa"),
        "map_sheet_number": entities.column(v.PARCEL, "soHieuToBanDo"),
        "parcel_number": entities.column(v.PARCEL, "soThuTuThua"),
        "map_sheet_old": entities.column(v.PARCEL, "soHieuToBanDoCu"),
        "parcel_old": entities.column(v.PARCEL, "soThuTuThuaCu"),
        "parcel_address": pc.coalesce(entities.column(v.PARCEL, "diaChi"), take(spelt, address)),
        "area_m2": entities.column(v.PARCEL, "dienTichPhapLy"),
        **_purposes(ties),
    }


def _purposes(ties: Ties) -> dict[str, pa.Array]:
    """Purposes, terms and origins of each parcel as lists of `code:value`, in the order of the certificate."""
    entities = ties.entities
    parcel = ties.belong(v.PURPOSE)
    size = entities.size(v.PARCEL)
    code = _coded(entities.column(v.PURPOSE, "maMucDichSuDung"))
    turn = pc.utf8_lpad(pc.fill_null(entities.column(v.PURPOSE, "soThuTuMucDichSuDung"), ""), 12, "0")
    order = np.asarray(pc.array_sort_indices(turn))
    values = {
        "purposes": pc.binary_join_element_wise(
            code, area(pc.fill_null(entities.column(v.PURPOSE, "dienTich"), "")), ":"
        ),
        "use_term": pc.binary_join_element_wise(code, _terms(entities), ":"),
    }
    purpose = ties.belong(v.ORIGIN)
    base = entities.column(v.ORIGIN, "nguonGoc")
    transfer = pc.coalesce(
        pc.binary_join_element_wise(base, entities.column(v.ORIGIN, "nguonGocChuyenQuyen"), "+"), base
    )
    origin = pc.binary_join_element_wise(take(code, purpose), _coded(transfer), ":")
    turn_of = np.empty(len(order), dtype=np.int64)
    turn_of[order] = np.arange(len(order))
    by_purpose = np.argsort(np.where(purpose >= 0, follow(purpose, turn_of), -1), kind="stable")
    found = {name: _listed(parcel[order], column.take(pa.array(order)), size) for name, column in values.items()}
    of_parcel = follow(purpose, parcel)[by_purpose]
    return {**found, "origins": _listed(of_parcel, origin.take(pa.array(by_purpose)), size)}


def _listed(parent: Integers, items: pa.Array, size: int) -> pa.Array:
    kept = pc.is_valid(items).to_numpy(zero_copy_only=False)
    return lists(parent[kept], items.filter(pa.array(kept)), size)


def _coded(column: pa.Array) -> pa.Array:
    return pc.replace_substring(column, ";", ",")


def _terms(entities: Entities) -> pa.Array:
    """The term as it is said; where only a day is said, or a number of years beside a day, the day as well."""
    said = _coded(entities.column(v.PURPOSE, "thoiHanSuDung"))
    ends = day(entities.column(v.PURPOSE, "ngayHetHanSuDung"))
    dated = pc.fill_null(pc.match_substring_regex(said, r"\d{1,2}/\d{1,2}/\d{4}"), False)
    both = pc.binary_join_element_wise(said, ends, ", ")
    return pc.if_else(dated, said, pc.coalesce(both, said, ends))

"""Runs all checks over the rows of profile `flat` and ties rows into records."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from landdata.checking import assets, doctor, geometry, neighbours, outlines, parcels, persons, signs, topology
from landdata.checking import certificates as papers
from landdata.checking.components import any_in_group, components, first_in_group
from landdata.checking.geometry import Fences
from landdata.checking.values import certificates, codes, dates, decimals, holds, integers, is_null, items, matches
from landdata.model.declared import NOTHING, Declared
from landdata.model.deliveries import Severity
from landdata.model.parcels import (
    FLAT_COLUMNS,
    PARCEL_COLUMNS,
    Booleans,
    CheckedRows,
    Doubt,
    FlatRows,
    Found,
    Integers,
    Objects,
)
from landdata.model.standing import OnRecord

from landdata.checking.catalogue import CATALOGUE  # isort: skip

_LONGEST_TEXT = 2000
_CONTROLS = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x{202A}-\x{202E}\x{2066}-\x{2069}]"  # and overrides of direction
_SQUARE_METRES = 0.5  # tolerance of sums (domain.md 6.4)
_AREA_SHARE = 0.05  # legal against measured area
_LEAST_AREA = 0.01  # m2: what rounds to nothing on record is no parcel
_NUMBERS = ("area_m2", "private_m2", "common_m2", "floor_area_m2", "construction_area_m2")
_SERIAL = r"^[A-Z]{1,2}[ _]?\d{6,8}$"


@dataclass(frozen=True, slots=True)
class Context:
    """What the rules need to know of the world. `communes`: code -> (unit id, province unit id) on the effective day.

    `named`: codes of the communes the delivery speaks for; None where it names none. `declared`: what the file says of
    its coordinates; `usual`: the zones the office works in; `on_record`: what stands, None where nobody can say;
    `whole_communes`: whatever else stands in the communes goes, as a full delivery means it.
    """

    epsg: int
    communes: Mapping[str, tuple[int, int]]
    own_provinces: frozenset[int]
    fences: Fences
    code_lists: Mapping[str, frozenset[str]]
    effective_on: date
    max_vertices: int
    hash_key: bytes
    named: frozenset[str] | None = None
    declared: Declared = NOTHING
    usual: tuple[int, ...] = ()
    on_record: OnRecord | None = None
    whole_communes: bool = True


def check(rows: FlatRows, context: Context) -> CheckedRows:
    """Judge every row. Raises CrsWrong or CrsShifted when the coordinates are proven not to be what they are said to be."""
    commune_id, province_id, found = _communes(rows, context)
    sheet = integers(rows.columns["map_sheet_number"])
    number = integers(rows.columns["parcel_number"])
    found += [
        Found("SHEET_NUMBER_INVALID", np.flatnonzero(sheet == 0)),
        Found("PARCEL_NUMBER_INVALID", np.flatnonzero(number == 0)),
        *_texts(rows),
        *_numbers(rows),
        *_purposes(rows, context),
        *persons.check(rows),
        *papers.check(rows, effective_on=context.effective_on),
        *assets.check(rows),
    ]
    shapes = geometry.shapes(rows.geometry, max_vertices=context.max_vertices)
    placed, outside = _place(shapes.plane, shapes.usable, province_id, context)
    parcel, certificate = _keys(rows, commune_id, sheet, number)
    keys = np.column_stack([commune_id, sheet, number])
    doubts = _examined(shapes, outside, parcel, keys, province_id, context)
    found += [*shapes.findings, Found("GEOMETRY_OUTSIDE_PROVINCE", outside)]
    area = shapely.area(shapes.plane)
    # Asked after the place: degrees taken for metres are a wrong system, not thousands of tiny parcels.
    found.append(Found("GEOMETRY_INVALID", np.flatnonzero(shapes.usable & (area < _LEAST_AREA))))
    found += _areas(rows, area)
    found += _twice(rows, parcel, certificate)
    found += parcels.check(rows, parcel=parcel, code_lists=context.code_lists, effective_on=context.effective_on)
    found += signs.check(rows, commune=commune_id, parcel=parcel, certificate=certificate)
    placeable = np.setdiff1d(np.flatnonzero(shapes.usable), outside)
    drawn = _parcels(rows, shapes.plane, (parcel, commune_id, sheet, number), placeable)
    beside = neighbours.beside(
        placed[drawn.row], drawn.shapes, keys[drawn.row], context.epsg, context.on_record, whole=context.whole_communes
    )
    found += [*outlines.check(drawn.shapes, drawn.row), *topology.check(drawn, beside)]
    component = components(len(rows), [parcel, certificate])
    refused = _refused(len(rows), found)
    with_record = any_in_group(refused, component) & ~refused
    first = first_in_group(refused, component)
    found.append(
        Found(
            "REFUSED_WITH_RECORD",
            np.flatnonzero(with_record),
            tuple({"value": int(first[component[row]]) + 1} for row in np.flatnonzero(with_record)),
        )
    )
    return CheckedRows(
        rows=rows,
        epsg=context.epsg,
        commune_id=commune_id,
        sheet=sheet,
        number=number,
        component=component,
        refused=refused | with_record,
        row_hash=_row_hash(rows, commune_id, context),
        geometry=placed,
        map_area_m2=area,
        findings=tuple(one for one in found if len(one.rows)),
        retires=np.zeros(len(rows), dtype=np.bool_),
        doubts=doubts,
    )


def _refused(size: int, found: list[Found]) -> Booleans:
    refused = np.zeros(size, dtype=np.bool_)
    for one in found:
        if CATALOGUE[one.code].severity is Severity.REFUSES_RECORD:
            refused[one.rows] = True
    return refused


def _communes(rows: FlatRows, context: Context) -> tuple[Integers, Integers, list[Found]]:
    encoded = pc.dictionary_encode(rows.columns["commune_code"])
    known = [context.communes.get(code, (0, 0)) for code in encoded.dictionary.to_pylist()] + [(0, 0)]
    index = pc.fill_null(encoded.indices, len(known) - 1).to_numpy(zero_copy_only=False)
    table = np.array(known, dtype=np.int64)
    commune_id, province_id = table[index, 0], table[index, 1]
    own = np.isin(province_id, list(context.own_provinces))
    unknown, foreign = np.flatnonzero(commune_id == 0), np.flatnonzero((commune_id != 0) & ~own)
    elsewhere = np.zeros(0, dtype=np.int64)
    if context.named is not None:
        named = pc.is_in(rows.columns["commune_code"], value_set=pa.array(sorted(context.named), pa.string()))
        elsewhere = np.flatnonzero(own & (commune_id != 0) & ~named.to_numpy(zero_copy_only=False))
    return (
        commune_id,
        province_id,
        [
            _with_value("COMMUNE_UNKNOWN", unknown, rows.columns["commune_code"]),
            _with_value("COMMUNE_NOT_OF_OFFICE", foreign, rows.columns["commune_code"]),
            _with_value("COMMUNE_NOT_NAMED", elsewhere, rows.columns["commune_code"]),
        ],
    )


def _with_value(code: str, rows: Integers, column: pa.Array) -> Found:
    values = column.take(pa.array(rows)).to_pylist()
    return Found(code, rows, tuple({"value": (value or "")[:40]} for value in values))


def _in_column(code: str, rows: Booleans, column: str) -> Found:
    index = np.flatnonzero(rows)
    return Found(code, index, tuple({"column": column} for _ in index))


def _texts(rows: FlatRows) -> list[Found]:
    found = []
    for one in FLAT_COLUMNS:
        column = rows.columns[one.name]
        found.append(_in_column("TEXT_INVALID", holds(column, _bad_text), one.name))
    found += [_in_column("VALUE_MISSING", is_null(rows.columns[name]), name) for name in ("parcel_address", "purposes")]
    uid = rows.columns["parcel_uid"]
    found.append(Found("PARCEL_UID_INVALID", np.flatnonzero(~is_null(uid) & ~matches(uid, r"^[0-9a-z]{12}$"))))
    serial = rows.columns["certificate_serial"]
    found.append(Found("SERIAL_PATTERN", np.flatnonzero(~is_null(serial) & ~matches(serial, _SERIAL))))
    return found


def _bad_text(values: pa.Array) -> pa.Array:
    return pc.or_(pc.match_substring_regex(values, _CONTROLS), pc.greater(pc.utf8_length(values), _LONGEST_TEXT))


def _numbers(rows: FlatRows) -> list[Found]:
    found = [_in_column("NUMBER_UNREADABLE", decimals(rows.columns[name])[1], name) for name in _NUMBERS]
    found.append(_in_column("DATE_UNREADABLE", dates(rows.columns["certificate_date"]).unreadable, "certificate_date"))
    return found


def _purposes(rows: FlatRows, context: Context) -> list[Found]:
    split = items(rows.columns["purposes"], 2)
    code, (area, unreadable) = split.parts[0], decimals(split.parts[1])
    bad = unreadable | ~matches(code, r"^[A-Z]{3}$")
    total = np.zeros(len(rows))
    np.add.at(total, split.parent, pc.fill_null(area, 0.0).to_numpy(zero_copy_only=False))
    given = np.zeros(len(rows), dtype=np.bool_)
    given[split.parent[pc.is_valid(area).to_numpy(zero_copy_only=False)]] = True
    legal = decimals(rows.columns["area_m2"])[0].to_numpy(zero_copy_only=False)
    off = np.nan_to_num(np.abs(total - legal), nan=0.0)
    wrong_sum = np.flatnonzero(given & (off > _SQUARE_METRES))
    unknown = _unknown(code, context.code_lists.get("land_use_purpose", frozenset()))
    origin = items(rows.columns["origins"], 2)
    base = pc.struct_field(pc.extract_regex(origin.parts[1], r"^(?P<base>[^+]+)"), "base")
    strange = _unknown(base, context.code_lists.get("land_use_origin", frozenset()))
    return [
        Found("PURPOSES_UNREADABLE", np.unique(split.parent[bad])),
        Found("ORIGINS_UNREADABLE", np.unique(origin.parent[is_null(origin.parts[1])])),
        Found("PURPOSES_SUM", wrong_sum, tuple({"value": round(float(off[row]), 2)} for row in wrong_sum)),
        _with_parent("PURPOSE_CODE_UNKNOWN", split.parent, code, unknown),
        _with_parent("ORIGIN_CODE_UNKNOWN", origin.parent, base, strange),
    ]


def _unknown(code: pa.Array, known: frozenset[str]) -> Booleans:
    listed = pc.is_in(code, value_set=pa.array(sorted(known), pa.string()))
    return pc.and_(pc.is_valid(code), pc.invert(listed)).to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]


def _with_parent(check_code: str, parent: Integers, values: pa.Array, bad: Booleans) -> Found:
    index, first = np.unique(parent[bad], return_index=True)
    texts = values.filter(pa.array(bad)).take(pa.array(first)).to_pylist()
    return Found(check_code, index, tuple({"value": (text or "")[:20]} for text in texts))


def _areas(rows: FlatRows, area: np.ndarray[tuple[int], np.dtype[np.float64]]) -> list[Found]:
    legal = decimals(rows.columns["area_m2"])[0].to_numpy(zero_copy_only=False)
    off = np.nan_to_num(np.abs(legal - area), nan=0.0)
    wrong = np.flatnonzero(off > np.maximum(_SQUARE_METRES, _AREA_SHARE * np.nan_to_num(legal)))
    return [Found("AREA_DIFFERS", wrong, tuple({"value": round(float(off[row]), 2)} for row in wrong))]


def _place(plane: Objects, usable: Booleans, province: Integers, context: Context) -> tuple[Objects, Integers]:
    """Shapes in WGS 84, and the rows whose shape lies outside."""
    placed = np.full(len(plane), None, dtype=object)
    here = np.flatnonzero(usable)
    placed[here] = geometry.to_wgs84(plane[here], context.epsg)
    known = here[np.isin(province[here], list(context.fences))]
    outside = known[geometry.outside(placed[known], province[known], context.fences)]
    return placed, outside


def _examined(
    shapes: geometry.Shapes, outside: Integers, parcel: Integers, keys: Integers, province: Integers, context: Context
) -> tuple[Doubt, ...]:
    """What the doctor makes of the parcels of known provinces, each by its first row."""
    known = np.flatnonzero(shapes.usable & (parcel >= 0) & np.isin(province, list(context.fences)))
    row = known[np.unique(parcel[known], return_index=True)[1]]
    matched, lon, lat = doctor.matches(keys[row], context.on_record)
    return doctor.examine(
        doctor.Evidence(
            epsg=context.epsg,
            centre=shapely.get_coordinates(shapely.centroid(shapes.plane[row])),
            province=province[row],
            outside=np.isin(row, outside),
            fences=context.fences,
            matched=matched,
            lon=lon,
            lat=lat,
            declared=context.declared,
            usual=context.usual,
        )
    )


def _keys(rows: FlatRows, commune_id: Integers, sheet: Integers, number: Integers) -> tuple[Integers, Integers]:
    """Integers that are equal where two rows speak of the same parcel or the same certificate; -1 ties nothing."""
    parcel = codes(pa.array(commune_id), pa.array(sheet), pa.array(number))
    parcel = np.where((commune_id > 0) & (sheet > 0) & (number > 0), parcel, -1)
    return parcel, certificates(rows.columns)


def _twice(rows: FlatRows, parcel: Integers, certificate: Integers) -> list[Found]:
    columns = [rows.columns[name] for name in PARCEL_COLUMNS]
    content = codes(*columns, pa.array(rows.geometry, pa.binary()))
    keyed = np.flatnonzero(parcel >= 0)
    twice = keyed[_differs(parcel[keyed], content[keyed])]
    names = zip(
        rows.columns["commune_code"].take(pa.array(twice)).to_pylist(),
        rows.columns["map_sheet_number"].take(pa.array(twice)).to_pylist(),
        rows.columns["parcel_number"].take(pa.array(twice)).to_pylist(),
        strict=True,
    )
    serial = codes(rows.columns["certificate_serial"])
    printed = np.flatnonzero(~is_null(rows.columns["certificate_serial"]))
    again = printed[_differs(serial[printed], certificate[printed])]
    return [
        Found("PARCEL_TWICE", twice, tuple({"value": ".".join(name)} for name in names)),
        Found("SERIAL_TWICE", again),
    ]


def _parcels(rows: FlatRows, plane: Objects, keys: tuple[Integers, ...], placed: Integers) -> topology.Parcels:
    """The parcels whose topology is looked at, each by its first row; refused ones too, since they will come again."""
    parcel, commune_id, sheet, number = keys
    placed = placed[parcel[placed] >= 0]
    _, first = np.unique(parcel[placed], return_index=True)
    row = np.sort(placed[first])
    code = rows.columns["commune_code"]

    def name(at: int) -> str:
        return f"{code[row[at]]}.{sheet[row[at]]}.{number[row[at]]}"

    return topology.Parcels(plane[row], row, commune_id[row], name)


def _differs(key: Integers, content: Integers) -> Booleans:
    """True where things with the same key do not all have the same content."""
    _, group = np.unique(key, return_inverse=True)
    size = int(group.max(initial=-1)) + 1
    low = np.full(size, np.iinfo(np.int64).max)
    high = np.full(size, -1, dtype=np.int64)
    np.minimum.at(low, group, content)
    np.maximum.at(high, group, content)
    differs: Booleans = low != high
    return differs[group]


def _row_hash(
    rows: FlatRows, commune_id: Integers, context: Context
) -> np.ndarray[tuple[int, int], np.dtype[np.uint64]]:
    """128 keyed bits a row over all it says, its zone and the unit version its code meant on the day."""
    columns = [pc.fill_null(rows.columns[one.name], "\x00") for one in FLAT_COLUMNS]
    units = pc.cast(pa.array(commune_id), pa.string())
    text = pc.cast(pc.binary_join_element_wise(units, *columns, "\x1f"), pa.binary())
    blob = pc.binary_join_element_wise(
        text, pc.fill_null(pa.array(rows.geometry, pa.binary()), b""), pa.scalar(b"\x1e", pa.binary())
    )
    start = hashlib.blake2b(
        key=context.hash_key, digest_size=16, person=b"landdata-row", salt=str(context.epsg).encode()
    )

    def digest(value: bytes) -> bytes:
        one = start.copy()
        one.update(value)
        return one.digest()

    joined = b"".join([digest(value) for value in blob.to_pylist()])
    return np.frombuffer(joined, dtype=np.uint64).reshape(-1, 2)

"""Rules that ask nothing but the row itself, over batches of rows of profile `flat`; `whole.py` has the others."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from landdata.checking import assets, geometry, lineage, operations, parcels, persons, signs
from landdata.checking import certificates as papers
from landdata.checking.geometry import Fences, Floats
from landdata.checking.kept import Kept, outwards, prints
from landdata.checking.values import certificate_names, dates, decimals, holds, integers, is_null, items, matches
from landdata.model.declared import NOTHING, Declared
from landdata.model.deliveries import Kind, Severity
from landdata.model.parcels import (
    CONTENT_COLUMNS,
    FLAT_COLUMNS,
    PARCEL_COLUMNS,
    Booleans,
    Details,
    FlatRows,
    Found,
    Integers,
)
from landdata.model.standing import OnRecord

from landdata.checking.catalogue import CATALOGUE  # isort: skip

_LONGEST_TEXT = 2000
_CONTROLS = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x{9f}\x{202A}-\x{202E}\x{2066}-\x{2069}]"  # and overrides of direction
_SUSPECT = np.isin(np.arange(256), [*range(32), 0x7F, 0xC2, 0xE2])
_MOST_METRES = 1e15
_SQUARE_METRES = 0.5  # tolerance of sums (domain.md 6.4)
_AREA_SHARE = 0.05  # legal against measured area
_LEAST_AREA = 0.01  # m2: what rounds to nothing on record is no parcel
_NUMBERS = ("area_m2", "private_m2", "common_m2", "floor_area_m2", "construction_area_m2")
# What stands on record as it is written, and so must hold no citizen's number: shifted columns put one anywhere.
_TWELVE, _NINE = r"(^|\D)\d{12}(\D|$)", r"\d{9}"
_NUMBERLESS = {
    "holder_name": _TWELVE, "parcel_address": _TWELVE, "holder_role": _NINE, "user_type": _NINE, "id_type": _NINE,
}  # fmt: skip
_SERIAL = r"^[A-Z]{1,2}[ _]?\d{6,8}$"


@dataclass(frozen=True, slots=True)
class Context:
    """What the rules need to know of the world. `communes`: code -> (unit id, province unit id) on the effective day.

    `named`: codes of the communes the delivery speaks for; None where it names none. `declared`: what the file says of
    its coordinates; `usual`: the zones the office works in; `on_record`: what stands, None where nobody can say.
    `hash_keys`: version and key of the hashes of rows; new records are written under the first.
    """

    epsg: int
    communes: Mapping[str, tuple[int, int]]
    own_provinces: frozenset[int]
    fences: Fences
    code_lists: Mapping[str, frozenset[str]]
    effective_on: date
    max_vertices: int
    hash_keys: tuple[tuple[int, bytes], ...]
    named: frozenset[str] | None = None
    kind: Kind = Kind.FULL
    declared: Declared = NOTHING
    usual: tuple[int, ...] = ()
    on_record: OnRecord | None = None

    @property
    def whole_communes(self) -> bool:
        """Whether whatever else stands in the communes goes."""
        return self.kind is Kind.FULL


@dataclass(frozen=True, slots=True)
class Looked:
    """What a batch of rows leaves behind: what is kept of each, and what was found, in rows counted from 0.

    `origins`: texts by their numbers in `kept.origins`.
    """

    kept: Kept
    findings: list[Found]
    origins: dict[int, str]


def look(rows: FlatRows, context: Context) -> Looked:
    """All rules that ask nothing but the row itself, over one batch of rows."""
    retires, found = operations.operations(rows, context.kind)
    commune_id, province_id, misplaced = _communes(rows, context)
    sheet = integers(rows.columns["map_sheet_number"])
    number = integers(rows.columns["parcel_number"])
    found += [
        *misplaced,
        *rows.manifold,
        Found("SHEET_NUMBER_INVALID", np.flatnonzero(sheet == 0)),
        Found("PARCEL_NUMBER_INVALID", np.flatnonzero(number == 0)),
        *_texts(rows),
        *_numbers(rows),
        *_purposes(rows, context),
        *persons.check(rows),
        *papers.check(rows, effective_on=context.effective_on),
        *assets.check(rows),
        *parcels.check(rows, code_lists=context.code_lists, effective_on=context.effective_on),
        *lineage.check(rows.columns["parent_parcels"]),
    ]
    shapes = geometry.shapes(rows.geometry, max_vertices=context.max_vertices)
    outside = geometry.outside(shapes, province_id, context.fences, context.epsg)
    found += [
        *shapes.findings,
        Found("GEOMETRY_OUTSIDE_PROVINCE", np.flatnonzero(outside)),
        # Degrees taken for metres are a wrong system, which is asked for when all is read, not thousands of tiny parcels.
        Found("GEOMETRY_INVALID", np.flatnonzero(shapes.usable & (shapes.area < _LEAST_AREA))),
        *_areas(rows, shapes.area),
    ]
    kind = rows.columns["holder_kind"]
    found = operations.without_retired(found, retires)
    certificate = certificate_names(rows.columns)
    couple = matches(kind, f"^{persons.COUPLE}$") & ~is_null(certificate)
    id_number, name = persons.numbers(rows)
    origins, texts = signs.origins(rows)
    kept = Kept(
        commune=commune_id.astype(np.int32),
        sheet=sheet.astype(np.int32),
        number=number.astype(np.int32),
        row_hash=_row_hash(rows, commune_id, context),
        content=_contents(rows),
        certificate=np.where(retires, 0, prints(certificate.to_pylist())),
        serial=prints(rows.columns["certificate_serial"].to_pylist()),
        person=persons.persons(rows, couple),
        uid=np.where(retires, 0, prints(rows.columns["parcel_uid"].to_pylist())),
        id_number=np.where(retires, 0, id_number),
        name=name,
        origins=np.where(retires, 0, origins),
        registry=signs.registry(rows),
        # A parcel that is no more has no neighbours.
        box=outwards(np.where(retires[:, None], np.nan, shapes.box)),
        refused=refused_of(len(rows), found),
        retires=retires,
        couple=couple,
        household=matches(kind, f"^{persons.HOUSEHOLD}$") & ~is_null(certificate),
        head=matches(rows.columns["holder_role"], "^CHU_HO$"),
        outside=outside,
    )
    return Looked(kept, [one for one in found if len(one.rows)], texts)


def refused_of(size: int, found: list[Found]) -> Booleans:
    """True for rows with a finding that refuses their record."""
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
    return Found(code, rows, Details(value=[(value or "")[:40] for value in values]))


def _in_column(code: str, rows: Booleans, column: str) -> Found:
    index = np.flatnonzero(rows)
    return Found(code, index, Details(column=[column] * len(index)))


def _texts(rows: FlatRows) -> list[Found]:
    found = []
    for one in FLAT_COLUMNS:
        column = rows.columns[one.name]
        if _may_be_bad(column):
            found.append(_in_column("TEXT_INVALID", holds(column, _bad_text), one.name))
    found += [
        _in_column("NUMBER_MISPLACED", matches(rows.columns[name], shape), name) for name, shape in _NUMBERLESS.items()
    ]
    found += [_in_column("VALUE_MISSING", is_null(rows.columns[name]), name) for name in ("parcel_address", "purposes")]
    uid = rows.columns["parcel_uid"]
    found.append(Found("PARCEL_UID_INVALID", np.flatnonzero(~is_null(uid) & ~matches(uid, r"^[0-9a-z]{12}$"))))
    serial = rows.columns["certificate_serial"]
    found.append(Found("SERIAL_PATTERN", np.flatnonzero(~is_null(serial) & ~matches(serial, _SERIAL))))
    return found


def _may_be_bad(column: pa.Array) -> bool:
    """Whether any text of a column could be bad: a look at its bytes, which spares almost every column the whole rule."""
    if column.null_count == len(column):
        return False
    if pc.max(pc.binary_length(column)).as_py() > _LONGEST_TEXT:
        return True
    data = np.frombuffer(column.buffers()[2], dtype=np.uint8)
    # Controls of ASCII, and the first bytes of those behind it and of the overrides in UTF-8.
    return bool(_SUSPECT[data].any())


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
        Found("PURPOSES_SUM", wrong_sum, Details(value=np.round(off[wrong_sum], 2))),
        _with_parent("PURPOSE_CODE_UNKNOWN", split.parent, code, unknown),
        _with_parent("ORIGIN_CODE_UNKNOWN", origin.parent, base, strange),
    ]


def _unknown(code: pa.Array, known: frozenset[str]) -> Booleans:
    listed = pc.is_in(code, value_set=pa.array(sorted(known), pa.string()))
    return pc.and_(pc.is_valid(code), pc.invert(listed)).to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]


def _with_parent(check_code: str, parent: Integers, values: pa.Array, bad: Booleans) -> Found:
    index, first = np.unique(parent[bad], return_index=True)
    texts = values.filter(pa.array(bad)).take(pa.array(first)).to_pylist()
    return Found(check_code, index, Details(value=[(text or "")[:20] for text in texts]))


def _areas(rows: FlatRows, area: Floats) -> list[Found]:
    legal = decimals(rows.columns["area_m2"])[0].to_numpy(zero_copy_only=False)
    off = np.nan_to_num(np.abs(legal - area), nan=0.0)
    wrong = np.flatnonzero(off > np.maximum(_SQUARE_METRES, _AREA_SHARE * np.nan_to_num(legal)))
    # Nobody is told of more square metres than the earth has.
    return [Found("AREA_DIFFERS", wrong, Details(value=np.round(np.minimum(off[wrong], _MOST_METRES), 2)))]


def _contents(rows: FlatRows) -> Integers:
    """A number for all that each row says of its parcel and where it lies: equal numbers, equal content."""
    return prints(_joined(rows, PARCEL_COLUMNS).to_pylist()) ^ prints(rows.geometry)


def _joined(rows: FlatRows, names: Sequence[str], *before: pa.Array) -> pa.Array:
    """Columns of each row as one text; an empty cell is told from an empty text."""
    first, *columns = (rows.columns[name] for name in names)
    empty = pa.scalar("\x00")
    said = (empty if one.null_count == len(one) else pc.fill_null(one, "\x00") for one in columns)
    # One of them stays a column though it be empty: of texts alone there would come one text, not one a row.
    return pc.binary_join_element_wise(*before, pc.fill_null(first, "\x00"), *said, "\x1f")


def _row_hash(rows: FlatRows, commune_id: Integers, context: Context) -> npt.NDArray[np.uint64]:
    """128 keyed bits a row, under each key, over all it says, its zone and the unit version its code meant on the day."""
    units = pc.cast(pa.array(commune_id), pa.string())
    text = pc.cast(_joined(rows, CONTENT_COLUMNS, units), pa.binary())
    blob = pc.binary_join_element_wise(
        text, pc.fill_null(pa.array(rows.geometry, pa.binary()), b""), pa.scalar(b"\x1e", pa.binary())
    )
    values, salt = blob.to_pylist(), str(context.epsg).encode()

    def hashes(key: bytes) -> npt.NDArray[np.uint64]:
        start = hashlib.blake2b(key=key, digest_size=16, person=b"landdata-row", salt=salt)

        def digest(value: bytes) -> bytes:
            one = start.copy()
            one.update(value)
            return one.digest()

        return np.frombuffer(b"".join([digest(value) for value in values]), dtype=np.uint64).reshape(-1, 2)

    made = [hashes(key) for _, key in context.hash_keys]
    return made[0] if len(made) == 1 else np.hstack(made)

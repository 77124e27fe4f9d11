"""The rows of profile `flat`: its columns in both spellings; one row per certificate, parcel, holder and asset."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]
Hashes = npt.NDArray[np.uint64]  # (n, 2): 128 bits each
Objects = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class FlatColumn:
    """A column of profile `flat` (delivery_format.md); `short` fits the ten letters of a Shapefile."""

    name: str
    short: str
    required: bool = False


# What a row of a delivery of changes is to do; refused rows are given back as "upsert".
OPERATION = "operation"
UPSERT, RETIRE = "upsert", "retire"

FLAT_COLUMNS: tuple[FlatColumn, ...] = (
    FlatColumn("commune_code", "ma_xa", required=True),
    FlatColumn("map_sheet_number", "so_to", required=True),
    FlatColumn("parcel_number", "so_thua", required=True),
    FlatColumn("map_sheet_old", "to_cu"),
    FlatColumn("parcel_old", "thua_cu"),
    FlatColumn("commune_old", "ma_xa_cu"),
    FlatColumn("parent_parcels", "thua_goc"),
    FlatColumn("parcel_uid", "ma_thua"),
    FlatColumn("parcel_address", "dia_chi", required=True),
    FlatColumn("area_m2", "dt_phaply", required=True),
    FlatColumn("private_m2", "dt_rieng"),
    FlatColumn("common_m2", "dt_chung"),
    FlatColumn("purposes", "muc_dich", required=True),
    FlatColumn("use_term", "thoi_han"),
    FlatColumn("origins", "nguon_goc"),
    FlatColumn("certificate_serial", "so_ph"),
    FlatColumn("registry_number", "so_vaoso"),
    FlatColumn("certificate_date", "ngay_cap"),
    FlatColumn("certificate_type", "loai_gcn"),
    FlatColumn("holder_name", "ten_chu", required=True),
    FlatColumn("holder_kind", "loai_chu"),
    FlatColumn("holder_role", "vai_tro"),
    FlatColumn("user_type", "doi_tuong"),
    FlatColumn("id_type", "loai_gto"),
    FlatColumn("id_number", "so_gto"),
    FlatColumn("birth_date", "ngay_sinh"),
    FlatColumn("gender", "gioi_tinh"),
    FlatColumn("asset_kind", "loai_ts"),
    FlatColumn("house_type", "loai_nha"),
    FlatColumn("apartment_building_name", "ten_ncc"),
    FlatColumn("apartment_number", "so_canho"),
    FlatColumn("floor_area_m2", "dt_san"),
    FlatColumn("construction_area_m2", "dt_xd"),
    FlatColumn("ownership_form", "so_huu"),
    FlatColumn("house_grade", "cap_hang"),
    FlatColumn("construction_grade", "cap_ct"),
    FlatColumn("ownership_term", "th_sohuu"),
    FlatColumn("common_items", "hm_chung"),
    FlatColumn(OPERATION, "thao_tac"),
)
# What a row says of the land; its operation only says what to do with that.
CONTENT_COLUMNS: tuple[str, ...] = tuple(one.name for one in FLAT_COLUMNS if one.name != OPERATION)

# Beside the rows that are given back: codes, what is wrong in both languages, how to mend it, the row as delivered. Their
# names fit a Shapefile and are the same in every format, so that a mended file is known again by them.
REASON_COLUMNS: tuple[str, ...] = ("ma_loi", "ly_do", "reason", "cach_sua", "dong_goc")

# Beside the columns of the profile: what a row came from, where it was joined from entities.
SOURCE = "__source"

PARCEL_COLUMNS: tuple[str, ...] = (
    "map_sheet_old", "parcel_old", "commune_old", "parent_parcels", "parcel_uid", "parcel_address", "area_m2",
    "purposes", "use_term", "origins",
)  # fmt: skip
CERTIFICATE_COLUMNS: tuple[str, ...] = ("certificate_serial", "registry_number", "certificate_date", "certificate_type")
HOLDER_COLUMNS: tuple[str, ...] = (
    "holder_name", "holder_kind", "holder_role", "user_type", "id_type", "id_number", "birth_date", "gender",
)  # fmt: skip
ASSET_COLUMNS: tuple[str, ...] = (
    "asset_kind", "house_type", "apartment_building_name", "apartment_number", "floor_area_m2", "construction_area_m2",
    "ownership_form", "house_grade", "construction_grade", "ownership_term", "common_items",
)  # fmt: skip


def folded(name: str) -> str:
    """A column name without case, accents, spaces, underscores: how names are compared."""
    plain = unicodedata.normalize("NFD", name).replace("đ", "d").replace("Đ", "D")
    return "".join(letter for letter in plain if letter.isalnum() and not unicodedata.combining(letter)).casefold()


@dataclass(frozen=True, slots=True)
class FlatRows:
    """Rows of profile `flat`: every column as trimmed NFC text (null when empty), geometry as WKB or None.

    `manifold` says which of these rows had something in a column that is not one value; it is null here.
    """

    layer: str
    columns: dict[str, pa.Array]
    geometry: Objects
    unknown_columns: tuple[str, ...]
    found: tuple[Found, ...] = ()
    manifold: tuple[Found, ...] = ()

    def __len__(self) -> int:
        return len(self.geometry)

    def batches(self) -> Iterator[FlatRows]:
        """These rows, as a source of one batch."""
        yield self

    def take(self, rows: Integers) -> FlatRows:
        """Some of the rows, in the order asked for."""
        index = pa.array(rows)
        columns = {name: column.take(index) for name, column in self.columns.items()}
        return FlatRows(self.layer, columns, self.geometry[rows], self.unknown_columns)

    def shapes(self, rows: Integers) -> Objects:
        """The geometry of some of the rows."""
        return self.geometry[rows]


class RowSource(Protocol):
    """Rows of profile `flat`, wherever they stand: in memory, or in a file too large for it."""

    @property
    def layer(self) -> str:
        """Name of the layer."""

    @property
    def unknown_columns(self) -> tuple[str, ...]:
        """Delivered columns that no field is read from."""

    @property
    def found(self) -> tuple[Found, ...]:
        """What the reader found wrong with rows, by their numbers from 0."""

    def __len__(self) -> int:
        """Rows in all."""

    def batches(self) -> Iterator[FlatRows]:
        """All rows in order, some tens of thousands at a time."""

    def take(self, rows: Integers) -> FlatRows:
        """Rows by their numbers from 0, which ascend."""

    def shapes(self, rows: Integers) -> Objects:
        """Geometry alone (WKB or None) of rows by their numbers from 0, which ascend."""


_FEW_BETWEEN = 4


class LentRows:
    """Some rows of a source, fetched when they are asked for: of a delivery that changes nothing none ever is."""

    def __init__(self, source: RowSource, rows: Integers) -> None:
        self.layer, self.unknown_columns = source.layer, source.unknown_columns
        self._source, self._rows = source, rows
        # Rows that lie all over a file are read in one go: each reading passes over all that lies between.
        self._scattered = len(rows) > 0 and int(rows[-1] - rows[0]) > _FEW_BETWEEN * len(rows)

    def __len__(self) -> int:
        return len(self._rows)

    @cached_property
    def _all(self) -> FlatRows:
        return self._source.take(self._rows)

    @property
    def columns(self) -> dict[str, pa.Array]:
        """Every column of all of them."""
        return self._all.columns

    @property
    def geometry(self) -> Objects:
        """The geometry of all of them."""
        return self._all.geometry

    def take(self, rows: Integers) -> FlatRows:
        """Some of them, in the order asked for."""
        if self._scattered:
            return self._all.take(rows)
        wanted = self._rows[rows]
        distinct, back = np.unique(wanted, return_inverse=True)
        taken = self._source.take(distinct)
        return taken if np.array_equal(distinct, wanted) else taken.take(back)


class Details(Sequence[dict[str, Any]]):
    """What fills the sentences of many findings, kept by column: an array for each name, of one entry a finding."""

    def __init__(self, **columns: npt.NDArray[Any] | Sequence[Any] | pa.Array) -> None:
        self._columns = columns
        self._size = min(len(column) for column in columns.values())

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return Details(**{name: column[at] for name, column in self._columns.items()})
        if not -self._size <= at < self._size:
            raise IndexError(at)
        return {name: _plain(column[at]) for name, column in self._columns.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, pa.Scalar):
        return value.as_py()
    return value.item() if isinstance(value, np.generic) else value


@dataclass(frozen=True, slots=True)
class Found:
    """One check's findings: indices of rows (from 0), and per row the values that fill its sentences."""

    code: str
    rows: Integers
    details: Sequence[dict[str, Any]] | None = None

    def later(self, rows: int) -> Found:
        """The same, in rows that stand so much later in a file."""
        return Found(self.code, self.rows + rows, self.details)

    def where(self, wanted: Booleans) -> Found:
        """Some of it: `wanted` says of each finding whether it is kept."""
        if wanted.all():
            return self
        details = self.details and tuple(one for one, keep in zip(self.details, wanted, strict=True) if keep)
        return Found(self.code, self.rows[wanted], details)


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something about a delivery or a commune that rules cannot settle: a second person has to look."""

    code: str
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Aside:
    """A finding about something in the file that is in none of its rows."""

    code: str
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class CheckedRows:
    """What the checks made of the rows. Arrays have one entry a row.

    `commune_id` is 0 where unknown; `sheet` and `number` are 0 where unreadable; `component` numbers the records of
    the file (all rows tied by a parcel or certificate); `row_hash` is 128 bits as two integers, keyed, under each of
    `hash_versions` in turn; `retires` is True for rows that only name a parcel which is no more.
    """

    rows: FlatRows | LentRows
    epsg: int
    commune_id: Integers
    sheet: Integers
    number: Integers
    component: Integers
    refused: Booleans
    row_hash: npt.NDArray[np.uint64]
    hash_versions: tuple[int, ...]
    retires: Booleans


@dataclass(frozen=True, slots=True)
class Records:
    """Records to be written, as Arrow tables named like their tables in the database.

    Every table has `record` (index into `content_hash`) instead of a record id; holders carry plain numbers, which
    the store seals before anything is written. `hash_version` is the key's that made the hashes.
    """

    commune_id: Integers
    content_hash: npt.NDArray[np.uint64]
    hash_version: int
    row_count: Integers
    tables: dict[str, pa.Table]

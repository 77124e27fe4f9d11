"""The rows of profile `flat`: its columns in both spellings; one row per certificate, parcel, holder and asset."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]
Objects = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class FlatColumn:
    """A column of profile `flat` (delivery_format.md); `short` fits the ten letters of a Shapefile."""

    name: str
    short: str
    required: bool = False


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
)

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

    Rows joined from entities also have `source`, the names each row came from, `found`, what was wrong with its
    entities, and `asides`, what belongs to no row.
    """

    layer: str
    columns: dict[str, pa.Array]
    geometry: Objects
    unknown_columns: tuple[str, ...]
    source: pa.Array | None = None
    found: tuple[Found, ...] = ()
    asides: tuple[Aside, ...] = ()

    def __len__(self) -> int:
        return len(self.geometry)


@dataclass(frozen=True, slots=True)
class Found:
    """One check's findings: indices of rows (from 0), and per row the values that fill its sentences."""

    code: str
    rows: Integers
    details: tuple[dict[str, Any], ...] | None = None


@dataclass(frozen=True, slots=True)
class Aside:
    """A finding about something in the file that is in none of its rows."""

    code: str
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class CheckedRows:
    """What the checks made of the rows. Arrays have one entry a row.

    `commune_id` is 0 where unknown; `sheet` and `number` are 0 where unreadable; `component` numbers the records of
    the file (all rows tied by a parcel or certificate); `row_hash` is 128 bits as two integers, keyed.
    """

    rows: FlatRows
    epsg: int
    commune_id: Integers
    sheet: Integers
    number: Integers
    component: Integers
    refused: Booleans
    row_hash: npt.NDArray[np.uint64]
    geometry: Objects
    map_area_m2: npt.NDArray[np.float64]
    findings: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class Records:
    """Records to be written, as Arrow tables named like their tables in the database.

    Every table has `record` (index into `content_hash`) instead of a record id; holders carry plain numbers, which
    the store seals before anything is written.
    """

    commune_id: Integers
    content_hash: npt.NDArray[np.uint64]
    row_count: Integers
    tables: dict[str, pa.Table]

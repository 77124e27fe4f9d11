"""Reads which communes of today hold the land of those before 2025, as arrays of codes; from the reference files alone."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from landdata.errors import ReferenceDataDamaged

_CROSSWALK = "admin/crosswalk_communes_2023_2025.csv"
_COLUMNS = ("code_2023", "province_code_2023", "code_2025", "province_code_2025")


def read(folder: Path) -> pa.Table:
    """A row for each two communes: `former`, `current`, `province` now and `province_then`, as integers.

    Raises ReferenceDataDamaged.
    """
    path = folder / _CROSSWALK
    if not path.is_file():
        raise ReferenceDataDamaged(file=path.name, reason="missing")
    kinds = dict.fromkeys(_COLUMNS, pa.int64())
    convert = pyarrow.csv.ConvertOptions(include_columns=list(_COLUMNS), column_types=kinds)
    try:
        table = pyarrow.csv.read_csv(path, convert_options=convert)
    except (pa.ArrowInvalid, pa.ArrowKeyError) as error:
        raise ReferenceDataDamaged(file=path.name, reason="not the columns of a succession") from error
    # Of one commune no source says what became of it.
    table = table.filter(pc.is_valid(table["code_2025"]))
    return table.select(["code_2023", "code_2025", "province_code_2025", "province_code_2023"]).rename_columns(
        ["former", "current", "province", "province_then"]
    )

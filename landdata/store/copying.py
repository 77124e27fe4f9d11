"""Arrow tables into PostgreSQL, and columns of fixed width out of it, by COPY."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import csv

from landdata.store.engine import Reader, Writer

INTEGER = np.dtype(">i8")  # bigint
HASH = np.dtype("V16")  # bytea of 16 bytes

_HEADER, _TRAILER = 19, 2  # bytes before and after the rows of COPY's binary form, which knows no other marks
_OPTIONS = csv.WriteOptions(include_header=False, quoting_style="needed")


def copy(tx: Writer, target: str, table: pa.Table) -> None:
    """COPY a table into `target` (schema.table), columns by name; nulls are nulls and empty text stays empty text.

    Arrow writes text quoted and nulls bare, which is just what COPY's CSV takes apart again.
    """
    if table.num_rows == 0:
        return
    buffer = io.BytesIO()
    csv.write_csv(table, buffer, _OPTIONS)
    buffer.seek(0)
    columns = ", ".join(f'"{name}"' for name in table.column_names)
    with tx.raw.cursor() as cursor:
        cursor.copy_expert(f"COPY {target} ({columns}) FROM STDIN (FORMAT csv)", buffer, size=1 << 20)


def fetch(tx: Reader, select: str, columns: Mapping[str, np.dtype[Any]]) -> dict[str, npt.NDArray[Any]]:
    """Columns of a query, none of whose values is null, as arrays; several times as fast as rows of objects.

    `select` holds its values in the text, so it must be made of our own numbers only. `columns` are in its order.
    """
    row = np.dtype(
        [
            ("fields", ">i2"),
            *(part for name, kind in columns.items() for part in ((f"{name} size", ">i4"), (name, kind))),
        ]
    )
    buffer = io.BytesIO()
    with tx.raw.cursor() as cursor:
        cursor.copy_expert(f"COPY ({select}) TO STDOUT (FORMAT binary)", buffer)
    table = np.frombuffer(buffer.getbuffer()[_HEADER:-_TRAILER], dtype=row)
    return {name: np.ascontiguousarray(table[name].astype(kind.newbyteorder("="))) for name, kind in columns.items()}

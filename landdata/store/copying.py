"""Arrow tables into PostgreSQL, and columns of fixed width out of it, by COPY."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Image:
    """Rows as COPY's CSV, for the named columns of `target` (schema.table)."""

    target: str
    columns: tuple[str, ...]
    rows: bytes


def image(target: str, table: pa.Table) -> Image:
    """A table as COPY takes it; nulls are nulls and empty text stays empty text.

    Arrow writes text quoted and nulls bare, which is just what COPY's CSV takes apart again. The binary form saves the
    server nothing that can be measured: its time goes into indexes.
    """
    buffer = io.BytesIO()
    csv.write_csv(table, buffer, _OPTIONS)
    return Image(target, tuple(table.column_names), buffer.getvalue())


def send(tx: Writer, one: Image) -> None:
    """COPY an image into its table."""
    if not one.rows:
        return
    columns = ", ".join(f'"{name}"' for name in one.columns)
    with tx.raw.cursor() as cursor:
        cursor.copy_expert(f"COPY {one.target} ({columns}) FROM STDIN (FORMAT csv)", io.BytesIO(one.rows), size=1 << 20)


def copy(tx: Writer, target: str, table: pa.Table) -> None:
    """COPY a table into `target` (schema.table), columns by name."""
    send(tx, image(target, table))


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

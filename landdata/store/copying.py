"""Writes Arrow tables into PostgreSQL by COPY."""

from __future__ import annotations

import io

import pyarrow as pa
from pyarrow import csv

from landdata.store.engine import Writer

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

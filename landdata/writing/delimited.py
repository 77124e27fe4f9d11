"""Rows of a CSV file copied as the sender wrote them, with reasons behind; runs in the child only."""

from __future__ import annotations

import csv
from pathlib import Path

import pyarrow as pa

from landdata.model.cells import harmless_row
from landdata.reading import delimited
from landdata.writing.columns import header

_HEAD = 1 << 16
_BOM = b"\xef\xbb\xbf"


def write(source: Path, target: Path, rows: list[int], told: pa.Table) -> None:
    """Copy these rows; separator and byte order mark are the sender's, no value is interpreted.

    What would run in a spreadsheet program gets a mark, which the reader takes away from a file with our reasons.
    """
    with source.open("rb") as file:
        start = file.read(_HEAD)
    lines = delimited.rows(source)
    names = next(lines)
    head = header(names)
    why = dict(zip(rows, zip(*(column.to_pylist() for column in told.columns), strict=True), strict=True))
    encoding = "utf-8-sig" if start.startswith(_BOM) else "utf-8"
    with target.open("w", encoding=encoding, newline="") as file:
        out = csv.writer(file, delimiter=delimited.separator(start) or ",", lineterminator="\r\n")
        out.writerow(harmless_row([*(names[at] for at in head.kept), *head.added]))
        for number, line in enumerate(lines):
            if number in why:
                out.writerow(harmless_row([*(line[at] for at in head.kept), *why[number], *head.rest]))

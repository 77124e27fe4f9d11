"""Rows of an XLSX workbook as text: the one sheet with the columns, read as a stream; formulas are refused."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from landdata.errors import ArchiveRefused, ColumnsMissing, FileUnreadable, FormulaRefused, LayersUnclear, ValueTooLong
from landdata.reading.columns import KEY_COLUMNS, is_geometry_text, is_header, wanted
from landdata.reading.delimited import LONGEST_VALUE
from landdata.reading.directory import LARGEST_RATIO
from landdata.reading.markup import opening

_FORMULA, _ERROR = "f", "e"


def check(path: Path, *, max_bytes: int) -> None:
    """Look at the parts before any library opens them. Raises ArchiveRefused, DoctypeRefused or FileUnreadable."""
    with zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
        if len({part.filename for part in parts}) != len(parts):
            raise ArchiveRefused(reason="a part of the workbook stands twice")
        # zipfile stops each part at the size told here, so the sum is a bound even when it is a lie.
        if sum(part.file_size for part in parts) > min(max_bytes, path.stat().st_size * LARGEST_RATIO):
            raise ArchiveRefused(reason="too large when unpacked")
        for part in parts:
            if part.flag_bits & 0x1:
                raise ArchiveRefused(reason="encrypted")
            if part.filename.lower().endswith((".xml", ".rels")):
                with archive.open(part) as source:
                    if opening(source, format_name="xlsx") is None:
                        raise FileUnreadable(format="xlsx", reason="truncated or damaged")


def rows(path: Path) -> Iterator[list[str]]:
    """The header, then every row of the sheet with as many values; blank rows at the end are no rows.

    Raises ColumnsMissing, LayersUnclear, FormulaRefused or ValueTooLong. A formula's stored result is not taken: it may be
    out of date, it is absent where the writer calculates nothing, and nobody signed for it.
    """
    import openpyxl

    book = openpyxl.load_workbook(path, read_only=True, data_only=False, keep_links=False)
    try:
        yield from _rows(bearing(book))
    finally:
        book.close()


def bearing(book: Any) -> Any:
    """The one sheet of a book opened read-only that bears the rows. Raises ColumnsMissing or LayersUnclear."""
    sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    for sheet in sheets:
        sheet.reset_dimensions()  # the size a sheet states for itself may be anything
    found = [sheet for sheet in sheets if is_header(_header(sheet))]
    if not found:
        raise ColumnsMissing(columns=", ".join(KEY_COLUMNS))
    if len(found) > 1:
        raise LayersUnclear(layers=len(found))
    return found[0]


def _header(sheet: Any) -> list[str]:
    first = next(sheet.iter_rows(max_row=1), ())
    return [text_of(cell) for cell in first]


def _rows(sheet: Any) -> Iterator[list[str]]:
    header = _header(sheet)
    while header and not header[-1]:
        header.pop()
    ours = [bool(wanted(name)) or is_geometry_text(name) for name in header]
    yield header
    blank = 0
    for number, cells in enumerate(sheet.iter_rows(min_row=2), 1):
        row = [""] * len(header)
        for at, cell in enumerate(cells[: len(header)]):
            if cell.value is None:
                continue
            if ours[at] and cell.data_type in {_FORMULA, _ERROR}:
                raise FormulaRefused(cell=cell.coordinate)
            row[at] = text_of(cell)
            if len(row[at]) > LONGEST_VALUE:
                raise ValueTooLong(row=number, limit=LONGEST_VALUE)
        if not any(row):
            blank += 1
            continue
        for _ in range(blank):
            yield [""] * len(header)
        blank = 0
        yield row


def text_of(cell: Any) -> str:
    """A cell as the profile writes it: whole numbers without a point, days as dd/MM/yyyy."""
    value = cell.value
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case datetime() if value.time().isoformat() != "00:00:00":
            return value.strftime("%d/%m/%Y %H:%M:%S")
        case date():
            # strftime writes years below 1000 without zeros on this platform, and no such year is a date here.
            return value.strftime("%d/%m/%Y")
        case _:
            return str(value)

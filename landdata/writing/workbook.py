"""Workbooks: rows copied cell by cell from the sender's sheet, and the sheets of a report; runs in the child only."""

from __future__ import annotations

import csv
import sys
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from landdata.model.cells import runs
from landdata.reading.workbook import bearing
from landdata.writing.columns import header

_BOLD, _WHITE = Font(bold=True), Font(bold=True, color="FFFFFF")
_BRAND, _TOLD = PatternFill("solid", fgColor="0F5B4F"), PatternFill("solid", fgColor="FBE9E7")
_WRAPPED = Alignment(wrap_text=True, vertical="top")
_LONGEST_CELL, _NO_LETTER = 32_767, "\ufffd"
_OWN_WIDTH, _WIDEST = 14, 60
_PLAIN = (str, bool, int, float, date, time, timedelta)


def write(source: Path, target: Path, rows: list[int], told: pa.Table) -> None:
    """Copy these rows of the one sheet with the columns, values and formats of cells as they are; no other sheet."""
    made = openpyxl.Workbook(write_only=True)
    with source.open("rb") as file:  # openpyxl goes by a name's ending, and this one may have none
        book = openpyxl.load_workbook(file, read_only=True, data_only=False, keep_links=False)
        sheet = bearing(book)
        lines = sheet.iter_rows()
        first = list(next(lines))
        while first and first[-1].value is None:
            first.pop()
        names = ["" if cell.value is None else str(cell.value).strip() for cell in first]
        head = header(names)
        why = dict(zip(rows, zip(*(column.to_pylist() for column in told.columns), strict=True), strict=True))
        out = made.create_sheet(sheet.title)
        out.freeze_panes = "A2"
        widths = [*[_OWN_WIDTH] * len(head.kept), 30, _WIDEST, _WIDEST, _WIDEST, 10, 12]
        for at, width in enumerate(widths, 1):
            out.column_dimensions[get_column_letter(at)].width = width
        ours = (_cell(out, name, fill=_TOLD, font=_BOLD) for name in head.added)
        out.append([*(_cell(out, names[at], font=_BOLD) for at in head.kept), *ours])
        for number, cells in enumerate(lines):
            if number in why:
                given = list(cells[: len(names)]) + [None] * (len(names) - len(cells))
                ours = (_cell(out, value, fill=_TOLD) for value in (*why[number], *head.rest))
                out.append([*(_copied(out, given[at]) for at in head.kept), *ours])
        book.close()
    made.save(target)


def _copied(sheet: Any, cell: Any) -> Any:
    if cell is None or cell.value is None:
        return None
    # A formula over several cells is an object that would be written as what it is; its words are only text.
    copy = _cell(sheet, cell.value if isinstance(cell.value, _PLAIN) else str(getattr(cell.value, "text", "")))
    copy.number_format = cell.number_format
    return copy


def _cell(sheet: Any, value: Any, *, fill: PatternFill | None = None, font: Font | None = None) -> Any:
    """A cell of its own; text is text even where it begins like a formula, which openpyxl would make of it."""
    if isinstance(value, str):
        # XML knows no control letters, and a report says which rows have some.
        cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub(_NO_LETTER, value[:_LONGEST_CELL]))
        cell.data_type = "s"
        cell.quotePrefix = runs(value)  # nor does it become one when somebody edits the cell
    else:
        cell = WriteOnlyCell(sheet, value)
    if fill is not None:
        cell.fill = fill
    if font is not None:
        cell.font = font
    return cell


def report(target: Path, sheets: list[dict[str, Any]]) -> None:
    """A workbook of tables: each sheet has a `title`, `widths` of its columns and `path`, a CSV file of its own making.

    Columns named in `numbers` hold numbers; all other cells are text.
    """
    made = openpyxl.Workbook(write_only=True)
    # A name or value of the sender's may be of any length; a cell holds its beginning.
    csv.field_size_limit(sys.maxsize)
    for one in sheets:
        out = made.create_sheet(one["title"])
        out.freeze_panes = "A2"
        for at, width in enumerate(one["widths"], 1):
            out.column_dimensions[get_column_letter(at)].width = width
        numbers = frozenset(one["numbers"])
        with Path(one["path"]).open(encoding="utf-8", newline="") as file:
            lines = csv.reader(file)
            first = next(lines)
            out.append([_cell(out, name, fill=_BRAND, font=_WHITE) for name in first])
            for line in lines:
                out.append([_value(out, text, number=at in numbers) for at, text in enumerate(line)])
            if len(first) > 2:
                out.auto_filter.ref = f"A1:{get_column_letter(len(first))}1"
    made.save(target)


def _value(sheet: Any, text: str, *, number: bool) -> Any:
    if not text:
        return None
    if number and text.lstrip("-").isdigit():
        return int(text)
    cell = _cell(sheet, text)
    cell.alignment = _WRAPPED
    return cell

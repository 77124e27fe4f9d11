"""A plain table as a workbook: our own figures, with nothing of a sender's in them, so no child process is needed."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties

from landdata.model.cells import runs

_HEAD = {
    "font": Font(bold=True, color="FFFFFF"),
    "fill": PatternFill("solid", fgColor="0F5B4F"),
    "alignment": Alignment(wrap_text=True, vertical="center"),
}
_NARROW, _WIDE = 10, 48
_WHOLE, _DAY, _SHARE = "#,##0", "dd/mm/yyyy", "0.0%"

Value = str | int | float | date | None


def table(title: str, head: Sequence[str], rows: Iterable[Sequence[Value]], *, said: Sequence[str] = ()) -> bytes:
    """A workbook with one sheet: see `fill`."""
    book = openpyxl.Workbook(write_only=True)
    fill(book, title, head, rows, said=said)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def fill(
    book: Any,
    title: str,
    head: Sequence[str],
    rows: Iterable[Sequence[Value]],
    *,
    said: Sequence[str] = (),
    shares: Collection[int] = (),
) -> None:
    """Add a sheet: a row of heads that stays in sight and is printed on every page, then the rows.

    `said`: sentences below the table; `shares`: columns that hold parts of one. Numbers and days are such, not text; text
    stays text even where it looks like a formula.
    """
    lines = [list(row) for row in rows]
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9  # A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    for at, name in enumerate(head):
        longest = max((len(str(line[at])) for line in lines if line[at] is not None), default=0)
        width = min(max(longest + 2, min(len(name), 16), _NARROW), _WIDE)
        sheet.column_dimensions[get_column_letter(at + 1)].width = width
    sheet.append([_cell(sheet, name, **_HEAD) for name in head])
    if lines:
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(head))}{len(lines) + 1}"
    for line in lines:
        cells = [_cell(sheet, value) for value in line]
        for at in shares:
            cells[at].number_format = _SHARE
        sheet.append(cells)
    for sentence in said:
        sheet.append([_cell(sheet, sentence)])


def _cell(sheet: Any, value: Value, **style: Any) -> Any:
    cell = WriteOnlyCell(sheet, value)
    if isinstance(value, str):
        cell.data_type = "s"  # openpyxl would make a formula of what begins like one
        cell.quotePrefix = runs(value)
    elif isinstance(value, date):
        cell.number_format = _DAY
    elif isinstance(value, int) and not isinstance(value, bool):
        cell.number_format = _WHOLE
    for name, given in style.items():
        setattr(cell, name, given)
    return cell

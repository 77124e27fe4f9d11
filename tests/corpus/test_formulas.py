"""Tables that go back to an office run nothing when they are opened, and delivered again they say what was sent."""

from __future__ import annotations

import csv
import io

import numpy as np
import openpyxl
import pytest

from landdata.flows import returns
from landdata.flows.report import ReportFormat
from landdata.model.cells import runs
from landdata.reading.flat import FlatLayer
from landdata.reading.isolated import Limits, open_layer
from tests.corpus import forms

LIMITS = Limits(1 << 30, 30, 50 << 20)
EVIL = {
    "holder_name": "=cmd|'/c calc'!A0",
    "parcel_address": "'=1+1",
    "use_term": "@SUM(A1)",
    "registry_number": "-1+2",
    "id_type": "+84 123",
    "purposes": "=HYPERLINK(1)",
    "area_m2": "-5",
    "=2+5+cmd|'/c calc'!A0": "\t=1",
}


@pytest.mark.parametrize(("form", "make"), [("csv", forms.table), ("xlsx", forms.book)])
def test_rows_given_back(office, tmp_path, form, make):
    sent = make(**EVIL)
    view = office.deliver(sent)
    asked = {"settings": office.settings, "keys": office.keys, "caller": None, "delivery_uid": view.delivery_uid}
    back = _bytes(returns.refused_rows(office.worker, **asked))
    cells = _csv(back) if form == "csv" else _book(back)
    assert not [cell for cell in cells if runs(cell) and form == "csv" and not cell.startswith("'")]
    assert "=cmd|'/c calc'!A0" in {cell.removeprefix("'") for cell in cells}
    assert _read(tmp_path, back, -1) == _read(tmp_path, sent, 1)


def test_reports_show_what_cannot_be_shown(office):
    """A value with control letters goes into a workbook too, and a formula in neither kind of table."""
    view = office.deliver(forms.json_(commune_code="=1\x1b[31m", parcel_number="=2"))
    asked = {"settings": office.settings, "keys": office.keys, "caller": None, "delivery_uid": view.delivery_uid}
    for format_, cells in ((ReportFormat.CSV, _csv), (ReportFormat.XLSX, _book)):
        found = cells(_bytes(returns.report_of(office.worker, format_=format_, **asked)))
        assert any("=1" in cell for cell in found)
        assert format_ is ReportFormat.XLSX or not [cell for cell in found if cell.startswith(("=", "@"))]


def _bytes(made) -> bytes:
    with made.content as file:
        return file.read()


def _csv(data: bytes) -> list[str]:
    return [cell for line in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")) for cell in line]


def _book(data: bytes) -> list[str]:
    """Text of all cells, after a look that none is a formula and that each that looks like one is marked as text."""
    found = []
    for sheet in openpyxl.load_workbook(io.BytesIO(data)):
        for line in sheet.iter_rows():
            for cell in line:
                assert cell.data_type != "f", cell.coordinate
                if isinstance(cell.value, str):
                    assert cell.quotePrefix == runs(cell.value), cell.coordinate
                    found.append(cell.value)
    return found


def _read(folder, data: bytes, row: int) -> tuple[dict[str, list[str | None]], tuple[str, ...], bytes]:
    (path := folder / "x").write_bytes(data)
    with open_layer(path, limits=LIMITS, scratch=folder / "scratch") as layer:
        rows = FlatLayer(layer)
        one = rows.take(np.array([row % len(rows)]))
        columns = {name: column.to_pylist() for name, column in one.columns.items() if name != "operation"}
        return columns, one.unknown_columns, one.geometry[0]

"""What an office may have back: only its own, only at the end, made for the moment, and nothing left on the disk."""

from __future__ import annotations

import csv
import io
import json
from uuid import uuid4

import openpyxl
import pytest
import shapely
from landworld import COMMUNES, DAY, Desk, geojson, row, square

from landdata.errors import (
    DeliveryUnfinished,
    DeliveryUnknown,
    LandDataError,
    NothingRefused,
    NothingToDraw,
    RefusedAsWhole,
)
from landdata.flows import returns
from landdata.flows.report import ReportFormat
from landdata.flows.returns import MapFormat
from landdata.model.clients import ProvinceOffice

OWN = ProvinceOffice("", "LO-24", "", "")


def strange(code: str, number: int) -> dict:
    """A row of a commune that nobody knows, lying in one that is known."""
    return row(COMMUNES[0], number, ring=square(COMMUNES[0], 9), certificate_serial="DB 000009") | {
        "commune_code": code
    }


FAULTY = [
    row(COMMUNES[0], 1), row(COMMUNES[0], 2, parcel_address=None), row(COMMUNES[0], 3, ring=square(COMMUNES[0], 1)),
    row(COMMUNES[0], 4, map_sheet_number="=2+3"), row(COMMUNES[1], 1, ring=None), strange("=1+1", 1),
]  # fmt: skip


def ask(desk: Desk, make, uid, caller=OWN, **more: object):
    """The content of what is given back, with its name and type."""
    returned = make(desk.db, settings=desk.settings, keys=desk.keys, caller=caller, delivery_uid=uid, **more)
    with returned.content as content:
        data = content.read()
    assert returned.size == len(data)
    return data, returned.name, returned.media


@pytest.fixture(scope="module")
def delivered(shared_desk):
    receipt = shared_desk.send(geojson(FAULTY), file_name="Bắc Giang 2023.geojson")
    shared_desk.work(receipt.delivery_uid)
    return shared_desk, receipt.delivery_uid


def test_the_refused_rows(delivered):
    desk, uid = delivered
    data, name, media = ask(desk, returns.refused_rows, uid)
    assert (name, media) == ("Bắc Giang 2023-tra-lai.geojson", "application/geo+json")
    found = json.loads(data)["features"]
    assert [one["properties"]["dong_goc"] for one in found] == [2, 4, 5, 6]
    assert [one["properties"]["ma_loi"] for one in found] == [
        "VALUE_MISSING", "SHEET_NUMBER_INVALID", "GEOMETRY_MISSING", "COMMUNE_UNKNOWN",
    ]  # fmt: skip
    assert ask(desk, returns.refused_rows, uid, caller=None)[0] == data
    # Nothing stays: neither what was made nor what it was made from.
    assert list((desk.data_dir / "returned").iterdir()) == []


def test_what_was_held_comes_back_too(desk):
    """What a second person sends back comes back row by row, with why; while it waits, nothing is refused."""
    assert desk.deliver([row(COMMUNES[0], at) for at in range(1, 31)]).ledger[0].rows_refused == 0
    view = desk.deliver([row(COMMUNES[0], at, parcel_address="Thôn 2") for at in range(100, 105)])
    with pytest.raises(NothingRefused):
        ask(desk, returns.refused_rows, view.delivery_uid)
    view = desk.decide(view.delivery_uid, "reject")
    data, _, _ = ask(desk, returns.refused_rows, view.delivery_uid)
    assert {one["properties"]["ma_loi"] for one in json.loads(data)["features"]} == {"COMMUNE_REJECTED"}
    assert len(json.loads(data)["features"]) == view.ledger[0].rows_refused == 5


@pytest.mark.parametrize("make", [returns.refused_rows, returns.report_of, returns.map_of])
def test_another_offices_delivery_is_as_unknown_as_none(delivered, make):
    desk, uid = delivered
    more = {"format_": ReportFormat.CSV} if make is returns.report_of else {}
    more |= {"format_": MapFormat.SVG} if make is returns.map_of else {}
    if not desk.rows("SELECT 1 FROM org.office WHERE code = 'LO-26'"):
        desk.office("LO-26", "26")
    for caller, asked in ((ProvinceOffice("", "LO-26", "", ""), uid), (OWN, uuid4()), (None, uuid4())):
        with pytest.raises(DeliveryUnknown):
            ask(desk, make, asked, caller, **more)
    waiting = desk.send(geojson([row(COMMUNES[3], 1)]))
    with pytest.raises(DeliveryUnfinished, match="RECEIVED"):
        ask(desk, make, waiting.delivery_uid, **more)
    desk.work(waiting.delivery_uid)


@pytest.mark.parametrize(
    ("data", "refused", "drawn"),
    [
        (b"no map", RefusedAsWhole, NothingToDraw),
        (geojson([row(COMMUNES[0], 1)], epsg=9217), RefusedAsWhole, NothingToDraw),
        (geojson([row(COMMUNES[4], 1)]), NothingRefused, NothingToDraw),
        # Refused as a whole since every row was refused: each has its own reason, so all come back.
        (geojson([row(COMMUNES[5], 1, parcel_address=None)]), None, None),
    ],
)
def test_where_there_is_nothing_to_give(shared_desk, data, refused, drawn):
    receipt = shared_desk.send(data)
    shared_desk.work(receipt.delivery_uid)
    for make, more, error in (
        (returns.refused_rows, {}, refused),
        (returns.map_of, {"format_": MapFormat.GEOJSON}, drawn),
    ):
        if error is None:
            assert ask(shared_desk, make, receipt.delivery_uid, **more)[0]
            continue
        with pytest.raises(LandDataError) as caught:
            ask(shared_desk, make, receipt.delivery_uid, **more)
        assert type(caught.value) is error
    report = json.loads(ask(shared_desk, returns.report_of, receipt.delivery_uid, format_=ReportFormat.JSON)[0])
    assert len(report["findings"]) == report["findings_total"]
    assert (report["refusal"] is None) == (report["state"] == "PUBLISHED")


def test_the_report_as_a_table(delivered):
    desk, uid = delivered
    data, name, _ = ask(desk, returns.report_of, uid, format_=ReportFormat.CSV)
    assert name == "Bắc Giang 2023-bao-cao.csv"
    assert data.startswith(b"\xef\xbb\xbf")
    head, *lines = csv.reader(io.StringIO(data.decode("utf-8-sig")))
    assert head[:3] == ["Dòng / row", "Thửa / parcel", "Mã / code"]
    assert ["2", f"{COMMUNES[0]}.1.2", "VALUE_MISSING"] in [line[:3] for line in lines]
    # A sender's own words are among the names of parcels: they must not begin a formula.
    assert ["6", "'=1+1.1.1", "COMMUNE_UNKNOWN"] in [line[:3] for line in lines]
    assert not [cell for line in lines for cell in line if cell.startswith(("=", "+", "-", "@"))]
    assert len(lines) == desk.view(uid).findings_total
    for personal in ("Nguyễn Văn A", "0240700"):
        assert personal not in data.decode()


def test_the_report_as_a_workbook(delivered):
    desk, uid = delivered
    data, _, media = ask(desk, returns.report_of, uid, format_=ReportFormat.XLSX)
    assert media.endswith("spreadsheetml.sheet")
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert book.sheetnames == ["Tóm tắt | Summary", "Lỗi | Findings", "Sổ cái | Ledger", "Xã | Communes"]
    findings = list(book["Lỗi | Findings"].values)[1:]
    assert len(findings) == desk.view(uid).findings_total
    assert (2, f"{COMMUNES[0]}.1.2", "VALUE_MISSING") in [line[:3] for line in findings]
    assert all(cell.data_type != "f" for sheet in book for line in sheet.iter_rows() for cell in line)
    ledger = dict(zip(*book["Sổ cái | Ledger"].values, strict=True))
    assert (ledger["Dòng đọc / rows read"], ledger["Bị từ chối / refused"]) == (6, 4)
    [line] = list(book["Xã | Communes"].values)[1:]
    assert (line[0], line[5], line[6]) == (COMMUNES[0], 2, "PUBLISHED")


def test_the_report_holds_more_than_the_view(shared_desk):
    """The view shows the first thousand findings, the report all of them."""
    rows = [row(COMMUNES[at % 50 + 10], at // 50 + 1, certificate_serial=f"?{at}") for at in range(1100)]
    receipt = shared_desk.send(geojson(rows))
    shared_desk.work(receipt.delivery_uid)
    view = shared_desk.view(receipt.delivery_uid)
    report = json.loads(ask(shared_desk, returns.report_of, receipt.delivery_uid, format_=ReportFormat.JSON)[0])
    assert len(view.findings) == 1000
    assert len(report["findings"]) == view.findings_total == 1100
    assert [one["row_no"] for one in report["findings"]] == list(range(1, 1101))


def test_the_map_in_degrees(delivered):
    desk, uid = delivered
    found = json.loads(ask(desk, returns.map_of, uid, format_=MapFormat.GEOJSON)[0])
    assert set(found) == {"type", "features"}
    features = {one["properties"]["row"]: one for one in found["features"]}
    assert sorted(features) == [1, 2, 3, 4, 5, 6]
    assert features[1]["properties"]["severity"] == "WARNING"
    assert features[2]["properties"] | {"detail": 0, "detail_en": 0} == {
        "row": 2, "rows": [2], "parcel": f"{COMMUNES[0]}.1.2", "severity": "REFUSES_RECORD", "codes": ["VALUE_MISSING"],
        "detail": 0, "detail_en": 0,
    }  # fmt: skip
    assert features[5]["geometry"] is None
    shape = shapely.from_geojson(json.dumps(features[2]["geometry"]))
    assert shapely.is_ccw(shapely.get_exterior_ring(shape))
    west, south, east, north = shape.bounds
    assert 105.8 < west < east < 107.2
    assert 21 < south < north < 22
    again = found["features"][0]["geometry"]["coordinates"]
    assert again[0][0] == again[0][-1]


def test_leftovers_of_a_killed_process_are_cleared_away(delivered):
    import os

    desk, uid = delivered
    home = desk.data_dir / "returned"
    (home / "old").mkdir(parents=True)
    (home / "old" / "rows").write_text("024070000001")
    (home / "young").mkdir()
    os.utime(home / "old", (1, 1))
    ask(desk, returns.refused_rows, uid)
    assert [one.name for one in home.iterdir()] == ["young"]
    (home / "young").rmdir()


def test_the_day_is_in_the_report(delivered):
    desk, uid = delivered
    report = json.loads(ask(desk, returns.report_of, uid, format_=ReportFormat.JSON)[0])
    assert (report["effective_on"], report["state"], report["kind"]) == (DAY.isoformat(), "PUBLISHED", "full")

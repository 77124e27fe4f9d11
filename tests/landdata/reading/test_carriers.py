"""Every carrier, written by another writer than our reader, becomes the very rows of the GeoPackage of the same content."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import openpyxl
import pytest
import shapely
from carriers import KEY, carriers, cells, text_table, workbook
from hypothesis import given, settings
from hypothesis import strategies as st
from landworld import COMMUNES, EPSG, geojson, row, square
from opening import LIMITS, read, refused, zipped

from landdata.model.deliveries import Format, State
from landdata.model.parcels import FLAT_COLUMNS
from landdata.reading import delimited
from landdata.reading.isolated import open_layer

NAMES = [column.name for column in FLAT_COLUMNS]


def content(commune: str) -> list[dict[str, object]]:
    """Three parcels in four rows: two holders of one, decimals, separators and quotes inside values, empty cells."""
    ring = [(x + 0.123, y + 0.456) for x, y in square(commune, 2)]
    # An identifier that looks like a number in powers of ten is still text.
    rows = [
        row(commune, 1, parcel_uid="12345678e012", parcel_address='Thôn "Đông", xóm 1; ngõ 2', area_m2=100.5,
            private_m2=100.5, purposes="ONT:100.5"),
        row(commune, 2, holder_name="Trần Thị Ửng", holder_role="VO", holder_kind=1, gender=0, ring=ring),
        row(commune, 2, holder_name="Đỗ Văn Ấp", holder_role="CHONG", holder_kind=1, id_number="024070099999", ring=ring),
        row(commune, 3, certificate_serial=None, registry_number=None, certificate_date=None, holder_name=None,
            id_type=None, id_number=None, birth_date=None, gender=None, holder_kind=None, certificate_type=None),
    ]  # fmt: skip
    return [{"holder_role": None, "parcel_uid": None} | one for one in rows]


ROWS = content(COMMUNES[0])


PUBLISHED = ("fgb YES", "gml GML3.2", "csv ; BOM", "xlsx", "csv+ fgb")
EVERY = {
    "fgb NO": "fgb", "fgb YES": "fgb", "gml GML2": "gml", "gml GML3": "gml", "gml GML3.2": "gml", "gml GML3.2 xsd": "gml",
    "csv-ogr COMMA": "csv", "csv-ogr SEMICOLON": "csv", "csv-ogr TAB": "csv", "csv": "csv", "csv ; BOM": "csv",
    "csv tab": "csv", "xlsx": "xlsx", "shp": "shp.zip",
    "csv+ gpkg": "csv", "csv+ shp": "csv", "csv+ geojson": "csv", "csv+ fgb": "csv", "csv+ gml": "csv", "xlsx+ gpkg": "xlsx",
}  # fmt: skip


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gpkg")
    _, columns, geometry = read(carriers(ROWS, folder, "gpkg"), folder)
    return columns, geometry


@pytest.mark.parametrize("name", EVERY)
def test_the_rows_are_those_of_the_geopackage(tmp_path, expected, name):
    layer, columns, geometry = read(carriers(ROWS, tmp_path / "made", name), tmp_path)
    assert layer.format.value == EVERY[name]
    order = range(len(geometry))
    if name == "fgb YES":  # an index puts the rows in its own order
        order = sorted(order, key=lambda at: (columns["parcel_number"][at], columns["id_number"][at] or ""))
    assert {key: [values[at] for at in order] for key, values in columns.items()} == expected[0]
    # A Shapefile turns its rings the other way round, so rings are compared in one direction.
    assert shapely.equals_exact(
        shapely.normalize(geometry[list(order)]), shapely.normalize(expected[1]), tolerance=1e-6
    ).all()
    assert layer.crs == (None if layer.format.is_table and not layer.joined_with else f"EPSG:{EPSG}")
    assert (layer.unmatched, layer.unmatched_names) == (0, ())


@pytest.mark.parametrize("name", PUBLISHED)
def test_from_file_to_publication(shared_desk, tmp_path, name):
    """Published from the carrier; then the GeoPackage of the same content changes nothing."""
    place = PUBLISHED.index(name) + 1
    rows = content(COMMUNES[place])
    view = shared_desk.deliver(carriers(rows, tmp_path / "a", name))
    assert (view.state, view.format) == (State.PUBLISHED, EVERY[name])
    [line] = view.ledger
    assert (line.rows_read, line.rows_new, line.rows_refused) == (4, 4, 0)
    [commune] = view.communes
    assert (commune.code, commune.parcels_after) == (COMMUNES[place], 3)
    [again] = shared_desk.deliver(carriers(rows, tmp_path / "b", "gpkg")).ledger
    assert (again.rows_read, again.rows_unchanged) == (4, 4)


def test_the_scratch_folder_may_be_relative(tmp_path, monkeypatch):
    """As the data folder is by default."""
    monkeypatch.chdir(tmp_path)
    data = carriers(ROWS, tmp_path / "made", "csv")
    (tmp_path / "delivered").write_bytes(data)
    with open_layer(Path("delivered"), limits=LIMITS, scratch=Path("scratch")) as layer:
        assert len(layer) == len(ROWS)


def test_every_format_is_tried():
    assert set(EVERY.values()) | {"gpkg", "geojson"} == {one.value for one in Format}


# Tables


LETTERS = st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from('",;\n')
FILLED = st.lists(st.text(LETTERS, max_size=8), min_size=5, max_size=5).filter(any)


@settings(max_examples=60, deadline=None)
@given(st.lists(FILLED, max_size=6), st.sampled_from(",;\t"))
def test_whatever_csv_writes_is_read(tmp_path_factory, values, separator):
    path = tmp_path_factory.mktemp("csv") / "x"
    header = [*KEY, "parcel_address", "ghi chú"]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=separator).writerows([header, *values])
    assert list(delimited.rows(path)) == [header, *values]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_rows_keep_their_numbers(tmp_path, kind):
    """Row n is the nth line below the header, blank lines in the middle counted; blank ones at the end are none."""
    if kind == "csv":
        lines = text_table(ROWS[:1] + ROWS[3:]).decode().splitlines()
        data = "\r\n".join([*lines[:2], "", lines[2], "", ""]).encode()
    else:
        book = openpyxl.Workbook()
        lines = cells(ROWS[:1] + ROWS[3:], geometry=True)
        for one in [*lines[:2], [], lines[2]]:
            book.active.append(one)
        book.active["A9"] = ""
        made = io.BytesIO()
        book.save(made)
        data = made.getvalue()
    assert read(data, tmp_path)[1]["parcel_number"] == ["1", None, "3"]


def test_what_is_no_wkt_is_a_missing_geometry_of_its_row(tmp_path):
    data = text_table(ROWS).decode().replace("POLYGON ((", "POLYGON (", 1).encode()
    _, _, geometry = read(data, tmp_path)
    assert [one is None for one in geometry] == [True, False, False, False]


def test_columns_without_a_name_and_unknown_ones(tmp_path):
    rows = [one | {"ghi chú": "=1"} for one in ROWS]
    book = openpyxl.load_workbook(io.BytesIO(workbook(rows)))
    sheet = book["Thửa đất"]
    sheet.insert_cols(3)
    sheet.cell(2, 60, "bên ngoài bảng")
    made = io.BytesIO()
    book.save(made)
    layer, columns, _ = read(made.getvalue(), tmp_path)
    assert columns["parcel_number"] == ["1", "2", "2", "3"]
    assert "ghi chú" in layer.names


# A table with a map layer


def joined(folder: Path, shapes: list[dict[str, object]], rows=ROWS):
    return read(zipped(("a", text_table(rows, geometry=False)), ("b", geojson(shapes))), folder)


def shape(number: object, **more: object) -> dict[str, object]:
    return {"ma_xa": COMMUNES[0], "so_to": 1, "so_thua": number, "ring": square(COMMUNES[0], 1)} | more


def test_nothing_is_lost_in_a_join(tmp_path):
    layer, columns, geometry = joined(tmp_path, [shape("002", loai="ONT"), shape(7), shape(8), shape(None)])
    assert [one is None for one in geometry] == [True, False, False, True]
    assert columns["parcel_number"] == ["1", "2", "2", "3"]
    assert (layer.format, layer.joined_with) == (Format.CSV, Format.GEOJSON)
    assert (layer.unmatched, layer.unmatched_names) == (
        3,
        (f"{COMMUNES[0].lstrip('0')}.1.7", f"{COMMUNES[0].lstrip('0')}.1.8", "?"),
    )
    assert layer.map_columns == ("loai",)


def test_two_geometries_of_a_parcel_are_not_chosen_between(tmp_path):
    other = square(COMMUNES[0], 9)
    _, _, geometry = joined(
        tmp_path, [shape(1), shape(1, ring=other), shape(2), shape(2), shape(3), shape(3, ring=other)]
    )
    assert [one.geom_type for one in geometry] == ["GeometryCollection", "Polygon", "Polygon", "GeometryCollection"]
    assert len(geometry[0].geoms) == 2


def test_what_cannot_be_joined_is_refused(tmp_path):
    table, layer = ("a", text_table(ROWS, geometry=False)), ("b", geojson([shape(1)]))
    without = ("b", geojson([{"ma_xa": COMMUNES[0], "ring": square(COMMUNES[0], 1)}]))
    assert refused(zipped(table, without), tmp_path).code == "COLUMNS_MISSING"
    assert refused(zipped(("a", text_table(ROWS)), layer), tmp_path).code == "ARCHIVE_REFUSED"
    for more in (table, layer, ("x.txt", b"Xin"), ("x.zip", zipped(table)), ("x.pdf", b"%PDF-1.7")):
        assert refused(zipped(table, layer, (f"2{more[0]}", more[1])), tmp_path).code == "ARCHIVE_REFUSED", more[0]
    plain = json.loads(layer[1])
    for one in plain["features"]:
        one["geometry"] = None
    assert [one for one in read(zipped(table, ("b", json.dumps(plain).encode())), tmp_path)[2] if one] == []

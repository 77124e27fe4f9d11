"""What comes back of a delivery: exactly the refused rows, as they were sent, fit to be mended and delivered again."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pyarrow as pa
import pyogrio
import pytest
import shapefile
import shapely
from carriers import carriers, ogr
from hypothesis import given, settings
from hypothesis import strategies as st
from landworld import COMMUNES, DAY, EPSG, PROVINCE, SHORT, row, square
from opening import zipped

from landdata.errors import NothingRefused
from landdata.flows import desk
from landdata.flows.desk import Asked
from landdata.flows.giveback import give_back
from landdata.model.parcels import REASON_COLUMNS
from landdata.reading.flat import FlatLayer
from landdata.reading.isolated import Limits, open_layer
from landdata.settings import Settings

SETTINGS = Settings(reader_cpu_seconds=30)
LIMITS = Limits(4 << 30, 30, 50 << 20)
ENDINGS = {
    "gpkg": ".gpkg", "shp": ".zip", "geojson": ".geojson", "fgb NO": ".fgb", "fgb YES": ".fgb", "gml GML2": ".gml",
    "gml GML3": ".gml", "gml GML3.2": ".gml", "csv": ".csv", "csv ; BOM": ".csv", "csv tab": ".csv", "xlsx": ".xlsx",
    "csv+ gpkg": ".zip", "csv+ shp": ".zip", "csv+ gml": ".zip", "xlsx+ geojson": ".zip",
}  # fmt: skip
# Own words of the sender that look like ours, like a formula, or like XML.
OWN = {"ghi_chu": '=1+1 <&> "a"; b', "note": "Sổ cũ, tờ 3"}


def corners(number: int) -> list[tuple[float, float]]:
    """A parcel whose corners have as many figures as a number can."""
    return [(x + number / 7, y + number / 11) for x, y in square(COMMUNES[0], number * 2)]


def spoiled() -> list[dict[str, object]]:
    """Ten rows of nine parcels; the address is missing in 3 and 7, and 7 shares its certificate with 8."""
    rows = [
        row(COMMUNES[0], at, ring=corners(at), holder_role=None, parcel_uid=None, **OWN)
        for at in (1, 2, 3, 4, 5, 6, 7, 8, 9)
    ]
    rows.append(rows[3] | {"holder_name": "Trần Thị Ửng", "holder_role": "VO"})
    rows[2]["parcel_address"] = rows[6]["parcel_address"] = None
    for name in ("certificate_serial", "registry_number"):
        rows[7][name] = rows[6][name]
    return rows


REFUSED = [3, 7, 8]


def checked(path: Path):
    return desk.check([path], Asked(DAY, epsg=EPSG, province=PROVINCE), settings=SETTINGS)


def given_back(data: bytes, folder: Path):
    path = folder / "delivered"
    path.write_bytes(data)
    verdict = checked(path)
    made = folder / "made back"
    made.mkdir()
    return path, verdict, give_back(path, verdict.findings, epsg=EPSG, settings=SETTINGS, folder=made)


def opened(path: Path, folder: Path):
    """The rows as our own reader has them: attributes by name, and geometry."""
    with open_layer(path, limits=LIMITS, scratch=folder) as layer:
        table = layer.take(np.arange(len(layer))).combine_chunks()
        return layer, table, FlatLayer(layer).unknown_columns


@pytest.mark.parametrize("name", ENDINGS)
def test_a_file_with_faults_comes_back_is_mended_and_passes(tmp_path, name):
    data = carriers(spoiled(), tmp_path / "made", name)
    path, verdict, back = given_back(data, tmp_path)
    assert sorted({one.row_no for one in verdict.findings if one.severity == "REFUSES_RECORD"}) != []
    assert back.ending == ENDINGS[name]
    before, sent, unknown = opened(path, tmp_path / "scratch")
    layer, table, unknown_again = opened(back.path, tmp_path / "scratch")
    key = "so_thua" if name == "shp" else "parcel_number"
    rows = [at for at, one in enumerate(sent[key].to_pylist()) if int(one) in REFUSED]
    assert [int(one) for one in table["dong_goc"].to_pylist()] == [at + 1 for at in rows]
    # Every column of the sender's own under its own name with its own value; ours are no unknown columns.
    own = [one for one in sent.column_names if one != before.geometry]
    assert [one for one in table.column_names if one != layer.geometry] == [*own, *REASON_COLUMNS, *operation(own)]
    assert unknown_again == unknown
    for column in own:
        assert table[column].to_pylist() == sent[column].take(pa.array(rows)).to_pylist(), column
    assert layer.format is before.format
    # Not a bit of a coordinate has changed, nor the system.
    assert points(table[layer.geometry]) == points(sent[before.geometry].take(pa.array(rows)))
    if not (before.format.is_table and not before.joined_with):
        assert (layer.crs, layer.joined_with) == (f"EPSG:{EPSG}", before.joined_with)
    assert set(table[operation(own)[0]].to_pylist()) == {"upsert"}
    by_parcel = {str(one[key]): one for one in table.to_pylist()}
    assert by_parcel["3"]["ma_loi"] == "VALUE_MISSING"
    address = "dia_chi (parcel_address)" if name == "shp" else "parcel_address"
    assert by_parcel["3"]["reason"].startswith(f"Column {address} must have a value")
    assert by_parcel["3"]["ly_do"] == f"Thiếu giá trị bắt buộc ở cột {address}."
    assert by_parcel["8"]["ma_loi"] == "REFUSED_WITH_RECORD"
    mended = tmp_path / "mended"
    mended.write_bytes(mend(back.path, tmp_path, name))
    again = checked(mended)
    assert (again.accepted, again.rows_read, again.rows_refused) == (True, len(rows), 0)
    assert again.unknown_columns == unknown


def operation(own: list[str]) -> list[str]:
    return ["thao_tac" if "so_thua" in own else "operation"]


def points(column) -> list[list[tuple[float, float]] | None]:
    """Corners without order: a Shapefile turns rings round, and may begin them elsewhere."""
    shapes = shapely.from_wkb(column.to_pylist())
    return [sorted(set(map(tuple, shapely.get_coordinates(one)))) for one in shapes]


def mend(path: Path, folder: Path, name: str) -> bytes:
    """The file with every address filled in, by another writer than ours; everything else as it came."""
    kind = name.partition(" ")[0]
    if kind in {"csv+", "xlsx+"}:
        made = io.BytesIO()
        with zipfile.ZipFile(path) as archive, zipfile.ZipFile(made, "w") as out:
            for one in archive.namelist():
                data, table = archive.read(one), one.endswith((".csv", ".xlsx"))
                out.writestr(one, mended_table(data, one) if table else data)
        return made.getvalue()
    if kind in {"csv", "xlsx"}:
        return mended_table(path.read_bytes(), path.name)
    if kind == "gml":
        text = re.sub(r"<ogr:parcel_address(>.*?</ogr:parcel_address>|[^>]*/>)", "", path.read_text())
        return text.replace("</ogr:ma_loi>", "</ogr:ma_loi><ogr:parcel_address>Thôn 9</ogr:parcel_address>").encode()
    source = f"/vsizip/{path}" if kind == "shp" else str(path)
    frame_meta, _, geometry, fields = pyogrio.raw.read(source)
    names = list(frame_meta["fields"])
    at = names.index("parcel_address" if "parcel_address" in names else "dia_chi")
    fields[at][:] = "Thôn 9"
    target = folder / f"mended{'.shp' if kind == 'shp' else path.suffix}"
    options = {"SPATIAL_INDEX": "NO"} if kind == "fgb" else {"RFC7946": "NO"} if kind == "geojson" else {}
    pyogrio.raw.write(
        target, geometry, fields, names, geometry_type=frame_meta["geometry_type"], crs=frame_meta["crs"],
        encoding="UTF-8", **options,
    )  # fmt: skip
    if kind != "shp":
        return target.read_bytes()
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as out:
        for one in folder.glob("mended.*"):
            out.write(one, one.name)
    return made.getvalue()


def mended_table(data: bytes, name: str) -> bytes:
    if name.endswith(".csv"):
        text = data.decode("utf-8-sig")
        mark = next(one for one in ",;\t" if one in text.splitlines()[0])
        rows = list(csv.reader(io.StringIO(text), delimiter=mark))
        for one in rows[1:]:
            one[rows[0].index("parcel_address")] = "Thôn 9"
        made = io.StringIO()
        csv.writer(made, delimiter=mark).writerows(rows)
        return made.getvalue().encode()
    book = openpyxl.load_workbook(io.BytesIO(data))
    sheet = book.active
    at = [cell.value for cell in sheet[1]].index("parcel_address") + 1
    for line in range(2, sheet.max_row + 1):
        sheet.cell(line, at, "Thôn 9")
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


# Exactly the refused rows


@settings(max_examples=12, deadline=None)
@given(
    bad=st.sets(st.integers(0, 11)),
    shared=st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=3),
    carrier=st.sampled_from(["csv", "geojson"]),
)
def test_exactly_the_refused_rows_come_back(tmp_path_factory, bad, shared, carrier):
    """Whatever is wrong and whatever hangs together: the rows given back are those the check refuses, in order."""
    folder = tmp_path_factory.mktemp("any")
    rows = [row(COMMUNES[0], at + 1, parcel_address=None if at in bad else "Thôn 1") for at in range(12)]
    for one, other in shared:
        for name in ("certificate_serial", "registry_number"):
            rows[one][name] = rows[other][name]
    path = folder / "delivered"
    path.write_bytes(carriers(rows, folder / "made", carrier))
    verdict = checked(path)
    made = folder / "back"
    made.mkdir()
    if not verdict.rows_refused:
        with pytest.raises(NothingRefused):
            give_back(path, verdict.findings, epsg=EPSG, settings=SETTINGS, folder=made)
        return
    back = give_back(path, verdict.findings, epsg=EPSG, settings=SETTINGS, folder=made)
    _, table, _ = opened(back.path, folder / "scratch")
    given_rows = [int(one) for one in table["dong_goc"].to_pylist()]
    assert given_rows == sorted({one.row_no for one in verdict.findings if one.severity == "REFUSES_RECORD"})
    assert len(given_rows) == verdict.rows_refused
    assert [int(one) for one in table["parcel_number"].to_pylist()] == given_rows


# Names and values that are hard to keep


def test_a_second_return_replaces_the_reasons_of_the_first(tmp_path):
    _, _, first = given_back(carriers(spoiled(), tmp_path / "made", "csv"), tmp_path)
    again = tmp_path / "again"
    again.mkdir()
    _, _, second = given_back(first.path.read_bytes(), again)
    head, *lines = csv.reader(io.StringIO(second.path.read_text()))
    assert len(head) == len(set(head))
    assert [line[head.index("dong_goc")] for line in lines] == ["1", "2", "3"]
    assert [line[head.index("operation")] for line in lines] == ["upsert"] * 3


def test_a_senders_own_columns_of_our_names_stay(tmp_path):
    rows = [one | {"reason": "chuyển nhượng", "operation": "UPSERT"} for one in spoiled()]
    _, verdict, back = given_back(carriers(rows, tmp_path / "made", "gpkg"), tmp_path)
    assert "reason" in verdict.unknown_columns
    _, table, unknown = opened(back.path, tmp_path / "scratch")
    assert set(table["reason"].to_pylist()) == {"chuyển nhượng"}
    assert set(table["operation"].to_pylist()) == {"UPSERT"}
    assert table["reason_2"][0].as_py().startswith("Column parcel_address")
    assert "thao_tac" not in table.column_names
    # Understood when it comes back: ours are no unknown columns, the sender's still are.
    assert set(unknown) == set(verdict.unknown_columns) - {"operation"}


def test_reasons_are_cut_where_a_dbf_ends(tmp_path):
    rows = spoiled()
    rows[2] |= {"map_sheet_number": "x", "parcel_number": "y", "area_m2": "?", "purposes": "?", "origins": "?"}
    _, _, back = given_back(carriers(rows, tmp_path / "made", "shp"), tmp_path)
    _, table, _ = opened(back.path, tmp_path / "scratch")
    said = table["ly_do"][0].as_py()
    assert said.endswith("…")
    assert 240 < len(said.encode()) <= 254
    assert table["dong_goc"][0].as_py() == 3


def test_old_letters_that_do_not_fit_again_come_as_a_geopackage(tmp_path):
    """A full DBF value of TCVN3 has a byte a letter; in UTF-8 it is too long for a DBF, and is never cut."""
    long = "ô" * 254
    rows = [one | {"ghi_chu": long} for one in spoiled()]
    made = zipped_in_tcvn3(rows, tmp_path)
    _, verdict, back = given_back(made, tmp_path)
    assert verdict.format.value == "shp.zip"
    assert (back.ending, back.format.value) == (".gpkg", "gpkg")
    layer, table, _ = opened(back.path, tmp_path / "scratch")
    assert set(table["ghi_chu"].to_pylist()) == {long}
    assert layer.crs == f"EPSG:{EPSG}"


def zipped_in_tcvn3(rows, folder: Path) -> bytes:
    made = ogr(rows, folder, "ESRI Shapefile", "old", "-lco", "ENCODING=", spelt=SHORT)
    parts = {one.suffix: one.read_bytes() for one in made.iterdir()}
    # The letter ô of UTF-8 (two bytes) as TCVN3 has it (one), in a field that is full.
    dbf = tmp_dbf(rows)
    return zipped(*(("a" + name, data) for name, data in (parts | {".dbf": dbf, ".cpg": b"TCVN3"}).items()))


def tmp_dbf(rows) -> bytes:
    """The attributes as a dBASE III table in TCVN3, written by pyshp."""
    names = [name for name in rows[0] if name != "ring"]
    made = io.BytesIO()
    page = {"ô": 0xAB, "ổ": 0, "ễ": 0}
    with shapefile.Writer(dbf=made, encoding="latin-1", shapeType=shapefile.NULL) as out:
        for name in names:
            out.field(SHORT.get(name, name), "C", size=254)
        for one in rows:
            out.record(*("" if one[name] is None else tcvn3(str(one[name]), page) for name in names))
    return made.getvalue()


def tcvn3(text: str, page: dict[str, int]) -> str:
    return "".join(chr(page[one]) if page.get(one) else one if one.isascii() else "a" for one in text)


def test_formulas_of_other_columns_come_back_as_text(tmp_path):
    """Rows move up, so a formula would point elsewhere; what the sender wrote in it is still there to be read."""
    book = openpyxl.load_workbook(io.BytesIO(carriers(spoiled(), tmp_path / "made", "xlsx")))
    sheet = book["Thửa đất"]
    at = sheet.max_column + 1
    sheet.cell(1, at, "Tổng")
    sheet.cell(4, at, "=B4*2")
    sheet.cell(4, 1).number_format = "00000"
    made = io.BytesIO()
    book.save(made)
    _, _, back = given_back(made.getvalue(), tmp_path)
    [sheet] = openpyxl.load_workbook(back.path).worksheets
    assert sheet.title == "Thửa đất"
    assert (sheet.cell(2, at).value, sheet.cell(2, at).data_type) == ("=B4*2", "s")
    assert sheet.cell(2, 1).number_format == "00000"


def test_a_file_that_names_no_system_gets_the_one_it_was_read_in(tmp_path):
    made = ogr(spoiled(), tmp_path, "ESRI Shapefile", "bare", spelt=SHORT)
    (made / "bare.source.prj").unlink(missing_ok=True)
    files = [one for one in made.iterdir() if one.suffix != ".prj"]
    path, _, back = given_back(zipped(*files), tmp_path)
    assert opened(path, tmp_path / "scratch")[0].crs is None
    with zipfile.ZipFile(back.path) as archive:
        assert {Path(one).suffix for one in archive.namelist()} == {".shp", ".shx", ".dbf", ".prj", ".cpg"}
        assert archive.read("tra-lai.cpg") == b"UTF-8"
    assert opened(back.path, tmp_path / "scratch")[0].crs == f"EPSG:{EPSG}"


def test_features_of_gml_2_and_of_one_holder(tmp_path):
    """Both ways of holding features, an old page, and a comment: everything but the features that went stays."""
    data = carriers(spoiled(), tmp_path / "made", "gml GML3").decode()
    data = re.sub(r"</?(gml|ogr):featureMember>", "", data)
    start, end = data.index("<ogr:thua_dat"), data.rindex("</ogr:FeatureCollection>")
    whole = f"{data[:start]}<!-- tổ 1 --><gml:featureMembers>{data[start:end]}</gml:featureMembers>{data[end:]}"
    _, verdict, back = given_back(whole.encode(), tmp_path)
    text = back.path.read_text()
    assert verdict.rows_refused == text.count("<ogr:ma_loi>") == 3
    assert "<!-- tổ 1 -->" in text
    assert opened(back.path, tmp_path / "scratch")[1].num_rows == 3

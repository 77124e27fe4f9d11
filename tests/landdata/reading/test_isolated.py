"""Real files by other writers than ours, in both spellings, and hostile ones: each with its code and nothing else."""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import signal
import socket
import struct
import subprocess
import unicodedata
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyogrio
import pytest
import shapefile
import shapely
from landworld import COMMUNES, EPSG, SHORT, geojson, row

from fixtures.generators.zones import prj_text
from landdata.errors import DeliveryRefused, FileUnreadable, ReaderKilled
from landdata.model.parcels import FLAT_COLUMNS
from landdata.reading import isolated
from landdata.reading.fence import no_sockets
from landdata.reading.flat import FlatLayer, nfc
from landdata.reading.isolated import Limits, open_layer

LIMITS = Limits(4 << 30, 20, 50 << 20)
OGR2OGR = Path("/usr/bin/ogr2ogr")
ROWS = [row(COMMUNES[0], 1, holder_name="Nguyễn Thị Thúy", certificate_date="05/01/2020"), row(COMMUNES[0], 2)]


def read(path: Path, tmp_path: Path, limits: Limits = LIMITS):
    with open_layer(path, limits=limits, scratch=tmp_path / "scratch") as layer:
        found = FlatLayer(layer).take(np.arange(len(layer)))
        return (
            layer.format.value,
            layer.crs,
            {name: column.to_pylist() for name, column in found.columns.items()},
            found,
        )


def refused(data: bytes, tmp_path: Path, limits: Limits = LIMITS) -> str:
    path = tmp_path / "x"
    path.write_bytes(data)
    with pytest.raises(DeliveryRefused) as caught:
        read(path, tmp_path, limits)
    assert all((caught.value.sentence("vi"), caught.value.mend("vi"), caught.value.mend("en")))
    return caught.value.code


def shape_zip(
    names=SHORT,
    *,
    prj=True,
    cpg: bytes | None = b"UTF-8",
    encoding="utf-8",
    rows=ROWS,
    numbers="N",
    shp_text=b"",
    twice=False,
) -> bytes:
    shp, shx, dbf = io.BytesIO(), io.BytesIO(), io.BytesIO()
    writer = shapefile.Writer(shp=shp, shx=shx, dbf=dbf, shapeType=shapefile.POLYGON, encoding=encoding)
    fields = [name for name in rows[0] if name != "ring"]
    for name in fields:
        if isinstance(rows[0][name], int | float):
            writer.field(
                names[name], numbers, size=19, decimal=6 if numbers == "F" or isinstance(rows[0][name], float) else 0
            )
        else:
            writer.field(names[name], "C", size=120)
    for one in rows:
        writer.poly([one["ring"][::-1]])
        writer.record(*(one[name] for name in fields))
    writer.close()
    parts = {".shp": shp_text or shp.getvalue(), ".shx": shx.getvalue(), ".dbf": dbf.getvalue()}
    if prj:
        parts[".prj"] = prj_text(EPSG).encode()
    if cpg is not None:
        parts[".cpg"] = cpg
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for suffix, content in parts.items():
            archive.writestr(f"thư mục/Thửa{suffix.upper()}", content)
            if twice:
                archive.writestr(f"b{suffix}", content)
    return made.getvalue()


def same(columns, **changed: Any) -> None:
    """The file's two rows came through as they were written, as clean text."""
    assert columns["commune_code"] == [COMMUNES[0]] * 2
    assert columns["holder_name"] == ["Nguyễn Thị Thúy", "Nguyễn Văn A"]
    assert (columns["parcel_number"], columns["map_sheet_number"]) == (["1", "2"], ["1", "1"])
    assert columns["area_m2"] == changed.get("area", ["100", "100"])
    assert columns["certificate_date"] == changed.get("day", ["05/01/2020", "15/10/2019"])
    assert columns["id_number"] == ["024070000001", "024070000002"]
    assert columns["house_grade"] == [None, None]


@pytest.mark.parametrize("names", [None, SHORT, {name: short.upper() for name, short in SHORT.items()}])
def test_geojson(tmp_path, names):
    path = tmp_path / "dữ liệu.csv"  # the name says nothing
    path.write_bytes(geojson(ROWS, names_=names))
    kind, crs, columns, found = read(path, tmp_path)
    assert (kind, crs) == ("geojson", f"EPSG:{EPSG}")
    same(columns)
    assert len(found.geometry[0]) == 93
    assert list((tmp_path / "scratch").iterdir()) == []


def test_geojson_with_a_byte_order_mark_and_accents_in_column_names(tmp_path):
    names = SHORT | {
        "holder_name": "Tên chủ",
        "commune_code": "MÃ XÃ",
        "parcel_address": "Địa_chỉ",
        "area_m2": "DT PHAPLY",
    }
    path = tmp_path / "x"
    path.write_bytes(b"\xef\xbb\xbf\n " + geojson(ROWS, names_=names))
    same(read(path, tmp_path)[2])


@pytest.mark.parametrize("numbers", ["N", "F"])
def test_shapefile_by_pyshp(tmp_path, numbers):
    path = tmp_path / "x"
    path.write_bytes(shape_zip(numbers=numbers))
    kind, crs, columns, _ = read(path, tmp_path)
    assert kind == "shp.zip"
    assert crs == f"EPSG:{EPSG}"
    same(columns)


def test_decomposed_text_is_composed(tmp_path):
    rows = [one | {"holder_name": unicodedata.normalize("NFD", one["holder_name"])} for one in ROWS]
    for name, data in {"a": geojson(rows), "b": shape_zip(rows=rows)}.items():
        (tmp_path / name).write_bytes(data)
        columns = read(tmp_path / name, tmp_path)[2]
        same(columns)
        assert all(unicodedata.is_normalized("NFC", value) for value in columns["holder_name"])
    assert nfc(" a\u0302  b ") == "â b"


@pytest.mark.parametrize("names", [None, SHORT])
def test_geopackage_by_pyogrio_with_floats_dates_and_blanks(tmp_path, names):
    rows = [
        one | {"parcel_number": float(one["parcel_number"]), "area_m2": 100.5, "use_term": "  Lâu dài\u00a0 "}
        for one in ROWS
    ]
    rows[1] |= {"parcel_address": " "}
    columns = {
        (names or {}).get(name, name): [one[name] for one in rows]
        for name in rows[0]
        if name not in {"ring", "certificate_date"}
    }
    columns[(names or {}).get("certificate_date", "certificate_date")] = [
        dt.date(2020, 1, 5),
        dt.date(2019, 10, 15),
    ]
    columns["geom"] = shapely.to_wkb([shapely.Polygon(one["ring"]) for one in rows])
    path = tmp_path / "x.gpkg"
    pyogrio.write_arrow(
        pa.table(columns), path, layer="thửa", driver="GPKG", geometry_name="geom", geometry_type="Polygon", crs=f"EPSG:{EPSG}"
    )  # fmt: skip
    kind, crs, found, _ = read(path, tmp_path)
    assert (kind, crs) == ("gpkg", f"EPSG:{EPSG}")
    same(found, area=["100.5", "100.5"], day=["2020-01-05", "2019-10-15"])
    assert found["use_term"] == ["Lâu dài"] * 2
    assert found["parcel_address"] == ["Thôn 1", None]


@pytest.mark.skipif(not OGR2OGR.exists(), reason="gdal-bin is not installed")
@pytest.mark.parametrize(
    ("driver", "ending", "kind"),
    [("GPKG", "gpkg", "gpkg"), ("GeoJSON", "geojson", "geojson"), ("ESRI Shapefile", "shp", "shp.zip")],
)
def test_files_by_debians_ogr2ogr(tmp_path, driver, ending, kind):
    source = tmp_path / "source.geojson"
    source.write_bytes(geojson(ROWS, names_=SHORT))
    out = tmp_path / "out"
    out.mkdir()
    options = ["-lco", "ENCODING=UTF-8"] if ending == "shp" else ["-lco", "RFC7946=NO"] if ending == "geojson" else []
    subprocess.run([OGR2OGR, "-f", driver, out / f"thua.{ending}", source, *options], check=True, capture_output=True)
    path = out / f"thua.{ending}"
    if ending == "shp":
        path = tmp_path / "x.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for part in out.iterdir():
                archive.write(part, part.name)
    found = read(path, tmp_path)
    assert found[0] == kind
    same(found[2])


def test_large_numbers_kept_as_floats_stay_whole(tmp_path):
    (tmp_path / "x").write_bytes(geojson([one | {"id_number": 24070000001.0, "floor_area_m2": 0.1} for one in ROWS]))
    columns = read(tmp_path / "x", tmp_path)[2]
    assert columns["id_number"] == ["24070000001"] * 2
    assert columns["floor_area_m2"] == ["0.1"] * 2


def test_unknown_columns_are_named(tmp_path):
    (tmp_path / "x").write_bytes(geojson([one | {"ghi chú": "a", "fid2": 1} for one in ROWS]))
    assert read(tmp_path / "x", tmp_path)[3].unknown_columns == ("ghi chú", "fid2")


def test_what_is_missing_or_doubled_is_named(tmp_path):
    without = [{name: value for name, value in one.items() if name != "purposes"} for one in ROWS]
    assert refused(geojson(without), tmp_path) == "COLUMNS_MISSING"
    assert refused(geojson([one | {"ma_xa": "x"} for one in ROWS]), tmp_path) == "COLUMN_TWICE"
    assert refused(geojson([]), tmp_path) in {"NO_ROWS", "COLUMNS_MISSING"}


# Hostile and broken files

WFS = '<wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs"><a href="{url}"/></wfs:FeatureCollection>'
VRT = '<OGRVRTDataSource><OGRVRTLayer name="Thửa"><SrcDataSource>{url}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'


@pytest.mark.parametrize("fences", [("kernel", "proxy"), ("kernel",)])
def test_no_file_makes_us_call_anybody(tmp_path, listener, monkeypatch, fences):
    """Two fences stand, and the kernel's holds alone."""
    url, knocks = listener
    if "proxy" not in fences:
        made = isolated.environment
        monkeypatch.setattr(
            isolated, "environment", lambda *said: {k: v for k, v in made(*said).items() if k != "GDAL_HTTP_PROXY"}
        )
    assert refused(shape_zip(shp_text=VRT.format(url=url).encode()), tmp_path) == "FILE_UNREADABLE"
    assert refused(VRT.format(url=url).encode(), tmp_path) == "FORMAT_UNKNOWN"
    assert refused(WFS.format(url=url).encode(), tmp_path) == "FORMAT_UNKNOWN"
    assert refused(json.dumps({"url": url, "type": "WFS"}).encode(), tmp_path) == "FILE_UNREADABLE"
    for crs in (
        {"type": "link", "properties": {"href": url}},
        {"type": "URL", "properties": {"url": url, "href": url}},
    ):
        (tmp_path / "y").write_bytes(json.dumps(json.loads(geojson(ROWS)) | {"crs": crs}).encode())
        read(tmp_path / "y", tmp_path)
    assert knocks == []


def test_the_kernel_refuses_sockets_behind_the_fence():
    """Without it the dead proxy is the only fence; here the kernel has one, so it must stand."""
    child = os.fork()
    if child == 0:
        code = 1
        if no_sockets():
            try:
                socket.socket().close()
            except PermissionError:
                code = 0
        os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def bomb() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for suffix in (".shp", ".shx", ".dbf"):
            archive.writestr(f"a{suffix}", b"\0" * (40 << 20))
    return made.getvalue()


def encrypted() -> bytes:
    data = bytearray(shape_zip())
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = 0
        while (start := data.find(signature, start)) >= 0:
            struct.pack_into("<H", data, start + at, struct.unpack_from("<H", data, start + at)[0] | 1)
            start += 4
    return bytes(data)


def truncated(tmp_path: Path) -> bytes:
    path = tmp_path / "t.gpkg"
    table = pa.table({"a": ["x"] * 3000, "geom": shapely.to_wkb([shapely.Point(1, 2)] * 3000)})
    pyogrio.write_arrow(table, path, driver="GPKG", geometry_name="geom", geometry_type="Point", crs=f"EPSG:{EPSG}")
    return path.read_bytes()[:60_000]


HOSTILE = {
    "zip bomb": (bomb, "ARCHIVE_REFUSED"),
    "two shapefiles": (lambda: shape_zip(twice=True), "ARCHIVE_REFUSED"),
    "encrypted": (encrypted, "ARCHIVE_REFUSED"),
    "a zip of nothing": (lambda: b"PK\x05\x06" + b"\0" * 18, "ARCHIVE_REFUSED"),
    "half a zip": (lambda: shape_zip()[:900] + shape_zip()[-300:], "ARCHIVE_REFUSED"),
    "plain text": ("Xin chào".encode, "FORMAT_UNKNOWN"),
    "empty": (lambda: b"", "FORMAT_UNKNOWN"),
    "a spreadsheet's database": (lambda: b"SQLite format 3\x00" + b"\0" * 2000, "FORMAT_UNKNOWN"),
    "half a JSON": (lambda: geojson(ROWS)[:-200], "FILE_UNREADABLE"),
    "a JSON that is no GeoJSON": (lambda: b'{"a": 1}', "FILE_UNREADABLE"),
    "deep JSON": (lambda: b'{"type":"FeatureCollection","features":' + b"[" * 200_000, "FILE_UNREADABLE"),
    "TopoJSON": (lambda: b'{"type":"Topology","objects":{}}', "FILE_UNREADABLE"),
    "bytes that are no UTF-8": (lambda: geojson(ROWS).replace("Thúy".encode(), b"Th\xffy"), "FILE_UNREADABLE"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile(tmp_path, name):
    make, code = HOSTILE[name]
    assert refused(make(), tmp_path) == code
    scratch = tmp_path / "scratch"
    assert not scratch.exists() or list(scratch.iterdir()) == []


def test_a_truncated_geopackage(tmp_path):
    assert refused(truncated(tmp_path), tmp_path) == "FILE_UNREADABLE"


def test_a_geopackage_of_two_layers(tmp_path):
    for layer in ("a", "b"):
        table = pa.table({"a": ["x"], "geom": shapely.to_wkb([shapely.Point(1, 2)])})
        pyogrio.write_arrow(
            table,
            tmp_path / "x.gpkg",
            layer=layer,
            append=layer == "b",
            driver="GPKG",
            geometry_name="geom",
            geometry_type="Point",
            crs=f"EPSG:{EPSG}",
        )
    assert refused((tmp_path / "x.gpkg").read_bytes(), tmp_path) == "LAYERS_UNCLEAR"


def test_a_member_never_chooses_its_place(tmp_path):
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(shape_zip())) as old, zipfile.ZipFile(made, "w") as new:
        for member in old.namelist():
            new.writestr(f"../../out{Path(member).suffix}", old.read(member))
    (tmp_path / "x").write_bytes(made.getvalue())
    same(read(tmp_path / "x", tmp_path)[2])
    assert not list(tmp_path.glob("out.*"))


@pytest.mark.parametrize(
    ("limits", "code"), [(Limits(1 << 28, 20, 50 << 20), "memory"), (Limits(4 << 30, 1, 50 << 20), "CPU")]
)
def test_the_reader_has_limits(tmp_path, limits, code):
    many = geojson([row(COMMUNES[0], number) for number in range(1, 3)])
    head, _, tail = many.partition(b'"features": [')
    feature = tail[: tail.index(b'{"type": "Feature"', 5)]
    data = head + b'"features": [' + feature * (60_000 if code == "CPU" else 200) + tail
    path = tmp_path / "x"
    path.write_bytes(data)
    with pytest.raises(DeliveryRefused) as caught:
        read(path, tmp_path, limits)
    assert (caught.value.code, caught.value.details.get("limit")) == ("READER_LIMIT", code)


def test_both_spellings_are_told_apart_for_every_column():
    from landdata.model.parcels import folded

    spelt = [folded(name) for one in FLAT_COLUMNS for name in {one.name, one.short}]
    assert len(spelt) == len(set(spelt))
    assert all(len(one.short) <= 10 for one in FLAT_COLUMNS)


@pytest.mark.parametrize(
    ("sign", "wrong"),
    [(signal.SIGKILL, ReaderKilled), (signal.SIGTERM, ReaderKilled), (signal.SIGSEGV, FileUnreadable)],
    ids=lambda one: one.name if isinstance(one, signal.Signals) else "",
)
def test_a_reader_that_is_ended_from_outside_says_nothing_of_the_file(tmp_path, monkeypatch, sign, wrong):
    class Doomed(subprocess.Popen):
        def __init__(self, *arguments: Any, **more: Any) -> None:
            super().__init__(*arguments, **more)
            self.send_signal(sign)

    path = tmp_path / "a.geojson"
    path.write_bytes(geojson(ROWS))
    with monkeypatch.context() as patched:
        patched.setattr(isolated.subprocess, "Popen", Doomed)
        with pytest.raises(wrong) as caught:
            read(path, tmp_path)
    assert isinstance(caught.value, DeliveryRefused) is (wrong is FileUnreadable)
    assert read(path, tmp_path)[0] == "geojson"

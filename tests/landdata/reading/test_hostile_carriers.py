"""Hostile and broken files of the carriers: each has its own clear refusal, calls nobody and leaves nothing behind."""

from __future__ import annotations

import io
import json
import random
import re
import struct
import subprocess
import zipfile

import openpyxl
import pytest
from landworld import COMMUNES, SHORT, geojson, row
from opening import LIMITS, read, refused, repacked, zipped

from landdata.errors import FormatUnknown
from landdata.reading.isolated import Limits

ROWS = [row(COMMUNES[0], number) for number in range(1, 31)]
NAMES = [name for name in ROWS[0] if name != "ring"]
HEADER = ",".join(NAMES).encode() + b"\n"
LINE = ",".join(str(ROWS[0][name]) for name in NAMES).encode() + b"\n"


def ogr(folder, driver: str, name: str, *options: str):
    (folder / "source").write_bytes(geojson(ROWS, names_=SHORT))
    made = folder / name
    subprocess.run(
        ["/usr/bin/ogr2ogr", "-f", driver, made, folder / "source", *options], check=True, capture_output=True
    )
    return made


@pytest.fixture
def gml(tmp_path) -> str:
    return ogr(tmp_path, "GML", "a.gml").read_text(encoding="utf-8")


def sheet(*rows: list[object], **more: object) -> bytes:
    book = openpyxl.Workbook()
    for one in rows or ([*NAMES], [ROWS[0][name] for name in NAMES]):
        book.active.append(one)
    for place, value in more.items():
        book.active[place] = value
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


# XML

BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">{}]>'.format(
    "".join(f'<!ENTITY {chr(98 + at)} "{f"&{chr(97 + at)};" * 10}">' for at in range(9))
)
EXTERNAL = '<!DOCTYPE x [<!ENTITY a SYSTEM "{url}">]>'
SUBSET = '<!DOCTYPE x SYSTEM "{url}">'


@pytest.mark.parametrize("declaration", [BOMB, EXTERNAL, SUBSET])
def test_a_doctype_is_refused_outright(tmp_path, gml, listener, declaration):
    url, knocks = listener
    said = declaration.replace("{url}", url)
    for start in (said, f"<!-- {'x' * 9_000} -->{said}"):
        data = gml.replace("<ogr:FeatureCollection", f"{start}<ogr:FeatureCollection", 1).encode()
        assert refused(data, tmp_path).code == "DOCTYPE_REFUSED"
    for part in ("xl/worksheets/sheet1.xml", "xl/workbook.xml", r"\[Content_Types\].xml", "xl/styles.xml"):
        data = repacked(sheet(), part, lambda xml: re.sub(rb"(<\?xml.*?\?>)?", rb"\1" + said.encode(), xml, count=1))
        assert refused(data, tmp_path).code == "DOCTYPE_REFUSED", part
    assert knocks == []


def test_a_prolog_without_end_is_no_gml(tmp_path, gml):
    assert (
        refused(gml.replace("<ogr:F", f"<!--{'x' * 70_000}--><ogr:F", 1).encode(), tmp_path).code == FormatUnknown.code
    )


def test_gml_calls_nobody_and_opens_no_other_file(tmp_path, gml, listener):
    url, knocks = listener
    other = tmp_path / "other.xsd"
    other.write_text("<x/>")
    link = f'xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="{url}#a"'
    for data in (
        gml.replace("http://ogr.maptools.org/ a.xsd", f"http://ogr.maptools.org/ {url}.xsd"),
        gml.replace("http://ogr.maptools.org/ a.xsd", f"http://ogr.maptools.org/ {other}"),
        re.sub(r'srsName="[^"]*"', f'srsName="{url}"', gml),
        re.sub(r"<ogr:geometryProperty>.*?</ogr:geometryProperty>", f"<ogr:geometryProperty {link}/>", gml),
    ):
        assert len(read(data.encode(), tmp_path)[1]["holder_name"]) == len(ROWS)
    assert knocks == []


def test_gml_of_two_feature_types(tmp_path, gml):
    half = gml.index("<ogr:featureMember>", len(gml) // 2)
    two = gml[:half] + gml[half:].replace("ogr:source", "ogr:other").replace("ogr:thua_dat", "ogr:other")
    assert refused(two.encode(), tmp_path).code == "LAYERS_UNCLEAR"


# Cut short: GDAL hands over what it has read until then, and a full delivery would retire the rest


@pytest.mark.parametrize("share", [0.5, 0.9, 0.999])
def test_a_file_cut_short_is_never_a_shorter_file(tmp_path, gml, share):
    def cut(data: bytes) -> bytes:
        return data[: int(len(data) * share)]

    whole = [geojson(ROWS), gml.encode(), ogr(tmp_path, "FlatGeobuf", "a.fgb").read_bytes(), sheet()]
    codes = {refused(cut(data), tmp_path).code for data in whole}
    assert codes <= {"FILE_UNREADABLE", "FORMAT_UNKNOWN", "ARCHIVE_REFUSED"}
    parts = list(ogr(tmp_path, "ESRI Shapefile", "shp").iterdir())
    for ending in (".shp", ".shx", ".dbf"):
        data = zipped(
            *((one.name, cut(one.read_bytes()) if one.suffix == ending else one.read_bytes()) for one in parts)
        )
        assert refused(data, tmp_path).code == "FILE_UNREADABLE", ending
    assert refused(repacked(sheet(), "xl/worksheets/sheet1.xml", cut), tmp_path).code == "FILE_UNREADABLE"


def test_a_flatgeobuf_cut_between_two_rows(tmp_path):
    """Every row in it is whole; only the head knows that one is missing."""
    data = ogr(tmp_path, "FlatGeobuf", "a.fgb", "-lco", "SPATIAL_INDEX=NO").read_bytes()
    at = (
        8 + 4 + struct.unpack_from("<L", data, 8)[0]
    )  # magic bytes, then a head after its length, then rows after theirs
    starts = []
    while at < len(data):
        starts.append(at)
        at += 4 + struct.unpack_from("<L", data, at)[0]
    assert (len(starts), at) == (len(ROWS), len(data))
    assert refused(data[: starts[-1]], tmp_path).code == "FILE_UNREADABLE"


def test_a_shapefile_with_a_record_too_few(tmp_path):
    parts = {one.suffix: one.read_bytes() for one in ogr(tmp_path, "ESRI Shapefile", "shp").iterdir()}
    fewer = bytearray(parts[".dbf"])
    struct.pack_into("<L", fewer, 4, len(ROWS) - 1)
    data = zipped(*((f"a{ending}", bytes(fewer) if ending == ".dbf" else content) for ending, content in parts.items()))
    assert refused(data, tmp_path).code == "FILE_UNREADABLE"


# CSV

TEXTS = {
    "NUL": (HEADER + LINE + LINE.replace(b"Th", b"T\0h"), "FILE_UNREADABLE"),
    "not UTF-8": (HEADER + LINE + LINE.replace("ô".encode(), b"\xf4"), "FILE_UNREADABLE"),
    "UTF-16": ((HEADER + LINE).decode().encode("utf-16"), "FORMAT_UNKNOWN"),
    "an open quote": (HEADER + LINE + LINE.replace(b"Th", b'"Th', 1).replace(b",Th", b",Th"), "FILE_UNREADABLE"),
    "text behind a quote": (HEADER + LINE.replace("Thôn 1".encode(), b'"T"x'), "FILE_UNREADABLE"),
    "a shifted row": (HEADER + LINE + LINE.replace(b"DB ", b"D,B "), "ROW_UNEVEN"),
    "a short row": (HEADER + LINE + b"24,1\n", "ROW_UNEVEN"),
    "too many columns": (
        HEADER.strip() + b"".join(b",c%d" % at for at in range(10_000)) + b"\n" + LINE.strip() + b"," * 10_000 + b"\n",
        "TOO_MANY_COLUMNS",
    ),
    "a value of 10 MB": (HEADER + LINE + LINE.replace("Thôn 1".encode(), b"x" * 10_000_000), "VALUE_TOO_LONG"),
    "a line without end": (HEADER + LINE + b"x" * 40_000_000, "VALUE_TOO_LONG"),
    "no header": (LINE * 3, "FORMAT_UNKNOWN"),
    "three known names": (b"commune_code,map_sheet_number,parcel_number,x\n1,2,3,4\n", "FORMAT_UNKNOWN"),
    "a name twice": (HEADER.strip() + b",ma_xa\n" + LINE.strip() + b",1\n", "COLUMN_TWICE"),
    "geometry twice": (HEADER.strip() + b",wkt,WKT\n" + LINE.strip() + b",1,1\n", "COLUMN_TWICE"),
    "only a header": (HEADER, "NO_ROWS"),
}  # fmt: skip


@pytest.mark.parametrize("name", TEXTS)
def test_csv(tmp_path, name):
    data, code = TEXTS[name]
    assert refused(data, tmp_path).code == code


def test_csv_names_the_row_as_the_file_counts_it(tmp_path):
    assert refused(TEXTS["a shifted row"][0], tmp_path).details["row"] == 2
    assert refused(TEXTS["a value of 10 MB"][0], tmp_path).details["row"] == 2
    assert len(read(HEADER + LINE * 2, tmp_path)[2]) == 2


# XLSX


def test_a_formula_is_not_a_value(tmp_path):
    place = f"{chr(65 + NAMES.index('holder_name'))}2"
    for value in ('="Nguyễn"&" A"', "#N/A", "=HYPERLINK(1)"):
        refusal = refused(sheet(**{place: value}), tmp_path)
        assert (refusal.code, refusal.details) == ("FORMULA_REFUSED", {"cell": place})
    beside = f"{chr(65 + len(NAMES))}"
    assert len(read(sheet(**{f"{beside}1": "ghi chú", f"{beside}2": "=1+1"}), tmp_path)[2]) == 1


def test_which_sheet_is_meant(tmp_path):
    def more(hidden: bool) -> bytes:
        book = openpyxl.load_workbook(io.BytesIO(sheet()))
        copy = book.copy_worksheet(book.active)
        copy.sheet_state = "hidden" if hidden else "visible"
        made = io.BytesIO()
        book.save(made)
        return made.getvalue()

    assert refused(more(hidden=False), tmp_path).code == "LAYERS_UNCLEAR"
    assert len(read(more(hidden=True), tmp_path)[2]) == 1
    assert refused(sheet(["a", "b"], [1, 2]), tmp_path).code == "COLUMNS_MISSING"
    assert refused(sheet([*NAMES, *(f"c{at}" for at in range(10_000))]), tmp_path).code == "TOO_MANY_COLUMNS"


def test_a_workbook_that_grows(tmp_path):
    grown = repacked(sheet(), "docProps/app.xml", lambda xml: xml + b" " * (60 << 20))
    assert len(grown) < 1 << 20
    assert refused(grown, tmp_path).code == "ARCHIVE_REFUSED"
    # The size that a sheet states for itself is nothing to go by, neither too large nor too small.
    for size in (b"A1:XFD1048576", b"A1:B2"):
        stated = repacked(
            sheet(), "xl/worksheets/sheet1.xml", lambda xml, ref=size: re.sub(rb'ref="[^"]*"', b'ref="%s"' % ref, xml)
        )
        assert len(read(stated, tmp_path)[2]) == 1
    small = Limits(LIMITS.memory_bytes, LIMITS.cpu_seconds, 1 << 12)
    assert refused(sheet(), tmp_path, small).code == "ARCHIVE_REFUSED"
    value = sheet(*[NAMES, ["x" * 32_000]]) if NAMES else b""
    letters = random.Random(1).randbytes(3_000_000).hex().encode()
    long = repacked(value, "xl/.*", lambda xml: xml.replace(b"x" * 32_000, letters))
    assert refused(long, tmp_path).code == "VALUE_TOO_LONG"


# Archives


def test_archives(tmp_path):
    table = ("a.csv", HEADER + LINE)
    inner = zipped(table)
    assert len(read(inner, tmp_path)[2]) == 1
    assert refused(zipped(("a.zip", inner)), tmp_path).code == "ARCHIVE_REFUSED"
    assert refused(zipped(table, ("a.jpg", inner)), tmp_path).code == "ARCHIVE_REFUSED"
    assert refused(zipped(table, ("a.xlsx", sheet())), tmp_path).code == "ARCHIVE_REFUSED"
    assert refused(zipped(table, ("readme.txt", b"Xin")), tmp_path).code == "ARCHIVE_REFUSED"
    assert refused(zipped(*((f"{at}.xml", b"") for at in range(101))), tmp_path).code == "ARCHIVE_REFUSED"
    assert len(read(zipped(table, ("a.qix", b""), ("__MACOSX/._a.csv", b"\0")), tmp_path)[2]) == 1


def test_a_directory_of_a_million_names_is_not_read(tmp_path):
    data = bytearray(zipped(("a.csv", HEADER + LINE)))
    end = data.rfind(b"PK\x05\x06")
    struct.pack_into("<L", data, end + 12, 1 << 30)
    assert refused(bytes(data), tmp_path).code in {"ARCHIVE_REFUSED", "FORMAT_UNKNOWN"}
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for at in range(20_000):
            archive.writestr(f"{at:08}.xml", b"")
    refusal = refused(made.getvalue(), tmp_path)
    assert (refusal.code, refusal.details) == ("ARCHIVE_REFUSED", {"reason": "its directory is too large"})


def test_other_carriers_have_the_limit_of_columns_too(tmp_path):
    wide = json.loads(geojson(ROWS[:1]))
    wide["features"][0]["properties"] |= {f"c{at}": 1 for at in range(400)}
    assert refused(json.dumps(wide).encode(), tmp_path).code == "TOO_MANY_COLUMNS"

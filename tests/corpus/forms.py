"""Clean files of every format by writers that are not ours, made to have one value or one geometry put into them."""

from __future__ import annotations

import csv
import io
import sqlite3
import struct
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

import openpyxl
import pyarrow as pa
import pyogrio
import shapefile
import shapely
from landworld import COMMUNES as UNITS
from landworld import EPSG, SHORT, geojson, square

from fixtures.generators.zones import prj_text
from tests.corpus.cases import rows

HERE = "HERE"
NAMES = [name for name in rows()[0] if name != "ring"]
RING = square(UNITS[1], 2)
BOX = shapely.Polygon(RING)


def zipped(*members: tuple[str | zipfile.ZipInfo, bytes], packed: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", packed) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return made.getvalue()


def changed(data: bytes, member: str, change: Callable[[bytes], bytes]) -> bytes:
    """An archive with the bytes of one member changed."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == member else old.read(name))
    return made.getvalue()


# text carriers


def json_(**second: object) -> bytes:
    return geojson(rows(**second))


def json_shape(text: str) -> bytes:
    """The second row's geometry as JSON text."""
    return geojson(rows(geometry={"type": HERE})).replace(b'{"type": "HERE"}', text.encode())


def table(*, separator: str = ",", wkt: str | None = None, **second: object) -> bytes:
    """A CSV with a `wkt` column, quoted as Python's own writer does."""
    made = io.StringIO()
    out = csv.writer(made, delimiter=separator)
    out.writerow([*dict.fromkeys([*NAMES, *(name for name in second if name != "ring")]), "wkt"])
    for at, one in enumerate(rows(**second)):
        own = {name: value for name, value in one.items() if name != "ring"}
        blank = [""] * (len(rows(**second)[1]) - len(one)) if at == 0 else []
        out.writerow([*own.values(), *blank, wkt if at and wkt is not None else shapely.Polygon(one["ring"]).wkt])
    return made.getvalue().encode("utf-8", "surrogatepass")


def book(*, wkt: str | None = None, **second: object) -> bytes:
    """A workbook with a `wkt` column; text is text even where openpyxl would make a formula of it."""
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.append([*dict.fromkeys([*NAMES, *second]), "wkt"])
    for at, one in enumerate(rows(**second)):
        names = [*dict.fromkeys([*NAMES, *second])]
        sheet.append(
            [*(one.get(name) for name in names), wkt if at and wkt is not None else shapely.Polygon(one["ring"]).wkt]
        )
    for line in sheet.iter_rows(min_row=2):
        for cell in line:
            if isinstance(cell.value, str):
                cell.data_type = "s"
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def book_raw(value: bytes, column: str = "parcel_address") -> bytes:
    """A workbook whose second row has these bytes of XML in a cell, however malformed."""
    return changed(book(**{column: HERE}), "xl/worksheets/sheet1.xml", lambda xml: xml.replace(HERE.encode(), value))


GML = 'xmlns:gml="http://www.opengis.net/gml/3.2"'


def gml(
    *, head: str = "", shape: str | None = None, system: str = f"EPSG:{EPSG}", more: str = "", **second: object
) -> bytes:
    """GML 3.2 by hand; `shape` stands in the second row instead of its polygon, `more` behind all rows."""
    made = []
    for at, one in enumerate(rows(**second)):
        texts = "".join(f"<o:{name}>{escape(str(one[name]))}</o:{name}>" for name in one if name != "ring")
        place = polygon(one["ring"], system) if shape is None or not at else shape
        made.append(f'<o:member><o:thua gml:id="t.{at}"><o:geom>{place}</o:geom>{texts}</o:thua></o:member>')
    text = f'<?xml version="1.0" encoding="UTF-8"?>{head}<o:FeatureCollection xmlns:o="http://a.vn/o" {GML}>'
    return f"{text}{''.join(made)}{more}</o:FeatureCollection>".encode("utf-8", "surrogatepass")


def polygon(ring: object, system: str = f"EPSG:{EPSG}", numbers: str | None = None) -> str:
    said = numbers if numbers is not None else " ".join(f"{x} {y}" for x, y in ring)
    return (
        f'<gml:Polygon srsName="{system}"><gml:exterior><gml:LinearRing><gml:posList>{said}</gml:posList>'
        "</gml:LinearRing></gml:exterior></gml:Polygon>"
    )


def dossier(*inside: str, head: str = "", root: str = "HoSoXml") -> bytes:
    """Exchange XML of profile `vbdlis`."""
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n{head}<{root} {GML}>{"".join(inside)}</{root}>'
    return text.encode("utf-8", "surrogatepass")


def parcel(number: int = 1, *, shape: str | None = None, tags: str = "", key: object = None) -> str:
    place = square(UNITS[0], number)
    return (
        f"<DC_ThuaDat><thuaDatId>{key or number}</thuaDatId><maXa>{UNITS[0]}</maXa><soHieuToBanDo>1</soHieuToBanDo>"
        f"<soThuTuThua>{number}</soThuTuThua><diaChi>Thôn 1</diaChi><ThongTinMucDichSuDung><DC_MucDichSuDung>"
        f"<mucDichSuDungId>{number}</mucDichSuDungId><soThuTuMucDichSuDung>1</soThuTuMucDichSuDung>"
        "<maMucDichSuDung>ONT</maMucDichSuDung><dienTich>100</dienTich></DC_MucDichSuDung></ThongTinMucDichSuDung>"
        f"{tags}{polygon(place) if shape is None else shape}</DC_ThuaDat>"
    )


# binary carriers


def _arrow() -> pa.Table:
    both = rows()
    columns = {name: [str(one[name]) for one in both] for name in NAMES}
    return pa.table({**columns, "geom": shapely.to_wkb([shapely.Polygon(one["ring"]) for one in both])})


@cache
def layer(driver: str, ending: str, **options: str) -> bytes:
    """Both rows, all text, in one of GDAL's formats without an index."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"a.{ending}"
        pyogrio.write_arrow(
            _arrow(), path, layer="thua", driver=driver, geometry_name="geom", geometry_type="Polygon",
            crs=f"EPSG:{EPSG}", SPATIAL_INDEX="NO", **options,
        )  # fmt: skip
        return path.read_bytes()


def gpkg(*statements: str | tuple[str, tuple[object, ...]]) -> bytes:
    """A GeoPackage on which statements were run; `thua` is its table, `geom` its geometry."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.gpkg"
        path.write_bytes(layer("GPKG", "gpkg"))
        base = sqlite3.connect(path)
        try:
            base.create_function("ST_IsEmpty", 1, lambda _: 0)
            base.execute("PRAGMA writable_schema=ON")
            for one in statements:
                base.execute(*((one,) if isinstance(one, str) else one))
            base.commit()
        finally:
            base.close()
        return path.read_bytes()


def gpkg_value(column: str, value: object) -> bytes:
    return gpkg((f"UPDATE thua SET {column} = ? WHERE fid = 2", (value,)))


def gpkg_shape(wkb: bytes) -> bytes:
    """The second row's geometry as these bytes behind GeoPackage's own head."""
    return gpkg_value("geom", b"GP\x00\x01" + struct.pack("<i", EPSG) + wkb)


def fgb() -> bytes:
    return layer("FlatGeobuf", "fgb")


def shape_parts(points: object = None, **second: object) -> dict[str, bytes]:
    """The parts of a Shapefile by ending; `points` are the rings of the second row."""
    shp, shx, dbf = io.BytesIO(), io.BytesIO(), io.BytesIO()
    writer = shapefile.Writer(shp=shp, shx=shx, dbf=dbf, shapeType=shapefile.POLYGON, encoding="utf-8")
    for name in NAMES:
        writer.field(SHORT[name], "C", size=254)
    for at, one in enumerate(rows(**second)):
        writer.poly([one["ring"][::-1]] if points is None or not at else points)
        writer.record(*(str(one[name]) for name in NAMES))
    writer.close()
    return {
        ".shp": shp.getvalue(), ".shx": shx.getvalue(), ".dbf": dbf.getvalue(), ".prj": prj_text(EPSG).encode(),
        ".cpg": b"UTF-8",
    }  # fmt: skip


def shape_zip(parts: Mapping[str, bytes] | None = None, **changed_parts: bytes) -> bytes:
    """A zipped Shapefile; `shp=b"..."` stands instead of its .shp."""
    every = {**(parts or shape_parts()), **{f".{name}": data for name, data in changed_parts.items()}}
    return zipped(*((f"a{ending}", data) for ending, data in every.items()))


def shape_value(value: bytes, column: str = "parcel_address") -> bytes:
    """A Shapefile whose .dbf has these bytes in a cell of the second row."""
    parts = shape_parts(**{column: HERE})
    return shape_zip(parts | {".dbf": parts[".dbf"].replace(HERE.encode().ljust(len(value)), value[:254], 1)})


FORMATS: dict[str, Callable[[], bytes]] = {
    "geojson": json_,
    "csv": table,
    "xlsx": book,
    "gml": gml,
    "gpkg": gpkg,
    "fgb": fgb,
    "shp": shape_zip,
    "xml": lambda: dossier(parcel(1), parcel(2)),
}
"""A clean file of each format."""

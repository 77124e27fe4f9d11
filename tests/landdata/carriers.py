"""The same rows in every carrier, each as another writer than ours makes it: Debian's ogr2ogr, csv, openpyxl."""

from __future__ import annotations

import csv
import io
import subprocess
from datetime import date
from pathlib import Path

import openpyxl
import shapely
from landworld import EPSG, SHORT, geojson
from opening import zipped

KEY = ("commune_code", "map_sheet_number", "parcel_number")


def ogr(rows, folder: Path, driver: str, name: str, *options: str, spelt=None, epsg=EPSG) -> Path:
    """The rows as Debian's ogr2ogr writes them."""
    source = folder / f"{name}.source.json"
    source.write_bytes(geojson(rows, names_=spelt, epsg=epsg))
    made = folder / name
    subprocess.run(["/usr/bin/ogr2ogr", "-f", driver, made, source, *options], check=True, capture_output=True)
    source.unlink()
    return made


def cells(rows, *, geometry: bool) -> list[list[object]]:
    """Header and rows of a table."""
    names = [name for name in rows[0] if name != "ring"]
    shape = [[shapely.Polygon(one["ring"]).wkt if one["ring"] else ""] if geometry else [] for one in rows]
    head = [*names, *(["WKT"] if geometry else [])]
    return [head, *([*(one[name] for name in names), *extra] for one, extra in zip(rows, shape, strict=True))]


def text_table(rows, *, separator=",", geometry=True, start="") -> bytes:
    made = io.StringIO()
    csv.writer(made, delimiter=separator).writerows(cells(rows, geometry=geometry))
    return (start + made.getvalue()).encode()


def workbook(rows, *, geometry=True) -> bytes:
    """As an office keeps it: a cover sheet, days as days, numbers as numbers."""
    book = openpyxl.Workbook()
    book.active.title = "Bìa"
    book.active.append(["Bảng kê", "năm 2026"])
    sheet = book.create_sheet("Thửa đất")
    for one in cells(rows, geometry=geometry):
        sheet.append([as_day(value) for value in one])
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def as_day(value):
    if isinstance(value, str) and value.count("/") == 2 and len(value) == 10:
        day, month, year = (int(part) for part in value.split("/"))
        return date(year, month, day)
    return value


def shape_zip(rows, folder: Path, epsg=EPSG) -> bytes:
    made = ogr(rows, folder, "ESRI Shapefile", "shp", "-lco", "ENCODING=UTF-8", spelt=SHORT, epsg=epsg)
    return zipped(*made.iterdir())


def carriers(rows, folder: Path, name: str) -> bytes:
    """One carrier of the rows, by name."""
    folder.mkdir(exist_ok=True)
    parcels = {tuple(one[key] for key in KEY): one for one in reversed(rows) if one["ring"]}
    map_rows = [{key: one[key] for key in (*KEY, "ring")} for one in reversed(parcels.values())]
    kind, _, variant = name.partition(" ")
    match kind:
        case "gpkg":
            return ogr(rows, folder, "GPKG", "a.gpkg").read_bytes()
        case "geojson":
            return geojson(rows)
        case "shp":
            return shape_zip(rows, folder)
        case "fgb":
            return ogr(rows, folder, "FlatGeobuf", "a.fgb", "-lco", f"SPATIAL_INDEX={variant}").read_bytes()
        case "gml":
            made = ogr(rows, folder, "GML", "a.gml", "-dsco", f"FORMAT={variant.removesuffix(' xsd')}")
            return zipped(made, folder / "a.xsd") if variant.endswith("xsd") else made.read_bytes()
        case "csv-ogr":
            return ogr(
                rows, folder, "CSV", "a.csv", "-lco", "GEOMETRY=AS_WKT", "-lco", f"SEPARATOR={variant}"
            ).read_bytes()
        case "csv":
            return text_table(
                rows,
                separator={"tab": "\t"}.get(variant, variant[:1] or ","),
                start="\ufeff" if "BOM" in variant else "",
            )
        case "xlsx":
            return workbook(rows)
    table = ("Bảng.tệp", text_table(rows, geometry=False) if kind == "csv+" else workbook(rows, geometry=False))
    if variant == "shp":
        made = ogr(map_rows, folder, "ESRI Shapefile", "shp", spelt=SHORT)
        return zipped(table, *made.iterdir())
    driver = {"gpkg": "GPKG", "fgb": "FlatGeobuf", "gml": "GML", "geojson": "GeoJSON"}[variant]
    options = ["-lco", "RFC7946=NO"] if variant == "geojson" else []
    return zipped(table, ogr(map_rows, folder, driver, f"a.{variant}", *options))

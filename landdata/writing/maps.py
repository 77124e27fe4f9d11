"""Rows as a map layer through one GDAL driver, in the sender's coordinate system; runs in the child only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyogrio
from pyogrio.errors import DataLayerError

GEOPACKAGE, SHAPEFILE, GEOJSON, FLATGEOBUF = "GPKG", "ESRI Shapefile", "GeoJSON", "FlatGeobuf"
# dBASE III+: bytes of a value, of a column's name; columns.
_LONGEST_VALUE, _LONGEST_NAME, _MOST_COLUMNS = 254, 10, 255
_ELLIPSIS = "…"
_OPTIONS = {
    # 17 figures are what it takes to tell any two numbers apart; RFC 7946 has no place for a coordinate system.
    GEOJSON: {"RFC7946": "NO", "SIGNIFICANT_FIGURES": "17"},
    # With an index the rows would stand in the index's order.
    FLATGEOBUF: {"SPATIAL_INDEX": "NO"},
}


def write(table: pa.Table, target: Path, driver: str, layer: dict[str, Any]) -> bool:
    """Write the rows; `layer` has `name`, `crs`, `geometry`, `geometry_type` and `reasons`, the names of our columns.

    Returns False, and writes nothing, where the format cannot hold the sender's own values whole.
    """
    if driver == SHAPEFILE:
        if not _fits(table.drop_columns([*layer["reasons"], layer["geometry"]])):
            return False
        for name in layer["reasons"]:
            table = table.set_column(table.schema.get_field_index(name), name, _cut(table[name]))
    options = dict(_OPTIONS.get(driver, {}))
    if driver == GEOPACKAGE:
        taken = {name.lower() for name in table.column_names}
        options = {
            "GEOMETRY_NAME": layer["geometry"],
            "FID": next(name for name in ("fid", "ogc_fid", "fid_1", "fid_2") if name not in taken),
        }
    try:
        pyogrio.write_arrow(
            table,
            target,
            layer=layer["name"],
            driver=driver,
            geometry_name=layer["geometry"],
            geometry_type=layer["geometry_type"] or "Unknown",
            crs=layer["crs"],
            encoding="UTF-8",
            layer_options=options,
        )
    except DataLayerError as error:
        # Some formats hold no coordinate that is no number; rows that have one go back all the same.
        if driver == GEOPACKAGE or "non-finite" not in str(error):
            raise
        target.unlink(missing_ok=True)
        return False
    return True


def _fits(own: pa.Table) -> bool:
    """Old code pages need a byte a letter where UTF-8 needs up to three, so what came out of a DBF may not fit again."""
    if own.num_columns > _MOST_COLUMNS - 6 or any(len(name.encode()) > _LONGEST_NAME for name in own.column_names):
        return False
    texts = [column for column in own.columns if pa.types.is_string(column.type)]
    return all((pc.max(pc.binary_length(column)).as_py() or 0) <= _LONGEST_VALUE for column in texts)


def _cut(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if not pa.types.is_string(column.type):
        return column
    return pa.chunked_array([[_shortened(text) for text in column.to_pylist()]], pa.string())


def _shortened(text: str) -> str:
    raw = text.encode()
    if len(raw) <= _LONGEST_VALUE:
        return text
    return raw[: _LONGEST_VALUE - len(_ELLIPSIS.encode())].decode("utf-8", "ignore").rstrip() + _ELLIPSIS

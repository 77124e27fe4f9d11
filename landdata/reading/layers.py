"""Rows of a map layer through one GDAL driver as Arrow, batch by batch; runs in the child only."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyogrio

from landdata.errors import ColumnTwice, FileUnreadable, FormatUnknown, LayersUnclear, TooManyColumns
from landdata.model.code_pages import CodePage, decode, named
from landdata.model.parcels import folded
from landdata.model.vbdlis import ENTITIES, PARCEL
from landdata.reading import shapefile
from landdata.reading.columns import MOST_COLUMNS
from landdata.reading.detecting import MOST_WORDS, choose, words
from landdata.reading.markup import complete
from landdata.reading.stored import BATCH_ROWS, Stored, Tell, pieces

GEOPACKAGE, SHAPEFILE, FLATGEOBUF, GML = "GPKG", "ESRI Shapefile", "FlatGeobuf", "GML"
_RAW = "raw.arrow"
_ABOVE_ASCII = r"[^\x00-\x7f]"


def write(path: Path, driver: str, target: Path, *, format_name: str, declared: str | None, tell: Tell) -> None:
    """Write the one layer to `target`, and tell its name, coordinate system, geometry column, and rows as they come.

    `declared` is the text of a Shapefile's .cpg. Raises LayersUnclear, FormatUnknown, FileUnreadable and what the code
    pages raise.
    """
    if pyogrio.list_drivers().keys() != {driver}:
        raise FormatUnknown
    _look(path, driver, format_name)
    names = [str(name) for name in pyogrio.list_layers(path)[:, 0]]
    if driver == GEOPACKAGE and _has_entities(path, names):
        # Imported here: a file of one layer needs none of it.
        from landdata.reading import carrying, entities

        read = entities.from_geopackage(path, names, lambda batch: _check(batch, format_name))
        carrying.write(path.stem, read, target, tell)
        return
    if len(names) != 1:
        raise LayersUnclear(layers=len(names))
    info = pyogrio.read_info(path, layer=names[0])
    if info["driver"] != driver:
        raise FormatUnknown
    if len(info["fields"]) > MOST_COLUMNS:
        raise TooManyColumns(columns=len(info["fields"]), limit=MOST_COLUMNS)
    if driver == SHAPEFILE:
        # GDAL knows neither TCVN3 nor VNI and drops letters of Windows-1258: as ISO-8859-1 every byte comes through.
        raw, found, head = target.with_name(_RAW), set[str](), list[Any]()
        _stream(path, names[0], raw, lambda batch: _gather(batch, found), head.append, ENCODING="ISO-8859-1")
        said = head[0] | {"crs": shapefile.system(path) or head[0]["crs"]}
        _rewrite(raw, target, choose(found, named(declared) if declared else None), said, tell)
    else:
        rows = _stream(path, names[0], target, lambda batch: _check(batch, format_name), tell)
        # A file cut at its end reads as a shorter one, and GDAL leaves out a feature of GML whose numbers make no ring:
        # the head of the one, and the first look at the other, still know.
        if driver in {FLATGEOBUF, GML} and rows != info["features"]:
            raise FileUnreadable(format=format_name, reason="truncated or damaged")


def _look(path: Path, driver: str, format_name: str) -> None:
    """What has to hold before GDAL opens the file."""
    if driver == SHAPEFILE:
        shapefile.check(path)
    if driver == GEOPACKAGE:
        # Imported here: no other file needs a database.
        from landdata.reading import geopackage

        geopackage.check(path)
    if driver == GML:
        with path.open("rb") as source:
            complete(source, format_name=format_name)


def _has_entities(path: Path, layers: list[str]) -> bool:
    """Whether a GeoPackage is of the profile: a layer bears the name of the entity of parcels and has its id."""
    for layer in layers:
        if folded(layer) == folded(PARCEL):
            fields = pyogrio.read_info(path, layer=layer)["fields"]
            return folded(ENTITIES[PARCEL].key) in {folded(str(name)) for name in fields}
    return False


def _stream(
    path: Path, layer: str, target: Path, see: Callable[[pa.RecordBatch], object], tell: Tell, **options: str
) -> int:
    rows = 0
    opened = pyogrio.open_arrow(
        path, layer=layer, use_pyarrow=True, datetime_as_string=True, batch_size=BATCH_ROWS, **options
    )
    with (
        opened as (meta, batches),
        pa.OSFile(str(target), "wb") as sink,
        pa.ipc.new_file(sink, batches.schema) as writer,
    ):
        _require_distinct(batches.schema.names)
        tell(
            {
                "layer": layer,
                "crs": meta["crs"],
                "geometry": meta["geometry_name"] or "wkb_geometry",
                "geometry_type": meta["geometry_type"],
            }
        )
        for batch in batches:
            see(batch)
            for piece in pieces(batch):
                writer.write_batch(piece)
                tell(piece.num_rows)
            rows += batch.num_rows
    return rows


def _require_distinct(names: list[str]) -> None:
    """A column of the sender's may be named like the geometry, and letters of an old code page may read alike."""
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise ColumnTwice(column=twice[0])


def _check(batch: pa.RecordBatch, format_name: str) -> None:
    try:
        batch.validate(full=True)
    except pa.ArrowInvalid as error:
        # Bytes of an old code page in a format that is always UTF-8: GDAL hands them on as they are.
        raise FileUnreadable(format=format_name, reason="the text is not UTF-8") from error


def _gather(batch: pa.RecordBatch, found: set[str]) -> None:
    import pyarrow.compute as pc  # a seventh of the start of a process, and only a Shapefile has an old code page

    if not found:
        found |= words(batch.schema.names)
    for column in batch.columns:
        if pa.types.is_string(column.type) and len(found) < MOST_WORDS:
            distinct = column.unique()
            found |= words(distinct.filter(pc.match_substring_regex(distinct, _ABOVE_ASCII)).to_pylist())


def _rewrite(raw: Path, target: Path, page: CodePage, head: dict[str, Any], tell: Tell) -> None:
    stored = Stored(raw)
    with pa.OSFile(str(target), "wb") as sink:
        schema = pa.schema([field.with_name(decode(field.name, page)) for field in stored.schema])
        _require_distinct(schema.names)
        with pa.ipc.new_file(sink, schema) as writer:
            tell(head)
            for batch in stored.batches():
                writer.write_batch(pa.record_batch([_decoded(one, page) for one in batch.columns], schema=schema))
                tell(batch.num_rows)
    raw.unlink()


def _decoded(column: pa.Array, page: CodePage) -> pa.Array:
    if not pa.types.is_string(column.type):
        return column
    encoded = column.dictionary_encode()
    texts = encoded.dictionary.to_pylist()
    if all(text.isascii() for text in texts):
        return column
    return pa.array([decode(text, page) for text in texts], pa.string()).take(encoded.indices)

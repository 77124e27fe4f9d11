"""Writes a file in a child process with limits, from rows that a reader has open; hands back where it lies."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from landdata.errors import DiskFull, ReaderKilled, ReaderLimit
from landdata.model.deliveries import Format
from landdata.model.parcels import Integers
from landdata.reading.isolated import FROM_OUTSIDE, OUT_OF_MEMORY, Layer, Limits, environment
from landdata.reading.joining import keys_of
from landdata.writing.child import DONE
from landdata.writing.columns import header

_DRIVERS = {
    Format.GEOPACKAGE: "GPKG",
    Format.SHAPEFILE: "ESRI Shapefile",
    Format.GEOJSON: "GeoJSON",
    Format.FLATGEOBUF: "FlatGeobuf",
}
_STEM = "tra-lai"


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was written; `ending` is that of its name, with the point."""

    path: Path
    format: Format
    ending: str


def write_rows(layer: Layer, rows: Integers, told: pa.Table, *, crs: str, limits: Limits, folder: Path) -> Written:
    """Rows of an open layer (indices from 0, ascending) as a file of its own format, with `told` beside them.

    `told` has REASON_COLUMNS, a row each; `crs` is what the layer was read in where it names none itself. A table that came
    with a map layer goes back with one, cut to the same parcels. Where the format cannot hold the sender's own values
    whole (letters of an old code page may not fit a DBF in UTF-8), it is a GeoPackage. Raises ReaderLimit.
    """
    folder = folder.resolve()
    if layer.format.is_table:
        table = _copy(layer, rows, told, folder / f"{_STEM}.{layer.format.value}", limits)
        if layer.map_layer is None:
            return Written(table, layer.format, table.suffix)
        shape = layer.map_layer
        there = _same_parcels(layer, rows, shape)
        parts = _map(shape, there, None, crs, folder / "map", limits)
        return Written(_zipped(folder / f"{_STEM}.zip", [table, *parts[0]]), layer.format, ".zip")
    files, format_ = _map(layer, rows, told, crs, folder / "map", limits)
    if format_ is Format.SHAPEFILE:
        return Written(_zipped(folder / f"{_STEM}.zip", files), format_, ".zip")
    return Written(files[0], format_, files[0].suffix)


def write_entities(layer: Layer, told: pa.Table, sources: list[str], *, limits: Limits, folder: Path) -> Written:
    """The entities of a `vbdlis` file that refused rows reach, in the format they came in: see `told` of `write_rows`.

    `sources` name the entities of each row. A GeoPackage has `told` as a table LY_DO, exchange XML as comments.
    """
    target = folder.resolve() / f"{_STEM}.{layer.format.value}"
    is_xml = layer.format is Format.XML
    job = {"kind": "exchange" if is_xml else "entities", "target": str(target), "source": str(layer.source)}
    if not is_xml:
        job["driver"] = _DRIVERS[layer.format]
    _run(job, target, limits, told.append_column("nguon", pa.array(sources, pa.string())))
    return Written(target, layer.format, target.suffix)


def write_report(sheets: list[dict[str, Any]], *, limits: Limits, folder: Path) -> Path:
    """A workbook of tables that lie in the folder as CSV; `sheets` as `workbook.report` wants them."""
    target = folder.resolve() / "report.xlsx"
    _run({"kind": "report", "target": str(target), "sheets": sheets}, target, limits, None)
    return target


def _same_parcels(layer: Layer, rows: Integers, shape: Layer) -> Integers:
    wanted = keys_of(layer.stored).take(pa.array(rows))
    found = pc.is_in(keys_of(shape.stored), value_set=pc.drop_null(pc.unique(wanted)))
    return np.flatnonzero(found.to_numpy(zero_copy_only=False))


def _map(
    layer: Layer, rows: Integers, told: pa.Table | None, crs: str, folder: Path, limits: Limits
) -> tuple[list[Path], Format]:
    folder.mkdir()
    if layer.format is Format.GML and layer.source is not None and len(rows):
        target = folder / f"{_STEM}.gml"
        if _copied(layer, rows, told, target, limits):
            return [target], Format.GML
    elif layer.format is not Format.GML and _gdal(layer, rows, told, crs, _named(folder, layer.format), limits):
        found = sorted(path for path in folder.iterdir() if path.stem == _STEM)
        return found, layer.format
    target = _named(folder, Format.GEOPACKAGE)
    _gdal(layer, rows, told, crs, target, limits)
    return [target], Format.GEOPACKAGE


def _named(folder: Path, format_: Format) -> Path:
    return folder / f"{_STEM}.{'shp' if format_ is Format.SHAPEFILE else format_.value}"


def _gdal(layer: Layer, rows: Integers, told: pa.Table | None, crs: str, target: Path, limits: Limits) -> bool:
    table = layer.take(rows)
    own = [name for name in table.column_names if name != layer.geometry]
    head = header(own)
    added: tuple[str, ...] = ()
    if told is not None:
        added = head.added
        table = table.select(
            [*(own[at] for at in head.kept), *([layer.geometry] * (layer.geometry in table.column_names))]
        )
        for name, column in zip(head.reasons, told.columns, strict=True):
            table = table.append_column(name, column)
        if head.operation:
            table = table.append_column(head.operation, pa.array(list(head.rest) * len(rows), pa.string()))
    if layer.geometry not in table.column_names:
        table = table.append_column(layer.geometry, pa.nulls(len(rows), pa.binary()))
    driver = {**_DRIVERS, Format.GML: "GPKG"}[Format.GEOPACKAGE if target.suffix == ".gpkg" else layer.format]
    told_layer = {
        "name": layer.name,
        "crs": layer.crs or crs,
        "geometry": layer.geometry,
        "geometry_type": layer.geometry_type,
        "reasons": list(added),
    }
    job = {"kind": "map", "target": str(target), "driver": driver, "layer": told_layer}
    return _run(job, target, limits, table)


def _copy(layer: Layer, rows: Integers, told: pa.Table, target: Path, limits: Limits) -> Path:
    _copied(layer, rows, told, target, limits)
    return target


def _copied(layer: Layer, rows: Integers, told: pa.Table | None, target: Path, limits: Limits) -> bool:
    job = {
        "kind": layer.format.value,
        "target": str(target),
        "source": str(layer.source),
        "rows": [int(row) for row in rows],
    }
    return _run(job, target, limits, told if told is not None else pa.table({}))


def _run(job: dict[str, Any], target: Path, limits: Limits, table: pa.Table | None) -> bool:
    folder = target.parent
    if table is not None:
        job["table"] = str(folder / "job.arrow")
        with pa.OSFile(job["table"], "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
    asked = folder / "job.json"
    asked.write_text(
        json.dumps({**job, "memory_bytes": limits.memory_bytes, "cpu_seconds": limits.cpu_seconds}), encoding="utf-8"
    )
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-m", "landdata.writing.child", str(asked)],
            cwd=folder,
            env=environment(job.get("driver")),
            capture_output=True,
            timeout=limits.cpu_seconds * 4,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ReaderLimit(limit="time") from error
    finally:
        asked.unlink()
        (folder / "job.arrow").unlink(missing_ok=True)
    if done.returncode != 0:
        raise _failure(done.returncode, done.stderr.decode("utf-8", "replace"))
    said = json.loads((folder / DONE).read_text(encoding="utf-8"))
    (folder / DONE).unlink()
    return bool(said["written"])


def _failure(code: int, stderr: str) -> Exception:
    if code == -24:  # SIGXCPU
        return ReaderLimit(limit="CPU")
    if any(words in stderr for words in OUT_OF_MEMORY):
        return ReaderLimit(limit="memory")
    if "No space left" in stderr:
        return DiskFull()
    if -code in FROM_OUTSIDE:
        return ReaderKilled(signal=-code)
    # The rows were read before, so this is a defect of ours; its words may quote them and go nowhere.
    return RuntimeError(f"the writer ended with {code}")


def _zipped(target: Path, files: Sequence[Path]) -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in files:
            archive.write(one, one.name)
    return target

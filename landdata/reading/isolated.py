"""Opens a delivered file in a child process with one driver, limits and a private folder, and hands back its rows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyogrio

from landdata.errors import FileUnreadable, FormatUnknown, LayersUnclear, ReaderLimit
from landdata.model.deliveries import Format
from landdata.reading.archive import unpack_shapefile
from landdata.reading.child import OUTPUT, REPORT
from landdata.reading.sniff import sniff

_DRIVERS = {Format.GEOPACKAGE: "GPKG", Format.SHAPEFILE: "ESRI Shapefile", Format.GEOJSON: "GeoJSON"}
_NAMES = {Format.GEOPACKAGE: "delivery.gpkg", Format.GEOJSON: "delivery.geojson"}


@dataclass(frozen=True, slots=True)
class Limits:
    """What the child may use: bytes of memory, seconds of CPU, bytes of an unpacked archive."""

    memory_bytes: int
    cpu_seconds: int
    unpacked_bytes: int


@dataclass(frozen=True, slots=True)
class Layer:
    """The rows of a file as the file has them: attributes under their own names, geometry as WKB in `geometry`."""

    format: Format
    name: str
    crs: str | None
    table: pa.Table
    geometry: str


@contextmanager
def open_layer(path: Path, *, limits: Limits, scratch: Path) -> Iterator[Layer]:
    """The one layer of a file, for as long as the block lasts. Raises a DeliveryRefused naming what is wrong."""
    found = sniff(path)
    scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="reader-", dir=scratch) as name:
        folder = Path(name)
        if found is Format.SHAPEFILE:
            target = unpack_shapefile(path, folder, max_bytes=limits.unpacked_bytes)
        else:
            # GDAL goes by the ending too, so the file gets the ending of what it was found to be.
            target = folder / _NAMES[found]
            target.symlink_to(path.resolve())
        report = _run(found, target, folder, limits)
        with pa.memory_map(str(folder / OUTPUT)) as source:
            table = pa.ipc.open_file(source).read_all()
            yield Layer(found, report["layer"], report["crs"], table, report["geometry"])


def _run(found: Format, target: Path, folder: Path, limits: Limits) -> dict[str, str]:
    driver = _DRIVERS[found]
    job = folder / "job.json"
    job.write_text(
        json.dumps(
            {
                "path": str(target),
                "driver": driver,
                "memory_bytes": limits.memory_bytes,
                "cpu_seconds": limits.cpu_seconds,
            }
        ),
        encoding="utf-8",
    )
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-m", "landdata.reading.child", str(job)],
            cwd=folder,
            env=_environment(driver),
            capture_output=True,
            timeout=limits.cpu_seconds * 4,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ReaderLimit(limit="time") from error
    if done.returncode != 0:
        raise _failure(found, done.returncode, done.stderr.decode("utf-8", "replace"))
    report: dict[str, str] = json.loads((folder / REPORT).read_text(encoding="utf-8"))
    match report.get("error"):
        case None:
            return report
        case "LAYERS_UNCLEAR":
            raise LayersUnclear(layers=report["layers"])
        case "TEXT_UNREADABLE":
            raise FileUnreadable(format=found.value, reason="text is not in the code page the file names")
        case _:
            raise FormatUnknown


def _environment(driver: str) -> dict[str, str]:
    # GDAL registers its drivers when it is loaded, so the others must be named before; nothing else is handed on.
    keep = {key: os.environ[key] for key in ("PATH", "LANG", "LC_ALL") if key in os.environ}
    skip = ",".join(name for name in _all_drivers() if name != driver)
    return {
        **keep,
        "GDAL_SKIP": skip,
        "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
        "GDAL_HTTP_PROXY": "127.0.0.1:1",  # nobody listens: whatever GDAL fetches on its own fails at once
        "GDAL_HTTP_MAX_RETRY": "0",
        "OGR_GEOJSON_MAX_OBJ_SIZE": "64",
    }


@cache
def _all_drivers() -> tuple[str, ...]:
    return tuple(pyogrio.list_drivers())


def _failure(found: Format, code: int, stderr: str) -> FileUnreadable | ReaderLimit:
    if "MemoryError" in stderr or "ArrowMemoryError" in stderr or "bad_alloc" in stderr:
        return ReaderLimit(limit="memory")
    if code == -24:  # SIGXCPU
        return ReaderLimit(limit="CPU")
    # GDAL's words can quote the file, so only a short reason of ours goes out.
    reason = "truncated or damaged" if code > 0 else f"the reader was ended by signal {-code}"
    return FileUnreadable(format=found.value, reason=reason)

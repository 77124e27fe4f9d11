"""Opens a delivered file in a child process with one driver, limits and a private folder, and hands back its rows."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyogrio

from landdata.errors import (
    ArchiveRefused,
    DeliveryRefused,
    DiskFull,
    FilesNotTogether,
    FileUnreadable,
    ReaderKilled,
    ReaderLimit,
    all_errors,
)
from landdata.model.deliveries import Format, Profile
from landdata.model.parcels import Integers
from landdata.reading.archive import Part, unpack
from landdata.reading.child import NO_ROOM, NOTED, OUTPUT
from landdata.reading.columns import KEY_COLUMNS, wanted
from landdata.reading.joining import Joined, join
from landdata.reading.sniff import sniff
from landdata.reading.stored import Stored

_DRIVERS = {
    Format.GEOPACKAGE: "GPKG",
    Format.SHAPEFILE: "ESRI Shapefile",
    Format.GEOJSON: "GeoJSON",
    Format.FLATGEOBUF: "FlatGeobuf",
    Format.GML: "GML",
}
# Python, Arrow, C++, GDAL, OpenBLAS and the loader each say it in their own words.
OUT_OF_MEMORY = (
    "MemoryError", "bad_alloc", "Out of memory", "Memory allocation still failed", "failed to map segment",
)  # fmt: skip

# Nobody but a person, the kernel short of memory, or whoever ends the service sends these; a bad file ends by others.
FROM_OUTSIDE = frozenset({signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGKILL, signal.SIGTERM})
# As the system and SQLite say it. The disk itself is asked as well, since these words go to the same one.
_FULL = ("No space left", "Disk quota exceeded", "disk is full")
_LEAST_ROOM = 1 << 16

_WORDS = "words.txt"  # what the child and its libraries say when something is wrong

# What the child may say of a file, by code.
_REFUSALS = {one.code: one for one in all_errors() if issubclass(one, DeliveryRefused)}


@dataclass(frozen=True, slots=True)
class Limits:
    """What the child may use: bytes of memory, seconds of CPU, bytes of an unpacked archive."""

    memory_bytes: int
    cpu_seconds: int
    unpacked_bytes: int


@dataclass(frozen=True, slots=True)
class Layer:
    """The rows of a file as the file has them: attributes under their own names, geometry as WKB in `geometry`.

    They stand on disk for as long as the layer is open, and are read batch by batch or by number. A table that came with
    a map layer has the layer's coordinate system and geometry; `joined_with` is the layer's format,
    `map_columns` its own attributes, which are left with the file, and `unmatched` counts its parcels without a row,
    the first of them named in `unmatched_names` as commune.sheet.parcel. Rows joined from entities have SOURCE beside
    their columns; what was wrong with the entities is `noted`: row (from 0, null for none), code, entity, tag. `source` is
    where the rows stand, unpacked, and `map_layer` the layer as it came; both are good for as long as the layer is open.
    """

    format: Format
    name: str
    crs: str | None
    stored: Stored
    geometry: str
    profile: Profile = Profile.FLAT
    noted: Stored | None = None
    joined: Joined | None = None
    joined_with: Format | None = None
    map_columns: tuple[str, ...] = ()
    unmatched: int = 0
    unmatched_names: tuple[str, ...] = ()
    geometry_type: str | None = None
    source: Path | None = None
    map_layer: Layer | None = None

    def __len__(self) -> int:
        return len(self.stored)

    @property
    def empty(self) -> bool:
        """Whether it has no row."""
        return self.stored.empty

    @property
    def names(self) -> list[str]:
        """Columns in the order of the file; the geometry of a map layer comes last."""
        return [*self.stored.names, self.geometry] if self.joined else self.stored.names

    def batches(self, names: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """All rows in order, or some of their columns, which are then the table's own."""
        start = 0
        for batch in self.stored.batches(names):
            stop = start + batch.num_rows
            if self.joined and names is None:
                yield batch.append_column(self.geometry, self.joined.shapes(np.arange(start, stop)))
            else:
                yield batch
            start = stop

    def take(self, rows: Integers) -> pa.Table:
        """Rows by their numbers from 0, which ascend."""
        taken = self.stored.take(rows)
        return taken.append_column(self.geometry, self.joined.shapes(rows)) if self.joined else taken

    def shapes(self, rows: Integers) -> pa.Array:
        """Geometry of rows by their numbers from 0, which ascend; nulls where the file has none."""
        if self.joined:
            return self.joined.shapes(rows)
        if self.geometry not in self.stored.names:
            return pa.nulls(len(rows), pa.binary())
        return self.stored.take(rows, [self.geometry])[self.geometry].combine_chunks()


@contextmanager
def open_layer(*paths: Path, limits: Limits, scratch: Path) -> Iterator[Layer]:
    """The one layer of a file, or of a table and its map layer, for as long as the block lasts.

    Raises a DeliveryRefused naming what is wrong, DiskFull, or ReaderKilled for a child that was ended from outside.
    """
    found = [sniff(path) for path in paths]
    scratch.mkdir(parents=True, exist_ok=True)
    # Absolute, since the child starts in a folder of its own.
    with tempfile.TemporaryDirectory(prefix="reader-", dir=scratch.resolve()) as name, ExitStack() as held:
        folder = Path(name)
        parts: list[Part] = []
        for at, (path, one) in enumerate(zip(paths, found, strict=True)):
            if one is Format.SHAPEFILE:
                (inner := folder / f"archive-{at}").mkdir()
                parts += unpack(path, inner, max_bytes=limits.unpacked_bytes)
            else:
                parts.append(Part(one, path.resolve()))
        for is_table, what in ((False, "map layer"), (True, "table")):
            if sum(part.format.is_table is is_table for part in parts) > 1:
                raise FilesNotTogether(reason=f"more than one {what}")
        read = [_part(part, folder / part.format.name.lower(), limits, held) for part in parts]
        yield read[0] if len(read) == 1 else _joined(read, ArchiveRefused if len(paths) == 1 else FilesNotTogether)


def _joined(read: list[Layer], refused: type[DeliveryRefused]) -> Layer:
    [table] = [one for one in read if one.format.is_table]
    [layer] = [one for one in read if not one.format.is_table]
    if layer.profile is not Profile.FLAT:
        raise refused(reason="a table beside a file of profile vbdlis, which has its own")
    if table.geometry in table.names:
        raise refused(reason="the table has geometry of its own beside the map layer's")
    if layer.geometry not in layer.names:
        raise refused(reason="the map layer has no geometry")
    joined = join(table.stored, layer.stored, layer.geometry)
    return replace(
        table,
        crs=layer.crs,
        joined=joined,
        joined_with=layer.format,
        map_columns=tuple(name for name in layer.names if name != layer.geometry and wanted(name) not in KEY_COLUMNS),
        unmatched=joined.unmatched,
        unmatched_names=joined.unmatched_names,
        map_layer=layer,
    )


def _part(part: Part, folder: Path, limits: Limits, held: ExitStack) -> Layer:
    folder.mkdir()
    target = part.path
    if part.format is not Format.SHAPEFILE:
        # GDAL goes by the ending too, so the file gets the ending of what it was found to be.
        target = folder / f"delivery.{part.format.value}"
        target.symlink_to(part.path)
    head, arriving = held.enter_context(_reading(part, target, folder, limits))
    profile = Profile(head.get("profile", Profile.FLAT))
    return Layer(
        part.format, head["layer"], head["crs"], Stored(folder / OUTPUT, arriving), head["geometry"], profile,
        Stored(folder / NOTED) if profile is Profile.VBDLIS else None, map_columns=tuple(head.get("unknown", ())),
        geometry_type=head.get("geometry_type"), source=part.path,
    )  # fmt: skip


@contextmanager
def _reading(part: Part, target: Path, folder: Path, limits: Limits) -> Iterator[tuple[dict[str, Any], Iterator[int]]]:
    """Let a child read the file: what it says of the layer, and the rows of each batch as it comes.

    The child ends with the block at the latest. Both may raise a DeliveryRefused.
    """
    driver = _DRIVERS.get(part.format)
    job = folder / "job.json"
    job.write_text(
        json.dumps(
            {
                "path": str(target),
                "format": part.format.value,
                "driver": driver,
                "declared": part.declared,
                "memory_bytes": limits.memory_bytes,
                "cpu_seconds": limits.cpu_seconds,
                "unpacked_bytes": limits.unpacked_bytes,
            }
        ),
        encoding="utf-8",
    )
    late = threading.Event()
    with (
        (folder / _WORDS).open("wb") as words,
        subprocess.Popen(
            [sys.executable, "-I", "-m", "landdata.reading.child", str(job)],
            cwd=folder,
            env=environment(driver),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=words,
        ) as child,
    ):

        def stop() -> None:
            late.set()
            child.kill()

        clock = threading.Timer(limits.cpu_seconds * 4, stop)
        clock.daemon = True
        clock.start()
        try:
            said = _said(child, part.format, folder, late)
            head = next(said)
            yield head, (int(rows) for rows in said)
        finally:
            clock.cancel()
            child.kill()


def _said(child: subprocess.Popen[bytes], found: Format, folder: Path, late: threading.Event) -> Iterator[Any]:
    """The lines of a child.

    Raises why it refuses the file, or how the child itself ended: DiskFull and ReaderKilled are no word about the file.
    """
    for line in child.stdout or ():
        if not line.endswith(b"\n"):
            break  # it was ended in the middle of a word
        what = json.loads(line)
        if what == NO_ROOM:
            raise DiskFull
        if isinstance(what, dict) and "refused" in what:
            raise _REFUSALS[what["refused"]](**what["details"])
        yield what
    code = child.wait()
    if late.is_set():
        raise ReaderLimit(limit="time")
    if code != 0:
        words = (folder / _WORDS).read_text(encoding="utf-8", errors="replace")
        if any(one in words for one in _FULL) or _no_room(folder):
            raise DiskFull
        raise failure(found, code, words)


def environment(driver: str | None) -> dict[str, str]:
    """All that a child is told by its environment: one driver, no network, values as text."""
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
        # Its reader is eight times slower, and `workbook.check` has refused every DOCTYPE before openpyxl sees a part.
        "OPENPYXL_DEFUSEDXML": "False",
        "GML_SKIP_RESOLVE_ELEMS": "ALL",  # no xlink is followed
        "GML_DOWNLOAD_SCHEMA": "NO",
        "GML_EXPOSE_GML_ID": "NO",
        "GML_EXPOSE_FID": "NO",
        "GML_FIELDTYPES": "ALWAYS_STRING",  # guessed types would make 7201 of 07201
    }


@cache
def _all_drivers() -> tuple[str, ...]:
    return tuple(pyogrio.list_drivers())


def _no_room(folder: Path) -> bool:
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize < _LEAST_ROOM


def failure(found: Format, code: int, stderr: str) -> FileUnreadable | ReaderKilled | ReaderLimit:
    """What it means that a child ended by itself with this exit code, and said this."""
    if any(words in stderr for words in OUT_OF_MEMORY):
        return ReaderLimit(limit="memory")
    if code == -signal.SIGXCPU:
        return ReaderLimit(limit="CPU")
    if -code in FROM_OUTSIDE:
        return ReaderKilled(signal=-code)
    # GDAL's words can quote the file, so only a short reason of ours goes out.
    reason = "truncated or damaged" if code > 0 else f"the reader was ended by signal {-code}"
    return FileUnreadable(format=found.value, reason=reason)

"""Rows of text become Arrow with geometry from the `wkt` column; runs in the child and knows neither CSV nor XLSX."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import shapely

from landdata.errors import ColumnTwice, TooManyColumns
from landdata.reading.columns import GEOMETRY_TEXT, MOST_COLUMNS, is_geometry_text
from landdata.reading.stored import Tell, pieces

GEOMETRY = "wkb_geometry"
_BENT = "(?i)curve|circular|surface"  # kinds of geometry that GEOS will not make
_BATCH = 10_000  # lists of texts are many times their size in Arrow


def write(rows: Iterator[list[str]], target: Path, *, layer: str, tell: Tell) -> None:
    """Write header and rows as an Arrow file, a batch at a time, and tell of each.

    Raises TooManyColumns or ColumnTwice. Columns without a name are left out: a report could not name them.
    """
    header = [name.strip() for name in next(rows)]
    if len(header) > MOST_COLUMNS:
        raise TooManyColumns(columns=len(header), limit=MOST_COLUMNS)
    shapes = [at for at, name in enumerate(header) if is_geometry_text(name)]
    if len(shapes) > 1:
        raise ColumnTwice(column=GEOMETRY_TEXT)
    plain = [at for at, name in enumerate(header) if name and at not in shapes and name != GEOMETRY]
    schema = pa.schema(
        [(header[at], pa.string()) for at in plain] + [(GEOMETRY, pa.binary()) for _ in shapes],
    )
    with pa.OSFile(str(target), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        tell({"layer": layer, "crs": None, "geometry": GEOMETRY})
        while batch := list(islice(rows, _BATCH)):
            columns = list(zip(*batch, strict=True))
            arrays = [pa.array(columns[at], pa.string()) for at in plain] + [_wkb(columns[at]) for at in shapes]
            for piece in pieces(pa.record_batch(arrays, schema=schema)):
                writer.write_batch(piece)
                tell(piece.num_rows)


def _wkb(texts: tuple[str, ...]) -> pa.Array:
    # What is no WKT becomes a missing geometry: its row is refused by name, the others are not.
    # Nothing here reckons with curves; a point is refused for being no polygon.
    straight = pc.if_else(pc.match_substring_regex(pa.array(texts, pa.string()), _BENT), "POINT (0 0)", pa.array(texts))
    read = shapely.from_wkt(straight.to_numpy(zero_copy_only=False), on_invalid="ignore")
    return pa.array(shapely.to_wkb(read), pa.binary())

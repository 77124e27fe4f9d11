"""Opens delivered bytes as the service does, and packs files into archives: for the tests of reading."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import shapely

from landdata.errors import DeliveryRefused
from landdata.model.parcels import Aside, FlatRows, Found
from landdata.reading.flat import FlatLayer
from landdata.reading.isolated import Layer, Limits, open_layer

LIMITS = Limits(4 << 30, 30, 50 << 20)


def zipped(*files: Path | tuple[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in files:
            name, data = one if isinstance(one, tuple) else (f"Bản đồ/{one.name}", one.read_bytes())
            archive.writestr(name, data)
    return made.getvalue()


def repacked(data: bytes, name: str, change) -> bytes:
    """The same archive with one member's bytes changed."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            content = old.read(member)
            new.writestr(member, change(content) if re.fullmatch(name, member) else content)
    return made.getvalue()


def read(data: bytes, folder: Path, limits: Limits = LIMITS):
    """The layer without its table, the rows by column, and the geometry."""
    path = folder / "delivered"
    path.write_bytes(data)
    with open_layer(path, limits=limits, scratch=folder / "scratch") as layer:
        rows = FlatLayer(layer).take(np.arange(len(layer)))
        columns = {name: column.to_pylist() for name, column in rows.columns.items()}
        return layer, columns, shapely.from_wkb(rows.geometry, on_invalid="ignore")


class Beside(NamedTuple):
    """What a layer says of its rows beside them."""

    crs: str | None
    sources: list[str] | None
    found: tuple[Found, ...]
    asides: list[Aside]


def everything(layer: Layer) -> tuple[FlatRows, Beside]:
    """All rows of an open layer, and what it says beside them."""
    rows = FlatLayer(layer)
    every = np.arange(len(rows))
    return rows.take(every), Beside(layer.crs, rows.sources(every), rows.found, list(rows.asides()))


def refused(data: bytes, folder: Path, limits: Limits = LIMITS) -> DeliveryRefused:
    with pytest.raises(DeliveryRefused) as caught:
        read(data, folder, limits)
    assert all(caught.value.sentence(language) and caught.value.mend(language) for language in ("vi", "en"))
    assert list((folder / "scratch").glob("*")) == []
    return caught.value

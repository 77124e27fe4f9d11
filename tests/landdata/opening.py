"""Opens delivered bytes as the service does, and packs files into archives: for the tests of reading."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
import shapely

from landdata.errors import DeliveryRefused
from landdata.reading.flat import FlatLayer
from landdata.reading.isolated import Limits, open_layer

LIMITS = Limits(4 << 30, 30, 50 << 20)


def zipped(*files: Path | tuple[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in files:
            name, data = one if isinstance(one, tuple) else (f"Bản đồ/{one.name}", one.read_bytes())
            archive.writestr(name, data)
    return made.getvalue()


def read(data: bytes, folder: Path, limits: Limits = LIMITS):
    """The layer without its table, the rows by column, and the geometry."""
    path = folder / "delivered"
    path.write_bytes(data)
    with open_layer(path, limits=limits, scratch=folder / "scratch") as layer:
        rows = FlatLayer(layer).take(np.arange(len(layer)))
        columns = {name: column.to_pylist() for name, column in rows.columns.items()}
        return layer, columns, shapely.from_wkb(rows.geometry, on_invalid="ignore")


def refused(data: bytes, folder: Path, limits: Limits = LIMITS) -> DeliveryRefused:
    with pytest.raises(DeliveryRefused) as caught:
        read(data, folder, limits)
    assert all(caught.value.sentence(language) and caught.value.mend(language) for language in ("vi", "en"))
    assert list((folder / "scratch").glob("*")) == []
    return caught.value

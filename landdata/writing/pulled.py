"""Rows of a service as one GeoJSON file that the reader of deliveries knows: row by row, the same rows the same bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pydantic_core import to_json

from landdata.model.connections import Feature


class FeatureFile:
    """A file in the making. `columns`: name at the service -> name of the profile; others keep theirs."""

    def __init__(self, path: Path, *, epsg: int, columns: Mapping[str, str]) -> None:
        self._path, self._columns = path, columns
        self._file = path.open("wb")
        self._digest = hashlib.sha256()
        self._rows = self.size_bytes = 0
        # The file is written for one reader of ours, which takes its system from this member (delivering.md).
        self._write(
            b'{"type":"FeatureCollection","name":"rows","crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::%d"}},'
            b'"features":[' % epsg
        )

    def add(self, feature: Feature, **more: str) -> None:
        """One row more; `more` are columns beside its own."""
        values = {self._columns.get(name, name): value for name, value in feature.values.items()} | more
        row = {"type": "Feature", "properties": values, "geometry": feature.geometry}
        self._write((b",\n" if self._rows else b"\n") + to_json(row, inf_nan_mode="null"))
        self._rows += 1

    @property
    def rows(self) -> int:
        """Rows so far."""
        return self._rows

    def close(self) -> bytes:
        """End the file; SHA-256 of its bytes."""
        if not self._file.closed:
            self._write(b"\n]}\n")
            self._file.close()
        return self._digest.digest()

    def _write(self, data: bytes) -> None:
        self._digest.update(data)
        self.size_bytes += len(data)
        self._file.write(data)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, where: TracebackType | None
    ) -> None:
        self._file.close()


def digest_of(values: Any) -> str:
    """Sixteen letters that stand for a row's content."""
    return hashlib.sha256(to_json(values, inf_nan_mode="null")).hexdigest()[:16]

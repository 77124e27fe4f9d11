"""Exchange XML of profile `vbdlis`, streamed into one table per entity; runs in the child and never holds the document.

No DOCTYPE, no entity, nothing external: links and schema locations are plain text here. Depth and text are bounded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.parsers import expat

import pyarrow as pa

from landdata.errors import CrsMixed, DoctypeRefused, FileUnreadable, MarkupRefused
from landdata.model.vbdlis import BEFORE_CHANGE, DOSSIER, ENTITIES, PARCEL, PREFIX
from landdata.reading import gml, markup
from landdata.reading.entities import GEOMETRY, Entities

_DEEPEST = 64
_LONGEST_VALUE = 1 << 16
_LONGEST_GEOMETRY = 1 << 24  # characters; 20,000 vertices need about 600,000
_MOST_NAMES = 2_000  # the dictionary has some 600
_CHUNK = 1 << 20
_BATCH = 5_000
_ENTITY, _LEFT, _WRAPPER, _GEOMETRY, _GML = range(5)


def read(path: Path) -> Entities:
    """Raises DoctypeRefused, MarkupRefused, CrsMixed or FileUnreadable."""
    return _parsed(path).entities()


def tables(path: Path) -> dict[str, pa.Table]:
    """Every entity as often as it stands in the document. Raises what `read` does."""
    return _parsed(path).tables()


def _parsed(path: Path) -> _Reader:
    reader = _Reader()
    parser = markup.parser(reader, DoctypeRefused(format="xml"))
    try:
        with path.open("rb") as source:
            while chunk := source.read(_CHUNK):
                parser.Parse(chunk, False)
            parser.Parse(b"", True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise FileUnreadable(format="xml", reason="truncated or damaged") from error
    return reader


class _Rows:
    """Rows of one entity: text until there are enough of them, then Arrow."""

    def __init__(self, name: str) -> None:
        self.columns = [*ENTITIES[name].columns, *([GEOMETRY] if name == PARCEL else [])]
        self._schema = pa.schema([(one, pa.binary() if one == GEOMETRY else pa.string()) for one in self.columns])
        self._waiting: list[dict[str, Any]] = []
        self._batches: list[pa.RecordBatch] = []

    def add(self, row: dict[str, Any]) -> None:
        self._waiting.append(row)
        if len(self._waiting) >= _BATCH:
            self._flush()

    def table(self) -> pa.Table:
        self._flush()
        return pa.Table.from_batches(self._batches, self._schema).combine_chunks()

    def _flush(self) -> None:
        arrays = [
            pa.array([row.get(field.name) for row in self._waiting], field.type) for field in self._schema
        ]  # fmt: skip
        self._batches.append(pa.record_batch(arrays, schema=self._schema))
        self._waiting = []


@dataclass(slots=True)
class _Frame:
    """An entity that is open: its tags so far, its geometry, and the entities that stand in it."""

    entity: str
    row: dict[str, Any] = field(default_factory=dict)
    outline: gml.Outline | None = None
    inner: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


class _Reader:
    """Handlers of the parser. A leaf inside an entity is one of its tags, however many wrappers stand between."""

    def __init__(self) -> None:
        self._rows = {name: _Rows(name) for name in ENTITIES}
        self._unknown: Counter[str] = Counter()
        self._kinds: dict[str, tuple[int, str]] = {}
        self._depth = self._skipping = self._outline_depth = 0
        self._open: list[_Frame] = []
        self._value: list[str] | None = None
        self._length = 0
        self._outline: gml.Outline | None = None
        self._system: str | None = None

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise MarkupRefused(reason=f"elements more than {_DEEPEST} deep")
        if self._skipping:
            return
        kind, local = self._kinds.get(name) or self._kind(name)
        self._value = None
        if self._outline is not None:
            self._outline.start(local, attributes)
        elif kind == _ENTITY:
            self._open.append(_Frame(local))
        elif kind == _LEFT:
            self._unknown[local] += 1
            self._skipping = self._depth
        elif kind == _GEOMETRY and self._open and self._open[-1].entity == PARCEL:
            # A parcel of several geometries is their polygons together.
            self._outline = self._open[-1].outline = self._open[-1].outline or gml.Outline()
            self._outline_depth, self._length = self._depth, 0
            self._outline.start(local, attributes)
        elif kind == _WRAPPER and self._open:
            self._value, self._length = [], 0

    def text(self, piece: str) -> None:
        if self._outline is not None:
            self._grow(piece, _LONGEST_GEOMETRY)
            self._outline.text(piece)
        elif self._value is not None:
            self._grow(piece, _LONGEST_VALUE)
            self._value.append(piece)

    def end(self, name: str) -> None:
        depth, self._depth = self._depth, self._depth - 1
        if self._skipping:
            self._skipping = 0 if depth == self._skipping else self._skipping
            return
        kind, local = self._kinds[name]
        if self._outline is not None:
            self._outline.end(local)
            if depth == self._outline_depth:
                self._located(self._outline.srs_name)
                self._outline = None
        elif kind == _ENTITY:
            self._close()
        elif self._value is not None:
            self._said(local, "".join(self._value).strip())
        self._value = None

    def tables(self) -> dict[str, pa.Table]:
        return {name: rows.table() for name, rows in self._rows.items()}

    def entities(self) -> Entities:
        return Entities.of(self.tables(), system=self._system, unknown=tuple(sorted(self._unknown)))

    def _kind(self, name: str) -> tuple[int, str]:
        namespace, _, local = name.rpartition(" ")
        if namespace == gml.NAMESPACE or namespace.startswith(f"{gml.NAMESPACE}/"):
            kind = _GEOMETRY if local in gml.GEOMETRIES else _GML
        elif local in ENTITIES:
            kind = _ENTITY
        elif local == BEFORE_CHANGE or (local.startswith(PREFIX) and local != DOSSIER):
            kind = _LEFT
        else:
            kind = _WRAPPER
        self._kinds[name] = kind, local
        if len(self._kinds) > _MOST_NAMES:
            raise MarkupRefused(reason=f"more than {_MOST_NAMES} different elements")
        return kind, local

    def _grow(self, piece: str, most: int) -> None:
        self._length += len(piece)
        if self._length > most:
            raise MarkupRefused(reason=f"a value of more than {most} characters")

    def _said(self, tag: str, value: str) -> None:
        frame = self._open[-1]
        if tag not in self._rows[frame.entity].columns:
            if value:
                self._unknown[f"{frame.entity}.{tag}"] += 1
        elif tag in frame.row:
            frame.row[tag] = f"{frame.row[tag]};{value}"  # members, owners, parcels: a tag that comes again is a list
        else:
            frame.row[tag] = value

    def _close(self) -> None:
        frame = self._open.pop()
        if frame.outline is not None:
            frame.row[GEOMETRY] = frame.outline.wkb()
        homeless = []
        for entity, row in frame.inner:
            # What stands in an entity belongs to it; its id may come after what stands in it.
            within = ENTITIES[entity].within
            if within and not row.get(within):
                row[within] = frame.row.get(within)
            if within and not row.get(within) and self._open:
                homeless.append((entity, row))
            else:
                self._rows[entity].add(row)
        if self._open:
            self._open[-1].inner += [*homeless, (frame.entity, frame.row)]
        else:
            self._rows[frame.entity].add(frame.row)

    def _located(self, srs_name: str | None) -> None:
        if srs_name is None:
            return
        system = gml.system(srs_name)
        if self._system not in {None, system}:
            raise CrsMixed(first=str(self._system)[:60], second=system[:60])
        self._system = system

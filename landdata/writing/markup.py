"""Features of a GML document copied letter by letter, with reasons added to each; runs in the child only."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.parsers import expat  # the reader refused every DOCTYPE before a row of the file was ever looked at
from xml.sax.saxutils import escape

import pyarrow as pa

from landdata.reading.columns import is_operation, reasons
from landdata.writing.columns import Header, header

# What may hold features, by local name; the former two hold one each in GML 2 and 3.2, which goes with it.
_SINGLE, _HOLDERS = frozenset({"featureMember", "member"}), frozenset({"featureMember", "member", "featureMembers"})
_MEMBER, _FEATURE, _PROPERTY = 2, 3, 4  # depths
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(slots=True)
class _Feature:
    """Byte places: `start` to `end` is what goes when the feature goes, `inside` is before its own closing tag."""

    start: int
    inside: int
    end: int
    tag: str
    properties: list[tuple[str, int, int]] = field(default_factory=list)


def write(source: Path, target: Path, rows: list[int], told: pa.Table | None) -> bool:
    """Copy the document with these features only, `told` (columns of reasons) added to each.

    No coordinate passes through a number on the way. Returns False, and writes nothing, where features cannot be told
    apart: bytes of UTF-16, or fewer features than rows.
    """
    data = source.read_bytes()
    if data.startswith(_UTF_16):
        return False
    features = _Places().of(data)
    if not rows or rows[-1] >= len(features):
        return False
    names = list(dict.fromkeys(name for one in features for name, _, _ in one.properties))
    head = header(names) if told is not None else None
    before = reasons(names) if told is not None else frozenset()
    said = told.to_pylist() if told is not None else [None] * len(rows)
    with target.open("wb") as out:
        out.write(data[: features[0].start])
        for row, why in zip(rows, said, strict=True):
            one = features[row]
            at = one.start
            for name, start, end in one.properties:
                if name in before:
                    out.write(data[at:start])
                    at = end
            out.write(data[at : one.inside])
            if head is not None and why is not None:
                out.write(_elements(one, head, why))
            out.write(data[one.inside : one.end])
        out.write(data[features[-1].end :])
    return True


def _elements(feature: _Feature, head: Header, why: dict[str, Any]) -> bytes:
    prefix = f"{feature.tag.partition(':')[0]}:" if ":" in feature.tag else ""
    values = [*zip(head.reasons, why.values(), strict=True)]
    if head.operation and not any(is_operation(name) for name, _, _ in feature.properties):
        values.append((head.operation, head.rest[0]))
    text = "".join(f"<{prefix}{name}>{escape(str(value))}</{prefix}{name}>" for name, value in values)
    return text.encode("ascii", "xmlcharrefreplace")  # whatever 8-bit page the document is in


class _Places:
    """Walks a document once and notes where its features and their properties stand."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._open
        self._parser.EndElementHandler = self._close
        self._path: list[tuple[str, int]] = []
        self._found: list[_Feature] = []
        self._data = b""

    def of(self, data: bytes) -> list[_Feature]:
        self._data = data
        self._parser.Parse(data, True)
        return self._found

    def _open(self, tag: str, _: dict[str, str]) -> None:
        self._path.append((tag, self._parser.CurrentByteIndex))
        if len(self._path) == _FEATURE and _local(self._path[_MEMBER - 1][0]) in _HOLDERS:
            self._found.append(_Feature(self._parser.CurrentByteIndex, -1, -1, tag))

    def _close(self, tag: str) -> None:
        depth, (_, start) = len(self._path), self._path.pop()
        if depth > _PROPERTY or (depth > _MEMBER and _local(self._path[_MEMBER - 1][0]) not in _HOLDERS):
            return
        closing = self._parser.CurrentByteIndex
        end = self._data.index(b">", closing) + 1
        if depth == _PROPERTY:
            self._found[-1].properties.append((_local(tag), start, end))
        elif depth == _FEATURE:
            self._found[-1].inside, self._found[-1].end = closing, end
        elif depth == _MEMBER and _local(tag) in _SINGLE and self._found:
            self._found[-1].start, self._found[-1].end = start, end


def _local(tag: str) -> str:
    return tag.rpartition(":")[2]

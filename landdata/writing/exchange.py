"""Exchange XML copied letter by letter, with entities of refused records only; runs in the child only."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from xml.parsers import expat  # the reader refused every DOCTYPE before a row of the file was ever looked at

import pyarrow as pa

from landdata.model.vbdlis import BEFORE_CHANGE, DOSSIER, ENTITIES, PREFIX
from landdata.reading import exchange
from landdata.reading.entities import clean
from landdata.writing.reaching import Chosen, named, reached

MARK = "TRẢ LẠI / RETURNED"
_WIDE = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


@dataclass(slots=True)
class _Place:
    """Where an entity, or a comment of ours, stands; `keep` once it or one in it is wanted."""

    name: str
    start: int
    end: int = -1
    key: str | None = None
    keep: bool = False


def write(source: Path, target: Path, told: pa.Table) -> None:
    """Copy the document without entities that no refused record reaches; before each refused one a comment says why.

    `told` has columns of reasons and last what each row came from. Comments of an earlier return go.
    """
    data = source.read_bytes()
    tables = {name: clean(name, table) for name, table in exchange.tables(source).items()}
    rows = list(named(told.columns[-1].to_pylist()))
    chosen = reached(tables, {one for row in rows for one in row})
    said: dict[tuple[str, str | None], list[str]] = defaultdict(list)
    for row, why in zip(rows, told.to_pylist(), strict=True):
        if row:
            said[row[0]].append("; ".join(str(value) for value in why.values()))
    places = _Places(data, chosen)
    with target.open("wb") as out:
        at = 0
        for one in places.found():
            if one.start < at:
                continue
            out.write(data[at : one.start])
            at = one.start if one.keep else one.end
            for words in said.pop((one.name, one.key), ()) if one.keep else ():
                comment = f"<!-- {MARK}: {words.replace('--', '- -')} -->\n"
                out.write(comment.encode(places.encoding, "replace"))
        out.write(data[at:])


class _Places:
    """Walks a document once and notes where its entities stand."""

    def __init__(self, data: bytes, chosen: Chosen) -> None:
        self._data, self._chosen = data, chosen
        self.encoding = _WIDE.get(data[:2], "utf-8")
        self._step = 2 if data[:2] in _WIDE else 1
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.XmlDeclHandler = self._declared
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.CommentHandler = self._comment
        self._found: list[_Place] = []
        self._open: list[_Place] = []
        self._value: list[str] = []

    def found(self) -> list[_Place]:
        """In the order of the document, outer ones before those in them."""
        self._parser.Parse(self._data, True)
        return self._found

    def _declared(self, _version: str, encoding: str | None, _alone: int) -> None:
        if self._step == 1 and encoding:
            self.encoding = encoding

    def _start(self, tag: str, _: dict[str, str]) -> None:
        self._value = []
        local = tag.rpartition(" ")[2]
        if local == BEFORE_CHANGE or (local.startswith(PREFIX) and local != DOSSIER):
            self._open.append(_Place(local, self._parser.CurrentByteIndex))
            self._found.append(self._open[-1])

    def _text(self, piece: str) -> None:
        if self._open:
            self._value.append(piece)

    def _end(self, tag: str) -> None:
        local = tag.rpartition(" ")[2]
        if not self._open:
            return
        one = self._open[-1]
        if local == one.name:
            self._open.pop()
            one.end = self._after(">")
            one.keep |= one.key in self._chosen.get(one.name, frozenset())
            # What is not read goes, whatever stands in it.
            if one.keep and self._open and self._open[-1].name in ENTITIES:
                self._open[-1].keep = True
        elif one.name in ENTITIES and local == ENTITIES[one.name].key:
            one.key = " ".join("".join(self._value).split()) or None
        self._value = []

    def _comment(self, words: str) -> None:
        if words.strip().startswith(MARK):
            self._found.append(_Place("", self._parser.CurrentByteIndex, self._after("-->")))

    def _after(self, token: str) -> int:
        """Where the token that ends what the parser is at is over."""
        sought = token.encode(self.encoding if self._step == 2 else "ascii")
        at = self._data.index(sought, self._parser.CurrentByteIndex)
        while (at - self._parser.CurrentByteIndex) % self._step:
            at = self._data.index(sought, at + 1)
        return at + len(sought)

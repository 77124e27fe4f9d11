"""Looks at XML before anybody reads it: a DOCTYPE is refused, and what is not well-formed to its end; values are left alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import IO, NoReturn, Protocol
from xml.etree.ElementTree import ParseError
from xml.parsers import expat  # of what has passed `opening`, or with a DOCTYPE refused before any entity is declared

from defusedxml import DTDForbidden
from defusedxml.ElementTree import iterparse

from landdata.errors import DoctypeRefused, FileUnreadable

# A document may open with comments, but not with more than this before its first element.
_PROLOG = 1 << 16


class Handlers(Protocol):
    """What takes a document in, piece by piece; names carry their namespace before a space."""

    def start(self, name: str, attributes: Mapping[str, str], /) -> None: ...

    def end(self, name: str, /) -> None: ...

    def text(self, data: str, /) -> None: ...


@dataclass(frozen=True, slots=True)
class Opening:
    """How a document opens: namespaces its first element declares, and the local names of its first elements."""

    namespaces: frozenset[str]
    names: tuple[str, ...]


def opening(source: IO[bytes], *, format_name: str) -> Opening | None:
    """How an XML document opens; None when it is none. Raises DoctypeRefused.

    A DOCTYPE can only stand before the first element, so what passes here holds no entity and no external subset.
    """
    declared: set[str] = set()
    names: list[str] = []
    try:
        for event, value in iterparse(BytesIO(source.read(_PROLOG)), ("start-ns", "start"), forbid_dtd=True):
            if event == "start":
                names.append(str(value.tag).rpartition("}")[2])
            elif not names:
                declared.add(str(value[1]))
    except DTDForbidden as error:
        raise DoctypeRefused(format=format_name) from error
    except (ParseError, LookupError, ValueError):
        # Most documents are longer than what is looked at here, and some name an encoding that there is not.
        pass
    return Opening(frozenset(declared), tuple(names)) if names else None


def complete(source: IO[bytes], *, format_name: str) -> None:
    """Raise FileUnreadable unless the XML is well-formed to its end: GDAL takes what it has read until then for all."""
    try:
        expat.ParserCreate().ParseFile(source)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise FileUnreadable(format=format_name, reason="truncated or damaged") from error


def parser(handlers: Handlers, refused: Exception) -> expat.XMLParserType:
    """One that tells the handlers what it meets, and raises `refused` at a DOCTYPE, before any entity can be declared."""

    def no_doctype(*_: object) -> NoReturn:
        raise refused

    made = expat.ParserCreate(namespace_separator=" ")
    made.buffer_text = True
    made.buffer_size = 1 << 16
    made.StartElementHandler = handlers.start
    made.EndElementHandler = handlers.end
    made.CharacterDataHandler = handlers.text
    made.StartDoctypeDeclHandler = made.EntityDeclHandler = made.ExternalEntityRefHandler = no_doctype
    return made

"""Compresses a page in pieces, so that what many readers share is compressed once and what is one reader's own stays apart."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"  # RFC 1952: gzip, deflate, no name, no time
_END = b"\x03\x00"  # an empty last block


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes with their compressed form, which refers to nothing outside and ends on a whole byte."""

    plain: bytes
    packed: bytes


def piece(text: str, level: int = 6) -> Piece:
    """`text` ready to be sent many times; level 1 is for what is sent once."""
    plain = text.encode()
    maker = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    return Piece(plain, maker.compress(plain) + maker.flush(zlib.Z_FULL_FLUSH))


def stitched(pieces: Iterable[Piece]) -> bytes:
    """One gzip stream of all pieces, one after the other."""
    pieces = list(pieces)
    check, size = 0, 0
    for one in pieces:
        check = zlib.crc32(one.plain, check)
        size += len(one.plain)
    return b"".join((_HEAD, *(one.packed for one in pieces), _END, struct.pack("<II", check, size & 0xFFFFFFFF)))

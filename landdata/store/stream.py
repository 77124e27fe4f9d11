"""Seals a stream of bytes of any length in chunks (STREAM, Hoang, Reyhanitabar, Rogaway and Vizár 2015), holding one at a time.

A sealed file is a head (mark, version, version of the key, salt) and chunks of 1 MiB under AES-256-GCM. Its key is derived
from the salt, so the nonce needs no chance: it is the chunk's place and whether it is the last. A file that was cut off,
lengthened, or whose chunks changed places, came from another file or stand under another head does not open.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

CHUNK = 1 << 20
_MARK = b"LDRW"
_VERSION = b"\x01"
_SALT = 16
_HEAD = len(_MARK) + 2 + _SALT
_TAG = 16

# The key of one file: from the version of the key that seals all and the file's salt.
FileKey = Callable[[int, bytes], bytes]


class Damaged(Exception):
    """The stream is not as it was sealed; the argument says in a few words how that shows."""


def seal(pieces: Iterable[bytes], file_key: FileKey, *, key_version: int) -> Iterator[bytes]:
    """Head and sealed chunks of what the pieces hold together; pieces may be of any size."""
    salt = os.urandom(_SALT)
    head = _MARK + _VERSION + bytes([key_version]) + salt
    cipher = AESGCM(file_key(key_version, salt))
    yield head
    held, place = bytearray(), 0
    for piece in pieces:
        held += piece
        # A full chunk waits until something follows: only then is it known not to be the last.
        while len(held) > CHUNK:
            yield cipher.encrypt(_nonce(place, last=False), bytes(held[:CHUNK]), head)
            del held[:CHUNK]
            place += 1
    yield cipher.encrypt(_nonce(place, last=True), bytes(held), head)


def key_version(source: BinaryIO) -> int | None:
    """The version of the key that a file at its beginning was sealed under; None when it is no sealed file."""
    head = source.read(_HEAD)
    return head[len(_MARK) + 1] if len(head) == _HEAD and head.startswith(_MARK + _VERSION) else None


def unseal(source: BinaryIO, file_key: FileKey) -> Iterator[bytes]:
    """The plain chunks again, each proven before it is handed on. Raises Damaged; what came before is true but not all."""
    head = source.read(_HEAD)
    if len(head) < _HEAD or head[: len(_MARK)] != _MARK:
        raise Damaged("no head")
    if head[len(_MARK) : len(_MARK) + 1] != _VERSION:
        raise Damaged("unknown version")
    cipher = AESGCM(file_key(head[len(_MARK) + 1], head[-_SALT:]))
    place, chunk = 0, source.read(CHUNK + _TAG)
    last = False
    while not last:
        following = source.read(CHUNK + _TAG)
        last = not following
        try:
            yield cipher.decrypt(_nonce(place, last=last), chunk, head)
        except (InvalidTag, ValueError) as error:
            raise Damaged(f"chunk {place}") from error
        place, chunk = place + 1, following


def _nonce(place: int, *, last: bool) -> bytes:
    return place.to_bytes(11, "big") + bytes([last])

"""Merkle trees in the shape of RFC 9162, and the canonical bytes of an access-log entry; pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any


def leaf(values: Sequence[Any]) -> bytes:
    """Hash of one entry: a JSON array of its values, so that no two entries can run together into the same bytes."""
    text = json.dumps([_plain(value) for value in values], separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(b"\x00" + text.encode()).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """Root of the tree; of no leaves it is the hash of nothing."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    level = list(leaves)
    while len(level) > 1:
        level = _next(level)
    return level[0]


def head(words: Sequence[Any]) -> bytes:
    """Hash over everything a seal says."""
    text = json.dumps([_plain(word) for word in words], separators=(",", ":"))
    return hashlib.sha256(b"landdata-seal-v1\x00" + text.encode()).digest()


def _next(level: list[bytes]) -> list[bytes]:
    pairs = [hashlib.sha256(b"\x01" + level[at] + level[at + 1]).digest() for at in range(0, len(level) - 1, 2)]
    return pairs if len(level) % 2 == 0 else [*pairs, level[-1]]


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, int | str):
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return str(value)

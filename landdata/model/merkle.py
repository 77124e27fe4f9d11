"""Merkle trees in the shape of RFC 9162, and the canonical bytes of an access-log entry; pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

# One encoder for all entries: `json.dumps` with arguments of its own makes one for each, for half of the cost.
_spell = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
_PLAIN = (int, str, type(None))


def spelled(values: Sequence[Any]) -> str:
    """One entry's only spelling: a JSON array of its values, so that no two entries can run together into the same bytes."""
    return _spell([value if type(value) in _PLAIN else _plain(value) for value in values])


def leaf(values: Sequence[Any]) -> bytes:
    """Hash of one entry."""
    return hashlib.sha256(b"\x00" + spelled(values).encode()).digest()


class Tree:
    """A tree that grows leaf by leaf; it keeps one hash for each full subtree, never the leaves."""

    __slots__ = ("_peaks", "size")

    def __init__(self) -> None:
        self._peaks: list[bytes] = []
        self.size = 0

    def add(self, one: bytes) -> None:
        """The next leaf."""
        size = self.size
        while size & 1:
            one = _node(self._peaks.pop(), one)
            size >>= 1
        self._peaks.append(one)
        self.size += 1

    def root(self) -> bytes:
        """Root of what is there; of no leaves it is the hash of nothing."""
        if not self._peaks:
            return hashlib.sha256(b"").digest()
        right = self._peaks[-1]
        for left in reversed(self._peaks[:-1]):
            right = _node(left, right)
        return right


def root(leaves: Sequence[bytes]) -> bytes:
    """Root of a tree whose leaves are all at hand."""
    tree = Tree()
    for one in leaves:
        tree.add(one)
    return tree.root()


def path(leaves: Sequence[bytes], place: int) -> list[tuple[str, bytes]]:
    """What proves that the leaf at `place` is under the root: from below, `left` or `right` and the hash on that side."""
    found, level = [], list(leaves)
    while len(level) > 1:
        beside = place ^ 1
        if beside < len(level):
            found.append(("left" if beside < place else "right", level[beside]))
        pairs = [_node(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        level = pairs if len(level) % 2 == 0 else [*pairs, level[-1]]
        place //= 2
    return found


def head(words: Sequence[Any], *, version: int) -> bytes:
    """Hash over everything a seal says."""
    return hashlib.sha256(f"landdata-seal-v{version}\x00".encode() + spelled(words).encode()).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if value is None or isinstance(value, int | str):
        return value
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return str(value)

"""Looks for planted numbers and secrets in bytes, files and folders, in every spelling that a program may give them."""

from __future__ import annotations

import base64
import os
import secrets
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

_PIECE, _SEAM = 1 << 26, 256


@dataclass
class Plants:
    """Words that nobody must find, by what they were planted as. Numbers of one run begin alike, to be found quickly."""

    stem: str = field(default_factory=lambda: f"0249{secrets.randbelow(9000) + 1000}")
    words: dict[str, str | bytes] = field(default_factory=dict)

    def number(self, what: str) -> str:
        """A citizen's number that no generator gives and no other run had."""
        made = f"{self.stem}{len(self.words) + 1000:04d}"
        self.words[what] = made
        return made

    def in_bytes(self, data: bytes) -> set[str]:
        """Names of the words that the bytes hold, each with the spelling."""
        numbers = {
            what: word for what, word in self.words.items() if isinstance(word, str) and word.startswith(self.stem)
        }
        others = {what: word for what, word in self.words.items() if what not in numbers}
        found = _full(data, others)
        for at in _places(data, self._beginnings()):
            found |= _full(data[max(at - 64, 0) : at + 64], numbers)
        return found

    def in_file(self, path: Path) -> set[str]:
        """The same of a file of any size."""
        found: set[str] = set()
        with path.open("rb") as file:
            kept = b""
            while piece := file.read(_PIECE):
                found |= self.in_bytes(kept + piece)
                kept = piece[-_SEAM:]
        return found

    def in_folders(self, folders: Iterable[Path], *, but: Iterable[Path] = ()) -> set[str]:
        """What the files below the folders hold, and what they are called; `but` are folders that are left out."""
        left_out, found = set(but), set()
        for top in folders:
            for folder, names, files in os.walk(top):
                here = Path(folder)
                names[:] = [name for name in names if here / name not in left_out]
                for path in (here / name for name in files):
                    if path.is_file():
                        found |= {f"{path}: {one}" for one in self.in_file(path) | self.in_bytes(str(path).encode())}
        return found

    def _beginnings(self) -> set[bytes]:
        """What every spelling of every number of this run begins, or ends, with."""
        low, high = (spellings(f"{self.stem}{end}") for end in ("0000", "9999"))
        found = {_common(low[how], high[how]) for how in low}
        found |= {_common(low[how][::-1], high[how][::-1])[::-1] for how in low}
        # An integer's carry changes a byte in the middle, so each half stands for itself.
        for one in (low, high):
            found |= {one["int64-le"][2:], one["int64-be"][:-2], one["float64"][4:]}
        return {one for one in found if len(one) >= 4 and one.strip(b"\x00")}


def spellings(word: str | bytes) -> dict[str, bytes]:
    """The bytes that would give a word away, by what they are called."""
    plain = word.encode() if isinstance(word, str) else word
    found = {"plain": plain, "hex": plain.hex().encode(), "HEX": plain.hex().upper().encode()}
    for place in range(3):
        # Where the word begins in a group of three bytes; letters at both ends depend on its neighbours.
        whole = base64.b64encode(b"\x00" * place + plain + b"\x00" * (-(place + len(plain)) % 3))
        first, last = -(-place * 8 // 6), (place + len(plain)) * 8 // 6
        found[f"base64+{place}"] = whole[first:last]
        found[f"base64url+{place}"] = whole[first:last].replace(b"+", b"-").replace(b"/", b"_")
    if isinstance(word, str) and word.isdigit():
        number, even = int(word), word.zfill(len(word) + len(word) % 2)
        digits = word.zfill(-(-len(word) // 4) * 4)
        found |= {
            "reversed": plain[::-1], "utf-16-le": word.encode("utf-16-le"), "utf-16-be": word.encode("utf-16-be"),
            "packed": bytes.fromhex(even), "int64-le": struct.pack("<q", number), "int64-be": struct.pack(">q", number),
            "float64": struct.pack("<d", float(number)),
            "numeric": b"".join(struct.pack("<h", int(digits[at : at + 4])) for at in range(0, len(digits), 4)),
            "spaced": " ".join(word[at : at + 3] for at in range(0, len(word), 3)).encode(),
        }  # fmt: skip
    return found


def _common(one: bytes, other: bytes) -> bytes:
    return one[: next((at for at, (a, b) in enumerate(zip(one, other, strict=True)) if a != b), len(one))]


def _full(data: bytes, words: dict[str, str | bytes]) -> set[str]:
    return {f"{what} as {how}" for what, word in words.items() for how, said in spellings(word).items() if said in data}


def _places(data: bytes, beginnings: Iterable[bytes]) -> Iterator[int]:
    for one in beginnings:
        at = data.find(one)
        while at >= 0:
            yield at
            at = data.find(one, at + 64)

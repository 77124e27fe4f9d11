"""What a hostile file is to the test: its name, how its bytes are made, and what has to be said of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from landworld import COMMUNES, Row, geojson, row

CANARY = "BIMATKHONGAIDUOCDOC"
TAKEN = "TAKEN"
# Layers and a text as a file that is not ours might be; whatever shows CANARY has read one of them.
SECRET = {
    "secret.geojson": geojson([row(COMMUNES[0], 7, holder_name=CANARY, parcel_address=CANARY)]),
    "secret.csv": f"commune_code,map_sheet_number,parcel_number,holder_name\n{COMMUNES[0]},1,7,{CANARY}\n".encode(),
    "secret.txt": CANARY.encode(),
    "secret.json": json.dumps({CANARY: CANARY}).encode(),
}


@dataclass(frozen=True, slots=True)
class Bait:
    """Where a file may point that nobody may follow: an address and who called there, a folder and what it holds."""

    url: str
    folder: Path
    knocks: list[object] = field(default_factory=list)

    def intact(self) -> bool:
        """Whether nobody called, and the folder is as it was laid out."""
        return not self.knocks and {one.name: one.read_bytes() for one in self.folder.iterdir()} == SECRET


@dataclass(frozen=True, slots=True)
class Case:
    """`codes`: any of these must be said; of the row where there is one, else of the file; TAKEN for what is harmless.

    `daily` ones are tried by every run, the others with --all.
    """

    name: str
    build: Callable[[Bait], bytes]
    codes: tuple[str, ...]
    row: int | None = None
    daily: bool = False


def case(
    name: str, build: Callable[..., bytes] | bytes, *codes: str, row: int | None = None, daily: bool = False
) -> Case:
    """A case of fixed bytes, of a function without arguments, or of one that is told the bait."""
    if isinstance(build, bytes):
        return Case(name, lambda _bait: build, codes, row, daily)
    wants = build.__code__.co_argcount - len(build.__defaults__ or ())
    return Case(name, build if wants else lambda _bait: build(), codes, row, daily)


def rows(**second: object) -> list[Row]:
    """A clean row, always the same, and a second one of another commune with some of its values changed."""
    return [row(COMMUNES[0], 1), row(COMMUNES[1], 2) | second]

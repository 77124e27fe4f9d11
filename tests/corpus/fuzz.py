"""A small fuzzer: changes what is known, keeps what reached a line no input had reached, and says which input broke a rule."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from landdata.errors import LandDataError
from tests.corpus.parsers import OURS, Parser

_HOUSE = tuple(str(Path(__file__).parents[2] / room) for room in ("landdata", "api"))
_LONGEST = 1 << 16
SECONDS = 2.0  # on the processor, for one input of at most 64 KB; all of them take milliseconds


def fuzz(parser: Parser, folder: Path, *, rounds: int, seed: int) -> int:
    """Try so many changed inputs; how many lines of ours were reached. Raises AssertionError with the input that failed."""
    chance = random.Random(f"{parser.name} {seed}")
    pool, reached = list(parser.seeds), set[tuple[str, int]]()
    for data in parser.seeds:
        reached |= attempt(parser, data, folder)
    for _ in range(rounds):
        data = changed(chance, pool, parser.words)
        lines = attempt(parser, data, folder)
        if lines - reached:
            reached |= lines
            pool.append(data)
    return len(reached)


def attempt(parser: Parser, data: bytes, folder: Path) -> set[tuple[str, int]]:
    """Try one input; the lines of ours that it reached."""
    lines: set[tuple[str, int]] = set()
    lacking = False
    start, before = time.thread_time(), sys.gettrace()
    sys.settrace(_follower(lines))
    try:
        parser.read(data, folder)
    except LandDataError as error:
        lacking = not all((error.code, error.sentence("vi"), error.sentence("en")))
    except OURS:
        pass
    except Exception as error:
        raise AssertionError(f"{parser.name} met {type(error).__name__}: {error}\n{data!r}") from error
    finally:
        sys.settrace(before)
    assert not lacking, f"{parser.name} said too little: {data!r}"
    assert time.thread_time() - start < SECONDS, f"{parser.name} took too long: {data!r}"
    return lines


def changed(chance: random.Random, pool: list[bytes], words: tuple[bytes, ...]) -> bytes:
    """One of the pool with one to eight changes."""
    data = bytearray(chance.choice(pool))
    for _ in range(1 << chance.randrange(4)):
        at = chance.randrange(len(data) + 1)
        size = min(1 << chance.randrange(8), len(data) - at)
        match chance.randrange(9):
            case 0:
                data[at : at + 1] = bytes([chance.randrange(256)])
            case 1 if data and at < len(data):
                data[at] ^= 1 << chance.randrange(8)
            case 2:
                del data[at : at + size]
            case 3:
                data[at:at] = data[at : at + size] * chance.choice((1, 2, 50))
            case 4 if words:
                data[at:at] = chance.choice(words)
            case 5 if words:
                data[at : at + size] = chance.choice(words)
            case 6:
                other = chance.choice(pool)
                place = chance.randrange(len(other) + 1)
                data[at : at + size] = other[place : place + size]
            case 7:
                data[at : at + 4] = chance.choice(
                    (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\x80")
                )
            case _:
                del data[at:]
    return bytes(data[:_LONGEST])


def _follower(lines: set[tuple[str, int]]) -> Callable[[FrameType, str, Any], Any]:
    def follow(frame: FrameType, event: str, _argument: Any) -> Any:
        name = frame.f_code.co_filename
        if event == "call":
            return follow if name.startswith(_HOUSE) else None
        lines.add((name, frame.f_lineno))
        return follow

    return follow

"""What parameters, fields and answers mean, in both languages; the Vietnamese stands in `meanings.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import NamedTuple

_FILE = Path(__file__).with_name("meanings.toml")
_APART = " / "


class Meaning(NamedTuple):
    """One thing said in Vietnamese and in English."""

    vi: str
    en: str


def meaning(text: str, name: str, operation: str) -> Meaning:
    """What a field or parameter means, by what the description says of it or, where that is nothing, by its name.

    `operation`: the short name of the one it belongs to. Where nothing is known the text stands for both.
    """
    written = _written()
    if text in written.texts:
        return Meaning(written.texts[text], text)
    if not text:
        return written.names.get(f"{operation}.{name}") or written.names.get(name) or Meaning("", "")
    return parted(text)


def answer_meaning(text: str) -> Meaning:
    """What is said of an answer: usual words in both languages, and behind them what a route adds in English."""
    vi, apart, en = text.partition(_APART)
    _, _, own = en.partition(". ")
    if not own:
        return Meaning(f"{vi}.", en) if apart else parted(text)
    return Meaning(f"{vi}. {_written().answers[own]}", en) if own in _written().answers else Meaning(text, text)


def parted(text: str) -> Meaning:
    """What is said in both languages, as `vi / en`; alone it stands for both."""
    vi, apart, en = text.partition(_APART)
    return Meaning(vi.strip(), en.strip()) if apart else Meaning(text, text)


class Written(NamedTuple):
    """The file: sentences and additions by their English, names of fields by themselves."""

    texts: dict[str, str]
    answers: dict[str, str]
    names: dict[str, Meaning]


@cache
def _written() -> Written:
    said = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return Written(said["texts"], said["answers"], {name: Meaning(*both) for name, both in said["names"].items()})

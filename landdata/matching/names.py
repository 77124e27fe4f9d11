"""Two ways to write one Vietnamese name: the plain form compares letter by letter, the folded one ignores tone placement."""

from __future__ import annotations

import unicodedata

_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")  # huyền, sắc, ngã, hỏi, nặng


def plain(name: str) -> str:
    """NFC, upper case, single spaces: `nguyễn  văn A` -> `NGUYỄN VĂN A`."""
    return " ".join(unicodedata.normalize("NFC", name).upper().split())


def folded(name: str) -> str:
    """Plain, with the tone of each syllable moved to its end, so that `Hòa` and `Hoà` meet but `Hoa` stays apart."""
    return " ".join(_tone_last(syllable) for syllable in plain(name).split())


def _tone_last(syllable: str) -> str:
    letters: list[str] = []
    tones: list[str] = []
    for letter in unicodedata.normalize("NFD", syllable):
        (tones if letter in _TONES else letters).append(letter)
    return unicodedata.normalize("NFC", "".join(letters)) + "".join(tones)

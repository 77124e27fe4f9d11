"""One word of a name, as it is compared: pure rules on a single syllable, none of which looks at the word beside it."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from landdata.matching import names
from landdata.model.syllables import is_bare_syllable, is_syllable

_QUOTES = re.compile("[’‘ʼ`´ʹ′]")
_TONES = "\u0300\u0301\u0303\u0309\u0323"
# i and y at the end of an open syllable are one sound, written either way: Lý and Lí, Quý and Quí; not Thuý and Thúi.
_LONE_Y = re.compile(rf"((?:[BCDĐGHKLMNPRSTVX]+|QU))Y([{_TONES}]*)")
# Letters with no mark of their own that carry another letter; NFD does not take them apart.
_BARE = str.maketrans({"Đ": "D", "Ð": "D", "ð": "D", "đ": "D"})


def straight(text: str) -> str:
    """NFC, upper case, single spaces, straight quotes; Icelandic Ð, which looks the same, becomes Đ."""
    return names.plain(_QUOTES.sub("'", text)).replace("Ð", "Đ")


@lru_cache(maxsize=100_000)  # the names of a country are made of some thousand words
def folded(word: str) -> str:
    """A plain word with its tone at its end and `y` alone after a consonant as `i`: HÒA and HOÀ meet, LÝ and LÍ too."""
    return _LONE_Y.sub(r"\1I\2", names.folded(word)) if word else word


@lru_cache(maxsize=100_000)
def bare(word: str) -> str:
    """A plain word without any mark: `NGUYỄN` -> `NGUYEN`, `ĐỨC` -> `DUC`; `y` alone as in `folded`."""
    letters = unicodedata.normalize("NFD", folded(word)).translate(_BARE)
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


@lru_cache(maxsize=100_000)
def lost(written: str, official: str) -> bool:
    """Whether `written` is `official` after marks were lost and nothing else: HUNG of HÙNG, HƯNG of HỪNG; not HƯNG of HÙNG."""
    one, other = (_letters(word) for word in (written, official))
    return len(one) == len(other) and all(
        mine[0] == theirs[0] and mine[1] <= theirs[1] for mine, theirs in zip(one, other, strict=True)
    )


def _letters(word: str) -> list[tuple[str, frozenset[str]]]:
    """Each letter with its marks; the tone of a syllable sits on the last letter, wherever it was written."""
    found: list[tuple[str, set[str]]] = []
    for letter in unicodedata.normalize("NFD", folded(word)):
        if unicodedata.combining(letter) and found:
            found[-1][1].add(letter)
        else:
            found.append(("D", {"-"}) if letter == "Đ" else (letter, set()))
    return [(letter, frozenset(marks)) for letter, marks in found]


@lru_cache(maxsize=100_000)
def usual(word: str) -> bool:
    """Whether a word could be a Vietnamese syllable, with its marks or with none of them."""
    return is_syllable(word) or (word.isascii() and is_bare_syllable(word))


@lru_cache(maxsize=100_000)
def abbreviates(written: str, official: str) -> bool:
    """Whether `written` is a beginning of `official` that stands for it: NG. or NG for NGUYỄN, TR. for TRẦN, V for VĂN."""
    short = bare(written.rstrip("."))
    dotted = written.endswith(".")
    marked = short != written.rstrip(".").replace("Đ", "D")
    begins = bare(official).startswith(short) and len(short) < len(bare(official))
    # Đ. is no beginning of DŨNG, nor Â of AN.
    return (
        bool(short) and not marked and begins and ("Đ" in written) <= ("Đ" in official) and (dotted or is_short(short))
    )


def is_short(word: str) -> bool:
    """Whether a word without a dot is more likely an abbreviation than a syllable: one letter or consonants only."""
    return len(word) == 1 or not re.search(r"[AEIOUYÀ-ỹ]", word)

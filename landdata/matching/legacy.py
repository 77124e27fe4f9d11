"""Names damaged by the wrong code page: UTF-8 taken for Windows text, and remains of TCVN3, VNI and Windows-1258.

A repair is believed only where it makes syllables of the damaged words; what cannot be told is left as it is. Capitals are not
restored, since names are compared in capitals.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from landdata.matching.words import usual
from landdata.model.code_pages import SUBSTITUTE, CodePage, decode

# Bytes for which Windows-1252 has no letter; what read them kept them as control characters.
_HOLES = {chr(at): bytes([at]) for at in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}
# VNI writes a mark behind its letter, so other text hardly ever reads well in it; TCVN3 makes syllables of almost anything.
PAGES = (CodePage.UTF_8, CodePage.VNI, CodePage.TCVN3, CodePage.WINDOWS_1258)
_VOWELS = "aăâeêioôơuưy"
_NATIVE = frozenset(
    unicodedata.normalize("NFC", letter + tone)
    for letter in _VOWELS + _VOWELS.upper()
    for tone in ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
) | frozenset("đĐ" + "".join(map(chr, range(128))))
# Between words; a hard space behind these letters is half of `à`, `Ơ` or `Ạ` in UTF-8.
BETWEEN = re.compile(r"((?:[ \t\n.,;:/()&+?-]|(?<![ÃÆº»])\u00a0)+)")


def mended(text: str) -> str:
    """The text as it was before the damage, in NFC; unchanged where nothing is damaged or no repair is certain."""
    if text.isascii():
        return text
    now = unicodedata.normalize("NFC", text)
    # Where every word is a syllable as it stands there is nothing to take apart.
    if not any(not one.isascii() and strange(one) for one in now.split(" ")):
        return now
    parts = BETWEEN.split(now)
    words = [one for one in parts[::2] if not one.isascii()]
    if not any(map(strange, words)):
        return now
    for page in PAGES:
        read = [read_as(one, page) for one in words]
        if None in read:
            continue
        # Bytes of UTF-8 hardly ever come about by chance, so that reading needs no syllables: H'Biên is none.
        if page is CodePage.UTF_8 or _believed(words, [one for one in read if one], page):
            again = iter(read)
            return "".join(one if at % 2 or one.isascii() else next(again) or "" for at, one in enumerate(parts))
    # Some words only are damaged: each is repaired by itself.
    parts[::2] = [alone(one) for one in parts[::2]]
    return "".join(parts)


@lru_cache(maxsize=100_000)
def strange(word: str) -> bool:
    """Whether a word with marks is no syllable as it stands, or torn."""
    return not usual(word) or torn_case(word)


def torn_case(word: str) -> bool:
    """A small letter among capitals: TCVN3 has no capitals with a tone, so THỤ became THô, which is a syllable too."""
    plain = [letter for letter in word if letter.isascii() and letter.isalpha()]
    torn = not word[0].islower() and not word[1:].islower() and all(map(str.isupper, plain))
    return torn and bool(plain) and all(letter.islower() for letter in word if not letter.isascii())


def _believed(words: list[str], read: list[str], page: CodePage) -> bool:
    """Whether every word became a syllable, or letters that no Vietnamese word has became such as it has: R¬ Mah Bl¬i."""
    strange_ones = sum(odd(one, page) for one in read)
    if not strange_ones:
        return True
    return any(map(foreign, words)) and not any(map(foreign, read)) and 2 * strange_ones <= len(read)


def odd(read: str, page: CodePage) -> bool:
    """Whether what a word became in a page is no syllable."""
    # Only TCVN3 tears the case of a word.
    return not read.isascii() and (not usual(read) or (page is not CodePage.TCVN3 and torn_case(read)))


def foreign(word: str) -> bool:
    """Whether a word has a letter that no Vietnamese word has."""
    return not _NATIVE.issuperset(word)


@lru_cache(maxsize=100_000)
def alone(word: str) -> str:
    """A word repaired by itself, in the first page that makes a syllable of it."""
    if word.isascii() or not strange(word):
        return word
    found = (read_as(word, page) for page in PAGES)
    return next((one for one in found if one is not None and usual(one)), word)


@lru_cache(maxsize=100_000)
def read_as(word: str, page: CodePage) -> str | None:
    """A word read in a page; None where the page has no such word."""
    if page is not CodePage.UTF_8:
        data = _bytes(word)
        read = None if data is None else decode(data.decode("latin-1"), page)
        return None if read is None or SUBSTITUTE in read else read
    # A hard space is half of `à`; programs that tidy spaces take it away.
    data = _bytes(re.sub("Ã$", "Ã\u00a0", word))
    if data is None:
        return None
    try:
        read = unicodedata.normalize("NFC", data.decode("utf-8"))
    except UnicodeDecodeError:
        return None
    # What was damaged twice is read twice.
    return read if not strange(read) else read_as(read, page) or read


def _bytes(text: str) -> bytes | None:
    """The bytes that Windows-1252 or Latin-1 would have shown as this text; None where neither has a letter of it."""
    found = bytearray()
    for letter in text:
        if ord(letter) < 0x80 or 0xA0 <= ord(letter) < 0x100:
            found.append(ord(letter))
        elif letter in _HOLES:
            found += _HOLES[letter]
        else:
            try:
                found += letter.encode("cp1252")
            except UnicodeEncodeError:
                if not 0x80 <= ord(letter) < 0xA0:
                    return None
                found.append(ord(letter))
    return bytes(found)

"""Names damaged by the wrong code page: UTF-8 taken for Windows text, and remains of TCVN3, VNI and Windows-1258.

A repair is believed only where it turns every damaged word into a syllable; what cannot be told is left as it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache

from landdata.matching.words import usual
from landdata.model.code_pages import SUBSTITUTE, CodePage, decode

# Bytes for which Windows-1252 has no letter; what read them kept them as control characters.
_HOLES = {chr(at): bytes([at]) for at in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}
# VNI writes a mark behind its letter, so other text hardly ever reads well in it; TCVN3 makes syllables of almost anything.
_PAGES = (CodePage.VNI, CodePage.TCVN3, CodePage.WINDOWS_1258)
_VOWELS = "aăâeêioôơuưy"
_NATIVE = frozenset(
    unicodedata.normalize("NFC", letter + tone)
    for letter in _VOWELS + _VOWELS.upper()
    for tone in ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
) | frozenset("đĐ" + "".join(map(chr, range(128))))
_WORD = re.compile(r"[^\s.,;:/()&+?-]+")
# A hard space is half of `à`; programs that tidy spaces take it away.
_HALF_A = re.compile("Ã(?=[ .,;]|$)")


def mended(text: str) -> str:
    """The text as it was before the damage, in NFC; unchanged where nothing is damaged or no repair is certain."""
    if text.isascii():
        return text
    now = unicodedata.normalize("NFC", text)
    strange = _strange(now)
    if not strange:
        return now
    # Bytes of UTF-8 hardly ever come about by chance, so that reading needs no syllables: H'Biên is none.
    if (read := _as_utf_8(now)) is not None:
        return mended(read)
    for way in _ways():
        read = way(now)
        if read is not None and (not _strange(read) or _made_native(now, read)):
            return read
    # Some words only are damaged: each is repaired by itself.
    return _WORD.sub(lambda found: _word(found[0]), now)


def damaged(text: str) -> bool:
    """Whether a word with letters beyond ASCII is no syllable: the mark of a wrong code page, or of a foreign name."""
    return bool(_strange(text))


def _strange(text: str) -> list[str]:
    return [word for word in _WORD.findall(text) if not word.isascii() and (not usual(word) or _torn_case(word))]


def _torn_case(word: str) -> bool:
    """A small letter among capitals: TCVN3 has no capitals with a tone, so THỤ became THô, which is a syllable too."""
    return not (word.islower() or word.isupper() or word[1:].islower())


def _made_native(text: str, read: str) -> bool:
    """Whether letters that no Vietnamese word has became such as it has, most of them in syllables: R¬ Mah Bl¬i."""
    foreign, left = set(text) - _NATIVE, set(read) - _NATIVE
    strange = _strange(read)
    return (
        bool(foreign)
        and not left
        and 2 * len(strange) <= len([one for one in _WORD.findall(read) if not one.isascii()])
    )


@lru_cache(maxsize=20_000)
def _word(word: str) -> str:
    if word.isascii() or not _strange(word):
        return word
    for way in (_as_utf_8, *_ways()):
        read = way(word)
        if read is not None and usual(read):
            return read
    return word


def _ways() -> Iterator[Callable[[str], str | None]]:
    for page in _PAGES:
        yield lambda text, page=page: _as_page(text, page)  # type: ignore[misc]


def _as_page(text: str, page: CodePage) -> str | None:
    data = _bytes(text)
    if data is None:
        return None
    read = decode(data.decode("latin-1"), page)
    return None if SUBSTITUTE in read else read


def _as_utf_8(text: str) -> str | None:
    data = _bytes(_HALF_A.sub("Ã\u00a0", text))
    if data is None or data.isascii():
        return None
    try:
        return unicodedata.normalize("NFC", data.decode("utf-8"))
    except UnicodeDecodeError:
        return None


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

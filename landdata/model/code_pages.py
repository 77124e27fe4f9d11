"""The code pages of old Vietnamese files, from their published charts: TCVN 5712:1993 VN3, VNI-Windows, Windows-1258, UTF-8."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from functools import cache

# What a page has no letter for. A control character, so that the row is refused by TEXT_INVALID and nothing is guessed.
SUBSTITUTE = "\x1a"

# TCVN 5712:1993, VN3 (the fonts' "ABC"): position -> letter. Capitals with a tone have no position of their own.
_TCVN3 = {
    0xA0: "\u00a0",
    **dict(zip(range(0xA1, 0xAF), "ĂÂÊÔƠƯĐăâêôơưđ", strict=True)),
    **dict(zip(range(0xB5, 0xBA), "àảãáạ", strict=True)),
    **dict(zip(range(0xBB, 0xBF), "ằẳẵắ", strict=True)),
    **dict(zip(range(0xC6, 0xCD), "ặầẩẫấậè", strict=True)),
    **dict(zip(range(0xCE, 0xD9), "ẻẽéẹềểễếệìỉ", strict=True)),
    **dict(zip(range(0xDC, 0xE0), "ĩíịò", strict=True)),
    **dict(zip(range(0xE1, 0xF0), "ỏõóọồổỗốộờởỡớợù", strict=True)),
    **dict(zip(range(0xF1, 0xFF), "ủũúụừửữứựỳỷỹýỵ", strict=True)),
}  # fmt: skip

# VNI-Windows: a letter, then its marks in one byte. Small marks at E0..FF, capital ones 0x20 below.
_ACUTE, _GRAVE, _HOOK, _TILDE, _DOT, _CIRCUMFLEX, _BREVE = "\u0301\u0300\u0309\u0303\u0323\u0302\u0306"
_VNI_MARKS = {
    "ù": _ACUTE, "ø": _GRAVE, "û": _HOOK, "õ": _TILDE, "ï": _DOT,
    "â": _CIRCUMFLEX, "á": _CIRCUMFLEX + _ACUTE, "à": _CIRCUMFLEX + _GRAVE, "å": _CIRCUMFLEX + _HOOK,
    "ã": _CIRCUMFLEX + _TILDE, "ä": _CIRCUMFLEX + _DOT,
    "ê": _BREVE, "é": _BREVE + _ACUTE, "è": _BREVE + _GRAVE, "ú": _BREVE + _HOOK, "ü": _BREVE + _TILDE, "ë": _BREVE + _DOT,
}  # fmt: skip
_VNI_LETTERS = {"ô": "ơ", "ö": "ư", "ñ": "đ", "í": "í", "ì": "ì", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ"}

# Both families of fonts keep the quotes and dashes of Windows where they were.
_PUNCTUATION = {at: bytes([at]).decode("cp1252") for at in (0x85, 0x91, 0x92, 0x93, 0x94, 0x96, 0x97)}
_WITH_TONE = frozenset("àảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ")
_WORD = re.compile(r"[^\W\d_]+")


class CodePage(StrEnum):
    """Pages that can be read, under the name a .cpg file gives them."""

    UTF_8 = "UTF-8"
    TCVN3 = "TCVN3"
    VNI = "VNI"
    WINDOWS_1258 = "windows-1258"


_NAMES = {
    "utf8": CodePage.UTF_8, "65001": CodePage.UTF_8, "cp65001": CodePage.UTF_8,
    "tcvn3": CodePage.TCVN3, "abc": CodePage.TCVN3, "tcvn3abc": CodePage.TCVN3, "tcvn5712": CodePage.TCVN3,
    "vni": CodePage.VNI, "vniwindows": CodePage.VNI, "vniwin": CodePage.VNI,
    "1258": CodePage.WINDOWS_1258, "cp1258": CodePage.WINDOWS_1258, "windows1258": CodePage.WINDOWS_1258,
    "ansi1258": CodePage.WINDOWS_1258,
}  # fmt: skip


def named(declared: str) -> CodePage | None:
    """The page that a .cpg file names; None for another: Latin-1 and 1252 are defaults of programs, not statements."""
    return _NAMES.get("".join(letter for letter in declared.lower() if letter.isalnum()))


def decode(raw: str, page: CodePage) -> str:
    """Bytes, one a character (ISO-8859-1), as the text they are in a page, in NFC; SUBSTITUTE where it has no letter."""
    if raw.isascii():
        return raw
    match page:
        case CodePage.UTF_8:
            return _utf_8(raw.encode("latin-1"))
        case CodePage.TCVN3:
            return _capitals(raw.translate(_table(page)))
        case CodePage.VNI:
            return _composed(raw.translate(_table(page)))
        case CodePage.WINDOWS_1258:
            return _composed(raw.encode("latin-1").decode("cp1258", "replace").replace("\ufffd", SUBSTITUTE))


def has_no_capital(letter: str, page: CodePage) -> bool:
    """Whether a page writes a capital of this letter like the small one."""
    return page is CodePage.TCVN3 and letter in _WITH_TONE


@cache
def _table(page: CodePage) -> dict[int, str]:
    table = dict.fromkeys(range(128, 256), SUBSTITUTE) | _PUNCTUATION
    if page is CodePage.TCVN3:
        return table | _TCVN3
    # VNI leaves the signs of Latin-1 (degree, square, section) alone.
    table |= {at: chr(at) for at in range(0xA0, 0xC0)}
    small = _VNI_MARKS | _VNI_LETTERS
    table |= {ord(byte): text for byte, text in small.items()}
    return table | {ord(byte) - 0x20: text.upper() for byte, text in small.items()}


def _utf_8(data: bytes) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        # A field of a fixed width may end in the middle of a letter; that half is lost already.
        if error.reason == "unexpected end of data":
            return _utf_8(data[: error.start])
        text = data.decode("utf-8", "replace").replace("\ufffd", SUBSTITUTE)
    return unicodedata.normalize("NFC", text)


def _composed(text: str) -> str:
    """NFC; a mark that found no letter to sit on is no text of this page."""
    text = unicodedata.normalize("NFC", text)
    if text.isascii():
        return text
    return "".join(SUBSTITUTE if unicodedata.combining(letter) else letter for letter in text)


def _capitals(text: str) -> str:
    """Capitals of text that was set in a capital font (.VnTimeH): the page has none with a tone, the small one stands there.

    Only where the text shows it: no small letter that has a capital of its own, and two capitals side by side.
    """
    plain = [letter for letter in text if letter.isalpha() and letter not in _WITH_TONE]
    if any(letter.islower() for letter in plain):
        return text
    if not any(len([one for one in word if one.isupper()]) > 1 for word in _WORD.findall(text)):
        return text
    return text.upper()

"""How a Vietnamese text looks after what forty years of computers did to it: pure functions of one text."""

from __future__ import annotations

import unicodedata

_TCVN3 = dict(
    zip(
        "ăâêôơưđĂÂÊÔƠƯĐàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ",
        "¨©ª«¬\u00ad®¡¢£¤¥¦§µ¶·¸¹»¼½¾ÆÇÈÉÊËÌÎÏÐÑÒÓÔÕÖ×ØÜÝÞßáâãäåæçèéêëìíîïñòóôõö÷øùúûüýþ",
        strict=True,
    )
)
# VNI writes a letter and a byte for its mark; some letters have a byte of their own.
_VNI_OWN = {"ơ": "ô", "ư": "ö", "đ": "ñ", "ỉ": "æ", "ĩ": "ó", "ị": "ò", "í": "í", "ì": "ì", "ỵ": "î"}
_VNI_TONE = {"\u0301": "ù", "\u0300": "ø", "\u0309": "û", "\u0303": "õ", "\u0323": "ï"}
_VNI_CIRCUMFLEX = {"": "â", "\u0301": "á", "\u0300": "à", "\u0309": "å", "\u0303": "ã", "\u0323": "ä"}
_VNI_BREVE = {"": "ê", "\u0301": "é", "\u0300": "è", "\u0309": "ú", "\u0303": "ü", "\u0323": "ë"}
_TONES = "\u0301\u0300\u0309\u0303\u0323"
_OPEN = {"oa", "oe", "uy"}  # the rhymes whose tone stands in two places


def bare(text: str) -> str:
    """Without any mark: `Đỗ Hòa` -> `Do Hoa`."""
    letters = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(one for one in letters if not unicodedata.combining(one))


def toned(text: str) -> str:
    """The tone on the other vowel of an open oa, oe, uy: `Hòa Thúy` -> `Hoà Thuý`; not after q."""
    return " ".join(map(_toned, text.split(" ")))


def _toned(word: str) -> str:
    letters = unicodedata.normalize("NFD", word)
    tone = next((one for one in letters if one in _TONES), "")
    plain = letters.replace(tone, "") if tone else letters
    if not tone or plain[-2:].lower() not in _OPEN or plain[-3:-2].lower() == "q" or letters[-2] != tone:
        return word
    return unicodedata.normalize("NFC", plain + tone)


def decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def holes(text: str) -> str:
    """What a western code page cannot hold becomes a question mark: `Nguy?n V?n Hòa`."""
    return unicodedata.normalize("NFC", text).encode("cp1252", "replace").decode("cp1252")


def mojibake(text: str) -> str:
    """UTF-8 read as a western code page; the five bytes it lacks become control characters, as browsers have it."""
    return "".join(
        bytes([one]).decode("latin-1" if one in {0x81, 0x8D, 0x8F, 0x90, 0x9D} else "cp1252")
        for one in unicodedata.normalize("NFC", text).encode()
    )


def tcvn3(text: str) -> str:
    """TCVN 5712 bytes read as a western code page; toned capitals do not exist there, the font made them of small ones."""
    return "".join(_TCVN3.get(one) or _TCVN3.get(one.lower(), one) for one in unicodedata.normalize("NFC", text))


def vni(text: str) -> str:
    """VNI-Windows bytes read as a western code page."""
    return "".join(map(_vni, unicodedata.normalize("NFC", text)))


def _vni(letter: str) -> str:
    found = _vni_small(letter.lower())
    return found.upper() if letter.isupper() else found


def _vni_small(letter: str) -> str:
    if letter in _VNI_OWN:
        return _VNI_OWN[letter]
    base, *marks = list(unicodedata.normalize("NFD", letter))
    tone = next((one for one in marks if one in _VNI_TONE), "")
    if "\u0302" in marks:
        return base + _VNI_CIRCUMFLEX[tone]
    if "\u0306" in marks:
        return base + _VNI_BREVE[tone]
    if "\u031b" in marks:
        return _VNI_OWN["ơ" if base == "o" else "ư"] + _VNI_TONE[tone]
    return base + _VNI_TONE[tone] if tone else letter

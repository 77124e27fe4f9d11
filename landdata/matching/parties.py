"""Who is named in one text field: titles go, couples and households come apart, notes in brackets stay out of names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from landdata.matching.legacy import mended
from landdata.matching.words import straight

# Said before a name; whoever is spoken of comes next, or nobody.
_TITLES = (
    "HỘ GIA ĐÌNH|NGƯỜI ĐẠI DIỆN|ĐẠI DIỆN|CHỦ HỘ|CHỦ SỬ DỤNG|VỢ CHỒNG|VÀ CHỒNG|VÀ VỢ|CÙNG CHỒNG|CÙNG VỢ|CÙNG VỚI|VỢ LÀ|"
    "CHỒNG LÀ|VÀ VỢ LÀ|VÀ CHỒNG LÀ|VỢ|CHỒNG|HỘ|ÔNG|BÀ|CỤ|CÙNG|VÀ"
)
# The same without marks; only where they can be no name.
_PLAIN_TITLES = (
    "HO GIA DINH|HO ONG|HO BA|NGUOI DAI DIEN|DAI DIEN|CHU HO|VO CHONG|VA VO|VA CHONG|CUNG VO|CUNG CHONG|"
    "VO LA|CHONG LA|VA"
)
# Titles that are names or their beginnings too, believed at the beginning; the whole text stays a reading beside.
_OPENINGS = "ANH|CHỊ|CÔ|CHÚ|BÁC|EM|CON|Ô|Ô.|B.|O.|ÔNG.|BÀ.|H.|ONG|BA|HO|CHI|CO|CU"
_COMPANIES = (
    "CÔNG TY|CTY|UBND|ỦY BAN|UỶ BAN|HỢP TÁC XÃ|HTX|TRƯỜNG MẦM|TRƯỜNG TIỂU|TRƯỜNG TRUNG|TRƯỜNG ĐẠI|TRƯỜNG CAO|CHÙA|NHÀ THỜ|"
    "GIÁO XỨ|CỘNG ĐỒNG|DOANH NGHIỆP|NGÂN HÀNG|BAN QUẢN LÝ|CHI NHÁNH|TRẠM Y TẾ|HỘI NGƯỜI|HỘI NÔNG|ĐÌNH LÀNG|CONG TY|UY BAN|"
    "HOP TAC XA"
)
_COMPANY = re.compile(rf"(?:{_COMPANIES})\b")
_NOTE = re.compile(
    r"\([^)]*\d[^)]*\)|\((?:ĐÃ )?(?:CHẾT|MẤT)\)|\b(?:SN|SINH NĂM|SINH NGÀY|CMND|CCCD|CMT)\b[ :.]*[\d/]*|\d[\d/.]*"
)
_NOTED = re.compile(r"[\d(]")
_TOKEN = re.compile(
    r"[^\W\d_]*[?\ufffd][\w?\ufffd]*|[^\W\d_][^\W\d_\u0300-\u036f]*"  # Nguy?n; Nguyễn
    r"(?:[\u0300-\u036f]+[^\W\d_]*)*(?:'[^\W\d_]+)*'?\.?|[,;/&+()]|(?<=\s)[-–](?=\s)"  # a mark left alone, Ng., H'Biên
)
_CUTS = frozenset(",;/&+()-–")


def _phrases(text: str) -> dict[str, list[tuple[str, ...]]]:
    """Phrases by their first word, the longest first."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for phrase in sorted((tuple(one.split()) for one in text.split("|")), key=len, reverse=True):
        found.setdefault(phrase[0], []).append(phrase)
    return found


_PHRASES, _OPENING = _phrases(f"{_TITLES}|{_PLAIN_TITLES}"), _phrases(_OPENINGS)
# Titles of one word wherever they stand, the three of a household, and those of the beginning that are no part of a longer one.
ANYWHERE = frozenset(("VỢ", "CHỒNG", "HỘ", "ÔNG", "BÀ", "CỤ", "CÙNG", "VÀ", "VA"))
HOUSEHOLD = ("HỘ", "GIA", "ĐÌNH")
LEADING = frozenset(("ANH", "CHỊ", "Ô.", "B."))
# Words on which a text has to be looked at as a whole; the second lot only where a name begins with them.
MARKING = frozenset(("NGƯỜI", "ĐẠI", "CHỦ", "LÀ", "VỚI", "NGUOI"))
OPENING = frozenset(_OPENING) | frozenset(_PHRASES) - ANYWHERE
# The first and the second words of longer titles that are names or parts of names by themselves: Lê Ho Ba, Võ Chu Ho.
BEGINNING = frozenset(_PHRASES) - ANYWHERE - MARKING
FOLLOWING = frozenset(one[1] for first in BEGINNING for one in _PHRASES[first] if len(one) > 1)
# What an organisation may begin with.
COMPANY = frozenset(phrase.split()[0] for phrase in _COMPANIES.split("|"))


def is_company(text: str) -> bool:
    """Whether a plain text names an organisation or a community: they are never looked for among citizens."""
    return _COMPANY.match(text) is not None


def is_one_word(text: str) -> bool:
    """Whether a plain text is a single word of a name, with nothing that would be taken out of it."""
    return _TOKEN.fullmatch(text) is not None and text not in _CUTS and not _NOTED.search(text)


def parties(text: str) -> list[tuple[str, ...]]:
    """The persons named in a field, in order, each as plain words: `Hộ ông Ng. Văn A và bà B` -> (NG., VĂN, A), (B)."""
    return _persons(_tokens(straight(mended(text))))


def readings(text: str) -> list[tuple[str, ...]]:
    """The first person named, the second, and all words as one name, since `Ông Văn Tùng` may be of the family Ông.

    What says nothing new is empty; all three are where no person is named. Of two persons the whole is no name.
    """
    plain = straight(mended(text))
    if is_company(plain):
        return [(), (), ()]
    tokens = _tokens(plain)
    found = _persons(tokens)
    named = [name for name in found if len(name) > 1] or found or [()]
    first, second = named[0], named[1] if len(named) > 1 else ()
    whole = tuple(one for one in tokens if one not in _CUTS)
    return [first, second, () if second or whole == first else whole]


def _tokens(plain: str) -> list[str]:
    return _TOKEN.findall(_NOTE.sub(" ", plain) if _NOTED.search(plain) else plain)


def _persons(tokens: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(one) for one in _names(tokens) if one]


def _names(tokens: Sequence[str]) -> Iterator[list[str]]:
    at, current = 0, list[str]()
    while at < len(tokens):
        if tokens[at] in _CUTS:
            yield current
            at, current = at + 1, []
        elif skipped := _title(tokens, at, opening=not current):
            yield current
            at, current = at + skipped, []
        else:
            current.append(tokens[at])
            at += 1
    yield current


def _title(tokens: Sequence[str], at: int, *, opening: bool) -> int:
    """How many words from here are a title; 0 where none is."""
    for phrase in _PHRASES.get(tokens[at], ()):
        if tuple(tokens[at : at + len(phrase)]) == phrase and (len(phrase) > 1 or _words_follow(tokens, at + 1, 1)):
            return len(phrase)
    # HO is Hồ more often than Hộ: believed before a whole name only.
    needed = 3 if tokens[at] == "HO" else 2
    return 1 if opening and tokens[at] in _OPENING and _words_follow(tokens, at + 1, needed) else 0


def _words_follow(tokens: Sequence[str], at: int, needed: int) -> bool:
    return len(tokens) - at >= needed and not any(one in _CUTS for one in tokens[at : at + needed])

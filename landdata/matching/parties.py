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
_PLAIN_TITLES = "HO GIA DINH|HO ONG|HO BA|NGUOI DAI DIEN|DAI DIEN|CHU HO|VO CHONG|VA VO|VA CHONG|CUNG VO|CUNG CHONG|VO LA|CHONG LA|VA"
# Titles that are names or their beginnings too, believed at the beginning; the whole text stays a reading beside.
_OPENINGS = "ANH|CHỊ|CÔ|CHÚ|BÁC|EM|CON|Ô|Ô.|B.|O.|ÔNG.|BÀ.|H.|ONG|BA|HO|CHI|CO|CU"
_COMPANIES = re.compile(
    r"^(CÔNG TY|CTY|UBND|ỦY BAN|UỶ BAN|HỢP TÁC XÃ|HTX|TRƯỜNG (MẦM|TIỂU|TRUNG|ĐẠI|CAO)|CHÙA|NHÀ THỜ|GIÁO XỨ|CỘNG ĐỒNG|"
    r"DOANH NGHIỆP|NGÂN HÀNG|BAN QUẢN LÝ|CHI NHÁNH|TRẠM Y TẾ|HỘI NGƯỜI|HỘI NÔNG|ĐÌNH LÀNG|CONG TY|UY BAN|HOP TAC XA)\b"
)
_NOTE = re.compile(
    r"\([^)]*\d[^)]*\)|\((?:ĐÃ )?(?:CHẾT|MẤT)\)|\b(?:SN|SINH NĂM|SINH NGÀY|CMND|CCCD|CMT)\b[ :.]*[\d/]*|\d[\d/.]*"
)
_NOTED = re.compile(r"[\d(]")
_TOKEN = re.compile(
    r"[^\W\d_]*[?\ufffd][\w?\ufffd]*|[^\W\d_]+(?:'[^\W\d_]+)*'?\.?|[,;/&+()]|(?<=\s)[-–](?=\s)"  # Nguy?n; Ng., H'Biên
)
_CUTS = frozenset(",;/&+()-–")


def _phrases(text: str) -> dict[str, list[tuple[str, ...]]]:
    """Phrases by their first word, the longest first."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for phrase in sorted((tuple(one.split()) for one in text.split("|")), key=len, reverse=True):
        found.setdefault(phrase[0], []).append(phrase)
    return found


_ANYWHERE, _OPENING = _phrases(f"{_TITLES}|{_PLAIN_TITLES}"), _phrases(_OPENINGS)
# Words on which a text has to be looked at as a whole; the second lot only where it begins with them.
# A run of these at the beginning is a title whatever follows, unless it is the family Ông.
LEADING = frozenset({"HỘ", "ÔNG", "BÀ", "CỤ"})
MARKING = frozenset(_ANYWHERE) - {"HO", "DAI", "CHU", "VO", "CUNG"}
OPENING = frozenset(_OPENING) | frozenset(_ANYWHERE)


def is_company(text: str) -> bool:
    """Whether a plain text names an organisation or a community: they are never looked for among citizens."""
    return _COMPANIES.match(text) is not None


def parties(text: str) -> list[tuple[str, ...]]:
    """The persons named in a field, in order, each as plain words: `Hộ ông Ng. Văn A và bà B` -> (NG., VĂN, A), (B)."""
    return [name for name in (tuple(one) for one in _names(_tokens(text))) if name]


def untitled(text: str) -> tuple[str, ...]:
    """All words of a field as one name: `Ông Văn Tùng` may be of the family Ông."""
    return tuple(one for one in _tokens(text) if one not in _CUTS)


def _tokens(text: str) -> list[str]:
    plain = straight(mended(text))
    return _TOKEN.findall(_NOTE.sub(" ", plain) if _NOTED.search(plain) else plain)


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
    for phrase in _ANYWHERE.get(tokens[at], ()):
        if tuple(tokens[at : at + len(phrase)]) == phrase and (len(phrase) > 1 or _words_follow(tokens, at + 1, 1)):
            return len(phrase)
    # HO is Hồ more often than Hộ: believed before a whole name only.
    needed = 3 if tokens[at] == "HO" else 2
    return 1 if opening and tokens[at] in _OPENING and _words_follow(tokens, at + 1, needed) else 0


def _words_follow(tokens: Sequence[str], at: int, needed: int) -> bool:
    return len(tokens) - at >= needed and not any(one in _CUTS for one in tokens[at : at + needed])

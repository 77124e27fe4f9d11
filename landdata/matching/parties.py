"""Who is named in one text field: titles go, couples and households come apart, notes in brackets stay out of names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from landdata.matching.legacy import mended
from landdata.matching.words import bare, straight

# Said before a name; whoever is spoken of comes next. Longest first, so that HỘ GIA ĐÌNH is one title.
_TITLES = (
    "HỘ GIA ĐÌNH|NGƯỜI ĐẠI DIỆN|ĐẠI DIỆN|CHỦ HỘ|CHỦ SỬ DỤNG|VỢ CHỒNG|VÀ CHỒNG|VÀ VỢ|CÙNG CHỒNG|CÙNG VỢ|CÙNG VỚI|VỢ LÀ|"
    "CHỒNG LÀ|VỢ|CHỒNG|HỘ|ÔNG|BÀ|CỤ|CÙNG|VÀ"
)
# Titles that are names too: believed at the beginning only, and where a whole name follows.
_FIRST_ONLY = "ANH|CHỊ|CÔ|CHÚ|BÁC|EM|CON"
# The same without marks, where HO is Hồ and BA is Ba as well: only at the beginning of a name.
_PLAIN = "HO GIA DINH|HO ONG|HO BA|NGUOI DAI DIEN|DAI DIEN|CHU HO|VO CHONG|ONG|BA"
_BETWEEN = "VA VO|VA CHONG|CUNG VO|CUNG CHONG|VO LA|CHONG LA|VA"
_COMPANIES = re.compile(
    r"^(CÔNG TY|CTY|UBND|ỦY BAN|UỶ BAN|HỢP TÁC XÃ|HTX|TRƯỜNG (MẦM|TIỂU|TRUNG|ĐẠI|CAO)|CHÙA|NHÀ THỜ|GIÁO XỨ|CỘNG ĐỒNG|DOANH NGHIỆP|"
    r"NGÂN HÀNG|BAN QUẢN LÝ|CHI NHÁNH|TRẠM Y TẾ|HỘI NGƯỜI|HỘI NÔNG|ĐÌNH LÀNG|CONG TY|UY BAN|HOP TAC XA)\b"
)
_NOTE = re.compile(r"\([^)]*\d[^)]*\)|\((ĐÃ )?(CHẾT|MẤT)\)|\b(SN|SINH NĂM|CMND|CCCD|CMT)\b[ :.]*[\d/]*|\d[\d/.]*")
_TOKEN = re.compile(
    r"[^\W\d_]*[?\ufffd][\w?\ufffd]*|[^\W\d_]+(?:'[^\W\d_]+)*'?\.?|[,;/&+()]|(?<=\s)[-–](?=\s)"  # Nguy?n; Ng., H'Biên
)
_CUTS = frozenset(",;/&+()-–")


def _phrases(text: str) -> dict[tuple[str, ...], None]:
    return dict.fromkeys(tuple(one.split()) for one in text.split("|"))


_ANYWHERE, _OPENING, _PLAIN_OPENING, _PLAIN_CUTS = map(_phrases, (_TITLES, _FIRST_ONLY, _PLAIN, _BETWEEN))
# Words on which a text has to be looked at as a whole; the second lot only where it begins with them.
MARKING = frozenset(word for phrase in (*_ANYWHERE, *_PLAIN_CUTS) for word in phrase[:1])
OPENING = frozenset(word for phrase in (*_OPENING, *_PLAIN_OPENING) for word in phrase[:1])


def is_company(text: str) -> bool:
    """Whether a plain text names an organisation or a community: they are never looked for among citizens."""
    return _COMPANIES.match(text) is not None


def parties(text: str) -> list[tuple[str, ...]]:
    """The persons named in a field, in order, each as plain words: `Hộ ông Ng. Văn A và bà B` -> (NG., VĂN, A), (B)."""
    tokens = _TOKEN.findall(_NOTE.sub(" ", straight(mended(text))))
    return [name for name in (tuple(one) for one in _names(tokens)) if name]


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
    for phrases, wanted in ((_ANYWHERE, True), (_PLAIN_CUTS, True), (_PLAIN_OPENING, opening), (_OPENING, opening)):
        if not wanted:
            continue
        for phrase in phrases:
            if tuple(tokens[at : at + len(phrase)]) == phrase and (
                len(phrase) > 1 or _name_follows(tokens, at + 1, phrases)
            ):
                return len(phrase)
    return 0


def _name_follows(tokens: Sequence[str], at: int, phrases: object) -> bool:
    """Whether enough words come next for a name; a title of several words stands for itself."""
    needed = 2 if phrases in (_OPENING, _PLAIN_OPENING) else 1
    return len(tokens) - at >= needed and not any(one in _CUTS for one in tokens[at : at + needed])


def unmarked(words: Sequence[str]) -> bool:
    """Whether no word of a name bears a mark."""
    return all(bare(word) == word for word in words)

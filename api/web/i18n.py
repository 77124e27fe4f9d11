"""The two languages of the pages, and the words that Python itself has to say; no figures."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum


class Language(StrEnum):
    """Vietnamese is the language of the house; English stands beside it."""

    VI = "vi"
    EN = "en"

    @property
    def other(self) -> Language:
        return Language.EN if self is Language.VI else Language.VI

    @property
    def home(self) -> str:
        """Path of the dashboard in this language."""
        return "/" if self is Language.VI else "/en/"


@dataclass(frozen=True, slots=True)
class Words:
    """One thing said in both languages."""

    vi: str
    en: str

    def __getitem__(self, language: Language) -> str:
        return self.vi if language is Language.VI else self.en


def tidy(text: str) -> str:
    """NFC without stray blanks: the Vietnamese font subset has no combining marks for NFD."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def fold(text: str) -> str:
    """Lower case without accents, so that "dak" finds Đắk Lắk."""
    plain = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


SIMULATION = Words(
    "Mô phỏng: đơn vị nào đã kết nối là giả định",
    "Simulation: which units are connected is made up",
)
BACKFILLED = Words(
    "Có số liệu được ghi lùi ngày theo quyền của Bộ",
    "Some figures were back-filled by the ministry's right to do so",
)
SOURCE = Words(
    "Các lần giao nộp đã công bố; sổ đơn vị hành chính ngày {register}",
    "Published deliveries; register of administrative units of {register}",
)


@dataclass(frozen=True, slots=True)
class Noun:
    """What the units of a level are called."""

    vi: str
    en: str
    en_many: str


NOUNS = {
    "province": Noun("tỉnh", "province", "provinces"),
    "district": Noun("huyện", "district", "districts"),
    "commune": Noun("xã", "commune", "communes"),
}
DIVISIONS = {
    "2023": Words("63 tỉnh, trước 01/7/2025", "63 provinces, before 1 July 2025"),
    "2025": Words("34 tỉnh, từ 01/7/2025", "34 provinces, since 1 July 2025"),
}
NOWHERE = Words("Không có đơn vị mã", "There is no unit")
NOT_A_DATE = Words(
    "“{given}” không phải là ngày xem được. Nhập ngày/tháng/năm, từ {first} đến {last}.",
    "“{given}” is not a date that can be shown. Type day/month/year, from {first} to {last}.",
)
